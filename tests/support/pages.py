"""Random pages: cells of any kind that a file may describe. `python -m pages` in tests/support.

Their gradients against the complex step, with ``--jax`` against JAX as well; shares, the
walk of the trees, and every local derivative. Longer than a test may take; the suite takes
a sample. Exits with 1 where something is wrong.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from drawing import OF_NUMBERS
from locals import unwritten, wrong_locals
from numpy.typing import NDArray
from oracle import walked

from lstm_tutor.algebra.function import Function, Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.files.document import parse
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.page import own_cell
from lstm_tutor.model.symbol import Id
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.gradcheck import gradcheck
from lstm_tutor.trace.provenance import contributions, is_gradient_in_time, shares
from lstm_tutor.trace.trace import Trace, compute

Array = NDArray[Any]
Random = np.random.Generator
PAGES = 300
_EVERY = 5  # of how many steps one is asked for its shares
_LARGEST = 1e3  # values beyond say nothing about digits
BLOCKS: Mapping[str, str] = {
    "W": "[hidden, input]",
    "U": "[hidden, hidden]",
    "R": "[input, hidden]",
    "b": "[hidden]",
    "p": "[hidden]",
    "e": "[input]",
    "k": "[]",
}
_VECTOR, _INPUT, _SCALAR = "hidden", "input", ""
_CALLED = [row for row in FUNCTIONS.values() if not row.derived]
_ENTRYWISE = [row for row in _CALLED if row.kind is Kind.ELEMENTWISE]
_REDUCTIONS = [row for row in _CALLED if row.kind is Kind.REDUCTION]


@dataclass(frozen=True)
class _Known:
    """What a formula may read: each name with its time index, by axis."""

    leaves: Mapping[str, Sequence[str]]

    def with_(self, name: str, axis: str) -> _Known:
        return _Known({**self.leaves, axis: (*self.leaves[axis], f"{name}[t]")})


class _Page:
    """Writes the equations of one page."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.gates = list(self._some("aifo", 1, 4))
        self.states = ["h", *self._some("Cn", 0, 2)]
        if random.random() < 0.3:  # the output is a gate, with a pre-activation
            self.gates.append("h")
        self.axes: dict[str, str] = {}

    def _some(self, names: str, least: int, most: int) -> list[str]:
        size = int(self._random.integers(least, most + 1))
        return [str(name) for name in self._random.permutation(list(names))[:size]]

    def _delays(self, least: int) -> Sequence[int]:
        """Return how many time steps back a signal is read: 1, or some of 1 to 3."""
        if self._random.random() < 0.6:
            return range(1, least + 1)
        size = int(self._random.integers(1, 4))
        return sorted(int(back) for back in self._random.permutation([1, 2, 3])[:size])

    def _one(self, items: Sequence[Any]) -> Any:
        return items[int(self._random.integers(len(items)))]

    def lines(self) -> Iterator[str]:
        """Yield the equations, each of what stands above it."""
        delayed = tuple(
            f"{state}[t-{back}]" for state in self.states for back in self._delays(1)
        )
        inputs = ("x[t]", *(f"x[t-{back}]" for back in self._delays(0)))
        known = _Known({_VECTOR: delayed, _INPUT: inputs, _SCALAR: ()})
        items = [(gate, "gate") for gate in self.gates]
        items += [(state, _VECTOR) for state in self.states if state not in self.gates]
        items += [(name, _VECTOR) for name in self._some("uvqw", 0, 3)]
        items += [(name, _SCALAR) for name in self._some("msr", 0, 2)]
        items += [(name, _INPUT) for name in self._some("g", 0, 1)]
        first, *others = items
        for name, kind in (first, *(others[i] for i in self._random.permutation(len(others)))):
            if kind == "gate":
                yield f"z_{name}[t] = {self._before(name, known, first=name == first[0])}"
                own = _Known({_VECTOR: (f"z_{name}[t]",), _INPUT: (), _SCALAR: ()})
                free = name == "h" and self._random.random() < 0.5
                yield f"{name}[t] = {self._gate(own) if not free else self._mixed(name, known)}"
                known = known.with_(f"z_{name}", _VECTOR)
            else:
                self.axes[name] = f"[{kind}]"
                yield f"{name}[t] = {self._bounded(known, kind)}"
            known = known.with_(name, _VECTOR if kind == "gate" else kind)

    def _mixed(self, name: str, known: _Known) -> str:
        return f"z_{name}[t] * {self._formula(known, _VECTOR, 1)}"

    def _gate(self, own: _Known) -> str:
        return self._formula(own, _VECTOR, int(self._random.integers(1, 3)), plain=True)

    def _bounded(self, known: _Known, axis: str) -> str:
        found = self._formula(known, axis, 3)
        return f"tanh({found})" if self._random.random() < 0.4 else found

    def _before(self, gate: str, known: _Known, *, first: bool) -> str:
        """Write a pre-activation: usual terms, and sometimes more."""
        shared = self._one([gate, gate, self._one(self.gates)])
        terms = [f"W_{shared} @ {self._one(known.leaves[_INPUT])}"]
        if first or self._random.random() < 0.8:
            state = self._one(known.leaves[_VECTOR])
            if first:
                state = next(leaf for leaf in known.leaves[_VECTOR] if leaf.startswith("h[t-"))
            scaled = self._random.random() < 0.3
            own = f"({state} * {self._one(known.leaves[_VECTOR])})" if scaled else state
            terms.append(f"U_{gate} @ {own}")
        if self._random.random() < 0.4:  # a peephole
            terms.append(f"p_{gate} * {self._one(known.leaves[_VECTOR])}")
        if self._random.random() < 0.4:
            terms.append(self._formula(known, _VECTOR, 2))
        return " + ".join([*terms, f"b_{gate}"])

    def _formula(self, known: _Known, axis: str, depth: int, *, plain: bool = False) -> str:
        """Write a formula; a plain one reads nothing but what is known, entry by entry."""
        kinds = ["sum", "product", "negative", "power", "quotient", "call", "call"]
        if not plain:
            kinds += {
                _VECTOR: ["spread", "recurrent", "turned", "weights", "leaf"],
                _INPUT: ["spread", "back", "tied", "leaf"],
                _SCALAR: ["reduction", "reduction", "inner", "scaled", "leaf"],
            }[axis]

        def part(own: str = axis) -> str:
            return self._formula(known, own, depth - 1, plain=plain)

        match self._one(kinds) if depth else "leaf":
            case "sum":
                return f"({part()} {self._one('+-')} {part()})"
            case "product":
                return f"({part()} * {part()})"
            case "negative":
                return f"(-{part()})"
            case "power":
                return self._power(part, axis, plain=plain)
            case "quotient":
                return f"({part()} / {_away(part())})"
            case "call":
                return self._call(self._one(_ENTRYWISE), part)
            case "spread":
                return f"({part(_SCALAR)} {self._one('+*')} {part()})"
            case "recurrent":
                return f"(U_{self._one(self.gates)} @ ({part()}))"
            case "weights":
                return f"(W_{self._one(self.gates)} @ ({part(_INPUT)}))"
            case "back":
                return f"(R_{self._one(self.gates)} @ ({part(_VECTOR)}))"
            case "turned":
                return f"(U_{self._one(self.gates)}.T @ ({part()}))"
            case "tied":
                return f"(W_{self._one(self.gates)}.T @ ({part(_VECTOR)}))"
            case "scaled":
                large = self._one(known.leaves[self._one([_VECTOR, _INPUT])] or ["b_a"])
                return f"({part()} / sqrt(size({large})))"
            case "reduction":
                return f"{self._one(_REDUCTIONS).name}({part(self._one([_VECTOR, _INPUT]))})"
            case "inner":
                return f"(({part(_VECTOR)}) @ ({part(_VECTOR)}))"
        return self._leaf(known, axis, plain=plain)

    def _power(self, part: Callable[..., str], axis: str, *, plain: bool) -> str:
        """Write a power: of a formula to a number, or of what is positive to a formula."""
        kinds = ["number", "number", "negative", "root", "of a number"]
        kinds += [] if plain else ["parameter", "formula"]
        match self._one(kinds):
            case "negative":
                return f"{_away(part())}**-{self._one([1, 2, 3])}"
            case "root":
                return f"{_away(part())}**{self._one(['0.5', '1.5', '(1 / 3)', '-0.5'])}"
            case "of a number":
                return f"{self._one([2, 0.5])}**tanh({part()})"
            case "parameter":
                return f"{_away(part())}**k_{self._one(self.gates)}"
            case "formula":
                other = part(self._one([axis, _SCALAR]))
                return f"{_away(part())}**tanh({other})"
        return f"({part()})**{self._one([2, 3])}"

    def _call(self, row: Function, part: Callable[[], str]) -> str:
        arguments = [part() for _ in range(row.arity)]
        if len(set(arguments)) < len(arguments):  # max(x, x) is a kink everywhere
            arguments[0] = f"2 * {arguments[0]}"
        if np.isfinite(row.domain.low):
            arguments = [_away(argument) for argument in arguments]
        if row.name == "exp":
            arguments = [f"tanh({argument})" for argument in arguments]
        return f"{row.name}({', '.join(arguments)})"

    def _leaf(self, known: _Known, axis: str, *, plain: bool) -> str:
        found = list(known.leaves[axis])
        if not plain and (not found or self._random.random() < 0.2):
            block = {_VECTOR: "bp", _INPUT: "e", _SCALAR: "k"}[axis]
            return f"{self._one(block)}_{self._one(self.gates)}"
        return str(self._one(found))


