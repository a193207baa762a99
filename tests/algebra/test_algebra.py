"""The formula language: reading, writing, values, axes and derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from formulas import AXES, formulas, trees, values_for
from hypothesis import given
from hypothesis import strategies as st

from lstm_tutor.algebra.axes import AxesError, axes_of
from lstm_tutor.algebra.derivative import gradients
from lstm_tutor.algebra.evaluation import culprit, evaluate
from lstm_tutor.algebra.expansion import entry
from lstm_tutor.algebra.expression import (
    Expression,
    Literal,
    Negative,
    Number,
    Parameter,
    Signal,
    Symbol,
    addends,
    at,
    shifted,
    symbols,
    total,
)
from lstm_tutor.algebra.functions import sigmoid
from lstm_tutor.algebra.parser import FormulaError, parse, parse_assignment
from lstm_tutor.algebra.printer import LATEX, PLAIN, UNICODE, show
from lstm_tutor.algebra.product import ONE

pytestmark = pytest.mark.each


@given(trees())
def test_a_printed_formula_reads_back_as_the_same_tree(tree: Expression) -> None:
    """What the plain style prints, the parser reads as the same tree."""
    assert parse(show(tree, PLAIN), derived=True) == tree


@given(trees())
def test_every_style_prints_every_tree(tree: Expression) -> None:
    """No tree is too odd for a style, and brackets are balanced in each."""
    for style in (UNICODE, LATEX):
        text = show(tree, style)
        assert text.count("(") == text.count(")")
        assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("formula", "unicode", "latex"),
    [
        ("W_a @ x[t] + b_a", "W_a · x[t] + b_a", r"W_a \, x[t] + b_a"),
        ("a[t] * i[t]", "a[t] ⊙ i[t]", r"a[t] \odot i[t]"),
        ("(W_a @ x[t]) * i[t]", "(W_a · x[t]) ⊙ i[t]", r"\left(W_a \, x[t]\right) \odot i[t]"),
        ("1 - a[t]**2", "1 - a[t]²", "1 - a[t]^{2}"),
        ("sigmoid(z[t])", "σ(z[t])", r"\sigma\left(z[t]\right)"),
        ("a[t] / 2", "a[t] / 2", r"\frac{a[t]}{2}"),
        ("U_a.T @ da[t]", "U_aᵀ · da[t]", r"U_a^{\top} \, da[t]"),
        ("outer(da[t], x[t])", "da[t] ⊗ x[t]", r"da[t] \otimes x[t]"),
        ("sum_t(da[t])", "Σ_t da[t]", r"\sum_{t} da[t]"),
        ("sum_t(da[t] + di[t])", "Σ_t (da[t] + di[t])", r"\sum_{t} \left(da[t] + di[t]\right)"),
        ("sum((h[t] - y[t])**2) / 2", "Σ((h[t] - y[t])²) / 2", None),
        ("-(a[t] + i[t])", "-(a[t] + i[t])", None),
        ("a[t] - (b_a - b_i)", "a[t] - (b_a - b_i)", None),
        ("relu(z[t])", "relu(z[t])", r"\operatorname{relu}\left(z[t]\right)"),
        ("hard_sigmoid(k)", "hard_sigmoid(k)", r"\operatorname{hard\_sigmoid}\left(k\right)"),
        ("sqrt(a[t] + 1)", "√(a[t] + 1)", r"\sqrt{a[t] + 1}"),
        ("abs(a[t])**2", "abs(a[t])²", r"\left\lvert a[t] \right\rvert^{2}"),
        ("max(a[t], 0)", "max(a[t], 0)", r"\max\left(a[t], 0\right)"),
        ("min(a[t], -b_a)", "min(a[t], -b_a)", r"\min\left(a[t], -b_a\right)"),
        ("mean(a[t])", "mean(a[t])", r"\operatorname{mean}\left(a[t]\right)"),
    ],
)
def test_operators_look_as_in_print(formula: str, unicode: str, latex: str | None) -> None:
    """Products keep their sign, and the two products stay apart."""
    tree = parse(formula, derived=True)
    assert unicode == show(tree, UNICODE)
    if latex:
        assert latex == show(tree, LATEX)


@pytest.mark.parametrize(
    ("formula", "column", "message"),
    [
        ("", 0, "empty"),
        ("a[t] +", 6, "not a formula: it ends too early"),
        ("tanh(a[t]", 4, "not a formula: the bracket '(' has no partner"),
        ("a[t]]", 4, "not a formula: the bracket ']' has no partner"),
        ("a[t] b_a", 5, "not a formula: 'b_a' does not fit here"),
        ("010 * a[t]", 0, "not a formula: '010' does not fit here"),
        ("a[t] if b_a else 1", 0, "a condition is not part"),
        ("a[t] < 1", 0, "a comparison is not part"),
        ("lambda: 1", 0, "a function definition is not part"),
        ("1 + [2]", 4, "a list is not part"),
        ("1 + foo(a[t])", 4, "unknown function foo"),
        ("tanh(a[t], 1)", 0, "tanh takes 1 argument"),
        ("outer(a[t], x[t])", 0, "unknown function outer"),
        ("a[t].T", 0, ".T turns a matrix of parameters"),
        ("W_a.shape", 0, "a dot is not part"),
        ("a[t] // 2", 0, "only the operators"),
        ("h[t*2]", 2, "a time index is the time step t, or one before"),
        ("h[0]", 2, "a time index is the time step t, or one before"),
        ("h[t-True]", 2, "a time index is the time step t, or one before"),
        ('"text"', 0, "is not a number"),
        ("True", 0, "is not a number"),
        ("1e999", 0, "too large"),
        ("__import__", 0, "is not a name"),
        ("W_a_b", 0, "is not a name"),
        ("σ + 1", 0, "is not a name"),
        ("W_a'", 0, "is not a name"),
        ("(" * 500, None, "not a formula"),
        ("-" * 1000 + "1", None, "nested"),
        ("1+" * 1200 + "1", 0, "longer than"),
        ("+".join(["a[t]"] * 62), None, "nested deeper than 60 levels"),
        (
            "(" + "+".join("abcdefghijklmno") + ")*(" + "+".join(["b_a"] * 50) + ")",
            213,
            "more than 60",
        ),
        ("a[t] + 9**999999999", 10, "lies between -100 and 100"),
        ("h[t]**101", 6, "lies between -100 and 100"),
        ("((9**99)**99)**99", 1, "not finite, or too large"),
        ("2 * (9**99 * 9**99 * 9**99 * 9**99)", 5, "not finite, or too large"),
        ("1 / (2 - 2)", 0, "not finite, or too large"),
        ("max(a[t])", 0, "max takes 2 arguments"),
        ("step(a[t])", 0, "unknown function step"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(
    formula: str, column: int | None, message: str
) -> None:
    """Everything outside the whitelist is named, with its column."""
    with pytest.raises(FormulaError) as caught:
        parse(formula)
    assert message in caught.value.message
    if column is not None:
        assert column == caught.value.column


@pytest.mark.long
@given(st.text(max_size=40))
def test_hostile_text_is_read_or_refused(text: str) -> None:
    """Whatever is typed, the parser answers with a tree or a FormulaError."""
    for derived in (False, True):
        try:
            parse(text, derived=derived)
        except FormulaError as error:
            assert 0 <= error.column <= len(text) + 1


def test_an_assignment_has_a_target_and_shifts_columns() -> None:
    """The column of an error counts from the line's start, target included."""
    assert parse_assignment("C[t] = a[t]").target == "C"
    with pytest.raises(FormulaError) as caught:
        parse_assignment("C[t] = foo(a[t])")
    assert caught.value.column == 7
    with pytest.raises(FormulaError):
        parse_assignment("C[t-1] = a[t]")


