"""Bytes that others wrote, read with limits and positions, and what is wrong with them.

YAML, NumPy's files, problems with their places. Scenarios and cells are not known here.
"""
