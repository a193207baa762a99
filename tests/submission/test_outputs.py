"""Gradients of gates that a person takes at the gates' outputs, not before their functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from command import invoke
from drawing import CELLS
from readings import accused, handed_in, tutor, tutor_of, values_of
from styles import STYLES, digits

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import Trace

Words = Callable[[str, int], str]


def at_outputs(trace: Trace, word: Words, write: Callable[[float], str]) -> Iterator[str]:
    """Yield the gates of an LSTM, and their gradients as autograd has them, as lines."""
    for t in range(trace.scenario.steps):
        for gate in "aifo":
            own = trace.find(f"{gate}@{t}").value
            slope = 1 - own**2 if gate == "a" else own * (1 - own)
            gradient = trace.find(f"d{gate}@{t}").value / slope
            yield f"{gate}_{t} = {[float(write(x)) for x in own]}"
            yield f"{word(gate, t)} = {[float(write(x)) for x in gradient]}"


def said_of(lines: Iterator[str] | list[str], name: str) -> Checked:
    """Return what is said of lines about a bundled scenario."""
    return checked(tutor_of(name), submission_of("\n".join(lines).encode(), "x.txt"))


@pytest.mark.parametrize("word", ["d{}_{}", "dL/d{}_{}", "{}_{}.grad", "grad_{}_{}"])
@pytest.mark.parametrize("number", [4, 17])
def test_gradients_at_the_gates_outputs_are_right(word: str, number: int) -> None:
    """What autograd keeps of a gate is ∂L/∂f; before the gate's function it is another."""
    found = said_of(
        at_outputs(tutor_of("two-units").trace, word.format, digits(number)), "two-units"
    )
    assert (accused(found), found.unrecognised) == ([], ())
    assert found.reading.convention.at_output


def test_that_they_are_read_so_is_said() -> None:
    """In the first line, since the numbers are changed by it."""
    lines = "\n".join(at_outputs(tutor_of("two-units").trace, "d{}_{}".format, digits(17)))
    answer = invoke("check", "-", "--scenario", "two-units", lines=lines.encode())
    assert answer.code == 0
    assert "gates' gradients at their outputs" in " ".join(answer.out.split())


@pytest.mark.long
def test_who_forgets_the_slope_is_told_so() -> None:
    """The weights' gradients show that the slope was never multiplied."""
    trace = tutor_of("two-units").trace
    lines = list(at_outputs(trace, "d{}_{}".format, digits(17)))
    for gate in "aifo":
        total = np.zeros(2)
        for line in lines:
            if line.startswith(f"d{gate}_"):
                total = total + np.array(eval(line.partition("=")[2]))
        lines.append(f"db_{gate} = {total.tolist()}")
    found = said_of(lines, "two-units")
    assert not found.reading.convention.at_output
    assert {f"d{gate}@2" for gate in "aifo"} <= set(accused(found))


@pytest.mark.long
def test_a_wrong_gradient_at_an_output_is_still_wrong() -> None:
    """One of them changed: it alone is accused."""
    lines = list(at_outputs(tutor_of("two-units").trace, "d{}_{}".format, digits(17)))
    name = next(line for line in lines if line.startswith("df_1"))
    lines[lines.index(name)] = "df_1 = [0.9, -0.7]"
    assert accused(said_of(lines, "two-units")) == ["df@1"]


@pytest.mark.long
def test_both_kinds_in_one_file_are_told_apart_by_their_names() -> None:
    """``dz_f`` is before the gate, so that ``df`` is at its output."""
    trace = tutor_of("two-units").trace
    lines = list(at_outputs(trace, "d{}_{}".format, digits(5)))
    lines += [
        f"dz_{gate}_{t} = {trace.find(f'd{gate}@{t}').value.tolist()}"
        for t in range(3)
        for gate in "aifo"
    ]
    assert accused(said_of(lines, "two-units")) == []


@pytest.mark.parametrize("cell", sorted(CELLS))
@pytest.mark.parametrize("carried", [None, 4])
def test_dh_beside_dzh_is_the_gradient_of_the_output(cell: str, carried: int | None) -> None:
    """In a plain network, too, where ``dh`` alone is the one before the tanh."""
    one = tutor(cell, 0)
    style = next(style for style in STYLES if style.name == "python/plain/colon")
    found = handed_in(one, style, values_of(one, carried), 1, digits(4))
    assert (accused(found), found.unrecognised) == ([], ())
