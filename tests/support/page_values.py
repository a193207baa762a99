"""Every value of a page, read out of a real Chromium: `python -m page_values`.

As the page opens, and after each of a few numbers was changed that chance picks from inputs,
initial states and weights: of every bundled scenario, of fifty random models, of cells of the
literature and of random ones that are not bundled. The suite takes a few.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import browsers
import models
import numpy as np
import pages
from drawing import LITERATURE, scenario_of

from lstm_tutor.browser.page import page
from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.symbol import INPUT, Id, parse
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import Trace, compute

_AT_ONCE = 12
_EDITS = 4
_VALUES = """
const values = () => Object.fromEntries([...page.querySelectorAll(".step")]
  .map((step) => [step.dataset.step, step.querySelector("output").textContent]));
const ids = new Map([...page.querySelectorAll(".step")]
  .map((step) => [step.querySelector("h3 a").textContent, step.dataset.step]));
const complaint = () => page.querySelector("#complaint").textContent;
const type = (field, text) => {
  field.value = text;
  field.dispatchEvent(new Event("input"));
};
const fields = [...page.querySelectorAll("#fields input")].map((field) => {
  const [, label, entry] = /^(.*?)(?: entry (\\d+))?$/.exec(field.getAttribute("aria-label"));
  return { field, id: ids.get(label), place: Number(entry ?? 1) - 1 };
}).filter(({ id }) => KNOWN.includes(id));
const before = values();
const edits = [];
for (const [chance, number] of fields.length ? CHANCES : []) {
  const { field, id, place } = fields[Math.floor(chance * fields.length)];
  const last = field.value;
  type(field, String(number));
  if (complaint()) type(field, last);
  else edits.push([id, place, number, values()]);
}
const after = values();
const [first] = page.querySelectorAll("#fields input");
if (first) type(first, "a word");
return [before, edits, !first || after["h@0"] === values()["h@0"], first ? complaint() : ""];
"""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def wrong_values(traces: Sequence[Trace], folder: Path) -> Iterator[str]:
    """Yield each step whose numbers on a page are not Python's."""
    for start in range(0, len(traces), _AT_ONCE):
        part = traces[start : start + _AT_ONCE]
        asked = [(_exact(trace), _code(trace, start + n)) for n, trace in enumerate(part)]
        for trace, answer in zip(part, browsers.asked(asked, folder), strict=True):
            if isinstance(answer, str):
                yield f"{trace.scenario.name}: {answer}"
                continue
            before, edits, kept, complaint = answer
            yield from _wrong(trace, before)
            scenario = replace(trace.scenario, vocabulary="")
            for id_, place, number, after in edits:
                scenario = _changed(scenario, parse(id_), place, number)
                yield from _wrong(compute(scenario), after)
            if not edits:
                yield f"{trace.scenario.name}: nothing could be changed"
            if not kept or (edits and "is no number" not in complaint):
                yield f"{trace.scenario.name}: a word for a number: {complaint!r}"


def _code(trace: Trace, seed: int) -> str:
    """Return the code that changes numbers by chance."""
    random = np.random.default_rng(seed)
    chances = [[random.random(), round(random.uniform(-1, 1), 3)] for _ in range(_EDITS)]
    scenario = trace.scenario
    known = [str(Id(INPUT, t)) for t in range(scenario.steps)]
    known += [*map(str, scenario.initial), *scenario.parameters]
    code = _VALUES.replace("KNOWN", json.dumps(known))
    return code.replace("CHANCES", json.dumps(chances))


def _changed(scenario: Scenario, id_: Id, place: int, number: float) -> Scenario:
    """Return a scenario with one of its numbers changed."""
    if id_.name == INPUT:
        inputs = scenario.inputs.copy()
        inputs[id_.t].flat[place] = number
        return replace(scenario, inputs=inputs)
    if id_.t is None:
        array = np.array(scenario.parameters[id_.name])
        array.flat[place] = number
        return replace(scenario, parameters={**scenario.parameters, id_.name: array})
    array = np.array(scenario.initial[id_])
    array.flat[place] = number
    return replace(scenario, initial={**scenario.initial, id_: array})


def _exact(trace: Trace) -> str:
    view = View(notation("gomez", trace.scenario.cell), digits=17)
    return "".join(page(trace, range(len(trace)), view))


def _wrong(trace: Trace, values: dict[str, str]) -> Iterator[str]:
    for step in trace:
        if step.rows or np.size(step.value) > 64:
            continue
        right = np.ravel(step.value)
        own = np.array([float(text) for text in _NUMBER.findall(values[step.id])])
        close = 1e-12 * max(np.abs(right).max(initial=0.0), 1e-3)
        if own.shape != right.shape or np.abs(own - right).max(initial=0.0) > close:
            yield f"{trace.scenario.name} {step.id}: {values[step.id]}"


def main() -> None:
    """Print what differs; exit with 1 if something does."""
    traces = [compute(load(name)) for name in bundled()]
    traces += [models.trace_of(number) for number in range(50)]
    traces += [compute(scenario_of(cell, steps=3)) for cell in LITERATURE.values()]
    traces += [pages.trace_of(number) for number in range(10)]
    with tempfile.TemporaryDirectory() as folder:
        found = list(wrong_values(traces, Path(folder)))
    print(*found[:20], sep="\n")
    count = sum(map(len, traces))
    print(
        f"{len(traces)} pages, {count:,} steps, before and after each of {_EDITS} changes: "
        f"{len(found)} differ"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
