"""Gates in a wrong order are one finding, whoever stacks them."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import permutations
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


def reordered(name: str, order: str) -> str:
    """Return the forward pass of a scenario with its weights read in another order."""
    scenario = load(name)
    gates = list(scenario.cell.gates)
    weights = dict(scenario.parameters)
    for parameter, (block, gate) in scenario.cell.rows.items():
        other = f"{block}_{order[gates.index(gate)]}" if gate else ""
        weights[parameter] = scenario.parameters.get(other, weights[parameter])
    trace = compute(replace(scenario, parameters=weights))
    write = digits(8)
    forward = [one.target for one in scenario.cell.equations if not one.target.startswith("z_")]
    ids = [f"{symbol}@{t}" for t in range(scenario.steps) for symbol in forward]
    shown = {id_: [float(write(x)) for x in trace.find(id_).value.tolist()] for id_ in ids}
    return "\n".join(f"{id_} = {value}" for id_, value in shown.items())


ORDERS = [("two-units", "".join(one)) for one in list(permutations("aifo"))[1:]]
ORDERS += [("gru-two-units", "".join(one)) for one in list(permutations("rzn"))[1:]]


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize(("name", "order"), ORDERS)
def test_weights_read_in_any_other_order_are_one_finding(name: str, order: str) -> None:
    """Gates i f g o loaded as i f o g: g has o's weights, and o has g's; and so on."""
    text = reordered(name, order)
    found = checked(tutor_of(name), submission_of(text.encode(), "x.txt"))
    wrong = [j for j in found.verdicts.judgements if j.status == "wrong" and not j.because]
    assert len(wrong) == 1
    if found.order is None:  # that of a source, which is a mistake by itself
        assert {one.mistake.kind for one in wrong[0].diagnoses[:1]} == {"permuted-gates"}
        return
    assert found.order.first == wrong[0].given.id
    gates = "".join(tutor_of(name).trace.scenario.cell.gates)
    read = dict(zip(found.order.found, found.order.expected, strict=True))
    assert read == dict(zip(gates, order, strict=True))


@pytest.mark.long
@pytest.mark.parametrize("order", ["oifa", "aofi"])
def test_an_exchange_may_be_the_other_way_round(order: str) -> None:
    answer = invoke(
        "check", "-", "--scenario", "two-units", lines=reordered("two-units", order).encode()
    )
    said = " ".join(answer.out.split())
    assert "gates in another order Gates are worked with the weights of others" in said
    assert "or the other way round" in said


@pytest.mark.long
def test_a_value_that_an_order_does_not_give_stays_a_finding_of_its_own() -> None:
    """Another mistake beside it: then nothing is said of all gates at once."""
    lines = reordered("two-units", "foai").splitlines()
    changed = [line.replace("C@1 = [", "C@1 = [9") for line in lines]
    found = checked(tutor_of("two-units"), submission_of("\n".join(changed).encode(), "x.txt"))
    wrong = [j.given.id for j in found.verdicts.judgements if j.status == "wrong"]
    assert "C@1" in wrong
    assert found.order is None


@pytest.mark.long
def test_many_wrong_values_without_an_order_are_judged_one_by_one() -> None:
    """Also where one is given twice."""
    trace = tutor_of("two-units").trace
    ids = [f"{symbol}@{t}" for t in range(3) for symbol in "aifo"]
    wrong = {id_: (trace.find(id_).value * 1.7 + 0.3).tolist() for id_ in ids}
    lines = [f"{id_} = {value}" for id_, value in wrong.items()]
    lines.append(lines[0].replace("[", "[1"))
    found = found_of("\n".join(lines).encode(), "x.txt")
    assert found.order is None
    assert len([j for j in found.verdicts.judgements if j.status == "wrong"]) == len(lines)


def test_one_gate_that_is_anothers_is_no_order() -> None:
    """A single array under a wrong name is told as before."""
    trace = tutor_of("two-units").trace
    given = {"dW_a": trace.find("dW_o").value, "dW_i": trace.find("dW_i").value}
    text = "\n".join(f"{name} = {value.tolist()}" for name, value in given.items())
    assert found_of(text.encode(), "x.txt").order is None


@pytest.mark.long
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
