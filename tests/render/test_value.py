"""Values on a screen: rows and columns with names, and what is left out counted."""

from __future__ import annotations

import numpy as np
import pytest
from models import built, trace_of

from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.equation import Phase
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.line import View
from lstm_tutor.render.value import WIDE, order, result_lines, value_lines
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute


def _view(trace: Trace) -> View:
    return View(notation("gomez", trace.scenario.cell))


def _lines(name: str, id_: str, room: int) -> list[str]:
    trace = compute(load(name))
    return result_lines(trace.find(id_), _view(trace), room)


WANTED = {
    ("hello", "p@0", 60): """\
   h           e         l          o
≈ [0.00152611, 0.492653, 0.0140161, 0.491805]""",
    ("hello", "V", 60): """\
h  [-1, 0.7]
e  [1.5, -1.8]
l  [-2.6, 1.6]
o  [1.6, -1.7]""",
    ("hello", "W_h", 60): """\
 h     e     l    o
[1.6,  -0.9, 0.9, -0.4]
[-0.8, -0.9, 1.2, 0.1]""",
    ("hello", "y@0", 60): "[0, 1, 0, 0]",
    ("batch-of-two", "h@0", 60): """\
 sequence 0  sequence 1
[0.462117,   -0.430084]
[0.421899,   0.362707]""",
    ("batch-of-two", "L@0", 60): """\
   sequence 0  sequence 1
≈ [0.0897169,  0]""",
    ("batch-of-two", "dgates@0", 60): """\
    sequence 0  sequence 1
h  [0.0580836,  -0.0385418]
   [0.295773,   0.124175]""",
}


@pytest.mark.parametrize(("name", "id_", "room"), WANTED)
def test_entries_are_headed_by_what_they_stand_for(name: str, id_: str, room: int) -> None:
    """Characters of the vocabulary and the sequences of a batch; one character is said."""
    found = "\n".join(_lines(name, id_, room))
    assert found == WANTED[name, id_, room]


def test_what_has_no_room_is_counted() -> None:
    """Columns and rows of a matrix, entries of a list; nothing stands out of the room."""
    wide = {
        "cell": "rnn",
        "inputs": [np.linspace(-1, 1, 12).round(4).tolist()],
        "weights": {"init": {"scheme": "uniform", "seed": 1}, "hidden": 5},
    }
    trace = compute(built(wide))
    lines = value_lines(trace.find("W_h"), _view(trace), 40)
    assert lines[-1] == "… 9 more columns not shown"
    assert all(line.endswith(", …]") for line in lines[:-1])
    [*_, last] = value_lines(trace.find("x@0"), _view(trace), 24)
    assert last.endswith(" more]")
    assert _shown(value_lines(trace.find("x@0"), _view(trace), 60)) == 12


def _shown(lines: list[str]) -> int:
    return " ".join(lines).count(",") + 1


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("room", [40, 60, 80, 120])
def test_a_value_of_any_model_keeps_to_the_room(seed: int, room: int) -> None:
    """Whatever its layers, batch and sizes; each line that is not a head has a number."""
    trace = trace_of(seed)
    view = _view(trace)
    for step in trace:
        if step.phase is not Phase.UPDATE:
            assert max(map(columns, result_lines(step, view, room))) <= room, step.id


def test_in_a_file_every_line_stands_alone() -> None:
    """Nothing is headed there, all is written, and the order is said in words."""
    trace = compute(load("hello"))
    step = trace.find("p@0")
    assert value_lines(step, _view(trace), WIDE) == [
        "[0.00152611, 0.492653, 0.0140161, 0.491805]"
    ]
    assert order(step.letters, None, step.value.shape) == "in the order h, e, l, o"
    assert order(("", "ab "), None, (2, 3)) == "columns in the order a, b, space"
    assert order((), 2, (3, 2)) == "one column for each sequence"
