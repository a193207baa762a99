"""Gates in a wrong order are one finding, whoever stacks them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import invoke
from readings import tutor_of
from styles import digits

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.dialects.arrays import layouts, with_arrays
from lstm_tutor.scenario.loading import load
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.golden import golden
from lstm_tutor.trace.trace import compute

APART = ("colah", "deeplearning-ai", "flax")
# the names of CS231n are anybody's, so that another order of them is only said, not wrong
ORDERED = [name for name in with_arrays() if name != "cs231n"]


def exchanged(dialect: str) -> bytes:
    """Return gradients as a dialect stacks them, with those of a and o exchanged."""
    trace = tutor_of("two-units").trace
    parameters = dict(trace.parameters)
    for block in "WUb":
        one, other = f"d{block}_a", f"d{block}_o"
        parameters[one], parameters[other] = parameters[other], parameters[one]
    found = golden(replace(trace, parameters=parameters), layouts(dialect, Path()))
    right = golden(trace, layouts(dialect, Path()))
    changed = [name for name in found if not np.array_equal(found[name], right[name])]
    buffer = io.BytesIO()
    np.savez(buffer, **{name: found[name] for name in changed})  # type: ignore[arg-type]
    return buffer.getvalue()


def found_of(content: bytes, name: str) -> Checked:
    """Return what is said of numbers of the scenario two-units."""
    return checked(tutor_of("two-units"), submission_of(content, name))


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("dialect", ORDERED)
def test_arrays_with_their_gates_in_another_order_are_one_finding(dialect: str) -> None:
    """Not one for each gate and array."""
    found = found_of(exchanged(dialect), "x.npz")
    wrong = [j for j in found.verdicts.judgements if j.status == "wrong" and not j.because]
    assert found.order is not None
    assert (len(wrong), found.order.first) == (1, wrong[0].given.id)
    assert sorted(found.order.found) == sorted(found.order.expected)
    assert found.order.found != found.order.expected
    assert found.order.apart is (dialect in APART)
    assert not found.verdicts.right


@pytest.mark.long
@pytest.mark.parametrize(("own", "theirs"), [("a", "o"), ("i", "o")])
def test_weights_read_in_another_order_are_one_finding(own: str, theirs: str) -> None:
    """Gates i f g o loaded as i f o g: g has o's weights, and o has g's; so have i and o,
    whose arrays are exchanged where each gate has its own.
    """
    scenario = load("two-units")
    weights = dict(scenario.parameters)
    for block in "WUb":
        one, other = f"{block}_{own}", f"{block}_{theirs}"
        weights[one], weights[other] = weights[other], weights[one]
    trace = compute(replace(scenario, parameters=weights))
    write = digits(8)
    ids = [f"{symbol}@{t}" for t in range(3) for symbol in "aifoCh"]
    shown = {id_: [float(write(x)) for x in trace.find(id_).value.tolist()] for id_ in ids}
    lines = [f"{id_} = {value}" for id_, value in shown.items()]
    found = found_of("\n".join(lines).encode(), "x.txt")
    wrong = [j for j in found.verdicts.judgements if j.status == "wrong" and not j.because]
    assert [item.given.id for item in wrong] == [f"{own}@0"]
    answer = invoke("check", "-", "--scenario", "two-units", lines="\n".join(lines).encode())
    said = " ".join(answer.out.split())
    assert "gates in another order Gates are worked with the weights of others" in said
    assert "or the other way round" in said


def test_one_gate_that_is_anothers_is_no_order() -> None:
    """A single array under a wrong name is told as before."""
    trace = tutor_of("two-units").trace
    given = {"dW_a": trace.find("dW_o").value, "dW_i": trace.find("dW_i").value}
    text = "\n".join(f"{name} = {value.tolist()}" for name, value in given.items())
    assert found_of(text.encode(), "x.txt").order is None


def test_the_order_that_is_said_is_that_of_the_arrays_own_names() -> None:
    """Also where other arrays of the file, whose names say less, have another order."""
    own = tutor_of("two-units").trace.parameters
    arrays = {
        name: np.concatenate([own[f"d{block}_{gate}"] for gate in "ifoa"])
        for name, block in (("weight_ih_l0_grad", "W"), ("dhh", "U"), ("bias_grad", "b"))
    }
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    order = found_of(buffer.getvalue(), "x.npz").order
    assert order is not None
    assert (order.source, "".join(order.expected), "".join(order.found)) == (
        "PyTorch",
        "ifgo",
        "ifog",
    )
