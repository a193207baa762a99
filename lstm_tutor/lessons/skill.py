"""What a step asks of a learner: each skill is a predicate over its derived equation.

No cell's names are known here, so a skill is the same on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from lstm_tutor.algebra.expression import Call, Parameter, Signal, Symbol, symbols
from lstm_tutor.algebra.functions import SOFTMAX
from lstm_tutor.model.composition import parts_of
from lstm_tutor.model.equation import Link, Phase, Role
from lstm_tutor.model.symbol import layered
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace

Predicate: TypeAlias = Callable[[Trace, Step], bool]


def skills_of(trace: Trace, step: Step) -> tuple[str, ...]:
    """Return the skills that a step asks for, in the table's order; none of a copy."""
    return tuple(name for name, holds in SKILLS.items() if holds(trace, step))


def _reads(step: Step) -> Iterator[tuple[Signal, Symbol]]:
    """Yield for each local derivative on the way its consumer and each symbol it reads."""
    for term in step.equation.terms:
        for link in term.links:
            for symbol in symbols(link.local) if link.local else ():
                yield Signal(link.consumer, link.shift), symbol


def _backward(step: Step) -> bool:
    return step.phase is Phase.BACKWARD and not step.rows


def _from_loss(_: Trace, step: Step) -> bool:
    return _backward(step) and any(term.starts and term.links for term in step.equation.terms)


def _slope(_: Trace, step: Step) -> bool:
    own = [symbol == consumer for consumer, symbol in _reads(step)]
    return _backward(step) and not _from_loss(_, step) and any(own)


def _product(_: Trace, step: Step) -> bool:
    other = [isinstance(s, Signal) and s != consumer for consumer, s in _reads(step)]
    return _backward(step) and not _from_loss(_, step) and any(other)


def _weight(_: Trace, step: Step) -> bool:
    return _backward(step) and any(isinstance(s, Parameter) for _, s in _reads(step))


def _links(step: Step) -> Iterator[Link]:
    return (link for term in step.equation.terms for link in term.links)


def _chain(_: Trace, step: Step) -> bool:
    return _backward(step) and any(len(term.links) > 1 for term in step.equation.terms)


def _ways(_: Trace, step: Step) -> bool:
    return _backward(step) and len(step.equation.terms) > 1


def _sent_back(_: Trace, step: Step) -> bool:
    return _backward(step) and step.equation.role is Role.CARRY


def _comes_back(trace: Trace, step: Step) -> bool:
    if not _backward(step) or step.equation.role is Role.CARRY:
        return False
    equations = trace.program.equations()
    carries = {e.target for e in equations if e.role is Role.CARRY}
    terms = [term for term in step.equation.terms if term.gradient and not term.links]
    parts = {term.gradient.name for term in terms if term.gradient}
    return step.equation.carried or bool(parts & carries)


def _gradient(_: Trace, step: Step) -> bool:
    return step.phase is Phase.GRADIENTS and not step.rows


def _reused(_: Trace, step: Step) -> bool:
    return _gradient(_, step) and len(step.equation.terms) > 1


def _over_time(trace: Trace, step: Step) -> bool:
    summed = step.equation.role is Role.SUM_OVER_TIME
    return _gradient(trace, step) and summed and trace.scenario.steps > 1


def _share(trace: Trace, step: Step) -> bool:
    """Whether a way leads through a softmax."""
    shares = {
        equation.target
        for equation in trace.scenario.cell.equations
        if isinstance(equation.expression, Call) and equation.expression.function == SOFTMAX
    }
    return _backward(step) and any(link.consumer in shares for link in _links(step))


def _from_above(trace: Trace, step: Step) -> bool:
    """Whether a way leads into a page from one that reads its output."""
    page = {
        layered(part.name, equation.target): number
        for number, part in enumerate(parts_of(trace.scenario.layers))
        for equation in part.cell.equations
    }
    ways = ((page.get(link.consumer), page.get(link.operand.name)) for link in _links(step))
    return _backward(step) and any(
        None not in (above, below) and above != below for above, below in ways
    )


def _over_batch(trace: Trace, step: Step) -> bool:
    return _gradient(trace, step) and trace.scenario.batch is not None


def _through_time(_: Trace, step: Step) -> bool:
    """Whether a way from another time step passes a slope and a weight."""
    for term in step.equation.terms if _backward(step) else ():
        way = [(Signal(k.consumer, k.shift), symbols(k.local)) for k in term.links if k.local]
        slope = any(consumer in read for consumer, read in way)
        weight = any(isinstance(symbol, Parameter) for _, read in way for symbol in read)
        if term.shift and slope and weight:
            return True
    return False


SKILLS: Mapping[str, Predicate] = MappingProxyType(
    {
        "start from the loss": _from_loss,
        "slope": _slope,
        "through a product": _product,
        "through a weight": _weight,
        "chain": _chain,
        "add the ways": _ways,
        "send back": _sent_back,
        "add what comes back": _comes_back,
        "chain over time": _through_time,
        "share of a softmax": _share,
        "from the layer above": _from_above,
        "weight gradient": _gradient,
        "used more than once": _reused,
        "sum over time": _over_time,
        "over the batch": _over_batch,
    }
)
"""Every skill by name, in the order in which they are learnt."""
