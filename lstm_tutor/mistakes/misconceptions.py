"""What a mistake is called: in a few words, in a sentence, and the misconception behind.

The words are data, in `misconceptions.yaml` beside this module; formulas are filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from lstm_tutor.algebra.expression import Expression, at
from lstm_tutor.files.document import read
from lstm_tutor.mistakes.edits import Edit
from lstm_tutor.mistakes.mistake import Mistake

_FILE = Path(__file__).parent / "misconceptions.yaml"


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = read(_FILE, "misconceptions").value
    return found


def sentence(
    mistake: Mistake, edit: Edit, write: Callable[[Expression], str], t: int | None
) -> str:
    """Say what was done.

    Args:
        mistake: what was done as a whole.
        edit: the one of its edits to name.
        write: how a formula is written.
        t: the time step for its formulas; None leaves them at any time step.
    """

    def written(node: Expression | None) -> str:
        return "" if node is None else write(node if t is None else at(node, t))

    said = []
    each: Edit | None = edit
    while each is not None:
        operator = mistake.operator or each.operator
        form = _words()[operator]["says"]
        said.append(form.format(part=written(each.part), new=written(each.new)))
        each = each.before
    return " ".join(reversed(said))


def kind(operator: str) -> str:
    """Return in a few words what kind of mistake an operator makes."""
    return _words()[operator]["kind"]


def misconception(mistake: Mistake, edit: Edit) -> str:
    """Return the explanation of a well-known mistake; empty for others."""
    return _words()[mistake.operator or edit.operator].get("why", "")


def operators() -> list[str]:
    """Return every kind of edit that has words."""
    return list(_words())
