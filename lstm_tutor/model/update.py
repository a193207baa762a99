"""Updates: how new weights are made of gradients, as pages of equations; clipping too.

In such a page ``w`` stands for each parameter in turn, ``dw`` for its gradient, and a name
that ends in ``w`` for one quantity of each: of W_a, ``mw'`` is ``mW_a'``. A name without
it is one number for all. What a page says is data; nothing here knows a particular one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lstm_tutor.algebra.axes import Axes, AxesError, axes_of
from lstm_tutor.algebra.expression import symbols
from lstm_tutor.model.equation import Equation
from lstm_tutor.model.symbol import WEIGHT, gradient, is_each, is_new, new, old

DEFAULT = "sgd"
SLOPE, CLIPPED = gradient(WEIGHT), f"clip{gradient(WEIGHT)}"


@dataclass(frozen=True)
class Update:
    """A page that makes new parameters of gradients, or clipped gradients of gradients.

    Attributes:
        name: what it is called.
        title, source, about: for people.
        equations: in order of evaluation, with ``w`` for each parameter.
        names: what its quantities are called.
        settings: the plain numbers that its equations name.
        initial: what is kept from epoch to epoch, and where each starts.
        learning_rate: what is used where a scenario has none; None in one that clips.
        page: its file's entries, for one that is not bundled.
    """

    name: str
    title: str
    source: str
    about: str
    equations: tuple[Equation, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, float] = field(default_factory=dict)
    initial: Mapping[str, float] = field(default_factory=dict)
    learning_rate: float | None = None
    page: Mapping[str, Any] | None = None

    @property
    def clips(self) -> bool:
        """Whether it makes clipped gradients, and no new parameters."""
        return any(equation.target == CLIPPED for equation in self.equations)

    @property
    def reads(self) -> frozenset[str]:
        """Every name that its equations read."""
        formulas = (e.expression for e in self.equations if e.expression is not None)
        return frozenset(symbol.name for formula in formulas for symbol in symbols(formula))

    def call(self, name: str) -> str:
        """Say what one of its quantities is called."""
        captions = {e.target: e.caption for e in self.equations}
        return self.names.get(name) or captions.get(name) or captions.get(new(name)) or name


def axes_in(equations: Iterable[Equation], states: Iterable[str], own: Axes) -> dict[str, Axes]:
    """Return the axes of what some equations of a page compute.

    Args:
        equations: in order of evaluation.
        states: what is kept from epoch to epoch.
        own: the axes of the parameter.

    Raises:
        AxesError: if operands do not fit, or a new value its old one.
    """
    found: dict[str, Axes] = {WEIGHT: own, SLOPE: own}
    found |= {name: own if is_each(name) else () for name in states}
    for equation in equations:
        if equation.expression is None:
            continue
        axes = axes_of(equation.expression, lambda symbol: found.get(symbol.name, ()))
        wanted = found.get(old(equation.target), axes) if is_new(equation.target) else axes
        if axes != wanted:
            said = "a number" if not axes else "another shape"
            target = equation.target
            raise AxesError(f"{target} would be {said}, unlike {old(target)}")
        found[equation.target] = axes
    return found
