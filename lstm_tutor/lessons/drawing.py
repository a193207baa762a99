"""A lesson as text: pure functions from what is to be said to lines with their styles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from lstm_tutor.algebra.expression import Signal
from lstm_tutor.lessons.lesson import Lesson
from lstm_tutor.lessons.record import ROW, Standing
from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.model.symbol import CARRY, DELTA
from lstm_tutor.render.line import View, formula, numbers, operands_relation
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.value import result_lines
from lstm_tutor.render.words import part_name, rule, table_of, words, wrapped
from lstm_tutor.trace.step import Origin, Step, origin_of
from lstm_tutor.trace.trace import Trace

_LETTERS = "abcdef"
_HINT = re.compile(r"^( *)hint \d of \d: ")
_MOST_REASONS = 4
_LATER = "What is yours is asked once in another lesson, and after two and seven days."
_BLANK = ("", "")
_PLAIN = {
    "Δout": CARRY,
    "Δ": DELTA,
    "δ": "d",
    "Σ_t": "sum_t",
    "Σ": "sum",
    "ᵀ": ".T",
    "²": "**2",
    "⊙": "*",
    "⊗": "outer",
    "·": "*",
}


def keys(text: str, view: View) -> str:
    """Return what can be typed, with dots between; in ASCII with hyphens."""
    return text.replace("·", "-") if view.plain else text


def plainly(text: str, view: View) -> str:
    """Return an author's text; where only ASCII is taken, as formulas are written there."""
    if view.plain:
        for sign, plain in _PLAIN.items():
            text = text.replace(sign, plain)
    return text


def said(text: str, width: int, indent: int = 0, style: str = "") -> Cell:
    """Return a sentence; outside of replies with a blank line before it."""
    lead = () if indent or style else (_BLANK,)
    return (*lead, *words(text, width, indent, style))


def text(words_: str, width: int) -> Cell:
    """Return a text in paragraphs; indented lines stand as they are."""
    lines: list[tuple[str, str]] = [_BLANK]
    paragraph: list[str] = []
    for line in [*words_.split("\n"), ""]:
        if line.strip() and not line.startswith("  "):
            paragraph.append(line.strip())
            continue
        lines += words(" ".join(paragraph), width)
        paragraph = []
        lines += wrapped(line.strip(), width, 4) if line.strip() else [_BLANK]
    while lines and lines[-1] == _BLANK:
        lines.pop()
    return tuple(
        line for n, line in enumerate(lines) if line != _BLANK or lines[n - 1] != _BLANK
    )


def choices(texts: Sequence[str], width: int) -> Cell:
    """Return answers to choose from, each with its letter."""
    pairs = zip(_LETTERS, texts, strict=False)
    return tuple(
        line
        for letter, answer in pairs
        for line in words(f"{letter}  {answer}", width, 2, hang=3)
    )


def verdict(guess: str, right: str, meant: str, width: int) -> Cell:
    """Return what became of a guess, and what a wrong one comes of."""
    told = f"you guessed {guess}{': ' * bool(meant)}{meant}"
    return tuple(words("your guess" if guess == right else told, width, 2, "bold"))


def step(
    trace: Trace, found: Step, at: tuple[int, int], note: str, view: View, width: int
) -> Cell:
    """Return one step of the look."""
    dash = "-" if view.plain else "─"
    where = part_name(found.phase, found.t, trace.scenario.steps)
    lines = [rule(f"step {at[0]} of {at[1]} {dash} {where}", width, plain=view.plain)]
    lines += words(f"{found.id}  {found.equation.caption}", width, style="bold")
    lines += wrapped(formula(found, view), width)
    if found.expression is not None:
        lines += wrapped(f"{operands_relation(found, view)} {numbers(found, view)}", width)
    for line in result_lines(found, view):
        lines += wrapped(line, width, 2, "bold")
    lines += words(f"({found.note})", width, 2, "dim") if found.note else ()
    lines += words(" ".join(note.split()), width, 2) if note else ()
    return tuple(lines)


def without_numbers(lines: Cell) -> Cell:
    """Return a reply without the numbers of its hints: how many are left does no good."""
    return tuple((_HINT.sub(r"\1", line), style) for line, style in lines)


