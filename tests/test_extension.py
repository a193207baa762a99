"""What people add: a cell, a loss, a notation by a file of their own, named by path; a
function, a mistake, a format, a command by one edit in one place of a copy of the package.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from command import Answer, environment, invoke
from documents import ROOT

CELL = """\
gates: {a: candidate}
axes: {x: [input], h: [hidden], W: [hidden, input], U: [hidden, hidden]}
equations: |
  # one gate
  z_a[t] = W_a @ x[t] + U_a @ h[t-1]    # its "sum"
  a[t] = tanh(z_a[t])

  h[t] = a[t]
"""
LOSS = "about: a quarter of the fourth power\nequation: L[t] = sum((h[t] - y[t])**4) / (4*N)\n"
NOTATION = """\
title: Mine --> {0}
gradient: "grad {}"
symbols: {W: "V_{}", h: "y{x}", dout: "{0}"}
cells: {page: {order: [a]}}
"""
SCENARIO = """\
cell: page.yaml
inputs: [1, 2]
labels: [0.5, 1.5]
weights: {W: {a: 0.1}, U: {a: 0.2}}
loss: loss.yaml
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    """Return the path of a scenario with a cell and a loss of its own."""
    for name, text in (("page", CELL), ("loss", LOSS), ("n", NOTATION), ("s", SCENARIO)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return str(tmp_path / "s.yaml")


@pytest.mark.parametrize(
    ("command", "typed", "said"),
    [
        ("run", "", "grad a[1] = {0}[1] ⊙ (1 - a[1]²)"),
        ("step", "", "delta[1] = 4 ⊙ (y{x}[1] - y[1])³ / (4 ⊙ N)"),
        ("why da@0", "", "because y{x}[0] = a[0] uses a[0]"),
        ("check - --scenario", "da1 = -1.05731\n", "right:\n    grad a[1] = {0}[1] ⊙"),
        ("quiz --fresh --only dW_a", "-2.24686\n", "dW_a: grad V_a = -2.24686"),
        ("worksheet --key", "", "| `da@1` | $`grad a_{1} = {0}_{1} \\odot"),
    ],
)
def test_every_file_that_is_named_is_used(
    command: str, typed: str, said: str, own: str, tmp_path: Path
) -> None:
    """Cell, loss and notation are one's own in whatever a command says."""
    notation = ("--notation", str(tmp_path / "n.yaml"))
    answer = invoke(*command.split(), own, *notation, lines=typed.encode())
    assert answer.err == ""
    assert said in answer.out


@pytest.mark.parametrize(
    ("change", "at", "message"),
    [
        (("tanh(z_a[t])", "tanh(z_b[t])"), "6:15", "z_b[t] is not computed"),
        (("tanh(z_a[t])", "tanhh(z_a[t])"), "6:10", "unknown function tanhh"),
        (("W_a @ x[t]", "W_a @ h[t]"), "5:18", "h[t] is not computed"),
        (("h: [hidden],", "h: 3,"), "2:23", "axes.h is not a list of axes"),
        (("gates:", "gate:"), "1:1", "unknown key 'gate'"),
        (("equations: |", "equations: ["), "5:6", "in what opens on line 3"),
    ],
)
def test_a_bad_cell_is_told_where(
    change: tuple[str, str], at: str, message: str, own: str, tmp_path: Path
) -> None:
    """With the line and column in its own file, and the line shown."""
    path = tmp_path / "page.yaml"
    text = CELL.replace(*change)
    path.write_text(text)
    answer = invoke("run", own)
    assert (answer.code, answer.out) == (1, "")
    assert f"{path}:{at}: " in answer.err
    assert message in answer.err
    assert text.splitlines()[int(at.partition(":")[0]) - 1].strip() in answer.err


def test_an_own_loss_is_derived(own: str) -> None:
    """Its gradients are those of the complex step, and it says what it is."""
    assert invoke("gradcheck", own).code == 0
    answer = invoke("run", own)
    assert answer.code == 0
    assert "· loss" in answer.out
    data = json.loads(invoke("run", own, "--format", "json").out)
    values = {step["id"]: step["value"] for step in data["steps"]}
    errors = [values[f"h@{t}"][0] - values[f"y@{t}"][0] for t in range(2)]
    assert data["loss"]["before"] == pytest.approx(sum(e**4 for e in errors) / 8)
    assert values["delta@1"] == pytest.approx([errors[1] ** 3 / 2])


@pytest.mark.parametrize("kind", ["transcript", "worksheet", "json"])
def test_what_is_made_with_own_pages_can_be_checked_anywhere(
    kind: str, own: str, tmp_path: Path
) -> None:
    """Transcript, worksheet and JSON carry the pages' text; no file is needed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = elsewhere / ("o.json" if kind == "json" else "o.md")
    notation = ("--notation", str(tmp_path / "n.yaml"))
    if kind == "transcript":
        invoke("export", own, *notation, "-o", str(path))
    elif kind == "worksheet":
        path.write_text(invoke("worksheet", own, "--key").out, "utf-8")
    else:
        invoke("run", own, "-o", str(path))
    for name in ("page", "loss", "n", "s"):
        (tmp_path / f"{name}.yaml").unlink()
    if kind == "transcript":
        answer = invoke("verify", str(path))
        assert (answer.code, answer.err) == (0, "")
        assert "are right" in answer.out
    answer = invoke("check", str(path))
    assert (answer.code, answer.err) == (0, "")
    assert " right\n" in answer.out.splitlines(keepends=True)[1]


def test_the_hash_is_of_the_equations(own: str, tmp_path: Path) -> None:
    """Files' names, titles and captions do not count; a changed formula does."""

    def found() -> str:
        invoke("export", own, "-o", str(tmp_path / "o.md"))
        return (tmp_path / "o.md").read_text("utf-8").rpartition("SHA-256: `")[2]

    first = found()
    (tmp_path / "other.yaml").write_text(CELL.replace('its "sum"', "a sum"))
    Path(own).write_text(SCENARIO.replace("page.yaml", "other.yaml"))
    assert found() == first
    (tmp_path / "loss.yaml").write_text(LOSS.replace("a quarter", "some"))
    assert found() == first
    (tmp_path / "loss.yaml").write_text(LOSS.replace("4*N", "5*N"))
    changed = found()
    assert changed != first
    (tmp_path / "other.yaml").write_text(CELL.replace("= tanh(z_a[t])", "= sigmoid(z_a[t])"))
    assert found() != changed


BAD_LOSSES = {
    "nothing": ("about: a\n", "1:1", "the key 'equation' is missing"),
    "key": ("equaton: L[t] = 1\n", "1:1", "unknown key 'equaton'"),
    "kind": ("equation: 3\n", "1:1", "equation is 3"),
    "syntax": ("equation: L[t] = sum(h[t]\n", "1:21", "not a formula"),
    "function": ("equation: L[t] = sum(foo(h[t]))\n", "1:22", "unknown function foo"),
    "signal": ("equation: L[t] = sum(h[t] - C[t])\n", "1:29", "a loss cannot read C[t]"),
    "shift": ("equation: |\n\n  L[t] = sum(h[t-1])\n", "3:14", "a loss cannot read h[t-1]"),
    "parameter": ("equation: 'L[t] = sum(h[t]) * W_a'\n", "1:31", "a loss cannot read W_a"),
    "target": ("equation: E[t] = sum(h[t])\n", "1:11", "computes E, not the loss L"),
    "constant": ("equation: L[t] = sum(y[t])\n", "1:11", "does not depend on an output"),
    "axes": ("equation: L[t] = (h[t] - y[t])**2\n", "1:11", "the loss has the axes (output)"),
    "product": ("equation: L[t] = h[t] @ N\n", "1:11", ""),
    "lines": ("equation: |\n  L[t] = sum(h[t])\n  L[t] = 1\n", "2:3", "has 2 lines"),
    "empty": ("", "1:1", "the loss file is empty"),
    "yaml": ("equation: [\n", "1:11", ""),
}


@pytest.mark.parametrize("case", BAD_LOSSES)
def test_a_bad_loss_is_told_where(case: str, own: str, tmp_path: Path) -> None:
    """With line and column in its own file, and in a scenario that holds it."""
    text, at, message = BAD_LOSSES[case]
    path = tmp_path / "loss.yaml"
    path.write_text(text)
    answer = invoke("validate", own)
    assert answer.code == 1
    assert answer.err.startswith(f"error: {path}:{at}: ") or case in ("empty", "lines", "yaml")
    assert f"{path}:" in answer.err
    assert message in answer.err


def test_a_name_that_is_no_loss_is_told_where(own: str) -> None:
    """As is a path without a file, and an entry that is neither."""
    text = Path(own).read_text("utf-8")
    for value, message in (
        ("half-sqared-error", "did you mean 'half-squared-error'?"),
        ("nowhere.yaml", "nowhere.yaml: there is no such loss file"),
        ("[a]", "loss is a list"),
        ("3", "loss is 3"),
        ("{about: a}", "the key 'equation' is missing"),
    ):
        Path(own).write_text(text.replace("loss: loss.yaml", f"loss: {value}"))
        answer = invoke("validate", own)
        assert answer.code == 1
        assert f"{own}:5:" in answer.err
        assert message in answer.err


def test_a_scenario_may_hold_its_pages(own: str) -> None:
    """A cell and a loss as entries mean the same as their files; problems have a place."""
    text = "cell:\n" + "".join(f"  {line}\n" if line else "\n" for line in CELL.split("\n"))
    inline = text + SCENARIO.partition("\n")[2].replace(
        "loss: loss.yaml", f"loss: {{equation: '{LOSS.rpartition(': ')[2].strip()}'}}"
    )
    before = invoke("run", own, "--only", "dW_a").out
    Path(own).write_text(inline)
    assert invoke("run", own, "--only", "dW_a").out == before
    Path(own).write_text(inline.replace("tanh(z_a[t])", "tanh(z_b[t])"))
    assert f"{own}:7:17: z_b[t] is not computed" in invoke("validate", own).err


def test_an_own_notation_is_used_as_it_stands(own: str, tmp_path: Path) -> None:
    """What looks like a template of another kind is text."""
    answer = invoke("why", "da@0", own, "--notation", str(tmp_path / "n.yaml"))
    assert answer.code == 0
    assert "grad a[0] = {0}[0] ⊙ (1 - a[0]²)" in answer.out
    assert "y{x}[0]" in answer.out


def test_all_that_is_wrong_in_a_notation_is_told_where(own: str, tmp_path: Path) -> None:
    """Unknown keys, other kinds, templates without a place for the name, other gates."""
    path = tmp_path / "n.yaml"
    path.write_text(
        "title: 3\n"
        "gradent: d{}\n"
        "gate_gradient: dz\n"
        "symbols: [1]\n"
        "plain: maybe\n"
        'latex: {gradient: x, symbols: {a: 1, b: "x\\ny"}, foo: a}\n'
        "cells: {page: {order: [b]}, lstm: {order: 3, symbls: {}}, gru: 7}\n"
    )
    answer = invoke("run", own, "--notation", str(path))
    assert answer.code == 1
    for at, message in (
        ("1:1", "the key 'gradient' is missing"),
        ("1:8", "title is 3"),
        ("2:1", "unknown key 'gradent'"),
        ("3:16", "gate_gradient is the text 'dz'"),
        ("4:10", "symbols is a list"),
        ("5:8", "plain is the text 'maybe'"),
        ("6:19", "latex.gradient is the text 'x'"),
        ("6:35", "latex.symbols.a is 1"),
        ("6:41", "latex.symbols.b is the text"),
        ("6:50", "unknown key 'latex.foo'"),
        ("7:23", "cells.page.order is b"),
        ("7:43", "cells.lstm.order is 3"),
        ("7:46", "unknown key 'cells.lstm.symbls'"),
        ("7:64", "cells.gru is 7"),
    ):
        assert f"{path}:{at}: {message}" in answer.err
    assert "14 problems" in answer.err


# By one edit in one place of a copy of the package


@dataclass(frozen=True)
class Copy:
    """A copy of the package, run by a process of its own."""

    folder: Path

    def insert(self, name: str, text: str, *, before: str = "") -> None:
        """Put a text into a file, before another or at the end; make the file if need be."""
        path = self.folder / "lstm_tutor" / name
        old = path.read_text("utf-8") if path.exists() else ""
        first, found, last = old.partition(before) if before else (old, "", "")
        assert found == before
        path.write_text(first + text + found + last, "utf-8")

    def put(self, name: str, text: str) -> Copy:
        """Write a file beside the copy."""
        (self.folder / name).write_text(text, "utf-8")
        return self

    def run(self, *commands: tuple[str, ...], lines: str = "") -> list[Answer]:
        """Run commands beside the copy, all in one process, each with these lines."""
        done = subprocess.run(
            [sys.executable, "-c", _RUN, json.dumps([commands, lines])],
            cwd=self.folder,
            env=environment(
                PYTHONPATH=os.pathsep.join([str(self.folder), str(ROOT / "tests" / "support")]),
                HOME=str(self.folder),
            ),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        answers = [Answer(*found) for found in json.loads(done.stdout)]
        assert not any("Traceback" in answer.err for answer in answers)
        return answers

    def shown(self, *commands: tuple[str, ...]) -> list[str]:
        """Return what commands print; each must succeed without a word of complaint."""
        answers = self.run(*commands)
        assert [(answer.code, answer.err) for answer in answers] == [(0, "")] * len(commands)
        return [answer.out for answer in answers]


_RUN = """
import json, sys
from dataclasses import astuple
from command import invoke
commands, lines = json.loads(sys.argv[1])
found = [astuple(invoke(*one, lines=lines.encode())) for one in commands]
sys.stdout.write(json.dumps(found))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Return a copy to change; what is compiled is copied with it where it is whole."""
    ignored = shutil.ignore_patterns("*.pyc.*")
    shutil.copytree(ROOT / "lstm_tutor", tmp_path / "lstm_tutor", ignore=ignored)
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    return Copy(tmp_path)


FUNCTION = """        Function(
            name="softplus",
            value=lambda x: np.log1p(np.exp(x)),
            derivatives=("sigmoid(x)",),
            monotone=True,
            taken_for=("tanh",),
        ),
"""


@pytest.mark.long
def test_a_function_is_added_by_one_row(copy: Copy) -> None:
    """A cell with it runs, is checked, explained, judged and audited."""
    first = '        Function(\n            name="exp"'
    copy.insert("algebra/functions.py", FUNCTION, before=first)
    cell = CELL.replace("tanh(z_a[t])", "softplus(z_a[t])")
    cell = cell.replace("h[t] = a[t]", "h[t] = a[t] - softplus(h[t-1])")
    copy.put("page.yaml", cell).put("loss.yaml", LOSS).put("s.yaml", SCENARIO)
    copy.put("numbers.txt", f"a0 = {math.tanh(0.1):.6f}\n")
    *shown, checked, paged = copy.run(
        ("run", "s.yaml"),
        ("gradcheck", "s.yaml"),
        ("why", "da@0", "s.yaml"),
        ("audit", "s.yaml"),
        ("check", "numbers.txt", "--scenario", "s.yaml"),
        ("export", "s.yaml", "-o", "s.html"),
    )
    assert [(answer.code, answer.err) for answer in shown] == [(0, "")] * 4
    says = ("a[0] = softplus(z_a[0])", "passed", "∂a[0]/∂z_a[0] = σ(z_a[0])", "mistakes tried")
    for answer, said in zip(shown, says, strict=True):
        assert said in answer.out
    assert "a[0] = tanh(z_a[0])" in checked.out
    assert (paged.code, "a page cannot compute softplus yet" in paged.err) == (1, True)


MISTAKE = """
third:
  called: a test's mistake
  cost: 1
  change: [activation(A) -> activation(A / 3)]
  shown: "{new} instead of {part}"
  says: "The activation is taken of a third of its input: {new}."
  why: {forward: It is taken of its input as it is.}
"""


@pytest.mark.long
def test_a_mistake_is_added_by_one_row(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named by check and quiz, and tried by audit."""
    copy.insert("mistakes/kinds.yaml", MISTAKE)
    copy.put("page.yaml", CELL).put("loss.yaml", LOSS).put("s.yaml", SCENARIO)
    wrong = f"{math.tanh((0.45 * 1 + 0.25 * 2 + 0.2) / 3):.6f}"
    said = "The activation is taken of a third of its input: z_a[0] / 3."
    copy.put("numbers.txt", f"a@0 = {wrong}\n")
    audit = ("audit", "s.yaml", "--format", "json", "--only", "a")
    checked, asked, audited = copy.run(
        ("check", "numbers.txt", "--scenario", "gomez"),
        ("quiz", "gomez", "--fresh", "--only", "a@0"),
        audit,
        lines=f"{wrong}\n",
    )
    assert said in " ".join(checked.out.split())
    assert "It is taken of its input as it is." in checked.out
    assert said in " ".join(asked.out.split())
    assert (audited.code, audited.err) == (0, "")
    with_it = json.loads(audited.out)
    monkeypatch.chdir(copy.folder)
    without = json.loads(invoke(*audit).out)
    assert with_it["tried"] > without["tried"]


RENDERER = '''"""Formulas alone, one a line."""

from collections.abc import Iterator, Sequence

from lstm_tutor.render.line import View, formula
from lstm_tutor.trace.trace import Trace


def formulas(trace: Trace, indices: Sequence[int], view: View) -> Iterator[str]:
    """Yield the formulas of the chosen steps."""
    for index in indices:
        yield f"{formula(trace[index], view)}\\n"
'''


@pytest.mark.long
def test_a_format_is_added_by_one_row(copy: Copy) -> None:
    """Its module stands in one row; the command writes it and says that it can."""
    copy.insert("export/formulas.py", RENDERER)
    row = '    ".txt": "lstm_tutor.export.formulas.formulas",\n'
    copy.insert("export/format.py", row, before='    ".npz"')
    wrote, refused, helped = copy.run(
        ("export", "gomez", "--only", "da", "-o", "o.txt"),
        ("export", "gomez", "-o", "o.pdf"),
        ("export", "--help"),
    )
    assert (wrote.code, wrote.err) == (0, "wrote o.txt: 2 steps\n")
    lines = (copy.folder / "o.txt").read_text("utf-8").splitlines()
    assert lines[1] == "δa[0] = δC[0] ⊙ i[0] ⊙ (1 - a[0]²)"
    assert ".csv, .txt, .npz" in refused.err
    assert (helped.code, helped.err) == (0, "")
    assert ".csv, .txt, .npz" in helped.out


COMMAND = '''"""`loss`: how far the outputs are from the labels."""

from lstm_tutor.cli.option import ScenarioName
from lstm_tutor.scenario.catalog import DEFAULT


def loss(scenario: ScenarioName = DEFAULT) -> None:
    """Show the loss before and after one update."""
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.terminal.screen import show
    from lstm_tutor.trace.trace import compute

    trace = compute(load(scenario))
    show([(f"{trace.loss_before:.4f}", ""), (f"{trace.loss_after:.4f}", "")])
'''


@pytest.mark.long
def test_a_command_is_added_by_one_row(copy: Copy) -> None:
    """Its module stands in one row; it is listed, helps, and fails as the others do."""
    copy.insert("cli/loss.py", COMMAND)
    copy.insert("cli/__init__.py", '    "loss": "lstm-tutor loss gomez",\n', before='    "why"')
    run, loss, top, own = copy.shown(
        ("run", "two-units", "--format", "json"),
        ("loss", "two-units"),
        ("--help",),
        ("loss", "--help"),
    )
    data = json.loads(run)["loss"]
    assert loss == f"{data['before']:.4f}\n{data['after']:.4f}\n"
    assert "Show the loss before and after one update." in top
    assert "Example:  lstm-tutor loss gomez" in own
    (answer,) = copy.run(("loss", "two-unit"))
    assert answer.code == 1
    assert "two-units" in answer.err
