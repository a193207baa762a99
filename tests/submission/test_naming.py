"""What written names mean: ids, notations, habits, and the shapes that people write."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import notation
from lstm_tutor.export.data import json_chunks
from lstm_tutor.export.figures import arrays, csv_rows
from lstm_tutor.export.transcript import transcript
from lstm_tutor.files.document import parse
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.written import Entry
from lstm_tutor.render.line import Detail, View
from lstm_tutor.scenario.loading import build, load
from lstm_tutor.submission.choosing import named
from lstm_tutor.submission.named import Named, Part
from lstm_tutor.submission.naming import MOST_READINGS
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import Trace, compute

DATA = Path(__file__).parents[1] / "data"


@cache
def _trace(name: str) -> Trace:
    return compute(load(name))


@cache
def _peephole() -> Trace:
    weights = ", ".join(
        f"{block}: {{a: {w}, i: {w}, f: {w}, o: {w}}}"
        for block, w in (("W", "[[0.1, 0.2]]"), ("U", "[[0.3]]"), ("b", "[0.1]"))
    )
    text = (
        "cell: peephole.yaml\ninputs: [[1, 2], [0.5, 3]]\nlabels: [0.5, 1.25]\n"
        f"weights: {{{weights}, p: {{i: [0.1], f: [0.2], o: [0.3]}}}}\n"
    )
    return compute(build(parse(text, "x.yaml", "scenario"), DATA / "x.yaml"))


def _named(text: str | bytes, name: str = "gomez", file: str = "x.txt") -> list[Named]:
    content = text if isinstance(text, bytes) else text.encode()
    return named(_trace(name), submission_of(content, file).entries)


def _ids(found: Named) -> list[list[str]]:
    return [[part.id for part in reading] for reading in found.readings]


def _first(text: str, name: str = "gomez") -> list[str]:
    (found,) = _named(text, name)
    return _ids(found)[0] if found.readings else []


def _true(trace: Trace, id_: str) -> object:
    symbol, _, time = id_.partition("@")
    return trace.signals[symbol].at(int(time)) if time else trace.parameters[symbol]


def _holds(trace: Trace, part: Part) -> bool:
    true = np.asarray(_true(trace, part.id))
    gap = np.abs(part.value - true)
    return part.value.shape == true.shape and bool((gap <= part.unit * 1.000001 + 1e-12).all())


def _gates(pattern: str) -> list[str]:
    return [pattern.format(gate) for gate in "aifo"]


SEED = {
    "In[147]": {"WT": _gates("W_{}"), "U": _gates("U_{}")},
    "In[149]": {f"{gate}0": [f"{gate}@0"] for gate in "aifo"},
    "In[150]": {"Ct0": ["C@0"], "ht0": ["h@0"]},
    "In[151]": {f"{gate}1": [f"{gate}@1"] for gate in "aifo"},
    "In[152]": {"Ct1": ["C@1"], "ht1": ["h@1"]},
    "In[153]": {
        **{"Loss 0": ["L@0"], "Loss 1": ["L@1"], "da": ["da@1"]},
        **{f"dLdW{gate}1": [f"dW_{gate}@1"] for gate in "aifo"},
    },
    "In[155]": {
        **{"Loss 0": ["L@0"], "Loss 1": ["L@1"]},
        **{f"dLdW{gate}0": [f"dW_{gate}@0"] for gate in "aifo"},
    },
    "In[156]": {"dW": ["dW_a"]},
    "In[157]": {"Wa1": ["W_a'"]},
    "In[159]": {
        **{"Loss1": ["L@1"], "delta1": ["delta@1"], "deltaOut": ["deltaOut@1"]},
        **{"dout1": ["dout@1"], "dCt1": ["dC@1"], "dgates1": _gates("d{}@1")},
        **{f"d{gate}1": [f"d{gate}@1"] for gate in "aifo"},
        **{"dx1": ["dx@1"], "deltaOut0": ["deltaOut@0"]},
    },
    "In[160]": {
        **{"Loss0": ["L@0"], "delta0": ["delta@0"], "deltaOut": ["deltaOut@-1"]},
        **{"dout0": ["dout@0"], "dCt0": ["dC@0"], "dgates0": _gates("d{}@0")},
        **{f"d{gate}0": [f"d{gate}@0"] for gate in "aifo"},
        "dx0": ["dx@0"],
    },
    "In[162]": {"": _gates("d{}@0")},
    "In[163]": {"dW": _gates("dW_{}")},
    "In[164]": {"dU": _gates("dU_{}")},
    "In[165]": {"db": _gates("db_{}")},
    "In[169]": {
        **{"W1": _gates("W_{}'"), "U1": _gates("U_{}'"), "b1": _gates("b_{}'")},
    },
}


@pytest.mark.long
def test_every_number_of_the_seed_notebook_has_its_meaning() -> None:
    """Names without a time step, the same name for different things, and no name at all."""
    found: dict[str, dict[str, list[str]]] = {}
    for item in _named((DATA / "seed-notebook.txt").read_bytes()):
        found.setdefault(item.entry.cell, {})[item.entry.name] = _ids(item)[0]
    assert found == SEED


def test_a_value_of_another_size_stays_as_written() -> None:
    """The input was not multiplied in: a number stands for a matrix."""
    (found,) = _named("dLdWa0: 0.0053836")
    part = found.readings[0][0]
    assert (part.id, part.value.shape, float(part.unit)) == ("dW_a@0", (), 5e-8)
    (found,) = _named("dW_a: [0.5, 0.25]", "two-units")
    assert found.readings[0][0].value.shape == (2,)
    assert _named("dW_a: [1.0, 2.0, 3.0, 4.0]", "two-units")[0].readings == ()


ONE_UNIT = {
    "dC@0": "dC@0", "W_a'": "W_a'", "dW_a@1": "dW_a@1", "L": "L", "L@0": "L@0", "L'": "L'",
    "Ct0": "C@0", "C0": "C@0", "c_1": "C@1", "ct[1]": "C@1", "C_t1": "C@1", "C(1)": "C@1",
    "cell_1": "C@1", "state1": "C@1", "ht1": "h@1", "h1": "h@1", "out0": "h@0",
    "hidden[0]": "h@0",
    "dLdWo1": "dW_o@1", "dL_dWo": "dW_o", "dL/dW_o": "dW_o", "dWo": "dW_o", "dW_o": "dW_o",
    "∂L/∂W_o": "dW_o", "grad_Wo": "dW_o", "gradW_o": "dW_o", "Wo_grad": "dW_o",
    "W_o.grad": "dW_o", "gradient of W_o": "dW_o", "δWo": "dW_o",
    "dCt1": "dC@1", "dstate1": "dC@1", "dc1": "dC@1", "dL/dC1": "dC@1", "δC[1]": "dC@1",
    "deltaOut0": "deltaOut@0", "deltaOut-1": "deltaOut@-1", "delta_out0": "deltaOut@0",
    "dh_next[0]": "deltaOut@0", "Δout[0]": "deltaOut@0", "delta1": "delta@1",
    "Δ[1]": "delta@1", "dL1/dh1": "delta@1", "dL1dht1": "delta@1", "dout1": "dout@1",
    "dh1": "dout@1", "∂L/∂h[1]": "dout@1", "∂L[1]/∂h[1]": "delta@1",
    "∂L[>0]/∂h[0]": "deltaOut@0",
    "Loss0": "L@0", "Loss 0": "L@0", "loss1": "L@1", "total loss": "L", "L_total": "L",
    "new loss": "L'", "Wa1": "W_a'", "new_Wa": "W_a'", "W_a_new": "W_a'", "Ua1": "U_a'",
    "Wa": "W_a", "W[a]": "W_a", "W.a": "W_a", "Wa0": "W_a", "W_Cx": "W_a", "Wh_g": "U_a",
    "W_ig": "W_a",
    "z_a0": "z_a@0", "za0": "z_a@0", "net_a[0]": "z_a@0", "i_0": "i@0", "i[0]": "i@0",
    "a_t0": "a@0", "at1": "a@1", "g1": "a@1", "c̃1": "a@1", "C̃[1]": "a@1", "C_tilde1": "a@1",
    "candidate1": "a@1", "input gate 0": "i@0", "dz_a0": "da@0", "da1": "da@1", "δa0": "da@0",
    "dL/dz_a0": "da@0", "∂L/∂z_C̃[0]": "da@0", "dg0": "da@0",
    "t=0 a": "a@0", "a (t=0)": "a@0", "step 0: a": "a@0", "a[t=0]": "a@0", "a at t=0": "a@0",
    "a₀": "a@0", "a_{0}": "a@0",
    "gates: a0": "a@0", "Epoch 1 - loss0": "L@0", "[INFO] a0": "a@0", "W′_a": "W_a'",
    "W_new[a]": "W_a'",
}  # fmt: skip


@cache
def _read_habits() -> dict[str, list[list[str]]]:
    entries = []
    for written, id_ in ONE_UNIT.items():
        value = np.full(2 if id_.lstrip("d")[:1] == "W" else 1, 0.12345)
        entries.append(Entry(written, value, value * 0 + 5e-6))
    return {found.entry.name: _ids(found) for found in named(_trace("gomez"), entries)}


@pytest.mark.each
@pytest.mark.parametrize("written", ONE_UNIT)
def test_habits_are_understood(written: str) -> None:
    """Whatever the true value is, the name alone says what is meant."""
    assert _read_habits()[written][:1] == [[ONE_UNIT[written]]]


@pytest.mark.parametrize("name", notations())
@pytest.mark.parametrize("scenario", ["two-units", "gru-two-units", "rnn-two-units"])
def test_every_notation_is_understood(name: str, scenario: str) -> None:
    """Each symbol as it is printed, at each time step, has its own reading."""
    trace = _trace(scenario)
    chosen = notation(name, trace.scenario.cell)
    steps = [step for step in trace if not step.rows and step.symbol not in ("L", "L'")]
    entries = [
        Entry(chosen.symbol(step.target), step.value, np.zeros(np.shape(step.value)))
        for step in steps
    ]
    for step, found in zip(steps, named(trace, entries), strict=True):
        assert [step.id] in _ids(found), found.entry.name


def _forms(trace: Trace) -> dict[str, bytes]:
    every = range(len(trace))
    buffer = io.BytesIO()
    np.savez(buffer, **arrays(trace, every))  # type: ignore[arg-type]
    rows = "\n".join(",".join(map(str, row)) for row in csv_rows(trace, every))
    forms = {
        "x.json": "".join(json_chunks(trace, every)).encode(),
        "x.csv": rows.encode(),
        "x.npz": buffer.getvalue(),
    }
    for name in ("gomez", "colah", "cs231n"):
        for digits in (3, 17):
            view = View(notation(name, trace.scenario.cell), digits, Detail.NUMBERS)
            text = "".join(transcript(trace, every, view))
            forms[f"{name}{digits}.md"] = text.encode()
    return forms


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("name", ["gomez", "many-to-one", "two-units", "gru-two-units"])
def test_our_own_exports_are_understood(name: str) -> None:
    """Every step of every format has its meaning, and its true value."""
    trace = _trace(name)
    wanted = {str(id_) for id_ in trace.ids() if not trace.find(id_).rows}
    for file, content in _forms(trace).items():
        seen = set()
        for found in _named(content, name, file):
            assert found.readings, (file, found.entry.name)
            for part in found.readings[0]:
                assert _holds(trace, part), (file, part)
                seen.add(part.id)
        assert seen >= wanted, file


NUMPY = """
import numpy as np
def sigmoid(v): return 1 / (1 + np.exp(-v))
hs, cs, gates = [h], [c], []
for t in range(len(x)):
    pre = W @ x[t] + U @ h + b
    n = len(h)
    i, f, o = (sigmoid(part) for part in (pre[:n], pre[n:2*n], pre[3*n:]))
    g = np.tanh(pre[2*n:3*n])
    c = f * c + i * g
    h = o * np.tanh(c)
    hs.append(h); cs.append(c)
    print(f"t = {t}"); print("i:", i); print("f:", f); print("g:", g); print("o:", o)
    print(f"c_{t} = {c}"); print("h", t, "=", h)
