"""Notebooks, as .ipynb files or as text with ``In [n]:``: what their cells printed.

No cell is ever run. A cell's source only tells what its results are called.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from lstm_tutor.numbers.written import Draft, Ignored, clean, require_few, require_few_values
from lstm_tutor.submission.printed import printed

MARK = re.compile(r"^In ?\[ ?(\d+|\*| )? ?\]: ?(.*)$", re.M)
_OUT = re.compile(r"^Out ?\[ ?\d+ ?\]: ?", re.M)
_CONTINUED = re.compile(r"^ *\.\.\.: ?", re.M)
_LONGEST_SOURCE = 200_000
_STATEMENT = re.compile(
    r"^[ \t]*(?:#|[%!]\w|import |from \w|def |class |for |if |while |with |print\(|return\b|@\w"
    r"|[A-Za-z_]\w*(?:\[[^\]\n]*\])?\s*[-+*/@]?=(?!=)\s*(?![-+]?[0-9.]+\s*$))",
    re.M,
)
_ASSIGNED_NUMBER = re.compile(r"^[A-Za-z_]\w*\s*=\s*[-+]?[0-9.]+\s*$", re.M)
_ERROR = re.compile(r"^(?:-{10,}|Traceback \(most|\w*(?:Error|Exception|Interrupt)\b)", re.M)
_AFTER_LABEL = " \t\n\r\f\v:=,"


@dataclass
class _Reader:
    """Reads cells one after the other; what a name was made of is kept between them."""

    name: str
    lines: tuple[str, ...]
    drafts: list[Draft] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    count: int = 0

    def cell(self, label: str, source: str, outputs: Sequence[tuple[str, int, bool]]) -> None:
        """Read a cell.

        Args:
            label: ``In[153]``.
            source: its Python.
            outputs: text, first line (0 if none), and whether it is the value of the last
                expression alone, for each output.
        """
        if not outputs:
            return
        made = _Made(source)
        for text, line, result in outputs:
            drafts, ignored = printed(
                text, self.name, cell=label, first_line=line, lines=self.lines
            )
            self.ignored += ignored
            self.count += sum(draft.written.value.size for draft in drafts)
            require_few(self.count, self.name)
            require_few_values(len(self.drafts), self.name)
            self.drafts += made.named(drafts, len(ignored), result=result)


class _Made:
    """What a cell's source says about what it printed."""

    def __init__(self, source: str) -> None:
        self._assigned: dict[str, str] = {}
        self._labels: dict[str, list[str]] = {}
        self._bare: list[str] = []
        self._last = ""
        self._parts: list[str] = []
        tree = _parsed(source)
        if tree is None:
            return
        for node in ast.walk(tree):
            self._note(node)
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = tree.body[-1].value
            printing = isinstance(last, ast.Call) and _called(last) == "print"
            self._last = "" if printing else _written(last)
            if isinstance(last, ast.Tuple):
                self._parts = [_written(part) for part in last.elts]

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            made = _written(node.value)
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            self._assigned |= dict.fromkeys(names, made)
        elif isinstance(node, ast.Call) and _called(node) == "print":
            self._print(node)

    def _print(self, call: ast.Call) -> None:
        """Note which label stands before which expression, and the expressions without."""
        label = ""
        for argument in call.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                label = argument.value.rstrip(_AFTER_LABEL).strip()
            elif isinstance(argument, ast.JoinedStr):
                self._formatted(argument)
                label = ""
            elif label:
                self._labels.setdefault(label, []).append(_written(argument))
                label = ""
            else:
                self._bare.append(_written(argument))

    def _formatted(self, text: ast.JoinedStr) -> None:
        label = ""
        for part in text.values:
            if isinstance(part, ast.Constant):
                label = str(part.value).rstrip(_AFTER_LABEL).strip(" \t\n,;")
            elif isinstance(part, ast.FormattedValue):
                self._labels.setdefault(label, []).append(_written(part.value))

    def named(self, drafts: list[Draft], ignored: int, *, result: bool) -> Iterator[Draft]:
        """Yield the drafts of one output with the names and expressions the source gives.

        Args:
            drafts: what was printed.
            ignored: how many other things were printed.
            result: whether the output is the last expression's value.
        """
        drafts = list(self._apart(drafts)) if result else drafts
        nameless = [index for index, draft in enumerate(drafts) if not draft.name]
        told: dict[int, str] = {}
        if self._last and nameless and (result or nameless[-1] == len(drafts) - 1):
            told[nameless.pop()] = self._last
        if len(self._bare) in (len(nameless), len(nameless) + ignored):
            told |= dict(zip(nameless, self._bare, strict=False))
        for index, draft in enumerate(drafts):
            if draft.name:
                yield replace(draft, source=self._expression(draft.name) or draft.source)
            else:
                yield self._called(draft, told.get(index, ""))

    def _apart(self, drafts: list[Draft]) -> Iterator[Draft]:
        """Yield the parts of a tuple that was shown, each with its name."""
        for draft in drafts:
            value = draft.written.value
            if draft.name or not value.ndim or len(value) != len(self._parts):
                yield draft
                continue
            for index, name in enumerate(self._parts):
                part = replace(
                    draft.written,
                    value=np.asarray(value[index]),
                    unit=np.asarray(draft.written.unit[index]),
                )
                yield self._called(replace(draft, written=part), name)

    def _called(self, draft: Draft, expression: str) -> Draft:
        """Name a value by the expression that was shown, if that is a plain name."""
        if expression.isidentifier():
            return replace(draft, name=expression, source=self._assigned.get(expression, ""))
        return replace(draft, source=expression)

    def _expression(self, label: str) -> str:
        """Return what was printed under a label: another name's value, or what made it."""
        shown = self._labels.get(label, [])
        expression = shown.pop(0) if len(shown) > 1 else (shown[0] if shown else label)
        if expression == label or not shown:
            return self._assigned.get(label, "")
        if expression in self._assigned and _alike(expression, label):
            return self._assigned[expression]
        return expression


