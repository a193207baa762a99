"""Exported files: transcripts that render and can be re-checked, and plain figures."""

from __future__ import annotations

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from command import data, invoke
from drawing import CELLS, scenario_of

from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import notation
from lstm_tutor.export.template import Filler
from lstm_tutor.export.transcript import transcript
from lstm_tutor.export.verification import verify
from lstm_tutor.files.document import parse
from lstm_tutor.files.problem import BadInput
from lstm_tutor.model.equation import Role
from lstm_tutor.render.line import Detail, View, numbers, operands_relation, value_relation
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import build, load
from lstm_tutor.scenario.plain import scenario_yaml
from lstm_tutor.trace.trace import Trace, compute

PATH = Path("transcript.md")
SIZES = ("two-units", "gru-two-units", "rnn-two-units")


@cache
def _trace(name: str) -> Trace:
    return compute(load(name))


def _written(
    trace: Trace, name: str = "gomez", digits: int = 6, detail: str = "numbers"
) -> str:
    view = View(notation(name, trace.scenario.cell), digits, Detail(detail))
    return "".join(transcript(trace, range(len(trace)), view))


def test_names_of_a_page_mean_nothing_to_markdown(tmp_path: Path) -> None:
    """A name and an equation's remark with table bars, emphasis and tags stand as they are."""
    (tmp_path / "page.yaml").write_text(
        "gates: {a: candidate}\nnames: {h: 'out | <b>put</b>', W: 'a *b*'}\n"
        "axes: {x: [input], h: [hidden], W: [hidden, input], U: [hidden, hidden]}\n"
        "equations: |\n"
        "  z_a[t] = W_a @ x[t] + U_a @ h[t-1]    # its <i>sum</i> | *all*\n"
        "  h[t] = tanh(z_a[t])\n"
    )
    (tmp_path / "s.yaml").write_text(
        "cell: page.yaml\ninputs: [1, 2]\nlabels: [0.5, 1.5]\n"
        "weights: {W: {a: 0.1}, U: {a: 0.2}}\n"
    )
    written = _written(compute(load(str(tmp_path / "s.yaml"))))
    assert "| `h` | out \\| \\<b\\>put\\</b\\> | 2 time × 1 hidden |" in written
    assert "| `W` | a \\*b\\* | " in written
    assert "**`z_a@0`** its \\<i\\>sum\\</i\\> \\| \\*all\\*\n" in written
    assert verify(written, PATH).differences == ()


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        *((name, Detail.ARITHMETIC) for name in bundled()),
        *((name, d) for name in ("gomez", "sentiment") for d in ("formula", "numbers")),
    ],
)
def test_a_transcript_verifies(name: str, detail: str) -> None:
    """Computed anew from its own scenario, every number in it is right."""
    result = verify(_written(_trace(name), "gomez", 5, detail), PATH)
    assert result.differences == ()
    assert result.numbers > 100


@pytest.mark.parametrize("name", notations())
def test_every_notation_verifies(name: str) -> None:
    """Names and gate orders differ, numbers do not."""
    assert verify(_written(_trace("two-units"), name), PATH).differences == ()


@pytest.mark.long
def test_every_changed_number_is_found() -> None:
    """Whichever digit of whichever value is changed, its line and step are named."""
    text = _written(_trace("gomez"))
    lines = text.splitlines()
    start = lines.index("## Forward, t = 0")
    places = [n for n, line in enumerate(lines) if n > start and re.search(r"\d\.\d{3}", line)]
    for number in places[::12]:
        if "SHA-256" in lines[number]:
            continue
        digit = re.search(r"\d\.\d{2}(\d)", lines[number])
        assert digit is not None
        at = digit.start(1)
        changed = str((int(lines[number][at]) + 1) % 10)
        broken = [*lines]
        broken[number] = lines[number][:at] + changed + lines[number][at + 1 :]
        (difference,) = verify("\n".join(broken), PATH).differences
        assert difference.line == number + 1


