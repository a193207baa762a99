"""Scenarios inside other files: transcripts, worksheets, pages and JSON carry theirs.

How it is read back. How such files are written is for `render`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from lstm_tutor.files.document import parse, parse_data
from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.files.reading import LINE_BREAK
from lstm_tutor.scenario.loading import build
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.scenario.schema import ScenarioFile

TRANSCRIPT = "<!-- lstm-tutor transcript "
WORKSHEET = "<!-- lstm-tutor worksheet"
PAGE = "<!-- lstm-tutor page "
PAGE_END = "<!-- lstm-tutor end -->"
"""What stands after it a page only computes and draws with."""
OPENING, PAGE_OPENING = "```yaml", '<pre id="scenario" tabindex="0">'
CLOSING, PAGE_CLOSING = "```", "</pre>"
LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Block:
    """The scenario that a file carries, as text.

    Attributes:
        text: YAML.
        first: the line of the file that it starts at, from 1.
    """

    text: str
    first: int

    def scenario(self, path: Path) -> Scenario:
        """Build it; BadInput with its positions in the file if it cannot be used."""
        text = "\n" * (self.first - 1) + self.text
        return build(parse(text, str(path), "scenario"), path)


def embedded_scenario(text: str, path: Path) -> Scenario | None:
    """Return the scenario that a transcript, worksheet or page carries; None if it is none.

    Args:
        text: the file's text; it may have been filled in.
        path: the file, beside which a weights file would be.

    Raises:
        BadInput: if its scenario is missing, too long, or cannot be used; with the
            positions that its problems have in the file.
    """
    block = embedded_block(text, path)
    return None if block is None else block.scenario(path)


def embedded_block(text: str, path: Path) -> Block | None:
    """Return the text of the scenario that a file carries; see `embedded_scenario`."""
    lines = LINE_BREAK.split(text)
    start = marked(lines, TRANSCRIPT, WORKSHEET, PAGE)
    return None if start is None else _block_after(lines, start, path)


def scenario_of(data: Mapping[str, Any], path: Path) -> Scenario:
    """Build the scenario that the JSON of a run carries.

    Args:
        data: what stands under "scenario".
        path: the file, beside which a weights file would be.

    Raises:
        BadInput: if it cannot be used.
    """
    known = {key: data[key] for key in ScenarioFile.model_fields if data.get(key) is not None}
    return build(parse_data(known, str(path), "scenario"), path)


def is_scenario(keys: Set[str]) -> bool:
    """Whether a tree with these keys is a scenario, and nothing else."""
    needed = "inputs" in keys and not keys.isdisjoint(("cell", "model", "weights"))
    return needed and keys <= ScenarioFile.model_fields.keys()


def marked(lines: Sequence[str], *marks: str) -> int | None:
    """Return the index of the first line that starts with a mark; None if none does."""
    return next((index for index, line in enumerate(lines) if line.startswith(marks)), None)


def scenario_after(lines: Sequence[str], start: int, path: Path) -> Scenario:
    """Build the scenario of the first block of YAML after a line; see `embedded_scenario`."""
    return _block_after(lines, start, path).scenario(path)


def _block_after(lines: Sequence[str], start: int, path: Path) -> Block:
    page = lines[start].startswith(PAGE)
    opening, closing = (PAGE_OPENING, PAGE_CLOSING) if page else (OPENING, CLOSING)
    first = next((n for n in range(start, len(lines)) if lines[n].rstrip() == opening), None)
    if first is None:
        expected = f"a block between {opening} and {closing}"
        raise BadInput([Problem("the file has no scenario", Place(str(path)), expected)])
    last = next((n for n in range(first, len(lines)) if lines[n].rstrip() == closing), None)
    place = Place(str(path), first + 1, 1, lines[first])
    if last is None:
        expected = f"a line {closing} after its last one"
        raise BadInput([Problem("the file's scenario has no end", place, expected)])
    block = "\n".join(lines[first + 1 : last])
    if len(block) > LARGEST:
        message = f"the file's scenario has {len(block):,} characters; at most {LARGEST:,}"
        raise BadInput([Problem(f"{message} are read", place)])
    return Block(unescape(block) if page else block, first + 2)
