"""Worksheets of ours that come back: as they were handed out, or as other programs left them.

A sheet says which blanks it has. Its tables are read first; a blank of which no row is left,
because a word processor, a mail or a converter took the table apart, is looked for by its id.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from lstm_tutor.numbers.written import NUMBER
from lstm_tutor.scenario.embedded import CLOSING, WORKSHEET
from lstm_tutor.submission.cells import CellReader, Drafts, is_open
from lstm_tutor.submission.markdown import tables
from lstm_tutor.submission.printed import printed

_LONGEST = 8192  # characters between one id and the next that are looked at
_MOST_JOINED = 40  # lines that one row is broken into
_ARRAY = re.compile(r"\[(?:[^][]|\[[^][]*\]){0,2000}\]")
_BREAK = re.compile(r"\s*(?:<br */?>|[\n\t]|`<br>`\{=html\})\s*| {2,}")
_SEPARATOR = re.compile(r"[\n\t|]| {2,}|`?<br */?>`?(?:\{=html\})?|</?t[dhr]\b[^<>]{0,200}>")
_AROUND = re.compile(r"[`*|>\\]|</?(?:table|tbody|thead|t[dhr]|code|strong|b)\b[^<>]{0,200}>")
_MAILTO = re.compile(r"\[([^][]+)\]\(mailto:[^()]*\)")
_BEHIND = re.compile(r"(?:\]\(mailto:[^()]*\))?[ \t:;,=≈|`*]*")
_ID = re.compile(r"\s*([^\s:=,;≈]+)[\s:=,;≈]*")
_FORMULA = re.compile(r"[$\\{]")
_EQUATED = re.compile(rf".*[=≈]\s*(?:{NUMBER}|\[.*\])[^\w]*")
_ENDS = "#", "---", "Worksheet "
_HEAD = "id"
_PRICED = re.compile(r"(?:[\n\t|>]|  )\W*points\W*(?:[\n\t|<]|$)")


def sheet(text: str, name: str, points: Mapping[str, float]) -> Drafts:
    """Read what stands on the blanks of a worksheet.

    Args:
        text: of the file.
        name: of the file, for messages.
        points: what each of its blanks is worth, by id.
    """
    lines = _unbroken(_without_block(text.split("\n")), points)
    body = "\n".join(lines)
    reader = CellReader(name)
    read = tables(reader, body, sheet=True)
    rows = (_id_of(lines[number - 1], points) for number in read)
    known = {row[0] for row in rows if row}
    if not known >= points.keys():
        _read_left(reader, lines, read, points, known)
    if not (known or read):
        return printed(body, name)
    reader.drafts.sort(key=lambda draft: draft.line)
    reader.ignored.sort(key=lambda item: item.line)
    return reader.drafts, reader.ignored


def _read_left(
    reader: CellReader,
    lines: Sequence[str],
    read: Collection[int],
    points: Mapping[str, float],
    known: set[str],
) -> None:
    """Read the blanks that no table has, and add their ids to those known."""
    priced = bool(_PRICED.search("\n".join(lines)))
    for number, id_, rest in _left(lines, read, points):
        if id_ not in known:
            reader.cell(id_, _answer(rest, points[id_] if priced else None), number)
            known.add(id_)


def _without_block(lines: Sequence[str]) -> list[str]:
    """Return a sheet's lines, those of its scenario empty: its numbers are no answers."""
    start = next(n for n, line in enumerate(lines) if line.startswith(WORKSHEET))
    fences = [n for n in range(start, len(lines)) if lines[n].rstrip() == CLOSING]
    end = fences[0] if fences else len(lines) - 1
    if end + 1 < len(lines) and lines[end + 1].strip() == "-->":
        end += 1
    return [*lines[:start], *[""] * (end + 1 - start), *lines[end + 1 :]]


def _unbroken(lines: Sequence[str], points: Mapping[str, float]) -> list[str]:
    """Return lines with each row of a table on one, as where a mail broke them."""
    kept = list(lines)
    for start, line in enumerate(lines):
        if not line.startswith("|") or line.rstrip().endswith("|"):
            continue
        if _id_of(line, points) is None:
            continue
        for n in range(start + 1, min(start + _MOST_JOINED, len(lines))):
            if not lines[n].strip() or lines[n].startswith("|"):
                break
            kept[start] += f" {lines[n].strip()}"
            kept[n] = ""
            if lines[n].rstrip().endswith("|"):
                break
    return kept


def _id_of(line: str, points: Mapping[str, float]) -> tuple[str, str] | None:
    """Return the blank's id that a line starts with, and what stands behind it."""
    bare = _AROUND.sub(" ", _MAILTO.sub(r"\1", line[:200]).replace("\\_", "_"))
    match = _ID.match(bare)
    id_ = match[1].replace("−", "-").replace("–", "-") if match else ""
    if match is None or id_ not in points:
        return None
    symbol = match[1].replace("_", r"\\?_")
    behind = re.search(rf"{re.escape(match[1])}|{symbol}", line)
    rest = line[behind.end() :] if behind else bare[match.end() :]
    return id_, _BEHIND.sub("", rest, count=1)


def _left(
    lines: Sequence[str], read: Collection[int], points: Mapping[str, float]
) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the id and what stands behind it, up to the next id, of each blank of
    which no whole row is left.
    """
    number, id_ = 0, ""
    parts: list[str] = []
    for at, line in enumerate([*lines, ""], 1):
        found = None if at in read else _id_of(line, points)
        ended = found or at in read or at > len(lines) or line.startswith(_ENDS)
        if ended and id_:
            yield number, id_, "\n".join(parts)[:_LONGEST]
            id_ = ""
        if found:
            number, id_, parts = at, found[0], [found[1]]
        elif id_:
            parts.append(line)


def _answer(rest: str, worth: float | None) -> str:
    """Return the answer among what stands behind an id: formula, working, value, and what it
    is worth, where that is printed.
    """
    text = re.sub(r"\\([][_*~#-])", r"\1", rest)
    text = _ARRAY.sub(lambda own: _BREAK.sub(" ", own[0]), text)
    pieces = [piece.strip(" `*") for piece in _SEPARATOR.split(text)]
    if _HEAD in pieces:  # of the next table, below its heading
        end = pieces.index(_HEAD)
        before = [n for n in range(end) if pieces[n]]
        pieces = pieces[: before[-1] if before else end]
    pieces = [piece for piece in pieces if piece and not _FORMULA.search(piece)]
    worked = [piece for piece in pieces if piece[0] in "≈=~"]
    own = [piece for piece in pieces if piece not in worked and not _is_equation(piece)]
    numbers: list[str] = []
    for piece in own:
        if is_open(piece) or (numbers and not re.match(NUMBER, piece)):
            break
        numbers.append(piece)
    if worth is not None and numbers[-1:] == [f"{worth:g}"]:
        numbers.pop()
    if not own:
        return worked[-1] if worked else ""
    return ", ".join(numbers)


def _is_equation(piece: str) -> bool:
    """Whether it is a formula, and no number is what it comes to."""
    equal = "=" in piece or "≈" in piece
    return equal and bool(re.search(r"[^\W\d]", piece)) and not _EQUATED.fullmatch(piece)
