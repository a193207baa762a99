"""What a person has at hand, read: names, values, precision, and what is refused."""

from __future__ import annotations

import contextlib
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tutor.files.problem import BadInput
from lstm_tutor.numbers.written import LARGEST, Entry, Submission
from lstm_tutor.submission.reading import submission_of

SEED = Path(__file__).parents[1] / "data" / "seed-notebook.txt"


def _read(text: str | bytes, name: str = "numbers.txt") -> Submission:
    return submission_of(text if isinstance(text, bytes) else text.encode(), name)


def _plain(text: str | bytes, name: str = "numbers.txt") -> list[tuple[str, object]]:
    return [(entry.name, entry.value.tolist()) for entry in _read(text, name).entries]


def _refused(content: str | bytes, name: str = "numbers.txt") -> str:
    with pytest.raises(BadInput) as caught:
        _read(content, name)
    return str(caught.value)


def _units(text: str, name: str = "numbers.txt") -> list[object]:
    found = [entry.unit.tolist() for entry in _read(text, name).entries]
    return [pytest.approx(unit, rel=1e-12, abs=0) for unit in found]


PRINTED = {
    "Ct0: 0.78": [("Ct0", 0.78)],
    "loss = 1e-3": [("loss", 1e-3)],
    "da -.5": [("da", -0.5)],
    "h 0.": [("h", 0.0)],
    "a: 1.5, b: 2.5": [("a", 1.5), ("b", 2.5)],
    "Loss 0: 0.00065 Loss 1: 0.114": [("Loss 0", 0.00065), ("Loss 1", 0.114)],
    "Loss 0 0.00065 Loss 1 0.114": [("Loss 0", 0.00065), ("Loss 1", 0.114)],
    "a0:  0.8 \ni0:  0.9": [("a0", 0.8), ("i0", 0.9)],
    "{'da0': -0.017, 'h': [1, 2]}": [("da0", -0.017), ("h", [1, 2])],
    "('da0: ', -0.0193)": [("da0", -0.0193)],
    '("da0", -0.0193)': [("da0", -0.0193)],
    "`a@0`: 0.5\n- **h@0** = 0.3\n* C: 0.2": [("a@0", 0.5), ("h@0", 0.3), ("C", 0.2)],
    "dC@-1 = 0.2\nW_a' [0.45 0.25]": [("dC@-1", 0.2), ("W_a'", [0.45, 0.25])],
    "deltaOut-1: 0.3": [("deltaOut-1", 0.3)],
    "h[0] = 0.5\nh[1]: [0.5, 0.25]": [("h[0]", 0.5), ("h[1]", [0.5, 0.25])],
    "C̃[0] = 0.5\n∂L/∂W_Cx: [1.0, 2.0]": [("C̃[0]", 0.5), ("∂L/∂W_Cx", [1, 2])],
    "W1: \n [[1.5 2.5]\n [3.5 4.5]]\n": [("W1", [[1.5, 2.5], [3.5, 4.5]])],
    "dW\n[0.1, 0.2]\nb\n0.3": [("dW", [0.1, 0.2]), ("b", 0.3)],
    "W_a: 0.45 0.25": [("W_a", [0.45, 0.25])],
    "tensor([[0.1, 0.2]], grad_fn=<AddBackward0>)": [("", [[0.1, 0.2]])],
    "C: <tf.Tensor: shape=(2,), dtype=float32, numpy=\narray([0.1, 0.2], dtype=float32)>": [
        ("C", [0.1, 0.2])
    ],
    "C = <tf.Variable 'lstm/C:0' shape=() dtype=float32, numpy=0.5>": [("C", 0.5)],
    "C: <Variable path=lstm/C, shape=(1, 2), dtype=float32, value=[[0.1 0.2]]>": [
        ("C", [[0.1, 0.2]])
    ],
    "W: tensor([[0.1],\n   [0.2]], dtype=torch.float64, requires_grad=True)": [
        ("W", [[0.1], [0.2]])
    ],
    "x: np.float64(0.5)": [("x", 0.5)],
    "h = array([0.1, 0.2], dtype=float32)": [("h", [0.1, 0.2])],
    "hs: [array([0.1]), array([0.2])]": [("hs", [[0.1], [0.2]])],
    "a = tanh(1.15) = 0.8178": [("a", 0.8178)],
    "z = 0.45*1 + 0.25*2 = 0.95": [("z", 0.95)],
    "a (t=0): 0.5": [("t=0 a", 0.5)],
    "step 0: a 0.5": [("t=0 a", 0.5)],
    "t=0: a=0.5 i=0.3\nt=1 a 0.7": [("t=0 a", 0.5), ("t=0 i", 0.3), ("t=1 a", 0.7)],
    "t = 0\na: 0.8\n\n--- t = 1 ---\na: 0.9": [("t=0 a", 0.8), ("t=1 a", 0.9)],
    "Forward pass t=0, part 1 (gates)\na: 0.5": [("t=0 a", 0.5)],
    "1. a0 = 0.5\n2) i0 = 0.7": [("a0", 0.5), ("i0", 0.7)],
    "a0: 0.5 (candidate)  i0: 0.6": [("a0", 0.5), ("i0", 0.6)],
    "\x1b[31ma\x1b[0m: 0.5": [("a", 0.5)],
    "a: −0.5": [("a", -0.5)],
    "[[0.1 0.2]] [0.3 0.4]\n-0.5": [("", [[0.1, 0.2]]), ("", [0.3, 0.4]), ("", -0.5)],
    "OrderedDict([('W', tensor([[0.5, 1.5]])), ('b', tensor([0.5]))])": [
        ("W", [[0.5, 1.5]]),
        ("b", [0.5]),
    ],
    "a = 0.8 at t = 0\na = 0.9 at t = 1": [("t=0 a", 0.8), ("t=1 a", 0.9)],
    "[INFO] a0: 0.5": [("a0", 0.5)],
    "version 1.2.3 a0: 0.5": [("version 1.2.3 a0", 0.5)],
    "y: (0.5, 1.25)": [("y", [0.5, 1.25])],
}


