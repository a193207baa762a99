"""A mistake in words: in a few, in a sentence, and what is misunderstood.

The words are those of the table of mistakes; formulas are filled in.
"""

from __future__ import annotations

from collections.abc import Callable

from lstm_tutor.algebra.expression import Binary, Expression, Number, at
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.mistakes.table import chosen, kinds
from lstm_tutor.scenario.scenario import Scenario


def called(kind: str) -> str:
    """Return in a few words what kind of mistake it is."""
    return kinds()[kind].called


def shown(edit: Edit, scenario: Scenario, write: Callable[[Expression], str]) -> str:
    """Say in a few words what an edit does to its formula, for lists of many mistakes."""
    part = "all of it" if edit.part == edit.right else write(edit.part)
    new = write(edit.new) if edit.new is not None else ""
    words = chosen(kinds()[edit.kind].shown, edit, scenario)
    where = _where(edit, write)
    return words.format(part=part, new=new, factor=_factor(edit.new), where=where)


def _where(edit: Edit, write: Callable[[Expression], str]) -> str:
    """Name an entry: ``row 1, column 2 of W_a``; a number alone has no entries."""
    name = write(edit.place.node)
    if not edit.entry:
        return name
    if len(edit.entry) == 1:
        return f"entry {edit.entry[0] + 1} of {name}"
    return f"row {edit.entry[0] + 1}, column {edit.entry[1] + 1} of {name}"


def _factor(new: Expression | None) -> str:
    """Say by what a part was multiplied or divided; empty if by nothing."""
    match new:
        case Binary("*", Number(value), _):
            return f"{value} times"
        case Binary("/", _, Number(value)):
            return f"1/{value} of"
    return ""


def sentence(
    mistake: Mistake,
    edit: Edit,
    scenario: Scenario,
    write: Callable[[Expression], str],
    t: int | None,
) -> str:
    """Say what was done.

    Args:
        mistake: what was done as a whole.
        edit: the one of its edits to name.
        scenario: that was worked.
        write: how a formula is written.
        t: the time step for its formulas; None leaves them at any time step.
    """

    def written(node: Expression | None) -> str:
        return "" if node is None else write(node if t is None else at(node, t))

    said = []
    each: Edit | None = edit
    while each is not None:
        words = chosen(kinds()[mistake.together or each.kind].says, each, scenario)
        factor = _factor(each.new)
        where = _where(each, write)
        said.append(
            words.format(
                part=written(each.part), new=written(each.new), factor=factor, where=where
            )
        )
        each = each.before
    return " ".join(reversed(said))


def misconception(mistake: Mistake, edit: Edit, scenario: Scenario) -> str:
    """Return the explanation of a well-known mistake, for what the equation is for; empty
    for others.
    """
    return chosen(kinds()[mistake.together or edit.kind].why[edit.role], edit, scenario)
