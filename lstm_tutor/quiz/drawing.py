"""A quiz as text: pure functions from its state, and from a reply, to the lines to show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lstm_tutor.algebra.expression import Signal, Symbol
from lstm_tutor.diagnosis.finding import finding, said
from lstm_tutor.diagnosis.judgement import Judgement, Status, sure
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import Id, parse
from lstm_tutor.numbers.numeral import rounded, same
from lstm_tutor.quiz.answer import Array
from lstm_tutor.quiz.quiz import HINTS, Kind, Quiz, Reply, form
from lstm_tutor.render.line import (
    View,
    columns,
    formula,
    numbers,
    operands_relation,
    result_lines,
)
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.words import part_name, rule, table_of, words, wrapped
from lstm_tutor.trace.trace import Step, StepTerm, Trace

_MOST_TERMS = 6
_MOST_SAID = 3
_UNKNOWN = "no mistake that I know gives this value"
_MOST_VALUES = 80
_ANSWERS = (
    ("0.7857, 1/3, 3e-2", "a number; it counts at the digits you type"),
    ("tanh(1.15)*0.96", "arithmetic: + - * / ** tanh sigmoid exp log"),
    ("a@0*i@0", "with values that are known by now"),
    ("0.1 -0.2", "several numbers; rows of a matrix one by one or with ;"),
)
_COMMANDS = (
    ("?", "the next hint; a hint never counts as wrong"),
    ("show", "the solution; it never counts as solved"),
    ("g", "after a wrong answer: go on with your own value"),
    ("values", "the values that are known"),
    ("skip, back", "the next question, the one before"),
    ("quit", "stop; progress is kept"),
)


def question(quiz: Quiz, view: View, width: int) -> Cell:
    """Return the current question: where it is in the computation, what is asked for."""
    step = quiz.step(quiz.at)
    dash = "-" if view.plain else "─"
    where = f"{part_name(step.phase, step.t)}"
    progress = f"question {quiz.at + 1:,} of {len(quiz.questions):,} {dash} {where}"
    lines = [rule(progress, view, width)]
    if step.value.size > 1:
        lines += words(f"{step.id}: {form(step)}", width, style="dim")
    return tuple(lines)


def asked(quiz: Quiz, view: View) -> str:
    """Return what stands before an answer: ``C@0  C[0] = ``."""
    step = quiz.step(quiz.at)
    symbol = view.notation.symbol(step.target)
    return f"{symbol} = " if symbol == step.id else f"{step.id}: {symbol} = "


def values(quiz: Quiz, view: View, width: int, shown: Sequence[int] = ()) -> Cell:
    """Return the values that are known at the current question.

    That is what the questions read and do not ask for, and the learner's own values.

    Args:
        quiz: the quiz.
        view: how values are written.
        width: columns.
        shown: the indices of steps that are left out.
    """
    groups: dict[str, list[str]] = {"Given": [], "Worked out": [], "Your values": []}
    for symbol, (index, value) in _read(quiz).items():
        given = index is None or quiz.trace.key(index)[0].phase is Phase.GIVEN
        if index is None or index not in shown:
            groups["Given" if given else "Worked out"].append(_valued(symbol, value, view))
    own = quiz.own(quiz.at)
    for at in range(quiz.at):
        step = quiz.step(at)
        found = own.get(step.place)
        if found is not None:
            groups["Your values"].append(_valued(step.target, found, view))
    lines: list[tuple[str, str]] = []
    for title, texts in groups.items():
        if texts:
            lines += [(title, "bold"), *_packed(texts[-_MOST_VALUES:], width)]
        if len(texts) > _MOST_VALUES:
            lines.append((f"  {view.ellipsis} and {len(texts) - _MOST_VALUES:,} before", "dim"))
    return tuple(lines)


def _read(quiz: Quiz) -> dict[Symbol, tuple[int | None, Array]]:
    """Return the values that the questions read and do not ask for, in the trace's order,
    each with its index in the trace; None if it has none.
    """
    asked_for = set(quiz.questions)
    found: dict[Symbol, tuple[int | None, Array]] = {}
    for at in range(len(quiz.questions)):
        for symbol, value in quiz.step(at).operands.items():
            index = _index(quiz.trace, symbol)
            if index is None or index not in asked_for:
                found[symbol] = index, value
    return dict(
        sorted(found.items(), key=lambda item: -1 if item[1][0] is None else item[1][0])
    )


def _index(trace: Trace, symbol: Symbol) -> int | None:
    try:
        return trace.position(Id.of(symbol))
    except KeyError:
        return None


def _valued(symbol: Symbol, value: Array, view: View) -> str:
    exact = same(value, rounded(value, view.digits))
    return f"{view.notation.symbol(symbol)} {view.relation(exact)} {view.array(value)}"


def _packed(texts: Iterable[str], width: int) -> Iterator[tuple[str, str]]:
    """Put as many texts on a line as fit; one that is too long is broken."""
    line = ""
    for text in texts:
        if line and columns(line) + columns(text) + 5 > width:
            yield from wrapped(line, width)
            line = ""
        line = f"{line}   {text}" if line else text
    if line:
        yield from wrapped(line, width)


def reply_lines(quiz: Quiz, reply: Reply, view: View, width: int) -> Cell:
    """Return what a reply says.

    Args:
        quiz: the quiz after the reply.
        reply: the reply.
        view: how steps are written.
        width: columns.
    """
    step = quiz.step(min(reply.at, len(quiz.questions) - 1))
    match reply.kind:
        case Kind.HELP:
            return table_of((*_ANSWERS, *_COMMANDS), width)
        case Kind.VALUES:
            return values(quiz, view, width)
        case Kind.HINT:
            return tuple(_hint(quiz, step, reply, view, width))
        case Kind.SOLUTION:
            return tuple(_solution(quiz, step, reply, view, width))
        case Kind.RIGHT if reply.judgement is not None:
            return tuple(_right(reply.judgement, step, view, width))
        case Kind.WRONG if reply.judgement is not None:
            return tuple(_wrong(quiz, reply.judgement, view, width))
    return tuple(words(reply.text, width, 2, "dim")) if reply.text else ()


def _hint(
    quiz: Quiz, step: Step, reply: Reply, view: View, width: int
) -> Iterator[tuple[str, str]]:
    """The rung of the ladder: what it is, what leads into it, formula, numbers."""
    lead = f"hint {reply.hint} of {HINTS}"
    match reply.hint:
        case 1:
            name = view.notation.symbol(step.target)
            yield from words(f"{lead}: {name} is the {step.equation.caption}", width, 2)
        case 2:
            yield from words(f"{lead}: what leads into it", width, 2)
            for text in _ways(quiz.trace, step, view):
                yield from words(text, width, 4)
        case 3:
            yield from words(f"{lead}: the formula", width, 2)
            yield from wrapped(formula(step, view), width, 4)
        case _:
            own = _with_own(quiz, step, reply.at)
            yield from words(f"{lead}: the numbers put in", width, 2)
            relation = operands_relation(own, view)
            yield from wrapped(f"{relation} {numbers(own, view)}", width, 4)


def _with_own(quiz: Quiz, step: Step, at: int) -> Step:
    """Return a step with the learner's own values as its operands."""
    own = quiz.own(at)
    operands = {
        symbol: own.get(Id.of(symbol), value) for symbol, value in step.operands.items()
    }
    return replace(step, operands=operands)


