"""Mistakes with what a gate multiplies: the reset gate's forms, carries; see `operators`."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Number,
    Parameter,
    Signal,
    Transpose,
    addends,
    replaced,
    substitute,
    symbols,
    total,
    walk,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.mistakes.activation import slopes
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import (
    Factor,
    Formula,
    Found,
    Node,
    Result,
    Site,
    Term,
    product_of,
)
from lstm_tutor.model.equation import Role

_ONE, _LEAK = Number(1), Number(0.01)


def bias_outside(site: Site, setting: Setting) -> Found:
    """A bias outside of what a gate multiplies: ``r * (U @ h) + c`` for ``r * (U @ h + c)``."""
    for _, gate, inner in _scaled(site, setting):
        for bias in _biases(inner, setting):
            rest = _without(inner, bias)
            yield bias, None, total((Binary("*", gate, rest), bias))


def bias_inside(site: Site, setting: Setting) -> Found:
    """The other bias inside of what a gate multiplies."""
    match site:
        case Term(bare=part, others=others) if setting.role == "forward":
            for _, gate, inner in _scaled(Node(part), setting):
                for bias in _biases(total(others), setting):
                    product = Binary("*", gate, total((inner, bias)))
                    yield bias, None, total((_without(total(others), bias), product))


def reset_before(site: Site, setting: Setting) -> Found:
    """The state scaled before the product with a matrix, where that has a line of its own."""
    match site:
        case Node(Binary("*", Signal() as gate, Signal() as q)) if setting.role == "forward":
            inner = _made(q, setting)
            if inner is not None:
                new = _scaled_inside(inner, gate)
                if new is not None:
                    yield site.node, new, new
        case Node(Call(name, (Signal() as arrived, given))) if (
            FUNCTIONS[name].kind is Kind.OUTER and setting.role == "sum over time"
        ):
            for gate, behind in _scaled_by(arrived, setting):
                new = Call(name, (behind, Binary("*", gate, given)))
                yield site.node, new, new


def reset_in_line(site: Site, setting: Setting) -> Found:
    """The same in that line itself."""
    target = setting.equation.target
    if not isinstance(site, Result) or setting.role != "forward":
        return
    for line in setting.cell.equations:
        for node in walk(line.expression) if line.expression is not None else ():
            match node:
                case Binary("*", Signal(_, 0) as gate, Signal(name, 0)) if name == target:
                    new = _scaled_inside(site.node, gate)
                    if new is not None and setting.available(gate):
                        yield site.node, new, new


def without_bias(site: Site, setting: Setting) -> Found:
    """On the way back, a line's value without its bias."""
    match site:
        case Node(Signal() as q) if setting.role == "backward":
            inner = _made(Signal(q.name), setting)
            if inner is not None and q.name not in setting.cell.preactivations.values():
                for bias in _biases(inner, setting):
                    yield bias, None, Binary("-", q, bias)


def carry_once(site: Site, setting: Setting) -> Found:
    """Of what is carried on only what came in at the next time step, not what it carried."""
    own = setting.equation.target
    match site:
        case Term(bare=part) if setting.role == "backward":
            carries = [s for s in symbols(part) if isinstance(s, Signal) and s.name == own]
            others = [one for one in site.others if Signal(own, 1) not in symbols(one)]
            if carries == [Signal(own, 1)] and others:
                direct = _at_next(total(tuple(others)))
                new = substitute(part, lambda s: direct if s == Signal(own, 1) else s)
                yield part, new, site.instead(site.signed(new))


def _at_next(node: Expression) -> Expression:
    """Return a formula as it is at the next time step."""

    def later(symbol: Expression) -> Expression:
        if isinstance(symbol, Signal) and not symbol.fixed:
            return Signal(symbol.name, symbol.shift + 1)
        return symbol

    return substitute(node, later)


def read_without_carry(site: Site, setting: Setting) -> Found:
    """A gradient read without what was carried to it from the next time step."""
    match site:
        case Node(Signal(name, 0, fixed=False)) if setting.role == "backward":
            line = setting.partners.equations.get(name)
            terms = addends(line.expression) if line is not None and line.expression else ()
            later = [t for t in terms if any(_ahead(s) for s in symbols(t))]
            kept = tuple(t for t in terms if t not in later)
            if later and kept and name in setting.partners.backward:
                yield total(tuple(later)), None, total(kept)


def _ahead(symbol: Expression) -> bool:
    return isinstance(symbol, Signal) and symbol.shift > 0


def reset_on_the_way(site: Site, setting: Setting) -> Found:
    """On the way back the other form of a reset gate: ``(U.T @ g) * h`` for ``g * (U @ h)``."""
    match site:
        case Factor(parts, number, factor=Signal() as q) if setting.role == "backward":
            inner = _made(q, setting)
            first = parts[0][0]
            if inner is None or number == 0 or not isinstance(first, Signal):
                return
            for term in addends(inner):
                match term:
                    case Binary("@", Parameter() as matrix, Signal() as state):
                        arrived = Binary("@", Transpose(matrix), first)
                        rest = [*parts[1:number], *parts[number + 1 :]]
                        new = product_of([(arrived, False), (state, False), *rest])
                        yield Binary("*", first, q), Binary("*", arrived, state), new


