"""A YAML file as plain values, each of which knows its line and column.

Reads YAML 1.2 as one flat stream of events, so that `1e-3` is a number, `no` is text
and a repeated key is an error. Whatever could make reading slow or surprising
(aliases, tags, depth, size) is refused before anything is built of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from lstm_tutor.files.problem import BadInput, Place, Problem, kind, place_in
from lstm_tutor.files.reading import LINE_BREAK, read_text
from lstm_tutor.files.scalar import LONGEST_NUMBER, plain
from lstm_tutor.files.syntax import escape_problem, syntax_problem
from lstm_tutor.files.text import hidden_character

LARGEST = 256 * 1024
DEEPEST = 12
MOST_ENTRIES = 150_000  # numbers, texts, lists and sets, keys included

KeyPath: TypeAlias = tuple[str | int, ...]

# what YAML refuses, and its other line breaks, which editors do not count as lines
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Node:
    """One entry as it stands in the file.

    Attributes:
        line, column: where it starts, 0-based.
        value: as dictionaries, lists, text, numbers, booleans and None.
        style: how text is written: ``|``, ``>``, ``'``, ``"``; empty if plain.
        text: text as it is before it is read as a number, for text and numbers.
        inside: the entries of a list or a set of entries.
        keys: the keys of a set of entries.
    """

    line: int
    column: int
    value: Any
    style: str = ""
    text: str = ""
    inside: dict[str | int, Node] = field(default_factory=dict)
    keys: dict[str, Node] = field(default_factory=dict)

    @property
    def written(self) -> bool:
        """Whether anything stands there, unlike the value of ``key:``."""
        return bool(self.style or self.text or self.value is not None)


@dataclass(frozen=True)
class Document:
    """A YAML file read into plain values.

    Attributes:
        file: the name to show in messages.
        lines: the file's lines.
        root: the whole file's entries.
    """

    file: str
    lines: tuple[str, ...]
    root: Node

    @property
    def value(self) -> Any:
        """The file as dictionaries, lists, text, numbers, booleans and None."""
        return self.root.value

    def within(self, path: KeyPath) -> Document:
        """Return what stands at the path as a document of its own."""
        return Document(self.file, self.lines, self.node(path))

    def node(self, path: KeyPath) -> Node:
        """Return the entry at the path, or the nearest one above it."""
        return self._along(path)[-1]

    def place(self, path: KeyPath, *, key: bool = False) -> Place:
        """Return where the entry at the path stands, or the nearest one above it.

        Args:
            path: keys and indices from the root.
            key: point at the entry's key instead of its value.
        """
        nodes = self._along(path)
        node = nodes[-1]
        if len(nodes) > 1 and (key or not node.written):
            node = nodes[-2].keys.get(str(path[len(nodes) - 2]), node)
        return self.at(node.line, node.column)

    def problem(
        self,
        path: KeyPath,
        message: str,
        expected: str = "",
        remedy: str = "",
        *,
        key: bool = False,
    ) -> Problem:
        """Return a problem with the entry at the path; see `place`."""
        return Problem(message, self.place(path, key=key), expected, remedy)

    def at(self, line: int, column: int) -> Place:
        """Return the place at a 0-based line and column."""
        return place_in(self.file, self.lines, line, column)

    def block_line(self, path: KeyPath, number: int) -> tuple[int, int]:
        """Return the 0-based line and indent of a line in a ``|`` block of text."""
        node = self.node(path)
        if node.style != "|":
            return node.line, node.column + bool(node.style)
        line = node.line + 1 + number
        return line, len(self.lines[line]) - len(node.text.split("\n")[number])

    def _along(self, path: KeyPath) -> list[Node]:
        nodes = [self.root]
        for step in path:
            inside = nodes[-1].inside
            found = inside.get(str(step) if nodes[-1].keys else step)
            if found is None:
                break
            nodes.append(found)
        return nodes


def dotted(path: KeyPath) -> str:
    """Write a path for a message, such as ``weights.W.a``."""
    return ".".join(str(part) for part in path)


def read(path: Path, what: str, shown: str | None = None) -> Document:
    """Read a YAML file.

    Args:
        path: the file.
        what: what the file is, for messages: "scenario", "cell".
        shown: the file's name in messages; its path by default.

    Raises:
        BadInput: with every problem that can be found, each with its position.
    """
    name = shown or str(path)
    return parse(read_text(path, name, what, LARGEST), name, what)


def _split(text: str) -> tuple[str, ...]:
    return tuple(LINE_BREAK.split(text))


def parse(text: str, name: str, what: str) -> Document:
    """Read YAML text; see `read`."""
    lines = _split(text)
    problems = [*_controls(name, lines), *_directives(name, lines)]
    if problems:
        raise BadInput(problems)
    tree = _Tree(_events(text, quick="\t" not in text), name, lines, what)
    root = tree.root()
    if root is None or tree.problems:  # again, for the words and places of what is wrong
        tree = _Tree(_events(text, quick=False), name, lines, what)
        root = tree.root()
    if tree.problems:
        raise BadInput(tree.problems)
    if root is None or root.value is None:
        raise BadInput([Problem(f"the {what} file is empty", Place(name, 1, 1))])
    if not isinstance(root.value, dict):
        article = "an" if what[0] in "aeiou" else "a"
        message = f"{article} {what} is a set of 'key: value' entries, not {kind(root.value)}"
        raise BadInput([Problem(message, place_in(name, lines, root.line, root.column))])
    return Document(name, lines, root)


def _events(text: str, *, quick: bool) -> Iterator[Event]:
    """Yield YAML's events; the quick parser in C takes tabs that YAML 1.2 does not."""
    yield from YAML(typ="safe", pure=not quick).parse(text)


