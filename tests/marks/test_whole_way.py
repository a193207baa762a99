"""What docs/teachers.md tells: from a scenario of one's own to marks, and the next lesson."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from command import invoke

from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute
from lstm_tutor.trace.variant import varied

COUNT, SEED = 30, 7
ASKED = ("dC@1", "dC@0", "da@0", "dW_a")
_ROW = re.compile(r"^\| `([^`]+)` \| (.*) \| ([^|]*) \| (\d+) \|$", re.M)
_GAP = re.compile("_{8,}")
SCENARIO = """\
title: Two steps of our own
cell: lstm
inputs: [[0.9, -0.4], [0.3, 0.7]]
labels: [0.4, 0.8]
weights:
  W: {a: [0.35, 0.6], i: [0.8, 0.55], f: [0.25, 0.45], o: [0.65, 0.3]}
  U: {a: 0.2, i: 0.7, f: 0.15, o: 0.4}
  b: {a: 0.1, i: 0.5, f: 0.3, o: 0.05}
initial: {h: 0.3, C: 0.6}
learning_rate: 0.1
"""


def _answers(trace: Trace, *, forgets: bool) -> dict[str, np.ndarray]:
    """Return what is written on the blanks; who forgets leaves out what comes back to dC@0."""
    value = {step.id: np.asarray(step.value) for step in trace}
    own = {id_: value[id_] for id_ in ASKED}
    if forgets:
        own["dC@0"] = value["dC@0"] - value["dC@1"] * value["f@1"]
        slope = value["i@0"] * (1 - value["a@0"] ** 2)
        own["da@0"] = own["dC@0"] * slope
        first, last = (
            np.outer(da, value[f"x@{t}"]) for t, da in enumerate((own["da@0"], value["da@1"]))
        )
        own["dW_a"] = first + last
    return own


def _written(sheet: str, name: str, answers: dict[str, np.ndarray], number: int) -> str:
    """Fill a sheet in by hand, as a list below a mail, or as a quoted mail."""

    def row(found: re.Match[str]) -> str:
        entries = iter(np.ravel(answers[found[1]]))
        cell = _GAP.sub(lambda _: f"{next(entries):.4g}", found[3])
        if listed:
            return f"{found[1]}: {cell}"
        return f"| `{found[1]}` | {found[2]} | {cell} | {found[4]} |"

    listed = number % 3 == 1
    text = _ROW.sub(row, sheet).replace("Name: " + "_" * 32, f"Name: {name}")
    if number % 3 == 2:
        return "Here it is:\n\n" + "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    return text


@pytest.mark.long
@pytest.mark.heavy
def test_thirty_variants_come_back_as_marks(tmp_path: Path) -> None:
    """In a folder for each student; every third forgets a term, which the next lesson names."""
    scenario, class_ = tmp_path / "ours.yaml", tmp_path / "back"
    scenario.write_text(SCENARIO, "utf-8")
    assert invoke("validate", str(scenario)).code == 0
    out = str(tmp_path / "sheet.md")
    more = "--blank", ",".join(ASKED), "--points", "1,dC=2", "--seed", str(SEED)
    made = invoke("worksheet", str(scenario), "--variants", str(COUNT), *more, "-o", out)
    assert made.code == 0, made.err
    whole = compute(load(str(scenario)))
    for number in range(COUNT):
        trace = compute(varied(whole.scenario, SEED + number))
        sheet = (tmp_path / f"sheet-{number + 1:02}.md").read_text("utf-8")
        answers = _answers(trace, forgets=number % 3 == 0)
        folder = class_ / f"Student {number}_assignsubmission"
        folder.mkdir(parents=True)
        text = _written(sheet, f"Student {number}", answers, number)
        (folder / "sheet.md").write_text(text, "utf-8")
    marks, lesson = tmp_path / "marks.csv", tmp_path / "next.md"
    found = invoke("check", str(class_), "--summary", "--marks", "given=0.5", "-o", str(marks))
    assert "Marks: " in found.out
    with marks.open(encoding="utf-8", newline="") as lines:
        *rows, total = csv.DictReader(lines)
    assert {row["name"] for row in rows} == {f"Student {number}" for number in range(COUNT)}
    for row in rows:
        forgets = int(row["name"].split()[1]) % 3 == 0
        counts = [row[head] for head in ("right", "right given earlier errors", "wrong")]
        assert counts == (["1", "2", "1"] if forgets else ["4", "0", "0"]), row
        assert (row["marks"], row["of"]) == ("3" if forgets else "6", "6")
    assert (total["marks"], total["of"]) == (str(10 * 3 + 20 * 6), str(COUNT * 6))
    invoke("check", str(class_), "--summary", "-o", str(lesson))
    text = lesson.read_text("utf-8")
    assert "| 10 | what comes from the next time step left out |" in text
    assert "| `dC@0` | 20 of 30 |" in text
