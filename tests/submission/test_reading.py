"""A file is read under one convention, chosen once, said first, and open to being overruled."""

from __future__ import annotations

import json
from functools import cache
from math import floor, log10
from pathlib import Path

import numpy as np
import pytest
from command import invoke
from readings import KINDS, accused, handed_in, told_apart, tutor, values_of
from styles import DIALECTS, STYLES, decimals

from lstm_tutor.check.report import read_as
from lstm_tutor.check.source import Source, source_of
from lstm_tutor.scenario.loading import load
from lstm_tutor.submission.precision import Precision, precision_of
from lstm_tutor.submission.typed import in_our_names, typed_id
from lstm_tutor.trace.trace import Trace, compute

PYTORCH = Path(__file__).parents[1] / "data" / "pytorch32"
BY_NAME = {style.name: style for style in STYLES}


def read_as_of(text: str, *options: str) -> str:
    """Return the first line of the answer to numbers of the scenario gomez."""
    return invoke("check", "-", *options, lines=text.encode()).out.splitlines()[0]


@pytest.mark.parametrize("number", range(0, len(STYLES), 5))
def test_right_work_is_right_in_every_way_of_writing_it(number: int) -> None:
    """Names, counting, layout and precision: nothing is accused, and nothing left out."""
    style = STYLES[number]
    first = number % 2 if style.timing != "at" else 0
    write, carried = list(KINDS.values())[number % len(KINDS)]
    one = tutor(("lstm", "gru", "rnn")[number % 3], number)
    values = values_of(one, carried)
    found = handed_in(one, style, values, first, write)
    assert (accused(found), found.unrecognised) == ([], ())
    assert len(found.verdicts.judgements) >= len(values)


@pytest.mark.slow
def test_a_mistake_is_the_same_in_every_way_of_writing_it() -> None:
    """The first wrong value and what made it do not depend on names, counting or layout."""
    some = ("python/plain/json steps", "dL/d/underscore/equals", "cs231n/bracket/equals")
    styles = [BY_NAME[name] for name in some]
    assert list(told_apart(["C-sum-kept", "dout-no-label"], [*styles, *DIALECTS[4::2]])) == []


@cache
def of_pytorch(name: str) -> Source:
    content = (PYTORCH / f"{name}.npz").read_bytes()
    return source_of(content, f"{name}.npz", str(PYTORCH / f"{name}.yaml"))


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn", "model", "batch", "both"])
def test_pytorch_s_own_float32_arrays_are_right(name: str) -> None:
    """Stacked, with two biases, layers, directions and a batch; cancellation is no mistake."""
    checked = of_pytorch(name).checked
    assert (accused(checked), checked.unrecognised, checked.ignored) == ([], (), ())
    said = read_as(of_pytorch(name).trace, checked)
    assert said.startswith("PyTorch's arrays")
    assert said.endswith("7 digits (float32)")


def test_two_biases_are_added_and_that_is_said() -> None:
    """Of one alone nothing can be said; their gradients are the same."""
    remarks = {item.entry.name: item.text for item in of_pytorch("lstm").checked.remarks}
    assert remarks == {"bias_ih_l0": "bias_hh_l0 is added to it"}
    trace = compute(load("two-units"))
    bias = np.concatenate([trace.parameters[f"b_{gate}"] for gate in "ifao"]) - 0.125
    state = trace.find("C@0").value.tolist()
    answer = invoke(
        *("check", "-", "--scenario", "two-units"),
        lines=f"bias_ih_l0 = {bias.tolist()}\nC@0 = {state}".encode(),
    )
    assert answer.code == 0
    assert "bias_ih_l0: not recognised: one of two biases" in " ".join(answer.out.split())


@pytest.mark.long
def test_a_name_that_says_it_all_is_not_read_otherwise() -> None:
    """PyTorch's array in another gate order is a mistake, told as one."""
    trace = compute(load("two-units"))
    stacked = np.concatenate([trace.parameters[f"dW_{gate}"] for gate in "ifoa"])
    text = json.dumps({"weight_ih_l0.grad": stacked.tolist()})
    answer = invoke("check", "-", "--scenario", "two-units", lines=text.encode())
    assert answer.code == 1
    assert answer.out.startswith("read as PyTorch's arrays (gates i f g o)")


def test_the_first_line_says_how_all_was_read() -> None:
    """Whose names, in which gate order, from which time step, how precisely."""
    assert read_as_of("C@0: 0.785726\n") == "read as this program's own names, 6 digits"
    ours = "read as this program's own names, time steps from {}, 4 digits"
    assert read_as_of("C0: 0.7857\nC1: 1.518\n") == ours.format(0)
    assert read_as_of("C1: 0.7857\nC2: 1.518\n") == ours.format(1)
    fixed = "C0: 0.786\nC1: 1.518\ndC0: -0.053\n"
    assert read_as_of(fixed).endswith("3 decimals")


