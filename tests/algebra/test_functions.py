"""The table of functions: each row is true, and is all that a function needs."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import data, invoke, shown
from hypothesis import given
from hypothesis import strategies as st
from oracle import walked

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import Expression, Literal, Number, Parameter, Symbol
from lstm_tutor.algebra.function import Function, IncompleteRow, Kind, table
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.parser import parse
from lstm_tutor.algebra.printer import LATEX, PLAIN, show
from lstm_tutor.audit.reach import Interval, interval
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.mistakes.activation import USUAL
from lstm_tutor.mistakes.table import kinds
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.gradcheck import Check, gradcheck
from lstm_tutor.trace.trace import Trace, compute

PACKAGE = Path(__file__).parents[2] / "lstm_tutor"
ROWS = list(FUNCTIONS.values())
ELEMENTWISE = [row for row in ROWS if row.kind is Kind.ELEMENTWISE]
GIVEN = [row for row in ROWS if not row.derived]
_TINY = 1e-30
_POINTS = st.floats(-6, 6).map(lambda x: round(x, 6))


def _named(rows: list[Function]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)


def _at(text: str | Expression, values: dict[str, Any]) -> Any:
    node = parse(text, derived=True) if isinstance(text, str) else text
    return evaluate(node, lambda symbol: values[symbol.name])


def _arguments(row: Function, draw: Any, shape: tuple[int, ...] = ()) -> list[Any]:
    """Draw arguments from a function's domain, at least 0.1 inside."""
    low = max(-6.0, row.domain.low + 0.1)
    size = int(np.prod(shape))
    draws = st.lists(st.floats(low, 6), min_size=size, max_size=size)
    return [np.round(draw(draws), 6).reshape(shape) for _ in range(row.arity)]


def _kinks(row: Function, arguments: list[Any]) -> list[Any]:
    return [np.abs(_at(text, dict(zip("xy", arguments, strict=False)))) for text in row.kinks]


@pytest.mark.each
@_named(GIVEN)
@given(st.data())
def test_a_slope_is_the_complex_step_derivative(row: Function, draw: st.DataObject) -> None:
    """Away from its kinks, by each argument, at random points and arrays."""
    arguments = _arguments(row, draw.draw, (3,))
    if any((distance < 1e-3).any() for distance in _kinks(row, arguments)):
        return
    names = (Parameter("x"), Parameter("y"))[: row.arity]
    for number in range(len(row.derivatives)):
        slope = row.slope(number, names, Parameter("out"))
        known = dict(zip("xy", arguments, strict=False)) | {"out": row.value(*arguments)}
        found = np.broadcast_to(_at(slope, known), (3,))
        for place in range(3):
            moved = [np.array(argument, complex) for argument in arguments]
            moved[number][place] += _TINY * 1j
            value = np.imag(row.value(*moved)) / _TINY
            expected = value if row.kind is Kind.REDUCTION else value[place]
            assert found[place] == pytest.approx(expected, rel=1e-12, abs=1e-12)


@_named([row for row in GIVEN if row.kind is Kind.ALONG])
@given(st.data())
def test_a_matrix_is_the_complex_step_derivative(row: Function, draw: st.DataObject) -> None:
    """Of a list by a list: entries of the value down, of the argument across."""
    (argument,) = _arguments(row, draw.draw, (3,))
    found = _at(row.matrix(Parameter("out")), {"out": row.value(argument)})
    for place in range(3):
        moved = np.array(argument, complex)
        moved[place] += _TINY * 1j
        expected = np.imag(row.value(moved)) / _TINY
        assert found[:, place] == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.each
@pytest.mark.parametrize(
    ("name", "arguments", "slopes"),
    [
        ("relu", (0.0,), (0,)),
        ("abs", (0.0,), (0,)),
        ("hard_sigmoid", (3.0,), (0,)),
        ("hard_sigmoid", (-3.0,), (0,)),
        ("max", (0.5, 0.5), (0.5, 0.5)),
        ("min", (0.5, 0.5), (0.5, 0.5)),
    ],
)
def test_at_a_kink_the_slope_is_the_tables(
    name: str, arguments: tuple[float, ...], slopes: tuple[float, ...]
) -> None:
    """What frameworks take there: 0 in a corner, half each where two are equal."""
    row = FUNCTIONS[name]
    assert any(distance == 0 for distance in _kinks(row, list(arguments)))
    found = [
        _at(row.slope(n, [Number(x) for x in arguments], Number(0)), {})
        for n in range(row.arity)
    ]
    assert tuple(found) == slopes


