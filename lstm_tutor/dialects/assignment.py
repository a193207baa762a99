"""The arrays of a whole model as a source has them: which array is of which page.

It is long because reading arrays and naming them again ask the same slots, both ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from lstm_tutor.dialects.layout import (
    Array,
    ArrayLayout,
    BadLayout,
    Layouts,
    PageLayout,
    Place,
)
from lstm_tutor.files.phrase import agreeing, listed
from lstm_tutor.files.text import quoted
from lstm_tutor.model.composition import Part
from lstm_tutor.model.symbol import bare, layer_of, layered

_MOST_NAMED = 6


class NotAssigned(ValueError):  # noqa: N818  # of a file, reported as such
    """Arrays that are not those of a model; the message says why, and what to do."""


@dataclass(frozen=True)
class Placed:
    """One place of a parameter in the arrays of a file.

    Attributes:
        parameter: its id.
        array: the name of the array in the file.
        value: what stands there, in the parameter's true shape.
    """

    parameter: str
    array: str
    value: Array


@dataclass(frozen=True)
class Assigned:
    """The arrays of a file, brought to a model.

    Attributes:
        places: of the parameters, one in two places being the sum of both.
        added: what is added to parameters on loading.
        missing: the parameters that no array holds, as biases may be.
        prefixes: what stands before the names of each page's arrays, by the page's name.
    """

    places: tuple[Placed, ...]
    added: Mapping[str, float]
    missing: tuple[str, ...]
    prefixes: Mapping[str, str]

    @cached_property
    def sources(self) -> dict[str, list[str]]:
        """The array of each place of each parameter."""
        found: dict[str, list[str]] = {}
        for place in self.places:
            found.setdefault(place.parameter, []).append(place.array)
        return found

    def parameters(self) -> dict[str, Array]:
        """Return the value of each parameter, by its id.

        Raises:
            NotAssigned: if the places of one have different shapes.
        """
        found: dict[str, Array] = {}
        for place in self.places:
            before = found.get(place.parameter)
            if before is not None and before.shape != place.value.shape:
                shapes = f"{_shape(place.value)}, not {_shape(before)}"
                message = f"{quoted(place.array)} adds to {place.parameter} an array of shape"
                raise NotAssigned(f"{message} {shapes}")
            found[place.parameter] = place.value if before is None else before + place.value
        return {name: value + self.added.get(name, 0) for name, value in found.items()}


@dataclass(frozen=True)
class _Group:
    """The arrays of a file that one page may have: those of one prefix, layer, direction.

    Attributes:
        place: what their names say.
        names: of the array in the file, by the template of its name.
        others: how many arrays more have the same prefix, layer and direction.
    """

    place: Place
    names: Mapping[str, str]
    others: int


def assigned(layouts: Layouts, parts: Sequence[Part], arrays: Mapping[str, Array]) -> Assigned:
    """Return the parameters of a model that a file's arrays hold.

    Args:
        layouts: how the source lays arrays.
        parts: the model's pages, each direction apart.
        arrays: by their names in the file, in its order.

    Raises:
        NotAssigned: at the first page that has not all its arrays, or if an array is of no
            page.
    """
    said = {name: v for name, v in arrays.items() if _setting(name) in layouts.settings}
    _require_said(layouts, parts, said)
    left = {
        name: array
        for name, array in arrays.items()
        if name not in said and not layouts.ignores(name)
    }
    places: list[Placed] = []
    added: dict[str, float] = {}
    used: set[str] = set()
    prefixes: dict[str, str] = {}
    for part in parts:
        layout = page_layout(layouts, part)
        free = {name: array for name, array in left.items() if name not in used}
        group = _group(layouts, layout, part, free, list(left))
        names, prefixes[part.name] = group.names, group.place.prefix
        used |= {name for key, name in names.items() if not _half_used(layout, key, part)}
        places += _places(layout, part, left, names)
        added |= {layered(part.name, own): amount for own, amount in layout.added.items()}
    _require_none(layouts, [name for name in left if name not in used])
    held = {place.parameter for place in places}
    every = [layered(part.name, own) for part in parts for own in part.cell.parameters]
    missing = tuple(name for name in every if name not in held)
    return Assigned(tuple(places), added, missing, prefixes)


def places_of_some(
    layouts: Layouts, parts: Sequence[Part], arrays: Mapping[str, Array]
) -> list[Placed]:
    """Return the places in arrays that are not all of a model's; none in one that several
    pages could have, or that adds to another one.

    Args:
        layouts: how the source lays arrays.
        parts: the model's pages, each direction apart.
        arrays: some of them, by their names.
    """
    found: list[Placed] = []
    for name in arrays:
        fitting = []
        for part in parts:
            page = layouts.of(part.cell.name, tuple(part.cell.parameters))
            for one in page.arrays if page else ():
                place = layouts.placed(one, name)
                if page and place and _may_be(layouts, place, one, part) and page.whole(one):
                    fitting.append((page, one.name, part))
        if len({part.number for _, _, part in fitting}) != 1:
            continue
        for page, template, part in fitting:
            with suppress(NotAssigned):
                found += _places(page, part, arrays, {template: name})
    return found


def _may_be(layouts: Layouts, place: Place, one: ArrayLayout, part: Part) -> bool:
    if place.layer not in (None, part.number):
        return False
    return one.directed or not layouts.directed or place.backward == part.backward


def _setting(name: str) -> str:
    return name.rpartition(".")[2]


def _require_said(layouts: Layouts, parts: Sequence[Part], said: Mapping[str, Array]) -> None:
    """Refuse pages that differ from what a file says of all that it holds.

    Raises:
        NotAssigned: at the first that does.
    """
    for key, pages in layouts.settings.items():
        values = {int(value) for name, value in said.items() if _setting(name) == key}
        if len(values) != 1:
            continue
        (value,) = values
        for part in parts:
            own = pages.get(part.cell.name)
            if not pages and part.cell.states and not part.paired:
                own = int(part.backward)
            if own not in (None, value):
                fitting = [page for page, fits in pages.items() if fits == value]
                way = "from right to left" if value else "from left to right"
                remedy = listed(fitting, "or") if pages else f"a page that runs {way}"
                raise NotAssigned(
                    f"{layouts.title}'s {key} is {value} in it, and the page {called(part)} "
                    f"is another: write {remedy}"
                )


def page_layout(layouts: Layouts, part: Part) -> PageLayout:
    """Return how a page is laid.

    Raises:
        NotAssigned: if the source has no such page.
    """
    found = layouts.of(part.cell.name, tuple(part.cell.parameters))
    if found is None:
        known = listed([page.page for page in layouts.pages])
        raise NotAssigned(
            f"{layouts.title} has no arrays for the page {part.cell.name}, only for {known}"
        )
    return found


def _places(
    layout: PageLayout, part: Part, arrays: Mapping[str, Array], names: Mapping[str, str]
) -> Iterator[Placed]:
    """Yield the places of a page's parameters, of its own direction's part of the arrays."""
    own = {}
    for one in layout.arrays:
        if one.name not in names:
            continue
        array = arrays[names[one.name]]
        if one.directed:
            directions = 2 if part.paired else 1
            if array.ndim < 2 or array.shape[0] != directions:
                wanted = f"its first axis must be the directions, {directions}"
                name = quoted(names[one.name])
                raise NotAssigned(f"{name} has shape {_shape(array)}; {wanted}")
            array = array[int(part.paired and part.backward)]
        own[one.name] = array
    try:
        for key, parameter, value in layout.places(own, part.cell.parameters):
            yield Placed(layered(part.name, parameter), names[key], value)
    except BadLayout as error:
        raise NotAssigned(f"{quoted(names[error.array])} {error}") from None


def _shape(array: Array) -> str:
    return " × ".join(map(str, array.shape)) or "a single number"


def _half_used(layout: PageLayout, template: str, part: Part) -> bool:
    """Whether an array is still needed by the other direction."""
    directed = next(one.directed for one in layout.arrays if one.name == template)
    return directed and part.paired and not part.backward


def _group(
    layouts: Layouts,
    layout: PageLayout,
    part: Part,
    free: Mapping[str, Array],
    order: Sequence[str],
) -> _Group:
    """Return the arrays of a page among those that are free.

    Raises:
        NotAssigned: if there are none, or one cannot tell which.
    """
    groups = _groups(layouts, layout, list(free))
    needed = {one.name for one in layout.arrays if not one.optional}
    whole = [group for group in groups if needed <= group.names.keys()]
    if layouts.directed and not all(one.directed for one in layout.arrays):
        side = [group for group in whole if group.place.backward == part.backward]
        whole = side if side or part.paired else whole
    whole = [group for group in whole if _fits(layout, part, free, group.names)] or whole
    if layouts.sides[1]:
        sided = [group for group in whole if _has_side(layouts, group) == part.paired]
        whole = sided or whole
    own = [group for group in whole if part.name and _stem(group.place.prefix) == part.name]
    own = own or [group for group in whole if _is_called(group, part)]
    exact = [group for group in whole if not group.others]
    full = [group for group in exact if len(group.names) == len(layout.arrays)]
    best = own or full or exact or whole
    if not best:
        raise NotAssigned(_lacking(layouts, layout, part, order))
    kinds = {_without_numbers(group.place.prefix) for group in best}
    if len(kinds) > 1:
        both = listed([quoted(f"{group.place.prefix}…") for group in best[:_MOST_NAMED]], "or")
        raise NotAssigned(
            f"the page {called(part)} may have the arrays {both}: give the pages these names, "
            "with 'as', or say which with 'prefix'"
        )
    return min(best, key=lambda group: (natural(group.place.prefix), group.place.layer or 0))


def _fits(
    layout: PageLayout, part: Part, arrays: Mapping[str, Array], names: Mapping[str, str]
) -> bool:
    """Whether arrays have shapes that the page's parameters can have."""
    sizes: dict[str, int] = {}
    try:
        places = list(_places(layout, part, arrays, names))
    except NotAssigned:
        return False
    for place in places:
        axes = part.cell.parameters[bare(place.parameter)]
        for axis, size in zip(axes, place.value.shape, strict=True):
            if sizes.setdefault(axis, size) != size:
                return False
    return True


