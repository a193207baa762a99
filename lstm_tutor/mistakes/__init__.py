"""Every likely mistake, as an edit of the equations, and what it is called.

Nothing is evaluated here, and no cell is known.
"""
