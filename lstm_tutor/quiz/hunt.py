"""A search for wrong lines as text: pure functions from its state to the lines to show."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.diagnosis.finding import formulas, said
from lstm_tutor.diagnosis.judgement import Diagnosis
from lstm_tutor.mistakes.misconceptions import misconception
from lstm_tutor.quiz.quiz import Kind, Reply
from lstm_tutor.quiz.spot import Hunt, Round, cleared
from lstm_tutor.render.line import (
    View,
    columns,
    formula,
    numbers,
    operands_relation,
    result_lines,
    value_lines,
)
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.words import part_name, rule, table_of, words, wrap, wrapped
from lstm_tutor.trace.trace import Step

_COMMANDS = (
    ("C@0", "the id of the line that is wrong"),
    ("?", "rule out one line; a hint never counts as wrong"),
    ("show", "the wrong line; it never counts as found"),
    ("skip, back", "the next round, the one before"),
    ("quit", "stop; progress is kept"),
)


def round_lines(hunt: Hunt, view: View, width: int) -> Cell:
    """Return the lines of the current round."""
    current = hunt.rounds[hunt.at]
    first = current.steps[0]
    dash = "-" if view.plain else "─"
    progress = f"round {hunt.at + 1:,} of {len(hunt.rounds):,} {dash} "
    lines = [rule(progress + part_name(first.phase, first.t), view, width)]
    lead = max(columns(step.id) for step in current.steps) + 2
    for step in current.steps:
        lines += _line(step, view, width, lead)
    return tuple(lines)


def _line(step: Step, view: View, width: int, lead: int) -> Iterator[tuple[str, str]]:
    """One worked line: id, formula, numbers, value; = would tell which ones are right."""
    first, *rest = wrap(formula(step, view), width - lead)
    yield f"{step.id:<{lead}}{first}", ""
    for line in rest:
        yield " " * lead + line, ""
    relation = operands_relation(step, view)
    yield from wrapped(f"{relation} {numbers(step, view)}", width, lead, "dim")
    first, *rest = value_lines(step, view)
    yield from wrapped(f"{view.relation(exact=False)} {first}", width, lead, "bold")
    for line in rest:
        yield from wrapped(line, width, lead + 2, "bold")


def hunt_lines(hunt: Hunt, reply: Reply, view: View, width: int) -> Cell:
    """Return what a reply to a pointed line says; see `reply_lines`."""
    round_ = hunt.rounds[min(reply.at, len(hunt.rounds) - 1)]
    match reply.kind:
        case Kind.HELP:
            return table_of(_COMMANDS, width)
        case Kind.HINT:
            ids = ", ".join(cleared(round_, reply.hint))
            right = "is right" if reply.hint == 1 else "are right"
            return tuple(words(f"hint: {ids} {right}", width, 2))
        case Kind.WRONG:
            text = f"{reply.text} is right, given the lines above it"
            return tuple(words(text, width, 2, "bold"))
        case Kind.RIGHT:
            return (*words("found", width, 2, "bold"), *_broken(hunt, round_, view, width))
        case Kind.SOLUTION:
            return tuple(_broken(hunt, round_, view, width))
    return tuple(words(reply.text, width, 2, "dim")) if reply.text else ()


def _broken(hunt: Hunt, round_: Round, view: View, width: int) -> Iterator[tuple[str, str]]:
    """Say which rule was broken in the wrong line."""
    trace, mistake = hunt.tutor.trace, round_.mistake
    step = trace.find(round_.wrong.id)
    diagnosis = Diagnosis(step.id, mistake, 1.0)
    yield from words(f"{step.id}: {said(trace, diagnosis, view)}", width, 2, "bold")
    target, learner, _ = formulas(trace, diagnosis)
    left = view.notation.symbol(target)
    yield "  it was worked as:", "dim"
    yield from wrapped(f"{left} = {view.notation.formula(learner)}", width, 4)
    yield "  right:", "dim"
    yield from wrapped(formula(step, view), width, 4)
    yield from wrapped(f"{operands_relation(step, view)} {numbers(step, view)}", width, 4)
    for line in result_lines(step, view):
        yield from wrapped(line, width, 4)
    why = misconception(mistake, diagnosis.edit)
    yield from words(why, width, 2, "dim") if why else ()
