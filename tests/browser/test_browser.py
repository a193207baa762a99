"""Pages in a real browser: their values, other numbers put in, and what may not run."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import browsers
import numpy as np
import pytest
from test_page import HOSTILE, hostile, written

from lstm_tutor.browser.page import page
from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute

pytestmark = pytest.mark.skipif(not browsers.BROWSER, reason=browsers.WHY)
_VALUES = """
const values = () => Object.fromEntries([...page.querySelectorAll(".step")]
  .map((step) => [step.dataset.step, step.querySelector("output").textContent]));
const before = values();
const input = page.querySelector("#fields input");
input.value = "0.123";
input.dispatchEvent(new page.defaultView.Event("input"));
const after = values();
input.value = "a word";
input.dispatchEvent(new page.defaultView.Event("input"));
return [before, after, values(), page.querySelector("#complaint").textContent];
"""
_WALK = """
const press = (key) => page.body.dispatchEvent(
  new page.defaultView.KeyboardEvent("keydown", {key, bubbles: true}));
const seen = [];
const count = page.querySelectorAll(".step").length;
press("Home");
for (let n = 0; n < count + 2; n++) {
  const now = page.querySelectorAll(".step.now");
  if (now.length === 1) seen.push(now[0].dataset.step);
  press("n");
}
const wide = page.documentElement.scrollWidth > page.documentElement.clientWidth;
return [seen, wide, page.querySelector("#said").textContent];
"""
_PRACTISE = """
const find = (selector) => page.querySelector(selector);
const event = (name) => new page.defaultView.Event(name, { bubbles: true });
const shown = () => [find(".step.now").dataset.step, find("#ask").hidden,
  find("#verdict").textContent, find("#card .lines").textContent !== ""];
const answer = (text) => {
  find("#answer").value = text;
  find("#judge").click();
  return shown();
};
find("#mode").value = "backward";
find("#mode").dispatchEvent(event("change"));
const node = '[data-node="delta@1"] .number';
const seen = [shown(), find(node).textContent];
seen.push(...["no number", "0.478", "-0.48"].map(answer));
seen.push(find(node).textContent);
find("#next").click();
seen.push(shown());
for (let n = 0; n < 4; n++) find("#hint").click();
seen.push(shown());
return seen;
"""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def _exact(trace: Trace) -> str:
    view = View(notation("gomez", trace.scenario.cell), digits=17)
    return "".join(page(trace, range(len(trace)), view))


def _wrong(trace: Trace, values: dict[str, str]) -> list[str]:
    """Return the steps whose numbers on a page are not Python's."""
    found = []
    for step in trace:
        if step.rows or np.size(step.value) > 64:
            continue
        right = np.ravel(step.value)
        own = np.array([float(text) for text in _NUMBER.findall(values[step.id])])
        close = 1e-12 * max(np.abs(right).max(initial=0.0), 1e-3)
        if own.shape != right.shape or np.abs(own - right).max(initial=0.0) > close:
            found.append(f"{trace.scenario.name} {step.id}: {values[step.id]}")
    return found


def test_the_values_of_a_page_are_pythons(tmp_path: Path) -> None:
    """As it opens, and after its first input was changed; what is no number changes none."""
    traces = [compute(load(name)) for name in bundled()]
    found = browsers.asked([(_exact(trace), _VALUES) for trace in traces], tmp_path)
    for trace, answer in zip(traces, found, strict=True):
        assert not isinstance(answer, str), answer
        before, after, last, complaint = answer
        assert _wrong(trace, before) == []
        inputs = trace.scenario.inputs.copy()
        inputs[(0,) * inputs.ndim] = 0.123
        other = compute(replace(trace.scenario, inputs=inputs, vocabulary=""))
        assert _wrong(other, after) == []
        assert last == after
        assert "is no number" in complaint


@pytest.mark.slow
def test_keys_walk_through_every_step(tmp_path: Path) -> None:
    """Each step is shown once, in order, and the page never grows wider than its window."""
    traces = [compute(load(name)) for name in ("gomez", "both-directions", "sentiment")]
    found = browsers.asked([(written(trace), _WALK) for trace in traces], tmp_path)
    for trace, answer in zip(traces, found, strict=True):
        assert not isinstance(answer, str), answer
        seen, wide, said = answer
        assert list(dict.fromkeys(seen)) == [str(id_) for id_ in trace.ids()]
        assert not wide
        assert said


def test_a_page_asks_and_judges(tmp_path: Path) -> None:
    """Values are hidden until they are answered, or shown by the last hint."""
    (found,) = browsers.asked([(written(compute(load("gomez"))), _PRACTISE)], tmp_path)
    assert not isinstance(found, str), found
    first, hidden, unread, wrong, right, value, following, hinted = found
    assert first == ["delta@1", False, "", False]
    assert (hidden, value) == ("?", "-0.478")
    assert (unread[2][:13], wrong[2][:11], right[2]) == (
        "Write numbers",
        "✗ Not right",
        "✓ Right.",
    )
    assert (unread[1], wrong[1], right[1]) == (False, False, True)
    assert following == ["deltaOut@1", False, "", False]
    assert hinted == ["deltaOut@1", True, "", True]


def test_nothing_of_a_scenario_runs(tmp_path: Path) -> None:
    """Under its policy a page with markup for a title opens at a step without a message."""
    target = tmp_path / "page.html"
    target.write_text(written(hostile()), "utf-8")
    text, messages = browsers.opened(f"{target.as_uri()}#/h@0")
    assert messages == []
    assert re.search(r'class="step now"[^>]* data-step="h@0"', text)
    assert HOSTILE not in text
