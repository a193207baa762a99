"""A class on a screen: a row for each file, the marks, the mistakes by how usual they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstm_tutor.files.phrase import counted
from lstm_tutor.files.text import visible
from lstm_tutor.marks.chart import bar, hard, spread
from lstm_tutor.marks.row import COLUMNS
from lstm_tutor.marks.rule import number_text
from lstm_tutor.marks.tally import Sample, Tally
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.sheet import GAP, Cell, Sheet
from lstm_tutor.render.words import lines_of, words

_HEADS = (
    *("name", "asked", "answered", "right", "given", "wrong", "blank", "unread", "slips"),
    "marks",
)
_NARROW = {"answered": "done", "unread": "?"}
_DISPENSABLE = ("asked", "done", "slips", "blank", "?")  # on a narrow screen; files have all
_LEAST_NAME, _MOST_NAME = 8, 24
_LEAST = 32  # columns of a mistake beside the numbers
_MOST_MISTAKES = 12
_BARS = 20

Line = tuple[str, str]


def class_sheet(rows: Sequence[tuple[str, ...]], total: tuple[str, ...], width: int) -> Sheet:
    """Return the table: beside the numbers the first mistake of each, where there is room.

    Args:
        rows: as `row.row_of` makes them.
        total: the row below them.
        width: columns.
    """
    body = [_cells(row) for row in (*rows, total)]
    heads = list(_HEADS)
    if _needed(heads, body) + _LEAST_NAME > width:
        heads = [_NARROW.get(head, head) for head in heads]
    kept = [n for n in range(1, len(heads)) if _told(heads[n], body, n)]
    heads, body = _only([0, *kept], heads, body)
    for dispensable in _DISPENSABLE:
        if _needed(heads, body) + _LEAST_NAME > width and dispensable in heads:
            kept = [n for n, head in enumerate(heads) if head != dispensable]
            heads, body = _only(kept, heads, body)
    room = width - _needed(heads, body)
    longest = max(columns(cells[0]) for cells in body)
    name = max(_LEAST_NAME, min(longest, room, _MOST_NAME))
    beside = room - name - GAP
    mistakes = [_mistake(row) for row in (*rows, total)] if beside >= _LEAST else []
    header = [heads[0], *_aligned(heads, heads, body), *["first mistake"] * bool(mistakes)]
    drawn = [_row(cells, heads, body, name) for cells in body]
    for row, mistake in zip(drawn, mistakes, strict=False):
        row.append(tuple(words(mistake, beside)) or (("", ""),))
    drawn[-1] = [tuple((line, "bold") for line, _ in cell) for cell in drawn[-1]]
    return Sheet("", tuple(header), tuple(map(tuple, drawn)))


def _only(
    kept: Sequence[int], heads: list[str], body: list[list[str]]
) -> tuple[list[str], list[list[str]]]:
    return [heads[n] for n in kept], [[cells[n] for n in kept] for cells in body]


def _row(
    cells: Sequence[str], heads: Sequence[str], body: Sequence[Sequence[str]], name: int
) -> list[Cell]:
    """Return a name, broken if it is long, and the numbers one below the other."""
    return [_cut(cells[0], name), *(((text, ""),) for text in _aligned(cells, heads, body))]


def _aligned(
    cells: Sequence[str], heads: Sequence[str], body: Sequence[Sequence[str]]
) -> Iterator[str]:
    pairs = zip(cells[1:], _widths(heads, body), strict=True)
    return (cell.rjust(width) for cell, width in pairs)


def _widths(heads: Sequence[str], body: Sequence[Sequence[str]]) -> list[int]:
    """Return how wide each column of numbers is."""
    return [max(map(len, column)) for column in zip(heads, *body, strict=True)][1:]


def _cells(row: tuple[str, ...]) -> list[str]:
    """Return what stands in the columns of the screen, but for the mistake."""
    own = dict(zip(COLUMNS, row, strict=True))
    counts = [own[name] for name in COLUMNS[2:10]]
    marks = f"{own['marks']} of {own['of']}" if own["marks"] else "unusable"
    return [visible(own["name"]), *counts, marks]


def _needed(heads: Sequence[str], body: Sequence[Sequence[str]]) -> int:
    """Return the columns of all but the name, with the gaps."""
    return sum(width + GAP for width in _widths(heads, body))


def _told(head: str, body: Sequence[Sequence[str]], n: int) -> bool:
    """Whether a column says something: what nobody has is not worth one."""
    always = head not in ("unread", "?", "slips")
    return always or any(cells[n] not in ("", "0") for cells in body)


def _cut(name: str, width: int) -> Cell:
    """Break a name into lines, a long word too."""
    found = []
    for line in lines_of(name, width) or [""]:
        pieces = range(0, max(1, len(line)), width)
        found += [(line[start : start + width], "") for start in pieces]
    return tuple(found)


def _mistake(row: tuple[str, ...]) -> str:
    own = dict(zip(COLUMNS, row, strict=True))
    return ": ".join(filter(None, (own["first wrong"], visible(own["mistake"]))))


def has_mistakes(sheet: Sheet) -> bool:
    """Whether the table has the mistakes beside its numbers."""
    return sheet.header[-1] == "first mistake"


def first_mistakes(rows: Sequence[tuple[str, ...]], width: int) -> Iterator[Line]:
    """Yield the first mistake of each, where the table has no room for it."""
    used = [row for row in rows if row[COLUMNS.index("marks")]]  # why others are not is said
    told = [(visible(row[0]), _mistake(row)) for row in used if _mistake(row)]
    if told:
        yield "", ""
        yield "First mistakes", "bold"
    for name, mistake in told:
        yield from words(f"{name}: {mistake}", width, 2, "", 2)


def summary(tally: Tally, width: int, *, plain: bool) -> Iterator[Line]:
    """Yield what a class comes to: its marks, its mistakes, the blanks that were hard."""
    yield from _marks(tally, width, plain=plain)
    yield from _mistakes(tally, width)
    yield from _hard(tally, width, plain=plain)
    yield from _by_hand(tally, width)


def _marks(tally: Tally, width: int, *, plain: bool) -> Iterator[Line]:
    yield "", ""
    if not tally.most:
        yield "No marks: nothing that was asked is in the files.", "bold"
        return
    share = f"{100 * tally.marks / tally.most:.0f} %"
    mean = " of ".join(number_text(sum_ / tally.usable) for sum_ in (tally.marks, tally.most))
    sheets = counted(tally.usable, "file")
    yield from words(f"Marks: {share} of all, {mean} on average, {sheets}", width, 0, "bold")
    rows = list(spread(tally))
    most = max(count for _, count in rows)
    for name, count in rows:
        drawn = bar(count, most, plain=plain, longest=min(_BARS, width - 24))
        yield f"  {name:>10}  {count:>5,}  {drawn}".rstrip(), ""


def _mistakes(tally: Tally, width: int) -> Iterator[Line]:
    if tally.mistakes:
        yield "", ""
        yield "Mistakes, by how many files have them", "bold"
        yield from _samples(tally.usual(), width)
    if tally.slips:
        yield "", ""
        yield "Slips, by how often they were made", "bold"
        yield from _samples(tally.slipped(), width)


def _samples(found: Sequence[tuple[int, Sample]], width: int) -> Iterator[Line]:
    for count, sample in found[:_MOST_MISTAKES]:
        yield from words(f"{count:>5,}  {sample.found.called}", width, 0, "", 7)
        where = f"{sample.found.id} of {visible(sample.name)}"
        told = f"{where}: {sample.found.said}" if sample.found.said else where
        yield from words(told, width, 7, "dim")
    if len(found) > _MOST_MISTAKES:
        rest = found[_MOST_MISTAKES:]
        files = sum(count for count, _ in rest)
        yield f"       and {len(rest):,} others, {files:,} times", "dim"


def _hard(tally: Tally, width: int, *, plain: bool) -> Iterator[Line]:
    rows = list(hard(tally))
    if not rows:
        return
    yield "", ""
    yield "Blanks with the fewest right answers", "bold"
    size = max(len(id_) for id_, *_ in rows)
    for id_, right, whole, said in rows:
        drawn = bar(right, whole, plain=plain, longest=10)
        told = f"{right:,} of {whole:,} right: {said}"
        yield from words(f"{id_:<{size}}  {drawn:<10}  {told}", width, 2, "", size + 14)


def _by_hand(tally: Tally, width: int) -> Iterator[Line]:
    """Yield what no number was found in: a person looks at it."""
    if not tally.unreadable:
        return
    yield "", ""
    yield "To look at by hand", "bold"
    for name, said in tally.unreadable:
        yield from words(f"{visible(name)}: {visible(said)}", width, 2, "", 2)
    more = tally.unread - len(tally.unreadable)
    if more:
        yield f"  and {more:,} more", "dim"
