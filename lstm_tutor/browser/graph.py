"""What a picture of a time step has in it: boxes, circles and the wires between them.

Made from the equations, of any page. A sum of products with parameters is one box, its
parameters not drawn, and joins the function used on it alone; other operators are circles.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Parameter,
    Signal,
    Transpose,
    addends,
    symbols,
    walk,
)
from lstm_tutor.algebra.printer import UNICODE, called
from lstm_tutor.model.equation import Equation
from lstm_tutor.model.symbol import INPUT, LABEL, LOSS

_SIGNS = {"+": "+", "-": "−", "*": "⊙", "/": "÷", "@": "·", "**": "^"}


@dataclass(frozen=True)
class Node:
    """A box or a circle.

    Attributes:
        key: a symbol, or the equation and number of an operator.
        shown: the symbols whose values stand in it, from above; none for an operator.
        sign: the operator or function.
        given: whether it is not computed.
    """

    key: str
    shown: tuple[str, ...] = ()
    sign: str = ""
    given: bool = False


@dataclass(frozen=True)
class Wire:
    """A value that goes into a node.

    Attributes:
        source: the key of the node that it comes from.
        shift: the source's time step, relative to the node's.
        into: the key of the node.
        equation: the target of the equation that it belongs to.
    """

    source: str
    shift: int
    into: str
    equation: str


@dataclass
class Graph:
    """The nodes of one time step in the order of their equations, and their wires."""

    nodes: dict[str, Node] = field(default_factory=dict)
    wires: list[Wire] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    """The key of the node that shows each symbol."""

    def way(self, operand: Signal, consumer: str) -> list[Wire]:
        """Return the wires from a quantity to where an equation that uses it ends."""
        source = self.places.get(operand.name)
        goal = self.places.get(consumer)

        def back(key: str) -> list[Wire] | None:
            for wire in self.wires:
                if wire.into == key and wire.equation in (consumer, goal):
                    if wire.source == source and wire.shift == operand.shift:
                        return [wire]
                    inner = back(wire.source) if not wire.shift else None
                    if inner is not None:
                        return [*inner, wire]
            return None

        return (back(goal) or []) if goal and source else []


def graph_of(equations: tuple[Equation, ...], loss: Expression | None) -> Graph:
    """Return the picture of a time step of a page's equations, and of its loss."""
    graph = Graph()
    _show(graph, Node(INPUT, (INPUT,), given=True))
    whole = [e for e in equations if e.expression is not None]
    users: dict[str, list[str]] = {}
    for equation in whole:
        for symbol in symbols(equation.expression or Number(0)):
            users.setdefault(symbol.name, []).append(equation.target)
    for equation in whole:
        _equation(graph, equation.target, equation.expression or Number(0), users)
    # what another time step reads may have been drawn only after its reader
    graph.wires = [replace(w, source=graph.places.get(w.source, w.source)) for w in graph.wires]
    if loss is not None:
        _show(graph, Node(LABEL, (LABEL,), given=True))
        _show(graph, Node(LOSS, (LOSS,)))
        for symbol in symbols(loss):
            if isinstance(symbol, Signal) and symbol.name in graph.places:
                _wire(graph, (graph.places[symbol.name], symbol.shift), LOSS, LOSS)
    return graph


def _show(graph: Graph, node: Node) -> None:
    graph.nodes[node.key] = node
    for symbol in node.shown:
        graph.places[symbol] = node.key


def _wire(graph: Graph, source: tuple[str, int], into: str, equation: str) -> None:
    graph.wires.append(Wire(*source, into, equation))


def _equation(graph: Graph, target: str, node: Expression, users: dict[str, list[str]]) -> None:
    if isinstance(node, Call) and len(node.arguments) == 1:
        inner, sign = node.arguments[0], _sign(node.function)
        if isinstance(inner, Signal) and not inner.shift:
            box = graph.nodes.get(graph.places.get(inner.name, ""))
            if box and box.sign == "box" and users.get(inner.name) == [target]:
                del graph.nodes[box.key]
                _show(graph, Node(box.key, (target, *box.shown), sign))
                return
        if _linear(inner):
            _box(graph, target, inner, Node(target, (target,), sign))
            return
    if _linear(node):
        _box(graph, target, node, Node(target, (target,), "box"))
        return
    root = _part(graph, target, node)
    _show(graph, Node(target, (target,)))
    if root is not None:
        _wire(graph, root, target, target)


def _sign(function: str) -> str:
    return called(function, UNICODE).strip("[]{} ;") or function


def _linear(node: Expression) -> bool:
    """Whether it is a chain of sums with a product with parameters in it."""
    return any(_weighted(part) is not None for part in addends(node))


def _weighted(part: Expression) -> Expression | None:
    """Return what a parameter is multiplied with, if it is."""
    if isinstance(part, Binary) and part.operator in "*@":
        left, right = part.left, part.right
        if _constant(left) and not _constant(right):
            return right
        if _constant(right) and not _constant(left) and _named(right):
            return left
    return None


def _constant(node: Expression) -> bool:
    return not any(isinstance(part, Signal) for part in walk(node))


def _named(node: Expression) -> bool:
    return any(isinstance(part, Parameter) for part in walk(node))


def _box(graph: Graph, target: str, node: Expression, box: Node) -> None:
    """Draw a chain of sums as one box, with what goes into it."""
    sources: dict[tuple[str, int], None] = {}
    for part in addends(node):
        bare = part.operand if isinstance(part, Negative) else part
        found = _part(graph, target, _weighted(bare) or bare)
        if found is not None:
            sources[found] = None
    _show(graph, box)
    for source in sources:
        _wire(graph, source, box.key, target)


def _part(graph: Graph, target: str, node: Expression) -> tuple[str, int] | None:
    """Draw a part of a formula; return where its value comes from, None for a constant."""
    match node:
        case Signal(name, shift):
            return graph.places.get(name, name), shift
        case Negative(operand):
            return _operator(graph, target, "−", (operand,))
        case Transpose(operand):
            return _part(graph, target, operand)
        case Call(function, arguments):
            return _operator(graph, target, _sign(function), arguments)
        case Binary(operator, left, right):
            return _operator(graph, target, _binary(operator, left, right), (left, right))
    return None


def _binary(operator: str, left: Expression, right: Expression) -> str:
    """Return the sign of an operator, with the plain number that stands at it."""
    sign = _SIGNS[operator]
    if isinstance(left, Number):
        return f"{left.value:g}{sign}"
    return f"{sign}{right.value:g}" if isinstance(right, Number) else sign


def _operator(
    graph: Graph, target: str, sign: str, arguments: tuple[Expression, ...]
) -> tuple[str, int] | None:
    found = [_part(graph, target, argument) for argument in arguments]
    sources = [source for source in found if source is not None]
    if not sources:
        return None
    key = f"{target}:{len(graph.nodes)}"
    graph.nodes[key] = Node(key, (), sign)
    for source in dict.fromkeys(sources):
        _wire(graph, source, key, target)
    return key, 0