@pytest.mark.each
@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("relu", (-0.5,), 0), ("relu", (0.5,), 0.5), ("abs", (-0.5,), 0.5),
        ("hard_sigmoid", (-4.0,), 0), ("hard_sigmoid", (4.0,), 1),
        ("hard_sigmoid", (0.6,), 0.6), ("hard_sigmoid", (-1.2,), 0.3),
        ("max", (0.1, 0.2), 0.2), ("min", (0.1, 0.2), 0.1), ("sqrt", (2.25,), 1.5),
        ("mean", ([1.0, 2.0, 6.0],), 3), ("size", ([[1.0, 2.0, 6.0]],), 3),
        ("step", (-0.0,), 0), ("sign", (-2.0,), -1), ("sign", (0.0,), 0),
    ],
)  # fmt: skip
def test_values_are_the_definitions(
    name: str, arguments: tuple[Any, ...], value: float
) -> None:
    """Known values, worked by hand."""
    found = FUNCTIONS[name].value(*(np.array(argument) for argument in arguments))
    assert float(found) == pytest.approx(value, rel=1e-15)


@_named(GIVEN)
def test_what_is_no_number_stays_none(row: Function) -> None:
    """An undefined argument is not taken for a side of a kink."""
    for number in range(row.arity):
        arguments = [np.array([1.0, 1.0]) for _ in range(row.arity)]
        arguments[number][0] = np.nan
        place = 2 * number if row.kind is Kind.JOIN else 0
        assert row.by_shape or np.isnan(np.ravel(row.value(*arguments))[place])


@_named([row for row in ELEMENTWISE if row.monotone])
@given(st.data())
def test_a_monotone_function_never_falls(row: Function, draw: st.DataObject) -> None:
    """Between any two points of its domain."""
    first, second = _arguments(row, draw.draw), _arguments(row, draw.draw)
    low, high = np.minimum(first, second), np.maximum(first, second)
    assert row.value(*low) <= row.value(*high)


@_named([row for row in ROWS if row.kind is not Kind.OVER_TIME])
@given(st.data())
def test_rounding_stays_within_the_radius(row: Function, draw: st.DataObject) -> None:
    """However the arguments are off within their radii, the value is within its own."""
    arguments = _arguments(row, draw.draw, (2,))
    radii = [draw.draw(st.sampled_from([0.0, 1e-6, 0.05])) for _ in arguments]
    if row.kind is Kind.SPREAD:
        arguments[0] = arguments[0][0]
    value = row.value(*arguments)
    radius = row.radius(value, list(zip(arguments, radii, strict=True)))
    off = [
        argument + own * draw.draw(st.floats(-1, 1)) * np.ones_like(argument)
        for argument, own in zip(arguments, radii, strict=True)
    ]
    assert (np.abs(row.value(*off) - value) <= radius + 1e-13).all()


@_named([row for row in ROWS if row.never_zero])
@given(_POINTS)
def test_what_is_never_zero_is_not(row: Function, x: float) -> None:
    """At any point."""
    assert row.value(np.array(x)) != 0


@_named([row for row in ROWS if row.absorbs])
@given(_POINTS)
def test_an_absorbed_function_changes_nothing(row: Function, x: float) -> None:
    """Applied to the argument, it leaves the value as it is."""
    for name in row.absorbs:
        assert row.value(FUNCTIONS[name].value(np.array(x))) == row.value(np.array(x))