def page_lines(trace: Trace, view: View, width: int) -> Cell:
    """Return the forward equations of a page, for any time step, and its loss."""
    done: set[str] = set()
    lines: list[tuple[str, str]] = [_BLANK]
    for found in trace:
        if found.phase is Phase.FORWARD and found.symbol not in done and found.t in (0, None):
            done.add(found.symbol)
            lines += wrapped(formula(found, view), width, 4)
    return (*lines, _BLANK)


@dataclass(frozen=True)
class Reason:
    """A use in the forward pass by which a gradient comes: who uses what."""

    user: str
    used: str

    def __str__(self) -> str:
        return f"{self.user} uses {self.used}"


def reasons(trace: Trace, term: str, place: str, view: View) -> list[Reason]:
    """Return why a gradient stands in a step, and after it reasons of other terms: those of
    the step's own and those that use the same first.
    """
    found = trace.find(place)
    every = [origin for origin in _origins(trace, found) if origin.links]
    through = [origin for origin in every if origin.gradient == term]
    right = next(_uses(through or _origins(trace, trace.find(term)), view), None)
    if right is None:
        return []
    others = dict.fromkeys(_uses(every, view))
    for other in trace:
        if other.phase is Phase.BACKWARD and not other.rows:
            others |= dict.fromkeys(_uses(_origins(trace, other), view))
    others.pop(right, None)
    near = sorted(others, key=lambda other: other.used != right.used)
    return [right, *near[: _MOST_REASONS - 1]]


def _origins(trace: Trace, found: Step) -> Iterator[Origin]:
    """Yield where the terms of a step come from, of a sum those at every time step."""
    if found.equation.role is Role.SUM_OVER_TIME:
        pairs = product(range(trace.scenario.steps), found.equation.terms)
        origins = [origin_of(term, term.expression, t) for t, term in pairs]
    else:
        origins = [term.origin for term in found.terms if not term.missing]
    yield from filter(None, origins)


def _uses(origins: Iterable[Origin], view: View) -> Iterator[Reason]:
    """Yield for what a gradient is of: who uses it."""
    symbol = view.notation.symbol
    for origin in origins:
        for link in origin.links:
            consumer = Signal(link.consumer, link.shift, fixed=True)
            yield Reason(symbol(consumer), symbol(link.operand))


def rows(standing: Mapping[str, Standing], draw: int, view: View, width: int) -> Cell:
    """Return how many in a row are right, for each skill."""
    full, empty = ("#", ".") if view.plain else ("■", "□")
    dot = " - " if view.plain else " · "
    parts = []
    for skill, found in standing.items():
        row = min(found.row, ROW)
        marks = "yours" if found.own else full * row + empty * (ROW - row)
        parts.append(f"{skill} {marks}")
    head = rule(f"numbers {draw}", width, plain=view.plain)
    return (_BLANK, head, *words(dot.join(parts), width, style="dim"))


def ending(lesson: Lesson, standing: Mapping[str, Standing], view: View, width: int) -> Cell:
    """Return what the learner can do now."""
    size = max(map(len, standing), default=0)
    lines: list[tuple[str, str]] = [_BLANK]
    for skill, found in standing.items():
        lines.append((f"  {skill:<{size}}  {stands(found)}", ""))
    if any(found.own for found in standing.values()):
        lines += words(_LATER, width, 2, "dim")
    lines += words(f"{lesson.title} is done.", width, style="bold")
    return tuple(lines)


def stands(found: Standing) -> str:
    """Say in a few words how a skill stands."""
    if found.own:
        return "yours"
    return "needs another day" if found.stuck else f"{min(found.row, ROW)} of {ROW} in a row"


def helped(error: bool, width: int) -> Cell:
    """Return what can be typed."""
    answer = ("dout@1", "the id of the line that is wrong") if error else _NUMBER
    return table_of((answer, *_HELP), width)


_NUMBER = ("-0.42, 1/3, 0.3*-1.1", "a number or arithmetic; values by name, as in h@0")
_HELP = (
    ("?", "the next hint; hints are free, and are not counted"),
    ("w", "why: what leads into it (a hint too)"),
    ("l", "look again at the lesson's own numbers"),
    ("s", "show it; the row begins anew"),
    ("m", "the map"),
    ("q", "quit; all is kept"),
)
