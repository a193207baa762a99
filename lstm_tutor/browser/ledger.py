"""The ledger of a page: every step with its formula, numbers, value and why, as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby

import numpy as np

from lstm_tutor.algebra.expression import Number, symbols
from lstm_tutor.files.phrase import counted, the
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import OUTPUT, Id
from lstm_tutor.numbers.numeral import array_text, rounded, same, significant
from lstm_tutor.render.line import (
    View,
    formula,
    numbers,
    operands_relation,
    value_relation,
    written,
)
from lstm_tutor.render.markdown import step_title
from lstm_tutor.render.mathml import pieces
from lstm_tutor.render.reasons import reasons
from lstm_tutor.trace.provenance import is_gradient_in_time, shares
from lstm_tutor.trace.selection import askable
from lstm_tutor.trace.step import Step, StepTerm
from lstm_tutor.trace.trace import Trace

_MOST_SHARED = 2000  # losses and steps of which the shares are still written down
_MOST_TERMS = 12
_ANY_WIDTH = 100_000
_LEAD = ' class="lead"'  # what a hint shows of what leads into a step
_BECAUSE = "because"
_INFIX = '<math><mo form="infix">'
_LARGEST = 64  # entries of a value that are still written out
_ASKED = 6  # entries of a value that is asked for


class Ledger:
    """Writes the steps of a computation."""

    def __init__(self, trace: Trace, indices: Sequence[int], view: View) -> None:
        self._trace = trace
        self._view = view
        self._indices = indices
        self._there = {Id(e.target, t) for e, t in map(trace.key, indices)}
        self._users = _users(trace, indices)
        self._asked = _asked(trace, indices)

    def parts(self) -> Iterator[str]:
        """Yield the parts of the computation one by one, each of several lines."""
        trace, scenario = self._trace, self._trace.scenario
        keys = ((index, *trace.key(index)) for index in self._indices)
        for title, group in groupby(keys, key=lambda key: step_title(scenario, key[1], key[2])):
            members = [index for index, _, _ in group]
            head = f"<span>{counted(len(members), 'step')}</span>"
            yield f'<details class="part" open>\n<summary>{escape(title)} {head}</summary>\n'
            for index in members:
                yield "".join(f"{line}\n" for line in self._step(trace[index]))
            yield "</details>\n"

    def _step(self, step: Step) -> Iterator[str]:
        id_, view = escape(step.id), self._view
        yield f'<section class="step" id="/{id_}"{self._ask(step)}>'
        name = escape(view.notation.symbol(step.target))
        caption = escape(step.equation.caption)
        yield f'<h3><a href="#/{id_}">{name}</a> <small>{caption}</small></h3>'
        if step.expression is not None:
            yield f'<div class="f"><i>=</i> {self._formula(step)}</div>'
            put_in = escape(numbers(step, view))
            yield f'<div class="n"><i>{operands_relation(step, view)}</i> {put_in}</div>'
        elif step.rows:
            yield f'<div class="f">{escape(formula(step, view))}</div>'
        yield from self._value(step)
        yield from self._why(step)
        yield "</section>"

    def _ask(self, step: Step) -> str:
        """Say what is typed for a step, if it is asked for, and whether it is the last one."""
        if step.index not in self._asked:
            return ""
        count = step.value.size
        asked = f'="{count} values, row by row"' if count > 1 else ""
        last = " data-last" * (step.index == self._asked[-1])
        return f" data-asked{asked}{last}"

    def _formula(self, step: Step) -> str:
        """Write a step's right side; the terms that do not exist here are marked."""
        gone = [term.missing for term in step.terms] if step.t is not None else []
        if not any(gone):
            return _lined(pieces(written(step), self._view.notation))
        found: list[str] = []
        for term in step.terms:
            text = " ".join(pieces(term.expression, self._view.notation))
            text = f"{_INFIX}+</mo></math> {text}" if found else text
            if term.missing:
                text = f'<s title="{escape(term.missing)}">{text}</s>'
            found.append(f"<span>{text}</span>" if found else text)
        return " ".join(found)

    def _value(self, step: Step) -> Iterator[str]:
        relation = value_relation(step, self._view) if step.expression is not None else "="
        note = f" <small>({escape(step.note)})</small>" if step.note else ""
        text = escape(self._shown(step))
        yield f'<div class="v"><i>{relation}</i> <output>{text}</output>{note}</div>'

    def _shown(self, step: Step) -> str:
        if np.size(step.value) > _LARGEST:
            return self._view.array(step.value)
        return array_text(step.value, self._view.digits)

    def _why(self, step: Step) -> Iterator[str]:
        lines = [*self._terms(step), *self._shares(step)]
        if lines:
            yield '<details class="y"><summary>Why</summary>'
            yield from lines
            yield "</details>"
        yield from self._neighbours(step)

    def _terms(self, step: Step) -> Iterator[str]:
        """Every term: its formula, its value, and which equations it is there for."""
        if not step.terms:
            return
        yield "<ol>"
        for term in step.terms[:_MOST_TERMS]:
            alone = len(step.terms) == 1 and not term.missing  # the formula stands above
            yield f"<li>{'' if alone else self._term(term)}"
            for n, line in enumerate(self._reasons(step, term)):
                lead = _LEAD * (n == 0 and line.startswith(_BECAUSE))
                yield f"<p{lead}>{escape(line)}</p>"
            yield "</li>"
        yield "</ol>"
        if len(step.terms) > _MOST_TERMS:
            yield f"<p>… and {counted(len(step.terms) - _MOST_TERMS, 'more term')}</p>"

    def _reasons(self, step: Step, term: StepTerm) -> list[str]:
        """Return why a term is there, line by line: the first says what it comes through."""
        if step.equation.role is Role.SUM_OVER_TIME:
            return []
        every = reasons(self._trace, step, term, self._view, _ANY_WIDTH)
        return [text.strip() for text, _ in every]

    def _term(self, term: StepTerm) -> str:
        text = " ".join(pieces(term.expression, self._view.notation))
        if term.missing:
            return f"<s>{text}</s> <b>0</b> <small>({escape(term.missing)})</small>"
        value = np.asarray(term.value)
        exact = same(value, rounded(value, self._view.digits))
        shown = escape(self._view.array(value))
        return f"{text} <i>{self._view.relation(exact)}</i> <b>{shown}</b>"

    def _neighbours(self, step: Step) -> Iterator[str]:
        """What it is made of and what it goes into, as links."""
        own = [Id.of(symbol) for symbol in step.operands]
        every = [line for term in step.terms for line in self._reasons(step, term)]
        lead = "" if any(line.startswith(_BECAUSE) for line in every) else " lead"
        for text, ids in (("Made of", own), ("Goes into", self._users.get(step.place, []))):
            known = [self._link(id_) for id_ in dict.fromkeys(ids) if id_ in self._there]
            if known:
                rest = f" and {len(known) - _MOST_TERMS} more" * (len(known) > _MOST_TERMS)
                yield f'<p class="to{lead}">{text} {", ".join(known[:_MOST_TERMS])}{rest}</p>'
                lead = ""

    def _link(self, id_: Id) -> str:
        return (
            f'<a href="#/{escape(str(id_))}">{escape(self._view.notation.symbol(id_.node))}</a>'
        )

    def _shares(self, step: Step) -> Iterator[str]:
        """Which losses a gradient comes from, through which state."""
        trace = self._trace
        many = len(trace.scenario.labelled_times) * len(self._indices)
        if not is_gradient_in_time(step) or step.value.size > 1 or many > _MOST_SHARED:
            return
        found = [(share, float(share.value.sum())) for share in shares(trace, step)]
        if not found:
            return
        yield '<table class="bars"><caption>Which losses it comes from</caption>'
        largest = max(abs(amount) for _, amount in found)
        for share, amount in found:
            way = f" through {the(self._call(share.through))}" if share.through else " directly"
            start = (
                f"L[{share.loss}]" if trace.scenario.has_labels else f"outside, t={share.loss}"
            )
            yield (
                f"<tr><th>{escape(start + way)}</th><td>{_bar(amount / largest)}</td>"
                f"<td>{_signed(amount, self._view.digits)}</td></tr>"
            )
        total = _signed(float(step.value.sum()), self._view.digits)
        yield f'<tr class="sum"><th>total</th><td></td><td>{total}</td></tr></table>'

    def _call(self, state: str) -> str:
        return "output" if state == OUTPUT else self._trace.scenario.cell.call(state)


