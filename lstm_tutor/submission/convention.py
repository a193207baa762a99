"""The one convention under which a file is read, and how it is said.

What its numbers mean is decided once, for all of them; see `lstm_tutor.submission.naming`.
"""

from __future__ import annotations

from dataclasses import dataclass

from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.cell import Cell
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.submission.arraynames import laid, pages_of
from lstm_tutor.submission.fitting import AXES
from lstm_tutor.submission.precision import Precision

ITSELF, GRADIENT, UPDATED = "itself", "gradient", "updated"


@dataclass(frozen=True)
class Convention:
    """How a file is read.

    Attributes:
        dialect: whose names it uses; our own ids and habits are the default one's.
        first: the number of the first time step, 0 or 1.
        stacked: the dialect in whose order gates stand one below the other.
        turned: whether matrices that may be either way are the other way round.
        axes: the order of time (T), the sequences of a batch (N) and units (U) in arrays.
        at_output: whether a gate's gradient is the one at its output, not before it.
        held: what a parameter's name stands before: itself, its gradient (as in a loop over
            ``named_parameters()`` that prints ``name, p.grad``) or its value after the update.
    """

    dialect: str = DEFAULT_NOTATION
    first: int = 0
    stacked: str = DEFAULT_NOTATION
    turned: bool = False
    axes: str = AXES[0]
    at_output: bool = False
    held: str = ITSELF


@dataclass(frozen=True)
class Asked:
    """What is said of the convention; None for what the file is to tell.

    Attributes:
        dialect: whose names it uses.
        first: the number of the first time step.
        precision: how its numbers are written.
        ours: whether it is a sheet of ours, of which every name is an id.
    """

    dialect: str | None = None
    first: int | None = None
    precision: Precision | None = None
    ours: bool = False


def gate_order(cell: Cell, dialect: str) -> tuple[str, ...]:
    """Return a page's gates in the order in which a dialect stacks them."""
    return notation(dialect, cell).order


def names_said(dialect: str, cell: Cell, *, stacked: bool) -> str:
    """Say whose names a file uses."""
    chosen = notation(dialect, cell)
    if dialect == DEFAULT_NOTATION:
        return "this program's own names"
    kind = "arrays" if stacked and laid(dialect) else "names"
    return f"{chosen.title}'s {kind}" if chosen.page is None else f"the names of {dialect}"


def gates_said(scenario: Scenario, dialect: str) -> str:
    """Write the gates of the first recurrent page as a dialect calls and stacks them."""
    cell = pages_of(scenario)[0].cell
    chosen = notation(dialect, cell)
    members = max(cell.blocks.values(), key=len, default=())
    stacked = {cell.rows[name][1] for name in members}
    names = [chosen.gate(gate) for gate in chosen.order if gate in stacked]
    return " ".join(names) if len(names) > 1 else ""
