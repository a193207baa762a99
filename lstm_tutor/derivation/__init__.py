"""The backward pass through time of any page of equations.

No values and no notation.
"""
