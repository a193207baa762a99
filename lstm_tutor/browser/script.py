"""The runtime of a page: its modules put together as one script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_HERE = Path(__file__).parent
MODULES = ("functions.js", "computation.js", "numerals.js", "practice.js", "mistakes.js")
"""What computes, writes numbers and judges, without a page."""
PAGE = ("steps.js", "drawing.js", "card.js", "given.js", "asking.js", "page.js")
"""What shows it on a page."""
_ROW = re.compile(r"^  (\w+): ", re.M)
_IMPORT = re.compile(r"^import \{[^}]*\}\s+from \"[^\"]+\";\n", re.M)
_COMMENT = re.compile(r"^ */\*\*(?:(?!\*/).)*\*/\n|^ *//[^\n]*\n", re.M | re.S)
_REMARK = re.compile(r" // [^\n`'\"]*$", re.M)  # behind code; none stands in a text
_EXPORT = re.compile(r"^export (?=const|function|class|async)", re.M)


def functions() -> frozenset[str]:
    """Return the functions that a page computes; the others are written out before."""
    text = (_HERE / MODULES[0]).read_text("utf-8")
    table = text[text.index("export const FUNCTIONS") :]
    return frozenset(_ROW.findall(table[: table.index("\n};")]))


def script(modules: Sequence[str] = MODULES) -> str:
    """Return modules as one text, without comments.

    Their names do not clash, as the tests see.
    """
    texts = ((_HERE / name).read_text("utf-8") for name in modules)
    bare = (_REMARK.sub("", _COMMENT.sub("", _IMPORT.sub("", text))) for text in texts)
    return "\n".join(_EXPORT.sub("", text) for text in bare)
