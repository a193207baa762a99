"""The arrays as steps, choosing steps, and where a gradient comes from.

How a step is written is not known here.
"""
