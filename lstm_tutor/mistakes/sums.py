"""Mistakes in a sum over time: steps left out, or a mean; see `operators`."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.algebra.expression import (
    Binary,
    Expression,
    Number,
    at,
)
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import (
    Found,
    Result,
    Site,
)


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


def _over_time(site: Site, setting: Setting, t: int) -> Iterator[tuple[Expression, Expression]]:
    """Yield a sum over more than one time step, and its term at one of them."""
    match site:
        case Result(node) if setting.scenario.steps > 1 and (inner := summed_over_time(node)):
            yield node, at(inner, t)
