"""`check` says which of a person's numbers are right, and which mistake made the others."""

from __future__ import annotations

import csv
import json
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import Answer, invoke, known
from dumps import printed
from mistakes import MISTAKES, outputs

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import Signal
from lstm_tutor.algebra.parser import parse
from lstm_tutor.check.report import report
from lstm_tutor.check.source import Source, source_of
from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.symbol import Id
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

NOTEBOOK = Path(__file__).parents[1] / "data" / "seed-notebook.txt"
GOMEZ = ("--scenario", "gomez")
CORPUS = {mistake.name: mistake for mistake in MISTAKES}


@cache
def notebook() -> dict[str, Any]:
    return data(known("check", "-", *GOMEZ, "--format", "json", lines=NOTEBOOK.read_bytes()))


@cache
def told() -> str:
    """Return what is printed of the notebook, in one line."""
    return " ".join(invoke("check", str(NOTEBOOK)).out.split())


def part(name: str) -> dict[str, str]:
    """Return the status of each value of one cell of the notebook, by its name there."""
    values = [item for item in notebook()["values"] if item["part"] == name]
    return {f"{item['name']} {item['id']}": item["status"] for item in values}


def said_of(id_: str) -> dict[str, Any]:
    """Return the best diagnosis of a value of the notebook."""
    found: dict[str, Any] = next(d for d in notebook()["diagnoses"] if d["id"] == id_)
    return found


@pytest.mark.long
def test_the_notebooks_good_cells_are_right() -> None:
    """Every value that they print, under the names that they print it with."""
    counts = {149: 4, 150: 2, 151: 4, 152: 2, 153: 7, 159: 15, 163: 4, 164: 4, 165: 4, 169: 12}
    for cell, count in counts.items():
        found = part(f"In[{cell}]")
        assert set(found.values()) == {"right"}
        assert len(found) == count


@pytest.mark.long
def test_the_notebooks_first_attempt_lacks_both_carries() -> None:
    """In[155]: nothing comes back from t=1, and one gradient is not multiplied by x0."""
    assert said_of("dW_i@0")["edit"].startswith("drop-carries(")
    assert said_of("dW_i@0")["confidence"] > 0.99
    missing = said_of("dW_a@0")
    assert missing["edit"].startswith("dW_a:input-not-multiplied(x[t])")
    assert missing["learner_formula"] == "da[0]"
    assert part("In[155]")["dLdWo0 dW_o@0"] == "right given"
    assert part("In[155]")["dLdWf0 dW_f@0"] == "right"


@pytest.mark.long
def test_what_follows_from_the_first_attempt_is_its_consequence() -> None:
    """In[156] adds a number to an array, In[157] takes a step with that."""
    values = {item["part"]: item for item in notebook()["values"]}
    assert values["In[156]"]["status"] == values["In[157]"]["status"] == "right given"
    assert values["In[156]"]["because"] == "dW_a@0"
    assert values["In[157]"]["because"] == "dW_a"
    assert "dW_a@0 is one number where 1 × 2 entries belong" in told()
    assert "in dW_a it was added to each entry" in told()


@pytest.mark.long
def test_values_printed_under_another_name_are_named() -> None:
    """In[160] prints the gates' gradients of t=1 for those of t=0; the block is right."""
    found = part("In[160]")
    wrong = {name for name, status in found.items() if status == "wrong"}
    assert wrong == {"da0 da@0", "di0 di@0", "df0 df@0"}
    assert {status for name, status in found.items() if name not in wrong} == {"right"}
    for gate in "aif":
        assert said_of(f"d{gate}@0")["edit"].startswith(f"d{gate}:another-name")


@pytest.mark.long
def test_nothing_of_the_notebook_is_dropped() -> None:
    """What is no value is listed with its line."""
    for line in (211, 283, 292, 293, 294):
        assert f"line {line}, " in told()


def written(tmp_path: Path, values: dict[str, np.ndarray], name: str = "numbers.txt") -> str:
    path = tmp_path / name
    path.write_text(printed(values), "utf-8")
    return str(path)


def with_mistake(tmp_path: Path, name: str, scenario: str = "two-units") -> str:
    return written(tmp_path, outputs(CORPUS[name], scenario))


def test_a_right_program_passes(tmp_path: Path) -> None:
    """Exit code 0, and no word of a mistake."""
    answer = invoke(
        "check", written(tmp_path, outputs(None, "two-units")), "--scenario", "two-units"
    )
    assert answer.code == 0
    assert "wrong" not in answer.out
    first, counts = answer.out.splitlines()[:2]
    assert first == "read as this program's own names, 16 digits (float64)"
    assert counts == "91 values: 91 right"


@pytest.mark.long
def test_the_first_wrong_value_is_explained(tmp_path: Path) -> None:
    """What was worked, what is right, why the term belongs there, and the misconception."""
    path = with_mistake(tmp_path, "dC-no-carry")
    answer = invoke("check", path, "--scenario", "two-units")
    assert answer.code == 1
    shown = " ".join(answer.out.split())
    assert "What comes back from the next time step, δC[2] ⊙ f[2], is left out." in shown
    assert "you seem to have worked: δC[1] = δout[1] ⊙ o[1] ⊙ (1 - tanh(C[1])²)" in shown
    assert "because C[2] = a[2] ⊙ i[2] + f[2] ⊙ C[1] uses C[1]" in shown
    assert "The next time step reads the state too." in shown