def _ways(trace: Trace, step: Step, view: View) -> Iterator[str]:
    """Yield in words what leads into a step: the terms of a gradient, or the operands."""
    terms = [term for term in step.terms if term.origin and term.origin.links]
    if not terms:
        for symbol in step.operands:
            yield _called(trace, symbol, view)
    for term in terms[:_MOST_TERMS]:
        yield _way(trace, term, view)
    if len(terms) > _MOST_TERMS:
        yield f"{view.ellipsis} and {len(terms) - _MOST_TERMS} more"


def _called(trace: Trace, symbol: Symbol, view: View) -> str:
    index = _index(trace, symbol)
    name = view.notation.symbol(symbol)
    if index is None:
        constants = {"N": "how many entries have a label", "lr": "the learning rate"}
        return f"{name}: {constants.get(symbol.name, symbol.name)}"
    return f"{name}: {trace.key(index)[0].caption}"


def _way(trace: Trace, term: StepTerm, view: View) -> str:
    origin = term.origin
    if origin is None:
        raise TypeError(term)
    source = "the loss"
    if origin.gradient:
        source = view.notation.symbol(parse(origin.gradient).node)
    links = [
        f"{view.notation.symbol(Signal(link.consumer, link.shift, fixed=True))} uses "
        f"{view.notation.symbol(link.operand)}"
        for link in origin.links
    ]
    gone = f" (not here: {term.missing})" if term.missing else ""
    return f"{source}, because {' and '.join(links)}{gone}"


def _solution(
    quiz: Quiz, step: Step, reply: Reply, view: View, width: int
) -> Iterator[tuple[str, str]]:
    """The worked step; after a wrong answer, what was wrong in it too."""
    if reply.hint:
        text = f"hint {reply.hint} of {HINTS}: the value; it counts as shown"
        yield from words(text, width, 2)
    if reply.judgement is not None and reply.judgement.diagnoses:
        for line, style in finding(quiz.trace, reply.judgement, view, width - 2):
            yield f"  {line}".rstrip(), style
        return
    yield from words(f"{step.id}  {step.equation.caption}", width, 2, "bold")
    yield from wrapped(formula(step, view), width, 4)
    if step.expression is not None:
        yield from wrapped(f"{operands_relation(step, view)} {numbers(step, view)}", width, 4)
    for line in result_lines(step, view):
        yield from wrapped(line, width, 4, "bold")
    if step.note:
        yield from words(f"({step.note})", width, 4, "dim")


def _right(
    judgement: Judgement, step: Step, view: View, width: int
) -> Iterator[tuple[str, str]]:
    exact = same(judgement.expected, rounded(judgement.expected, view.digits))
    value = f"{view.relation(exact)} {view.array(judgement.expected)}"
    match judgement.status:
        case Status.GIVEN:
            because = f"your {judgement.because}" if judgement.because else "your values"
            text = f"right given {because}: carried forward, it counts as solved"
        case Status.ROUNDED:
            text = f"right, rounded; without rounding on the way {value}"
        case _ if same(judgement.given.value, judgement.expected):
            text = "right"
        case _:
            text = f"right: {value}"
    yield from words(text, width, 2, "bold")
    if step.note:
        yield from words(f"({step.note})", width, 2, "dim")


def _wrong(
    quiz: Quiz, judgement: Judgement, view: View, width: int
) -> Iterator[tuple[str, str]]:
    yield from words("not right", width, 2, "bold")
    tied = [found for found in judgement.diagnoses[1:] if found.tied]
    shown = [*judgement.diagnoses[:1], *tied]
    texts = dict.fromkeys(said(quiz.trace, found, view) for found in shown)
    lead = "" if all(map(sure, shown)) else "Perhaps: "
    for text in list(texts)[:_MOST_SAID]:
        yield from words(f"{lead}{text}", width, 2)
        lead = "Or: "
    if not judgement.diagnoses:
        because = judgement.because
        text = f"the same mistake as in {because}" if because else _UNKNOWN
        yield from words(text, width, 2)
    text = "type another value, ? for a hint, or g to go on with your own value"
    yield from words(text, width, 2, "dim")