print("hs:"); print(np.array(hs)); print("weight_ih_l0\\n", W); print("kernel:", repr(W.T))
print({"bias": b.tolist(), "recurrent_kernel": U.T.tolist()})
"""


def test_a_program_in_pytorch_s_order_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    """Gates stacked i, f, g, o; flat and transposed blocks; whole sequences; repr and str."""
    trace = _trace("two-units")
    scenario = trace.scenario
    stacked = {
        block: np.concatenate([scenario.parameters[f"{block}_{gate}"] for gate in "ifao"])
        for block in "WUb"
    }
    state = {
        "h": scenario.initial[Id("h", -1)],
        "c": scenario.initial[Id("C", -1)],
        "x": scenario.inputs,
    }
    exec(compile(NUMPY, "program", "exec"), {**stacked, **state})
    results = _named(capsys.readouterr().out, "two-units")
    seen = set()
    for found in results:
        assert found.readings, found.entry.name
        for part in found.readings[0]:
            assert _holds(trace, part), (found.entry.name, part)
            seen.add(part.id)
    states = {f"{s}@{t}" for s in "ifaoCh" for t in range(3)} | {"h@-1"}
    assert seen == states | {f"{block}_{gate}" for block in "WUb" for gate in "aifo"}


def test_sequences_over_time_are_understood() -> None:
    """One array for all time steps, the gates side by side or apart."""
    trace = _trace("two-units")
    dgates = np.stack([[trace.signals[f"d{g}"].at(t) for g in "aifo"] for t in range(3)])
    for value in (dgates, dgates.reshape(3, 8)):
        (found,) = named(trace, [Entry("dgates", value, value * 0)])
        assert _ids(found)[0] == [f"d{g}@{t}" for t in range(3) for g in "aifo"]
    assert _first("a: [0.81, 0.85]") == ["a@0", "a@1"]
    assert _first("Loss: [0.1, 0.2]") == ["L@0", "L@1"]
    assert _first("L: 0.5") == ["L"]


def test_labelled_time_steps_alone_can_be_given() -> None:
    """Where there is no label there is no loss: left out, or written as nothing."""
    trace = _trace("many-to-one")
    (single,) = named(trace, [Entry("loss", np.array(0.5), np.array(0.05))])
    assert _ids(single)[:2] == [["L"], ["L@3"]]
    (whole,) = named(trace, [Entry("Loss", np.zeros(4), np.zeros(4))])
    assert _ids(whole)[0] == ["L@3"]


def test_shapes_are_brought_into_true_shape() -> None:
    """A flat row, a column, a number for one entry, and a transposed matrix."""
    trace = _trace("two-units")
    W = trace.parameters["W_a"]
    for value in (W, W.ravel(), W.T, W[None]):
        (found,) = named(trace, [Entry("W_a", value, value * 0)])
        assert _ids(found)[0] == ["W_a"]
        np.testing.assert_array_equal(found.readings[0][0].value, W)
    h = trace.signals["h"].at(0)
    (found,) = named(trace, [Entry("h0", h[:, None], h[:, None] * 0)])
    np.testing.assert_array_equal(found.readings[0][0].value, h)
    U = trace.parameters["U_a"]
    (found,) = named(trace, [Entry("U_a", U.T, U * 0)])
    np.testing.assert_array_equal(found.readings[0][0].value, U)


def test_time_steps_may_be_counted_from_one() -> None:
    """Where no name has a 0 and the last is the number of time steps."""
    trace = _trace("gomez")
    h = [float(trace.signals["h"].at(t)[0]) for t in (0, 1)]
    found = _named(f"h1: {h[0]}\nh2: {h[1]}\nc1: 9.5")
    assert [_ids(item)[0] for item in found] == [["h@0"], ["h@1"], ["C@0"]]
    found = _named("h1: 0.4\nc1: 0.3")
    assert [_ids(item)[0] for item in found] == [["h@1"], ["C@1"]]
    found = _named("h0: 0.4\nh2: 0.3")
    assert [_ids(item) for item in found] == [[["h@0"]], []]


def test_a_name_without_a_time_step_goes_by_its_value_and_its_neighbours() -> None:
    """First the time step whose value agrees, then that of the other names, then the rest."""
    da = float(_trace("gomez").signals["da"].at(1)[0])
    assert _ids(_named(f"da: {da}")[0])[:2] == [["da@1"], ["da@0"]]
    assert _ids(_named("C1: 9.0\nda: 9.0")[1])[:2] == [["da@1"], ["da@0"]]
    assert _ids(_named("da: 9.0")[0])[:2] == [["da@0"], ["da@1"]]


def test_headings_give_the_time_step() -> None:
    """To signals, and to a parameter's gradient the time step's term first."""
    found = _named("t = 1\na: 9.0\ndW_a: [9.0, 9.0]\nW_a: [9.0, 8.0]")
    assert [_ids(item)[0] for item in found] == [["a@1"], ["dW_a@1"], ["W_a'"]]
    exact = _named("t = 1\nW_a: [0.45, 0.25]")[0]
    assert _ids(exact)[0] == ["W_a"]


def test_the_cell_that_a_user_wrote_is_understood() -> None:
    """Nothing is known of it but its page of equations."""
    trace = _peephole()
    entries = [
        Entry(name, value, value * 0)
        for name, value in (
            ("p_i", np.array([0.1])),
            ("dp", np.zeros(3)),
            ("dpf1", np.zeros(1)),
            ("new_p_o", np.zeros(1)),
            ("a_t1", np.zeros(1)),
            ("gates0", np.zeros(4)),
        )
    ]
    assert [_ids(item)[0] for item in named(trace, entries)] == [
        ["p_i"],
        ["dp_i", "dp_f", "dp_o"],
        ["dp_f@1"],
        ["p_o'"],
        ["a@1"],
        ["a@0", "i@0", "f@0", "o@0"],
    ]


def test_what_says_nothing_has_no_reading() -> None:
    """Unknown names, other people's local derivatives, and time steps that are not there."""
    text = "foo: 1.5\ndht1dCt1: 0.5\ndo1dz1: 0.5\na@7: 0.5\nlr: 0.1\n0.25\nx9: [1, 2]"
    assert [item.readings for item in _named(text)] == [()] * 7


