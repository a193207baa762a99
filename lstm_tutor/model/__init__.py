"""Pages of equations: cells and losses, read and checked; equations as data.

Nothing here has a value, and nothing knows a particular cell.
"""
