"""Numbers that were worked less precisely than they are kept: mixed precision, few decimals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from command import invoke
from drawing import CELLS, scenario_of
from numpy.typing import NDArray
from readings import accused
from test_halves import Round, arrays, brain, half

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.submission.precision import Precision, precision_of
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import Trace, compute

Array = NDArray[Any]
Values = dict[str, Array]
Print = Callable[[float], str]


def tf32(value: Array) -> Array:
    """Keep ten bits of the mantissa, as a GPU's matrix product does of what it multiplies."""
    bits = np.asarray(value, dtype=np.float32).view(np.uint32) + np.uint32(0x1000)
    return np.asarray((bits & np.uint32(0xFFFFE000)).view(np.float32))


def single(value: Array) -> Array:
    """Round to float32."""
    return np.asarray(value, dtype=np.float32)


def random_trace() -> Trace:
    """Return a computation of random numbers."""
    return compute(scenario_of(CELLS["lstm"], seed=2, hidden=4, inputs=3, steps=5))


def passed(trace: Trace, multiplied: Round, gates: Round, states: Round) -> Values:
    """Work a forward pass that rounds what it multiplies, gates and states in its own ways."""
    own = {name: multiplied(value) for name, value in trace.parameters.items()}
    before = {str(place): states(value) for place, value in trace.scenario.initial.items()}
    h, cell, found = before["h@-1"], before["C@-1"], Values()
    for t in range(trace.scenario.steps):
        x = multiplied(trace.find(f"x@{t}").value)
        active = {}
        for gate in "aifo":
            z = gates(own[f"W_{gate}"] @ x + own[f"U_{gate}"] @ multiplied(h))
            z = found[f"z_{gate}@{t}"] = gates(z + own[f"b_{gate}"])
            active[gate] = gates(np.tanh(z) if gate == "a" else 1 / (1 + np.exp(-z)))
            found[f"{gate}@{t}"] = active[gate]
        cell = found[f"C@{t}"] = states(active["f"] * cell + active["i"] * active["a"])
        h = found[f"h@{t}"] = states(active["o"] * np.tanh(cell))
    return found


def printed(values: Values, write: Print) -> tuple[bytes, str]:
    """Return values as lines, each number written in one way."""
    rows = (f"{name}: [{', '.join(map(write, value))}]" for name, value in values.items())
    return "\n".join(rows).encode(), "x.txt"


def judged(trace: Trace, source: tuple[bytes, str]) -> Checked:
    """Return what is said of a source."""
    return checked(Tutor(trace), submission_of(*source))


PRINTS: dict[str, Print] = {"4 decimals": "{:.4f}".format, "3 digits": "{:.3g}".format}


@pytest.mark.parametrize(("kept", "kind"), [(brain, "bfloat16"), (half, "float16")])
def test_states_in_float32_beside_gates_of_two_bytes_are_right(kept: Round, kind: str) -> None:
    """As autocast leaves them; the gates' low bits say in which type it was worked."""
    trace = random_trace()
    found = judged(trace, arrays(passed(trace, kept, kept, single)))
    assert accused(found) == []
    assert kind in found.precision


@pytest.mark.parametrize("write", PRINTS.values(), ids=PRINTS)
@pytest.mark.parametrize("states", [brain, single])
def test_a_short_print_of_bfloat16_is_right(states: Round, write: Print) -> None:
    """More numbers lie beside one of the type than chance puts there."""
    trace = random_trace()
    found = judged(trace, printed(passed(trace, brain, brain, states), write))
    assert accused(found) == []
    assert "bfloat16" in found.precision


@pytest.mark.parametrize("write", PRINTS.values(), ids=PRINTS)
def test_a_short_print_of_other_numbers_is_of_no_such_type(write: Print) -> None:
    """They fit as rarely as chance has it."""
    trace = random_trace()
    found = judged(trace, printed(passed(trace, single, single, single), write))
    assert accused(found) == []
    assert "float16" not in found.precision


