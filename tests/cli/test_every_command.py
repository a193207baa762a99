"""Every command on every bundled cell, model and dialect: exit codes, widths, ASCII."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command import Answer, invoke
from hypothesis import settings

from lstm_tutor.cli import COMMANDS
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.model.catalog import bundled_cells
from lstm_tutor.model.loss import losses
from lstm_tutor.model.update_page import bundled_updates
from lstm_tutor.scenario.catalog import bundled

WIDTH = 64
_CELLS = {cell: f"cell: {cell}" for cell in bundled_cells()}
_MODELS = {
    "readout": "model: [rnn, linear]",
    "classes": "model: [rnn, softmax]\nloss: cross-entropy",
    "share": "model: [rnn, sigmoid]\nloss: binary-cross-entropy",
    "layers": "model: [rnn, {page: lstm, as: top}]",
    "backward": "model: [{page: gru, direction: backward}]",
    "both": "model: [{page: rnn, direction: both}, linear]",
    **{loss: f"cell: rnn\nloss: {loss}" for loss in losses() if "cross" not in loss},
    **{update: f"cell: rnn\nupdate: {update}" for update in bundled_updates()},
    "clipped": "cell: rnn\nclip: {norm: 0.1}",
}
_DIALECTS = {f"in {name}": f"cell: lstm\n# {name}" for name in notations()}
SUBJECTS = {**_CELLS, **_MODELS, **_DIALECTS}
WALKED = (
    *(
        ("run", "s.yaml"),
        ("step", "s.yaml"),
        ("step", "s.yaml", "--pause"),
        ("why", "L", "s.yaml"),
    ),
    *(("export", "s.yaml", "-o", "o.md"), ("verify", "o.md"), ("check", "o.md")),
    *(("quiz", "s.yaml", "--fresh"), ("worksheet", "s.yaml"), ("validate", "s.yaml")),
    *(("gradcheck", "s.yaml"), ("audit", "s.yaml")),
)
_OTHER = (("scenarios",), ("schema",), ("learn", "--skills"), ("show", "lstm"))
_NAMED = ("run", "step", "why", "export", "check", "quiz", "worksheet")
_READOUT = re.compile("linear|softmax|sigmoid")
_LONG, _FEW = ("audit", "check", "quiz"), ("rnn", "in pytorch")
_WHOLE = settings().max_examples > 100  # pytest --hypothesis-profile whole
"""What takes long is tried on a few, unless everything is asked for."""
_TOLD = ("export",)
_AS_IT_IS = ("show", "schema", "worksheet")
"""What prints files, whose lines are theirs."""


def _fits(arguments: tuple[str, ...], answer: Answer) -> None:
    said = answer.err if arguments[0] not in _TOLD else ""
    assert (answer.code, said) == (0, ""), (arguments, answer.err)
    assert (answer.out + answer.err).strip(), arguments
    assert answer.out.isascii(), arguments
    if arguments[0] not in _AS_IT_IS:
        widest = max(answer.out.splitlines(), key=len, default="")
        assert len(widest) <= WIDTH, (arguments, widest)


def test_the_table_has_every_command() -> None:
    """None is left out."""
    assert {words[0] for words in (*WALKED, *_OTHER)} == set(COMMANDS)


@pytest.mark.heavy
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_command_on(
    subject: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exits with 0, and stays within a narrow stream of ASCII."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    label = "[1]" if "classes" not in subject else "0"
    count = 2 if subject == "classes" else 1
    outputs = f", outputs: {count}" if _READOUT.search(SUBJECTS[subject]) else ""
    text = f"{SUBJECTS[subject]}\ninputs: [[1.5], [0.5]]\nlabels: [{label}, {label}]\n"
    text += f"weights: {{init: {{scheme: uniform}}, hidden: 1{outputs}}}\n"
    Path("s.yaml").write_text(text)
    named = subject.removeprefix("in ") if subject in _DIALECTS else ""
    for words in WALKED:
        if words[0] in _LONG and subject not in _FEW and not _WHOLE:
            continue
        more = ("--notation", named) if named and words[0] in _NAMED else ()
        lines = b"n\nw\nq\n" if words[0] == "step" else b"0.5\n?\nshow\n"
        _fits(words, invoke(*words, *more, encoding="ascii", lines=lines))


def test_a_page_without_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a loss and gradients in every command, and no update; what trains says why not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    page = "cell:\n  title: bend\n  about: A bend.\n  names: {x: input, h: output}\n"
    page += "  axes: {x: [hidden], h: [hidden]}\n  equations: |\n"
    Path("s.yaml").write_text(
        f"{page}    h[t] = tanh(x[t] + h[t-1])\ninputs: [[1, 2], [0.5, 3]]\n"
        "labels: [[0.5, 0.1], [1.25, 0.2]]\nweights: {}\n"
    )
    export = ("export", "s.yaml", "-o")
    writing = [(*export, f"o.{name}") for name in ("html", "npz", "json", "csv")]
    checking = [("verify", "o.html"), ("check", "o.json", "--scenario", "s.yaml")]
    for words in (*WALKED, *writing, *checking):
        answer = invoke(*words, lines=b"q\n")
        without = words[0] == "gradcheck"
        assert answer.code == (2 if without else 0), (words, answer.err)
        assert ("s has no weights" in answer.err) == without
    for words in (
        ("run", "--epochs", "3"),
        ("audit", "--loss"),
        (*export[:1], "--plot", "loss"),
    ):
        more = ("-o", "o.svg") if words[0] == "export" else ()
        answer = invoke(*words[:1], "s.yaml", *words[1:], *more)
        assert (answer.code, "weights" in answer.err) == (2, True), answer.err
    assert "there are no weights, and nothing is updated" in invoke("run", "s.yaml").out


@pytest.mark.parametrize("scenario", bundled())
def test_every_scenario_is_shown(scenario: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the same bounds."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    for words in (("run", scenario), ("step", scenario), ("validate", scenario)):
        _fits(words, invoke(*words, encoding="ascii"))


def test_what_needs_no_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists, files and the state of lessons."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for words in _OTHER:
        answer = invoke(*words, encoding="ascii")
        assert (answer.code, answer.err) == (0, "")
        assert answer.out.isascii()
