"""Pages for a browser that we wrote: their steps, read as a transcript's."""

from __future__ import annotations

import re
from html import unescape

from lstm_tutor.scenario.embedded import PAGE, PAGE_END, TRANSCRIPT

_PAGE = re.compile(rf"^{re.escape(PAGE)}", re.M)
_STEP = re.compile(r'<section class="step" id="/([^"]+)"')
_VALUE = re.compile(r'<div class="v">.*?<output>(.*)</output>')


def is_page(text: str) -> bool:
    """Whether it is a page that `export` wrote."""
    return bool(_PAGE.search(text))


def as_transcript(text: str) -> str:
    """Return the steps of a page as a transcript has them, on the same lines."""
    return "\n".join(map(_line, text.partition(PAGE_END)[0].split("\n")))


def _line(line: str) -> str:
    if line.startswith(PAGE):
        return TRANSCRIPT + line.removeprefix(PAGE)
    if step := _STEP.match(line):
        return f"**`{unescape(step[1])}`**"
    if value := _VALUE.match(line):
        return f"- value: `{unescape(value[1])}`"
    return ""