@pytest.mark.each
@pytest.mark.parametrize("text", PRINTED, ids=repr)
def test_printed_text_is_read(text: str) -> None:
    """Names and values are told apart in the styles in which people print."""
    assert _plain(text) == PRINTED[text]


def test_what_is_not_finite_is_kept() -> None:
    """NaN and infinity are values, which somebody else judges."""
    values = [float(entry.value) for entry in _read("a: nan\nb: -inf").entries]
    assert np.isnan(values[0])
    assert values[1] == -np.inf


IGNORED = {
    "a: 1\nz.shape: (4,)": "a shape",
    "(2, 3)\na: 1": "a shape",
    "a: 1\nhello there": "text",
    "a: 1\ndW [[0.1 ... 0.3]]": "an array that was printed with parts left out",
    "a: 1\nb: [[1, 2], [3]]": "an array with rows of different lengths",
    "a: 1\nb: [1, 'x']": "a list of something other than numbers",
    "a: 1\nok: True": "text",
    "a: 1\nb: [1, 2": "a bracket that is never closed",
    "a: 1\nb: []": "an empty array",
}


@pytest.mark.parametrize("text", IGNORED, ids=repr)
def test_nothing_is_dropped_in_silence(text: str) -> None:
    """What is not a number is listed with the reason, and the numbers are read."""
    found = _read(text)
    assert [entry.name for entry in found.entries] == ["a"]
    assert [item.why for item in found.ignored] == [IGNORED[text]]


def test_entries_know_their_lines() -> None:
    """Blank lines and arrays over several lines count."""
    text = "a: 1\r\n\r\n\r\nW:\r\n[[1 2]\r\n [3 4]]\r\nb: 2\r\n"
    assert [(e.name, e.line) for e in _read(text).entries] == [("a", 1), ("W", 5), ("b", 7)]


def test_a_comma_that_could_be_either_is_one_unread_value() -> None:
    """Beside numbers with points it could separate two; the reason says what to write."""
    found = _read("a: 0.5\nb: 1,5\nc: 2.5")
    assert [entry.name for entry in found.entries] == ["a", "c"]
    (unread,) = found.ignored
    assert unread.line == 2
    assert unread.why.startswith("1,5 is unclear: write 1.5")
    table = _read("| id | value |\n| --- | --- |\n| a@0 | 1,5 |\n| a@1 | 0.5 |")
    assert [entry.name for entry in table.entries] == ["a@1"]
    assert table.ignored[0].why.startswith("1,5 is unclear")


