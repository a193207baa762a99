"""Worksheets that come back as another program left them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

import numpy as np
import pytest

from lstm_tutor.check.source import source_of
from lstm_tutor.diagnosis.judgement import Status
from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.selection import to_work
from lstm_tutor.trace.trace import compute
from lstm_tutor.worksheet.points import points_of
from lstm_tutor.worksheet.worksheet import worksheet

ASKED = ("delta", "dx", "dW", "db", "W'")
OPEN = "delta@0"
_ROW = re.compile(r"^\| `([^`]+)` \| (.*?) \| (.*) \|$")
_GAP = re.compile("_{8,}")


def _filled(scenario: str, *, points: bool = False) -> str:
    """Return a sheet with every blank filled in rightly but one."""
    trace = compute(load(scenario))
    indices = to_work(trace, ASKED)
    view = View(notation("gomez", trace.scenario.cell), 4)
    worth = points_of("2,dW=1", trace, indices) if points else None
    lines = []
    for line in worksheet(trace, indices, view, ASKED, points=worth).split("\n"):
        row = _ROW.match(line)
        if row and row[1] != OPEN:
            entries = iter(np.ravel(trace.find(row[1]).value))
            parts = _GAP.split(row[3])
            own = "".join(f"{part}{next(entries):.4g}" for part in parts[:-1]) + parts[-1]
            lines.append(f"| `{row[1]}` | {row[2]} | {own} |")
        else:
            lines.append(line)
    return "\n".join(lines)


def _by_line(change: Callable[[str], str]) -> Callable[[str], str]:
    """Return what changes each line above a sheet's scenario."""

    def changed(text: str) -> str:
        body, mark, rest = text.partition("<!--")
        return "\n".join(map(change, body.split("\n"))) + mark + rest

    return changed


def _cells(line: str) -> list[str]:
    if line.startswith("| ---") or not line.startswith("|"):
        return []
    return [cell.strip() for cell in line[1:-1].split(" | ")]


def _broken(line: str) -> str:
    return "\n".join(textwrap.wrap(line, 72, break_on_hyphens=False)) if _cells(line) else line


def _one_below_the_other(line: str) -> str:
    return "\n".join(_cells(line)).replace("<br>", "\n").replace("`", "") or line


def _listed(line: str) -> str:
    row = _ROW.match(line)
    return f"{row[1]}: {_cells(line)[2]}".replace("<br>", " ") if row else ""


def _tagged(line: str) -> str:
    cells = "".join(f"<td>{cell}</td>" for cell in _cells(line))
    return f"<tr>{cells}</tr>" if cells else line


def _padded(line: str) -> str:
    return "   ".join(_cells(line)).replace("<br>", "`<br>`{=html}") or line


def _escaped(line: str) -> str:
    row = "|".join(cell.replace("_", r"\_") for cell in _cells(line))
    return f"| {row} |".replace("[", r"\[").replace("]", r"\]") if row else line


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "lines broken by a mail": _by_line(_broken),
    "line ends doubled": _by_line(lambda line: f"{line}\n"),
    "cells behind tabs": _by_line(lambda line: "\t".join(_cells(line)) or line),
    "lines within cells": _by_line(
        lambda line: "\t".join(_cells(line)).replace("<br>", "\v") or line
    ),
    "cells one below the other": _by_line(_one_below_the_other),
    "tags of HTML": _by_line(_tagged),
    "columns padded with blanks": _by_line(_padded),
    "signs escaped": _by_line(_escaped),
    "no bars at the ends": _by_line(lambda line: line.strip("| ") if "|" in line else line),
    "no head": _by_line(lambda line: " | ".join(_cells(line)) or line),
    "minus signs": _by_line(lambda line: line.replace("-", "−") if _cells(line) else line),
    "nothing but a list": _by_line(_listed),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("scenario", "points"), [("gomez", False), ("gomez", True), ("batch-of-two", False)]
)
def test_a_sheet_is_read_however_its_tables_were_left(
    way: str, scenario: str, points: bool
) -> None:
    """Every number under its id; a blank stays one, and no number of the scenario answers."""
    found = source_of(WAYS[way](_filled(scenario, points=points)).encode(), "sheet", None)
    verdicts = found.checked.verdicts.judgements
    wanted = {found.trace[n].id for n in to_work(found.trace, ASKED)} - {OPEN}
    assert {one.given.id for one in verdicts} == wanted
    assert {one.status for one in verdicts} <= {Status.RIGHT, Status.ROUNDED}
    assert (found.checked.ignored, found.checked.unrecognised) == ((), ())


def test_what_was_written_instead_of_a_number_is_noted() -> None:
    """Also where no table is left; what stands behind it is no answer."""
    text = WAYS["cells one below the other"](_filled("gomez", points=True))
    body = re.sub(r"(?<=\n)________________(?=\n)", "see 2 pages behind", text)
    found = source_of(body.encode(), "sheet", None).checked
    assert [item.text for item in found.ignored] == ["delta@0: see 2 pages behind"]
    without = re.sub(r"(?<=\n)________________\n", "", text)
    assert source_of(without.encode(), "sheet", None).checked.ignored == ()