@pytest.mark.long
@pytest.mark.parametrize("name", ["dC-no-carry", "dC-f-of-this-step", "dW-x-of-step-before"])
def test_formulas_of_a_diagnosis_give_the_numbers(name: str, tmp_path: Path) -> None:
    """The learner's gives the wrong value from the own values, the other the right one."""
    path = with_mistake(tmp_path, name)
    found = data(invoke("check", path, "--scenario", "two-units", "--format", "json"))
    first = next(item for item in found["diagnoses"] if item["id"] == found["first_wrong"])
    given = {item["id"]: item for item in found["values"]}
    wrong = given[first["id"]]
    assert wrong["status"] == "wrong"
    if "[t" in first["learner_formula"]:
        return
    trace = compute(load("two-units"))

    def value(symbol: Any) -> Any:
        id_ = f"{symbol.name}@{symbol.shift}" if isinstance(symbol, Signal) else symbol.name
        return np.asarray(given[id_]["given"]) if id_ in given else trace.value(symbol)

    learner = evaluate(parse(first["learner_formula"], derived=True), value)
    np.testing.assert_allclose(learner, wrong["given"], rtol=1e-6)
    right = evaluate(parse(first["right_formula"], derived=True), trace.value)
    np.testing.assert_allclose(right, wrong["expected"], rtol=1e-9)


def data(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.out)
    return found


@pytest.mark.long
def test_numbers_come_from_standard_input() -> None:
    """A dash stands for it, as in a pipe."""
    answer = invoke("check", "-", lines=b"Ct0: 0.785726\nht0: 0.55\n")
    assert answer.code == 1
    assert "Ct0 (C@0)" in answer.out
    assert "ht0" in answer.out


@pytest.mark.long
def test_digits_decide_what_is_right() -> None:
    """0.79 is right for 0.785726, 0.7851 is not."""
    assert invoke("check", "-", lines=b"C@0: 0.79\n").code == 0
    assert invoke("check", "-", lines=b"C@0: 0.7851\n").code == 1


@pytest.mark.long
def test_names_that_say_nothing_are_looked_for_by_value() -> None:
    """Or reported as not recognised; never dropped."""
    answer = invoke("check", "-", lines=b"foo: 0.7857261484\nbar: 0.123456789\n")
    assert "recognised by its value as C@0" in answer.out
    assert "bar: not recognised" in answer.out
    values = data(invoke("check", "-", "--format", "json", lines=b"C@0: 1\nbar: 0.1234\n"))[
        "values"
    ]
    assert [(item["name"], item["id"]) for item in values] == [("C@0", "C@0"), ("bar", None)]


def test_an_algebraically_equal_form_is_right() -> None:
    """The same value by another formula is the same value."""
    trace = compute(load("gomez"))
    f, c, out = (trace.find(id_).value for id_ in ("f@1", "dC@1", "dout@0"))
    state, o = trace.find("C@0").value, trace.find("o@0").value
    other = c * f + o * out - out * o * np.tanh(state) ** 2
    answer = invoke("check", "-", lines=f"dC@0: {float(other[0])!r}\n".encode())
    assert answer.code == 0


@pytest.mark.long
def test_a_sheet_carries_its_scenario(tmp_path: Path) -> None:
    """A transcript of another scenario is checked against that one."""
    path = tmp_path / "two.md"
    assert invoke("export", "two-units", "-o", str(path)).code == 0
    assert invoke("check", str(path)).code == 0
    assert invoke("check", str(path), "--scenario", "gomez").code == 1


@pytest.mark.long
@pytest.mark.parametrize("suffix", ["md", "json", "csv", "npz"])
@pytest.mark.parametrize("name", ["gomez", "gru-two-units"])
def test_every_export_of_ours_is_right(name: str, suffix: str, tmp_path: Path) -> None:
    """What `export` writes, `check` takes."""
    path = tmp_path / f"mine.{suffix}"
    assert invoke("export", name, "-o", str(path)).code == 0
    answer = invoke("check", str(path), "--scenario", name)
    assert answer.code == 0, answer.out


def test_lists_may_have_mixed_places_and_another_gate_order() -> None:
    """As C prints them with %g, from a framework that stacks the gates i, f, a, o."""
    rows = "-0.00220369, -0.00663861], [-0.00315327, -0.0189196], [-0.0267162, -0.0922011"
    line = f"weight_ih_l0.grad = [[{rows}], [-0.0259241, -0.162604]]\n"
    answer = invoke("check", "-", lines=line.encode())
    assert answer.code == 0
    shown = " ".join(answer.out.split())
    assert shown.startswith("read as PyTorch's arrays (gates i f g o), 6 digits ")


def test_the_json_of_a_run_carries_its_scenario(tmp_path: Path) -> None:
    """Weights, inputs and initial states included."""
    path = tmp_path / "x.json"
    assert invoke("run", "two-units", "--format", "json", "-o", str(path)).code == 0
    assert invoke("check", str(path)).code == 0