COMMAS = {
    "a: 0,5\nb: 1,5": [("a", 0.5), ("b", 1.5)],
    "a: [0,5 0,3]": [("a", [0.5, 0.3])],
    "id;value\na@0;0,5\na@1;1,25\n": [("a@0", 0.5), ("a@1", 1.25)],
    "t;C;h\n1;0,7857;0,5363\n": [("t=1 C", 0.7857), ("t=1 h", 0.5363)],
    "a: [1,2,3]": [("a", [1, 2, 3])],
}


@pytest.mark.parametrize("text", COMMAS, ids=repr)
def test_decimal_commas_are_read_where_all_numbers_have_them(text: str) -> None:
    """No number has a point, and one at least can be nothing else."""
    assert _plain(text) == COMMAS[text]


UNITS = {
    "a: 0.45": [0.005],
    "a: 1.2e-3": [0.05e-3],
    "a: 0": [0.0],
    "a: 2": [0.5],
    "a: 0.0": [0.05],
    "a: [0.1, 0.125]": [[0.05, 0.0005]],
    "a: [1, 0.25]": [[0.5, 0.005]],
    "a: [1.   0.25]": [[0.005, 0.005]],
    "a: [1.50e-05 2.25e+00]": [[0.005e-5, 0.005]],
    "a: [1.5 0.25]": [[0.05, 0.005]],
    "a: [0.0035528  0.00710561]\nb: [0. 0.]": [[5e-9, 5e-9], [5e-9, 5e-9]],
    "a: [0.0035528, 0.00710561]\nb: [0.1, 0.2]": [[5e-8, 5e-9], [0.05, 0.05]],
    "a: 0.8177540779702877\nb: 0.5": [0.8177540779702877e-15, 0.5e-15],
    "a: 0.8177540779702877\nb: [0.5  0.25]": [0.8177540779702877e-15, [0.005, 0.005]],
    "a: [0.8177540779702877, 0.5]": [[0.8177540779702877e-15, 0.5e-15]],
}


@pytest.mark.parametrize("text", UNITS, ids=repr)
def test_the_unit_is_half_of_the_last_place(text: str) -> None:
    """A library's arrays share their places; one number in full makes the others exact."""
    assert _units(text) == UNITS[text]


@given(st.floats(-1e6, 1e6), st.integers(0, 9))
def test_a_rounded_number_is_within_its_unit(value: float, places: int) -> None:
    """Whatever was rounded, the true value lies within half a unit of what is written."""
    entry = _read(f"a: {value:.{places}f}").entries[0]
    if entry.unit or places:
        slack = 1 + 1e-6
        assert abs(float(entry.value) - value) <= float(entry.unit) * slack + 1e-9


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6),
    st.sampled_from([2, 4, 8]),
    st.booleans(),
)
def test_a_printed_array_is_within_its_units(
    values: list[float], precision: int, as_repr: bool
) -> None:
    """NumPy's own text of an array gives back the array, as far as the units say."""
    array = np.array(values)
    with np.printoptions(precision=precision):
        text = repr(array) if as_repr else str(array)
    entry = _read(f"a: {text}").entries[0]
    assert entry.value.shape == array.shape
    gap = np.abs(entry.value - array)
    assert (gap <= entry.unit * (1 + 1e-6) + np.abs(array) * 1e-15).all()


def test_json_keeps_names_and_digits() -> None:
    """Nested keys are joined; lists of sets are time steps; a key may come twice."""
    text = '{"a": 0.50, "W": {"a": [[1, 2]]}, "t=0": {"i": 0.5}, "a": 1}'
    assert _plain(text) == [("a", 0.5), ("W.a", [[1, 2]]), ("t=0 i", 0.5), ("a", 1)]
    assert _units('{"a": 0.50}') == [0.005]
    assert _units('{"a": 0.50, "b": 0.123456789012345678}')[0] == 0.5e-15
    steps = '[{"t": 0, "a": 0.5}, {"t": 1, "a": 0.6}]'
    assert _plain(steps) == [("t=0 a", 0.5), ("t=1 a", 0.6)]
    assert _plain('{"steps": [{"a": 0.5}, {"a": 0.6}]}')[1] == ("t=1 steps.a", 0.6)
    lines = [entry.line for entry in _read('{\n"a": 1,\n\n"b": 2\n}').entries]
    assert lines == [2, 4]