def _has_side(layouts: Layouts, group: _Group) -> bool:
    return any(side in group.place.prefix for side in layouts.sides)


def _is_called(group: _Group, part: Part) -> bool:
    """Whether what stands before the arrays' names has the page's layer in it."""
    layer = layer_of(part.name) if part.paired else part.name
    words = _stem(group.place.prefix).split(".")
    return bool(layer) and layer in (re.sub(r"[^A-Za-z0-9]", "", word) for word in words)


def _groups(layouts: Layouts, layout: PageLayout, names: Sequence[str]) -> list[_Group]:
    found: dict[Place, dict[str, str]] = {}
    for name in names:
        for one in layout.arrays:
            place = layouts.placed(one, name)
            if place is not None:
                found.setdefault(place, {}).setdefault(one.name, name)
    return [_Group(place, held, _others(place, held, names)) for place, held in found.items()]


def _others(place: Place, held: Mapping[str, str], names: Sequence[str]) -> int:
    """Count the arrays that stand beside those of a page and are not its own."""
    own = set(held.values())
    depths = {_depth(name, place.prefix) for name in own}
    return sum(
        name not in own
        and name.startswith(place.prefix)
        and _depth(name, place.prefix) in depths
        for name in names
    )


def _depth(name: str, prefix: str) -> int:
    rest = name[len(prefix) :]
    return sum(rest.count(mark) for mark in "./:")


