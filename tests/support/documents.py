"""README and docs: their console blocks and schemas.

Run `python -m documents` in tests/support to write the blocks anew.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import shlex
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from command import Answer, invoke

import lstm_tutor as lt
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.glossary import HEADER, glossary
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

ROOT = Path(__file__).parents[2]
SCREENS = Path(__file__).parents[1] / "data" / "screens.md"
_BLOCK = re.compile(r"^(?P<fence>`{3,})console\n(.*?)^(?P=fence)$", re.DOTALL | re.MULTILINE)
_TABLE = re.compile(r"^(<!-- gradients of (\S+) -->\n\n)(?:\|.*\n)+", re.MULTILINE)


def schema(name: str) -> dict[str, Any]:
    """Return a schema of docs by the first part of its file's name."""
    found: dict[str, Any] = json.loads(
        (ROOT / "docs" / f"{name}.schema.json").read_text("utf-8")
    )
    return found


def documents() -> list[Path]:
    """Return README, the pages of docs, and the screens that are kept to be read."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), SCREENS]


_OFFERED = re.compile(r"(?<=<!-- offered -->\n).*(?=<!-- end -->)", re.DOTALL)


def offered() -> str:
    """Return what the package offers to Python, from its docstrings, as Markdown."""
    parts = []
    for name in lt.__all__:
        thing = getattr(lt, name)
        if name in ("Scenario", "TutorError"):
            continue
        if inspect.isclass(thing):
            parts.append(f"### `{name}`\n\n{_told(thing)}")
            for own, member in vars(thing).items():
                fields = getattr(thing, "__dataclass_fields__", {})  # told in its docstring
                if own.startswith("_") or own in fields or not member.__doc__:
                    continue
                called = f"{own}{inspect.signature(member)}" if callable(member) else own
                first = inspect.cleandoc(member.__doc__).partition("\n")[0]
                parts.append(
                    f"- `{called.replace('self, ', '').replace('self', '')}`: {first}\n"
                )
            parts.append("\n")
        else:
            called = f"{name}{_signature(thing)}"
            parts.append(f"### `{name}`\n\n```python\n{called}\n```\n\n{_told(thing)}")
    return "".join(parts)


def _signature(function: Callable[..., object]) -> str:
    """Return a signature without self, its annotations as they are written."""
    text = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(function)))
    return re.sub(r"\(self(, )?", "(", text)


def _told(thing: object) -> str:
    """Return a docstring as Markdown: its lists as they are, its example as a block."""
    text, _, example = inspect.cleandoc(thing.__doc__ or "").partition("\nExamples:\n")
    block = f"```pycon\n{textwrap.dedent(example).strip()}\n\n```\n\n" if example else ""
    summary, _, rest = text.strip().partition("\n\n")
    lists = f"```text\n{rest.strip()}\n```\n\n" if rest.strip() else ""
    return f"{summary}\n\n{lists}{block}"


def refreshed(text: str) -> str:
    """Return a document with every console block and table of gradients made anew.

    All its commands run in one folder, empty at first but for the scenarios and the sheets
    that came back.
    """
    text = _OFFERED.sub(lambda _: f"\n{offered()}", text)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "scenarios").symlink_to(ROOT / "scenarios")
        (folder / "returned").symlink_to(ROOT / "docs" / "returned")
        text = _BLOCK.sub(
            lambda block: f"{block[1]}console\n{_session(block[2], folder)}{block[1]}", text
        )
    return _TABLE.sub(lambda table: f"{table[1]}{_gradients(table[2])}", text)


def _gradients(name: str) -> str:
    """Return the table of what a scenario's gradients are, in Markdown."""
    trace = compute(load(name))
    view = View(notation(DEFAULT_NOTATION, trace.scenario.cell))
    rows = glossary(trace.program, trace.scenario, view)
    cells = [(shown, f"`{id_.replace(', ', '`, `')}`", said) for shown, id_, said in rows]
    table = [HEADER, ("---",) * len(HEADER), *cells]
    return "".join(f"| {' | '.join(row)} |\n" for row in table)


def _session(block: str, folder: Path) -> str:
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{output(command, folder)}" for command in commands)


def output(command: str, folder: Path) -> str:
    """Return what a command prints in a folder, 80 columns wide.

    ``printf LINES | lstm-tutor …`` gives it lines to read; before both may stand another
    width: ``COLUMNS=60 lstm-tutor …``.
    """
    words, lines, columns = shlex.split(command), "", "80"
    if words[0].startswith("COLUMNS="):
        columns = words.pop(0).partition("=")[2]
    if words[0] == "printf" and words[2] == "|":
        lines = words[1].replace("\\n", "\n")
        words = words[3:]
    program, *arguments = words
    if program != "lstm-tutor":
        raise ValueError(command)
    found = answer(arguments, folder, lines, columns)
    shown = (found.out + found.err).rstrip("\n").splitlines()
    return "".join(f"{line.rstrip()}\n" for line in shown)


def answer(arguments: list[str], folder: Path, lines: str = "", columns: str = "80") -> Answer:
    """Run a command in a folder, so many columns wide."""
    with _in(folder, columns):
        return invoke(*arguments, lines=lines.encode())


@contextmanager
def _in(folder: Path, columns: str) -> Iterator[None]:
    """Work in a folder, as on a terminal of some width."""
    before = dict(os.environ)
    os.environ |= {"COLUMNS": columns, "XDG_STATE_HOME": str(folder / "state")}
    try:
        with chdir(folder):
            yield
    finally:
        os.environ.clear()
        os.environ |= before


def main() -> None:
    """Rewrite every document whose console blocks are out of date."""
    for path in documents():
        old = path.read_text("utf-8")
        new = refreshed(old)
        if new != old:
            path.write_text(new, "utf-8")
            print(f"rewrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
