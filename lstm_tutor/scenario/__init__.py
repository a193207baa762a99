"""The file that a person writes, checked and made of arrays.

Nothing is computed here.
"""
