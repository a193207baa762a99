"""The runtime of a page: its modules put together as one script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_HERE = Path(__file__).parent
MODULES = ("functions.js", "computation.js", "numerals.js", "practice.js")
"""What computes and writes numbers, without a page."""
PAGE = "page.js"
_IMPORT = re.compile(r"^import \{[^}]*\} from \"[^\"]+\";\n", re.M)
_EXPORT = re.compile(r"^export (?=const|function|class|async)", re.M)


def script(modules: Sequence[str] = MODULES) -> str:
    """Return modules as one text; their names do not clash, as the tests see."""
    texts = ((_HERE / name).read_text("utf-8") for name in modules)
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