def _away(formula: str) -> str:
    """Keep quotients and logarithms where they are smooth: 2 + tanh is between 1 and 3."""
    return f"(2 + tanh({formula}))"


def text_of(random: Random) -> str:
    """Return a random page as a file has it."""
    page = _Page(random)
    lines = list(page.lines())
    axes = {"x": "[input]", **dict.fromkeys((*page.gates, *page.states), "[hidden]")}
    axes |= {**page.axes, **BLOCKS}
    return "\n".join(
        [
            "gates:",
            *(f"  {gate}: gate {gate}" for gate in page.gates),
            "axes:",
            *(f"  {name}: {found}" for name, found in axes.items()),
            "equations: |",
            *(f"  {line}" for line in lines),
        ]
    )


def cell_of(text: str) -> Cell:
    """Read a page."""
    return own_cell(parse(text, "random.yaml", "cell"), "random")


def trace_of(seed: int) -> Trace:
    """Return the trace of a random page with random numbers, labels, loss and cuts.

    Of those that a seed gives, the first that stays small: rounding spoils what does not.
    """
    for number in count():
        random = np.random.default_rng([seed, number])
        try:
            trace = compute(_scenario(cell_of(text_of(random)), random))
        except NotFinite:
            continue
        values = (series.values for series in trace.signals.values())
        if all(np.abs(found).max(initial=0) < _LARGEST for found in values):
            return trace
    raise AssertionError


