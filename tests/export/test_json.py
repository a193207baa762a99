"""The JSON of a trace: its schema, and that its numbers are those of its formulas."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import data
from documents import schema
from drawing import ALONE
from jsonschema import Draft202012Validator
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import Symbol
from lstm_tutor.algebra.parser import parse
from lstm_tutor.dialects.notation import ASCII, notation
from lstm_tutor.export.record import Records, step_data
from lstm_tutor.model.catalog import FOLDER
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.loss import losses
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.numeral import FULL
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

Array = NDArray[Any]
SCHEMA = schema("trace")
every_scenario = pytest.mark.parametrize("name", bundled())
every_cell_alone = pytest.mark.parametrize("name", ALONE)  # models have `test_models.py`


@cache
def printed(name: str) -> dict[str, Any]:
    return data(name)


@cache
def steps_of(name: str) -> dict[str, dict[str, Any]]:
    return {step["id"]: step for step in printed(name)["steps"]}


def value(step: dict[str, Any]) -> Array:
    return np.array(step["value"], dtype=float)


def values_of(name: str) -> dict[str, Array]:
    """Return what formulas may name: the steps' values, the constants, the new outputs."""
    trace = compute(load(name))
    found = {id_: value(step) for id_, step in steps_of(name).items()}
    found |= {name: np.array(constant) for name, constant in trace.scenario.constants.items()}
    output = trace.signals["h'"]
    return found | {f"h'@{t}": output.at(t) for t in range(trace.scenario.steps)}


def worked(formula: str, values: dict[str, Array]) -> Any:
    """Return the value of a formula of the JSON."""

    def lookup(symbol: Symbol) -> Array:
        return values[str(Id.of(symbol))]

    return evaluate(parse(formula, derived=True), lookup)


def assert_same(found: Any, expected: Array, label: str) -> None:
    """Compare to 1e-12 of the largest entry; a shape may lack axes of one entry."""
    if np.ndim(found) == 0:
        found = np.broadcast_to(found, expected.shape)
    apart = np.abs(np.reshape(found, expected.shape) - expected)
    assert apart.max() <= 1e-12 * np.abs(expected).max(), label


@every_scenario
def test_every_trace_fits_the_schema(name: str) -> None:
    """What `run --format json` prints is what docs/trace.schema.json describes."""
    Draft202012Validator(SCHEMA).validate(printed(name))


def test_chosen_steps_and_repeated_updates_fit_the_schema() -> None:
    """--only, --phase and --epochs leave the format as it is; epochs adds one entry."""
    validator = Draft202012Validator(SCHEMA)
    chosen = data("gomez", "--only", "dC", "--epochs", "3")
    validator.validate(chosen)
    assert [step["id"] for step in chosen["steps"]] == ["dC@1", "dC@0", "dC@-1"]
    assert len(chosen["epochs"]) == 3
    validator.validate(data("gomez", "--phase", "loss"))


def test_the_schema_is_strict_and_describes_everything() -> None:
    """It is a valid schema; every object refuses unknown keys and describes its own."""
    Draft202012Validator.check_schema(SCHEMA)
    objects = [node for node in nodes(SCHEMA) if node.get("type") == "object"]
    assert len(objects) > 8
    for node in objects:
        assert node["additionalProperties"] is False
        described = {**node.get("properties", {}), **node.get("patternProperties", {})}
        assert described
        assert all(entry["description"].endswith(".") for entry in described.values())
        assert set(node.get("required", ())) <= set(described)


def test_the_schema_refuses_an_unknown_key_anywhere() -> None:
    """A key more in any object of a trace does not fit."""
    validator = Draft202012Validator(SCHEMA)
    small = {**printed("gomez"), "steps": [steps_of("gomez")["dC@0"]]}
    whole = copy.deepcopy(small)
    assert validator.is_valid(whole)
    places = list(nodes(whole))
    assert len(places) > 10
    for node in places:
        node["not/known"] = 1
        assert not validator.is_valid(whole)
        del node["not/known"]
    assert validator.is_valid(whole)


def test_the_schema_knows_every_phase_and_loss() -> None:
    """Its lists of names are those of the program."""
    step, scenario = (SCHEMA["$defs"][name]["properties"] for name in ("step", "scenario"))
    assert step["phase"]["enum"] == list(Phase)
    assert scenario["loss"]["anyOf"][0]["enum"] == list(losses())


