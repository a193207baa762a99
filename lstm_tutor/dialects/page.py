"""What a notation file may hold, checked: names and templates, text or LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lstm_tutor.files.document import Document, KeyPath, dotted
from lstm_tutor.files.problem import Problem, described, did_you_mean
from lstm_tutor.model.cell import Cell

_TEXT, _TEMPLATE = "one line of text", "one line of text with {} for the name"
_TEXTS = "a set of names, each with text"
_ORDER, _FLAG, _ENTRIES = "a list of gates", "true or false", "a set of entries"
_FILE = {
    **dict.fromkeys(("title", "source"), _TEXT),
    **dict.fromkeys(("gradient", "gate_gradient"), _TEMPLATE),
    **dict.fromkeys(("latex", "cells", "arrays"), _ENTRIES),
    "symbols": _TEXTS,
    "plain": _FLAG,
}
_LATEX = {"gradient": _TEMPLATE, "gate_gradient": _TEMPLATE, "symbols": _TEXTS}
_CELL = {"order": _ORDER, "symbols": _TEXTS, "latex": _TEXTS}


def notation_problems(document: Document, cell: Cell) -> Iterator[Problem]:
    """Yield what is wrong in a notation file, for all cells and for one."""
    value: dict[str, Any] = document.value
    yield from _set(document, (), value, _FILE)
    if "gradient" not in value:
        expected = "how a gradient is written, such as d{}"
        yield document.problem((), "the key 'gradient' is missing", expected)
    if isinstance(value.get("latex"), dict):
        yield from _set(document, ("latex",), value["latex"], _LATEX)
    if not isinstance(value.get("cells"), dict):
        return
    for name, special in value["cells"].items():
        path = ("cells", name)
        if not isinstance(special, dict):
            yield document.problem(path, f"{dotted(path)} is {described(special)}", _ENTRIES)
            continue
        yield from _set(document, path, special, _CELL)
        order = special.get("order", [])
        if (
            order
            and name == cell.name
            and _is_texts(order)
            and sorted(order) != sorted(cell.gates)
        ):
            expected = f"the gates of {name}, each once: {', '.join(cell.gates)}"
            message = f"{dotted(path)}.order is {', '.join(order)}"
            yield document.problem((*path, "order"), message, expected)


def _set(
    document: Document, path: KeyPath, value: Mapping[str, Any], known: Mapping[str, str]
) -> Iterator[Problem]:
    """Check a set of entries, each of a kind."""
    for key, entry in value.items():
        here = (*path, key)
        if key not in known:
            remedy = did_you_mean(key, known)
            message = f"unknown key {dotted(here)!r}"
            yield document.problem(here, message, remedy=remedy, key=True)
        elif known[key] is _TEXTS and isinstance(entry, dict):
            for name, text in entry.items():
                if not _is_line(text):
                    message = f"{dotted((*here, name))} is {described(text)}"
                    yield document.problem((*here, name), message, _TEXT)
        elif not _fits(entry, known[key]):
            message = f"{dotted(here)} is {described(entry)}"
            yield document.problem(here, message, known[key])


def _fits(entry: Any, wanted: str) -> bool:
    if wanted is _TEMPLATE:
        return _is_line(entry) and "{}" in entry
    if wanted is _TEXT:
        return _is_line(entry)
    if wanted is _FLAG:
        return isinstance(entry, bool)
    return _is_texts(entry) if wanted is _ORDER else isinstance(entry, dict)


def _is_line(entry: Any) -> bool:
    return isinstance(entry, str) and "\n" not in entry


def _is_texts(entry: Any) -> bool:
    return isinstance(entry, list) and all(map(_is_line, entry))
