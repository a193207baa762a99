"""Traces as text: pure functions from steps to lines, tables and files.

Nothing here computes a value, reads a file or prints.
"""