@pytest.mark.long
@pytest.mark.parametrize("names", ["", "h"])
@pytest.mark.parametrize("multiplied", [tf32, half, brain])
def test_what_a_processor_rounds_inside_is_right(multiplied: Round, names: str) -> None:
    """All is kept in float32 and nothing shows the type, but no mistake explains it."""
    trace = random_trace()
    values = passed(trace, multiplied, single, single)
    some = {name: value for name, value in values.items() if not names or name[0] in names}
    found = judged(trace, arrays(some))
    assert accused(found) == []
    assert "worked to about" in found.precision


@pytest.mark.long
def test_float64_that_was_worked_in_float32_is_right() -> None:
    """Layers that cast inside whatever their policy says, and weights from float32."""
    trace = random_trace()
    values = passed(trace, single, single, single)
    found = judged(trace, arrays({name: one.astype(float) for name, one in values.items()}))
    assert (accused(found), found.precision.count("float32")) == ([], 1)


@pytest.mark.long
@pytest.mark.parametrize("kept", [tf32, brain])
def test_a_mistake_in_such_arithmetic_is_found(kept: Round) -> None:
    """A cell that keeps all it has; what follows from it is right given that."""
    trace = random_trace()
    values = passed(trace, kept, kept, single)
    own = np.asarray(trace.find("C@-1").value, np.float32)
    values["C@0"] = single(values["i@0"] * values["a@0"] + own)
    found = judged(trace, arrays(values))
    assert found.verdicts.first_wrong is not None
    assert found.verdicts.first_wrong.given.id == "C@0"


def test_a_few_odd_values_are_no_arithmetic() -> None:
    """Two slips of a thousandth among right values stay slips."""
    trace = random_trace()
    values = passed(trace, single, single, single)
    for name in ("C@1", "a@3"):
        values[name] = single(values[name] * np.float32(1.001))
    assert {"C@1", "a@3"} <= set(accused(judged(trace, arrays(values))))


@pytest.mark.long
def test_an_update_that_decays_is_no_arithmetic() -> None:
    """All new values a little too small are a mistake, and so small that rounding has it."""
    trace = random_trace()
    values = {
        f"{name}'": single(trace.find(f"{name}'").value - 1e-3 * np.asarray(value))
        for name, value in trace.parameters.items()
        if name[:2] in ("W_", "U_", "b_") and name[-1] != "'"
    }
    found = judged(trace, arrays(values))
    assert len(accused(found)) == len(values)


def test_what_is_too_coarse_in_such_a_type_has_a_remedy_that_helps() -> None:
    """More digits of a stored number do not make it more precise."""
    asked = ("check", "-", "--scenario", "gomez")
    short, lines = b"db_f: -0.01\n", b"L@0: 0.00064\ndb_f: -0.0071\n"
    stored = invoke(*asked, "--precision", "bfloat16", lines=lines).out
    assert "too coarse to tell, compute in float32: L@0, db_f" in stored
    assert "give more digits" in invoke(*asked, lines=short).out


def test_the_arithmetic_can_be_said() -> None:
    """By who knows it, beside how the numbers are kept."""
    kept = Precision("float32", worked="bfloat16")
    assert precision_of("float32,in:bfloat16") == kept
    assert kept.said() == "7 digits (float32), worked in bfloat16"
    assert precision_of("digits:4,down,in:tf32") == Precision("digits", 4, True, "tf32")
    assert precision_of("float32,in:digits") is None
    lines = b"z_a@0: 1.15\na@0: 0.8177\ni@0: 0.9608\nC@0: 0.790\n"  # 0.785726 in truth
    asked = ("check", "-", "--scenario", "gomez", "--precision")
    assert invoke(*asked, "digits:4,in:bfloat16", lines=lines).code == 0
    assert invoke(*asked, "digits:4", lines=lines).code == 1


def test_numbers_that_any_other_could_stand_for_are_no_arithmetic() -> None:
    """Of a gradient that cancels bfloat16 confirms nothing, and so excuses nothing."""
    lines = "".join(f"dC@0: {k / 1000 + 0.0005:.6f}\n" for k in range(8))
    answer = invoke("check", "-", lines=lines.encode())
    assert answer.code == 1
    assert "bfloat16" not in answer.out
    assert answer.out.splitlines()[1] == "8 values: 8 wrong"
