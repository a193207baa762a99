"""The command line as its users meet it: what it prints, writes and answers."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pexpect
import pytest
from command import COMMAND, Answer, command, data, environment, invoke, shown
from interrupts import badly_ended
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from lstm_tutor import __version__
from lstm_tutor.cli import COMMANDS
from lstm_tutor.dialects.notation import notation
from lstm_tutor.execution.program import place_of
from lstm_tutor.files.problem import MOST
from lstm_tutor.model.symbol import Id, gradient
from lstm_tutor.render.layout import sheets
from lstm_tutor.render.line import View
from lstm_tutor.render.table import table
from lstm_tutor.render.text import text
from lstm_tutor.scenario.catalog import bundled, folder
from lstm_tutor.scenario.loading import load
from lstm_tutor.terminal.screen import console
from lstm_tutor.trace.trace import compute

TITLES = ["Given", "Forward", "Loss", "Backward", "Gradients", "Update"]


def titles(text: str) -> list[str]:
    """Return the phases that have tables, in order."""
    found = re.findall(rf"^({'|'.join(TITLES)})(?:,.*|\s*)$", text, re.MULTILINE)
    return list(dict.fromkeys(found))


def ids(text: str) -> list[str]:
    """Return the ids in the first column of the tables, in order."""
    lines = text.splitlines()
    return [line.split()[0] for line in lines if re.match(r"[A-Za-z_']+(@-?\d+)?  ", line)]


def rows_of(*options: str) -> list[str]:
    """Return the ids that `run gomez` shows with some options, without the headers'."""
    return [id_ for id_ in ids(shown("run", "gomez", *options)) if id_ != "step"]


def names_in(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


def one_line(text: str) -> str:
    return " ".join(text.split())


# --- run


def test_run_shows_gomez_if_nothing_is_named() -> None:
    """The default scenario is the textbook walk, every phase of it."""
    text = shown("run")
    assert text == shown("run", "gomez")
    assert text.startswith("Backpropagating an LSTM, a numerical example")
    assert titles(text) == TITLES
    assert "it fell" in text


@pytest.mark.parametrize("phase", [title.lower() for title in TITLES])
def test_phase_shows_only_that_phase(phase: str) -> None:
    """--phase leaves out the other phases, in tables and in JSON."""
    assert titles(shown("run", "--phase", phase)) == [phase.capitalize()]
    assert {step["phase"] for step in data("--phase", phase)["steps"]} == {phase}


def test_phase_can_be_repeated() -> None:
    """Two phases show both, in the order of the computation."""
    assert titles(shown("run", "--phase", "loss", "--phase", "forward")) == ["Forward", "Loss"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("dC@0", ["dC@0"]),
        ("dC", ["dC@1", "dC@0", "dC@-1"]),
        ("dC@-1", ["dC@-1"]),
        ("d[ai]@*", ["da@1", "di@1", "da@0", "di@0"]),
        ("W_?'", ["W_a'", "W_i'", "W_f'", "W_o'"]),
        ("L", ["L"]),
    ],
)
def test_only_takes_an_id_a_symbol_or_a_glob(pattern: str, expected: list[str]) -> None:
    """--only shows what matches, in order, and nothing around it."""
    assert rows_of("--only", pattern) == expected
    assert "Backpropagating" not in shown("run", "--only", pattern)


def test_only_and_phase_go_together() -> None:
    """--only can be repeated; with --phase, both must hold."""
    assert rows_of("--only", "h@1", "--only", "C@0") == ["C@0", "h@1"]
    assert rows_of("--only", "*@0", "--phase", "loss") == ["L@0"]
    result = invoke("run", "--only", "dC", "--phase", "given", "--phase", "loss")
    assert result.code == 2
    assert result.err == "error: no step of dC is in the phase given or loss\n"


