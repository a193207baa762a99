"""`step --pause` in a real terminal: keys sent to a pseudo-terminal, the screen read back."""

from __future__ import annotations

import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import invoke
from screens import Terminal

from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View
from lstm_tutor.render.value import value_lines
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

TRACE = compute(load("gomez"))
WALKED = [step for step in TRACE if step.phase != "given"]
VIEW = View(notation("gomez", TRACE.scenario.cell))


@pytest.fixture
def walk() -> Iterator[Terminal]:
    terminal = Terminal("step", "--pause")
    terminal.read_until("step 1 of 78")
    yield terminal
    terminal.child.close(force=True)


def _blocks(raw: str) -> list[tuple[str, str]]:
    """Return id and last value line of each block that was appended, in order."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", raw).replace("\r", "")
    found = []
    for block in re.split(r"── step \d+ of \d+ ─[^\n]*\n", plain)[1:]:
        lines = block.split("\n\n")[0].splitlines()
        values = [line.strip() for line in lines if not line.startswith("  (")]
        found.append((lines[0].split("  ")[0], values[-1].lstrip("=≈ ")))
    return found


@pytest.mark.long
def test_a_walk_from_first_to_last_and_back_shows_the_traces_values() -> None:
    """Every step is shown with its value, forwards and then backwards."""
    terminal = Terminal("step", "--pause", lines=50)
    count = len(WALKED)
    terminal.read_until(f"step 1 of {count}")
    terminal.child.delaybeforesend = None
    for number in range(2, count + 1):
        terminal.send("\r" if number % 2 else "\x1b[C")
    terminal.read_until(f"step {count} of {count}")
    for number in range(count - 1, 0, -1):
        terminal.send("b" if number % 2 else "\x1b[D")
    terminal.read_until("step 1 of")
    terminal.send("q")
    assert terminal.ended() == 0
    expected = [(step.id, value_lines(step, VIEW)[-1]) for step in WALKED]
    assert _blocks(terminal.raw) == expected + expected[-2::-1]


def test_fast_typing_loses_no_key(walk: Terminal) -> None:
    """Many keys that arrive at once are all obeyed."""
    walk.send("n" * 40 + "q")
    assert walk.ended() == 0
    assert "step 41 of 78" in walk.raw


@pytest.mark.long
def test_keys_typed_before_the_first_step_are_kept() -> None:
    """What is typed while the program starts is not thrown away."""
    terminal = Terminal("step", "--pause")
    terminal.send("nnnq")
    assert terminal.ended() == 0
    assert "step 4 of 78" in terminal.raw


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_terminal_is_left_as_it_was(
    number: signal.Signals, code: int, walk: Terminal
) -> None:
    """After Ctrl-C or kill: no traceback, no legend, pasting no longer marked."""
    walk.read_until("q quit")
    if number is signal.SIGINT:
        walk.send("\x03")
    else:
        walk.child.kill(number)
    assert walk.ended() == code
    assert "Traceback" not in walk.raw
    assert "Enter next" not in walk.shown()
    assert walk.raw.rstrip().endswith("\x1b[?2004l")


@pytest.mark.long
def test_a_closed_terminal_ends_the_walk() -> None:
    """There is no endless loop on a terminal that is gone, and the code says what ended it."""
    terminal = Terminal("step", "--pause")
    terminal.read_until("step 1 of 78")
    assert _ended_without(terminal) == 128 + signal.SIGHUP


@pytest.mark.long
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_a_terminal_that_is_gone_ends_the_walk_without_its_signal() -> None:
    """The signal may come late, or be ignored as under `nohup`."""
    terminal = Terminal(shell=True)
    terminal.send(f"trap '' HUP; exec {sys.executable} -m lstm_tutor step --pause\r")
    terminal.read_until("step 1 of 78")
    assert _ended_without(terminal) == 128 + signal.SIGHUP


def _ended_without(terminal: Terminal) -> int | None:
    """Take a terminal away; return the exit code of what ran on it."""
    terminal.child.ptyproc.fileobj.close()
    end = time.monotonic() + 20
    while terminal.child.isalive():
        assert time.monotonic() < end
        time.sleep(0.05)
    code: int | None = terminal.child.exitstatus
    return code


def test_pasted_text_is_not_taken_for_keys(walk: Terminal) -> None:
    """Outside a prompt it means nothing; in a prompt it is typed."""
    walk.send("\x1b[200~quit and n\x1b[201~n")
    walk.read_until("step 2 of 78")
    walk.send("g\x1b[200~dC@0\x1b[201~\r")
    walk.read_until("step 37 of 78")


def test_a_lone_escape_does_nothing(walk: Terminal) -> None:
    """Nor does it swallow the key that follows."""
    walk.send("\x1b")
    time.sleep(0.3)
    walk.send("n")
    walk.read_until("step 2 of 78")


@pytest.mark.slow  # it waits between bytes, which a busy machine makes longer
def test_a_split_arrow_is_still_an_arrow(walk: Terminal) -> None:
    """The rest of its sequence may come a little later."""
    walk.send("\x1b")
    time.sleep(0.03)
    walk.send("[")
    time.sleep(0.03)
    walk.send("C")
    walk.read_until("step 2 of 78")


@pytest.mark.long
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_stopping_and_going_on() -> None:
    """Ctrl-Z gives the shell a sane terminal; after fg, keys work again."""
    shell = Terminal(shell=True)
    shell.send(f"{sys.executable} -m lstm_tutor step --pause\n")
    shell.read_until("step 1 of 78")
    shell.send("\x1a")
    shell.read_until("Stopped")
    shell.send("stty -a | tr ' ' '\\n' | grep icanon; echo still $((40 + 2))\n")
    shell.read_until("still 42")
    assert "-icanon" not in shell.shown()
    shell.send("fg\n")
    shell.read_until("\x1b[?2004h", raw=True)
    shell.send("n")
    shell.read_until("step 2 of 78")
    shell.send("q")
    shell.send("exit\n")
    assert shell.ended() == 0


@pytest.mark.long
def test_the_screen_view_redraws_in_place_and_follows_the_size() -> None:
    """On the alternate screen, ledger beside the step; smaller, below it."""
    terminal = Terminal("step", "--pause", "--screen", "--from", "C@0", columns=120)
    terminal.read_until("step 1 of 70")
    terminal.send("n")
    terminal.read_until("step 2 of 70")
    assert "step 1 of 70" not in terminal.shown()
    first = next(line for line in terminal.screen.display if "step 2 of 70" in line)
    assert "t=0" in first
    terminal.screen.resize(24, 60)
    terminal.child.setwinsize(24, 60)
    terminal.send("n")
    terminal.read_until("step 3 of 70")
    assert all(len(line.rstrip()) <= 60 for line in terminal.screen.display)
    terminal.send("q")
    assert terminal.ended() == 0
    assert "\x1b[?1049h" in terminal.raw
    assert terminal.raw.rindex("\x1b[?1049l") > terminal.raw.rindex("\x1b[?1049h")


@pytest.mark.long
def test_a_long_reason_scrolls_on_the_screen() -> None:
    """What is below comes up with j and PgDn, what was above with k and PgUp."""
    arguments = ("two-units", "--pause", "--screen", "--from", "dW_a")
    terminal = Terminal("step", *arguments, columns=70, lines=16)
    terminal.read_until("dW_a  ")
    assert "scroll" not in terminal.shown()
    terminal.send("w")
    terminal.read_until("j scroll")
    assert "lines below" in terminal.shown()
    first = terminal.shown()
    terminal.send("j")
    terminal.read_until("lines above")
    terminal.read_until("j k scroll")
    terminal.send("\x1b[6~" * 20)
    terminal.read_until("\nk scroll")
    assert "below" not in terminal.shown()
    terminal.send("\x1b[5~" * 20)
    terminal.read_until(first.splitlines()[0])
    terminal.send("q")
    assert terminal.ended() == 0


def test_the_key_for_another_notation_names_it(walk: Terminal) -> None:
    """Its name stands before the step in its symbols."""
    walk.send("t")
    walk.read_until("notation: ascii")
    walk.read_until("-- step 1 of 78")


@pytest.mark.long
def test_forty_columns_are_enough() -> None:
    """Nothing is wider than the terminal, so nothing wraps."""
    terminal = Terminal("step", "two-units", "--pause", columns=40, lines=60)
    terminal.read_until("step 1 of")
    terminal.send("wld")
    terminal.read_until("[0]: ")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.raw)
    assert max(len(line) for line in plain.replace("\r\n", "\n").splitlines()) <= 40
    terminal.send("q")
    assert terminal.ended() == 0


def test_a_transcript_is_saved_from_the_walk(walk: Terminal, tmp_path: Path) -> None:
    """The s key asks for a file and writes what was seen."""
    target = tmp_path / "walk.md"
    walk.send("nns")
    walk.read_until("save to:")
    walk.send("\x7f" * 40 + str(target) + "\r")
    walk.read_until("walk.md: 3", raw=True)
    text = target.read_text("utf-8")
    assert "**`z_i@0`**" in text
    assert "**`i@0`**" not in text


@pytest.mark.long
def test_an_error_is_broken_between_words() -> None:
    """On a terminal; in a pipe each sentence stays in one line."""
    terminal = Terminal("run", "nosuch", columns=50)
    assert terminal.ended() == 1
    shown = [line.rstrip() for line in terminal.shown().splitlines() if line.strip()]
    words = invoke("run", "nosuch").err
    assert len(shown) > len(words.splitlines())
    assert " ".join(" ".join(shown).split()) == " ".join(words.split())