def _scenario(cell: Cell, random: Random) -> Scenario:
    hidden, width = int(random.integers(1, 4)), int(random.integers(1, 4))
    steps = int(random.integers(1, 5))
    sizes = {"input": width, "hidden": hidden}
    labelled = random.random(steps) < 0.7
    labelled[-1] |= not labelled.any()
    return Scenario(
        name="random",
        title="random",
        source="",
        about="",
        cell=cell,
        loss=list(OF_NUMBERS.values())[int(random.integers(len(OF_NUMBERS)))],
        inputs=random.uniform(-2, 2, (steps, width)),
        labels=random.uniform(-1, 1, (steps, hidden)) * labelled[:, None],
        labelled=labelled,
        parameters={
            name: random.uniform(-1, 1, [sizes[axis] for axis in axes])
            for name, axes in cell.parameters.items()
        },
        initial={
            Id(state, t): random.uniform(-1, 1, hidden)
            for state in cell.states
            for t in cell.beyond(state, steps)
        },
        truncate=int(random.integers(1, 4)) if random.random() < 0.2 else None,
    )


def agree(found: Array, right: Array, relative: float, scale: float = 1.0) -> bool:
    """Whether two arrays are equal to rounding: by the larger entry, or by a scale alone.

    Args:
        found: one array.
        right: the other.
        relative: how far they may be apart, in parts of the largest entry.
        scale: the size of the terms that cancel where both should be 0.
    """
    size = max(np.abs(found).max(initial=0), np.abs(right).max(initial=0))
    apart = np.abs(found - right).max(initial=0)
    return bool(apart <= max(relative * size, 1e-14 * max(scale, 1.0)))