@given(formulas())
def test_the_substituted_line_evaluates_to_the_value(case: tuple[Expression, int]) -> None:
    """With 17 digits put in for the symbols, the line is arithmetic with the same result."""
    tree, seed = case
    values = values_for(tree, seed)
    expected = evaluate(tree, values.__getitem__)

    def leaf(symbol: Symbol) -> str:
        return show(_literal(values[symbol]), PLAIN)

    line = show(tree, PLAIN, leaf)
    found = evaluate(parse(line, derived=True), _no_symbols)
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-13, nan_ok=True)


def _literal(value: Any) -> Expression:
    array = np.asarray(value)
    return Number(array.item()) if array.ndim == 0 else Literal(_nested(array.tolist()))


def _nested(rows: list[Any]) -> tuple[Any, ...]:
    return tuple(_nested(row) if isinstance(row, list) else row for row in rows)


def _no_symbols(symbol: Symbol) -> Any:
    raise AssertionError(symbol)


@given(formulas())
def test_the_arithmetic_of_each_entry_gives_that_entry(case: tuple[Expression, int]) -> None:
    """Spelled out on plain numbers, each entry has the value the whole has there."""
    tree, seed = case
    values = values_for(tree, seed)
    whole = np.asarray(evaluate(tree, values.__getitem__))
    for index in np.ndindex(whole.shape):
        spelled = entry(tree, index, values.__getitem__)
        assert not symbols(spelled)
        assert evaluate(spelled, _no_symbols) == pytest.approx(
            whole[index], rel=1e-12, abs=1e-12
        )


