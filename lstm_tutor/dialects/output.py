"""A model's parameters or gradients as the arrays of a source, under its names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lstm_tutor.dialects.assignment import NotAssigned, called, page_layout
from lstm_tutor.dialects.layout import Array, ArrayLayout, Layouts, Place
from lstm_tutor.model.composition import Part
from lstm_tutor.model.symbol import layer_of, layered


def written(
    layouts: Layouts,
    parts: Sequence[Part],
    values: Mapping[str, Array],
    *,
    gradients: bool = False,
) -> dict[str, Array]:
    """Return a model's parameters, or their gradients, as a source has them.

    Args:
        layouts: how the source lays arrays.
        parts: the model's pages, each direction apart.
        values: each parameter's value, or gradient, by the parameter's id.
        gradients: whether they are gradients: in a sum, each summand has the whole one.

    Raises:
        NotAssigned: if the source has no arrays for one of the pages.
    """
    found: dict[str, Array] = {}
    clash = _clashing(layouts, parts)
    for part in parts:
        layout = page_layout(layouts, part)
        own = {name: values[layered(part.name, name)] for name in part.cell.parameters}
        arrays = layout.written(own, each=gradients)
        for one in layout.arrays:
            clashes = _name(layouts, one, part) in clash
            prefix = f"{_owner(layouts, one, part)}." if clashes else ""
            whole = prefix + _name(layouts, one, part, gradients=gradients)
            if one.directed:
                found[whole] = _both(layouts, part, found.get(whole), arrays[one.name][None])
            else:
                found[whole] = arrays[one.name]
    return found


def _both(layouts: Layouts, part: Part, one: Array | None, other: Array) -> Array:
    """Return an array with a direction more.

    Raises:
        NotAssigned: if the directions have different sizes.
    """
    if one is None:
        return other
    if one.shape[1:] != other.shape[1:]:
        message = f"{layouts.title} has both directions of a layer in one array"
        raise NotAssigned(f"{message}, and those of {called(part)} have different sizes")
    return np.concatenate([one, other])


def _owner(layouts: Layouts, one: ArrayLayout, part: Part) -> str:
    """Return what stands before an array's name where two pages have one of the name."""
    layer = layer_of(part.name) if part.paired else part.name
    if part.paired and one.directed:
        return layer or part.cell.name
    if part.paired and layouts.sides[1]:
        return f"{layer or 'bidirectional'}.{layouts.sides[part.backward]}{part.cell.name}"
    return part.name or part.cell.name


def _name(layouts: Layouts, one: ArrayLayout, part: Part, *, gradients: bool = False) -> str:
    name = layouts.named(one, Place("", part.number, part.backward))
    return layouts.gradient.replace("{}", name) if gradients else name


def _clashing(layouts: Layouts, parts: Sequence[Part]) -> set[str]:
    """Return the names that more than one page would have."""
    seen: dict[str, set[str]] = {}
    for part in parts:
        for one in page_layout(layouts, part).arrays:
            owner = _owner(layouts, one, part)
            seen.setdefault(_name(layouts, one, part), set()).add(owner)
    return {name for name, owners in seen.items() if len(owners) > 1}