def wrong_gradients(trace: Trace) -> list[str]:
    """Return the gradients that are not the complex step's."""
    checks = list(gradcheck(trace, central=False))
    scale = _scale(trace)
    return [
        f"{check.id} {check.error:.1e}"
        for check in checks
        if not agree(check.derived, check.complex_step, 1e-9, scale)
    ]


def _scale(trace: Trace) -> float:
    found = (series.values for series in trace.signals.values())
    return max(float(np.abs(values).max(initial=0)) for values in found)


def wrong_sums(trace: Trace) -> list[str]:
    """Return the gradients that the shares or contributions of the losses do not add up to.

    Of a sample: each is a run of its own.
    """
    found, scale = [], _scale(trace)
    first = np.random.default_rng(len(trace)).integers(_EVERY)
    for step in trace[int(first) :: _EVERY]:
        if step.phase is Phase.BACKWARD and is_gradient_in_time(step):
            parts = [share.value for share in shares(trace, step)]
            total = sum(parts, np.zeros_like(step.value))
        elif step.phase is Phase.GRADIENTS and not step.rows:
            entries = list(np.ndindex(step.value.shape))
            total = contributions(trace, step, entries).sum(axis=(1, 2))
            total = total.reshape(step.value.shape)
        else:
            continue
        if not agree(total, step.value, 1e-12, scale):
            found.append(step.id)
    return found


def wrong_values(trace: Trace) -> list[str]:
    """Return the places whose value is not what the walk gives, up to the first one."""
    scale = _scale(trace)
    for place, value in walked(trace.places).items():
        if not agree(trace.places.base(place), value, 1e-10, scale):
            return [str(place)]
    return []


def wrong_by_jax(trace: Trace) -> list[str]:
    """Return the gradients of parameters and initial states that are not JAX's."""
    from opinion import gradients_of

    right, scale = gradients_of(trace.scenario), _scale(trace)
    derived = {
        Id(equation.of): np.asarray(trace.parameters[equation.target])
        for equation in trace.program.derivation.gradients
        if equation.of
    }
    cell, steps = trace.scenario.cell, trace.scenario.steps
    for equation in trace.program.derivation.boundary:
        t = cell.beyond(equation.of, steps)[equation.beyond - 1]
        derived[Id(equation.of, t)] = trace.find(Id(equation.target, t)).value
    assert derived.keys() == right.keys()
    return [
        str(name)
        for name, found in derived.items()
        if not agree(found, right[name], 1e-10, scale)
    ]


CHECKS: Mapping[str, Callable[[Trace], list[str]]] = {
    "gradients": wrong_gradients,
    "sums": wrong_sums,
    "values": wrong_values,
    "local derivatives": wrong_locals,
}


def main() -> None:
    """Print how many pages are right; exit with 1 if one is not."""
    checks = dict(CHECKS)
    if "--jax" in sys.argv:
        checks["gradients by JAX"] = wrong_by_jax
    good: Counter[str] = Counter()
    bad = False
    silent = 0
    for seed in range(PAGES):
        trace = trace_of(seed)
        for name, check in checks.items():
            found = check(trace)
            good[name] += not found
            for item in found:
                print(f"page {seed}: {name}: {item}", flush=True)
        silent += len(unwritten(trace))
    for name in checks:
        print(f"{name}: right on {good[name]} of {PAGES} pages")
        bad |= good[name] < PAGES
    print(f"places whose local derivative has more axes than a formula: {silent}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