@pytest.mark.long
def test_a_missing_line_and_a_changed_scenario_are_found() -> None:
    """Lines are matched by their words; a changed weight makes its consequences differ."""
    text = _written(_trace("gomez"))
    lines = text.splitlines()
    shorter = [line for n, line in enumerate(lines) if n != lines.index("- value: `= 1.15`")]
    (difference,) = verify("\n".join(shorter), PATH).differences
    assert difference.expected == "- value: `= 1.15`"
    found = verify(text.replace("i: [[0.95, 0.8]]", "i: [[0.95, 0.9]]"), PATH).differences
    assert {"i@0", "C@1", "dW_i"} <= {difference.step for difference in found}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is no transcript"),
        ("# Title\n", "this is no transcript"),
        ("<!-- lstm-tutor transcript {oops -->", "no JSON"),
        ("<!-- lstm-tutor transcript " + "[" * 100_000, "no JSON"),
        ('<!-- lstm-tutor transcript {"format": 7} -->', "not those of this version"),
        (
            '<!-- lstm-tutor transcript {"format": 1, "notation": "gomez", "digits": 6, '
            '"detail": "numbers", "steps": "0"} -->',
            "no scenario",
        ),
    ],
)
def test_what_is_no_transcript_is_refused(text: str, message: str) -> None:
    """With a message that says what is missing."""
    with pytest.raises(BadInput, match=message):
        verify(text, PATH)


def test_steps_that_are_not_there_are_refused() -> None:
    """A position past the end cannot come from this scenario."""
    text = _written(_trace("gomez")).replace('"0-98"', '"0-9999"')
    with pytest.raises(BadInput, match="names a step"):
        verify(text, PATH)


@pytest.mark.parametrize("name", bundled())
def test_the_scenario_in_a_transcript_is_the_scenario(name: str) -> None:
    """Its YAML block reads back as the same arrays."""
    scenario = load(name)
    text = "\n".join(scenario_yaml(scenario))
    again = build(parse(text, "block", "scenario"), PATH)
    assert np.array_equal(again.inputs, scenario.inputs)
    assert np.array_equal(again.labels, scenario.labels)
    for key, value in scenario.parameters.items():
        assert np.array_equal(again.parameters[key], value)
    for place, value in scenario.initial.items():
        assert np.array_equal(again.initial[place], value)
    assert again.truncate == scenario.truncate
    assert again.loss == scenario.loss


@pytest.mark.parametrize("name", [n for n in bundled() if load(n).batch is None])
@pytest.mark.parametrize("digits", [3, 17])
def test_filled_formulas_are_those_of_single_steps(name: str, digits: int) -> None:
    """The quick way of writing many steps, but for a batch, gives the slow one's text."""
    trace = _trace(name)
    view = View(notation("gomez", trace.scenario.cell), digits)
    filler = Filler(trace, view)
    for step in trace:
        if step.equation.role in (Role.COMPUTE, Role.LABEL, Role.CARRY):
            slow = f"{operands_relation(step, view)} {numbers(step, view)}"
            assert filler.numbers(step.equation, step.t) == slow, step.id
            relation = filler.value(step.equation, step.t).split(" ")[0]
            assert relation == value_relation(step, view), step.id
            assert filler.missing(step.equation, step.t) == step.note
            left = view.notation.symbol_latex(step.target)
            right = view.notation.formula_latex(step.expression or step.equation.expression)  # type: ignore[arg-type]
            assert filler.formula(step.equation, step.t) == f"{left} = {right}"


def _formulas(text: str) -> list[str]:
    return re.findall(r"^\$\$\n(.*)\n\$\$$", text, re.M)


@pytest.mark.parametrize("name", notations())
def test_mathematics_stands_alone_and_balanced(name: str) -> None:
    """Each formula is one line between $$ lines, with brackets and braces in pairs."""
    for scenario in ("many-to-one", "truncated", *SIZES):
        text = _written(_trace(scenario), name)
        found = _formulas(text)
        assert len(found) > 20
        for formula in found:
            assert formula.count("{") == formula.count("}")
            assert formula.count(r"\left") == formula.count(r"\right")
        outside = re.sub(r"^\$\$\n.*\n\$\$$", "", text, flags=re.M)
        assert "$" not in outside


def test_a_symbol_that_a_notation_writes_otherwise_is_explained() -> None:
    """The table of symbols joins the ids to the letters of the formulas."""
    trace = _trace("gomez")
    assert "| `C` | cell state |" in _written(trace)
    assert "| `C` | cell state, written `c` |" in _written(trace, "pytorch")
    assert "| `U` | recurrent weights, written `W_h` |" in _written(trace, "pytorch")


def test_one_gate_is_not_counted_as_many() -> None:
    """A block of a single gate is one gate."""
    assert "| 1 gate × 2 hidden |" in _written(_trace("gru-two-units"))