def parse_data(value: Any, name: str, what: str, line: int = 0) -> Document:
    """Read plain data as if it stood as JSON on a 0-based line of a file; see `read`."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        message = f"lists and entries are nested deeper than {DEEPEST} levels"
        raise BadInput([Problem(message, Place(name, line + 1))]) from None
    text = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return parse("\n" * line + text, name, what)


def _controls(name: str, lines: tuple[str, ...]) -> Iterator[Problem]:
    for number, line in enumerate(lines):
        for found in _CONTROL.finditer(line):
            message = f"the invisible character U+{ord(found[0]):04X} is not allowed"
            place = place_in(name, lines, number, found.start())
            yield Problem(message, place, remedy="remove it")


def _directives(name: str, lines: tuple[str, ...]) -> Iterator[Problem]:
    """Refuse what would switch to another version of YAML; only the head can hold it."""
    for number, line in enumerate(lines):
        if line.startswith("%"):
            message = "a line that starts with '%' is not allowed"
            yield Problem(message, place_in(name, lines, number, 0), remedy="remove it")
        elif line.strip() and not line.startswith("#"):
            return


class _Tree:
    """Builds entries from the flat stream of events, collecting every problem."""

    def __init__(
        self, events: Iterable[Event], name: str, lines: tuple[str, ...], what: str
    ) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._lines = lines
        self._what = what
        self._count = 0
        self._events = iter(events)

    def root(self) -> Node | None:
        """Build the whole file; what comes after a syntax error is lost."""
        try:
            return self._document()
        except MarkedYAMLError as error:
            self.problems.append(syntax_problem(error, self._name, self._lines))
        except YAMLError as error:
            message = f"not YAML: {' '.join(str(error).split())}"
            self.problems.append(Problem(message, Place(self._name)))
        except (OverflowError, ValueError):  # from chr(), which the scanner calls unchecked
            self.problems.append(escape_problem(self._name, self._lines))
        return None

    def _document(self) -> Node | None:
        root = None
        for event in self._events:
            if isinstance(event, NodeEvent):
                root = self._node(event, 0)
            elif not isinstance(event, DocumentStartEvent):
                continue
            elif root is not None:
                message = f"a second document starts here; a {self._what} file holds one"
                self._problem(event, message, "remove the '---'")
                break
        return root

    def _problem(self, event: Event, message: str, remedy: str = "") -> None:
        mark = event.start_mark
        place = place_in(self._name, self._lines, mark.line, mark.column)
        self.problems.append(Problem(message, place, remedy=remedy))

    def _node(self, event: Event, depth: int) -> Node:
        self._refuse(event)
        mark = event.start_mark
        self._count += 1
        if self._count > MOST_ENTRIES:
            message = f"the {self._what} holds more than {MOST_ENTRIES:,} entries"
            self._problem(event, message, "keep large weights in an .npz file")
            raise BadInput(self.problems)
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if isinstance(event, AliasEvent):
            return Node(mark.line, mark.column, None)
        if depth == DEEPEST:
            message = f"lists and entries are nested deeper than {DEEPEST} levels"
            self._problem(event, message, "use fewer levels")
            raise BadInput(self.problems)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, depth + 1)
        return self._mapping(event, depth + 1)

    def _refuse(self, event: Event) -> None:
        remedy = "remove it, or put the text in quotes"
        if isinstance(event, AliasEvent):
            message = f"the alias *{event.anchor} is not allowed"
            self._problem(event, message, "write the value out, or put the text in quotes")
        elif isinstance(event, NodeEvent) and event.anchor:
            self._problem(event, f"the anchor &{event.anchor} is not allowed", remedy)
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self._problem(event, f"the tag {tag} is not allowed", remedy)

    def _scalar(self, event: ScalarEvent) -> Node:
        mark = event.start_mark
        text = event.value
        value = plain(text) if event.implicit[0] else text
        if isinstance(value, str):
            found = hidden_character(text)
            if found:
                message = f"the text contains the invisible character {found}"
                self._problem(event, message, "remove it")
        elif len(text) > LONGEST_NUMBER:
            message = f"a number of {len(text)} characters; at most {LONGEST_NUMBER} are read"
            self._problem(event, message, "round it")
        return Node(mark.line, mark.column, value, event.style or "", text)

    def _sequence(self, start: Event, depth: int) -> Node:
        inside: dict[str | int, Node] = {}
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            inside[len(inside)] = self._node(event, depth)
        mark = start.start_mark
        value = [node.value for node in inside.values()]
        return Node(mark.line, mark.column, value, inside=inside)

    def _mapping(self, start: Event, depth: int) -> Node:
        inside: dict[str | int, Node] = {}
        keys: dict[str, Node] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._node(event, depth)
            value = self._node(next(self._events), depth)
            if not isinstance(event, ScalarEvent):
                self._problem(event, "a key must be a plain word")
                continue
            if key.text in keys:
                line = keys[key.text].line + 1
                message = f"the key {key.text!r} is given twice, first on line {line}"
                self._problem(event, message, "keep one of the two")
            elif key.text == "<<" and not key.style:
                self._problem(event, "the merge key << is not allowed", "write the entries out")
            inside[key.text], keys[key.text] = value, key
        mark = start.start_mark
        values = {key: node.value for key, node in inside.items()}
        return Node(mark.line, mark.column, values, inside=inside, keys=keys)
