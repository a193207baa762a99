"""Nothing that a file or an argument says reaches a stream as an escape sequence."""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pexpect
import pytest
from command import COMMAND, Answer, command, environment, invoke
from rich.text import Text

from lstm_tutor.files.text import hidden_character, visible
from lstm_tutor.terminal.screen import console
from lstm_tutor.terminal.stream import Door

PLANTS = {
    "color": "\x1b[31m",
    "title": "\x1b]0;owned\x07",
    "clear": "\x1b[2J",
    "one-byte control": "\x9b31m",
    "return": "a\rb",
    "backspace": "ab\b\b",
    "override": "\u202eab",
    "isolate": "\u2066ab",
    "separator": "a\u2028b\x85c",
    "mark": "\ufeffa\u200bb",
    "markup": "[red]a[/red][/]",
}
SCENARIO = {
    "title": "t",
    "source": "s",
    "about": "a",
    "cell": "lstm",
    "inputs": [1],
    "labels": [0.5],
    "weights": {
        "W": {"a": 0.45, "i": 0.95, "f": 0.7, "o": 0.6},
        "U": {"a": 0.15, "i": 0.8, "f": 0.1, "o": 0.25},
        "b": {"a": 0.2, "i": 0.65, "f": 0.15, "o": 0.1},
    },
}
PAGE = {
    "name": "mine",
    "title": "t",
    "source": "s",
    "about": "a",
    "gates": {"a": "candidate"},
    "names": {"x": "input"},
    "axes": {
        "x": ["input"],
        "h": ["hidden"],
        "W": ["hidden", "input"],
        "U": ["hidden", "hidden"],
    },
    "equations": "z_a[t] = W_a @ x[t] + U_a @ h[t-1] # sum\na[t] = tanh(z_a[t])\nh[t] = a[t]\n",
}
OWN = {
    "cell": "page.yaml",
    "inputs": [1],
    "labels": [0.5],
    "weights": {"W": {"a": 0.1}, "U": {"a": 0.2}},
    "loss": "loss.yaml",
}
LOSS = {"title": "t", "about": "a", "equation": "L[t] = sum((h[t] - y[t])**4) / 4"}
NOTATION = {
    "title": "t",
    "source": "s",
    "gradient": "d{}",
    "gate_gradient": "g{}",
    "symbols": {"h": "H"},
    "latex": {"gradient": "d {}", "symbols": {"h": "H"}},
    "cells": {
        "lstm": {"order": ["a", "i", "f", "o"], "symbols": {"a": "g"}, "latex": {"a": "g"}}
    },
}
every_plant = pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
PLANT = "x".join(PLANTS.values())


def _require_plain(answer: Answer) -> None:
    """Streams hold lines of visible characters, and no traceback."""
    for text in (answer.out, answer.err):
        assert "Traceback" not in text
        raw = {letter for letter in text if unicodedata.category(letter) in _RAW}
        assert raw <= {"\n"}, ascii(text)


_RAW = ("Cc", "Cf", "Cs", "Zl", "Zp")


def _planted(value: object, plant: str) -> list[object]:
    """Return the data with the plant in each of its keys and texts, one at a time."""
    found: list[object] = []
    match value:
        case str():
            found = [f"{value}{plant}", plant + value]
        case dict():
            for key, item in value.items():
                others = {name: other for name, other in value.items() if name != key}
                found += [{**value, key: new} for new in _planted(item, plant)]
                found.append({**others, f"{key}{plant}": item})
        case list():
            for index, item in enumerate(value):
                new = _planted(item, plant)
                found += [[*value[:index], other, *value[index + 1 :]] for other in new]
        case _:
            found = [plant]
    return found


def _yaml(path: Path, data: object, *, escaped: bool) -> None:
    path.write_text(
        json.dumps(data, ensure_ascii=escaped), "utf-8", errors="replace", newline=""
    )


READERS = (
    ("run", "{}"),
    ("run", "{}", "--format", "json"),
    ("validate", "{}"),
    ("why", "L", "{}"),
    ("worksheet", "{}", "--key"),
    ("step", "{}"),
)


