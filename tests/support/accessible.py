"""What axe-core says of a page: `python -m accessible node_modules/axe-core/axe.min.js`.

The rules come from npm, for development alone. Every view of pages, in light and dark, wide
and narrow; each says when it is done. Exits with 1 where a rule is broken, or a page is wider
than its window.
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

SCENARIOS = ("gomez", "hello", "two-layers", "gru-two-units", "sentiment", "both-directions")
_THEMES = ("light", "dark")
_SIZES = ((320, 640), (1280, 800))
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
const find = (selector) => page.querySelector(selector);
const all = (selector) => [...page.querySelectorAll(selector)];
const type = (selector, text) => {
  if (!find(selector)) return;
  find(selector).value = text;
  find(selector).dispatchEvent(new Event("input"));
};
const practise = () => {
  find("#mode").value = "backward";
  find("#mode").dispatchEvent(new Event("change"));
};
DO
const { violations } = await axe.run(page);
const wide = page.documentElement.scrollWidth > page.documentElement.clientWidth;
return [wide, violations.map((one) => [one.id, one.nodes[0].html.slice(0, 120)])];
"""


def broken(axe: str, folder: Path) -> Iterator[str]:
    """Yield each view in which a rule is broken, or that is wider than its window."""
    target = folder / "page.html"
    with browsers.Browser() as browser:
        for name in SCENARIOS:
            trace = compute(load(name))
            view = View(notation("gomez", trace.scenario.cell))
            target.write_text("".join(page(trace, range(len(trace)), view)), "utf-8")
            for theme in _THEMES:
                for size in _SIZES:
                    features = [("prefers-color-scheme", theme)]
                    for seen, code in VIEWS.items():
                        with browser.page(
                            target.as_uri(), policy=False, size=size, features=features
                        ) as opened:
                            opened.ask("Runtime.evaluate", expression=axe)
                            answer = opened.value(_CODE.replace("DO", code))
                        if answer != [False, []]:
                            yield f"{name}, {theme}, {size[0]} px, {seen}: {answer}"
                    print(f"{name}, {theme}, {size[0]} px: {len(VIEWS)} views", flush=True)


def main() -> None:
    """Print what is broken; exit with 1 if something is."""
    axe = Path(sys.argv[1]).read_text("utf-8")
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for line in broken(axe, Path(folder)):
            print(line, flush=True)
            count += 1
    views = len(_THEMES) * len(_SIZES) * len(SCENARIOS) * len(VIEWS)
    print(f"{views} views, in light and dark, wide and narrow: {count} broken")
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
