"""JSON and YAML as entries: every number and list of numbers, named by its keys."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lstm_tutor.files.document import LARGEST, Node, parse
from lstm_tutor.files.problem import BadInput, Place, Problem, described
from lstm_tutor.files.scalar import DECIMAL, LONGEST_NUMBER
from lstm_tutor.numbers.bracketed import Unreadable, whole_value
from lstm_tutor.numbers.written import (
    DEEPEST,
    MOST_NUMBERS,
    Draft,
    Ignored,
    Written,
    clean,
    require_few,
    require_few_values,
    written,
)
from lstm_tutor.scenario.embedded import is_scenario
from lstm_tutor.submission.places import LAYER, WORDS, layer_key, placed
from lstm_tutor.submission.plain import plain_line, with_points
from lstm_tutor.submission.printed import CLOCK

Drafts = tuple[list[Draft], list[Ignored]]
_STRING = re.compile(r'("(?:[^"\\]|\\.)*+")(\s*+:)?', re.S)
_LONGEST_TEXT = 400  # characters of a text that is looked at as a value
_LEAD = re.compile(r"((?:(?:layer|sequence|unit|epoch)=[0-9]+ )*)(.*)", re.S)
_TIME = ("t", "time", "time step", "timestep", "time_step", "step")


class Text(str):
    """A number of a file, as it is written there."""

    __slots__ = ()


@dataclass(frozen=True)
class Pairs:
    """A set of entries in which a key may stand twice."""

    items: tuple[tuple[str, Any], ...]


def json_value(text: str, name: str, *, strict: bool) -> Any:
    """Parse JSON; its numbers are `Text`, its objects `Pairs`.

    Args:
        text: the file.
        name: its name.
        strict: whether it is certainly JSON.

    Returns:
        The value; None if it is not JSON, or a bare list of numbers.

    Raises:
        BadInput: if it must be JSON and is not, or is nested too deep.
    """
    try:
        value = json.loads(
            text,
            parse_float=Text,
            parse_int=Text,
            parse_constant=Text,
            object_pairs_hook=lambda pairs: Pairs(tuple(pairs)),
        )
    except json.JSONDecodeError as error:
        if not strict:
            return None
        lines = text.split("\n", error.lineno)
        place = Place(name, error.lineno, error.colno, lines[error.lineno - 1])
        what = error.msg[:1].lower() + error.msg[1:]
        raise BadInput([Problem(f"this is not whole JSON: {what}", place)]) from None
    except RecursionError:
        raise BadInput([_too_deep(Place(name))]) from None
    return value if strict or _has_names(value) else None


def _has_names(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, Pairs) for item in value)
    return isinstance(value, Pairs)


def _too_deep(place: Place) -> Problem:
    message = f"lists and entries are nested deeper than {DEEPEST} levels"
    return Problem(message, place, remedy="use fewer levels")


def cells_of(value: Any) -> list[Any] | None:
    """Return the cells of a notebook as plain dictionaries; None if it is no notebook."""
    if not isinstance(value, Pairs):
        return None
    cells = dict(value.items).get("cells")
    return [_plain(cell, 0) for cell in cells] if isinstance(cells, list) else None


def _plain(value: Any, depth: int) -> Any:
    """Return plain data; None for what is nested too deep to be of use."""
    match value:
        case Pairs() | list() if depth > DEEPEST:
            return None
        case Pairs():
            return {key: _plain(item, depth + 1) for key, item in value.items}
        case list():
            return [_plain(item, depth + 1) for item in value]
        case Text():
            return int(value) if value.isdecimal() and len(value) < 10 else float(value)
    return value


def scenario_in(value: Any) -> dict[str, Any] | None:
    """Return the scenario that the JSON of a run carries; None if it is other JSON."""
    top = dict(value.items) if isinstance(value, Pairs) else {}
    held = top.get("scenario")
    if "steps" not in top or not isinstance(held, Pairs):
        return None
    return {key: _plain(item, 0) for key, item in held.items}


@dataclass
class _Reader:
    """Walks a tree and collects its numbers; lines are looked up in order."""

    name: str
    text: str = ""
    drafts: list[Draft] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    position: int = 0
    line: int = 1
    count: int = 0
    places: dict[tuple[str, bool], list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for found in _STRING.finditer(self.text):
            text = json.loads(found[1], strict=False) if "\\" in found[1] else found[1][1:-1]
            self.places.setdefault((text, bool(found[2])), []).append(found.start())

    def entry(self, name: str, value: Any, depth: int = 0) -> None:
        """Read what stands under a name."""
        if depth > DEEPEST:
            raise BadInput([_too_deep(Place(self.name, self.line or None))])
        match value:
            case Pairs():
                for key, item in _timed(value):
                    self.seek(key.rpartition(" ")[2])
                    layer = layer_key(key) if isinstance(item, Pairs) else None
                    own = key if layer is None else f"{LAYER}={layer} "
                    self.entry(_joined(name, own), item, depth + 1)
            case Text():
                self._numbers(name, [value], ())
            case list() if any(isinstance(item, Pairs) for item in value):
                kind, outer = _places_of(name)
                for index, item in enumerate(value):
                    if kind:
                        self.entry(placed(kind, index, outer), item, depth + 1)
                        continue
                    label = "" if _has_time(item) else f"t={index}"
                    self.entry(_joined(name, label) if label else name, item, depth + 1)
            case list():
                self._array(name, value, depth)
            case str() if (found := self._written(value)) is not None:
                self.count += found.value.size
                require_few(self.count, self.name)
                require_few_values(len(self.drafts), self.name)
                self.drafts.append(Draft(clean(name), found, self.line))
            case _:
                self._ignore(f"{name}: {described(value)}", "no number")

    def _written(self, text: str) -> Written | None:
        """Return the value that a text is, as people write answers; None if it is none."""
        if len(text) > _LONGEST_TEXT:
            return None
        try:
            return whole_value(plain_line(with_points(text))[0], MOST_NUMBERS - self.count)
        except Unreadable:
            return None

    def _array(self, name: str, value: list[Any], depth: int) -> None:
        texts: list[str] = []
        try:
            shape = self._shape(value, texts, depth)
        except ValueError as error:
            self._ignore(name or "a list", str(error))
            return
        self._numbers(name, texts, shape)

    def _shape(self, value: Any, texts: list[str], depth: int) -> tuple[int, ...]:
        if isinstance(value, Text):
            texts.append(value)
            return ()
        if not isinstance(value, list):
            raise ValueError("a list of something other than numbers")
        if depth > DEEPEST:
            raise BadInput([_too_deep(Place(self.name, self.line or None))])
        shapes = [self._shape(item, texts, depth + 1) for item in value]
        if not shapes:
            raise ValueError("an empty list")
        if any(shape != shapes[0] for shape in shapes):
            raise ValueError("an array with rows of different lengths")
        return (len(shapes), *shapes[0])

    def _numbers(self, name: str, texts: list[str], shape: tuple[int, ...]) -> None:
        self.count += len(texts)
        require_few(self.count, self.name)
        require_few_values(len(self.drafts), self.name)
        if any(len(text) > LONGEST_NUMBER for text in texts):
            self._ignore(name, "a number that is too long")
            return
        self.drafts.append(Draft(clean(name), written(texts, shape), self.line))

    def _ignore(self, text: str, why: str) -> None:
        self.ignored.append(Ignored(clean(text), self.line, why))

    def seek(self, text: str, *, key: bool = True) -> None:
        """Move on to the line at which a key, or another text, stands next."""
        places = self.places.get((text, key), [])
        index = bisect_left(places, self.position)
        if index < len(places):
            self.line += self.text.count("\n", self.position, places[index])
            self.position = places[index]


def _has_time(item: Any) -> bool:
    return isinstance(item, Pairs) and any(_is_time(key, value) for key, value in item.items)


def _is_time(key: str, value: Any) -> bool:
    return key.lower() in _TIME and isinstance(value, Text) and value.lstrip("-").isdecimal()


def _timed(pairs: Pairs) -> Iterator[tuple[str, Any]]:
    """Yield keys and values; ``"t": 0`` gives the time step to its companions, ``"layer": 1``
    the layer.
    """
    clocks = [value for key, value in pairs.items if _is_time(key, value)]
    places = {WORDS[key]: int(value) for key, value in pairs.items if _is_place(key, value)}
    for key, value in pairs.items:
        if (len(clocks) == 1 and _is_time(key, value)) or _is_place(key, value):
            continue
        name = f"t={clocks[0]} {key}" if len(clocks) == 1 else key
        for kind, number in places.items():
            name = placed(kind, number, name)
        yield name, value


def _is_place(key: str, value: Any) -> bool:
    return key in WORDS and isinstance(value, Text) and value.isdecimal() and len(value) < 7


def _places_of(name: str) -> tuple[str, str]:
    """Return what kind of place the items of a list are, by its key, and the name before it."""
    outer, _, own = name.rpartition(".")
    lead, own = (own[: own.rfind(" ") + 1], own[own.rfind(" ") + 1 :])
    kind = WORDS.get(own.lower().removesuffix("s"), "")
    return kind, lead + outer


def _joined(name: str, key: str) -> str:
    """Join names by a dot, a time step by a blank: "W.a", "t=0 a"; places come first."""
    lead, key = _LEAD.match(key).groups()  # type: ignore[union-attr]
    before, name = _LEAD.match(name).groups()  # type: ignore[union-attr]
    return before + lead + _after(name, key)


def _after(name: str, key: str) -> str:
    if not name or not key:
        return name or key
    clock = CLOCK.fullmatch(name)
    if clock:
        return f"t={clock[1]} {key}"
    if CLOCK.fullmatch(key):
        return f"{key} {name}"
    timed = CLOCK.match(key)
    if timed:
        return f"t={timed[1]} {name}.{key[timed.end() :]}"
    return f"{name}.{key}"


def json_tree(value: Any, text: str, name: str) -> Drafts:
    """Read a JSON value; the format of `lstm-tutor run --format json` by its steps."""
    if isinstance(value, Pairs):
        _require_numbers((key for key, _ in value.items), name)
    reader = _Reader(name, text)
    steps = _steps(value)
    if steps is None:
        reader.entry("", value)
    else:
        for id_, item in steps:
            reader.seek(id_, key=False)
            reader.entry(id_, item)
    return reader.drafts, reader.ignored


def _steps(value: Any) -> list[tuple[str, Any]] | None:
    """Return the id and value of each step of our own format; None for another."""
    if not isinstance(value, Pairs):
        return None
    top = dict(value.items)
    steps = top.get("steps")
    if "format" not in top or not isinstance(steps, list):
        return None
    found = [dict(step.items) for step in steps if isinstance(step, Pairs)]
    return [
        (step["id"], step["value"])
        for step in found
        if type(step.get("id")) is str and "value" in step
    ]


def yaml_tree(text: str, name: str) -> Drafts:
    """Read YAML."""
    if len(text.encode()) > LARGEST:
        message = f"YAML of more than {LARGEST:,} bytes is not read"
        raise BadInput([Problem(message, Place(name), remedy="write it as JSON")])
    document = parse(text, name, "numbers")
    _require_numbers(map(str, document.root.inside), name)
    reader = _Reader(name)
    for key, node in document.root.inside.items():
        reader.line = document.root.keys[str(key)].line + 1
        reader.entry(str(key), _tree(node))
    return reader.drafts, reader.ignored


def _require_numbers(keys: Iterable[str], name: str) -> None:
    """Raise BadInput for a scenario, of which all that it holds is given."""
    if is_scenario(set(keys)):
        message = "it is a scenario, and holds no numbers to be checked"
        remedy = f"give a file with numbers, and --scenario {name} if they are of this one"
        raise BadInput([Problem(message, Place(name), remedy=remedy)])


def _tree(node: Node) -> Any:
    """Return a YAML node in the form that JSON has here."""
    if node.keys:
        return Pairs(tuple((str(key), _tree(item)) for key, item in node.inside.items()))
    if isinstance(node.value, list):
        return [_tree(item) for item in node.inside.values()]
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        typed = node.text[-1:].isdigit() and DECIMAL.fullmatch(node.text)
        return Text(node.text if typed else str(node.value))
    return node.value
