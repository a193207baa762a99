"""What a person has at hand (printed numbers, a notebook, a table, arrays) as named numbers.

Reads text and files, never runs them. Nothing here knows a scenario or which number is right.
"""

from lstm_tutor.submission.reading import submission_of
from lstm_tutor.submission.written import LARGEST, Entry, Ignored, Submission

__all__ = ["LARGEST", "Entry", "Ignored", "Submission", "submission_of"]
