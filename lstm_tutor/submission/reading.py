"""Recognises what a source is and reads it: the way in to this room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.numbers.written import LARGEST, Submission, finished
from lstm_tutor.scenario.blanks import blanks_of
from lstm_tutor.submission.markdown import is_markdown, markdown
from lstm_tutor.submission.notebook import MARK, dumped, saved
from lstm_tutor.submission.page import as_transcript, is_page
from lstm_tutor.submission.printed import printed
from lstm_tutor.submission.sheet import sheet
from lstm_tutor.submission.storage import arrays, is_stored
from lstm_tutor.submission.table import csv_table, is_csv
from lstm_tutor.submission.text import require_text, text_of
from lstm_tutor.submission.tree import cells_of, json_tree, json_value, scenario_in, yaml_tree

_KNOWN = (
    "printed output, a notebook, a worksheet or transcript (Markdown), CSV, JSON, YAML,"
    " .npz or .npy"
)
_MOST_TOLD = 5
_LOOKS_LIKE_NOTEBOOK = re.compile(r'"nbformat"|"cell_type"')


def submission_of(content: bytes, name: str, *, empty: bool = False) -> Submission:
    """Read what a person has at hand.

    Args:
        content: a file's bytes, or the standard input's.
        name: the file's name, for messages; its suffix tells YAML from other text.
        empty: whether it may be without a number.

    Returns:
        Its numbers, and what in it is not a number, both in the source's order.

    Raises:
        BadInput: if it cannot be read without doubt, is too large, or has no number.
    """
    if len(content) > LARGEST:
        message = f"it has {len(content):,} bytes; at most {LARGEST:,} are read"
        remedy = "keep only what is to be checked"
        raise BadInput([Problem(message, Place(name), remedy=remedy)])
    found = _read(content, name)
    if not (found.entries or empty):
        raise BadInput(list(_without_numbers(found, name)))
    return found


def _without_numbers(found: Submission, name: str) -> Iterator[Problem]:
    """Yield what is wrong with a source without a number, and with what might be some."""
    yield Problem("no number was found in it", Place(name), expected=_KNOWN)
    likely = [item for item in found.ignored if re.search("[0-9]", item.text)]
    for item in likely[:_MOST_TOLD]:
        yield Problem(f"{item.text}: no value ({item.why})", Place(name, item.line or None))


def _read(content: bytes, name: str) -> Submission:
    require_text(content, name)
    if is_stored(content, name):
        return arrays(content, name)
    text = text_of(content, name)
    if name.lower().endswith((".yaml", ".yml")):
        return replace(finished(*yaml_tree(text, name), all_full=True), text=text)
    value = _json(text, name)
    return replace(_found(text, value, name), text=text, scenario=scenario_in(value))


def _json(text: str, name: str) -> Any:
    """Return the JSON that a text is; None if it is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    strict = name.lower().endswith((".json", ".ipynb"))
    strict = strict or bool(_LOOKS_LIKE_NOTEBOOK.search(text[:100_000]))
    return json_value(text, name, strict=strict)


def _found(text: str, value: Any, name: str) -> Submission:
    cells = cells_of(value)
    if cells is not None:
        return finished(*saved(cells, name), all_full=False)
    if value is not None:
        return finished(*json_tree(value, text, name), all_full=True)
    if MARK.search(text):
        return finished(*dumped(text, name), all_full=False)
    if is_page(text):
        return finished(*markdown(as_transcript(text), name), all_full=False)
    blanks = blanks_of(text)
    if blanks is not None:
        return finished(*sheet(text, name, blanks.points), all_full=False)
    if is_markdown(text):
        return finished(*markdown(text, name), all_full=False)
    if is_csv(text):
        return finished(*csv_table(text, name), all_full=True)
    return finished(*printed(text, name), all_full=False)
