"""Every value of a page, read out of a real Chromium: `python -m page_values`.

As the page opens, and after its first input was changed: of every bundled scenario, of fifty
random models and of pages of equations that are not bundled. The suite takes a few.
"""

from __future__ import annotations

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

from lstm_tutor.browser.page import page
from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute

_AT_ONCE = 12
_VALUES = """
const values = () => Object.fromEntries([...page.querySelectorAll(".step")]
  .map((step) => [step.dataset.step, step.querySelector("output").textContent]));
const before = values();
const input = page.querySelector("#fields input");
if (!input) return [before, before, before, "is no number"];
input.value = "0.123";
input.dispatchEvent(new page.defaultView.Event("input"));
const after = values();
input.value = "a word";
input.dispatchEvent(new page.defaultView.Event("input"));
return [before, after, values(), page.querySelector("#complaint").textContent];
"""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def wrong_values(traces: Sequence[Trace], folder: Path) -> Iterator[str]:
    """Yield each step whose numbers on a page are not Python's."""
    for start in range(0, len(traces), _AT_ONCE):
        part = traces[start : start + _AT_ONCE]
        found = browsers.asked([(_exact(trace), _VALUES) for trace in part], folder)
        for trace, answer in zip(part, found, strict=True):
            if isinstance(answer, str):
                yield f"{trace.scenario.name}: {answer}"
                continue
            before, after, last, complaint = answer
            yield from _wrong(trace, before)
            if after != before:
                inputs = trace.scenario.inputs.copy()
                inputs[(0,) * inputs.ndim] = 0.123
                other = compute(replace(trace.scenario, inputs=inputs, vocabulary=""))
                yield from _wrong(other, after)
            if last != after or "is no number" not in complaint:
                yield f"{trace.scenario.name}: a word for a number: {complaint!r}"


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
    traces += [pages.trace_of(number) for number in range(10)]
    with tempfile.TemporaryDirectory() as folder:
        found = list(wrong_values(traces, Path(folder)))
    print(*found[:20], sep="\n")
    count = sum(map(len, traces))
    print(
        f"{len(traces)} pages, {count:,} steps, before and after a change: {len(found)} differ"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
