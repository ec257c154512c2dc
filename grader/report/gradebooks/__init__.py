"""Saved reports as files that gradebooks take, one module for each system.

Must not know how a verdict came about.
"""