def test_json_lists_what_is_no_number() -> None:
    """Text, nothing and mixed lists are named with the reason."""
    found = _read('{"a": 1, "b": "x", "c": null, "d": [1, null], "e": []}')
    assert [item.text for item in found.ignored] == [
        "b: the text 'x'",
        "c: empty (null)",
        "d",
        "e",
    ]


def test_yaml_is_read_by_its_suffix() -> None:
    """With its lines and digits."""
    text = "a: 0.50\nW:\n  a: [0.45, 0.25]\nn: .nan\n"
    found = _read(text, "numbers.yaml").entries
    assert [(e.name, e.line) for e in found] == [("a", 1), ("W.a", 2), ("n", 4)]
    assert float(found[0].unit) == 0.005
    assert np.isnan(found[2].value)


def test_yaml_numbers_to_another_base_are_read() -> None:
    """As YAML means them, alone and in a list."""
    found = _read("a: 0x10\nW:\n  a: [0o17, 0.25]\n", "numbers.yaml").entries
    assert [np.ravel(entry.value).tolist() for entry in found] == [[16], [15, 0.25]]


def test_csv_is_read() -> None:
    """By an index where there is one, else row by row; or a column per symbol."""
    text = "id,symbol,t,phase,index,value\nx@0,x,0,given,0,1.0\nx@0,x,0,given,1,2.0\n"
    assert _plain(text) == [("x@0", [1, 2])]
    assert _plain("step;your value\na@0;0.5\ni@0;\nf@0;[0.1, 0.2]\n") == [
        ("a@0", 0.5),
        ("f@0", [0.1, 0.2]),
    ]
    assert _plain("t,a,i\n0,0.5,0.6\n1,0.7,\n") == [
        ("t=0 a", 0.5),
        ("t=0 i", 0.6),
        ("t=1 a", 0.7),
    ]


WORKSHEET = """
# Forward pass

| id | formula | your value |
| :-- | --- | --: |
| `a@0` | tanh(z_a[0]) | 0.82 |
| i@0 | σ(z_i[0]) | ____ |
| f@0 | σ(z_f[0]) |   |
| `o@0` | σ(z_o[0]) | ... |
| W_a' | W_a - 0.1·dW_a | `[0.45, 0.26]` |
| dW | \\|x\\| | [[1, 2], [3, 4]] |
| C@0 | a + i | two |
| h@0 | h | 0.1 0.2 |

| id | note |
| --- | --- |
| L@0 | 0.5 |

| t | a | `i` |
| --- | --- | --- |
| 1 | ≈ 0.85 | 0.98 |
"""


def test_a_worksheet_is_read() -> None:
    """What is not filled in is passed; what is no number, or no value, is listed."""
    found = _read(WORKSHEET)
    assert [(e.name, e.value.tolist(), e.line) for e in found.entries] == [
        ("a@0", 0.82, 6),
        ("W_a'", [0.45, 0.26], 10),
        ("dW", [[1, 2], [3, 4]], 11),
        ("h@0", [0.1, 0.2], 13),
        ("t=1 a", 0.85, 21),
        ("t=1 i", 0.98, 21),
    ]
    assert [(item.text, item.line) for item in found.ignored] == [
        ("C@0: two", 12),
        ("note, 1 number", 17),
    ]


def _notebook(*cells: tuple[str, list[dict[str, Any]]]) -> str:
    made = [
        {"cell_type": "code", "execution_count": n, "source": source, "outputs": outputs}
        for n, (source, outputs) in enumerate(cells, 1)
    ]
    return json.dumps(
        {"cells": [{"cell_type": "markdown", "source": "a: 9"}, *made], "nbformat": 4}
    )


def test_a_notebook_file_is_read() -> None:
    """Saved outputs only; the source names a result and tells what made it."""
    result: dict[str, Any] = {
        "output_type": "execute_result",
        "data": {"text/plain": ["array([0.1,\n", " 0.2])"]},
    }
    stream: dict[str, Any] = {"output_type": "stream", "text": ["a0:  0.5 \n", "b: 0.25\n"]}
    error: dict[str, Any] = {"output_type": "error", "ename": "NameError", "evalue": "no x"}
    text = _notebook(
        ("dW = x + y\ndW", [result]),
        ("a0 = f(3)\nprint('a0: ', a0, '\\nb:', c1)", [stream]),
        ("%matplotlib inline\nnp.outer(a, b)", [result, error]),
    )
    found = _read(text)
    assert [(e.name, e.cell, e.source, e.line) for e in found.entries] == [
        ("dW", "In[1]", "x + y", 0),
        ("a0", "In[2]", "f(3)", 0),
        ("b", "In[2]", "c1", 0),
        ("", "In[3]", "np.outer(a, b)", 0),
    ]
    assert [item.text for item in found.ignored] == ["NameError: no x"]


