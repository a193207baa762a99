"""The tutor from Python: a few functions, and objects that show themselves in notebooks.

What the package exports lives here. Nothing is printed, no file is written but by
`export`, and every failure is one `TutorError` with the command line's message.
"""
