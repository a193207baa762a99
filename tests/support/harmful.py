"""Scenarios that mean harm to a browser: `python -m harmful` opens pages of three hundred.

Markup, scripts and huge numbers, in every text that a person writes; control characters are
refused as files are read, and are none of these. Exits
with 1 if a script of theirs runs, or a message stands in the console.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import browsers

from lstm_tutor.browser.page import page
from lstm_tutor.dialects.notation import notation
from lstm_tutor.files.document import parse
from lstm_tutor.files.problem import BadInput
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import build, load
from lstm_tutor.scenario.plain import scenario_yaml
from lstm_tutor.trace.trace import Trace, compute

PAGES = 300
_AT_ONCE = 25
_SMALL = (
    "cs231n-rnn-step",
    "rnn-two-units",
    "relu-explodes",
    "batch-of-two",
    "adagrad",
    "hello",
)
_OWN = re.compile(r"^(title|source|about): .*\n", re.M)
_HARM = "window.harmed=1;parent.harmed=1;console.error('harmed')"
PIECES = [
    f"<script>{_HARM}</script>",
    f"</script><script>{_HARM}</script>",
    f'<img src=x onerror="{_HARM}">',
    f"<svg onload={_HARM}>",
    f"javascript:{_HARM}",
    f"\"><b onmouseover='{_HARM}'>",
    f"' autofocus onfocus='{_HARM}",
    *("<!--<script>", "</pre></style>", "-->", "]]>", "&lt;b&gt;", "\\u003c", "${1}", "`"),
    *("</title>", "</textarea>", "<base href=//x>", "{{7*7}}", "\\", "\t", "<math><mi>"),
    *("<meta http-equiv=refresh content=0>", "<iframe srcdoc='x'>", "\U0001f600", "é", "𝛿"),
]
_SEEN = """
await new Promise((done) => setTimeout(done, 20));
return [Boolean(window.harmed), page.querySelectorAll(".now").length,
  page.querySelectorAll("script").length, page.querySelectorAll("img, iframe, base").length];
"""


def traces(numbers: Iterator[int]) -> Iterator[Trace]:
    """Yield computations with texts that mean harm; those that are refused are left out."""
    for number in numbers:
        random = Random(number)
        own = _OWN.sub("", "\n".join(scenario_yaml(load(random.choice(_SMALL)))))
        for key in ("title", "source", "about"):
            nasty = "".join(random.choice(PIECES) for _ in range(random.randint(1, 5)))
            own = f"{key}: {json.dumps(nasty, ensure_ascii=False)}\n{own}"
        rate = random.choice([0.1, 0.1, 1e-300, 1e100, 12345678901.5])
        own = re.sub("^learning_rate: .*", f"learning_rate: {rate}", own, flags=re.M)
        try:
            yield compute(build(parse(own, "own.yaml", "scenario"), Path("own.yaml")))
        except (BadInput, ArithmeticError):
            continue


def harmed(numbers: Iterator[int], folder: Path) -> Iterator[str]:
    """Open the page of each computation under its policy; yield what should not be."""
    made = list(traces(numbers))
    for start in range(0, len(made), _AT_ONCE):
        part = made[start : start + _AT_ONCE]
        texts = [_written(trace) for trace in part]
        found, messages = browsers.answered(
            [(text, _SEEN) for text in texts], folder, policy=True
        )
        yield from messages
        for trace, one in zip(part, found, strict=True):
            if one[:1] != [False] or one[1] < 1 or one[2:] != [3, 0]:
                yield f"{json.dumps(trace.scenario.title)}: {one}"
    if not made:
        yield "no page was made"


def _written(trace: Trace) -> str:
    return "".join(page(trace, range(len(trace)), View(notation("gomez", trace.scenario.cell))))


def main() -> None:
    """Print what runs or speaks; exit with 1 if something does."""
    with tempfile.TemporaryDirectory() as folder:
        found = list(harmed(iter(range(PAGES)), Path(folder)))
    print(*found[:20], sep="\n")
    print(f"{PAGES} hostile scenarios opened as pages: {len(found)} did harm")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
