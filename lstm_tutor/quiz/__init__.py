"""The exercise that asks for values or hides an error: what is asked, kept and summed up.

No keys, no files. The questions themselves are those of `questions/`.
"""
