"""What axe-core says of a page: `python -m accessible node_modules/axe-core/axe.min.js`.

The rules come from npm, for development alone. Every view of a page, in light and dark, wide
and narrow. Exits with 1 where a rule is broken.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import browsers

from lstm_tutor.browser.page import page
from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

SCENARIOS = ("gomez", "hello", "both-directions")
_THEMES = {"light": "1", "dark": "0"}
_WAIT = "await new Promise((done) => setTimeout(done, 300));"
VIEWS = {
    "read": "",
    "everything open": 'all("details").forEach((part) => { part.open = true; });',
    "a changed number": 'find(".given").open = true; type("#fields input", "0.3");',
    "no number": 'find(".given").open = true; type("#fields input", "x");',
    "trained": 'find(".given").open = true; find("[data-updates=\'10\']").click();' + _WAIT,
    "asked": "practise();",
    "wrong": 'practise(); find("#answer").value = "0.4777"; find("#judge").click();' + _WAIT,
    "hints": 'practise(); for (let n = 0; n < 4; n++) find("#hint").click();',
    "shown": 'practise(); for (let n = 0; n < 5; n++) find("#hint").click();',
    "finder": 'find("#find").click();',
    "help": 'find("#open-help").click();',
}
_CODE = """
const view = page.defaultView;
const find = (selector) => page.querySelector(selector);
const all = (selector) => [...page.querySelectorAll(selector)];
const type = (selector, text) => {
  if (!find(selector)) return;
  find(selector).value = text;
  find(selector).dispatchEvent(new view.Event("input"));
};
const practise = () => {
  find("#mode").value = "backward";
  find("#mode").dispatchEvent(new view.Event("change"));
};
DO
view.eval(document.getElementById("axe").textContent);
const { violations } = await view.axe.run(page);
const wide = page.documentElement.scrollWidth > page.documentElement.clientWidth;
return [wide, violations.map((one) => [one.id, one.nodes[0].html.slice(0, 120)])];
"""


def broken(axe: str, folder: Path) -> Iterator[str]:
    """Yield each view in which a rule is broken, or that is wider than its window."""
    for name in SCENARIOS:
        trace = compute(load(name))
        view = View(notation("gomez", trace.scenario.cell))
        text = "".join(page(trace, range(len(trace)), view))
        asked = [(text, _CODE.replace("DO", code)) for code in VIEWS.values()]
        for theme, number in _THEMES.items():
            for width in (320, 1280):
                flags = [f"--blink-settings=preferredColorScheme={number}"]
                found, _ = browsers.answered(asked, folder, flags=flags, width=width, axe=axe)
                for seen, answer in zip(VIEWS, found, strict=True):
                    if answer != [False, []]:
                        yield f"{name}, {theme}, {width} px, {seen}: {answer}"


def main() -> None:
    """Print what is broken; exit with 1 if something is."""
    axe = Path(sys.argv[1]).read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        found = list(broken(axe, Path(folder)))
    print(*found, sep="\n")
    views = 4 * len(SCENARIOS) * len(VIEWS)
    print(f"{views} views, in light and dark, wide and narrow: {len(found)} broken")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
