"""The scripts of a page, run by node, where it is at hand; also `python -m scripts`.

Every value of every bundled scenario, of random pages and of random models, computed by the
script and by Python, before and after other numbers are put in; and each function of the
table at ten thousand points.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import models
import numpy as np
import pages

from lstm_tutor.algebra.function import Function, Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.browser.program import program_data
from lstm_tutor.browser.script import script
from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute

NODE = shutil.which("node")
WHY = "node is not installed"
_CLOSE = 1e-12
_VALUES = """
const found = data.map((program) => {
  const values = run(program);
  return Object.fromEntries([...evaluations(program)]
    .filter(([equation]) => equation.role !== "block")
    .map(([equation, t]) => [idOf(equation.target, t), values.value(equation.target, t).data]));
});
"""


_AT_POINTS = """
const found = data.map(([name, points]) =>
  points.map((values) => FUNCTIONS[name](...values.map(valueOf)).data));
"""
_KINKS = np.array([0.0, 3.0, -3.0, 30.0, -30.0, 1e-9])
_POINTS = 10_000


def asked(code: str, data: Any) -> Any:
    """Return `found` after code of JavaScript that has the page's scripts and some data."""
    assert NODE
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder) / "data.json"
        held.write_text(json.dumps(data), "utf-8")
        opening = 'import { readFileSync } from "node:fs";\n'
        reading = f'const data = JSON.parse(readFileSync({json.dumps(str(held))}, "utf8"));\n'
        text = f"{opening}{reading}{script()}\n{code}\nconsole.log(JSON.stringify(found));"
        command = [NODE, "--input-type=module", "-"]
        done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def program_of(trace: Trace) -> dict[str, Any]:
    """Return the JSON of a trace's program."""
    return program_data(trace, View(notation("gomez", trace.scenario.cell)))


def wrong_values(traces: Sequence[Trace]) -> Iterator[str]:
    """Yield each step whose value differs from Python's by more than rounding."""
    found = asked(_VALUES, [program_of(trace) for trace in traces])
    for trace, values in zip(traces, found, strict=True):
        for step in trace:
            if step.rows:
                continue
            right, other = np.ravel(step.value), np.array(values[step.id], float)
            scale = max(np.abs(right).max(initial=0.0), 1e-3)
            if right.shape != other.shape or not (
                np.abs(right - other).max(initial=0.0) <= _CLOSE * scale
            ):
                yield f"{trace.scenario.name} {step.id}: {other} instead of {right}"


def wrong_functions(count: int) -> Iterator[str]:
    """Yield each function of the table that differs from Python's at one of many points.

    Lists of three numbers, near 0 and far out, and the kinks.
    """
    rows = [row for row in FUNCTIONS.values() if row.kind is not Kind.OVER_TIME]
    every = [list(_points(row, -(-count // 3))) for row in rows]
    plain = [
        (row.name, [[np.asarray(x).tolist() for x in point] for point in points])
        for row, points in zip(rows, every, strict=True)
    ]
    for row, points, found in zip(rows, every, asked(_AT_POINTS, plain), strict=True):
        for point, value in zip(points, found, strict=True):
            right = np.ravel(row.value(*point))
            if not np.allclose(value, right, rtol=4e-15, atol=1e-300):
                yield f"{row.name}{point}: {value} instead of {right}"


def _points(row: Function, count: int) -> Iterator[Sequence[Any]]:
    random = np.random.default_rng(len(row.name))
    spread = [row.domain.clip(random.normal(0, 10.0 ** (n % 4 - 1), 3)) for n in range(count)]
    if row.kind is Kind.ELEMENTWISE:
        spread.append(row.domain.clip(_KINKS))
    for x in spread:
        other = x[:2] if row.kind is Kind.PART else x[::-1]
        yield ((x[0], x) if row.kind is Kind.SPREAD else (x, other))[: row.arity]


def changed(trace: Trace, seed: int) -> Trace:
    """Return the computation with other inputs and weights."""
    random = np.random.default_rng(seed)
    scenario = trace.scenario
    weights = {
        name: value + random.normal(0, 0.1, np.shape(value))
        for name, value in scenario.parameters.items()
    }
    inputs = scenario.inputs + random.normal(0, 0.1, scenario.inputs.shape)
    return compute(replace(scenario, inputs=inputs, parameters=weights, vocabulary=""))


def traces(pages_: Iterable[int], models_: Iterable[int]) -> list[Trace]:
    """Return all bundled scenarios, as they are and changed, and random ones."""
    own = [compute(load(name)) for name in bundled()]
    found = [*own, *(changed(trace, seed) for seed, trace in enumerate(own))]
    found += [pages.trace_of(seed) for seed in pages_]
    return [*found, *(models.trace_of(seed) for seed in models_)]


def main() -> None:
    """Compare many programs, and print what differs."""
    every = traces(range(200), range(200))
    count = sum(len(trace) for trace in every)
    wrong = list(wrong_values(every))
    print(*wrong[:20], sep="\n")
    print(f"{len(every)} programs, {count:,} steps: {len(wrong)} differ")
    wrong = list(wrong_functions(_POINTS))
    print(*wrong[:20], sep="\n")
    print(f"{len(FUNCTIONS)} functions at {_POINTS:,} points each: {len(wrong)} differ")


if __name__ == "__main__":
    main()
