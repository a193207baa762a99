"""What a person has at hand (printed numbers, a notebook, a table, arrays) as named numbers.

Reads text and files, never runs them. Nothing here knows a scenario or which number is right.
"""