def _lined(parts: Sequence[str]) -> str:
    """Join the parts of a formula; each term but the first goes on a line of its own before
    it is broken.
    """
    terms: list[list[str]] = [[]]
    for part in parts:
        if part.startswith(_INFIX) and part.removeprefix(_INFIX)[:1] in "+-−":
            terms.append([])
        terms[-1].append(part)
    first, *others = map(" ".join, terms)
    return " ".join([first, *(f"<span>{term}</span>" for term in others)])


def _signed(amount: float, digits: int) -> str:
    return f"{'+' if amount >= 0 else ''}{significant(amount, digits)}"


def _bar(share: float) -> str:
    """Draw a share of the largest amount: solid to the right, hatched to the left."""
    width = round(49 * abs(share), 1)
    start, kind = (50, "pos") if share >= 0 else (round(50 - width, 1), "neg")
    bar = f'<rect class="{kind}" x="{start}" y="1" width="{width}" height="8"/>'
    return (
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'{bar}<path d="M50 0V10"/></svg>'
    )


def _users(trace: Trace, indices: Sequence[int]) -> Mapping[Id, list[Id]]:
    """Return which steps each step goes into."""
    found: dict[Id, list[Id]] = {}
    for index in indices:
        step = trace[index]
        for symbol in step.operands:
            found.setdefault(Id.of(symbol), []).append(step.place)
    return found


def _asked(trace: Trace, indices: Sequence[int]) -> list[int]:
    """Return the steps whose values are asked for: their formulas read what the page has."""
    equations = [trace.key(index)[0] for index in indices]
    known = {*trace.scenario.constants, *(equation.target for equation in equations)}
    return [
        index
        for index in askable(trace, indices, _ASKED)
        if known >= {s.name for s in symbols(trace.key(index)[0].expression or Number(0))}
    ]