@pytest.mark.long
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--first-step", "1"), "this program's own names, time steps from 1, 4 digits"),
        (("--dialect", "cs231n"), "CS231n's names, time steps from 0, 4 digits"),
        (("--precision", "decimals:2,down"), "2 decimals, rounded down"),
        (("--precision", "float16"), "3 digits (float16)"),
    ],
)
def test_the_reading_can_be_overruled(options: tuple[str, ...], said: str) -> None:
    """By the person who knows how the numbers were made."""
    assert read_as_of("C1: 1.518\n", *options).endswith(said)


@pytest.mark.long
def test_the_first_step_decides_what_is_right() -> None:
    """The same number is right for one time step and wrong for another."""
    text = b"C1: 1.518\n"
    assert invoke("check", "-", lines=text).code == 0
    assert invoke("check", "-", "--first-step", "1", lines=text).code == 1


@pytest.mark.parametrize("text", ["digits", "digits:0", "float8", "4", "decimals:4,up", ""])
def test_what_is_no_precision_is_refused(text: str) -> None:
    """With what to write, as bad usage."""
    answer = invoke("check", "-", "--precision", text, lines=b"C@0: 1\n")
    assert answer.code == 2
    assert "decimals:4" in answer.err


def test_a_scenario_among_the_numbers_is_asked_about() -> None:
    """Where there is no file of that name."""
    answer = invoke("check", "-", "gomez", lines=b"C@0: 1\n")
    assert answer.code == 2
    assert "did you mean --scenario gomez" in " ".join(answer.err.split())


@pytest.mark.long
def test_where_nothing_is_recognised_names_are_suggested() -> None:
    """It is no success, and ids that work are shown."""
    answer = invoke("check", "-", lines=b"foo: 0.123456\n")
    assert answer.code == 1
    assert "0 values: 1 not recognised" in answer.out
    assert "such as" in answer.out


def test_a_block_of_the_wrong_shape_is_told_so() -> None:
    """With its size, and the size that it should have; the rest is judged."""
    answer = invoke("check", "-", lines=b"dW: [[1, 2, 3], [4, 5, 6]]\nC0 = 0.785726\n")
    shown = " ".join(answer.out.split())
    assert "dW: not recognised: it has 2 × 3 entries; dW has 4 × 1 × 2" in shown
    assert "1 right" in answer.out


def down(value: float) -> str:
    """Cut a number off after four digits."""
    if value == 0:
        return "0"
    power = 3 - floor(log10(abs(value)))
    return f"{int(value * 10**power) / 10**power:.4g}"


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (down, "4 digits, rounded down"),
        (lambda value: repr(float(np.float32(value))), "7 digits (float32)"),
        (lambda value: str(np.float32(value)), "7 digits (float32)"),
        (lambda value: repr(float(np.float16(value))), "3 digits (float16)"),
        (decimals(3), "3 decimals"),
    ],
)
def test_the_kind_of_precision_is_recognised(write: object, said: str) -> None:
    """Once for all numbers; none of them is wrong."""
    assert callable(write)
    one = tutor("lstm", 0)
    found = handed_in(one, STYLES[0], values_of(one, None), 0, write)
    assert (found.precision, accused(found)) == (said, [])


def test_a_precision_is_written_as_it_is_asked_for() -> None:
    """A kind, how many of them, and whether numbers are cut off."""
    assert precision_of("digits:4,down") == Precision("digits", 4, down=True)
    assert precision_of("float32") == Precision("float32")


C0, C1 = "0.785726", "1.51763"
FORMS = {
    "text around a table": ("x.csv", f"My group\n\nname,value\nC0,{C0}\nC1,{C1}\nThe end\n"),
    "a head of quantity, step, value": ("x.csv", f"quantity,step,value\nC,0,{C0}\nC,1,{C1}\n"),
    "semicolons and decimal commas": ("x.csv", "t;C\n1;0,785726\n2;1,51763\n"),
    "decimal commas": ("x.txt", "C0 = 0,785726\nC1 = 1,51763\n"),
    "a table with a column for t": (
        "x.md",
        f"So:\n\n| quantity | t | value |\n|---|---|---|\n| C | 0 | {C0} |\n| C | 1 | {C1} |\n",
    ),
    "ticks": ("x.txt", f"C0 = {C0} ✓\nC1 = {C1} ✔\n"),
    "remarks": ("x.txt", f"C0 = {C0}  # after 1 step\nC1 = {C1} // the end\n"),
    "shown working": ("x.txt", f"C0 = a0*i0 + f0*0 = 0.8178 * 0.9608 = {C0}\nC1 = {C1}\n"),
    "working after a colon": ("x.txt", f"C0: 0.81775 × 0.96083 = {C0}\nC1: {C1}\n"),
    "a blank before the index": ("x.txt", f"C [0] = {C0}\nC [1] = {C1}\n"),
    "LaTeX": ("x.txt", f"$C_0 = {C0}$\n$C_{{1}} \\approx {C1}$\n"),
    "print(t, result)": ("x.txt", f"0 {{'C': {C0}}}\n1 {{'C': {C1}}}\n"),
    "one entry of an array": ("x.txt", f"C[0][0] = {C0}\nC[1][0] = {C1}\n"),
    "keys": ("x.txt", f'cache["C0"] = {C0}\ncache["C1"] = {C1}\n'),
    "nested JSON": ("x.json", f'{{"run": {{"lstm": {{"C": [{C0}, {C1}]}}}}}}'),
    "t = 1": ("x.txt", f"t = 1\nC = {C0}\nt = 2\nC = {C1}\n"),
    "step 1:": ("x.txt", f"step 1:\n  C: {C0}\nstep 2:\n  C: {C1}\n"),
    "C(1)": ("x.txt", f"C(1) = {C0}\nC(2) = {C1}\n"),
    "an arrow": ("x.txt", f"C0 -> {C0}\nC1 => {C1}\n"),
}


