"""Which layer, sequence, unit or epoch a name says, beside its quantity and time step.

Readers put what a heading, a column or a key says before a name: ``layer=1 t=0 h``. An index
behind a name that has its time step elsewhere is a unit's: ``t=0 h1`` beside ``t=1 h1``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

LAYER, SEQUENCE, UNIT, EPOCH = "layer", "sequence", "unit", "epoch"
KINDS = {
    LAYER: ("layer", "schicht", "couche", "capa"),
    SEQUENCE: ("sequence", "seq", "sample", "example", "batch", "item"),
    UNIT: ("unit", "neuron", "component"),
    EPOCH: ("epoch", "iteration", "iter"),
}
"""What people call each kind of place."""
WORDS = {word: kind for kind, words in KINDS.items() for word in words}
_PLACE = re.compile(rf"(?:^|(?<= ))({'|'.join(KINDS)})=([0-9]{{1,6}}) ")
_INDEXED = re.compile(
    r"(t=-?[0-9]{1,6} )(.*?[^\W\d][^0-9]*?)[ _@^.]*[\[({]?[ ]*([0-9]{1,6})[ ]*[\])}]?", re.S
)
_LAYER_KEY = re.compile(r"(?:l|layer|lstm|gru|rnn|cell)[ _]?([0-9]{1,3})")
_GRADIENT_OF_LOSS = re.compile(r"[d∂][A-Z]")


@dataclass(frozen=True)
class Places:
    """What a name says beside its quantity and time step; None for what it does not say.

    Attributes:
        layer: the number of a layer, as the file counts.
        sequence: of a sequence.
        unit: of a unit.
        epoch: of a pass over all steps.
    """

    layer: int | None = None
    sequence: int | None = None
    unit: int | None = None
    epoch: int | None = None


NOWHERE = Places()


def parted(name: str) -> tuple[str, Places]:
    """Return a name without the places before it, and these."""
    if "=" not in name:
        return name, NOWHERE
    found = {kind: int(number) for kind, number in _PLACE.findall(name)}
    return (_PLACE.sub("", name), Places(**found)) if found else (name, NOWHERE)


def layer_key(key: str) -> int | None:
    """Return the number of the layer that a key such as "l1" or "lstm_2" names; or None."""
    found = _LAYER_KEY.fullmatch(key.strip().lower())
    return int(found[1]) if found else None


def placed(kind: str, number: int, name: str) -> str:
    """Put a place before a name, in the stead of another one of its kind."""
    return f"{kind}={number} {re.sub(rf'(?:^|(?<= )){kind}=[0-9]+ ', '', name)}"


def place_in(
    shape: tuple[int, ...], places: Places, *, batched: bool, first: int
) -> tuple[int | slice, ...] | None:
    """Return the place of a part in an array ``(units, …, sequences)``; None if it has none.

    Args:
        shape: the array's.
        places: the part's unit and sequence.
        batched: whether the last axis is that of sequences.
        first: what the first unit is called.
    """
    place: list[int | slice] = [slice(None)] * len(shape)
    if places.unit is not None:
        if len(shape) - batched < 1:
            return None
        place[0] = places.unit - first
    if places.sequence is not None and batched:
        place[-1] = places.sequence
    pairs = zip(place, shape, strict=True)
    inside = all(isinstance(at, slice) or 0 <= at < size for at, size in pairs)
    return tuple(place) if inside else None


def units_of(
    names: Iterable[str], size_of: Callable[[str], int]
) -> Mapping[str, tuple[str, int]]:
    """Return the names whose index is a unit's, each without it and with it.

    Args:
        names: of single numbers, with their time steps before them.
        size_of: how many units the quantity has that a name means; 0 if it means none.
    """
    found: dict[str, tuple[str, int, int]] = {}
    for name in names:
        indexed = _INDEXED.fullmatch(name)
        if indexed and not _GRADIENT_OF_LOSS.match(indexed[2]):
            bare = indexed[1] + indexed[2].rstrip(" _@^.([{")
            size = size_of(bare)
            if size:
                found[name] = (bare, int(indexed[3]), size)
    if len({index - int(bare[2:].split(" ")[0]) for bare, index, _ in found.values()}) < 2:
        return {}
    for first in (0, 1):
        if all(first <= index < size + first for _, index, size in found.values()):
            return {name: (bare, index) for name, (bare, index, _) in found.items()}
    return {}


def letters_of(names: Iterable[str], letters: str) -> Mapping[str, tuple[str, int]]:
    """Return the names that end in a character of a vocabulary, each without it and with its
    number: those of which there is one for every character, ``P(h)`` or ``h`` alone.
    """
    if len(letters) < 2:
        return {}
    one = re.escape(letters)
    pattern = re.compile(rf"(t=-?[0-9]{{1,6}} )?(|.*[ _(\[{{'\"]+)([{one}])[)\]}}'\"]*", re.S)
    groups: dict[str, dict[str, tuple[str, int]]] = {}
    for name in names:
        found = pattern.fullmatch(name)
        if found:
            before = found[2].rstrip(" _([{'\"")
            own = f"{found[1] or ''}{before}".strip(), letters.index(found[3])
            groups.setdefault(before, {})[name] = own
    return {
        name: own
        for held in groups.values()
        if {index for _, index in held.values()} == set(range(len(letters)))
        for name, own in held.items()
    }


def first_of(numbers: Iterable[int]) -> int:
    """Return what the first of some places is called: 0 if one is, else 1."""
    return int(0 not in set(numbers))
