"""Reads and writes files: text files of a person, files that are written whole or not at all, a cache.

Must not know what the files hold.
"""