@given(formulas())
def test_derived_gradients_agree_with_the_complex_step(case: tuple[Expression, int]) -> None:
    """Every symbol's gradient of the sum of the entries is exact."""
    tree, seed = case
    values = values_for(tree, seed)
    found = {symbol: np.zeros(np.shape(values[symbol])) for symbol in symbols(tree)}
    for one in gradients(parse(f"sum({show(tree, PLAIN)})"), ONE, _axes):
        gradient = one.whole.expression()
        assert axes_of(gradient, _axes) == _axes(one.symbol)
        found[one.symbol] = found[one.symbol] + evaluate(gradient, values.__getitem__)
    for symbol, slope in found.items():
        expected = _complex_step(tree, values, symbol)
        assert slope == pytest.approx(
            expected, rel=1e-9, abs=1e-9 * max(1, np.abs(expected).max())
        )


def _axes(symbol: Symbol) -> tuple[str, ...]:
    return AXES[symbol.name]


def _complex_step(tree: Expression, values: dict[Symbol, Any], symbol: Symbol) -> Any:
    start = np.asarray(values[symbol], dtype=complex)
    slope = np.zeros(start.shape)
    for index in np.ndindex(start.shape):
        moved = start.copy()
        moved[index] += 1e-30j
        slope[index] = np.imag(np.sum(evaluate(tree, (values | {symbol: moved}).__getitem__)))
    return slope / 1e-30


def test_axes_that_do_not_fit_are_named() -> None:
    """The message names both operands and their axes."""
    with pytest.raises(AxesError, match=r"W_a \(hidden, input\) .* h\[t\] \(hidden\)"):
        axes_of(parse("W_a @ h[t]"), _axes)
    with pytest.raises(AxesError, match=r"x\[t\] \(input\) and h\[t\] \(hidden\)"):
        axes_of(parse("x[t] * h[t]"), _axes)
    assert axes_of(parse("W_a @ x[t] + b_a"), _axes) == ("hidden",)


def test_an_activation_is_written_with_its_known_output() -> None:
    """Tanh' and sigmoid' use the name that already holds the value."""
    arrived = ONE.times(Signal("g"))
    first, *_ = gradients(parse("sigmoid(z_i[t])"), arrived, lambda _: (), Signal("i"))
    assert show(first.whole.expression(), PLAIN) == "g[t] * i[t] * (1 - i[t])"
    first, *_ = gradients(parse("tanh(C[t]) * o[t]"), arrived, lambda _: (), Signal("h"))
    assert show(first.whole.expression(), PLAIN) == "g[t] * o[t] * (1 - tanh(C[t])**2)"


@given(st.floats(-1e6, 1e6))
def test_the_sigmoid_neither_overflows_nor_leaves_its_range(x: float) -> None:
    """It stays between 0 and 1 and mirrors at 0 for every argument."""
    with np.errstate(over="raise", invalid="raise"):
        value = float(sigmoid(np.array(x)))
    assert 0 <= value <= 1
    assert value + float(sigmoid(np.array(-x))) == pytest.approx(1)


def test_the_smallest_part_that_overflows_is_found() -> None:
    """The culprit is the innermost sub-expression that is not finite."""
    tree = parse("1 + tanh(b_a) * exp(c_a)")
    values = {"b_a": 2.0, "c_a": 1e4}
    found = culprit(tree, lambda symbol: np.float64(values[symbol.name]))
    assert show(found, PLAIN) == "exp(c_a)"


def test_time_moves_through_a_formula() -> None:
    """Shifting moves every signal, fixing replaces t by a number, parameters stay."""
    tree = parse("f[t] * C[t-1] + b_a")
    assert show(shifted(tree, 1), PLAIN) == "f[t+1] * C[t] + b_a"
    assert show(at(tree, 0), PLAIN) == "f[0] * C[-1] + b_a"
    assert show(shifted(at(tree, 2), 5), PLAIN) == "f[2] * C[1] + b_a"


def test_a_sum_opens_with_a_positive_term() -> None:
    """Terms with a minus go behind the others, and the empty sum is 0."""
    terms = (Negative(Parameter("p")), Parameter("q"))
    assert show(total(terms), PLAIN) == "q - p"
    assert total(()) == Number(0)
    assert addends(parse("a[t] - b_a + 1")) == (
        Signal("a"),
        Negative(Parameter("b_a")),
        Number(1),
    )