def _stem(prefix: str) -> str:
    return prefix.rstrip("./:").replace("/", ".")


def _without_numbers(prefix: str) -> str:
    return re.sub(r"_?\d+", "", prefix)


def natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts numbers in a text by their size."""
    return [
        (int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text)
    ]


def called(part: Part) -> str:
    """Return what a page is called in messages: its layer's name, and its own."""
    return f"{part.name} ({part.cell.name})" if part.name else part.cell.name


def _lacking(layouts: Layouts, layout: PageLayout, part: Part, order: Sequence[str]) -> str:
    place = Place("", part.number, part.backward)
    needed = listed([layouts.named(one, place) for one in layout.arrays if not one.optional])
    shown = ", ".join(map(quoted, order[:_MOST_NAMED]))
    more = f" and {len(order) - _MOST_NAMED} more" if len(order) > _MOST_NAMED else ""
    return f"the page {called(part)} needs {needed}; the file has {shown or 'no arrays'}{more}"


def _require_none(layouts: Layouts, names: Sequence[str]) -> None:
    if not names:
        return
    shown = listed([quoted(name) for name in names[:_MOST_NAMED]])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    verb = agreeing(len(names), "belongs", "belong")
    raise NotAssigned(
        f"{shown}{more} {verb} to no page of the model, read as {layouts.title}'s arrays: "
        "add the page, or say with 'prefix' which arrays are meant"
    )