def test_a_broken_notebook_says_where() -> None:
    """Line and column, with the line shown."""
    text = _refused('{"nbformat": 4,\n "cells": [}', "n.ipynb")
    assert text.startswith("n.ipynb:2:12: this is not whole JSON")


def test_the_cells_of_the_seed_notebook_are_told_apart() -> None:
    """Sources have blank lines too, and one cell failed; every printed number is found."""
    found = _read(SEED.read_bytes(), "seed.txt")
    names = [(entry.cell, entry.name) for entry in found.entries]
    assert names[:3] == [("In[147]", "WT"), ("In[147]", "U"), ("In[149]", "a0")]
    assert names[-3:] == [("In[169]", "W1"), ("In[169]", "U1"), ("In[169]", "b1")]
    assert len(names) == 60
    by_name = {entry.name: entry for entry in found.entries if entry.cell == "In[160]"}
    assert by_name["da0"].source == "da1"  # the wrong value was printed
    last = [entry for entry in found.entries if entry.cell == "In[153]"][-1]
    assert (last.name, float(last.value)) == ("da", -0.01938434750774075)
    single = next(entry for entry in found.entries if entry.cell == "In[162]")
    assert (single.name, single.value.shape) == ("", (1, 4))
    assert [item.text for item in found.ignored][1:] == ["(4,)", "(1, 2)", "(2,)", "(2,)"]
    assert found.ignored[0].text.startswith("SyntaxError")


def test_a_console_session_is_read() -> None:
    """Source beside the mark goes on with dots; Out[n]: starts the result."""
    text = "In [1]: a = [\n   ...:   1]\n\nIn [2]: h0\nOut[2]: 0.5\n\nIn [3]: print(c)\n0.25\n"
    found = _read(text).entries
    assert [(e.name, e.cell, float(e.value), e.line) for e in found] == [
        ("h0", "In[2]", 0.5, 5),
        ("c", "In[3]", 0.25, 8),
    ]


def _npz(**arrays: object) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def test_stored_arrays_are_read() -> None:
    """Their precision is that of their type; what is not a number is listed."""
    found = _read(
        _npz(
            a=np.array([0.5], np.float32), W=np.ones((2, 3)), n=np.array(["x"]), i=np.arange(2)
        )
    )
    assert [(e.name, e.value.shape) for e in found.entries] == [
        ("a", (1,)),
        ("W", (2, 3)),
        ("i", (2,)),
    ]
    assert found.entries[0].unit[0] == pytest.approx(np.finfo(np.float32).eps / 2)
    assert found.entries[1].unit.max() <= 1e-15
    assert found.entries[2].unit.max() == 0
    assert [item.text for item in found.ignored] == ["n"]
    buffer = io.BytesIO()
    np.save(buffer, np.ones(3))
    assert _plain(buffer.getvalue()) == [("", [1, 1, 1])]


def _bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(LARGEST + 1))
    return buffer.getvalue()


def _huge() -> bytes:
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
    return b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + head.ljust(117) + b"\n"