@pytest.mark.each
@_named(ELEMENTWISE)
@given(st.data())
def test_a_value_lies_in_the_interval_it_can_reach(row: Function, draw: st.DataObject) -> None:
    """Wherever the arguments lie between their ends."""
    first, second = _arguments(row, draw.draw), _arguments(row, draw.draw)
    share = draw.draw(st.floats(0, 1))
    names = ("x", "y")[: row.arity]
    ends = {
        name: Interval(float(min(pair)), float(max(pair)))
        for name, pair in zip(names, zip(first, second, strict=True), strict=True)
    }
    formula = parse(f"{row.name}({', '.join(f'{name}[t]' for name in names)})", derived=True)
    found = interval(formula, lambda symbol: ends[symbol.name])
    inside = [end.low + share * (end.high - end.low) for end in ends.values()]
    assert found.low <= row.value(*np.array(inside)) + 1e-12
    assert row.value(*np.array(inside)) <= found.high + 1e-12


def test_every_activation_that_people_know_has_words_for_its_derivative() -> None:
    """What stands in the table as taken for another can be explained to a learner."""
    assert {f"{name}-derivative" for name in USUAL} <= kinds().keys()


@pytest.mark.each
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"derivatives": ()}, "'tanh' of the table of functions has 0 derivatives"),
        ({"derivatives": ("1", "2")}, "has 2 derivatives, and 1 arguments"),
        ({"derivatives": ("1 -",)}, "'1 -': not a formula: it ends too early"),
        ({"derivatives": ("1 - y**2",)}, "'1 - y**2' uses y, which it does not have"),
        ({"derivatives": ("cos(x)",)}, "unknown function cos"),
        ({"kinks": ("x - z",)}, "uses z, which it does not have"),
        ({"monotone": False}, "does not say how rounding passes"),
        ({"taken_for": ("softplus",)}, "names 'softplus', which has no row"),
        ({"kind": Kind.REDUCTION}, "does not spell its value out"),
    ],
)
def test_a_row_that_is_not_whole_is_refused(change: dict[str, Any], message: str) -> None:
    """When the table is read, with the row's name; it is never silently passed through."""
    rows = [replace(row, **change) if row.name == "tanh" else row for row in ROWS]
    with pytest.raises(IncompleteRow) as caught:
        table(rows)
    assert message in str(caught.value)
    assert "'tanh'" in str(caught.value)


@pytest.mark.long
def test_nothing_but_the_table_asks_for_a_functions_name() -> None:
    """No other module compares a call's function with a name, or matches one."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.MatchClass(ast.Name("Call"), [ast.MatchValue() | ast.MatchOr(), *_]):
                    found.append(f"{path.name}:{node.lineno}")
                case ast.Compare(ast.Attribute(attr="function"), _, [ast.Constant(), *_]):
                    found.append(f"{path.name}:{node.lineno}")
    assert found == []


# One page per function: how the gate is activated, and the output.
PAGES = {
    "relu": ("relu(z_a[t])", "a[t] + 0.5 * h[t-1]"),
    "hard_sigmoid": ("hard_sigmoid(z_a[t])", "a[t] * h[t-1] + a[t]"),
    "max": ("tanh(z_a[t])", "max(a[t], 0.5 * h[t-1])"),
    "min": ("tanh(z_a[t])", "min(a[t], 0.35) + h[t-1] * a[t]"),
    "abs": ("abs(z_a[t])", "a[t] - abs(h[t-1] * a[t])"),
    "sqrt": ("tanh(z_a[t])", "a[t] * sqrt(1 + h[t-1]**2)"),
    "mean": ("tanh(z_a[t])", "a[t] - mean(a[t] * h[t-1])"),
    "exp": ("exp(z_a[t])", "a[t] * exp(-abs(h[t-1]))"),
    "log": ("tanh(z_a[t])", "log(2 + a[t]) + 0.25 * h[t-1]"),
    "size": ("tanh(z_a[t])", "(a[t] + h[t-1]) / sqrt(size(x[t]))"),
    "sum": ("sigmoid(z_a[t])", "a[t] - 0.125 * sum(a[t] * h[t-1])"),
    "softmax": ("softmax(z_a[t])", "a[t] - 0.5 * softmax(a[t] * h[t-1])"),
    "concat": ("tanh(z_a[t])", "a[t] * sum(concat(a[t], h[t-1]) * concat(h[t-1], z_a[t]))"),
}
CELL = """gates: {{a: candidate}}
names: {{x: input, h: hidden state, W: input weights, U: recurrent weights, b: biases}}
axes: {{x: [input], h: [hidden], W: [hidden, input], U: [hidden, hidden], b: [hidden]}}
equations: |
  z_a[t] = W_a @ x[t] + U_a @ h[t-1] + b_a
  a[t] = {gate}
  h[t] = {output}
