"""Pages in a real browser: their values, other numbers put in, and what may not run."""

from __future__ import annotations

import json
from pathlib import Path

import browsers
import harmful
import models
import page_values
import pages
import pytest
from test_page import HOSTILE, hostile, written

from lstm_tutor.browser.page import page
from lstm_tutor.dialects.notation import notation
from lstm_tutor.execution.training import train
from lstm_tutor.numbers.numeral import significant
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

pytestmark = pytest.mark.skipif(not browsers.BROWSER, reason=browsers.WHY)
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
  find("#verdict").innerText, find("#card .lines").textContent !== ""];
const answer = async (text) => {
  find("#answer").value = text;
  find("#judge").click();
  for (let n = 0; n < 500 && find("#verdict").textContent === "✗ Not right."; n++) {
    await new Promise((done) => setTimeout(done, 20));
  }
  return shown();
};
find("#mode").value = "backward";
find("#mode").dispatchEvent(event("change"));
const node = '[data-node="delta@1"] .number';
const seen = [shown(), find(node).textContent];
for (const text of ["no number", "0.478", "3.21", "-0.478"]) seen.push(await answer(text));
seen.push(find(node).textContent);
find("#next").click();
seen.push(shown());
const rungs = [];
for (let n = 0; n < 5; n++) {
  find("#hint").click();
  rungs.push([find("#card h2 small").hidden, find("#card .lines .f") !== null,
    find("#card .numbers") !== null, find("#card .v") !== null]);
}
seen.push(rungs, shown());
return seen;
"""
_REACHABLE = """
const kinds = "button, input, select, a[href], summary, [tabindex='0']";
const found = [...page.querySelectorAll(kinds)]
  .filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0);