def test_a_run_of_own_pages_fits_the_schema(tmp_path: Path) -> None:
    """It carries the text of its cell and its loss."""
    (tmp_path / "loss.yaml").write_text("equation: L[t] = sum(h[t] - y[t])\n")
    cell = (FOLDER / "rnn.yaml").read_text("utf-8")
    (tmp_path / "cell.yaml").write_text(cell, "utf-8")
    path = tmp_path / "s.yaml"
    text = "cell: cell.yaml\nloss: loss.yaml\ninputs: [1]\nlabels: [1]\n"
    path.write_text(f"{text}weights: {{W: {{h: 1}}, U: {{h: 1}}, b: {{h: 1}}}}\n")
    found = data(str(path))
    Draft202012Validator(SCHEMA).validate(found)
    assert found["scenario"]["cell"]["equations"] in cell.replace("\n  ", "\n")
    assert found["scenario"]["loss"]["title"] == "loss"


def nodes(item: Any) -> Iterator[dict[str, Any]]:
    if isinstance(item, dict):
        yield item
    for child in item.values() if isinstance(item, dict) else item:
        if isinstance(child, dict | list):
            yield from nodes(child)


@every_cell_alone
def test_ids_are_unique_and_made_of_symbol_and_time(name: str) -> None:
    """An id is the symbol, with @ and the time step where there is one."""
    steps = printed(name)["steps"]
    assert len(steps_of(name)) == len(steps)
    for step in steps:
        time = "" if step["t"] is None else f"@{step['t']}"
        assert step["id"] == step["symbol"] + time


@every_cell_alone
def test_values_have_the_shape_that_is_said(name: str) -> None:
    """`shape` is the value's shape, and every term has the same."""
    for step in printed(name)["steps"]:
        assert list(value(step).shape) == step["shape"]
        assert all(list(value(term).shape) == step["shape"] for term in step["terms"])


@every_cell_alone
def test_inputs_are_steps_or_constants_or_new_outputs(name: str) -> None:
    """Every operand can be found, before the step that uses it."""
    times = range(printed(name)["scenario"]["sizes"]["time"])
    known = {"N", "lr", *(f"h'@{t}" for t in times)}
    for step in printed(name)["steps"]:
        assert set(step["inputs"]) <= known
        known.add(step["id"])


@every_cell_alone
def test_formulas_and_numbers_give_the_value(name: str) -> None:
    """Read back, the formula and the line of numbers both have the step's value."""
    values = values_of(name)
    count = 0
    for step in printed(name)["steps"]:
        if step["phase"] == "given" or is_block(step):
            continue
        count += 1
        expected = value(step)
        assert_same(sum_of_terms(step, values), expected, step["id"])
        if "..." not in step["substituted"]:
            assert_same(worked(step["substituted"], values), expected, step["id"])
    assert count > 20


def is_block(step: dict[str, Any]) -> bool:
    return bool(step["formula"].startswith("["))


def sum_of_terms(step: dict[str, Any], values: dict[str, Array]) -> Any:
    """Evaluate a formula; where it is a sum over time or lacks terms, term by term."""
    missing = any(term["missing"] for term in step["terms"])
    if not missing and not step["formula"].startswith("sum_t("):
        return worked(step["formula"], values)
    there = [term["formula"] for term in step["terms"] if not term["missing"]]
    return sum((worked(formula, values) for formula in there), np.zeros(step["shape"]))


@every_cell_alone
def test_terms_add_up_to_the_value(name: str) -> None:
    """Each term has the value of its formula, a missing one 0; together they are the step's."""
    values = values_of(name)
    count = 0
    for step in printed(name)["steps"]:
        for term in step["terms"]:
            count += 1
            if term["missing"]:
                assert not value(term).any()
            else:
                assert_same(worked(term["formula"], values), value(term), step["id"])
        if step["terms"]:
            together = sum(value(term) for term in step["terms"])
            largest = max(np.abs(value(term)).max() for term in step["terms"])
            assert np.abs(together - value(step)).max() <= 1e-12 * largest
    assert count > 20


@every_cell_alone
def test_a_term_names_the_gradient_and_equation_it_comes_from(name: str) -> None:
    """The origin of a term that exists is made of steps; the term is made of its gradient."""
    steps = steps_of(name)
    for step in printed(name)["steps"]:
        for term in step["terms"]:
            origin = term["origin"]
            if term["missing"]:
                continue
            assert origin["equation"] in steps
            if origin["gradient"] is not None:
                symbol, _, t = origin["gradient"].partition("@")
                assert f"{symbol}[{t}]" in term["formula"]
                assert origin["gradient"] in step["inputs"]