"""
SCENARIO = """cell: cell.yaml
inputs: [[0.6, -1.1, 0.35], [-0.45, 0.8, 1.3]]
labels: [[0.25, -0.4], [0.5, 0.15]]
weights:
  W: {a: [[0.45, -0.31, 0.62], [-0.27, 0.54, 0.18]]}
  U: {a: [[0.32, -0.43], [0.51, 0.17]]}
  b: {a: [0.11, -0.15]}
initial: {h: [0.3, -0.2]}
"""
_named_pages = pytest.mark.parametrize("name", PAGES)


def _scenario(folder: Path, gate: str, output: str) -> Path:
    (folder / "cell.yaml").write_text(CELL.format(gate=gate, output=output))
    path = folder / "scenario.yaml"
    path.write_text(SCENARIO)
    return path


def _trace(folder: Path, name: str) -> Trace:
    return compute(load(str(_scenario(folder, *PAGES[name]))))


def test_every_function_of_a_cell_file_has_a_page() -> None:
    """What follows is shown of each; tanh and the sigmoid are in the bundled cells."""
    names = {row.name for row in GIVEN}
    assert names == {*PAGES, "tanh", "sigmoid"}
    assert {*PAGES} == {name for page in TOGETHER for name in _called(" ".join(page))}


@_named_pages
def test_gradients_are_exact(name: str, tmp_path: Path) -> None:
    """Against the complex step, and compiled as walked on the tree."""
    trace = _trace(tmp_path, name)
    for check in gradcheck(trace, central=False):
        assert check.error < 1e-12, check.id
    for place, value in walked(trace.places).items():
        assert np.allclose(value, trace.places.base(place), rtol=1e-12, atol=1e-15), place


@_named_pages
def test_a_substituted_line_has_the_steps_value(name: str, tmp_path: Path) -> None:
    """With all digits put in, it is arithmetic that gives the value."""
    for step in _trace(tmp_path, name):
        over_time = step.equation.role == "sum over time"
        if step.expression is None or over_time or not step.operands:
            continue

        def leaf(symbol: Symbol, operands: Any = step.operands) -> str:
            value = np.asarray(operands[symbol])
            rows = value.tolist()
            literal = Literal(tuple(map(_rows, rows))) if value.ndim else Number(rows)
            return show(literal, PLAIN)

        line = show(step.effective or step.expression, PLAIN, leaf)
        found = evaluate(parse(line, derived=True), lambda symbol: pytest.fail(str(symbol)))
        assert np.allclose(found, step.value, rtol=1e-13, atol=1e-15), line


def _called(text: str) -> set[str]:
    return set(re.findall(r"\w+(?=\()", text))


def _rows(row: Any) -> Any:
    return tuple(map(_rows, row)) if isinstance(row, list) else row


# All of them on three pages, for what takes longer.
TOGETHER = {
    ("relu(z_a[t])", "max(a[t], 0.5 * h[t-1]) - 0.125 * sum(a[t] * h[t-1])"),
    ("hard_sigmoid(z_a[t])", "min(a[t], 0.35) - mean(a[t] * h[t-1])"),
    (
        "abs(z_a[t])",
        "a[t] * sqrt(1 + h[t-1]**2) + log(2 + a[t]) * exp(-h[t-1]) / size(h[t-1])",
    ),
    ("softmax(z_a[t])", "a[t] * h[t-1] - 0.5 * sum(concat(a[t], h[t-1]))"),
}


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize(("gate", "output"), sorted(TOGETHER))
def test_every_command_takes_a_cell_with_it(gate: str, output: str, tmp_path: Path) -> None:
    """Shown, stepped, explained, checked, exported, verified, practised, printed, audited."""
    path = str(_scenario(tmp_path, gate, output))
    shown("validate", path)
    for notation in notations():
        assert shown("run", path, "--notation", notation, "--detail", "arithmetic")
    assert shown("run", path, "--epochs", "3")
    assert shown("step", path)
    once = {step["symbol"]: step["id"] for step in data(path)["steps"]}
    for id_ in once.values():
        assert shown("why", id_, path)
    assert shown("gradcheck", path)
    for suffix in ("json", "csv", "npz"):
        out = str(tmp_path / f"out.{suffix}")
        assert invoke("export", path, "-o", out).code == 0
        assert shown("check", out, "--scenario", path)
    transcript = str(tmp_path / "out.md")
    assert invoke("export", path, "-o", transcript).code == 0
    assert shown("verify", transcript)
    page = CELL.format(gate=gate, output=output)
    written = Path(transcript).read_text("utf-8")
    for row in GIVEN:
        sign = LATEX.functions[row.name].template.format("?", "?").partition("?")[0].strip()
        assert row.name not in _called(page) or sign in written
    assert shown("worksheet", path, "--key")
    half = (gate, output) in sorted(TOGETHER)[::2]  # of each kind of audit
    assert shown("audit", path, *(["--loss"] if half else []))
    for phase in ("forward", "backward"):
        answer = invoke(
            "quiz", path, "--fresh", "--phase", phase, lines=b"?\n?\n?\nshow\nquit\n"
        )
        assert (answer.code, answer.err) == (0, "")
    answer = invoke("quiz", path, "--fresh", "--find-the-error", lines=b"1\nshow\nquit\n")
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize(
    ("line", "names"),
    [("q{}[t] = sigmoid(q{}[t])", 8), ("q{0}[t] = 0.5 * q{1}[t] * q{1}[t]", 48)],
)
def test_long_chains_of_equations_get_names(line: str, names: int, tmp_path: Path) -> None:
    """Their gradients are not put in where they are used: neither deep nor doubled."""
    chain = ["tanh(z_a[t])", "q0[t] = a[t]", *(line.format(k, k - 1) for k in range(1, 50))]
    path = _scenario(tmp_path, "\n  ".join(chain), "q49[t] + h[t-1]")
    trace = compute(load(str(path)))
    named = [equation for equation in trace.program.derivation.backward if equation.terms]
    assert len([equation for equation in named if equation.target.startswith("dq")]) >= names
    assert all(len(show(term.expression, PLAIN)) < 500 for e in named for term in e.terms)
    for check in gradcheck(trace, central=False):
        assert check.error < 1e-12, check.id


def test_a_page_has_a_largest_size(tmp_path: Path) -> None:
    """Five thousand equations are refused at the one that is too many."""
    lines = "\n  ".join(["tanh(z_a[t])", *(f"q{k}[t] = a[t]" for k in range(5000))])
    answer = invoke("run", str(_scenario(tmp_path, lines, "h[t-1]")))
    assert answer.code == 1
    assert "cell.yaml:401:3" in answer.err
    assert "a page has at most 400 numbers and symbols" in answer.err


def test_the_gradient_check_says_where_there_is_no_derivative(tmp_path: Path) -> None:
    """A relu that stands at 0 is no failure, and no success either."""
    page = tmp_path / "page.yaml"
    page.write_text(
        "gates: {h: output}\naxes: {h: [hidden], W: [hidden, input], U: [hidden, hidden]}\n"
        "equations: |\n  z_h[t] = W_h @ x[t] + U_h @ h[t-1]\n  h[t] = relu(z_h[t])\n"
    )
    path = tmp_path / "kink.yaml"
    path.write_text(
        "cell: page.yaml\ninputs: [[0], [1]]\nlabels: [1, 1]\n"
        "weights: {W: {h: 0.5}, U: {h: 0.5}}\n"
    )
    answer = invoke("gradcheck", str(path))
    assert answer.code == 0
    said = " ".join(answer.out.split())
    assert "There is no derivative at a kink: relu in h@0." in said
    assert "FAILED" not in said


def test_a_gradient_that_is_rounding_alone_is_no_failure() -> None:
    """Where a gradient is 0, what rounding leaves of it is not compared with itself."""
    zero, left = np.zeros(2), np.array([3e-17, -1e-18])
    assert Check("dW_a", left, zero, zero).passed
    assert not Check("dW_a", np.array([2e-9, 0.0]), zero, zero).passed
