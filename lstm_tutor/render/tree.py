"""The tree of what a value depends on."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.numbers.numeral import rounded, same
from lstm_tutor.render.line import View
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace


def tree_lines(trace: Trace, step: Step, view: View, depth: int) -> Iterator[str]:
    """Yield the tree of what a value depends on; what is shown before is not repeated."""
    branch = ("|-- ", "`-- ", "|   ") if view.plain else ("├── ", "└── ", "│   ")
    seen: set[str] = set()

    def visit(id_: str, lead: str, rest: str, left: int) -> Iterator[str]:
        try:
            found = trace.find(id_)
        except KeyError:
            return
        value = view.array(found.value)
        inputs = [name for name in found.inputs if _has_step(trace, name)]
        again = id_ in seen and inputs
        cut = left == 0 and inputs
        mark = " (above)" if again else f" {view.ellipsis}" if cut else ""
        exact = same(found.value, rounded(found.value, view.digits))
        yield f"{lead}{id_} {view.relation(exact)} {value}{mark}"
        if again or cut:
            return
        seen.add(id_)
        for number, name in enumerate(inputs):
            last = number == len(inputs) - 1
            deeper = rest + ("    " if last else branch[2])
            yield from visit(name, rest + branch[last], deeper, left - 1)

    return visit(step.id, "", "", depth)


def _has_step(trace: Trace, id_: str) -> bool:
    try:
        trace.position(id_)
    except KeyError:
        return False
    return True