REFUSED = {
    "empty": (b" \n", "it is empty"),
    "no number": (b"hello", "no number was found"),
    "too large": (b"1" * (LARGEST + 1), "at most 16,777,216 are read"),
    "binary": (b"a: 1\0", "it is not text"),
    "encoding": ("a: 1\né".encode("latin1"), "numbers.txt:2:1: byte 0xe9 is not UTF-8"),
    "bomb": (_bomb(), "at most 16,777,216 are read"),
    "lying head": (_huge(), "less than its head says"),
    "truncated": (_npz(a=np.ones(9))[:150], "not a NumPy .npz file, or damaged"),
    "pickle": (_npz(a=np.array([None])), "cannot be read as plain numbers"),
    "deep": (b"a: " + b"[" * 5_000_000, "nested deeper than 12"),
    "deep JSON": (b'{"a": ' + b"[" * 100_000, "nested deeper than 12"),
    "deep brackets": (b"[" * 40 + b"1" + b"]" * 40, "nested deeper than 12"),
    "many": (b"a = [" + b"1," * 1_000_001 + b"1]", "more than 1,000,000 numbers"),
    "bad JSON": (b'{"nbformat": 4', "numbers.txt:1:15: this is not whole JSON"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_message(case: str) -> None:
    """With what is wrong."""
    content, message = REFUSED[case]
    text = _refused(content)
    assert message in text
    assert len(text.splitlines()) <= 5


@pytest.mark.long
@pytest.mark.parametrize(
    "piece", ["word ", "a", "1", "-", "]", "=", "x=[", "[a ", "array(", "\n"]
)
def test_large_text_without_numbers_is_read(piece: str) -> None:
    """A pattern that tries every start anew would not come to an end."""
    size = 100_000 if piece == "array(" else 400_000
    content = (piece * (size // len(piece)) + "\nlast: 1").encode()
    with contextlib.suppress(BadInput):
        assert [entry.name for entry in _read(content).entries][-1:] == ["last"]


def test_the_encodings_of_shells_are_read() -> None:
    """UTF-8 with a mark at the start, and UTF-16 as a Windows shell writes it."""
    for encoding in ("utf-8-sig", "utf-16"):
        assert _plain("δa: 0.5".encode(encoding)) == [("δa", 0.5)]


def test_names_carry_no_control_characters() -> None:
    """Whatever the format, a name can be shown on a terminal."""
    for content, name in (
        (b"a\x1b[2J\x07b: 1", "x.txt"),
        (b'{"a\\u001b[2Jb": 1}', "x.json"),
        (b"id,value\na\x1b]0;x\x07b,1\n", "x.csv"),
        (_npz(**{"a\x1b[2Jb": np.ones(1)}), "x.npz"),
    ):
        (entry,) = _read(content, name).entries
        assert entry.name.isprintable()


ANY_NAME = st.sampled_from(["x", "x.json", "x.yaml", "x.npz", "x.npy", "x.ipynb", "x.csv"])
LIKELY = st.text("[]()0123456789.,:= \n'\"abtWd@-+*{}|`#eE_In", max_size=60)


@given(LIKELY | st.text(max_size=40), ANY_NAME)
def test_no_text_does_harm(text: str, name: str) -> None:
    """Either it is read, or it is refused as bad input."""
    _survives(text.encode("utf-8", "replace"), name)


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00"]),
    ANY_NAME,
)
def test_no_bytes_do_harm(content: bytes, start: bytes, name: str) -> None:
    """Either they are read, or they are refused as bad input."""
    _survives(start + content, name)


@given(st.data())
def test_no_damaged_archive_does_harm(data: st.DataObject) -> None:
    """A byte that changed makes another file, or bad input."""
    content = bytearray(_npz(a=np.ones((2, 3)), b=np.ones(1, np.float32)))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    _survives(bytes(content), "x.npz")


def _survives(content: bytes, name: str) -> None:
    try:
        found = submission_of(content, name)
    except BadInput as error:
        assert str(error)
        return
    assert found.entries
    for entry in found.entries:
        assert isinstance(entry, Entry)
        assert entry.value.shape == entry.unit.shape
        assert np.isfinite(entry.unit).all()
        assert (entry.unit >= 0).all()


def test_an_array_that_cannot_be_read_takes_nothing_else_with_it() -> None:
    """Not the line below a bracket left open, nor the next name in its own line."""
    text = (
        "do = [0.1, 0.\ndi = [0.25, 0.5]\n"
        "{'a': [0.1, x], 'i': [0.75, 0.5]}\n"
        "dW =\n[[1.5, x], [1, 2]]\n[[0.5, 2.5]]\n"
    )
    found = _read(text)
    assert [(e.name, e.value.tolist(), e.line) for e in found.entries] == [
        ("di", [0.25, 0.5], 2),
        ("i", [0.75, 0.5], 3),
        ("", [[0.5, 2.5]], 6),
    ]
    assert [item.line for item in found.ignored] == [1, 3, 4, 5]


def test_what_stands_beside_a_table_is_read_or_listed() -> None:
    """Rows without a head, lines between tables, cells and columns that no value is in."""
    text = (
        "C@0 = 0.5\n\n| id | value | error |\n| --- | --- | --- |\n| h@0 | 0.25 | 0.01 |\n\n"
        "| f@0 | 0.75 |\n| i@0 | 0.5 |\n"
    )
    found = _read(text)
    assert [(e.name, e.value.tolist(), e.line) for e in found.entries] == [
        ("C@0", 0.5, 1),
        ("h@0", 0.25, 5),
        ("f@0", 0.75, 7),
        ("i@0", 0.5, 8),
    ]
    assert [(item.text, item.line) for item in found.ignored] == [("error, 1 number", 5)]


def test_rows_of_csv_that_do_not_fit_the_head_are_listed() -> None:
    """A row cut off, cells beyond the last column, and a number where a name belongs."""
    found = _read("id,value\nC@0,0.5\nh@0 0.25\nf@0,0.75,0.5\n 0.125,\n")
    assert [(e.name, e.value.tolist()) for e in found.entries] == [("C@0", 0.5), ("f@0", 0.75)]
    told = [(item.text, item.line) for item in found.ignored]
    assert told == [("h@0 0.25", 3), ("0.5", 4), ("0.125", 5)]


def test_an_entry_of_a_matrix_is_named_with_a_comma_in_its_brackets_too() -> None:
    """dU[0,1] is no dU[0 with a 1 after it."""
    found = _read("dU_a[0,1] = 0.5\ndW_f[1, 2]: 0.25\nx = [1,2]\n")
    assert [(e.name, e.value.tolist()) for e in found.entries] == [
        ("dU_a[0,1]", 0.5),
        ("dW_f[1, 2]", 0.25),
        ("x", [1, 2]),
    ]


@pytest.mark.parametrize("file", ["x.yaml", "x.json"])
def test_a_scenario_in_place_of_numbers_is_told_so(file: str) -> None:
    """What it gives is not judged as if somebody had worked it."""
    text = '{"cell": "lstm", "inputs": [[1, 2]], "labels": [0.5], "weights": {"W": 0.5}}'
    with pytest.raises(BadInput) as caught:
        submission_of(text.encode(), file)
    assert "it is a scenario, and holds no numbers to be checked" in str(caught.value)
    assert submission_of(b'{"cell": 0.5, "inputs": [[1, 2]], "h": 0.5}', file).entries


def test_where_no_number_can_be_read_the_unreadable_ones_are_told() -> None:
    """With their lines, and why; a text without digits only has none."""
    with pytest.raises(BadInput) as caught:
        _read("dW = [0.1, x]\n")
    assert "numbers.txt:1: dW = [0.1, x]: no value (a list of something" in str(caught.value)


def test_values_are_read_as_people_write_them_in_cells_and_texts() -> None:
    """Texts of JSON, names in LaTeX, and working after a name with a colon."""
    text = '{"h": "0.5363 \u2713", "C": "0,7857", "who": "Anna"}'
    found = submission_of(text.encode(), "x.json")
    assert [(e.name, e.value.tolist()) for e in found.entries] == [("h", 0.5363), ("C", 0.7857)]
    assert [item.text for item in found.ignored] == ["who: the text 'Anna'"]
    table = "| | t=1 | t=2 |\n| - | - | - |\n| $\\tilde C$ | 0.5 | 0.25 |\n"
    assert [e.name for e in _read(table).entries] == ["t=1 C\u0303", "t=2 C\u0303"]
    (shown,) = _read("a0: tanh(0.45*1 + 0.2) = tanh(0.65) = 0.5717\n").entries
    assert (shown.name, shown.value.tolist()) == ("a0", 0.5717)


def test_what_stands_before_the_first_mark_of_a_notebook_is_read() -> None:
    """It is what a cell printed whose mark was not copied."""
    found = submission_of(b"h[0] = 0.5363\n\nIn [3]: print(h[1])\n\nh1 = 0.772\n", "x.txt")
    assert [(one.name, one.cell) for one in found.entries] == [("h[0]", ""), ("h1", "In[3]")]


def test_many_names_with_tildes_are_read_in_linear_time() -> None:
    """Whether a letter stands alone elsewhere is looked up once a letter."""
    content = ("c~=" * 30_000 + "\nc = 0.5\nc~=0.25\n").encode()
    start = time.process_time()
    found = submission_of(content, "x.txt")
    assert time.process_time() - start < 5
    assert [entry.name for entry in found.entries] == ["c", "c\u0303"]
