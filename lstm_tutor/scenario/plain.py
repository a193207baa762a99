"""A scenario as plain data, and as the YAML that it is read from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import FORWARD, Layer
from lstm_tutor.model.loss import one_hot
from lstm_tutor.model.symbol import bare, beside, is_each
from lstm_tutor.model.update import Update
from lstm_tutor.model.update_page import default_update
from lstm_tutor.scenario.scenario import Scenario


def scenario_data(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain data, every array in its true shape."""
    weights = tree_of(
        (keys_of(scenario.cell, name), numbers_of(value))
        for name, value in scenario.parameters.items()
    )
    initial = tree_of(_initial(scenario))
    upstream = tree_of(
        (name.split("."), _rows(given.values, given.there))
        for name, given in scenario.upstream.items()
    )
    labels: Any = _rows(scenario.labels, scenario.labelled) if scenario.has_labels else None
    if scenario.has_labels and scenario.labelled.all():
        labels = _text(scenario.labels, scenario.classes) or labels
    inputs = scenario.inputs
    return {
        "name": scenario.name,
        "title": scenario.title,
        "source": scenario.source,
        "about": scenario.about,
        **_model(scenario),
        "gates": list(scenario.cell.gates),
        "sizes": {"time": scenario.steps, **scenario.sizes},
        "inputs": _text(inputs, scenario.vocabulary)
        or numbers_of(inputs if inputs.ndim < 3 else np.moveaxis(inputs, -1, 0)),
        "labels": labels,
        "weights": weights,
        "upstream": upstream or None,
        "initial": initial,
        "loss": scenario.loss.page or scenario.loss.name,
        **_renewal(scenario),
        "learning_rate": scenario.learning_rate,
        "truncate": scenario.truncate,
    }


def _initial(scenario: Scenario) -> Iterator[tuple[list[str], Any]]:
    """Yield each state's initial value; where it has several, each by its time step."""
    for place, value in scenario.initial.items():
        numbers = numbers_of(np.moveaxis(value, -1, 0) if scenario.batch else value)
        several = len(scenario.cell.beyond(place.name, scenario.steps)) > 1
        yield [*place.name.split("."), *([str(place.t)] if several else [])], numbers


def _renewal(scenario: Scenario) -> dict[str, Any]:
    """Return how the loss is averaged, gradients clipped and weights updated, where it is
    not the usual.
    """
    own = scenario.updating
    found: dict[str, Any] = {"mean": list(scenario.mean)} if scenario.mean else {}
    if own.clip:
        limits = {key: own.settings[key] for key in own.clip.settings}
        if own.clip.page is None:
            found["clip"] = {own.clip.name: limits["limit"]}
        else:
            found["clip"] = {"page": dict(own.clip.page), **limits, **_kept(scenario, own.clip)}
    if own.update != default_update():
        beside = {key: own.settings[key] for key in own.update.settings}
        page = dict(own.update.page) if own.update.page else own.update.name
        found["update"] = {"page": page, **beside, **_kept(scenario, own.update)}
        if own.epoch > 1:
            found["update"]["epoch"] = own.epoch
    return found


def _kept(scenario: Scenario, page: Update) -> dict[str, Any]:
    """Return what an update keeps, where it is not as the page starts it."""
    found: dict[str, Any] = {}
    for state, start in page.initial.items():
        if not is_each(state):
            values = {state: scenario.updating.kept[state]}
        else:
            cell = scenario.cell
            values = {n: scenario.updating.kept[beside(state, n)] for n in cell.parameters}
        if all(np.all(value == start) for value in values.values()):
            continue
        if is_each(state):
            pairs = ((keys_of(scenario.cell, n), numbers_of(v)) for n, v in values.items())
            found[state] = tree_of(pairs)
        else:
            found[state] = float(values[state])
    return {"initial": found} if found else {}


def scenario_yaml(scenario: Scenario) -> Iterator[str]:
    """Yield the lines of a scenario as YAML, every value written out."""
    data = scenario_data(scenario)
    for key in ("title", "source", "about"):
        if data[key]:
            yield f"{key}: {json.dumps(data[key], ensure_ascii=False)}"
    if "cell" in data:
        yield from _page("cell", scenario.cell.page) or [f'cell: "{scenario.cell.name}"']
    else:
        yield "model:"
        yield from (f"  - {json.dumps(entry, ensure_ascii=False)}" for entry in data["model"])
    for key in ("inputs", "labels"):
        if isinstance(data[key], list):
            yield from _yaml_rows(key, data[key])
        elif data[key]:
            yield f"{key}: {json.dumps(data[key], ensure_ascii=False)}"
    if data["upstream"]:
        yield from _yaml_tree({"upstream": data["upstream"]}, "")
    yield from _yaml_tree({"weights": data["weights"]}, "")
    if any(isinstance(value, dict) for value in data["initial"].values()):
        yield from _yaml_tree({"initial": data["initial"]}, "")
    else:
        states = ", ".join(
            f"{state}: {json.dumps(value)}" for state, value in data["initial"].items()
        )
        yield f"initial: {{{states}}}"
    yield from _page("loss", scenario.loss.page) or [f"loss: {scenario.loss.name}"]
    for key in ("mean", "clip"):
        if key in data:
            yield f"{key}: {json.dumps(data[key], ensure_ascii=False)}"
    if "update" in data:
        yield from _update_yaml(data["update"])
    yield f"learning_rate: {data['learning_rate']!r}"
    if data["truncate"]:
        yield f"truncate: {data['truncate']}"


