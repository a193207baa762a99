"""What people put in a formula's place by habit: another model's, or half of a rule."""

from __future__ import annotations

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Number,
    Parameter,
    Signal,
    Symbol,
    Transpose,
    replaced,
    total,
)
from lstm_tutor.algebra.functions import SIGMOID
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import Formula, Found, Node, Result, Site
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import layer_of

_ONE = Number(1)


def rest_of_another(site: Site, setting: Setting) -> Found:
    """For a gate the rest of another gate of the same equation, as coupled gates have it."""
    gates = setting.cell.preactivations
    if setting.role != "forward":
        return
    match site:
        case Node(Signal(name, 0) as own) if name in gates and setting.equation.expression:
            for other in setting.alike(own):
                gate = isinstance(other, Signal) and other.name in gates and not other.shift
                if gate and _opens(other, setting) and _opens(own, setting):
                    rest = Binary("-", _ONE, other)
                    yield own, rest, rest


def coupled(site: Site, setting: Setting) -> Found:
    """A gate that is the rest of another one, in its own equation."""
    target = setting.equation.target
    if isinstance(site, Result) and setting.role == "forward" and target in setting.cell.gates:
        for name in setting.cell.gates:
            other = Signal(name)
            near = name != target and layer_of(name) == layer_of(target)
            both = _opens(other, setting) and _opens(Signal(target), setting)
            if near and both and setting.available(other):
                rest = Binary("-", _ONE, other)
                yield site.node, rest, rest


def _opens(gate: Symbol, setting: Setting) -> bool:
    """Whether a gate is a share, between 0 and 1."""
    found = setting.partners.equations.get(gate.name)
    call = found.expression if found else None
    return isinstance(call, Call) and call.function == SIGMOID


def gate_bias(site: Site, setting: Setting) -> Found:
    """1 added to the pre-activation of a gate, as programs start a forget gate's bias."""
    target = setting.equation.target
    gates = [gate for gate, own in setting.cell.preactivations.items() if own == target]
    if not isinstance(site, Result) or setting.role != "forward":
        return
    if any(_opens(Signal(gate), setting) for gate in gates):
        yield Signal(target), _ONE, total((site.node, _ONE))


def matrices_left_out(site: Site, setting: Setting) -> Found:
    """All the matrices left out on the way back, where they have as many rows as columns."""
    if not isinstance(site, Formula) or setting.role != "backward":
        return
    left_out: list[Expression] = []

    def bare(node: Expression) -> Expression | None:
        match node:
            case Binary("@", Transpose(Parameter() as matrix) as turned, other):
                rows = setting.sized(matrix)
                if len(rows) == 2 and rows[0] == rows[1]:
                    left_out.append(turned)
                    return other
        return None

    changed = replaced(site.node, bare)
    if len(left_out) > 1:
        yield left_out[0], None, changed


def error_for_sign(site: Site, setting: Setting) -> Found:
    """Of the error only the sign, as the absolute error's derivative is."""
    if isinstance(site, Result) and setting.equation.role is Role.LABEL:
        match site.node:
            case Binary("-") as error:
                new = Call("sign", (error,))
                yield error, new, new


def loss_for_gradient(site: Site, setting: Setting) -> Found:
    """The squared error, or half of it, in place of the error."""
    if isinstance(site, Node) and setting.equation.role is Role.LABEL:
        match site.node:
            case Binary("-", Signal(), Signal()) as error:
                square = Binary("**", error, Number(2))
                yield error, square, square
                half = Binary("/", square, Number(2))
                yield error, half, half