@pytest.mark.parametrize(
    ("pattern", "suggestion"),
    [
        ("dCC", "did you mean 'dC'?"),
        ("dC@7", "dC has no value at '7'; its time steps run from -1 to 1"),
        ("y@-1", "y has no value at '-1'; its time steps run from 0 to 1"),
        ("C@" + "9" * 5000, "its time steps run from -1 to 1"),
        ("zzzz*", "known are x, y, h, C"),
    ],
)
def test_only_without_a_match_suggests_others(pattern: str, suggestion: str) -> None:
    """A pattern that nothing matches is bad usage; the message says what there is."""
    result = invoke("run", "--only", pattern)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: no step matches '{pattern}': ")
    assert suggestion in result.err


def test_digits_are_significant_digits() -> None:
    """--digits sets how many digits are shown; 17 are exact."""
    value = float(compute(load("gomez")).find("h@0").value[0])
    for digits in (3, 6, 12):
        text = shown("run", "--only", "h@0", "--digits", str(digits))
        assert re.search(rf"{value:.{digits}g}(?!\d)", text)
    assert repr(value) in shown("run", "--only", "h@0", "--digits", "17")
    assert invoke("run", "--digits", "0").code == 2
    assert invoke("run", "--digits", "18").code == 2


def test_detail_sets_how_much_is_shown() -> None:
    """The formula alone, the same with numbers put in, or with products spelled out."""
    formula, numbers, arithmetic = (
        shown("run", "--only", "z_a@0", "--detail", level)
        for level in ("formula", "numbers", "arithmetic")
    )
    assert all("W_a · x[0]" in text for text in (formula, numbers, arithmetic))
    assert "[0.45, 0.25]" not in formula
    assert "[0.45, 0.25] · [1, 2]" in numbers
    assert "0.45·1 + 0.25·2" in arithmetic
    assert numbers == shown("run", "--only", "z_a@0")
    assert invoke("run", "--detail", "much").code == 2


def test_an_unknown_scenario_suggests_the_nearest() -> None:
    """A name that is neither bundled nor a file is bad input."""
    result = invoke("run", "gomz")
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [
        "error: gomz: there is neither a bundled scenario nor a file of this name",
        "  try: did you mean 'gomez'?",
    ]


def test_an_empty_name_is_not_taken_for_the_folder() -> None:
    """What a script gives for an unset variable names no scenario."""
    result = invoke("run", "")
    assert (result.code, result.out) == (1, "")
    assert "there is neither a bundled scenario nor a file of this name" in result.err


def test_a_file_name_sends_no_escape_sequence_to_the_terminal(tmp_path: Path) -> None:
    """Where a scenario has no title its file's name stands, made visible."""
    source = (folder() / "gomez.yaml").read_text("utf-8")
    untitled = "".join(line for line in source.splitlines(True) if not line.startswith("title"))
    path = tmp_path / "red\x1b[31m.yaml"
    path.write_text(untitled, "utf-8")
    target = tmp_path / "red\x1b[31m.md"
    for arguments in (
        ("run", str(path)),
        ("why", "x@0", str(path)),
        ("step", str(path), "--transcript", str(target)),
        ("export", str(path), "-o", str(target)),
    ):
        answer = invoke(*arguments)
        assert answer.code == 0
        assert "\x1b" not in answer.out + answer.err
    assert "\x1b" not in target.read_text("utf-8")


# --- --epochs


def test_epochs_show_a_falling_loss_for_each() -> None:
    """--epochs lists the loss before each update; for gomez it falls every time."""
    epochs = data("--epochs", "8")["epochs"]
    assert len(epochs) == 8
    assert epochs == sorted(set(epochs), reverse=True)
    text = shown("run", "--epochs", "8").partition("Loss per epoch")[2].partition("Given")[0]
    rows = re.findall(r"^ *(\d+) +(\S+)", text, re.MULTILINE)
    assert rows == [(str(number), f"{loss:.6g}") for number, loss in enumerate(epochs, 1)]