@pytest.mark.parametrize("name", [name for name in bundled() if load(name).labelled.any()])
def test_a_reason_names_a_step_that_reads_the_quantity(name: str) -> None:
    """What is said to use the quantity exists at that time step, and has it as an operand."""
    trace = _trace(name)
    found = re.findall(r"^- because `(\S+)` is used by (.*)$", _written(trace), re.M)
    assert found
    for quantity, users in found:
        for user in re.findall(r"`(\S+)`", users):
            assert quantity in trace.find(user).inputs


@pytest.mark.long
def test_tables_have_the_same_columns_in_every_row() -> None:
    """Nothing in a cell is taken for a border."""
    for scenario in bundled():
        rows = [
            line for line in _written(_trace(scenario)).splitlines() if line.startswith("|")
        ]
        for row, following in pairwise(rows):
            if following.startswith("| ---"):
                assert row.count("|") == following.count("|")


_KATEX = """
const katex = require('katex');
const lines = require('fs').readFileSync(0, 'utf8').split('\\n').filter(Boolean);
for (const line of lines) katex.renderToString(line, {displayMode: true, strict: 'error'});
console.log(lines.length);
"""


def _node_has_katex() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    command = [node, "-e", "require('katex')"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _node_has_katex(), reason="needs node with katex on NODE_PATH")
def test_every_formula_renders_in_katex() -> None:
    """In every notation, for every bundled scenario, in strict mode."""
    found: dict[str, None] = {}
    for name in notations():
        for scenario in bundled():
            found |= dict.fromkeys(_formulas(_written(_trace(scenario), name)))
    done = subprocess.run(
        ["node", "-e", _KATEX],
        input="\n".join(found),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(found)


def _export(target: Path, *arguments: str) -> None:
    answer = invoke("export", *arguments, "-o", str(target))
    assert answer.code == 0, answer.err


def test_csv_has_one_row_per_entry(tmp_path: Path) -> None:
    """At full precision, with the position in the value's shape."""
    _export(tmp_path / "out.csv", "two-units")
    trace = _trace("two-units")
    with (tmp_path / "out.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == sum(np.size(step.value) for step in trace)
    for row in rows:
        value = np.asarray(trace.find(row["id"]).value)
        place = tuple(map(int, row["index"].split()))
        assert float(row["value"]) == value[place]


def test_npz_has_one_array_per_symbol(tmp_path: Path) -> None:
    """Signals over time, parameters in true shape, what is before the start by its id."""
    _export(tmp_path / "out.npz", "two-units")
    trace = _trace("two-units")
    with np.load(tmp_path / "out.npz") as arrays:
        assert arrays["C"].shape == (3, 2)
        assert arrays["dgates"].shape == (3, 4, 2)
        assert arrays["dW"].shape == (4, 2, 3)
        assert np.array_equal(arrays["C@-1"], trace.find("C@-1").value)
        for t in range(3):
            assert np.array_equal(arrays["dC"][t], trace.find(f"dC@{t}").value)


def test_json_is_that_of_run(tmp_path: Path) -> None:
    """The same document by either command."""
    _export(tmp_path / "out.json", "gomez")
    assert json.loads((tmp_path / "out.json").read_bytes()) == data("gomez")


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_export_leaves_the_old_file(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    """Never a part of the new one, and nothing beside it."""
    source = tmp_path / "long.yaml"
    source.write_text("\n".join(scenario_yaml(scenario_of(CELLS["lstm"], steps=1500))), "utf-8")
    target = tmp_path / "out.md"
    target.write_text("old\n", "utf-8")
    command = [sys.executable, "-m", "lstm_tutor", "export", str(source), "-o", str(target)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while not list(tmp_path.glob(".out.md.*")):
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert b"Traceback" not in errors
    assert target.read_text("utf-8") == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.yaml", "out.md"]


def test_verify_says_which_line_is_wrong(tmp_path: Path) -> None:
    """With the number found and the number computed; exit code 1."""
    target = tmp_path / "gomez.md"
    _export(target, "gomez")
    done = invoke("verify", str(target))
    assert (done.code, done.out.count("are right")) == (0, 1)
    text = target.read_text("utf-8")
    target.write_text(text.replace("value: `≈ 0.785726`", "value: `≈ 0.785762`"), "utf-8")
    done = invoke("verify", str(target))
    assert done.code == 1
    assert "differs (step C@0)" in done.out
    assert "found:    - value: `≈ 0.785762`" in done.out
