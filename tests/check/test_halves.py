"""Numbers of types of two bytes that a program widened: found by their low bits."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from command import invoke
from drawing import CELLS, scenario_of
from dumps import computed
from numpy.typing import NDArray
from readings import accused, tutor_of

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.submission.precision import Precision, precision_of
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import Trace, compute

Array = NDArray[Any]
Round = Callable[[Array], Array]
BRAIN, HALF = "2 digits (bfloat16)", "3 digits (float16)"


def brain(value: Array) -> Array:
    """Round to bfloat16, the even one of two, and widen to float32."""
    bits = np.asarray(value, dtype=np.float32).view(np.uint32)
    bits = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return np.asarray((bits & np.uint32(0xFFFF0000)).view(np.float32))


def cut(value: Array) -> Array:
    """Leave out the low bits, as some processors make a bfloat16."""
    bits = np.asarray(value, dtype=np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
    return np.asarray(bits.view(np.float32))


def half(value: Array) -> Array:
    """Round to float16, and widen to float32."""
    return np.asarray(value).astype(np.float16).astype(np.float32)


TYPES = [(brain, BRAIN), (cut, BRAIN), (half, HALF)]


def arrays(values: dict[str, Array]) -> tuple[bytes, str]:
    """Return values as a NumPy archive."""
    buffer = io.BytesIO()
    np.savez(buffer, **values)  # type: ignore[arg-type]
    return buffer.getvalue(), "x.npz"


def printed(values: dict[str, Array]) -> tuple[bytes, str]:
    """Return values as they are printed in full."""
    lines = (f"{name} = {value.tolist()}" for name, value in values.items())
    return "\n".join(lines).encode(), "x.txt"


def stored_so(one: Tutor, kept: Round) -> dict[str, Array]:
    """Return all right values, rounded when they are stored."""
    return {name: kept(np.atleast_1d(value)) for name, value in computed(one.places).items()}


@pytest.mark.parametrize("write", [arrays, printed])
@pytest.mark.parametrize(("kept", "said"), TYPES)
def test_right_values_that_were_widened_are_right(
    kept: Round, said: str, write: Callable[[dict[str, Array]], tuple[bytes, str]]
) -> None:
    """However they are handed in; the type is said."""
    one = tutor_of("two-units")
    found = checked(one, submission_of(*write(stored_so(one, kept))))
    assert (found.precision, accused(found)) == (said, [])


@pytest.mark.long
@pytest.mark.parametrize(("kept", "said"), TYPES[::2])
def test_a_wrong_value_beyond_the_type_is_found(kept: Round, said: str) -> None:
    """A tenth off is more than either type rounds; it alone is wrong."""
    one = tutor_of("two-units")
    values = stored_so(one, kept)
    values["C@1"] = kept(values["C@1"] * np.float32(1.1))
    found = checked(one, submission_of(*arrays(values)))
    assert (found.precision, accused(found)) == (said, ["C@1"])


def worked_in(kept: Round, trace: Trace, *, keeps: bool) -> dict[str, Array]:
    """Work a forward pass with every operation rounded; without the forget gate if asked."""
    own = {name: kept(value) for name, value in trace.parameters.items()}
    before = {str(place): kept(value) for place, value in trace.scenario.initial.items()}
    h, cell, found = before["h@-1"], before["C@-1"], {}
    for t in range(trace.scenario.steps):
        x = kept(trace.find(f"x@{t}").value)
        gates = {}
        for gate in "aifo":
            z = kept(kept(own[f"W_{gate}"] @ x) + kept(own[f"U_{gate}"] @ h))
            z = found[f"z_{gate}@{t}"] = kept(z + own[f"b_{gate}"])
            gates[gate] = kept(np.tanh(z) if gate == "a" else 1 / (1 + np.exp(-z)))
            found[f"{gate}@{t}"] = gates[gate]
        kept_on = kept(gates["f"] * cell) if keeps else cell
        cell = found[f"C@{t}"] = kept(kept_on + kept(gates["i"] * gates["a"]))
        h = found[f"h@{t}"] = kept(gates["o"] * kept(np.tanh(cell)))
    return found


def judged(kept: Round, steps: int, names: str, *, keeps: bool) -> Checked:
    """Return what is said of some values of such a pass, all where no names are given."""
    trace = compute(scenario_of(CELLS["lstm"], seed=2, hidden=6, inputs=3, steps=steps))
    values = worked_in(kept, trace, keeps=keeps)
    some = {name: value for name, value in values.items() if not names or name[0] in names}
    return checked(Tutor(trace), submission_of(*arrays(some)))


@pytest.mark.long
@pytest.mark.parametrize("names", ["", "Ch", "h"])
@pytest.mark.parametrize(("kept", "said"), TYPES)
def test_a_pass_that_was_worked_in_such_a_type_is_right(
    kept: Round, said: str, names: str
) -> None:
    """The error of every step adds up, also over steps that are not handed in."""
    found = judged(kept, 20, names, keeps=True)
    assert (found.precision, accused(found)) == (said, [])


@pytest.mark.long
@pytest.mark.parametrize(("kept", "said"), TYPES[::2])
def test_a_mistake_in_such_a_pass_is_named(kept: Round, said: str) -> None:
    """A cell that forgets nothing; first wrong is its first cell state."""
    found = judged(kept, 6, "", keeps=False)
    first = found.verdicts.first_wrong
    assert first is not None
    assert (found.precision, first.given.id) == (said, "C@0")
    assert first.diagnoses[0].mistake is not None
    assert first.diagnoses[0].mistake.kind == "drop-factor"


@pytest.mark.long
def test_numbers_that_have_few_bits_anyway_show_no_type() -> None:
    """Right values of few bits would be the same in any type: they are held to be exact."""
    one = tutor_of("two-units")
    values = {
        f"x@{t}": np.asarray(one.trace.find(f"x@{t}").value, np.float32) for t in range(2)
    }
    right = values | {"C@0": np.asarray(one.trace.find("C@0").value, np.float32)}
    assert checked(one, submission_of(*arrays(right))).precision == "7 digits (float32)"
    few = {"C@0": np.full(2, 0.75, np.float32)}
    assert checked(one, submission_of(*arrays(few))).precision != BRAIN


@pytest.mark.long
def test_the_type_can_be_asked_for() -> None:
    """By the person who knows it, where digits do not show it."""
    assert precision_of("bfloat16") == Precision("bfloat16")
    lines = b"C@0: 0.820\n"  # 0.785726 in truth
    asked = ("check", "-", "--scenario", "gomez", "--precision")
    assert invoke(*asked, "bfloat16", lines=lines).code == 0
    assert invoke(*asked, "float16", lines=lines).code == 1