@pytest.mark.parametrize("escaped", [True, False])
def test_of_a_scenario(escaped: bool, tmp_path: Path) -> None:
    """In each key and text of a scenario, plain or as escapes, however it is read."""
    path = tmp_path / "s.yaml"
    for number, data in enumerate(_planted(SCENARIO, PLANT)):
        _yaml(path, data, escaped=escaped)
        arguments = READERS[number % len(READERS)]
        _require_plain(invoke(*(word.format(path) for word in arguments)))


@pytest.mark.long
@pytest.mark.parametrize("key", ["page", "loss", "inline"])
def test_of_a_cell_and_a_loss(key: str, tmp_path: Path) -> None:
    """In each key and text of a page of a person's own, in a file or in the scenario."""
    pages = _planted(PAGE if key != "loss" else LOSS, PLANT)
    _yaml(tmp_path / "page.yaml", PAGE, escaped=False)
    _yaml(tmp_path / "loss.yaml", LOSS, escaped=False)
    path = tmp_path / "s.yaml"
    for number, page in enumerate(pages):
        held = {**OWN, "cell": page} if key == "inline" else OWN
        _yaml(path, held, escaped=False)
        if key != "inline":
            _yaml(tmp_path / f"{key}.yaml", page, escaped=bool(number % 2))
        arguments = READERS[number % len(READERS)]
        _require_plain(invoke(*(word.format(path) for word in arguments)))


@pytest.mark.long
def test_of_a_notation(tmp_path: Path) -> None:
    """In each key and template of a notation file."""
    path = tmp_path / "n.yaml"
    for number, data in enumerate(_planted(NOTATION, PLANT)):
        _yaml(path, data, escaped=bool(number % 2))
        _require_plain(invoke("why", "da@0", "--notation", str(path)))


@pytest.mark.slow
def test_of_what_names_a_file(tmp_path: Path) -> None:
    """In the names of files, and where a scenario names other files."""
    odd = tmp_path / f"odd{PLANT.replace('/', '|')}"
    odd.mkdir()
    good, bad, numbers = odd / "good.yaml", odd / "bad.yaml", odd / "n.txt"
    _yaml(good, SCENARIO, escaped=False)
    _yaml(bad, {**SCENARIO, "cell": 3}, escaped=False)
    numbers.write_text("a@0: 7.5\n")
    there = tmp_path / "s.yaml"
    for key in ("cell", "loss"):
        _yaml(there, {**SCENARIO, key: f"{PLANT}.yaml"}, escaped=True)
        _require_plain(invoke("validate", str(there)))
    _yaml(there, {**SCENARIO, "weights": {"file": f"{PLANT}.npz"}}, escaped=True)
    _require_plain(invoke("validate", str(there)))
    named = odd / f"x{PLANT.replace('/', '|')}.yaml"
    _yaml(named, SCENARIO, escaped=False)
    for arguments in (
        ("validate", str(good), str(bad), str(odd), str(odd / "none.yaml")),
        ("run", str(named)),
        ("run", str(good), "-o", str(odd / "o.txt")),
        ("run", str(good), "-o", str(odd / "no" / "o.txt")),
        ("export", str(named), "-o", str(odd / "o.md")),
        ("export", str(named), "-o", str(odd / "o.odd")),
        ("verify", str(odd / "o.md"), str(numbers)),
        ("worksheet", str(named), "-o", str(odd / "w.md")),
        ("worksheet", str(named), "-o", str(odd / f"w{PLANT.replace('/', '|')}")),
        ("check", str(numbers), str(odd / "none.txt"), "--scenario", str(named)),
        ("check", str(numbers), str(odd / "o.md"), "--summary", "-o", str(odd / "c.csv")),
        ("step", str(named), "--transcript", str(odd / "t.md")),
        ("quiz", str(named)),
    ):
        _require_plain(invoke(*arguments))
    table = (odd / "c.csv").read_text("utf-8")
    assert hidden_character(table) is None


