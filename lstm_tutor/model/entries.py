"""The entries of a cell file: which there are, and of what kind each is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lstm_tutor.files.document import Document
from lstm_tutor.files.problem import Problem, described, did_you_mean

_AXIS = re.compile(r"[A-Za-z][A-Za-z0-9]*(\+[A-Za-z][A-Za-z0-9]*)*", re.ASCII)


_OWN_AXES = ("time", "batch")


TEXT_KEYS = ("name", "title", "source", "about", "output")


_MAP_KEYS = ("gates", "names", "axes")


_NEEDED = {
    "axes": "the axes of each state and parameter block, such as W: [hidden, input]",
    "equations": "the forward equations of one time step, one per line",
}


def structure(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the entries, but for what the equations say."""
    value: dict[str, Any] = document.value
    known = (*TEXT_KEYS, *_MAP_KEYS, "equations")
    for key, entry in value.items():
        if key not in known:
            remedy = did_you_mean(key, known)
            yield document.problem((key,), f"unknown key {key!r}", remedy=remedy, key=True)
        elif key in _MAP_KEYS and not isinstance(entry, dict):
            message = f"{key} is {described(entry)}"
            yield document.problem((key,), message, "a set of 'key: value' entries", key=True)
        elif key not in _MAP_KEYS and not isinstance(entry, str):
            yield document.problem((key,), f"{key} is {described(entry)}", "text", key=True)
        elif key == "equations" and document.node((key,)).style == ">":
            message = "'>' joins the lines of the equations into one"
            yield document.problem((key,), message, remedy="write 'equations: |'")
        elif key in ("gates", "names"):
            for symbol, text in entry.items():
                if not isinstance(text, str):
                    message = f"{key}.{symbol} is {described(text)}"
                    yield document.problem((key, symbol), message, "text: what it is called")
        elif key == "axes":
            yield from _axes_entries(document, entry)
    for key, expected in _NEEDED.items():
        if key not in value:
            yield document.problem((), f"the key {key!r} is missing", expected)


def _axes_entries(document: Document, entries: dict[str, Any]) -> Iterator[Problem]:
    for symbol, axes in entries.items():
        if not isinstance(axes, list) or len(axes) > 2 or not all(map(_is_axis, axes)):
            message = f"axes.{symbol} is not a list of axes"
            expected = (
                "a list of at most two names, such as [hidden, input]; [] for a number, "
                "[hidden, hidden+input] for what meets concat(h[t-1], x[t])"
            )
            yield document.problem(("axes", symbol), message, expected)
        elif set(axes) & set(_OWN_AXES):
            message = f"axes.{symbol} names {' and '.join(a for a in axes if a in _OWN_AXES)}"
            remedy = "leave it out: every signal has a time and a batch axis by itself"
            yield document.problem(("axes", symbol), message, remedy=remedy)


def _is_axis(axis: Any) -> bool:
    return isinstance(axis, str) and bool(_AXIS.fullmatch(axis))
