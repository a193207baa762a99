"""The exercise that asks for values or hides an error: its state and its drawing.

No keys, no files.
"""
