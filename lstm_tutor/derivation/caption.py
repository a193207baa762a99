"""What the derived equations are called."""

from __future__ import annotations

from lstm_tutor.files.phrase import counted
from lstm_tutor.model.cell import Cell


def those(shifts: set[int], late: bool) -> str:
    """Name the time steps that send something back, as a subject with its verb."""
    if len(shifts) < 2 and shifts <= {1, -1}:
        before = -1 in shifts or (late and not shifts)
        return f"the {'previous' if before else 'next'} time step sends"
    ways = {shift > 0 for shift in shifts}
    which = "other" if len(ways) > 1 else "later" if True in ways else "earlier"
    return f"{which} time steps send"


def initial(cell: Cell, state: str, beyond: int = 1) -> str:
    """Say what a state's initial value is called; others than the nearest by their distance."""
    called = cell.call(state)
    if len(cell.beyond(state, 0)) == 1:
        return f"initial {called}"
    side = "after the last" if state in cell.late else "before the first"
    return f"initial {called}, {counted(beyond, 'time step')} {side} one"