@pytest.mark.long
@pytest.mark.each
@pytest.mark.parametrize("form", FORMS)
def test_what_people_write_is_read(form: str) -> None:
    """Both values are found, and right."""
    name, text = FORMS[form]
    judged = source_of(text.encode(), name, "gomez").checked
    found = {item.given.id: item.status.value for item in judged.verdicts.judgements}
    assert found == {"C@0": "right", "C@1": "right"}
    assert not judged.unrecognised


def test_fractions_and_derivatives_of_latex_are_read() -> None:
    """A quotient of whole numbers is exact; a derivative is a gradient's name."""
    text = "y0 = 1/2\ny1 = 5/4\n\\frac{\\partial L}{\\partial h_1} = -0.478019\n"
    judged = source_of(text.encode(), "x.txt", "gomez").checked.verdicts.judgements
    assert [(item.given.id, item.status.value) for item in judged] == [
        *(("y@0", "right"), ("y@1", "right"), ("dout@1", "right")),
    ]


@cache
def gomez() -> Trace:
    return compute(load("gomez"))


@pytest.mark.parametrize(
    ("typed", "id_"),
    [
        *(("δC[0]", "dC@0"), ("dC[0]", "dC@0"), ("C_1", "C@1"), ("h1", "h@1")),
        *(("Δ[1]", "delta@1"), ("new W_a", "W_a'"), ("dWa", "dW_a"), ("dC@0", "dC@0")),
        *(("dC", "dC"), ("d*@0", "d*@0"), ("nothing", "nothing")),
    ],
)
def test_what_is_on_the_screen_can_be_typed(typed: str, id_: str) -> None:
    """In the notation, in habits, as an id; what names nothing is left as it is."""
    assert typed_id(gomez(), typed) == id_


def test_the_names_of_the_notation_in_use_can_be_typed() -> None:
    """Where it has other names than the usual one."""
    assert typed_id(gomez(), "∂L/∂c[0]", "pytorch") == "dC@0"
    answer = invoke("why", "∂L/∂c[0]", "--notation", "pytorch")
    assert answer.out.startswith("dC@0")
    assert "C@1" in invoke("run", "--only", "C_1").out


@pytest.mark.parametrize(
    ("dialect", "text", "ours"),
    [
        ("gomez", "δout[1]*o[1] + δC[2]*f[2]", "dout[1]*o[1] + dC[2]*f[2]"),
        ("gomez", "Δ[1] + Δout[1]", "delta[1] + deltaOut[1]"),
        ("pytorch", "g[0]*i[0] + f[0]*c[-1]", "a[0]*i[0] + f[0]*C[-1]"),
        ("pytorch", "W_ig @ x[0]", "W_a @ x[0]"),
        ("colah", "C\u0303[t]*i[t]", "a[t]*i[t]"),
        ("keras", "∂L/∂c[1]*0.5", "dC[1]*0.5"),
        ("gomez", "a@0*i@0 + tanh(0.5)", "a@0*i@0 + tanh(0.5)"),
    ],
)
def test_a_formula_may_have_the_names_of_the_notation_in_use(
    dialect: str, text: str, ours: str
) -> None:
    """So that what the screen shows can be typed into an answer."""
    assert in_our_names(compute(load("gomez")), text, dialect) == ours


@pytest.mark.parametrize(
    ("style", "first", "kind"),
    [("python/plain/dicts", 1, "4 digits, carried"), ("wx/underscore/equals", 0, "8 digits")],
)
def test_a_name_that_several_things_have_means_one_of_them_in_a_whole_file(
    style: str, first: int, kind: str
) -> None:
    """Rounded dh beside dzh is no gradient before the tanh, and dh_0 beside dh_1 no state's."""
    write, carried = KINDS[kind]
    one = tutor("rnn", 2)
    found = handed_in(one, BY_NAME[style], values_of(one, carried), first, write)
    assert accused(found) == []
    assert found.unrecognised == ()
