"""A quiz as text: pure functions from its state, and from a reply, to what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TypeAlias

from lstm_tutor.algebra.expression import Signal, Symbol
from lstm_tutor.diagnosis.finding import finding, formulas, said
from lstm_tutor.diagnosis.judgement import Diagnosis, Judgement, Status, sure
from lstm_tutor.files.phrase import the
from lstm_tutor.mistakes.wording import misconception
from lstm_tutor.model.equation import Phase, Role, Term
from lstm_tutor.model.symbol import Id, parse
from lstm_tutor.numbers.numeral import rounded, same
from lstm_tutor.questions.answer import Array
from lstm_tutor.questions.question import HINTS, ErrorQuestion
from lstm_tutor.questions.quiz import Kind, Quiz, Reply
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.line import View, formula, numbers, operands_relation
from lstm_tutor.render.sections import section
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.value import result_lines, value_lines
from lstm_tutor.render.words import packed, rule, table_of, words, wrapped
from lstm_tutor.trace.step import Step, StepTerm
from lstm_tutor.trace.trace import Trace

Lines: TypeAlias = Iterator[tuple[str, str]]
_MOST_TERMS = 6
_MOST_SAID = 3
_MOST_VALUES = 80
OFFER = "type another value, ? for a hint, or g to go on with your own value"
_UNKNOWN = "no mistake that I know gives this value"
_VALUE_HELP = (
    ("0.7857, 1/3, 3e-2", "a number; it counts at the digits you type"),
    ("tanh(1.15)*0.96", "arithmetic: + - * / ** tanh sigmoid exp log"),
    ("a@0*i@0", "with values that are known by now"),
    ("0.1 -0.2", "several numbers; rows of a matrix one by one or with ;"),
    ("?", "the next hint; a hint never counts as wrong"),
    ("show", "the solution; it never counts as solved"),
    ("g", "after a wrong answer: go on with your own value"),
    ("values", "the values that are known"),
    ("skip, back", "the next question, the one before"),
    ("quit", "stop; progress is kept"),
)
_ERROR_HELP = (
    ("C@0", "the id of the line that is wrong"),
    ("?", "rule out one line; a hint never counts as wrong"),
    ("show", "the wrong line; it never counts as found"),
    ("skip, back", "the next round, the one before"),
    ("quit", "stop; progress is kept"),
)


def place(quiz: Quiz) -> str:
    """Say which question is the current one: ``question 3 of 12``."""
    return f"{quiz.question.word} {quiz.at + 1:,} of {len(quiz.questions):,}"


def question(quiz: Quiz, view: View, width: int) -> Cell:
    """Return the current question: where it is in the computation, what is asked for."""
    asked, dash = quiz.question, "-" if view.plain else "─"
    first = asked.lines[0] if isinstance(asked, ErrorQuestion) else asked.step
    where = section(quiz.trace.scenario, first.equation, first.t)
    lines = [rule(f"{place(quiz)} {dash} {where}", width, plain=view.plain)]
    if isinstance(asked, ErrorQuestion):
        lead = max(columns(line.id) for line in asked.lines) + 2
        for line in asked.lines:
            lines += _line(line, view, width, lead)
    elif first.value.size > 1:
        lines += words(f"{first.id}: {asked.form}", width, style="dim")
    return tuple(lines)


def _line(step: Step, view: View, width: int, lead: int) -> Lines:
    """One worked line: id, formula, numbers, value; = would tell which ones are right."""
    (name, style), *others = wrapped(formula(step, view), width, lead)
    yield f"{step.id:<{lead}}{name[lead:]}", style
    yield from others
    yield from wrapped(_put_in(step, view), width, lead, "dim")
    relation = view.relation(exact=False)
    room = width - lead - len(relation) - 1
    for number, line in enumerate(value_lines(step, view, room)):
        yield f"{'':<{lead}}{relation if number == 0 else '':<{len(relation)}} {line}", "bold"
    yield from words(f"({step.note})", width, lead, "dim") if step.note else ()


def _put_in(step: Step, view: View) -> str:
    return f"{operands_relation(step, view)} {numbers(step, view)}"


def prompt(quiz: Quiz, view: View) -> str:
    """Return what stands before an answer: ``C@0: C[0] = ``."""
    if isinstance(quiz.question, ErrorQuestion):
        return "wrong: "
    step = quiz.question.step
    symbol = view.notation.symbol(step.target)
    return f"{symbol} = " if symbol == step.id else f"{step.id}: {symbol} = "


def values(
    quiz: Quiz,
    view: View,
    width: int,
    shown: Sequence[int] = (),
    also: Iterable[Symbol] = (),
) -> Cell:
    """Return the values that are known at the current question: the learner's own, and what
    the questions read, or mistakes in them (``also``), and do not ask for; not the steps with
    the indices that are shown.
    """
    groups: dict[str, list[str]] = {"Given": [], "Worked out": [], "Your values": []}
    for index, symbol, value in _read(quiz, also):
        given = index < 0 or quiz.trace.key(index)[0].phase is Phase.GIVEN
        if index not in shown:
            groups["Given" if given else "Worked out"].append(_valued(symbol, value, view))
    for symbol, value in quiz.own(quiz.at).items():
        groups["Your values"].append(_valued(symbol, value, view))
    lines: list[tuple[str, str]] = []
    for title, texts in groups.items():
        if texts:
            lines += [(title, "bold"), *packed(texts[-_MOST_VALUES:], width)]
        if len(texts) > _MOST_VALUES:
            lines.append((f"  {view.ellipsis} and {len(texts) - _MOST_VALUES:,} before", "dim"))
    return tuple(lines)


def _read(quiz: Quiz, also: Iterable[Symbol] = ()) -> list[tuple[int, Symbol, Array]]:
    """Return what the questions read and do not ask for, in the trace's order: the index,
    -1 without one, the symbol, the value.
    """
    steps = [step for step, _ in quiz.asked(len(quiz.questions))]
    asked_for = {step.index for step in steps}
    found = {symbol: value for step in steps for symbol, value in step.operands.items()}
    found |= {symbol: quiz.trace.value(symbol) for symbol in also}
    rows = ((_index(quiz.trace, symbol), symbol, value) for symbol, value in found.items())
    return sorted((row for row in rows if row[0] not in asked_for), key=itemgetter(0))


def _index(trace: Trace, symbol: Symbol) -> int:
    try:
        return trace.position(Id.of(symbol))
    except KeyError:
        return -1


def _valued(symbol: Symbol, value: Array, view: View) -> str:
    return f"{view.notation.symbol(symbol)} {_related(value, view)}"


def _related(value: Array, view: View) -> str:
    exact = same(value, rounded(value, view.digits))
    return f"{view.relation(exact)} {view.array(value)}"


def reply_lines(quiz: Quiz, reply: Reply, view: View, width: int, offer: str = OFFER) -> Cell:
    """Return what a reply says; ``quiz`` is the quiz after it, and ``offer`` what can be done
    after a wrong value.
    """
    asked = quiz.questions[reply.at]
    error = isinstance(asked, ErrorQuestion)
    match reply.kind:
        case Kind.REMARK:
            return tuple(words(reply.text, width, 2, "dim")) if reply.text else ()
        case Kind.HELP:
            return table_of(_ERROR_HELP if error else _VALUE_HELP, width)
        case Kind.VALUES:
            return values(quiz, view, width)
    if isinstance(asked, ErrorQuestion):
        return tuple(_about_error(quiz.trace, asked, reply, view, width))
    match reply.kind, reply.judgement:
        case Kind.RIGHT, Judgement() as judgement:
            return tuple(_right(judgement, asked.step, view, width))
        case Kind.WRONG, Judgement() as judgement:
            offered = words(offer, width, 2, "dim") if offer else ()
            return (*_wrong(quiz.trace, judgement, view, width), *offered)
        case Kind.HINT, _:
            return tuple(_hint(quiz, asked.step, reply, view, width))
    return tuple(_solution(quiz.trace, asked.step, reply, view, width))


def _about_error(
    trace: Trace, asked: ErrorQuestion, reply: Reply, view: View, width: int
) -> Lines:
    """Which line is right, or which ones; at the end, which rule the wrong one breaks."""
    if reply.kind is Kind.HINT:
        right = "is right" if reply.hint == 1 else "are right"
        yield from words(f"hint: {', '.join(asked.ruled_out(reply.hint))} {right}", width, 2)
    elif reply.kind is Kind.WRONG:
        yield from words(f"{reply.text} is right, given the lines above it", width, 2, "bold")
    else:
        yield from words("found", width, 2, "bold") if reply.kind is Kind.RIGHT else ()
        yield from _broken(trace, asked, view, width)


def _broken(trace: Trace, asked: ErrorQuestion, view: View, width: int) -> Lines:
    step = trace.find(asked.step.id)
    diagnosis = Diagnosis(step.id, asked.mistake, 1.0)
    yield from words(f"{step.id}: {said(trace, diagnosis, view)}", width, 2, "bold")
    target, learner, _ = formulas(trace, diagnosis)
    left = view.notation.symbol(target)
    yield "  it was worked as:", "dim"
    yield from wrapped(f"{left} = {view.notation.formula(learner)}", width, 4)
    yield "  right:", "dim"
    yield from _worked(step, view, width)
    why = misconception(asked.mistake, diagnosis.edit, trace.scenario)
    yield from words(why, width, 2, "dim") if why else ()


def _hint(quiz: Quiz, step: Step, reply: Reply, view: View, width: int) -> Lines:
    """The rung of the ladder: what it is, what leads into it, formula, numbers."""
    lead = f"hint {reply.hint} of {HINTS}"
    match reply.hint:
        case 1:
            name = view.notation.symbol(step.target)
            yield from words(f"{lead}: {name} is {the(step.equation.caption)}", width, 2)
        case 2:
            yield from words(f"{lead}: what leads into it", width, 2)
            for text in _ways(quiz.trace, step, view):
                yield from words(text, width, 4)
        case 3:
            yield from words(f"{lead}: the formula", width, 2)
            yield from wrapped(formula(step, view), width, 4)
        case _:
            own = quiz.own(reply.at)
            operands = {name: own.get(name, value) for name, value in step.operands.items()}
            yield from words(f"{lead}: the numbers put in", width, 2)
            yield from wrapped(_put_in(replace(step, operands=operands), view), width, 4)


def _ways(trace: Trace, step: Step, view: View) -> Iterator[str]:
    """Yield in words what leads into a step: the terms of a gradient, or the operands."""
    terms = [term for term in step.terms if term.origin and term.origin.links]
    uses = step.equation.terms
    if step.equation.role is Role.SUM_OVER_TIME and len(uses) > 1:
        for use in uses:
            yield _use(use, view)
        return
    if not terms:
        for symbol in step.operands:
            yield _called(trace, symbol, view)
    for term in terms[:_MOST_TERMS]:
        yield _way(term, view)
    if len(terms) > _MOST_TERMS:
        yield f"{view.ellipsis} and {len(terms) - _MOST_TERMS} more"


def _use(term: Term, view: View) -> str:
    """Say in words one use of a parameter, at any time step."""
    symbol = view.notation.symbol
    source = "the loss" if term.gradient is None else symbol(term.gradient)
    links = [
        f"{symbol(Signal(link.consumer, link.shift))} uses {symbol(link.operand)}"
        for link in term.links
    ]
    return f"{source}, because {' and '.join(links)}"


def _called(trace: Trace, symbol: Symbol, view: View) -> str:
    index = _index(trace, symbol)
    name = view.notation.symbol(symbol)
    if index < 0:
        return f"{name}: {trace.scenario.meanings.get(symbol.name, symbol.name)}"
    return f"{name}: {trace.key(index)[0].caption}"


def _way(term: StepTerm, view: View) -> str:
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


def _solution(trace: Trace, step: Step, reply: Reply, view: View, width: int) -> Lines:
    """The worked step; after a wrong answer, what was wrong in it too."""
    if reply.hint:
        text = f"hint {reply.hint} of {HINTS}: the value; it counts as shown"
        yield from words(text, width, 2)
    if reply.judgement is not None and reply.judgement.diagnoses:
        told = finding(trace, reply.judgement, view, width - 2)
        yield from ((f"  {line}".rstrip(), style) for line, style in told)
        if not any(line.strip() == "right:" for line, _ in told):
            yield "  right:", "dim"
            yield from _worked(step, view, width)
        return
    yield from words(f"{step.id}  {step.equation.caption}", width, 2, "bold")
    yield from _worked(step, view, width, "bold")
    if step.note:
        yield from words(f"({step.note})", width, 4, "dim")


def _worked(step: Step, view: View, width: int, style: str = "") -> Lines:
    yield from wrapped(formula(step, view), width, 4)
    yield from wrapped(_put_in(step, view), width, 4)
    for line in result_lines(step, view, width - 4):
        yield f"    {line}", style


def _right(judgement: Judgement, step: Step, view: View, width: int) -> Lines:
    value = _related(judgement.expected, view)
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


def _wrong(trace: Trace, judgement: Judgement, view: View, width: int) -> Lines:
    yield from words("not right", width, 2, "bold")
    tied = [found for found in judgement.diagnoses[1:] if found.tied]
    shown = [*judgement.diagnoses[:1], *tied]
    texts = dict.fromkeys(said(trace, found, view) for found in shown)
    lead = "" if all(map(sure, shown)) else "Perhaps: "
    for text in list(texts)[:_MOST_SAID]:
        yield from words(f"{lead}{text}", width, 2)
        lead = "Or: "
    if not judgement.diagnoses:
        because = judgement.because
        text = f"the same mistake as in {because}" if because else _UNKNOWN
        yield from words(text, width, 2)
