"""Commands that have a module of their own: each adds its arguments to the parser and runs.

What a command does is in modules that know nothing of a command line.
"""
