"""A person's numbers judged: which are right, which mistake made the others, as a report.

No streams, no files.
"""
