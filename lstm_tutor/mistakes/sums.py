"""Mistakes in a sum over time: steps left out, or a mean; see `operators`."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.algebra.expression import (
    Binary,
    Expression,
    Number,
    Signal,
    at,
    substitute,
    symbols,
    total,
)
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import (
    Found,
    Result,
    Site,
)
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import INPUT, LABEL, LOSS

_MOST_STEPS = 12  # of a sum that is written out


def only_last(site: Site, setting: Setting) -> Found:
    """Only the last time step counted."""
    for node, last in _over_time(site, setting, setting.scenario.steps - 1):
        yield node, None, last


def only_first(site: Site, setting: Setting) -> Found:
    """Only the first time step counted."""
    for node, first in _over_time(site, setting, 0):
        yield node, None, first


def miss_first(site: Site, setting: Setting) -> Found:
    """The first time step not counted."""
    for node, first in _over_time(site, setting, 0):
        yield node, None, Binary("-", node, first)


def miss_last(site: Site, setting: Setting) -> Found:
    """The last time step not counted."""
    for node, last in _over_time(site, setting, setting.scenario.steps - 1):
        yield node, None, Binary("-", node, last)


def average(site: Site, setting: Setting) -> Found:
    """The sum divided by the number of time steps."""
    for node, _ in _over_time(site, setting, 0):
        yield node, None, Binary("/", node, Number(setting.scenario.steps))


def missing_as_zero(site: Site, setting: Setting) -> Found:
    """A label that is missing taken as 0."""
    times = [t for t, there in enumerate(setting.scenario.labelled) if not there.any()]
    if not isinstance(site, Result) or not times or not setting.scenario.has_labels:
        return
    zero, label = Number(0), Signal(LABEL)
    if setting.equation.role is Role.LABEL:
        without = substitute(site.node, lambda s: zero if s == label else s)
        if without != site.node:
            yield label, zero, without
    inner = summed_over_time(site.node)
    loss = setting.scenario.loss.expression
    if setting.equation.target == LOSS and inner is not None and loss is not None:
        own = setting.scenario.loss.of(setting.cell.output)
        without = substitute(own, lambda s: zero if s == label else s)
        more = tuple(at(without, t) for t in times)
        yield Signal(LABEL, times[0], fixed=True), zero, total((site.node, *more))


def held_at_the_end(site: Site, setting: Setting) -> Found:
    """The input of the time step before or after, at the end the same once more."""
    steps = setting.scenario.steps
    for node, _ in _over_time(site, setting, 0) if steps <= _MOST_STEPS else ():
        inner = summed_over_time(node)
        given = Signal(INPUT)
        if inner is None or given not in symbols(inner):
            continue
        for by in (-1, 1):
            terms = []
            for t in range(steps):
                other = Signal(INPUT, min(max(t + by, 0), steps - 1), fixed=True)
                fixed = at(inner, t)
                terms.append(
                    substitute(
                        fixed,
                        lambda s, t=t, o=other: o if s == Signal(INPUT, t, fixed=True) else s,  # type: ignore[misc]
                    )
                )
            yield given, Signal(INPUT, by), total(tuple(terms))


def _over_time(site: Site, setting: Setting, t: int) -> Iterator[tuple[Expression, Expression]]:
    """Yield a sum over more than one time step, and its term at one of them."""
    match site:
        case Result(node) if setting.scenario.steps > 1 and (inner := summed_over_time(node)):
            yield node, at(inner, t)