def _alike(one: str, other: str) -> bool:
    """Whether two names differ in their writing only."""
    return re.sub(r"[\W_]", "", one).lower() == re.sub(r"[\W_]", "", other).lower()


def _parsed(source: str) -> ast.Module | None:
    """Parse a cell; lines that are no Python (``%matplotlib``) are left out."""
    if len(source) > _LONGEST_SOURCE:
        return None
    plain = re.sub(r"^[ \t]*[%!?].*$", "", source, flags=re.M)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _written(node: ast.AST) -> str:
    try:
        return clean(ast.unparse(node), 400)
    except (RecursionError, ValueError):
        return ""


def dumped(text: str, name: str) -> tuple[list[Draft], list[Ignored]]:
    """Read a notebook that was saved as text, its cells after ``In [n]:``."""
    lines = tuple(text.split("\n"))
    reader = _Reader(name, lines)
    marks = list(MARK.finditer(text))
    before = text[: marks[0].start()]
    reader.cell("", "", [(before, 1, False)] if before.strip() else [])
    line, position = 1, 0
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        line += text.count("\n", position, mark.start())
        position = mark.start()
        end = following.start() if following else len(text)
        label = f"In[{mark[1]}]" if mark[1] and mark[1].strip() else "In[]"
        body = text[mark.end() : end]
        source, output = _split(mark[2], body)
        ahead = body[: len(body) - len(output)].count("\n")
        first = line + ahead
        output = _OUT.sub("", output)
        reader.cell(label, source, [(output, first, False)] if output.strip() else [])
    return reader.drafts, reader.ignored


def _split(inline: str, body: str) -> tuple[str, str]:
    """Tell a cell's source from what it printed.

    Source that stands beside the mark goes on with ``...:``. Else the first paragraph is
    source, and every one up to the last that reads like Python statements.
    """
    if inline.strip():
        taken = re.match(r"\n?(?: *\.\.\.: ?.*\n?)*", body)
        end = taken.end() if taken else 0
        return inline + "\n" + _CONTINUED.sub("", body[:end]), body[end:]
    out = _OUT.search(body)
    reach = out.start() if out else len(body)
    begin = reach - len(body[:reach].lstrip())
    blank = re.finditer(r"\n[ \t]*(?=\n)", body[:reach])
    bounds = [*(match.start() for match in blank if match.start() > begin), reach]
    source_end, prints = bounds[0], "print(" in body[: bounds[0]]
    for start, end in pairwise(bounds):
        paragraph = body[start:end]
        if _ERROR.match(paragraph.lstrip("\n")):
            break
        if paragraph.strip() and _is_source(paragraph, prints=prints):
            prints = prints or "print(" in body[source_end:end]
            source_end = end
    return body[:source_end], body[source_end:]


def _is_source(paragraph: str, *, prints: bool) -> bool:
    """Whether a paragraph is Python rather than output; what comes before it may print."""
    if len(paragraph) > _LONGEST_SOURCE:
        return False
    if _STATEMENT.search(paragraph):
        return True
    if _ASSIGNED_NUMBER.match(paragraph.strip("\n")):
        return not prints
    tree = _parsed(paragraph.strip())
    return tree is not None and any(_names_something(node) for node in tree.body)


def _names_something(node: ast.stmt) -> bool:
    """Whether a statement is more than a value as it is printed."""
    if not isinstance(node, ast.Expr):
        return not isinstance(node, ast.AnnAssign)
    return isinstance(node.value, ast.Name) and node.value.id not in ("nan", "inf")


def saved(cells: Sequence[Any], name: str) -> tuple[list[Draft], list[Ignored]]:
    """Read the cells of an .ipynb file: the outputs that were saved with it."""
    reader = _Reader(name, ())
    for cell in cells:
        if not isinstance(cell, Mapping) or cell.get("cell_type") != "code":
            continue
        count = cell.get("execution_count")
        label = f"In[{count}]" if isinstance(count, int) else "In[]"
        outputs = cell.get("outputs")
        found = [_output(item) for item in outputs] if isinstance(outputs, list) else []
        errors = [clean(text) for text, kind in found if kind == "error" and text]
        reader.ignored += [
            Ignored(text, 0, "an error that a cell ended with") for text in errors
        ]
        shown = [
            (text, 0, kind == "result") for text, kind in found if kind != "error" and text
        ]
        reader.cell(label, _joined(cell.get("source")), shown)
    return reader.drafts, reader.ignored


def _output(item: Any) -> tuple[str, str]:
    """Return an output's text, and what kind it is."""
    if not isinstance(item, Mapping):
        return "", ""
    kind = item.get("output_type")
    if kind == "stream":
        return _joined(item.get("text")), "stream"
    if kind == "error":
        return f"{item.get('ename', '')}: {item.get('evalue', '')}", "error"
    data = item.get("data")
    text = _joined(data.get("text/plain")) if isinstance(data, Mapping) else ""
    return text, "result" if kind == "execute_result" else "shown"


def _joined(text: Any) -> str:
    if isinstance(text, list):
        return "".join(part for part in text if isinstance(part, str))
    return text if isinstance(text, str) else ""
