"""Losses: how an output is compared with a label, one equation each, from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from lstm_tutor.algebra.expression import Expression
from lstm_tutor.algebra.parser import parse_assignment
from lstm_tutor.files.document import parse

_LOSSES = Path(__file__).parent / "losses.yaml"


@dataclass(frozen=True)
class Loss:
    """The loss of one labelled time step, as an equation for ``L[t]``."""

    name: str
    about: str
    expression: Expression


@cache
def losses() -> Mapping[str, Loss]:
    """Return the losses by name, the default one first."""
    entries = parse(_LOSSES.read_text("utf-8"), _LOSSES.name, "losses").value
    found = {
        name: Loss(name, entry["about"], parse_assignment(entry["equation"]).expression)
        for name, entry in entries.items()
    }
    return MappingProxyType(found)
