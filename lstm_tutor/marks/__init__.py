"""A class: what came back from each person, marks for it, and what was not understood.

How one file is read and judged is not here, nor are streams.
"""
