"""A sheet with blanks to work by hand, and its key.

No files are written here.
"""
