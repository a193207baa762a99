"""How each source writes things: one file per source, and the modules that read them.

No value is computed, and nothing is drawn.
"""
