"""How a source lays the parameters of a page in its arrays: stacked, beside, transposed.

A layout only says where each number stands. It is read from the entry `arrays` of a
dialect's file, and works both ways: from arrays to parameters, and back. It is long because
both ways share what an array is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.files.phrase import listed

Array = NDArray[Any]
_PLACE = re.compile(r"\{(layer|direction)\}|\[|\]")
_NAMED = re.compile(r"\(\?P<\w+>")  # a group with a name, which no pattern may have twice
_PREFIX = r"(?P<prefix>(?:.*[./:])?)"


class BadLayout(ValueError):  # noqa: N818  # of an array, reported as such
    """An array that is not laid as its dialect says; the message says why.

    Attributes:
        array: the template of its name.
    """

    array = ""


@dataclass(frozen=True)
class ArrayLayout:
    """How one array is made of parameters.

    Attributes:
        name: what it is called, with ``{layer}`` and ``{direction}``; what stands in square
            brackets may be missing.
        stack: the parameters one below another, each row those that stand side by side, a
            bias being one column. A parameter in two places, or in two arrays, is the sum.
        transposed: whether its rows are written as columns.
        split: into how many parts its rows are broken, which are the first axis: 2 for
            ``(2, 3H)``, 4 for ``(4, H, D)``; 1 for none.
        column: whether a list of numbers has a second axis of one: ``(H, 1)``.
        directed: whether its first axis has the directions.
        optional: whether it may be missing, as biases may, and stands for zeros.
        added: what is added to a parameter on loading, such as 1 to a forget bias.
        also: another name that it has in some files; "" for none.
    """

    name: str
    stack: tuple[tuple[str, ...], ...]
    transposed: bool = False
    split: int = 1
    column: bool = False
    directed: bool = False
    optional: bool = False
    added: Mapping[str, float] = field(default_factory=dict)
    also: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The templates of its names."""
        return (self.name, self.also) if self.also else (self.name,)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The parameters in it, in the order of their places."""
        return tuple(name for row in self.stack for name in row)

    def parts(self, array: Array, axes: Mapping[str, Axes]) -> Iterator[tuple[str, Array]]:
        """Yield each parameter's place in an array of one layer and direction.

        Args:
            array: as the source has it, without an axis of directions.
            axes: the axes of the page's parameters.

        Raises:
            BadLayout: if its shape cannot be that.
        """
        shape = _shape(array)
        if self.split > 1:
            if array.ndim < 2 or array.shape[0] != self.split:
                raise BadLayout(f"has shape {shape}; its first axis must be {self.split}")
            array = array.reshape(-1, *array.shape[2:])
        if self.column and array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        wanted = max(len(axes[name]) for name in self.parameters)
        if array.ndim < wanted and len(self.stack) == 1:  # as one hidden unit may be written
            array = array.reshape(*(1,) * (wanted - array.ndim), *array.shape)
            array = array.T if self.transposed else array
        if array.ndim != wanted:
            axis = "axis" if wanted == 1 else "axes"
            raise BadLayout(f"has shape {shape}; it must have {wanted} {axis}")
        if self.transposed and array.ndim == 2:
            array = array.T
        if wanted == 0:
            yield self.parameters[0], array
            return
        if array.shape[0] % len(self.stack) or not array.shape[0]:
            raise BadLayout(f"has shape {shape}; {self._side(0)} must hold {self._rows()}")
        for row, part in zip(self.stack, np.split(array, len(self.stack)), strict=True):
            yield from self._beside(row, part, axes, shape)

    def _beside(
        self, row: Sequence[str], part: Array, axes: Mapping[str, Axes], shape: str
    ) -> Iterator[tuple[str, Array]]:
        """Yield the parameters that stand side by side in a part."""
        if len(row) == 1:
            yield row[0], part
            return
        tall, wide = part.shape
        of = [axes[name] for name in row]
        widths = [1 if len(own) == 1 else tall if own[1] == own[0] else 0 for own in of]
        rest = wide - sum(widths)
        if rest <= 0 if widths.count(0) == 1 else rest or 0 in widths:
            raise BadLayout(f"has shape {shape}; {self._side(1)} must hold {listed(row)}")
        ends = np.cumsum([width or rest for width in widths])[:-1]
        parts = np.split(part, ends, axis=1)
        for name, own, found in zip(row, of, parts, strict=True):
            yield name, found[:, 0] if len(own) == 1 else found

    def _rows(self) -> str:
        names = [" beside ".join(row) for row in self.stack]
        return f"{len(names)} equal parts: {', '.join(names)}"

    def _side(self, axis: int) -> str:
        return "its second axis" if (axis == 1) != self.transposed else "its first axis"

    def array(self, parts: Mapping[tuple[int, int], Array]) -> Array:
        """Return the array that is made of these parts: (row, place in the row) → part."""
        rows = [
            np.column_stack([parts[row, place] for place in range(len(names))])
            if len(names) > 1
            else parts[row, 0]
            for row, names in enumerate(self.stack)
        ]
        found = np.concatenate(rows) if rows[0].ndim else rows[0]
        if self.transposed and found.ndim == 2:
            found = found.T
        if self.split > 1:
            found = found.reshape(self.split, -1, *found.shape[1:])
        return found[:, None] if self.column and found.ndim == 1 else found


@dataclass(frozen=True)
class PageLayout:
    """The arrays of one page.

    Attributes:
        page: whose parameters they hold.
        arrays: in the source's order.
    """

    page: str
    arrays: tuple[ArrayLayout, ...]

    @cached_property
    def parameters(self) -> frozenset[str]:
        """All parameters in them."""
        return frozenset(name for array in self.arrays for name in array.parameters)

    def whole(self, one: ArrayLayout) -> bool:
        """Whether no parameter of an array is the sum of it and another one."""
        others = (
            name for other in self.arrays if other is not one for name in other.parameters
        )
        return not set(one.parameters) & set(others)

    def places(
        self, arrays: Mapping[str, Array], axes: Mapping[str, Axes]
    ) -> Iterator[tuple[str, str, Array]]:
        """Yield what arrays hold: the template of an array's name, a parameter, its place.

        Args:
            arrays: by the templates of their names, each of one layer and direction.
            axes: the axes of the page's parameters.

        Raises:
            BadLayout: at the first array that is not laid so; ``array`` says which.
        """
        for layout in self.arrays:
            if layout.name not in arrays:
                continue
            try:
                for name, part in layout.parts(arrays[layout.name], axes):
                    yield layout.name, name, part
            except BadLayout as error:
                error.array = layout.name
                raise

    @cached_property
    def added(self) -> dict[str, float]:
        """What is added to parameters on loading."""
        return {name: amount for one in self.arrays for name, amount in one.added.items()}

    def written(self, values: Mapping[str, Array], *, each: bool = False) -> dict[str, Array]:
        """Return the arrays that hold these parameters, by the templates of their names.

        Args:
            values: of every parameter, in its true shape.
            each: whether every place of a parameter gets the whole value, as a gradient
                does; else only the first, and the others are 0.
        """
        found = {}
        seen: set[str] = set()
        for layout in self.arrays:
            parts = {}
            for row, names in enumerate(layout.stack):
                for place, name in enumerate(names):
                    whole = np.asarray(values[name])
                    again = name in seen and not each
                    part = np.zeros_like(whole) if again else whole
                    parts[row, place] = part - (0 if each else layout.added.get(name, 0))
                    seen.add(name)
            found[layout.name] = layout.array(parts)
        return found


@dataclass(frozen=True)
class SignalLayout:
    """How the values of a signal over time lie in one array.

    Attributes:
        name: what the array is called.
        of: the signal of each page with a state, by its own name: ``h``, ``dx``.
        axes: in the source's order: time, batch, unit, and layer or direction; without
            direction, those of both stand beside each other.
        last: whether it has only the last time step of each direction, and no axis time.
        initial: whether it has the states before the first time step of each direction.
        also: another name that it has in some programs; "" for none.
    """

    name: str
    of: str
    axes: tuple[str, ...]
    last: bool = False
    initial: bool = False
    also: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Its names."""
        return (self.name, self.also) if self.also else (self.name,)