NAMES = st.text("dWUbahCtzL_@0123'[](){}/.δ∂ T-", max_size=12) | st.text(max_size=8)
SHAPES = st.sampled_from([(), (1,), (2,), (4,), (1, 2), (2, 4), (2, 1, 4), (4, 1, 2), (3, 3)])


@pytest.mark.slow
@given(st.lists(st.tuples(NAMES, SHAPES), max_size=40))
def test_any_name_and_shape_can_be_asked_about(
    asked: list[tuple[str, tuple[int, ...]]],
) -> None:
    """Parts have known ids, values and units of the same shape."""
    trace = _trace("gomez")
    entries = [Entry(name, np.ones(shape), np.zeros(shape)) for name, shape in asked]
    for found in named(trace, entries):
        assert len(found.readings) <= MOST_READINGS
        for part in (part for reading in found.readings for part in reading):
            assert part.id.partition("@")[0] in trace.symbols()
            assert part.value.shape == part.unit.shape


def test_a_mark_on_a_letter_makes_another_quantity_of_it() -> None:
    """Of a name in LaTeX that is not known, the letter alone is not taken for what is meant."""
    assert _first("$\\tilde C_1$ = 0.5") == ["a@1"]
    assert _first("\\check C_1 = 0.5") == []


@pytest.mark.parametrize(
    ("beside", "expected"), [("loss: 0.1149", "h@0"), ("forget gate 0: 0.852", "o@0")]
)
def test_an_output_is_the_layers_unless_gates_are_called_by_words(
    beside: str, expected: str
) -> None:
    """Whatever its numbers fit."""
    entries = submission_of(f"{beside}\noutput 0: 0.7\n".encode(), "x.txt").entries
    (found,) = (one for one in named(_trace("gomez"), entries) if "out" in one.entry.name)
    assert found.readings[0][0].id == expected


def test_a_loss_beside_those_of_time_steps_is_the_total() -> None:
    """By its id; that of the last time step in its place is wrong, and not read as that."""
    trace = _trace("two-units")
    last = float(trace.find("L@2").value)
    lines = f"L@1: 0.0334506\nL@2: {last:.6g}\nL: {last:.6g}\n"
    found = named(trace, submission_of(lines.encode(), "x.txt").entries)
    assert [one.readings[0][0].id for one in found] == ["L@1", "L@2", "L"]
    alone = named(trace, submission_of(f"L: {last:.6g}\n".encode(), "x.txt").entries)
    assert alone[0].readings[0][0].id == "L@2"  # printed after the last time step
