"""A scenario as plain data, and as the YAML that it is read from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.scenario.scenario import Scenario


def scenario_data(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain data, every array in its true shape."""
    weights: dict[str, dict[str, Any]] = {}
    for name, value in scenario.parameters.items():
        block, gate = scenario.cell.rows[name]
        weights.setdefault(block, {})[gate] = numbers_of(value)
    labels = [
        numbers_of(label) if there else None
        for label, there in zip(scenario.labels, scenario.labelled.tolist(), strict=True)
    ]
    return {
        "name": scenario.name,
        "title": scenario.title,
        "source": scenario.source,
        "about": scenario.about,
        "cell": scenario.cell.page or scenario.cell.name,
        "gates": list(scenario.cell.gates),
        "sizes": {"time": scenario.steps, **scenario.sizes},
        "inputs": numbers_of(scenario.inputs),
        "labels": labels,
        "weights": weights,
        "initial": {name: numbers_of(value) for name, value in scenario.initial.items()},
        "loss": scenario.loss.page or scenario.loss.name,
        "learning_rate": scenario.learning_rate,
        "truncate": scenario.truncate,
    }


def scenario_yaml(scenario: Scenario) -> Iterator[str]:
    """Yield the lines of a scenario as YAML, every value written out."""
    data = scenario_data(scenario)
    for key in ("title", "source", "about"):
        if data[key]:
            yield f"{key}: {json.dumps(data[key], ensure_ascii=False)}"
    yield from _page("cell", scenario.cell.page) or [f'cell: "{scenario.cell.name}"']
    yield from _yaml_rows("inputs", data["inputs"])
    yield from _yaml_rows("labels", data["labels"])
    yield "weights:"
    for block, gates in data["weights"].items():
        yield f"  {block}:"
        for gate, value in gates.items():
            yield f"    {gate}: {json.dumps(value)}"
    states = ", ".join(
        f"{state}: {json.dumps(value)}" for state, value in data["initial"].items()
    )
    yield f"initial: {{{states}}}"
    yield from _page("loss", scenario.loss.page) or [f"loss: {scenario.loss.name}"]
    yield f"learning_rate: {data['learning_rate']!r}"
    if data["truncate"]:
        yield f"truncate: {data['truncate']}"


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
    if scenario.cell.page:
        data["cell"] = [
            f"{equation.target} = {show(equation.expression, PLAIN)}"
            for equation in scenario.cell.equations
            if equation.expression
        ]
    if scenario.loss.page:
        data["loss"] = show(scenario.loss.expression, PLAIN)
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _yaml_rows(key: str, rows: list[Any]) -> Iterator[str]:
    yield f"{key}:"
    for row in rows:
        yield f"  - {json.dumps(row)}"


def numbers_of(value: Any) -> Any:
    """Return an array as lists of numbers, without a negative zero."""
    return (np.asarray(value, dtype=float) + 0.0).tolist()
