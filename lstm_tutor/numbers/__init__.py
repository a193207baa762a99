"""How numbers are written: by people, with the precision that they give, and by us.

No quantity of a network has a name here.
"""
