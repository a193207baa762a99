"""A typed answer as numbers with their precision: numbers, fractions, arithmetic, arrays.

Also the values that it may name: those known at a step. Formulas are read by the formula
language, nothing is executed. Whether an answer is right is not known here.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Expression,
    Literal,
    Number,
    Parameter,
    Signal,
    Symbol,
    replaced,
    walk,
)
from lstm_tutor.algebra.function import Misfit
from lstm_tutor.algebra.functions import FUNCTIONS, summed_over_time
from lstm_tutor.algebra.parser import FormulaError, parse
from lstm_tutor.algebra.precision import with_radius
from lstm_tutor.algebra.printer import UNICODE, called
from lstm_tutor.files.scalar import LONGEST_NUMBER, number_remedy
from lstm_tutor.files.text import quoted, visible
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import Id, with_signals
from lstm_tutor.numbers.written import FULL_DIGITS, NUMBER, written
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace

Array: TypeAlias = NDArray[Any]
Known: TypeAlias = Callable[[Symbol], tuple[Array, Array]]
"""The value of a symbol and its radius; raises Unreadable if it has none."""
Nested: TypeAlias = "str | list[Nested]"

LONGEST = 2000  # characters of an answer
_LARGEST = 1024  # entries of a value that may be computed with
_EXACT = 1e-12  # relative: what an exact expression may differ by
_ROUNDED_DIGITS = 3  # a decimal of so many digits inside an expression counts as rounded
_SIGNS = {"−": "-", "–": "-", "·": "*", "⊙": "*", "×": "*", "÷": "/", "²": "**2", "^": "**"}
_SIGNS |= {"ᵀ": ".T", "′": "'", "\xa0": " ", "\t": " "}
_SIGNS |= {called(row.name, UNICODE): row.name for row in FUNCTIONS.values() if row.unicode}
_NUMBER = re.compile(NUMBER)
_ITEM = re.compile(rf"{NUMBER}(?:/{NUMBER})?")
_COMMA_NUMBER = re.compile(r"[-+]?\d+,\d+")
_COMMA_FORMULA = re.compile(r"[-+*/() .\d]*\d,\d[-+*/() .,\d]*")
_POWER = re.compile(
    r"(?<![\w@.\[])(\d+\.?\d*|\.\d+)\s*[×x·⋅*]\s*10(?:\s*(?:\^|\*\*)\s*\(?([-+−]?\d+)\)?"
    r"|([⁻⁺]?[⁰¹²³⁴-⁹]+))(?![\w.])"
)
"""A number as 1.2×10^-3, which says how far it is rounded as 1.2e-3 does."""
_EQUALS = re.compile(r"~=|[=≈]")
_NESTED = "has rows and columns, and no more brackets than those"


class Unreadable(ValueError):  # noqa: N818  # the learner's text, answered as such
    """An answer that cannot be read; the message says in one line what is wrong."""


@dataclass(frozen=True)
class Typed:
    """What a learner typed, in the shape that was typed; 0-d for one number.

    The unit is how far each entry can be off: half a unit of the last place written; what
    the rounded numbers of an expression make of it.
    """

    value: Array
    unit: Array


def read_answer(text: str, size: int, known: Known) -> Typed:
    """Read an answer: ``0.7857``, ``1/3``, ``tanh(1.15)``, ``a@0*i@0``, ``[0.1, -0.2]``,
    ``0.1 -0.2``, ``[[1, 2], [3, 4]]`` or ``1 2; 3 4``; Unreadable if it is none.

    What stands before an equals sign is left out. Of a value with a ``size`` of one entry
    no list is needed; ``known`` has the values that names stand for.
    """
    if len(text) > LONGEST:
        raise Unreadable(f"an answer is at most {LONGEST:,} characters long")
    plain = _plain(text)
    if not plain:
        raise Unreadable("there is no value in it")
    remedy = _with_points(plain, size)
    if remedy:
        raise Unreadable(f"a comma separates numbers; {remedy}")
    if size == 1:
        inner = plain
        while (inside := _inside(inner)) is not None:
            inner = inside
        return _entry(inner, known)
    parts = _parts(plain)
    return _entry(parts, known) if isinstance(parts, str) else _array(parts, known)


def _with_points(plain: str, size: int) -> str:
    """Say how to write numbers with decimal commas, if as many as are asked stand there."""
    if "," not in plain:
        return ""
    if size == 1 and (remedy := number_remedy(plain)):
        return remedy
    items = re.split(r"[;\s]+", plain) if size > 1 else [plain]
    form = _COMMA_NUMBER if size > 1 else _COMMA_FORMULA
    if len(items) != size or not all(map(form.fullmatch, items)):
        return ""
    return f"write {' '.join(items).replace(',', '.')}"


def _plain(text: str) -> str:
    """Return the text in the formula language's characters, ids as signals; Unreadable if
    one is none.
    """
    right = _POWER.sub(_scientific, _EQUALS.split(text)[-1])
    for sign, meaning in _SIGNS.items():
        right = right.replace(sign, meaning)
    try:
        return with_signals(right).strip()
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _scientific(found: re.Match[str]) -> str:
    power = unicodedata.normalize("NFKC", found[2] or found[3])
    return f"{found[1]}e{power.replace('−', '-')}"


def _inside(text: str) -> str | None:
    """Return what one pair of square brackets encloses, if it encloses all of the text."""
    if not (text.startswith("[") and text.endswith("]") and text.count("[") == text.count("]")):
        return None
    depths = list(accumulate((letter == "[") - (letter == "]") for letter in text))
    return text[1:-1].strip() if depths.index(0) == len(text) - 1 else None


def _parts(text: str, depth: int = 0) -> Nested:
    """Split an array into its entries: nested lists of texts; a text if it is no list."""
    if depth > 2:
        raise Unreadable(f"an answer {_NESTED}")
    inner = _inside(text)
    if inner is None and text[:1] == "(" and len(_split(text[1:-1], ",")) > 1:
        inner = _inside(f"[{text[1:-1]}]") if text.endswith(")") else None
    body = text if inner is None else inner
    for mark in (";", ","):
        pieces = _split(body, mark)
        if len(pieces) > 1:
            return [_parts(piece, depth + 1) for piece in pieces if piece]
    if body.startswith("[") and _inside(body) is None and re.search(r"\]\s*\[", body):
        rows = _split(re.sub(r"\]\s*\[", "],[", body), ",")
        return [_parts(row, depth + 1) for row in rows]
    items = body.split()
    if len(items) > 1 and all(_ITEM.fullmatch(item) for item in items):
        return list(items)
    return body if inner is None else [_parts(body, depth + 1)]


def _split(text: str, mark: str) -> list[str]:
    """Split a text at a mark that stands outside all brackets."""
    depth = start = 0
    pieces = []
    for position, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == mark and depth == 0:
            pieces.append(text[start:position].strip())
            start = position + 1
    return [*pieces, text[start:].strip()]


def _array(parts: list[Nested], known: Known) -> Typed:
    shape = _shape(parts)
    if len(shape) > 2:
        raise Unreadable(f"an answer {_NESTED}")
    texts = list(_flat(parts))
    if all(_is_number(text) for text in texts):
        return _written(texts, shape)
    entries = [_entry(text, known) for text in texts]
    for text, entry in zip(texts, entries, strict=True):
        if entry.value.size != 1:
            raise Unreadable(f"{visible(quoted(text, 40))} is more than one number")
    value, unit = (
        np.array([np.ravel(part)[0] for part in column]).reshape(shape)
        for column in zip(*((entry.value, entry.unit) for entry in entries), strict=True)
    )
    return Typed(value, unit)


def _shape(rows: object) -> tuple[int, ...]:
    """Return the sizes of nested rows; Unreadable if they are not equally long."""
    if not isinstance(rows, list | tuple):
        return ()
    if not rows:
        raise Unreadable("the brackets are empty")
    shapes = {_shape(row) for row in rows}
    if len(shapes) > 1:
        raise Unreadable("the rows are not equally long")
    return (len(rows), *shapes.pop())


def _flat(parts: Nested) -> Iterator[str]:
    if isinstance(parts, str):
        yield parts
    else:
        for part in parts:
            yield from _flat(part)


def _is_number(text: str) -> bool:
    return len(text) <= LONGEST_NUMBER and _NUMBER.fullmatch(text) is not None


def _entry(text: str, known: Known) -> Typed:
    """Read one number or formula."""
    text = text.removeprefix("+").strip()
    if _is_number(text):
        return _written([text], ())
    if not text:
        raise Unreadable("an entry is empty")
    value, radius = _worked(_formula(text), known)
    if not (np.isrealobj(value) and np.isfinite(value).all() and np.isfinite(radius).all()):
        raise Unreadable(f"{visible(quoted(text, 40))} is not a finite number")
    unit = np.maximum(np.broadcast_to(radius, value.shape), _EXACT * np.abs(value))
    return Typed(value, unit)


def _written(texts: list[str], shape: tuple[int, ...]) -> Typed:
    """Take numbers as they are written: they hold to half a unit of the last place."""
    found = written(texts, shape)
    if not (np.isfinite(found.value).all() and np.isfinite(found.unit).all()):
        raise Unreadable("the number is too large")
    unit = np.maximum(found.unit, _EXACT * np.abs(found.value)) if found.full else found.unit
    return Typed(found.value, unit)


def _formula(text: str) -> Expression:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's remarks on odd spacing
            node = parse(text, derived=True)
    except FormulaError as error:
        raise Unreadable(visible(error.message)) from None
    if any(summed_over_time(part) for part in walk(node)):
        raise Unreadable("write a sum over time out: one term per time step")
    arrays = [part.rows for part in walk(node) if isinstance(part, Literal)]
    if any(len(_shape(rows)) > 2 for rows in arrays):
        raise Unreadable(f"an array {_NESTED}")
    return node


def _worked(node: Expression, known: Known) -> tuple[Array, Array]:
    """Return a formula's value and how far its rounded numbers let it be off."""
    numbers: dict[str, tuple[Array, Array]] = {}

    def named(part: Expression) -> Expression | None:
        if isinstance(part, Number):
            name = f"number {len(numbers)}"
            # unlike Python's own numbers, these overflow instead of growing
            numbers[name] = np.asarray(float(part.value)), np.asarray(_half_unit(part.value))
            return Parameter(name)
        return None

    def lookup(symbol: Symbol) -> tuple[Array, Array]:
        found = numbers.get(symbol.name) or known(symbol)
        if np.size(found[0]) > _LARGEST:
            raise Unreadable(f"{symbol.name} is too large to compute with here")
        return _scalar(found[0]), _scalar(found[1])

    try:
        with np.errstate(all="ignore"):
            value, radius = with_radius(replaced(node, named), lookup)
    except Misfit as error:
        raise Unreadable(str(error)) from None
    except ValueError as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("the shapes in it do not fit together") from None
    return np.asarray(value), np.asarray(radius)


