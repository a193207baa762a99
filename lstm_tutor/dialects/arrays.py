"""The entry `arrays` of a dialect's file: checked, and read as layouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lstm_tutor.dialects.bundled import file_of
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.layout import ArrayLayout, Layouts, PageLayout, SignalLayout
from lstm_tutor.files.document import Document, KeyPath, dotted, read
from lstm_tutor.files.problem import BadInput, Problem, described, did_you_mean

_TEXT, _FLAG = "one line of text", "true or false"
_TOP = {
    "directions": "two texts, from left to right and from right to left",
    "sides": "two texts, from left to right and from right to left",
    "gradient": "one line of text with {} for the array's name",
    "ignored": "a list of texts",
    "pages": "a set of pages, each with its arrays",
    "signals": "a set of signals, each with of and axes",
    "words": "a set of words, each with a symbol or an id: {a_next: h, da_prev: deltaOut@-1}",
    "batched": _FLAG,
    "settings": "a set of settings, each with a number for every page",
}
_STACK = "a list of parameters, or of lists of those side by side"
_ARRAY = {
    "stack": _STACK,
    **dict.fromkeys(("transposed", "column", "directed", "optional"), _FLAG),
    "split": "a whole number from 2",
    "also": _TEXT,
    "added": "a set of parameters, each with a number",
}


class NoLayouts(LookupError):  # noqa: N818  # the user's choice, reported as such
    """A name that is no dialect's, or a dialect without arrays; the message says what to do."""


AXES = ("time", "batch", "unit", "layer", "direction")
_SIGNAL = {
    "of": "one line of text, such as h",
    "axes": f"a list of axes: {', '.join(AXES)}",
    "last": _FLAG,
    "initial": _FLAG,
    "also": _TEXT,
}


def layouts(name: str, folder: Path) -> Layouts:
    """Return how a dialect lays arrays, by its name or its file's path.

    Args:
        name: of a bundled dialect, or a path.
        folder: where a relative path starts.

    Raises:
        NoLayouts: if there is no dialect of this name, or it says nothing of arrays.
        BadInput: if the file's entry is not whole; every problem with its position.
    """
    if name in notations():
        found = bundled_layouts(name)
    elif Path(name).suffix in (".yaml", ".yml"):
        found = _layouts(read(folder / name, "dialect", shown=name))
    else:
        raise NoLayouts(f"no dialect {name!r}: {did_you_mean(name, with_arrays())}")
    if found is None:
        one_of = ", ".join(with_arrays())
        raise NoLayouts(f"the dialect {name} says nothing of arrays; these do: {one_of}")
    return found


def with_arrays() -> list[str]:
    """Return the bundled dialects that say how arrays are laid."""
    return [name for name in notations() if bundled_layouts(name)]


@cache
def bundled_layouts(name: str) -> Layouts | None:
    """Return how a bundled dialect lays arrays; None if it says nothing of them."""
    return _layouts(file_of(name))


def _layouts(document: Document) -> Layouts | None:
    value = document.value
    if not isinstance(value, dict) or "arrays" not in value:
        return None
    problems = list(array_problems(document))
    if problems:
        raise BadInput(problems)
    entry = value["arrays"]
    pages = tuple(
        PageLayout(page, tuple(_array(name, held) for name, held in arrays.items()))
        for page, arrays in entry["pages"].items()
    )
    return Layouts(
        title=str(value.get("title", "own")),
        pages=pages,
        directions=tuple(entry.get("directions", ("", ""))),
        sides=tuple(entry.get("sides", ("", ""))),
        gradient=entry.get("gradient", "{}.grad"),
        ignored=tuple(entry.get("ignored", ())),
        signals=tuple(
            SignalLayout(
                *(name, held["of"], tuple(held["axes"])),
                last=bool(held.get("last")),
                initial=bool(held.get("initial")),
                also=held.get("also", ""),
            )
            for name, held in entry.get("signals", {}).items()
        ),
        words=entry.get("words", {}),
        batched=entry.get("batched", True),
        settings=entry.get("settings", {}),
    )