def test_of_an_argument() -> None:
    """In whatever is typed on the command line."""
    for arguments in (
        (PLANT,),
        ("run", PLANT),
        ("run", "gomez", PLANT),
        ("run", "gomez", f"--{PLANT}"),
        ("run", "--only", PLANT),
        ("run", "--only", f"da@{PLANT}"),
        ("run", "--phase", PLANT),
        ("run", "--digits", PLANT),
        ("run", "--notation", PLANT),
        ("run", "--notation", f"{PLANT}.yaml"),
        ("why", PLANT),
        ("why", f"da@{PLANT}"),
        ("step", "--from", PLANT),
        ("step", "--until", f"{PLANT}@0"),
        ("worksheet", "--blank", PLANT),
        ("quiz", "--only", PLANT),
        ("check", PLANT),
        ("check", "-", "--scenario", PLANT),
        ("export", "-o", PLANT),
        ("verify", PLANT),
        ("validate", PLANT),
        ("schema", "-o", f"/nowhere/{PLANT}"),
    ):
        _require_plain(invoke(*arguments))


def _npz(name: str) -> bytes:
    """Return an archive with a member of this name, right and with another type."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member, array in ((f"a{name}", np.ones(1)), (f"b{name}", np.array(["x"]))):
            inner = io.BytesIO()
            np.save(inner, array)
            archive.writestr(f"{member}.npy", inner.getvalue())
    return buffer.getvalue()


def _notebook(plant: str) -> bytes:
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "source": [f"'{plant}'\n", f"print('{plant}', a)"],
        "outputs": [
            {"output_type": "stream", "text": [f"a{plant} = 0.5\n{plant}\n"]},
            {"output_type": "error", "ename": plant, "evalue": plant},
            {"output_type": "execute_result", "data": {"text/plain": f"{plant} 7.5 {plant}"}},
        ],
    }
    return json.dumps({"nbformat": 4, "cells": [cell], plant: plant}).encode()


def _all_of(plant: str) -> str:
    return f"""\