@pytest.mark.long
@pytest.mark.parametrize("name", ["gomez", "two-units", "truncated", "gru-two-units"])
def test_epochs_show_the_tables_of_the_last_one(name: str) -> None:
    """Its weights, gradients and losses are those that repeated single updates give."""
    found = data(name, "--epochs", "5")
    trace = compute(load(name))
    for _ in range(4):
        names = trace.scenario.parameters
        new = {name: trace.parameters[f"{name}'"] for name in names}
        trace = compute(trace.scenario.with_parameters(new))
    for step in found["steps"]:
        expected = trace.find(step["id"]).value
        assert np.array(step["value"]) == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert found["epochs"][-1] == pytest.approx(found["loss"]["before"], rel=1e-12)
    assert found["loss"]["after"] == pytest.approx(trace.loss_after, rel=1e-12)


# --- files


def test_the_suffix_of_the_file_sets_its_format(tmp_path: Path) -> None:
    """.json is JSON, anything else a table, and --format overrules both."""
    assert shown("run", "-o", str(tmp_path / "a.json")) == ""
    assert json.loads((tmp_path / "a.json").read_text()) == data()
    shown("run", "-o", str(tmp_path / "b.txt"))
    assert titles((tmp_path / "b.txt").read_text("utf-8")) == TITLES
    shown("run", "--format", "table", "-o", str(tmp_path / "c.json"))
    assert (tmp_path / "c.json").read_bytes() == (tmp_path / "b.txt").read_bytes()
    shown("run", "--format", "json", "-o", str(tmp_path / "d.txt"))
    assert (tmp_path / "d.txt").read_bytes() == (tmp_path / "a.json").read_bytes()


@pytest.mark.long
def test_a_file_is_utf_8_whatever_the_terminal_takes(tmp_path: Path) -> None:
    """What a file says depends on neither encoding, width nor colors of the terminal."""
    shown("run", "-o", str(tmp_path / "a.txt"))
    variables = {"PYTHONIOENCODING": "ascii", "COLUMNS": "60", "FORCE_COLOR": "1"}
    result = command("run", "-o", "b.txt", cwd=tmp_path, **variables)
    assert (result.code, result.out, result.err) == (0, "", "")
    text = (tmp_path / "b.txt").read_bytes()
    assert text == (tmp_path / "a.txt").read_bytes()
    assert "⊙" in text.decode()
    assert b"\x1b" not in text


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    """The old content is gone, the mode stays, a link still points to the file."""
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    shown("run", "-o", str(link))
    assert json.loads(real.read_text())["format"] == 2
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert names_in(tmp_path) == ["link.json", "real.json"]


