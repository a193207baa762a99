"""What pages may say: delays, transposes, powers, sizes; and what is refused, with what to
write instead.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import data, invoke, shown
from documents import schema
from jsonschema import Draft202012Validator
from models import built
from oracle import walked

from lstm_tutor.algebra.derivative import gradients
from lstm_tutor.algebra.expression import Signal, Symbol
from lstm_tutor.algebra.parser import parse
from lstm_tutor.algebra.printer import LATEX, PLAIN, UNICODE, show
from lstm_tutor.algebra.product import ONE
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.files.problem import BadInput
from lstm_tutor.scenario.plain import scenario_data
from lstm_tutor.trace.gradcheck import gradcheck
from lstm_tutor.trace.provenance import shares
from lstm_tutor.trace.trace import Trace, compute

pytestmark = pytest.mark.each

AXES = {
    **{"h": ["hidden"], "W": ["hidden", "input"], "U": ["hidden", "hidden"]},
    **{"V": ["hidden", "hidden"], "K": ["hidden", "input"], "b": ["hidden"], "k": []},
}
ROWS = [[0.5, -1.0], [1.2, 0.4], [-0.7, 0.9], [0.3, -0.2]]
LABELS = [[0.5, -0.3], None, [0.1, 0.2], [0.4, 0.6]]
WEIGHTS = {"init": {"scheme": "uniform", "low": 0.1, "high": 0.8, "seed": 3}, "hidden": 2}
SKIP = "h[t] = tanh(W @ x[t] + U @ h[t-1] + V @ h[t-3] + b)"
LINE = "h[t] = tanh(W @ x[t] + K @ x[t-2] + b)"


def _page(equations: str, **axes: list[str]) -> dict[str, Any]:
    return {"axes": {**AXES, **axes}, "equations": equations}


def _data(page: Any, **more: Any) -> dict[str, Any]:
    model = {} if "model" in more else {"cell": page}
    return {"inputs": ROWS, "labels": LABELS, "weights": WEIGHTS, **model, **more}


def _trace(equations: str, **more: Any) -> Trace:
    return compute(built(_data(_page(equations), **more)))


def _wrong(trace: Trace) -> list[str]:
    return [f"{check.id}: {check.error}" for check in gradcheck(trace) if not check.passed]


def test_a_state_has_an_initial_value_for_each_step_that_is_read_back() -> None:
    """By time step in the file; the nearest alone too; and each has a gradient of its own."""
    given = {"h": {"-1": [0.1, 0.2], "-3": [0.3, 0.4]}}
    trace = _trace(SKIP, initial=given)
    values = {t: trace.find(f"h@{t}").value.tolist() for t in (-1, -2, -3)}
    assert values == {-1: [0.1, 0.2], -2: [0.0, 0.0], -3: [0.3, 0.4]}
    carry = trace.find("deltaOut@-3").expression
    assert carry
    assert show(carry, PLAIN) == "V.T @ (dout[0] * (1 - h[0]**2))"
    nearest = _trace(SKIP, initial={"h": [0.1, 0.2]})
    assert nearest.find("h@-1").value.tolist() == [0.1, 0.2]
    assert _wrong(trace) == []


def test_the_scenario_of_a_trace_says_every_initial_value() -> None:
    """As the file does, so that what is exported is read again."""
    scenario = built(_data(_page(SKIP), initial={"h": {"-2": [0.5, 0.25]}}))
    given = scenario_data(scenario)["initial"]
    assert given == {"h": {"-1": [0, 0], "-2": [0.5, 0.25], "-3": [0, 0]}}
    again = built(_data(_page(SKIP), initial=given))
    assert again.initial.keys() == scenario.initial.keys()


def test_the_json_of_delays_is_as_its_schema_says(tmp_path: Path) -> None:
    """Initial values by time step, steps beyond the ends, terms from several steps away."""
    path = tmp_path / "s.json"
    path.write_text(
        json.dumps(_data(_page(f"u[t] = K @ x[t-2]\n{SKIP.replace('b)', 'u[t])')}")))
    )
    found = data(str(path))
    Draft202012Validator(schema("trace")).validate(found)
    ids = {step["id"] for step in found["steps"]}
    assert {"x@-1", "x@-2", "h@-3", "deltaOut@-3"} <= ids


def test_an_initial_value_that_nothing_reads_is_refused() -> None:
    """With the time steps that there are."""
    with pytest.raises(BadInput) as error:
        built(_data(_page(SKIP), initial={"h": {"-4": [1, 2]}}))
    (problem,) = error.value.problems
    assert "h[-4]" in problem.message
    assert problem.expected.startswith("-1, -2 and -3")


def test_the_input_is_0_before_the_first_time_step() -> None:
    """As a step that says so; it has no gradient."""
    trace = _trace(LINE)
    assert trace.find("x@-2").value.tolist() == [0.0, 0.0]
    assert "0" in trace.find("x@-1").equation.caption
    assert "dx@-1" not in {str(id_) for id_ in trace.ids()}
    assert _wrong(trace) == []


def test_what_older_time_steps_send_back_is_one_sum() -> None:
    """Of terms with different shifts; past the last step each says that it is missing."""
    trace = _trace(SKIP)
    step = trace.find("deltaOut@2")
    assert [term.missing for term in step.terms] == ["", "no future step"]
    assert step.equation.caption == "what later time steps send back to the h"


def test_a_delay_crosses_a_cut_where_its_source_lies_in_another_window() -> None:
    """Cut by truncation, and right by the gradient check."""
    trace = _trace(SKIP, truncate=2)
    found = [term.missing for term in trace.find("deltaOut@0").terms]
    assert found == ["", "cut by truncation"]
    assert _wrong(trace) == []


def test_a_page_without_state_may_read_back_and_then_has_a_direction() -> None:
    """From right to left the shifts are negated, and 0 stands after the last time step."""
    page = {"page": _page(LINE), "direction": "backward"}
    trace = compute(built(_data(None, model=[page])))
    assert trace.find("x@5").value.tolist() == [0.0, 0.0]
    forward = compute(built(_data(_page(LINE), inputs=ROWS[::-1])))
    assert np.allclose(trace.find("h@0").value, forward.find("h@3").value, rtol=1e-15)


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("below", ["rnn", "own"])
def test_a_layer_reads_the_one_below_at_other_time_steps(direction: str, below: str) -> None:
    """Its states, its outputs that are none, in both directions."""
    first = "rnn" if below == "rnn" else _page("h[t] = tanh(W @ x[t] + b)")
    above = {"page": _page(f"{LINE}\n"), "as": "top", "direction": direction}
    trace = compute(built(_data(None, model=[{"page": first, "as": "low"}, above])))
    assert _wrong(trace) == []
    step = trace.find("low.deltaOut@1")
    assert {term.origin.t for term in step.terms if term.origin} & {3, -1}
    for id_ in ("low.deltaOut@1", "low.dout@2"):
        found = trace.find(id_)
        total = sum((share.value for share in shares(trace, found)), np.zeros(2))
        assert np.allclose(total, found.value, rtol=1e-12, atol=1e-15)


def test_a_delay_is_limited() -> None:
    """To twelve time steps, as a year has months."""
    with pytest.raises(BadInput) as error:
        built(_data(_page("h[t] = tanh(W @ x[t] + U @ h[t-13])")))
    assert "more than 12 time steps back" in error.value.problems[0].message


def test_a_delay_that_is_one_too_long_is_named() -> None:
    """The same signal at another time step is what people read by mistake."""
    trace = _trace(SKIP)
    wrong = parse("tanh(W @ x[t] + U @ h[t-2] + V @ h[t-3] + b)")
    tutor = Tutor(trace)
    edits = [edit for edit in tutor.all_edits.edits if edit.learner == wrong]
    assert [edit.kind for edit in edits] == ["shift-time"]


AXIS = {"x": ("input",), "a": ("hidden",), "h": ("hidden",), "c": (), "k": (), "p": ()}
AXIS |= {"W": ("hidden", "input"), "U": ("hidden", "hidden"), "q": ("hidden",)}


@pytest.mark.parametrize(
    ("formula", "symbol", "gradient"),
    [
        ("a[t]**3", "a", "3 * g[t] * a[t]**2"),
        ("a[t]**2", "a", "2 * g[t] * a[t]"),
        ("a[t]**1", "a", "g[t]"),
        ("a[t]**-1", "a", "-(g[t] / a[t]**2)"),
        ("a[t]**-2", "a", "-(2 * g[t] / a[t]**3)"),
        ("a[t]**0.5", "a", "g[t] * 0.5 / a[t]**0.5"),
        ("a[t]**q", "a", "g[t] * q * a[t]**(q - 1)"),
        ("a[t]**q", "q", "g[t] * h[t] * log0(a[t])"),
        ("a[t]**p", "p", "sum(g[t] * h[t] * log0(a[t]))"),
        ("2**a[t]", "a", "g[t] * h[t] * log(2)"),
        ("U.T @ a[t]", "U", "outer(a[t], g[t])"),
        ("U.T @ a[t]", "a", "U @ g[t]"),
        ("a[t] / sqrt(size(a[t]))", "a", "g[t] / sqrt(size(a[t]))"),
    ],
)
def test_a_derivative_reads_as_the_textbooks(formula: str, symbol: str, gradient: str) -> None:
    """Of powers, of a transposed matrix, and beside a number of entries."""
    axes = {**AXIS, "g": ("hidden",)}

    def look(one: Symbol) -> tuple[str, ...]:
        return axes[one.name]

    found = gradients(parse(formula), ONE.times(Signal("g")), look, Signal("h"))
    wholes = [show(one.whole.expression(), PLAIN) for one in found if one.symbol.name == symbol]
    assert wholes == [gradient]


@pytest.mark.parametrize(
    ("formula", "unicode", "latex"),
    [
        ("a[t]**-2", "a[t]^(-2)", "a[t]^{-2}"),
        ("a[t]**(p + 1)", "a[t]^(p + 1)", "a[t]^{p + 1}"),
        ("2**-a[t]", "2^(-a[t])", "2^{-a[t]}"),
        ("U.T @ a[t]", "Uᵀ · a[t]", r"U^{\top} \, a[t]"),
        ("(-2)**p", "(-2)^p", r"\left(-2\right)^{p}"),
    ],
)
def test_powers_and_transposes_are_written_so_that_they_read_alone(
    formula: str, unicode: str, latex: str
) -> None:
    """With brackets where they are needed, and none in a raised exponent."""
    tree = parse(formula)
    assert show(tree, UNICODE) == unicode
    assert show(tree, LATEX) == latex
    assert parse(show(tree, PLAIN)) == tree


@pytest.mark.parametrize(
    ("equations", "said"),
    [
        ("u[t] = W @ x[t] - 9\nh[t] = u[t]**k", "u[0]**k"),
        ("u[t] = W @ x[t] - 9\nh[t] = u[t]**0.5", "only powers with a whole exponent"),
        ("u[t] = relu(W @ x[t] - 9)\nh[t] = u[t]**-1", "0 has no power with a negative"),
        ("h[t] = log(W @ x[t] - 9)", "log takes numbers above 0"),
    ],
)
def test_what_is_undefined_is_told_with_equation_time_step_and_why(
    equations: str, said: str
) -> None:
    """Where a base or an argument lies outside of what is taken."""
    with pytest.raises(NotFinite, match="h@0") as error:
        _trace(equations)
    assert said in str(error.value)


def test_a_power_of_0_does_not_change_with_its_exponent() -> None:
    """0 · log 0 is 0; and 0**p is 0 for every positive p."""
    trace = _trace("u[t] = relu(W @ x[t] - 9)\nh[t] = u[t]**(k + 2)")
    assert trace.find("h@0").value.tolist() == [0.0, 0.0]
    assert float(trace.find("dk").value) == 0.0


def test_the_size_of_an_axis_is_shown_as_its_number() -> None:
    """In the formula by what has it, in the line with the numbers as the number."""
    page = _page("c[t] = W @ x[t]\nm[t] = sum(c[t]) / size(c[t])\nh[t] = c[t] - m[t] + b")
    trace = compute(built(_data(page)))
    mean = np.mean(trace.find("c@0").value)
    assert trace.find("m@0").value == pytest.approx(mean, rel=1e-15)
    assert _wrong(trace) == []


def test_what_is_only_counted_has_no_gradient(tmp_path: Path) -> None:
    """A parameter of which only the number of entries is read; and why says so."""
    path = tmp_path / "s.json"
    path.write_text(json.dumps(_data(_page("h[t] = tanh(W @ x[t]) / size(b)"))))
    assert compute(built(json.loads(path.read_text()))).find("db").value.tolist() == [0.0, 0.0]
    shown("why", "db", str(path))


def test_a_size_stands_with_its_number_in_every_output(tmp_path: Path) -> None:
    """On screen and in a transcript, which verifies."""
    path = tmp_path / "s.yaml"
    text = "cell:\n  axes: {h: [hidden], W: [hidden, input]}\n  equations: |\n"
    text += "    c[t] = W @ x[t]\n    h[t] = c[t] / sqrt(size(c[t]))\n"
    path.write_text(
        text + "inputs: [[1, 2]]\nlabels: [[1, 2]]\nweights: {W: [[1, 2], [3, 4]]}\n"
    )
    assert re.search(r"/ √\(2\)", shown("run", str(path)))
    out = str(tmp_path / "t.md")
    assert invoke("export", str(path), "-o", out).code == 0
    assert "are right" in shown("verify", out)


def test_a_matrix_meets_a_joined_list() -> None:
    """Its axis is named after both parts; another size is refused with the sum."""
    page = _page("h[t] = tanh(A @ concat(h[t-1], x[t]))", A=["hidden", "hidden+input"])
    trace = compute(built(_data(page)))
    assert trace.find("dA").value.shape == (2, 4)
    assert _wrong(trace) == []
    three = _data(page, weights={"A": [[1, 2, 3], [4, 5, 6]]})
    with pytest.raises(BadInput) as error:
        built(three)
    assert any(
        "4 together: hidden is 2" in problem.expected for problem in error.value.problems
    )


REFUSED = [
    ("h[t] = softmax(h[t-1] @ h[t-1].T) @ x[t]", ".T turns a matrix of parameters"),
    ("h[t] = attention(x[t])", "attention over time steps is not supported"),
    ("h[t] = sum_t(x[t])", "write each"),
    ("h[t] = sum_(x[t])", "unknown function|is not a name"),
    ("h[t] = W @ x[t] if k else b", "write a gate"),
    ("h[t] = W @ x[t] > 0", "write max, min"),
    ("h[t] = (0 < k) * b", "write max, min"),
    ("h[t] = b and b", "the product of two gates"),
    ("h[t] = not b", "write 1 - g"),
    ("h[t] = ~b", "write 1 - g"),
    ("h[t] = +b", "leave it out"),
    ("h[t] = h[t-1][0] * b", "one entry alone is not read"),
    ("h[t] = W[0] @ x[t]", "a time index is the time step t"),
    ("h[t] = h[t-1, 0] * b", "one entry alone is not read"),
    ("h[t] = sum(h[0:t]) * b", "a range"),
    ("h[t] = h[0] * b", "a time index is the time step t"),
    ("h[t] = h[-1] * b", "a time index is the time step t"),
    ("h[t] = h[s] * b", "a time index is the time step t"),
    ("h[t] = h[2*t] * b", "a time index is the time step t"),
    ("h[t] = h[t-1.5] * b", "a time index is the time step t"),
    ("h[t] = h[t-k] * b", "a time index is the time step t"),
    ("h[t] = h['t'] * b", "text is not a number"),
    ("h[t] = (lambda q: q)(b)", "only a function's name can be called"),
    ("h[t] = lambda: b", "write the formula where it is used"),
    ("h[t] = b.mean()", "write mean"),
    ("h[t] = np.tanh(b)", "write tanh"),
    ("h[t] = b.shape", "only .T of a parameter"),
    ("h[t] = 'text'", "text is not a number"),
    ('h[t] = "text"', "write a name without quotes"),
    ("h[t] = b'text'", "is not a name"),
    ("h[t] = 2j * b", "complex numbers"),
    ("h[t] = None", "is not a number"),
    ("h[t] = ...", "is not a number"),
    ("h[t] = True * b", "is not a number"),
    ("h[t] = tanh(x=b)", "without a name and '='"),
    ("h[t] = tanh(b)(b)", "only a function's name can be called"),
    ("h[t] = tanh(*b)", "a star in front"),
    ("h[t] = tanh(b, b)", "tanh takes 1 argument"),
    ("h[t] = dot(b, b)", "write a\\[t\\] @ b\\[t\\]"),
    ("h[t] = pow(b, 2)", "write a\\[t\\]\\*\\*p"),
    ("h[t] = transpose(U) @ b", "write W.T"),
    ("h[t] = where(b, b, b)", "write a gate"),
    ("h[t] = ln(b)", "write log"),
    ("h[t] = [1, 2] * b", "declare a parameter"),
    ("h[t] = (b, b)", "concat"),
    ("h[t] = {1: 2}", "declare parameters"),
    ("h[t] = {1, 2}", "declare parameters"),
    ("h[t] = [q for q in b]", "write each time step or unit"),
    ("h[t] = sum(q for q in b)", "write each time step or unit"),
    ("h[t] = (q := b)", "an equation of its own"),
    ("h[t] = b // 2", "write / for a quotient"),
    ("h[t] = b % 2", "a remainder"),
    ("h[t] = b ^ 2", r"write \*\* for a power"),
    ("h[t] = b | b", "concat"),
    ("h[t] = b << 1", "a product with a power"),
    ("h[t] = b & b", "the product of two gates"),
    ("h[t] = (yield b)", "yield"),
    ("h[t] = b**1000", "between -100 and 100"),
    ("h[t] = 0**-1 * b", "not finite"),
    ("h[t] = b.T * b", "remove .T"),
    ("h[t] = (U @ U).T @ b", "turns a matrix of parameters"),
    ("h[t] = b * size(hidden)", "write size"),
    ("h[t] = tanh(h[t+1] + b)", "direction: backward"),
    ("h[t] = tanh(W @ x[t+1])", "direction: backward"),
    ("h[t] = tanh(h[t-1] + h[t+1])", "direction: backward"),
    ("h[t] = tanh(h[t] + b)", "or read h\\[t-1\\]"),
    ("q[t] = b * h[t]\nh[t] = tanh(q[t])", "move its equation up"),
    ("h[t] = outer(b, b)", "unknown function outer"),
    ("q[t] = U\nh[t] = q[t] @ b", "would be a matrix"),
    ("h[t] = h[t-1] * b +", "not a formula"),
    ("h[t] += b", "expected"),
    ("h[t], q[t] = b, b", "expected"),
    ("h[t] = h * b", "h has no time step"),
]
_OF_PYTHON = re.compile(
    r"\b(UnaryOp|BinOp|Subscript|Attribute|Compare|BoolOp|IfExp|Lambda|Call|Constant|Starred|"
    r"NamedExpr|JoinedStr|Tuple|ListComp|GeneratorExp|Ellipsis|Python|ast|SyntaxError|int|str|"
    r"keyword)\b"
)


@pytest.mark.parametrize(("equations", "said"), REFUSED)
def test_what_is_refused_is_told_with_what_to_write(
    equations: str, said: str, tmp_path: Path
) -> None:
    """With line and column, and in no word of the language whose syntax formulas have."""
    page, scenario = tmp_path / "page.yaml", tmp_path / "s.yaml"
    axes = ", ".join(f"{name}: [{', '.join(own)}]" for name, own in AXES.items())
    lines = "".join(f"  {line}\n" for line in equations.split("\n"))
    page.write_text(f"axes: {{{axes}}}\nequations: |\n{lines}")
    scenario.write_text(
        "cell: page.yaml\ninputs: [[1, 2]]\nweights: {init: {scheme: zeros}, hidden: 2}\n"
    )
    answer = invoke("validate", str(scenario))
    assert answer.code == 1
    head = " ".join(answer.err.split())
    assert re.search(said, head), head
    assert re.search(r"page\.yaml:[34]:\d+: ", head), head
    message = re.sub(r"\d+ \| .*", "", answer.err)
    assert not _OF_PYTHON.search(message), message


def test_what_lies_in_one_stack_is_kept_if_any_of_it_is() -> None:
    """A sum of a product that a loop forgets reads like one of a signal that it keeps."""
    trace = _trace(
        "z_f[t] = W @ x[t] + U @ h[t-1] + b\nw[t] = b * h[t-1]\n"
        "z_h[t] = K @ x[t] + w[t] + b\nm[t] = V @ h[t-1]\nh[t] = tanh(z_h[t] * z_f[t] + m[t])"
    )
    for place, value in walked(trace.places).items():
        assert np.allclose(value, trace.places.base(place), rtol=1e-12, atol=1e-15), place