@pytest.mark.long
def test_a_deviation_is_shown_however_small() -> None:
    """With as many digits as it takes to see it."""
    trace = compute(load("gomez"))
    value = float(trace.find("dC@0").value[0])
    answer = invoke("check", "-", lines=f"dC@0: {value + 3e-11:.14f}\n".encode())
    assert answer.code == 1
    lines = [line.split() for line in answer.out.splitlines() if "-0.05348368" in line]
    given, right = (words[1] for words in lines if words[0] in ("given", "right"))
    assert given != right


@pytest.mark.long
def test_a_class_gets_one_row_per_file(tmp_path: Path) -> None:
    """On the screen and as CSV, with the usual mistakes counted; unreadable files too."""
    good = written(tmp_path, outputs(None, "two-units"), "good.txt")
    bad = written(tmp_path, outputs(CORPUS["dC-no-carry"], "two-units"), "bad.txt")
    gone = str(tmp_path / "gone.txt")
    table = tmp_path / "class.csv"
    answer = invoke(
        "check", good, bad, gone, "--scenario", "two-units", "--summary", "-o", str(table)
    )
    assert answer.code == 1
    assert "gone.txt" in answer.err
    assert "    1  what comes from the next time step left out" in answer.out
    rows = list(csv.DictReader(StringIO(table.read_text("utf-8"))))
    assert [row["wrong"] == "0" for row in rows[:2]] == [True, False]
    assert rows[1]["first wrong"] == "dC@1"
    assert "is left out" in rows[1]["mistake"]
    assert rows[2]["mistake"] == "cannot be used: there is no such numbers file"


def test_the_table_is_for_a_class_only() -> None:
    """-o without --summary is bad usage."""
    answer = invoke("check", "-", "-o", "x.csv", lines=b"C@0: 1\n")
    assert answer.code == 2
    assert "--summary" in answer.err


@pytest.fixture(scope="module")
def judged() -> Source:
    """A program with a mistake, judged once."""
    wrong = printed(outputs(CORPUS["gates-no-derivative"], "two-units"))
    return source_of(wrong.encode(), "numbers.txt", "two-units")


@pytest.mark.parametrize("name", ["gomez", "pytorch", "ascii"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_report_keeps_within_the_screen(name: str, width: int, judged: Source) -> None:
    """At each width, in each notation."""
    view = View(notation(name, judged.trace.scenario.cell))
    lines = [line for line, _ in report(judged.trace, judged.checked, view, width)]
    assert max(map(columns, lines)) <= width
    if name == "ascii":
        assert "".join(lines).isascii()


@pytest.mark.long
def test_a_report_is_as_wide_as_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command asks for the width, and takes the notation that is named."""
    path = with_mistake(tmp_path, "dC-no-carry")
    monkeypatch.setenv("COLUMNS", "60")
    answer = invoke("check", path, "--scenario", "two-units", "--notation", "ascii")
    assert 40 < max(map(len, answer.out.splitlines())) <= 60
    assert answer.out.isascii()


@pytest.mark.long
def test_an_ascii_stream_gets_ascii_only() -> None:
    """Also where the notation would not."""
    answer = invoke("check", "-", encoding="ascii", lines="δC[0]: 1\n".encode())
    assert answer.code == 1
    assert "dC@0" in answer.out


@pytest.mark.long
def test_a_usual_mistake_is_named_from_few_digits() -> None:
    """The forgotten carry, worked by hand with four digits, its last one off."""
    answer = invoke("check", "-", lines=b"dout@0: 0.01804\ndC@0: 0.008402\n")
    shown = " ".join(answer.out.split())
    assert "Perhaps" in shown
    assert "What comes back from the next time step, δC[1] ⊙ f[1], is left out." in shown


def test_a_mistake_on_top_of_another_says_so() -> None:
    """The notebook's dLdWa0 lacks the carries too."""
    assert "with which the weight was multiplied. The mistake in dW_i@0 is in this" in told()


@pytest.mark.long
def test_a_log_of_one_value_is_not_judged_to_the_end() -> None:
    """Of 2,000 values for one quantity the first are judged, and the rest is told."""
    lines = "".join(f"dC@0: {k / 1000 + 0.0005:.6f}\n" for k in range(2000))
    answer = invoke("check", "-", lines=lines.encode())
    assert answer.out.splitlines()[1].startswith("20 values:")
    assert "given more than 20 times; only the first 20 are judged" in answer.out


def test_an_id_with_a_time_step_is_never_the_total(tmp_path: Path) -> None:
    """``db_h@0`` is that step's term; the total under its name is told to be another's."""
    places = compute(load("batch-of-two")).places
    values = {"db_h@0": places.base(Id("db_h")), "db_h": places.base(Id("db_h"))}
    file = tmp_path / "numbers.txt"
    file.write_text(printed(values, 6), "utf-8")
    answer = invoke("check", str(file), "--scenario", "batch-of-two")
    assert answer.code == 1
    assert "This is δb_h, reported under the name of δb_h[0]." in answer.out
