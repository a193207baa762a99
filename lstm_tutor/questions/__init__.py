"""Questions for a value or for the wrong line: how they are asked, answered and drawn.

What quiz and lessons share. No keys, no files, and not what is asked when.
"""