def carry_kept(site: Site, setting: Setting) -> Found:
    """What came back at later time steps added up, as if it were a sum over time."""
    if isinstance(site, Result) and setting.equation.role is Role.CARRY:
        before = Signal(setting.equation.target, setting.direction(setting.equation.target))
        yield before, before, total((site.node, before))


def extra_gate(site: Site, setting: Setting) -> Found:
    """One gate too many among the factors of a carry."""
    match site:
        case Term(bare=part) if setting.role == "backward":
            shifts = {s.shift for s in symbols(part) if isinstance(s, Signal) and s.shift > 0}
            for shift in shifts:
                for gate in setting.cell.gates:
                    new = Binary("*", part, Signal(gate, shift))
                    same = setting.sized(Signal(gate)) == setting.sized(
                        Signal(setting.equation.of or gate)
                    )
                    if same and not _product_with_matrix(part):
                        yield part, new, site.instead(site.signed(new))


def slope_for_gate(site: Site, setting: Setting) -> Found:
    """A gate's slope in place of the gate, in what is carried back."""
    match site:
        case Factor(factor=Signal(name, shift, fixed=False) as gate) if shift:
            if setting.role == "backward" and name in setting.cell.gates and not site.divides:
                line = setting.partners.equations.get(name)
                match line.expression if line is not None else None:
                    case Call(function, arguments) if FUNCTIONS[function].activation:
                        new = FUNCTIONS[function].slope(0, arguments, gate)
                        yield gate, new, site.instead(new)


def slope_of_relu(site: Site, setting: Setting) -> Found:
    """The slope of relu, or of one that leaks, in place of another activation's."""
    for slope in slopes(site, setting):
        if slope.by_value and slope.row.name != "relu":
            open_ = Call("step", (slope.base,))
            yield slope.instead(open_)
            leaking = Binary("+", _LEAK, Binary("*", Binary("-", _ONE, _LEAK), open_))
            yield slope.instead(leaking)


def everywhere(site: Site, setting: Setting) -> Found:
    """Another quantity in every place of one."""
    match site:
        case Formula(formula):
            for one in symbols(formula):
                count = sum(node == one for node in walk(formula))
                others = {*setting.siblings(one), *setting.alike(one)} if count > 1 else set()
                for other in sorted(others, key=str):
                    yield (
                        one,
                        other,
                        substitute(formula, lambda s, o=one, n=other: n if s == o else s),  # type: ignore[misc]
                    )


def _scaled(
    site: Site, setting: Setting
) -> Iterator[tuple[Expression, Expression, Expression]]:
    """Yield a product of a gate with a sum that has a line of its own, or none."""
    match site:
        case Node(Binary("*", Signal() as gate, inner) as node) if setting.role == "forward":
            made = _made(inner, setting) if isinstance(inner, Signal) else inner
            if made is not None and gate.name in setting.cell.gates:
                yield node, gate, inner if isinstance(inner, Signal) else made


def _made(symbol: Expression, setting: Setting) -> Expression | None:
    """Return the formula of a signal that is a sum with a matrix product in it."""
    if not isinstance(symbol, Signal) or symbol.shift:
        return None
    line = setting.partners.equations.get(symbol.name)
    formula = line.expression if line is not None else None
    if formula is None or len(addends(formula)) < 2:
        return None
    return formula if any(map(_product_with_matrix, addends(formula))) else None


def _product_with_matrix(node: Expression) -> bool:
    return any(isinstance(part, Binary) and part.operator == "@" for part in walk(node))


def _biases(inner: Expression, setting: Setting) -> Iterator[Parameter]:
    """Yield the parameters that are terms of a sum, or of the line of a signal."""
    made = _made(inner, setting) or inner
    yield from (term for term in addends(made) if isinstance(term, Parameter))


def _without(inner: Expression, bias: Parameter) -> Expression:
    """Return a sum without one of its terms; of a signal the signal less it."""
    if isinstance(inner, Signal):
        return Binary("-", inner, bias)
    return total(tuple(term for term in addends(inner) if term != bias))


def _scaled_inside(inner: Expression, gate: Signal) -> Expression | None:
    """Return a sum in which what a matrix is multiplied with is scaled first."""
    changed = replaced(inner, lambda node: _scaled_product(node, gate))
    return None if changed == inner else changed


def _scaled_product(node: Expression, gate: Signal) -> Expression | None:
    match node:
        case Binary("@", Parameter() | Transpose(Parameter()) as matrix, Signal() as state):
            return Binary("@", matrix, Binary("*", gate, state))
    return None


def _scaled_by(arrived: Signal, setting: Setting) -> Iterator[tuple[Signal, Signal]]:
    """Yield the gate that multiplies the line of which a gradient is, and the gradient of
    what that goes into.
    """
    backward = setting.partners.program.derivation.backward
    own = next((e.of for e in backward if e.target == arrived.name), "")
    for line in setting.cell.equations if own else ():
        for node in walk(line.expression) if line.expression is not None else ():
            match node:
                case Binary("*", Signal(_, 0) as gate, Signal(name, 0)) if name == own:
                    behind = next((e.target for e in backward if e.of == line.target), "")
                    if behind:
                        yield gate, Signal(behind, arrived.shift)
