"""Arrays that a dialect lays in a way of its own, brought to quantities all at once.

Side by side, both directions in one array, a bias in two rows, a prefix for each module: what
no single name tells is told by all arrays of a file together, as a weights file is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lstm_tutor.dialects.arrays import with_arrays
from lstm_tutor.dialects.assignment import NotAssigned, Placed, assigned, places_of_some
from lstm_tutor.dialects.layout import Layouts
from lstm_tutor.model.composition import Layer, parts_of
from lstm_tutor.model.symbol import gradient, parse
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.arraynames import laid
from lstm_tutor.submission.named import Named, Part
from lstm_tutor.trace.golden import signal_arrays
from lstm_tutor.trace.trace import Trace

_GRADIENT = "{}.grad"  # which people write beside any source's names
_ABOUT = 1e-6  # of a value: how near it must be to be counted as right


def laid_out(
    trace: Trace, entries: Sequence[Entry], named: Sequence[Named], dialect: str
) -> tuple[str, dict[int, Named]]:
    """Return what is read of arrays that are laid as a dialect says, by their position, and
    the dialect.

    An array that its name alone tells is read by its name where that fits more values: people
    use a source's names for an order of their own.

    Args:
        trace: the computation.
        entries: the numbers of a file.
        named: what each is read as by its name.
        dialect: the file's own; others are tried after it.
    """
    there = [number for number, one in enumerate(entries) if one.name and one.value.ndim]
    whole = sum(entries[number].value.size for number in there)
    if _fits(trace, (named[number] for number in there)) == whole:
        return dialect, {}
    open_ = {number for number in there if not named[number].readings}
    best: dict[int, Named] = {}
    chosen, more = dialect, (0, 0)
    for name in dict.fromkeys((dialect, *with_arrays())) if there else ():
        layouts = laid(name)
        for found in _ways(trace, entries, there, layouts) if layouts else ():
            gained = _fits(trace, found.values()) - _fits(trace, (named[n] for n in found))
            score = (gained, sum(bool(found[n].readings) for n in open_ & found.keys()))
            if score > more:
                best, chosen, more = found, name, score
    unread = open_ - best.keys()
    own = laid(chosen)
    rest = _read(trace, entries, there, own) if own and unread else {}
    return chosen, best | {number: rest[number] for number in unread & rest.keys()}


def _fits(trace: Trace, named: Iterable[Named]) -> int:
    """Count the numbers that are right as they are read first."""
    return sum(
        int(np.count_nonzero(_near(trace, part)))
        for one in named
        for part in (one.readings[0] if one.readings else ())
    )


def _near(trace: Trace, part: Part) -> Any:
    place = parse(part.id)
    if place not in trace.places:
        return 0
    true = trace.places.base(place)
    if true.shape != part.value.shape:
        return 0
    return np.abs(part.value - true) <= 2 * part.unit + _ABOUT * np.abs(true)


def _ways(
    trace: Trace, entries: Sequence[Entry], there: Sequence[int], layouts: Layouts
) -> Iterator[dict[int, Named]]:
    """Yield what is read of arrays: by their names, and where a parameter's name stands
    before its gradient, alone or after the parameter.
    """
    found = _read(trace, entries, there, layouts)
    yield found
    last = {entries[n].name: n for n in there if layouts.holds(entries[n].name)}
    held = _each(trace, entries, last, layouts)
    if held:
        yield found | held


def _read(
    trace: Trace, entries: Sequence[Entry], there: Sequence[int], layouts: Layouts
) -> dict[int, Named]:
    parameters: dict[str, int] = {}
    gradients: dict[str, int] = {}
    for number in there:
        name = entries[number].name
        inner = _inner(name, layouts)
        if inner != name and layouts.holds(inner):
            gradients.setdefault(inner, number)
        elif layouts.holds(name):
            parameters.setdefault(name, number)
    found = {
        **_summed(trace, entries, parameters, layouts),
        **_each(trace, entries, gradients, layouts),
    }
    return found | _signals(trace, entries, there, layouts)


def _divided(name: str) -> tuple[str, str]:
    """Return what stands before an array's own name, with its mark, and that name."""
    end = max(name.rfind(mark) for mark in "./:") + 1
    return name[:end], name[end:]


