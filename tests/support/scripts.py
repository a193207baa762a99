"""The scripts of a page, run by node, where it is at hand; also `python -m scripts`.

Every value of every bundled scenario, of random pages and of random models, computed by the
script and by Python, before and after other numbers are put in.
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


if __name__ == "__main__":
    main()