found.forEach((one, n) => { one.dataset.count = n; });
return found.length;
"""
_FOCUSED = """
const one = page.activeElement;
const look = getComputedStyle(one.querySelector(".box") ?? one);
const seen = () => look.outlineStyle !== "none" || look.stroke !== "none";
for (let n = 0; n < 50 && !seen(); n++) await new Promise((done) => setTimeout(done, 10));
return [one.dataset.count ?? null, seen()];
"""
_AT = "return page.activeElement.id || page.activeElement.dataset.updates || '';"
_USED = """
const view = page.defaultView;
const find = (selector) => page.querySelector(selector);
const press = (key, on = page.body) => on.dispatchEvent(
  new view.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const here = () => find(".step.now").dataset.step;
const seen = {};
seen.opened = [here(), find("#mode").value];
find("#mode").value = "";
find("#mode").dispatchEvent(new view.Event("change"));
find("#card .to a").dispatchEvent(new view.PointerEvent("pointerover", { bubbles: true }));
seen.same = [...page.querySelectorAll(".same")].map((one) => one.textContent.trim()[0]);
press("/");
seen.finder = find("#finder").open;
find("#wanted").value = "δC[0]";
find("#finder form").requestSubmit();
seen.found = [find("#finder").open, here()];
press("?");
seen.help = find("#help").open;
find("#help").close();
press("w");
seen.curt = page.body.classList.contains("curt");
const stops = [...page.querySelectorAll('#picture [tabindex="0"]')];
seen.stops = stops.map((node) => node.dataset.node);
press("ArrowDown", stops[0]);
const below = find('#picture [tabindex="0"]');
press("Enter", below);
seen.picture = [below.dataset.node, here()];
seen.badges = page.querySelectorAll(".badge.lit").length;
find("[data-updates='10']").click();
for (let n = 0; n < 500 && !/10 updates/.test(find("#loss-said").textContent); n++) {
  await new Promise((done) => setTimeout(done, 20));
}
seen.loss = find("#loss-said").textContent;
seen.touched = page.querySelectorAll(".touched").length > 0;
find("#back-to-first").click();
seen.back = [page.querySelectorAll(".touched").length, find("#loss-said").textContent];
return seen;
"""


@pytest.mark.long
def test_the_values_of_a_page_are_pythons(tmp_path: Path) -> None:
    """As it opens, and after numbers were changed by chance; what is no number changes none."""
    names = ["batch-of-two", "both-directions", "hello", "adagrad"]
    traces = [*(compute(load(name)) for name in names), pages.trace_of(3), models.trace_of(4)]
    assert list(page_values.wrong_values(traces, tmp_path)) == []


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


@pytest.mark.long
def test_a_page_asks_and_judges(tmp_path: Path) -> None:
    """Values are hidden until they are answered, or shown by the last hint."""
    (found,) = browsers.asked([(written(compute(load("gomez"))), _PRACTISE)], tmp_path)
    assert not isinstance(found, str), found
    first, hidden, unread, wrong, strange, right, value, following, rungs, hinted = found
    assert first == ["delta@1", False, "", False]
    assert (hidden, value) == ("?", "-0.478")
    assert [unread[2][:13], right[2]] == ["Write numbers", "✓ Right."]
    assert "h[1] - y[1] has the wrong sign." in wrong[2]
    assert "lstm-tutor check answers.txt --scenario gomez" in strange[2]
    assert (unread[1], wrong[1], strange[1], right[1]) == (False, False, False, True)
    assert following == ["deltaOut@1", False, "", False]
    assert rungs == [
        [False, False, False, False],
        [False, False, False, False],
        [False, True, False, False],
        [False, True, True, False],
        [False, True, True, True],
    ]
    assert hinted == ["deltaOut@1", True, "The value; it counts as shown.", True]


_SEEN = """
const cells = [...page.querySelectorAll("#card .numbers mtable")].map((one) =>
  [...one.querySelectorAll("mtr")].map((row) => row.querySelectorAll("mtd").length));
const drawn = page.querySelector("#picture").getBoundingClientRect();
const struck = [...page.querySelectorAll("#card .f s")].map((one) => getComputedStyle(one));
return [cells, drawn.right <= page.documentElement.clientWidth,
  struck.map((look) => look.backgroundImage !== "none" && look.printColorAdjust)];
"""


@pytest.mark.long
def test_numbers_stand_as_matrices_and_missing_terms_are_struck(tmp_path: Path) -> None:
    """A line through a formula is painted, since browsers draw none through MathML; on paper
    it is too, and the picture is as wide as the paper.
    """
    target = tmp_path / "page.html"
    target.write_text(written(compute(load("gru-two-units"))), "utf-8")
    with browsers.Browser() as browser:
        with browser.page(f"{target.as_uri()}#/z_r@0") as page:
            assert page.value(_SEEN)[0] == [[3, 3], [1, 1, 1], [2, 2], [1, 1], [1, 1]]
        with browser.page(f"{target.as_uri()}#/deltaOut@2", media="print") as page:
            _, fits, struck = page.value(_SEEN)
    assert fits
    assert struck
    assert set(struck) == {"exact"}


@pytest.mark.long
def test_nothing_of_a_scenario_runs(tmp_path: Path) -> None:
    """Under its policy a page with markup for a title opens at a step without a message."""
    target = tmp_path / "page.html"
    target.write_text(written(hostile()), "utf-8")
    with browsers.Browser() as browser, browser.page(f"{target.as_uri()}#/h@0") as page:
        now = page.value('return page.querySelector(".step.now").dataset.step;')
        text = page.value("return page.documentElement.outerHTML;")
        assert page.messages == []
    assert now == "h@0"
    assert HOSTILE not in text
    assert list(harmful.harmed(iter(range(3)), tmp_path)) == []


@pytest.mark.long
def test_a_page_is_used_by_keys_and_trained(tmp_path: Path) -> None:
    """It opens in practice, finds a step, is walked in its picture, and lowers the loss as
    `run --epochs` does.
    """
    trace = compute(load("gomez"))
    view = View(notation("gomez", trace.scenario.cell))
    text = "".join(page(trace, range(len(trace)), view, "backward"))
    (seen,) = browsers.asked([(text, _USED)], tmp_path)
    assert not isinstance(seen, str), seen
    assert seen["opened"] == ["delta@1", "backward"]
    assert seen["same"] == ["h", "h", "0"]  # in the picture, the formula and the numbers
    assert (seen["finder"], seen["found"], seen["help"]) == (True, [False, "dC@0"], True)
    assert (seen["curt"], seen["stops"]) == (True, ["dC@0"])
    assert seen["picture"] == ["C@0", "C@0"]
    first, *_, last = (significant(epoch.loss, 6) for epoch in train(trace.scenario, 11))
    assert seen["loss"] == f"Loss {first} → {last} after 10 updates"
    assert seen["touched"]
    assert seen["back"] == [0, f"Loss {first}"]


def _tab_to(page: browsers.Page, goal: str) -> None:
    """Go on by the tab key to what has an id, or is the button of so many updates."""
    for _ in range(300):
        page.press("Tab")
        if page.value(_AT) == goal:
            return
    pytest.fail(f"the tab key never comes to {goal}")


def _gone_through(page: browsers.Page) -> None:
    """See that the tab key comes to every control there is, and that one sees where it is."""
    count = page.value(_REACHABLE)
    seen = set()
    for _ in range(count + 2):
        page.press("Tab")
        number, visible = page.value(_FOCUSED)
        assert visible or number is None
        seen.add(number)
    assert seen - {None} == set(map(str, range(count)))


_HERE = 'return page.querySelector(".step.now").dataset.step;'
_SAID = """
const said = () => page.querySelector(SELECTOR).textContent;
for (let n = 0; n < 500 && !said().includes(TEXT); n++) {
  await new Promise((done) => setTimeout(done, 20));
}
return said();
"""


def _says(page: browsers.Page, selector: str, text: str) -> None:
    """Wait until a part of the page says something."""
    code = _SAID.replace("SELECTOR", json.dumps(selector)).replace("TEXT", json.dumps(text))
    assert text in page.value(code)


@pytest.mark.slow
def test_a_page_is_read_and_changed_by_keys_alone(tmp_path: Path) -> None:
    """Real keys come to each control, and do with each what a mouse does."""
    target = tmp_path / "page.html"
    target.write_text(written(compute(load("gomez"))), "utf-8")
    with browsers.Browser() as browser, browser.page(target.as_uri()) as page:
        page.press("n", "ArrowRight", "b", "ArrowDown", "ArrowUp", "End")
        assert page.value(_HERE) == "L'"
        page.press("Home")
        _gone_through(page)
        _tab_to(page, "slider")
        page.press("ArrowRight")
        assert page.value(_HERE) == "x@1"
        _tab_to(page, "next")
        page.press("Enter")
        assert page.value(_HERE) == "y@0"
        page.press("l")
        assert page.value('return page.querySelector(".step.now").checkVisibility();')
        _tab_to(page, "find")
        page.press("Enter", *"dC", "Enter")
        assert page.value(_HERE) == "dC@1"
        assert not page.value('return page.querySelector("#finder").open;')
        page.press("?", "Escape", "?")
        _tab_to(page, "keys")
        page.press(" ", "Escape", "n")
        assert page.value(_HERE) == "dC@1"
        while "Change" not in page.value("return page.activeElement.textContent;"):
            page.press("Tab")
        page.press("Enter")
        _tab_to(page, "10")
        page.press("Enter")
        _says(page, "#loss-said", "10 updates")
        _tab_to(page, "back-to-first")
        page.press("Enter")
        _gone_through(page)
        assert not page.value('return page.querySelectorAll(".touched").length;')
        assert page.messages == []


@pytest.mark.slow
def test_a_page_is_practised_by_keys_alone(tmp_path: Path) -> None:
    """What is asked is answered, hinted at, copied and begun again without a mouse."""
    target = tmp_path / "page.html"
    target.write_text(written(compute(load("gomez"))), "utf-8")
    with browsers.Browser() as browser, browser.page(target.as_uri()) as page:
        _tab_to(page, "mode")
        page.press("ArrowDown")
        assert page.value(_HERE) == "delta@1"
        _gone_through(page)
        _tab_to(page, "answer")
        page.press(*"0.478", "Enter")
        _says(page, "#verdict", "wrong sign")
        _tab_to(page, "hint")
        page.press("Enter")
        _tab_to(page, "answer")
        page.press("End", *["Backspace"] * 5, *"-0.478", "Enter")
        _says(page, "#verdict", "✓ Right.")
        page.press("Enter")
        assert page.value(_HERE) == "deltaOut@1"
        _tab_to(page, "copy-answers")
        page.press("Enter")
        _tab_to(page, "forget")
        page.press("Enter")
        assert page.value(_HERE) == "deltaOut@1"  # it asks first
        page.press("Enter")
        assert page.value(_HERE) == "delta@1"
        assert page.messages == []
