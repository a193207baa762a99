"""What each kind of mistake is, in one table, and every likely mistake in a program.

Nothing is evaluated here, and no cell is known.
"""