def _inner(name: str, layouts: Layouts) -> str:
    """Return the name of the array that a gradient's name is made of; another name as it is."""
    for template in (layouts.gradient, _GRADIENT):
        before, after = template.split("{}")
        head, own = _divided(name.removesuffix(after))
        if name.endswith(after) and own.startswith(before):
            return f"{head}{own.removeprefix(before)}"
    return name


def _places(
    trace: Trace, entries: Sequence[Entry], numbers: Mapping[str, int], layouts: Layouts
) -> list[tuple[Placed, Placed]]:
    """Return each parameter's places, with values and with units; none if they do not fit."""
    scenario = trace.scenario
    parts = parts_of(scenario.layers or (Layer(scenario.cell),))
    shapes = {name: np.shape(value) for name, value in scenario.parameters.items()}
    pair = [
        {name: one[n] for name, n in numbers.items()}
        for one in ([e.value for e in entries], [e.unit for e in entries])
    ]
    try:
        values, units = (assigned(layouts, parts, arrays).places for arrays in pair)
    except NotAssigned:
        values, units = (tuple(places_of_some(layouts, parts, arrays)) for arrays in pair)
        wrong = {one.array for one in values if one.value.shape != shapes[one.parameter]}
        values, units = (
            tuple(one for one in held if one.array not in wrong) for held in (values, units)
        )
    fits = all(one.value.shape == shapes[one.parameter] for one in values)
    return list(zip(values, units, strict=True)) if fits else []


def _summed(
    trace: Trace, entries: Sequence[Entry], numbers: Mapping[str, int], layouts: Layouts
) -> dict[int, Named]:
    """Read parameters: one in two places is their sum, and is judged with the first."""
    parts: dict[str, Part] = {}
    homes: dict[str, str] = {}
    for value, unit in _places(trace, entries, numbers, layouts):
        own = parts.get(value.parameter)
        if own is None:
            homes[value.parameter] = value.array
            parts[value.parameter] = Part(value.parameter, value.value, unit.value)
        else:
            parts[own.id] = Part(own.id, own.value + value.value, own.unit + unit.value)
    return _by_array(entries, numbers, ((homes[name], part) for name, part in parts.items()))


def _each(
    trace: Trace, entries: Sequence[Entry], numbers: Mapping[str, int], layouts: Layouts
) -> dict[int, Named]:
    """Read gradients: each place of one has the whole of it."""
    known = set(trace.symbols())
    found = (
        (value.array, Part(gradient(value.parameter), value.value, unit.value))
        for value, unit in _places(trace, entries, numbers, layouts)
        if gradient(value.parameter) in known
    )
    return _by_array(entries, numbers, found)


def _by_array(
    entries: Sequence[Entry], numbers: Mapping[str, int], parts: Iterator[tuple[str, Part]]
) -> dict[int, Named]:
    """Put parts to the arrays that they are of; an array without is judged within another."""
    held: dict[str, list[Part]] = {}
    for array, part in parts:
        held.setdefault(array, []).append(part)
    if not held:
        return {}
    return {
        number: Named(entries[number], (tuple(held[name]),))
        if name in held
        else Named(entries[number], (), counted=True)
        for name, number in numbers.items()
    }


def _signals(
    trace: Trace, entries: Sequence[Entry], there: Sequence[int], layouts: Layouts
) -> dict[int, Named]:
    known = {name: one for one in signal_arrays(trace, layouts) for name in one.names}
    found = {}
    for number in there:
        entry = entries[number]
        one = known.get(entry.name)
        if one is not None and entry.value.shape == one.written(trace).shape:
            pairs = zip(one.read(trace, entry.value), one.read(trace, entry.unit), strict=True)
            parts = tuple(Part(str(id_), value, unit) for (id_, value), (_, unit) in pairs)
            found[number] = Named(entry, (parts,))
    return found