def _scalar(value: Array) -> Array:
    """Return a one-element list as a number, as screens show it."""
    return np.reshape(value, ()) if np.shape(value) == (1,) else value


def _half_unit(number: float) -> float:
    """Return half a unit of the last place of a decimal that looks rounded, else 0."""
    if isinstance(number, int):
        return 0.0
    _, digits, exponent = Decimal(repr(number)).as_tuple()
    if not isinstance(exponent, int) or exponent >= 0:
        return 0.0
    rounded = _ROUNDED_DIGITS <= len(digits) < FULL_DIGITS
    return 0.5 * 10.0**exponent if rounded else 0.0


def known_values(trace: Trace, step: Step, own: Mapping[int, Typed | None]) -> Known:
    """Return what looks up a symbol's value and how far it can be off.

    Known is what is given, and what comes before the step asked for, as the learner has it:
    ``own`` has their values of what is asked for, by index, None without one. The lookup
    raises Unreadable for all else; relative times count from the step's.
    """
    constants = trace.scenario.constants

    def known(symbol: Symbol) -> tuple[Array, Array]:
        if isinstance(symbol, Signal) and not symbol.fixed:
            if step.t is None:
                raise Unreadable(f"name a time step: {symbol.name}[0], not {symbol.name}[t]")
            symbol = Signal(symbol.name, symbol.shift + step.t, fixed=True)
        if isinstance(symbol, Parameter) and symbol.name in constants:
            return np.asarray(constants[symbol.name]), np.zeros(())
        index = _index(trace, step, symbol)
        value = trace[index].value
        if index not in own:
            return value, np.zeros(value.shape)
        typed = own[index]
        if typed is None:
            id_ = Id.of(symbol)
            raise Unreadable(f"{id_} has not been answered yet; back goes back to it")
        return np.reshape(typed.value, value.shape), np.reshape(typed.unit, value.shape)

    return known


def _index(trace: Trace, step: Step, symbol: Symbol) -> int:
    """Return a symbol's index in the trace; Unreadable if it is not known at the step."""
    id_ = Id.of(symbol)
    try:
        index = trace.position(id_)
    except KeyError:
        timed = isinstance(symbol, Parameter) and symbol.name in trace.signals
        example = f": name a time step, as in {symbol.name}[0]" if timed else ""
        raise Unreadable(f"there is no value {id_}{example}") from None
    if index == step.index:
        raise Unreadable(f"{id_} is what is asked for")
    if index > step.index and trace.key(index)[0].phase is not Phase.GIVEN:
        raise Unreadable(f"{id_} comes later in the computation")
    return index