def _update_yaml(update: Mapping[str, Any]) -> Iterator[str]:
    page, beside = update["page"], {k: v for k, v in update.items() if k != "page"}
    if isinstance(page, str) and not beside:
        yield f"update: {page}"
        return
    yield "update:"
    own = page if isinstance(page, dict) else None
    yield from (f"  {line}" for line in _page("page", own) or [f"page: {page}"])
    yield from _yaml_tree(beside, "  ")


def _text(rows: Any, letters: str) -> dict[str, Any] | None:
    """Return rows as the text that they are; None if they are numbers.

    Args:
        rows: (time, …[, batch]).
        letters: what the entries stand for; "" for numbers.
    """
    if not letters or not np.array_equal(rows, one_hot(rows.argmax(axis=1), len(letters))):
        return None
    chosen = np.atleast_2d(rows.argmax(axis=1).T)
    texts = ["".join(letters[number] for number in row) for row in chosen]
    return {"text": texts if rows.ndim == 3 else texts[0], "vocabulary": letters}


def keys_of(cell: Cell, name: str) -> list[str]:
    """Return the keys that lead to a parameter: its layers, its block, its gate."""
    block, gate = cell.rows[name]
    return [*block.split("."), *([bare(gate)] if gate else [])]


def _model(scenario: Scenario) -> dict[str, Any]:
    """Return the pages as a scenario file names them."""
    layers = scenario.layers
    if not layers or (len(layers) == 1 and layers[0] == Layer(layers[0].cell)):
        return {"cell": scenario.cell.page or scenario.cell.name}
    found = []
    for layer in layers:
        page = layer.cell.page or layer.cell.name
        used = {"as": layer.name} if layer.name else {}
        if layer.direction != FORWARD:
            used["direction"] = layer.direction
        found.append({"page": page, **used} if used else page)
    return {"model": found}


def tree_of(pairs: Iterable[tuple[Sequence[str], Any]]) -> dict[str, Any]:
    """Return things under nested keys."""
    found: dict[str, Any] = {}
    for keys, thing in pairs:
        inner = found
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = thing
    return found


def _rows(values: Any, there: Any) -> list[Any]:
    """Return rows over time, None where there is none; sequence by sequence in a batch."""
    if there.ndim == 2:
        return [_rows(values[..., n], there[:, n]) for n in range(there.shape[1])]
    pairs = zip(values, there.tolist(), strict=True)
    return [numbers_of(value) if known else None for value, known in pairs]


def _yaml_tree(entries: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in entries.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{key}:"
            yield from _yaml_tree(value, indent + "  ")
        else:
            yield f"{indent}{key}: {json.dumps(value)}"


def _page(key: str, page: Mapping[str, Any] | None) -> list[str]:
    """Return the lines of a page of a person's own; none for one that is bundled."""
    if page is None:
        return []
    lines = [f"{key}:"]
    for name, entry in page.items():
        if name == "equations":
            lines.append("  equations: |")
            lines += [f"    {line.strip()}" for line in entry.split("\n") if line.strip()]
        else:
            lines.append(f"  {name}: {json.dumps(entry, ensure_ascii=False)}")
    return lines


def scenario_hash(scenario: Scenario) -> str:
    """Return the hash of what a scenario computes from; titles and files do not count."""
    data = scenario_data(scenario)
    for key in ("name", "title", "source", "about"):
        del data[key]
    if data.pop("model", None) or scenario.cell.page:
        data["cell"] = [
            f"{equation.target} = {show(equation.expression, PLAIN)}"
            for equation in scenario.cell.equations
            if equation.expression
        ]
    if scenario.loss.page:
        data["loss"] = show(scenario.loss.expression, PLAIN)
    for key, page in (("update", scenario.updating.update), ("clip", scenario.updating.clip)):
        if page and page.page:
            data[key]["page"] = [
                f"{equation.target} = {show(equation.expression, PLAIN)}"
                for equation in page.equations
                if equation.expression
            ]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _yaml_rows(key: str, rows: list[Any]) -> Iterator[str]:
    yield f"{key}:"
    for row in rows:
        yield f"  - {json.dumps(row)}"


def numbers_of(value: Any) -> Any:
    """Return an array as lists of numbers, without a negative zero."""
    return (np.asarray(value, dtype=float) + 0.0).tolist()