@dataclass(frozen=True)
class Place:
    """Where an array of a file belongs.

    Attributes:
        prefix: what stands before its name: ``encoder.``; "" for nothing.
        layer: the number of its layer; None if the name has none.
        backward: whether it is of the direction from right to left.
    """

    prefix: str = ""
    layer: int | None = None
    backward: bool = False


@dataclass(frozen=True)
class Layouts:
    """How a source lays arrays.

    Attributes:
        title: what the source is called.
        pages: by page, in the order in which they are tried.
        directions: what ``{direction}`` is from left to right, and from right to left.
        sides: what the prefix of an array has if it is one of two directions: from left to
            right, and from right to left.
        gradient: the name of a gradient, with ``{}`` for the array's.
        ignored: what the names of arrays begin with that are no parameters.
        signals: how signals are laid.
        words: what one time step's quantities are called in its programs: each with a
            symbol, or with an id where the word says the time step.
        batched: whether a single sequence is a batch of one.
        settings: what a file says of a page beside its arrays: the value that each page has.
    """

    title: str
    pages: tuple[PageLayout, ...]
    directions: tuple[str, str] = ("", "")
    sides: tuple[str, str] = ("", "")
    gradient: str = "{}.grad"
    ignored: tuple[str, ...] = ()
    signals: tuple[SignalLayout, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    batched: bool = True
    settings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def ignores(self, name: str) -> bool:
        """Whether an array of this name is no parameter: a gradient, a signal, or the like."""
        templates = (
            *(self.gradient.replace("{}", one) for one in self._templates),
            *(name for signal in self.signals for name in signal.names),
        )
        return name.startswith(self.ignored) or (
            any(_pattern(one, self.directions).fullmatch(name) for one in templates)
            and not self.holds(name)
        )

    def prefix_of(self, signal: SignalLayout, name: str) -> str | None:
        """Return what stands before a signal's name in an array's; None if it is another."""
        found = (_pattern(one, self.directions).fullmatch(name) for one in signal.names)
        return next((match["prefix"] for match in found if match), None)

    def holds(self, name: str) -> bool:
        """Whether an array of this name has parameters."""
        return self._any.fullmatch(name) is not None

    @cached_property
    def _any(self) -> re.Pattern[str]:
        """What finds the name of any array of parameters."""
        each = (_pattern(one, self.directions).pattern for one in self._templates)
        return re.compile("|".join(_NAMED.sub("(?:", one) for one in each) or r"(?!)")

    @property
    def directed(self) -> bool:
        """Whether a name, or what stands before it, says the direction."""
        return bool(self.directions[1] or self.sides[1])

    @cached_property
    def _templates(self) -> tuple[str, ...]:
        """The names of all arrays of parameters, each once."""
        every = (name for page in self.pages for one in page.arrays for name in one.names)
        return tuple(dict.fromkeys(every))

    def of(self, page: str, parameters: Sequence[str]) -> PageLayout | None:
        """Return how a page with these parameters is laid; None if the source has no such."""
        fitting = [found for found in self.pages if found.parameters == set(parameters)]
        named = [found for found in fitting if found.page == page]
        return next(iter(named or fitting), None)

    def named(self, layout: ArrayLayout, place: Place) -> str:
        """Return the name of an array."""
        parts = {"layer": str(place.layer or 0), "direction": self.directions[place.backward]}

        def filled(match: re.Match[str]) -> str:
            return parts[match[1]] if match[1] else ""

        return place.prefix + _PLACE.sub(filled, layout.name)

    def placed(self, layout: ArrayLayout, name: str) -> Place | None:
        """Return where an array of a file belongs if it is this one; None if it is not."""
        found = (_pattern(one, self.directions).fullmatch(name) for one in layout.names)
        match = next(filter(None, found), None)
        if not match:
            return None
        parts = match.groupdict()
        prefix, layer = parts["prefix"], parts.get("layer")
        told = bool(self.directions[1]) and parts.get("direction") == self.directions[1]
        backward = told or bool(self.sides[1] and self.sides[1] in prefix)
        return Place(prefix, None if layer is None else int(layer), backward)


@cache
def _pattern(template: str, directions: tuple[str, str]) -> re.Pattern[str]:
    """Return what finds the names that a template may stand for, with any prefix."""
    either = "|".join(map(re.escape, directions))
    spelled = {
        "{layer}": r"(?P<layer>\d{1,3})",
        "{direction}": f"(?P<direction>{either})",
        "[": "(?:",
        "]": ")?",
    }
    found, end = "", 0
    for match in _PLACE.finditer(template):
        found += _literal(template[end : match.start()]) + spelled[match[0]]
        end = match.end()
    return re.compile(_PREFIX + found + _literal(template[end:]))


def _literal(text: str) -> str:
    """Return what finds a text in which names may be separated by any usual mark."""
    return "".join("[./]" if character in "./" else re.escape(character) for character in text)


def _shape(array: Array) -> str:
    return " × ".join(map(str, array.shape)) or "a single number"
