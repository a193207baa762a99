"""What people write that is no formula here, and what to write instead: one table.

In the words of the field, not of the language whose syntax formulas have.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

_NODES: Mapping[type[ast.AST], tuple[str, str]] = {
    ast.Compare: ("a comparison", "write max, min, relu or a gate such as sigmoid(z_g[t])"),
    ast.BoolOp: ("and/or", "write the product of two gates, or their max"),
    ast.IfExp: (
        "a condition",
        "write a gate: g[t] * a[t] + (1 - g[t]) * b[t], or max, min or relu",
    ),
    ast.Lambda: ("a function definition", "write the formula where it is used"),
    ast.Dict: ("a dictionary", "declare parameters in 'axes', and write their names"),
    ast.Set: ("a set", "declare parameters in 'axes', and write their names"),
    ast.List: ("a list", "declare a parameter in 'axes', or write concat(a[t], b[t])"),
    ast.Tuple: ("a comma", "write an equation for each value, or concat(a[t], b[t])"),
    ast.ListComp: ("a comprehension", "write each time step or unit, or sum(…)"),
    ast.SetComp: ("a comprehension", "write each time step or unit, or sum(…)"),
    ast.DictComp: ("a comprehension", "write each time step or unit, or sum(…)"),
    ast.GeneratorExp: ("a comprehension", "write each time step or unit, or sum(…)"),
    ast.JoinedStr: ("text", "write a name without quotes"),
    ast.Starred: ("a star in front", "write each argument"),
    ast.NamedExpr: ("an assignment", "write an equation of its own, on a line before"),
    ast.Slice: ("a range", "write each time step: h[t-1] + h[t-2]"),
    ast.Await: ("the word await", "leave it out"),
    ast.Yield: ("the word yield", "leave it out"),
    ast.YieldFrom: ("the word yield", "leave it out"),
}
_SIGNS: Mapping[type[ast.AST], tuple[str, str]] = {
    ast.UAdd: ("a plus sign in front", "leave it out"),
    ast.Not: ("the word not", "write 1 - g[t] for the opposite of a gate"),
    ast.Invert: ("the sign ~", "write 1 - g[t] for the opposite of a gate"),
}
_OPERATORS: Mapping[type[ast.operator], tuple[str, str]] = {
    ast.FloorDiv: ("//", "write / for a quotient"),
    ast.Mod: ("%", "a remainder has no useful derivative"),
    ast.BitXor: ("^", "write ** for a power"),
    ast.BitAnd: ("&", "write the product of two gates"),
    ast.BitOr: ("|", "write concat(a[t], b[t]) to join two lists of numbers"),
    ast.LShift: ("<<", "write a product with a power: 2**n"),
    ast.RShift: (">>", "write a quotient by a power: 2**n"),
}
_FUNCTIONS: Mapping[str, str] = {
    "dot": "write a[t] @ b[t]",
    "matmul": "write W @ a[t]",
    "mm": "write W @ a[t]",
    "inner": "write a[t] @ b[t]",
    "transpose": "write W.T",
    "pow": "write a[t]**p",
    "power": "write a[t]**p",
    "square": "write a[t]**2",
    "ln": "write log",
    "logistic": "write sigmoid",
    "expit": "write sigmoid",
    "maximum": "write max",
    "minimum": "write min",
    "fabs": "write abs",
    "len": "write size, the number of entries",
    "numel": "write size, the number of entries",
    "concatenate": "write concat(a[t], b[t])",
    "hstack": "write concat(a[t], b[t])",
    "vstack": "write concat(a[t], b[t])",
    "cat": "write concat(a[t], b[t])",
    "where": "write a gate: g[t] * a[t] + (1 - g[t]) * b[t]",
    "clip": "write max(0, min(1, a[t]))",
    "clamp": "write max(0, min(1, a[t]))",
    "norm": "write sqrt(sum(a[t]**2))",
    "softplus": "write log(1 + exp(a[t]))",
    "silu": "write a[t] * sigmoid(a[t])",
    "swish": "write a[t] * sigmoid(a[t])",
    "attention": "attention over time steps is not supported",
    "sum_t": "sums over time steps are not supported: write each, h[t-1] + h[t-2]",
}


def refused(node: ast.AST) -> str:
    """Say that a part of a formula is not known here, and what to write instead."""
    kind = type(node.op) if isinstance(node, ast.UnaryOp) else type(node)
    what, instead = {**_NODES, **_SIGNS}.get(
        kind, ("what stands here", "formulas have numbers, names, + - * / ** @ and functions")
    )
    return f"{what} is not part of the formula language: {instead}"


def operator_refused(operator: ast.operator) -> str:
    """Say that an operator is not known here, and what to write instead."""
    sign, instead = _OPERATORS[type(operator)]
    return f"only the operators + - * / ** @ are known, not {sign}: {instead}"


def function_refused(node: ast.Call, known: Collection[str]) -> str:
    """Say that there is no such function, and what to write instead."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if isinstance(node.func, ast.Name):
        name = node.func.id
    if not name:
        return "only a function's name can be called, as in tanh(a[t])"
    if isinstance(node.func, ast.Attribute) and name in known:
        return f"a function is called by its name alone: write {name}(…)"
    if name in _FUNCTIONS:
        return f"unknown function {name}: {_FUNCTIONS[name]}"
    return f"unknown function {name}; known are {', '.join(sorted(known))}"


def index_refused(index: ast.expr) -> str:
    """Say that a time index is none, and what one is."""
    if isinstance(index, ast.Slice):
        return refused(index)
    one = "the time step t, or one before it: t-1, t-2"
    entry = "one entry alone is not read: write e @ h[t] with a parameter e, 1 in its place"
    if isinstance(index, ast.Tuple):
        return f"a time index is {one}; {entry}"
    return f"a time index is {one}"


def constant_refused(value: object) -> str:
    """Say that a constant is no number."""
    if isinstance(value, complex):
        return "complex numbers are not part of the formula language: write real ones"
    if isinstance(value, str | bytes):
        return "text is not a number: write a name without quotes"
    return f"{'…' if value is ... else value!s:.40} is not a number: write 0, 1 or a parameter"


def base_refused(base: ast.expr) -> str:
    """Say that what stands before an index has no time steps."""
    if isinstance(base, ast.Subscript):
        return (
            "one entry alone is not read: write e @ h[t] with a parameter e, 1 in its place; "
            "and a signal has one time index"
        )
    return "a time index must follow a name, as in h[t-1]: write an equation for the formula"


def dot_refused(node: ast.Attribute) -> str:
    """Say what a dot may stand for."""
    if node.attr == "T":
        return ".T turns a matrix of parameters, as in U.T @ h[t-1]: of a formula leave it out"
    return "a dot is not part of the formula language: only .T of a parameter is, as in U.T"