@pytest.mark.long
@pytest.mark.parametrize("name", ["old.json", "old.txt"])
def test_a_failing_write_leaves_the_old_file(tmp_path: Path, name: str) -> None:
    """When the disk takes no more, the file is as it was and nothing lies beside it."""
    (tmp_path / name).write_text("old")
    limited = ["sh", "-c", 'ulimit -f 4; exec "$@"', "sh", *COMMAND, "run", "-o", name]
    result = subprocess.run(
        limited, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"error: {name}: File too large\n"
    assert (tmp_path / name).read_text() == "old"
    assert names_in(tmp_path) == [name]


@pytest.mark.parametrize("arguments", [("run",), ("run", "--format", "json"), ("schema",)])
def test_a_file_that_cannot_be_written_is_one_line(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing folder and a folder in the file's place are named as they were given."""
    monkeypatch.chdir(tmp_path)
    for name, reason in {
        "no/a.txt": "No such file or directory",
        ".": "Is a directory",
    }.items():
        expected = Answer(1, "", f"error: {name}: {reason}\n")
        assert invoke(*arguments, "-o", name) == expected
    assert names_in(tmp_path) == []


def test_a_walk_whose_transcript_could_not_be_written_does_not_begin(tmp_path: Path) -> None:
    """It is said before anyone has walked through all of it."""
    for path, reason in {
        tmp_path / "no/a.md": "No such file or directory",
        tmp_path: "Is a directory",
    }.items():
        expected = Answer(1, "", f"error: {path}: {reason}\n")
        assert invoke("step", "--transcript", str(path)) == expected


def test_a_loop_of_links_is_replaced(tmp_path: Path) -> None:
    """A link that leads nowhere is a file name like any other."""
    loop = tmp_path / "loop.json"
    loop.symlink_to(loop)
    shown("run", "-o", str(loop))
    assert json.loads(loop.read_text()) == data()


@pytest.mark.long
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("arguments", [("run",), ("schema",)])
def test_a_full_device_is_one_line(arguments: tuple[str, ...]) -> None:
    """Standard output that takes nothing is an error, not a success or a traceback."""
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert result.returncode == 1
    assert result.stderr == b"error: No space left on device\n"


@pytest.mark.long
def test_a_file_name_that_is_no_text_is_shown_with_a_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scenario without a title takes its file's name, whatever bytes that has."""
    monkeypatch.chdir(tmp_path)
    text = (folder() / "gomez.yaml").read_text("utf-8")
    name = os.fsdecode(b"\xff.yaml")
    try:
        Path(name).write_text(re.sub("(?m)^title:.*$", "", text), encoding="utf-8")
    except OSError:
        pytest.skip("the file system wants names that are text")
    mark = "\N{REPLACEMENT CHARACTER}"
    assert command("run", name, cwd=tmp_path).out.startswith(f"{mark}\n")
    assert shown("run", name, "-o", "a.txt") == ""
    assert Path("a.txt").read_text("utf-8").startswith(f"{mark}\n")
    assert data(name)["scenario"]["title"] == mark


# --- the other commands


def test_version_is_that_of_the_package() -> None:
    """--version prints name and version."""
    assert command("--version") == Answer(0, f"lstm-tutor {__version__}\n", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_every_command_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--help ends with an example that works as it stands."""
    (example,) = re.findall(r"^\s*Example:\s+(.*)$", shown(name, "--help"), re.MULTILINE)
    assert shown(name, "-h") == shown(name, "--help")
    shutil.copy(folder() / "gomez.yaml", tmp_path / "mine.yaml")
    monkeypatch.chdir(tmp_path)
    parts = [shlex.split(part) for part in example.split(" && ")]
    assert name in {part[1] for part in parts}
    for program, *arguments in parts:
        assert program == "lstm-tutor"
        result = invoke(*arguments)
        assert result.code == 0, result.err
        assert "error" not in result.err


def test_help_names_every_command() -> None:
    """Without a command, the help says which there are and how to begin."""
    text = shown("--help")
    assert {"run", "scenarios", "validate", "gradcheck", "schema"} <= set(COMMANDS)
    assert all(re.search(rf"^  {name}  ", text, re.MULTILINE) for name in COMMANDS)
    assert "lstm-tutor run" in text
    assert invoke().code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("nope",),
        ("run", "gomez", "more"),
        ("run", "--nope"),
        ("run", "--phase", "x"),
        ("validate",),
    ],
)
def test_bad_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    """Unknown commands, options and values are bad usage, with a hint at --help."""
    result = invoke(*arguments)
    assert result.code == 2
    assert "Usage: lstm-tutor" in result.err


def test_scenarios_lists_each_with_what_it_teaches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bundled scenario has its row: name, cell and what it is about."""
    rows = shown("scenarios").splitlines()
    for name in bundled():
        scenario = load(name)
        (row,) = (row for row in rows if row.startswith(f"{name} "))
        assert scenario.layers[0].cell.name in row.split()
        assert scenario.about
        assert scenario.about.split()[0] in row
    monkeypatch.setenv("COLUMNS", "300")
    wide = shown("scenarios")
    assert all(load(name).about in wide for name in bundled())


@pytest.mark.parametrize("name", [name for name in bundled() if load(name).labelled.any()])
def test_gradcheck_passes(name: str) -> None:
    """Every bundled scenario's gradients agree with both independent ways."""
    text = shown("gradcheck", name)
    assert "passed: worst relative error" in text
    assert "FAILED" not in text
    scenario = load(name)
    boundary = compute(scenario).program.derivation.boundary
    wanted = {gradient(parameter) for parameter in scenario.parameters}
    places = (Id(e.target, place_of(e, scenario.cell, scenario.steps)) for e in boundary)
    wanted |= set(map(str, places))
    assert wanted <= {line.split(" ")[0] for line in text.splitlines()}


def test_gradcheck_compares_nothing_where_no_step_is_small(tmp_path: Path) -> None:
    """Huge weights are no wrong derivative; what overflows before the first step is said."""
    text = (folder() / "gomez.yaml").read_text("utf-8")
    file = tmp_path / "huge.yaml"
    file.write_text(text.replace("o: 0.25", "o: 1e300"), "utf-8")
    said = " ".join(shown("gradcheck", str(file)).split())
    assert "Nothing can be compared in deltaOut@-1" in said
    assert "FAILED" not in said
    file.write_text(text.replace("o: 0.25", "o: 1e300").replace("[0.5,", "[1e153,"), "utf-8")
    refused = invoke("run", str(file))
    assert refused.code == 1
    assert "deltaOut@-1 is not a finite number" in refused.err


def test_gradcheck_shows_all_three_ways_at_every_width(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Side by side where there is room, else below each other; no number is cut."""
    derived = compute(load("two-units")).find("dW_a").value
    for width in ("60", "80", "200"):
        monkeypatch.setenv("COLUMNS", width)
        text = shown("gradcheck", "two-units")
        beside = "derived  " in text.splitlines()[0]
        assert beside == (width == "200")
        assert "…" not in text
        for entry in derived.ravel():
            assert len(re.findall(rf"(?<![\d.-]){re.escape(f'{entry:.6g}')}(?!\d)", text)) == 3


def test_validate_reports_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Good files are named on standard output, problems on the error stream."""
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text("cell: lstn\ninputs: [1]\nlabels: [1]\nweights: {}\n")
    result = invoke("validate", "gomez", "bad.yaml", "none.yaml")
    assert result.code == 1
    assert result.out.startswith("gomez: good (lstm, 2 time steps, 2 inputs, 1 hidden unit)\n")
    assert "error: bad.yaml:1:7: there is no cell 'lstn'" in result.err
    assert "error: none.yaml: " in result.err


@pytest.mark.long
def test_the_last_line_counts_the_problems_that_are_not_shown_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many problems some are shown, but all are counted."""
    monkeypatch.chdir(tmp_path)
    rows = ", ".join([".nan"] * 2_000)
    Path("bad.yaml").write_text(
        f"cell: lstm\ninputs: [{rows}]\nlabels: [{rows}]\nweights: {{}}\n"
    )
    result = invoke("validate", "bad.yaml")
    assert len(re.findall("^error: ", result.err, re.MULTILINE)) == MOST + 1
    assert result.err.splitlines()[-1] == "4,001 problems"


def test_schema_accepts_every_bundled_scenario_and_no_unknown_key() -> None:
    """`schema` prints a JSON Schema that editors can use for scenario files."""
    schema: dict[str, Any] = json.loads(shown("schema"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for name in bundled():
        scenario = YAML(typ="safe", pure=True).load(folder() / f"{name}.yaml")
        validator.validate(scenario)
        assert not validator.is_valid({**scenario, "lables": []})
        assert not validator.is_valid({**scenario, "inputs": "none"})
        assert not validator.is_valid(
            {k: v for k, v in scenario.items() if k not in ("cell", "model")}
        )


def test_a_screen_is_for_a_walk_that_waits() -> None:
    """--screen without --pause says what it needs, before anything is shown."""
    answer = invoke("step", "--screen")
    assert (answer.code, answer.out) == (2, "")
    assert "--screen: it redraws a walk that waits for keys: add --pause" in answer.err


# --- streams


@pytest.mark.long
def test_an_ascii_stream_gets_ascii_only() -> None:
    """Where the encoding has no other characters, everything is said without them."""
    runs = [("run", name, "--detail", "arithmetic") for name in bundled()]
    others = [
        ("gradcheck",),
        ("run", "--epochs", "9"),
        ("scenarios",),
        ("schema",),
        ("--help",),
    ]
    for arguments in (*runs, *others):
        result = invoke(*arguments, encoding="ascii")
        assert (result.code, result.err) == (0, "")
        assert "?" not in result.out
    real = command("run", "two-units", "--detail", "arithmetic", PYTHONIOENCODING="ascii")
    assert real == invoke("run", "two-units", "--detail", "arithmetic", encoding="ascii")
    assert real.out.isascii()


@pytest.mark.long
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_longer_than_the_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables, lists and checks keep within COLUMNS."""
    monkeypatch.setenv("COLUMNS", str(width))
    runs = [
        ("run", name, "--detail", detail)
        for name in ("gomez", "two-units", "gru-two-units", "saturated-gates", "truncated")
        for detail in ("numbers", "arithmetic")
    ]
    checks = [("gradcheck", name) for name in ("gomez", "two-units", "rnn-two-units")]
    for arguments in (*runs, *checks, ("run", "--epochs", "20"), ("scenarios",), ("--help",)):
        for line in shown(*arguments).splitlines():
            assert len(line) <= width, (arguments, line)


def test_a_very_long_name_in_a_cell_leaves_room_for_its_formula(tmp_path: Path) -> None:
    """An id that is wider than the screen makes long lines, but no failure."""
    gate = "a" * 200
    (tmp_path / "long.yaml").write_text(
        f"gates: {{{gate}: gate}}\n"
        "axes: {W: [hidden, input], h: [hidden]}\n"
        "equations: |\n"
        f"  z_{gate}[t] = W_{gate} @ x[t] * h[t-1]\n"
        f"  h[t] = z_{gate}[t]\n"
    )
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(
        f"cell: long.yaml\ninputs: [1]\nlabels: [1]\nweights: {{W: {{{gate}: 1}}}}\n"
    )
    for arguments in (("run",), ("step",), ("gradcheck",), ("why", "L")):
        answer = invoke(*arguments, str(scenario))
        assert (answer.code, answer.err) == (0, ""), arguments


@pytest.mark.parametrize("width", [60, 80, 120, 160])
@pytest.mark.parametrize("notation_name", ["gomez", "ascii"])
def test_a_terminal_shows_the_tables_of_a_pipe(notation_name: str, width: int) -> None:
    """Drawn by rich or written as text, a sheet has the same lines: nothing is cut off."""
    for name in ("gomez", "two-units"):
        trace = compute(load(name))
        view = View(notation(notation_name, trace.scenario.cell))
        for sheet in sheets(trace, range(len(trace)), view, width):
            screen = console()
            screen.file, screen.width = StringIO(), width
            screen.print(table(sheet, plain=view.plain))
            assert isinstance(screen.file, StringIO)
            drawn = [line.rstrip() for line in screen.file.getvalue().splitlines()]
            written = text(sheet, plain=view.plain).splitlines()
            if max(map(len, written)) <= width:
                assert drawn == written


@pytest.mark.parametrize(
    "arguments", [("scenarios",), ("gradcheck",), ("run", "--epochs", "3")]
)
def test_tables_in_ascii_have_no_bars_between_their_columns(arguments: tuple[str, ...]) -> None:
    """One rule below the header, as with other characters."""
    answer = invoke(*arguments, encoding="ascii")
    assert answer.code == 0
    assert "|" not in answer.out
    assert "-----" in answer.out


def test_a_matrix_of_a_check_is_not_broken_up_at_80_columns() -> None:
    """Three numbers of six digits stand on one line, each row on its own."""
    lines = [line for line in shown("gradcheck", "two-units").splitlines() if "[" in line]
    assert len(lines) > 30
    assert all(line.count("[") == line.count("]") for line in lines)


def on_terminal(*arguments: str, **variables: str) -> str:
    """Return what a command writes to a terminal of 100 columns."""
    found: Any = pexpect.run(
        shlex.join([*COMMAND, *arguments]),
        env=environment(TERM="xterm-256color", COLUMNS="100", **variables),
        withexitstatus=True,
        encoding="utf-8",
        timeout=30,
    )
    text, status = found
    assert status == 0
    return str(text)


@pytest.mark.long
def test_a_terminal_gets_styles_unless_no_color_is_set() -> None:
    """A terminal gets bold and dim text; with NO_COLOR the same text without escapes."""
    styled = on_terminal("run")
    assert "\x1b[1m" in styled
    plain = on_terminal("run", NO_COLOR="1")
    assert "\x1b" not in plain
    assert one_line(re.sub(r"\x1b\[[0-9;]*m", "", styled)) == one_line(plain)
    assert all(len(line) <= 100 for line in plain.splitlines())


@pytest.mark.long
def test_a_pipe_gets_no_escapes() -> None:
    """Output that is not a terminal has no styles and no progress."""
    result = command("run", "--epochs", "3", TERM="xterm-256color")
    assert (result.code, result.err) == (0, "")
    assert "\x1b" not in result.out
    for arguments in (("gradcheck",), ("scenarios",), ("--help",)):
        assert "\x1b" not in shown(*arguments)


@pytest.mark.long
@pytest.mark.parametrize("arguments", [("run",), ("schema",)])
def test_a_closed_pipe_ends_quietly(arguments: tuple[str, ...]) -> None:
    """A reader that goes away early is no failure, and nothing is said about it."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr as errors:
        assert errors.read() == b""
    assert process.wait(30) == 0


def test_the_first_line_can_be_taken_alone() -> None:
    """`| head -1` gives the first line, and nothing on the error stream."""
    line = f"{shlex.join([*COMMAND, 'run', 'long-memory', '--format', 'json'])} | head -1"
    result = subprocess.run(
        ["sh", "-c", line], env=environment(), capture_output=True, check=False
    )
    assert (result.stdout, result.stderr) == (b'{"format": 2,\n', b"")


@pytest.mark.long
@pytest.mark.parametrize("arguments", [("run",), ("schema",)])
def test_a_closed_standard_output_is_no_traceback(arguments: tuple[str, ...]) -> None:
    """A command without any standard output runs for nothing, and says nothing."""
    result = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, *arguments],
        env=environment(),
        stderr=subprocess.PIPE,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.long
def test_a_closed_standard_input_is_no_traceback() -> None:
    """A walk without any standard input shows its first step and ends."""
    result = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "step", "--pause"],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"step 1 of 78" in result.stdout


@pytest.mark.long
def test_an_interrupt_ends_quietly_and_leaves_the_old_file(tmp_path: Path) -> None:
    """Ctrl-C during a long training exits with 130, without a traceback or a new file."""
    (tmp_path / "old.json").write_text("old")
    arguments = ["run", "two-units", "--epochs", "1000000", "-o", "old.json"]
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], *arguments],
        env=environment(TERM="xterm"),
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=30,
    )
    child.expect("training")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, child.signalstatus) == (130, None)
    assert "Traceback" not in str(child.before)
    assert (tmp_path / "old.json").read_text() == "old"
    assert names_in(tmp_path) == ["old.json"]


# --- completion and start


def completion(line: str) -> dict[str, str]:
    """Return the variables by which bash asks for what could stand at the end of a line."""
    count = str(len(line.split(" ")) - 1)
    asked = {"COMP_WORDS": line, "COMP_CWORD": count}
    return {"_LSTM_TUTOR_COMPLETE": "complete_bash", **asked}


@pytest.fixture
def completed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """What is offered at the end of a line."""

    def ask(line: str) -> list[str]:
        for name, value in completion(line).items():
            monkeypatch.setenv(name, value)
        return shown().split()

    return ask


def test_commands_and_scenarios_complete(
    completed: Callable[[str], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands, bundled scenarios and YAML files are offered as they are typed."""
    assert completed("lstm-tutor sc") == ["scenarios", "schema"]
    assert completed("lstm-tutor run g") == ["gomez", "gru-two-units"]
    monkeypatch.chdir(tmp_path)
    assert completed("lstm-tutor run ") == bundled()
    Path("mine").mkdir()
    for name in ("mine.yaml", "mine.yml", "mine.txt"):
        Path(name).touch()
    found = ["mine/", "mine.yaml", "mine.yml"]
    assert completed("lstm-tutor validate gomez mi") == found
    assert completed("lstm-tutor run ./mi") == [f"./{name}" for name in found]
    assert completed("lstm-tutor run ./no/mi") == []


@pytest.mark.long
def test_step_ids_complete(completed: Callable[[str], list[str]]) -> None:
    """--only offers the ids and symbols of the scenario that is named, else of gomez."""
    assert completed("lstm-tutor run --only dC") == ["dC", "dC@1", "dC@0", "dC@-1"]
    assert completed("lstm-tutor run two-units --only dC@") == ["dC@2", "dC@1", "dC@0", "dC@-1"]
    wanted = ["dz", "dz@2", "dz@1", "dz@0"]
    assert completed("lstm-tutor run gru-two-units --phase backward --only dz") == wanted
    assert completed("lstm-tutor run nope --only d") == []
    assert completed("lstm-tutor worksheet --blank ba") == ["backward"]
    assert completed("lstm-tutor worksheet --blank loss,dC@") == [
        "loss,dC@1",
        "loss,dC@0",
        "loss,dC@-1",
    ]
    real = command(cwd=None, **completion("lstm-tutor run two-units --only dC@"))
    assert real == Answer(0, "dC@2\ndC@1\ndC@0\ndC@-1\n", "")


IMPORTED = """
import sys
import time
from lstm_tutor.__main__ import main
sys.argv = ["lstm-tutor", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
heavy = {"numpy", "ruamel", "rich"} & {name.partition(".")[0] for name in sys.modules}
print(*sorted(heavy), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "words", "expected"),
    [
        (["--help"], "", "Commands:"),
        (["run", "--help"], "", "--epochs"),
        ([], "lstm-tutor r", "run"),
        ([], "lstm-tutor run g", "gomez"),
    ],
)
def test_help_and_completion_import_nothing_heavy(
    arguments: list[str], words: str, expected: str
) -> None:
    """They come at once: neither arrays nor YAML nor tables are loaded for them."""
    variables = completion(words) if words else {}
    result = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments],
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert expected in result.stdout
    assert result.stderr == "\n"


@pytest.mark.long
def test_an_interrupt_ends_with_130_whenever_it_comes() -> None:
    """Never with a traceback, a file that is not whole or a terminal that is not as it was;
    `python -m interrupts` tries more.
    """
    assert list(badly_ended(3, 0, seed=1)) == []


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("arguments", [("step", "--pause"), ("quiz", "--fresh")])
def test_a_held_interrupt_key_is_one_interrupt(arguments: tuple[str, ...]) -> None:
    """What comes while the terminal is given back does not break that up."""
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], *arguments],
        env=environment(TERM="xterm", XDG_STATE_HOME="/nonexistent"),
        encoding="utf-8",
        timeout=30,
    )
    child.expect("1 of")
    for _ in range(20):
        child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, child.signalstatus) == (130, None)
    assert "Traceback" not in str(child.before)
