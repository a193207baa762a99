"""What names and ids say: built, written and read here, and nowhere else.

A name says what a quantity is, with its layer before it if there are several: ``C``,
``W_a``, ``dW_a``, ``W_a'``, ``l2.dC``. An id is a name at a time step, ``C@1``; of what has
no time step it is the bare name, and ``dW_a@1`` is one time step's term of the sum.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lstm_tutor.algebra.expression import Parameter, Signal, Symbol
from lstm_tutor.algebra.parser import NAME

INPUT, LABEL, OUTPUT, LOSS = "x", "y", "h", "L"
CONSTANTS = ("N", "lr")
RATE, EPOCH = "lr", "epoch"
WEIGHT = "w"
"""In an update's page each parameter in turn; a name ends in it if each has one."""
DELTA, CARRY, DOUT = "delta", "deltaOut", "dout"
"""The gradients of the output: from the label, from the next time step, their sum."""
DGATES = "dgates"
"""The gradients at all gates' pre-activations, side by side."""
OWN_NAMES = frozenset({DELTA, CARRY, DOUT, DGATES})
"""The gradients whose names are not made of what they are the gradients of."""
PREACTIVATION = "z"
"""What stands before a gate for its pre-activation, as a block does for its row."""
_GRADIENT, _NEW = "d", "'"
_LAYERED = rf"(?:[A-Za-z][A-Za-z0-9_]*+\.)*+{NAME}"
_ID = re.compile(rf"({_LAYERED})(?:@(0|-?[1-9][0-9]{{0,8}}))?", re.ASCII)
_WITHIN = re.compile(rf"(?<![\w'.]){_LAYERED}@-?\d+(?![\w.])", re.ASCII)


class Id(NamedTuple):
    """A quantity at a time step.

    A named tuple, since these are the keys that a computation is looked up by.

    Attributes:
        name: the quantity's name.
        t: the time step; None for what has none.
    """

    name: str
    t: int | None = None

    def __str__(self) -> str:
        return self.name if self.t is None else f"{self.name}@{self.t}"

    @classmethod
    def of(cls, node: Symbol) -> Id:
        """Return the id of a symbol with a fixed time, or of a parameter."""
        return cls(node.name) if isinstance(node, Parameter) else cls(node.name, node.shift)

    @property
    def node(self) -> Symbol:
        """The symbol as it stands in formulas: with a fixed time, or a parameter."""
        return Parameter(self.name) if self.t is None else Signal(self.name, self.t, fixed=True)

    @property
    def layer(self) -> str:
        """The layer that stands before the name: ``l2``, ``top.fw``; "" if there is none."""
        return layer_of(self.name)

    @property
    def symbol(self) -> str:
        """The name without its layer."""
        return bare(self.name)


def parse(text: str) -> Id:
    """Read an id.

    Raises:
        ValueError: if the text is none, or not as this program writes it (``C@01``).
    """
    found = _ID.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no id, such as C@1 or dW_a")
    return Id(found[1], None if found[2] is None else int(found[2]))


def with_signals(text: str) -> str:
    """Return a formula's text with its ids as signals: ``a@0 * i@0`` as ``a[0] * i[0]``.

    Raises:
        ValueError: if one of them is no id; see `parse`.
    """

    def signal(found: re.Match[str]) -> str:
        name, t = parse(found[0])
        return f"{name}[{t}]"

    return _WITHIN.sub(signal, text)


def divided(text: str) -> tuple[str, str]:
    """Divide what a person typed for an id into name and time step, whatever they are."""
    name, _, time = text.partition("@")
    return name, time


def layered(layer: str, name: str) -> str:
    """Return a name with its layer before it, if there is one: ``l2.C``."""
    return f"{layer}.{name}" if layer else name


def bare(name: str) -> str:
    """Return a name without its layer."""
    return name.rpartition(".")[2]


def layer_of(name: str) -> str:
    """Return the layer that stands before a name: ``l2``, ``top.fw``; "" if there is none."""
    return name.rpartition(".")[0]


def preactivation(gate: str) -> str:
    """Return the name of a gate's pre-activation: ``z_a``, ``l2.z_a``."""
    return layered(layer_of(gate), parameter(PREACTIVATION, bare(gate)))


def parameter(block: str, gate: str) -> str:
    """Return the name of a gate's row in a block, ``W_a``; the block's where it has none."""
    return f"{block}_{bare(gate)}" if gate else block


def block_and_gate(name: str) -> tuple[str, str]:
    """Return the block and gate that a written name stands for, as ``parameter`` takes them."""
    block, _, gate = name.partition("_")
    return block, layered(layer_of(name), gate) if gate else ""


def gradient(name: str) -> str:
    """Return the name of a gradient: ``dC``, ``dW_a``, ``dW``; ``da`` of z_a; ``dout`` of h."""
    symbol = bare(name)
    own = DOUT if symbol == OUTPUT else _GRADIENT + symbol.removeprefix(f"{PREACTIVATION}_")
    return layered(layer_of(name), own)


def gradient_before(gate: str) -> str:
    """Return the name of the gradient at the pre-activation of a gate that has its own."""
    return layered(layer_of(gate), _GRADIENT + preactivation(bare(gate)))


def upstream(name: str) -> str:
    """Return the name of the gradient of a signal that comes from outside."""
    return layered(layer_of(name), f"upstream_{bare(name)}")


def new(name: str) -> str:
    """Return the name of a value after the update: ``W_a'``, ``L'``."""
    return name + _NEW


def is_new(name: str) -> bool:
    """Whether a name is that of a value after the update."""
    return name.endswith(_NEW)


def old(name: str) -> str:
    """Return the name of the value before the update; any other name as it is."""
    return name.removesuffix(_NEW)


def is_each(name: str) -> bool:
    """Whether a name of an update's page stands for one quantity of each parameter."""
    return old(name).endswith(WEIGHT)


def beside(name: str, own: str) -> str:
    """Return what a name of an update's page is for a parameter: ``mW_a'`` of ``mw'``."""
    if not is_each(name):
        return name
    found = layered(layer_of(own), old(name).removesuffix(WEIGHT) + bare(own))
    return new(found) if is_new(name) else found


class Form(StrEnum):
    """How a quantity is made of the one that it is named after."""

    VALUE = "value"
    GRADIENT = "gradient"
    NEW = "new value"


@dataclass(frozen=True)
class Quantity:
    """What a name of a cell stands for.

    Attributes:
        of: the signal, parameter or block that it is, or is the gradient or new value of.
        form: which of these.
        block: the block of parameters; of a pre-activation `PREACTIVATION`; else "".
        gate: the gate it belongs to; "" if there is none.
        weight: for what an update makes for a parameter, the parameter; else "".
    """

    of: str
    form: Form = Form.VALUE
    block: str = ""
    gate: str = ""
    weight: str = ""
