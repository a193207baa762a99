"""What a module of a framework is, told by what it offers: pages, arrays, order of axes.

Frameworks are never imported. What only a module's own code says, such as a function between
two of its parts, is not guessed: it is refused with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from lstm_tutor.dialects.assignment import natural
from lstm_tutor.files.phrase import listed
from lstm_tutor.notebook.error import TutorError
from lstm_tutor.scenario.schema import TAKEN

Page: TypeAlias = dict[str, str] | str
READOUT = "linear"
ACTIVATIONS = ("sigmoid", "softmax")
GRADIENTS = (".grad", ".gradient")
"""What the names of gradients end in: PyTorch's and Flax's; and Keras's, with a / in them."""
_SILENT = ("Identity", "InputLayer", "Flatten")
_OWN_PAGE = "give cell or model too: a page of your own, as `lstm-tutor show lstm`, can say it"


@dataclass(frozen=True)
class Used:
    """One part of a module that is a page.

    Attributes:
        name: what the module calls it; "" for the module itself.
        page: the page's name.
        both: whether it runs in both directions.
        layers: how many pages one above the other it is.
    """

    name: str
    page: str
    both: bool = False
    layers: int = 1

    @property
    def family(self) -> str:
        """What tells its arrays from others by their shapes alone."""
        return self.page.partition("-")[0] if self.recurrent else READOUT

    @property
    def recurrent(self) -> bool:
        """Whether it reads another time step."""
        return self.page not in (READOUT, *ACTIVATIONS)


@dataclass(frozen=True)
class Recognised:
    """A module as a model.

    Attributes:
        parts: its pages, in the order in which each reads the one before.
        chained: whether that order is the module's own, and not only that of its definition.
        time_first: whether its arrays over time have time before the sequences of a batch.
        last: whether it puts out the last time step alone.
        left_out: what is in it and changes nothing.
    """

    parts: tuple[Used, ...]
    chained: bool = True
    time_first: bool = False
    last: bool = False
    left_out: tuple[str, ...] = ()

    def model(self, called: str) -> list[Page]:
        """Return the pages as a scenario lists them.

        Raises:
            TutorError: if only the module's code says how they belong together.
        """
        self._require_order(called)
        names = self._names()
        found: list[Page] = []
        for part, name in zip(self.parts, names, strict=True):
            used = {"page": part.page} | ({"as": name} if name else {})
            if part.both:
                used["direction"] = "both"
            found += [used if len(used) > 1 else part.page] * part.layers
        return found

    def _require_order(self, called: str) -> None:
        """Refuse what may be read by another part, or changed on the way."""
        kinds = [part.recurrent for part in self.parts]
        if self.chained or kinds in ([True], [False], [True, False]):
            return
        names = [part.name for part in self.parts]
        pages = [_as(part, name) for part, name in zip(self.parts, self._names(), strict=True)]
        raise TutorError(
            f"{called} has the parts {listed(names)}, and only its code says which reads "
            f"which, and what is between them: if each reads the one before, and nothing is, "
            f"give model=[{', '.join(pages)}]"
        )

    def _names(self) -> list[str]:
        """Return a name for each part that the order of their names would not find."""
        found = [""] * len(self.parts)
        families: dict[str, list[int]] = {}
        for number, part in enumerate(self.parts):
            families.setdefault(part.family, []).append(number)
        for alike in families.values():
            given = [self.parts[number].name for number in alike]
            stems = {re.sub(r"_?\d+", "", name) for name in given}
            if len(stems) == 1 and given == sorted(given, key=natural):
                continue
            names = [re.sub(r"[^A-Za-z0-9]", "", name.rpartition(".")[2]) for name in given]
            if all(re.match("[A-Za-z]", one) and one not in TAKEN for one in names):
                for number, name in zip(alike, names, strict=True):
                    found[number] = name if self.parts[number].layers == 1 else ""
        return found


def _as(part: Used, name: str) -> str:
    both = ", 'direction': 'both'" if part.both else ""
    called = f", 'as': {name!r}" if name else ""
    one = f"{{'page': {part.page!r}{called}{both}}}" if both or called else f"{part.page!r}"
    return ", ".join([one] * part.layers)


def class_names(value: Any) -> tuple[str, ...]:
    """Return the names of a value's class and of those that it is made from."""
    scripted = getattr(value, "original_name", None)
    names = tuple(one.__name__ for one in type(value).__mro__)
    return (scripted, *names) if isinstance(scripted, str) else names


def known(value: Any, names: Mapping[str, str]) -> str:
    """Return what the first known name of a value's classes stands for; "" for none."""
    return next((names[name] for name in class_names(value) if name in names), "")


def is_silent(value: Any) -> bool:
    """Whether a part has no numbers of its own and hands on what it reads, or is a loss."""
    own = class_names(value)[0]
    return own in _SILENT or own.endswith("Loss")


def unknown(value: Any, name: str, why: str = "", remedy: str = _OWN_PAGE) -> TutorError:
    """Return the refusal of a part that no page is known for."""
    own = class_names(value)[0]
    called = f"{name} ({own})" if name else own
    if "Embedding" in own:
        return TutorError(
            f"{called} looks rows up, which no page does: give what it puts out as inputs, "
            "and the parts behind it as weights"
        )
    return TutorError(f"no page is known for {called}{why}: {remedy}")


def activated(parts: Sequence[Used], activation: str, value: Any, name: str) -> list[Used]:
    """Return parts whose last one, a readout, goes through an activation.

    Raises:
        TutorError: if no page is that.
    """
    if activation == READOUT:
        return list(parts)
    if activation in ACTIVATIONS and parts and parts[-1].page == READOUT:
        last = parts[-1]
        return [*parts[:-1], Used(last.name, activation)]
    raise unknown(value, name, f" with the activation {activation} there")


def joined(before: str, name: str) -> str:
    """Return the name of a part of a part."""
    return f"{before}.{name}" if before else name


def sequences_first(value: Any, sequences: int) -> Any:
    """Return rows over time, each of all sequences, as sequences of rows.

    Args:
        value: an array (time, batch, …), a list of rows (batch, …) or None, or a dict of them.
        sequences: how many there are.
    """
    if isinstance(value, Mapping):
        return {name: sequences_first(one, sequences) for name, one in value.items()}
    if value is None or isinstance(value, str | int | float):
        return value
    rows = list(value)
    if any(row is not None and _length(row) != sequences for row in rows):
        return value
    return [[row if row is None else row[n] for row in rows] for n in range(sequences)]


def _length(row: Any) -> int:
    try:
        return len(row)
    except TypeError:
        return -1


def at_last(value: Any, steps: int) -> Any:
    """Return what belongs to the last time step of each sequence, with nothing before it.

    Args:
        value: (batch, …), or a dict of such.
        steps: how many time steps there are.
    """
    if isinstance(value, Mapping):
        return {name: at_last(one, steps) for name, one in value.items()}
    if value is None or isinstance(value, str):
        return value
    return [[None] * (steps - 1) + [row] for row in value]


def without_gradients(arrays: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the arrays that are no gradients."""
    return ((name, one) for name, one in arrays.items() if not name.endswith(GRADIENTS))