def _array(name: str, entry: Mapping[str, Any]) -> ArrayLayout:
    rows = tuple(tuple(row) if isinstance(row, list) else (row,) for row in entry["stack"])
    rest = {key: value for key, value in entry.items() if key != "stack"}
    return ArrayLayout(name=name, stack=rows, **rest)


def array_problems(document: Document) -> Iterator[Problem]:
    """Yield what is wrong in the entry `arrays` of a dialect's file, if it has one."""
    value = document.value.get("arrays", {"pages": {}})
    if not isinstance(value, dict):
        yield document.problem(("arrays",), f"arrays is {described(value)}", "a set of entries")
        return
    yield from _entries(document, ("arrays",), value, _TOP)
    if "pages" not in value:
        yield document.problem(("arrays",), "arrays lacks the key 'pages'", _TOP["pages"])
    pages = value.get("pages")
    for page, arrays in pages.items() if isinstance(pages, dict) else ():
        path: KeyPath = ("arrays", "pages", page)
        if not isinstance(arrays, dict) or not arrays:
            yield document.problem(path, f"{dotted(path)} is {described(arrays)}", "arrays")
            continue
        for name, entry in arrays.items():
            yield from _array_problems(document, (*path, name), entry)
    signals = value.get("signals")
    for name, entry in signals.items() if isinstance(signals, dict) else ():
        yield from _whole(document, ("arrays", "signals", name), entry, _SIGNAL, ("of", "axes"))


def _array_problems(document: Document, path: KeyPath, entry: Any) -> Iterator[Problem]:
    yield from _whole(document, path, entry, _ARRAY, ("stack",))


def _whole(
    document: Document,
    path: KeyPath,
    entry: Any,
    known: Mapping[str, str],
    needed: Sequence[str],
) -> Iterator[Problem]:
    """Check a set of entries, some of which must be there."""
    if not isinstance(entry, dict):
        message = f"{dotted(path)} is {described(entry)}"
        yield document.problem(path, message, "a set of entries")
        return
    yield from _entries(document, path, entry, known)
    for key in needed:
        if key not in entry:
            message = f"{dotted(path)} lacks the key {key!r}"
            yield document.problem(path, message, known[key])


def _entries(
    document: Document, path: KeyPath, value: Mapping[str, Any], known: Mapping[str, str]
) -> Iterator[Problem]:
    for key, entry in value.items():
        here = (*path, key)
        if key not in known:
            remedy = did_you_mean(key, known)
            message = f"unknown key {dotted(here)!r}"
            yield document.problem(here, message, remedy=remedy, key=True)
        elif not _fits(key, entry):
            message = f"{dotted(here)} is {described(entry)}"
            yield document.problem(here, message, known[key])


def _fits(key: str, entry: Any) -> bool:
    match key:
        case "stack":
            return _is_stack(entry)
        case "ignored":
            return _is_texts(entry)
        case "directions" | "sides":
            return _is_texts(entry) and len(entry) == 2
        case "axes":
            return _is_texts(entry) and set(entry) <= set(AXES) and "unit" in entry
        case "transposed" | "column" | "directed" | "optional" | "batched":
            return isinstance(entry, bool)
        case "last" | "initial":
            return isinstance(entry, bool)
        case "split":
            return type(entry) is int and entry > 1
        case "added":
            return isinstance(entry, dict) and all(
                type(number) in (int, float) for number in entry.values()
            )
        case "pages" | "signals":
            return isinstance(entry, dict)
        case "words":
            return isinstance(entry, dict) and _is_texts(list(entry.values()))
        case "settings":
            return isinstance(entry, dict) and all(isinstance(e, dict) for e in entry.values())
        case "gradient":
            return isinstance(entry, str) and "{}" in entry
    return isinstance(entry, str) and "\n" not in entry


def _is_stack(entry: Any) -> bool:
    if not isinstance(entry, list) or not entry:
        return False
    rows = [row if isinstance(row, list) else [row] for row in entry]
    return all(row and _is_texts(row) for row in rows)


def _is_texts(entry: Any) -> bool:
    return isinstance(entry, list) and all(isinstance(text, str) for text in entry)
