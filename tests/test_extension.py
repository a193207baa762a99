"""Pages of a person's own, named by path: a cell, a loss, a notation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import invoke

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
    assert " right\n" in answer.out.splitlines(keepends=True)[0]


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
    "constant": ("equation: L[t] = sum(y[t])\n", "1:11", "does not depend on the output h[t]"),
    "axes": ("equation: L[t] = (h[t] - y[t])**2\n", "1:11", "the loss has the axes (hidden)"),
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