# {plant}
a@0{plant} = 7.5 {plant}
{plant}f@0 = 7.5
t = {plant}0
q{plant}: [1, {plant}2]
r{plant}: array([1, {plant}], dtype={plant})
1,5 {plant}
"""


SUBMISSIONS: dict[str, Callable[[str], bytes]] = {
    "n.txt": lambda plant: _all_of(plant).encode(errors="replace"),
    "u.txt": lambda plant: _all_of(plant).encode("utf-16", errors="replace"),
    "n.json": lambda plant: json.dumps({f"a@0{plant}": 7.5, plant: [plant, 1]}).encode(),
    "m.json": lambda plant: json.dumps([{"t": 0, plant: 1.5}, {plant: plant}]).encode(),
    "s.json": lambda plant: json.dumps(
        {
            "format": 1,
            "scenario": {**SCENARIO, "title": plant},
            "steps": [{"id": f"a{plant}", "value": 7.5}, {"id": "a@0", "value": 7.5}],
        }
    ).encode(),
    "n.yaml": lambda plant: (
        f"{json.dumps(f'a{plant}')}: [1.5]\nb: {json.dumps(plant)}\n".encode()
    ),
    "n.csv": lambda plant: f"id,value,{plant}\na@0{plant},7.5,1\na@0,{plant},2\n".encode(
        errors="replace"
    ),
    "w.csv": lambda plant: f"t,a{plant}\n0,7.5\n{plant},{plant}\n".encode(errors="replace"),
    "n.md": lambda plant: (
        f"| id | value |\n| --- | --- |\n| a@0{plant} | 7.5 |\n| `a@0` | {plant}7 |\n"
        f"**`a@0{plant}`**\n\n- rows: `{plant} = [a; {plant}]`\n- value: `{plant} 7.5`\n"
    ).encode(errors="replace"),
    "n.npz": _npz,
    "n.ipynb": _notebook,
    "d.txt": lambda plant: f"In [{plant}]: a{plant}\nOut[1]: 7.5{plant}\nIn [1]: b\n1\n".encode(
        errors="replace"
    ),
}


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("name", SUBMISSIONS)
def test_of_a_submission(name: str, tmp_path: Path) -> None:
    """In what is handed in, of every format, as a report, as JSON and as a row of a table."""
    path = tmp_path / name
    path.write_bytes(SUBMISSIONS[name](PLANT))
    for more in ((), ("--format", "json"), ("--summary", "-o", str(tmp_path / "c.csv"))):
        _require_plain(invoke("check", str(path), *more))
    _require_plain(invoke("verify", str(path)))


@pytest.mark.long
@pytest.mark.parametrize("kind", ["transcript", "worksheet"])
def test_of_our_own_files_changed(kind: str, tmp_path: Path) -> None:
    """In every line of a transcript or worksheet, however it is read."""
    path = tmp_path / "o.md"
    if kind == "transcript":
        invoke("export", "gomez", "--only", "a@0", "-o", str(path))
    else:
        invoke("worksheet", "gomez", "--blank", "a@0", "-o", str(path))
    lines = path.read_text("utf-8").split("\n")
    for number in range(0, len(lines), 6):
        changed = [*lines]
        half = len(changed[number]) // 2
        changed[number] = changed[number][:half] + PLANT + changed[number][half:]
        path.write_text("\n".join(changed), "utf-8", errors="replace", newline="")
        _require_plain(invoke("verify", str(path)))
        _require_plain(invoke("check", str(path)))
    changed = [f"**`{PLANT}`** x", *lines, f"**`{PLANT}`** {PLANT}", "0.5"]
    path.write_text("\n".join(changed), "utf-8", errors="replace", newline="")
    _require_plain(invoke("verify", str(path)))


@pytest.mark.long
def test_of_answers_and_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In what is typed in a quiz or a walk, and in the file that keeps the progress."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    lines = f"{PLANT}\n7{PLANT}\nshow {PLANT}\n? {PLANT}\n0.1\n".encode(errors="replace")
    _require_plain(invoke("quiz", "gomez", lines=lines))
    _require_plain(invoke("quiz", "gomez", "--find-the-error", lines=lines))
    _require_plain(invoke("step", "gomez", "--pause", lines=b"n\ng " + lines + b"/" + lines))
    for path in (tmp_path / "lstm-tutor").iterdir():
        text = path.read_text("utf-8")
        assert hidden_character(text) is None
        for old in ("now at\t", "\t0\t1", "# lstm", "z_a@0"):
            path.write_text(text.replace(old, f"{old}{PLANT}"), "utf-8", errors="replace")
            _require_plain(invoke("quiz", "gomez"))


def test_what_is_said_stays_readable(tmp_path: Path) -> None:
    """A mark stands for each hidden character; markup is text like any other."""
    name = tmp_path / "a\x1b[31mb[red]\u202e.yaml"
    assert "a\ufffd[31mb[red]\ufffd.yaml: there is no such" in invoke("validate", str(name)).err


@every_plant
def test_a_stream_behind_a_door_takes_text_alone(plant: str) -> None:
    """Whoever writes to it, and however; line ends and tabs are text."""
    behind = io.StringIO()
    door = Door(behind)
    print(plant, "a\tb", file=door)
    door.writelines([plant, "\n"])
    assert not hasattr(door, "buffer")
    assert behind.getvalue() == f"{visible(plant)} a\tb\n{visible(plant)}\n"


@every_plant
def test_a_console_writes_no_escape_but_its_own(plant: str) -> None:
    """Colors come from styles, never from the text that is drawn."""
    with redirect_stdout(io.StringIO()):
        paper = console()
    paper._color_system = None  # no style, so that every escape is foreign
    paper.file = io.StringIO()
    paper.print(Text(plant, style="bold"), plant)
    drawn = paper.file.getvalue()
    assert {letter for letter in drawn if unicodedata.category(letter) in _RAW} <= {"\n"}


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="file names of this kind are refused there")
def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    """The real command, with names that are no text at all, and with colors forced."""
    odd = os.fsdecode(os.fsencode(str(tmp_path)) + b"/\xff\x1b[31m.yaml")
    for encoding in ("utf-8", "ascii"):
        answer = command("validate", odd, PYTHONIOENCODING=encoding)
        assert answer.code == 1
        _require_plain(answer)


@pytest.mark.long
def test_on_a_terminal_that_shows_colors(tmp_path: Path) -> None:
    """A table of files with odd names has the escape sequences of its styles alone."""
    path = tmp_path / "\x1b[31modd\x1b]0;x\x07.txt"
    path.write_text("a@0: 7.5\n")
    said = pexpect.run(
        shlex.join([*COMMAND, "check", str(path), "--summary"]),
        encoding="utf-8",
        env=environment(TERM="xterm-256color", COLUMNS="200"),
    )
    assert "\x1b[" in said
    assert "\ufffd[31modd\ufffd]0;x\ufffd.txt" in said
    assert "\x1b[31modd" not in said
    assert "\x1b]" not in said
