"""The walk through a computation, one step at a time: its state and its drawing.

No keys, no terminal.
"""
