"""What marks the Markdown files that are written and read again: the start of a comment."""

from __future__ import annotations

TRANSCRIPT = "<!-- lstm-tutor transcript "
WORKSHEET = "<!-- lstm-tutor worksheet"