@every_cell_alone
def test_a_sum_over_time_has_a_term_for_each_of_its_time_steps(name: str) -> None:
    """A weight's gradient has all time steps, the loss the labelled ones, in order."""
    scenario = printed(name)["scenario"]
    labelled = [t for t, label in enumerate(scenario["labels"]) if label is not None]
    every = list(range(scenario["sizes"]["time"]))
    for step in printed(name)["steps"]:
        if step["formula"].startswith("sum_t("):
            times = [term["origin"]["t"] for term in step["terms"]]
            assert times == (labelled if step["symbol"] in ("L", "L'") else every)


@every_cell_alone
def test_blocks_stack_their_gates_first(name: str) -> None:
    """W, dW, W' and so on have the axes (gates, …), in the order of scenario.gates."""
    scenario, steps = printed(name)["scenario"], steps_of(name)
    sizes, gates = scenario["sizes"], scenario["gates"]
    hidden, inputs = sizes["hidden"], sizes["input"]
    axes = {"W": [hidden, inputs], "U": [hidden, hidden], "b": [hidden], "bh": [hidden]}
    expected = {
        pattern.format(block): (
            [pattern.format(f"{block}_{gate}") for gate in own],
            axes[block],
        )
        for block, own in scenario["weights"].items()
        for pattern in ("{}", "d{}", "{}'")
    }
    for t in range(sizes["time"]):
        expected[f"dgates@{t}"] = ([f"d{gate}@{t}" for gate in gates], [hidden])
    assert set(expected) == {id_ for id_, step in steps.items() if is_block(step)}
    for id_, (rows, shape) in expected.items():
        assert steps[id_]["inputs"] == rows
        assert steps[id_]["shape"] == [len(rows), *shape]
        assert np.array_equal(value(steps[id_]), np.stack([value(steps[row]) for row in rows]))


@every_cell_alone
def test_a_block_s_formula_lists_its_rows_in_order(name: str) -> None:
    """The rows in a block's formula are its inputs, in the order in which they are stacked."""
    for step in printed(name)["steps"]:
        if is_block(step):
            listed = step["formula"].strip("[]").replace("[", "@").replace("]", "").split("; ")
            assert listed == step["inputs"]


@every_cell_alone
def test_weights_and_states_are_those_of_the_scenario(name: str) -> None:
    """The scenario in the JSON has the values that the given steps have."""
    scenario, steps = printed(name)["scenario"], steps_of(name)
    for block, gates in scenario["weights"].items():
        for gate, array in gates.items():
            assert steps[f"{block}_{gate}"]["value"] == array
    for state, array in scenario["initial"].items():
        assert steps[f"{state}@-1"]["value"] == array
    for t, (row, label) in enumerate(zip(scenario["inputs"], scenario["labels"], strict=True)):
        assert steps[f"x@{t}"]["value"] == row
        assert steps[f"y@{t}"]["value"] == label if label else f"y@{t}" not in steps


@pytest.mark.parametrize("name", ["gomez", "two-units", "truncated"])
def test_an_lstm_has_gradients_at_its_initial_states(name: str) -> None:
    """deltaOut@-1 and dC@-1 are what the first time step sends back."""
    steps = steps_of(name)
    hidden = printed(name)["scenario"]["sizes"]["hidden"]
    for id_ in ("deltaOut@-1", "dC@-1"):
        assert steps[id_]["shape"] == [hidden]
        assert steps[id_]["phase"] == "backward"


@every_cell_alone
def test_the_loss_before_and_after_is_that_of_its_steps(name: str) -> None:
    """`loss` has the values of the steps L and L', which add up their time steps'."""
    loss, steps = printed(name)["loss"], steps_of(name)
    assert loss == {"before": steps["L"]["value"], "after": steps["L'"]["value"]}
    assert loss["after"] < loss["before"]


@pytest.mark.parametrize("name", ["gomez", "truncated", "both-directions", "upstream"])
def test_a_step_written_from_arrays_is_the_step_written_alone(name: str) -> None:
    trace = compute(load(name))
    view = View(notation(ASCII, trace.scenario.cell), FULL, largest=4096)
    records = Records(trace, view)
    for index in range(len(trace)):
        alone, written = step_data(trace[index], view), json.loads(records.text(index))
        pairs = zip(alone["terms"], written["terms"], strict=True)
        terms = [(one.pop("value"), other.pop("value")) for one, other in pairs]
        assert written == alone
        for one, other in terms:
            np.testing.assert_allclose(other, one, rtol=1e-14, atol=1e-16)
