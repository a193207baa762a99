"""Which steps of a trace are wanted: by phase, id, symbol or glob."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import translate

from lstm_tutor.algebra.expression import Number, Parameter, Signal, symbols
from lstm_tutor.files.problem import did_you_mean, nearest
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import Id, divided
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace


class NoSuchStep(LookupError):  # noqa: N818  # the user's choice, reported as such
    """A pattern that no step of the trace matches; the message suggests others."""


def select(trace: Trace, phases: Iterable[Phase] = (), only: Iterable[str] = ()) -> list[int]:
    """Return the indices of the wanted steps, in order; all of them if nothing is asked.

    Args:
        trace: the steps.
        phases: keep these phases only.
        only: keep what matches one of these: an id (``dC@0``), a symbol (``dC``) or a
            glob (``d*@0``).

    Raises:
        NoSuchStep: for a pattern that matches no step, or if phases and patterns have
            none in common.
    """
    phases = tuple(phases)
    wanted = set(phases)
    patterns = list(only)
    if not patterns:
        return [index for index in range(len(trace)) if _in_phase(trace, index, wanted)]
    found: set[int] = set()
    for pattern in patterns:
        matching = set(_matching(trace, pattern))
        if not matching:
            raise NoSuchStep(f"no step matches {pattern!r}: {_suggest(trace, pattern)}")
        found |= matching
    chosen = sorted(index for index in found if _in_phase(trace, index, wanted))
    if not chosen:
        asked = " or ".join(dict.fromkeys(phases))
        raise NoSuchStep(f"no step of {', '.join(patterns)} is in the phase {asked}")
    return chosen


def walked(
    trace: Trace,
    phases: Sequence[Phase],
    only: Sequence[str],
    start: str | None = None,
    until: str | None = None,
) -> Sequence[int]:
    """Return the indices of the steps to walk through, in order.

    Args:
        trace: the steps.
        phases: keep these only; without them and `only`, all but what is given.
        only: keep what matches one of these; see `select`.
        start: id of the first step.
        until: id of the last step.

    Raises:
        NoSuchStep: if none is left.
    """
    first = one(trace, start).index if start else 0
    last = one(trace, until).index if until else len(trace) - 1
    kept: Sequence[int]
    if phases or only:
        kept = [index for index in select(trace, phases, only) if first <= index <= last]
    else:
        kept = range(max(first, trace.first_computed), last + 1)
    if not kept:
        raise NoSuchStep("no step is left: --from, --until, --phase and --only exclude all")
    return kept


def to_work(trace: Trace, wanted: Iterable[str]) -> list[int]:
    """Return the indices of steps that a person is to work, in order.

    Args:
        trace: the steps.
        wanted: names of phases, ids, symbols or globs. A block of gates stands for its
            gates; what is given is left out.

    Raises:
        NoSuchStep: for a word that matches nothing that is computed.
    """
    found: set[int] = set()
    for word in wanted:
        named = _named(trace, word)
        if not named:
            raise NoSuchStep(f"there is no phase {word!r} here: nothing has a label")
        worked = {
            trace.position(Id(target, t))
            for equation, t in map(trace.key, named)
            if equation.phase is not Phase.GIVEN
            for target in equation.parts or (equation.target,)
        }
        if not worked:
            raise NoSuchStep(f"there is nothing to work in {word!r}: it is given")
        found |= worked
    return sorted(found)


def askable(trace: Trace, indices: Iterable[int], largest: int) -> list[int]:
    """Return the indices of those of some steps that a learner can work out by hand.

    Left out is what is given, the blocks (their parts are asked), what has more entries
    than ``largest``, and what needs values that have no step.
    """
    known = {*trace.scenario.constants, *trace.scenario.parameters, *trace.symbols()}
    unknown: set[str] = set()
    for equation in trace.program.equations():
        used = {symbol.name for symbol in symbols(equation.expression or Number(0))}
        if used - known or used & unknown:
            unknown.add(equation.target)
    found = []
    for index in indices:
        equation, t = trace.key(index)
        if equation.expression is None or equation.target in unknown:
            continue
        target = Parameter(equation.target) if t is None else Signal(equation.target, t, True)
        if trace.value(target).size <= largest:
            found.append(index)
    return found


def _named(trace: Trace, word: str) -> list[int]:
    """Return the steps of a phase, or those that match an id, symbol or glob."""
    if word in list(Phase):
        return select(trace, [Phase(word)])
    try:
        return select(trace, only=[word])
    except NoSuchStep:
        phase = nearest(word, list(Phase))
        if phase is None:
            raise
        raise NoSuchStep(f"no step matches {word!r}: did you mean {str(phase)!r}?") from None


def one(trace: Trace, id_: str) -> Step:
    """Return the step with an id; NoSuchStep with a suggestion if there is none."""
    try:
        return trace.find(id_)
    except KeyError:
        raise NoSuchStep(f"there is no step {id_!r}: {_suggest(trace, id_)}") from None


def _in_phase(trace: Trace, index: int, phases: set[Phase]) -> bool:
    return not phases or trace.key(index)[0].phase in phases


def _matching(trace: Trace, pattern: str) -> Iterator[int]:
    try:
        yield trace.position(pattern)
        return
    except KeyError:
        pass
    regex = re.compile(translate(pattern))
    symbol = {name: bool(regex.match(name)) for name in trace.symbols()}
    for index in range(len(trace)):
        equation, t = trace.key(index)
        if symbol[equation.target] or regex.match(str(Id(equation.target, t))):
            yield index


def _suggest(trace: Trace, pattern: str) -> str:
    name, time = divided(pattern)
    times = [t for t in trace.times(name) if t is not None]
    if times and not time:
        return f"name a time step too, such as {Id(name, 0)}"
    if time and name in trace.symbols():
        if not times:
            return f"{name} has no time step; write {name}"
        first, last = min(times), max(times)
        known = f"steps run from {first} to {last}" if first != last else f"step is {first}"
        return f"{name} has no value at {time!r}; its time {known}"
    return did_you_mean(name, trace.symbols())
