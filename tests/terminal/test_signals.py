"""What ends a command from outside, and what it leaves: exit codes, terminals, files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from command import COMMAND, environment, invoke
from interrupts import Pseudo, resized

from lstm_tutor.files.state import StateFile
from lstm_tutor.files.writing import write_file
from lstm_tutor.lessons.record import Event, Part, events_of
from lstm_tutor.terminal.signals import ending, owe
from lstm_tutor.terminal.stream import Door

pytestmark = pytest.mark.usefixtures("handlers")


@pytest.fixture
def handlers() -> Iterator[None]:
    """Put back what minds signals, which an ended command leaves ignored."""
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


_WALK = ("step", "gomez", "--pause", "--screen")


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_a_walk_on_the_whole_screen_gives_it_back(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    """Also where it is told twice."""
    terminal = Pseudo(_WALK, tmp_path)
    while "step 1 of" not in terminal.text and "quit" not in terminal.text:
        assert terminal.read_for(0.05)
    terminal.child.send_signal(number)
    terminal.child.send_signal(number)
    assert list(terminal.ended().faults((code,))) == []


@pytest.mark.long
def test_a_walk_bears_every_size(tmp_path: Path) -> None:
    """Down to one column and one line."""
    assert list(resized(_WALK, tmp_path, 4, Random(0)).faults((0,))) == []


def test_what_is_owed_is_paid_where_paying_it_was_interrupted() -> None:
    """At the end, whatever comes then."""
    paid = []

    def debt() -> None:
        signal.raise_signal(signal.SIGTERM)  # after the first one it waits
        paid.append(1)

    with pytest.raises(KeyboardInterrupt), ending():
        owe(debt)
        signal.raise_signal(signal.SIGINT)
    assert paid == [1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_counts_that_comes_where_python_drops_exceptions(
    number: signal.Signals,
) -> None:
    """As in what it calls when an object is freed."""

    class Thing:
        pass

    thing = Thing()
    freed = weakref.ref(thing, lambda _: signal.raise_signal(number))
    usual = signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL
    before = signal.signal(number, usual)  # under nohup SIGHUP is ignored
    try:
        with pytest.raises((KeyboardInterrupt, SystemExit)), ending():
            del thing
            signal.sigtimedwait([signal.SIGUSR2], 5)
    finally:
        signal.signal(number, before)
    assert freed() is None


@pytest.mark.long
def test_a_signal_counts_that_comes_where_input_drops_exceptions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes them for a stream that cannot be flushed, and goes on to wait for a line."""

    class Hit(Door):
        def flush(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    reading, writing = os.pipe()
    too_late = threading.Timer(20, os.write, (writing, b"\n"))
    too_late.start()
    with os.fdopen(reading) as waiting, pytest.raises(SystemExit) as ended, ending():
        monkeypatch.setattr(sys, "stdin", waiting)
        monkeypatch.setattr(sys, "stderr", Hit(sys.stderr))
        input()
    too_late.cancel()
    os.close(writing)
    assert ended.value.code == 143


def test_what_a_killed_program_left_is_removed(tmp_path: Path) -> None:
    """By the next one that writes there; what another one is writing stays."""
    program = (
        "import os, sys; from pathlib import Path; from lstm_tutor.files.writing import *\n"
        "def chunks():\n yield 'half'\n print('begun', flush=True); sys.stdin.read()\n"
        "write_file(Path('o.md'), chunks())"
    )
    call = [sys.executable, "-c", program]
    pipe = subprocess.PIPE
    writers = [
        subprocess.Popen(call, cwd=tmp_path, env=environment(), stdin=pipe, stdout=pipe)
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
    assert len(list(tmp_path.iterdir())) == 2
    writers[0].kill()
    writers[0].communicate(timeout=60)
    write_file(tmp_path / "other.md", ["whole"])
    assert len(list(tmp_path.iterdir())) == 2
    writers[1].communicate(timeout=60)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.md", "other.md"]
    assert (tmp_path / "o.md").read_text() == "half"


def test_no_warning_of_a_library_is_shown() -> None:
    """Unless Python is asked for them."""
    program = (
        "import sys, warnings; from lstm_tutor.terminal.stream import guarded\n"
        "with guarded():\n warnings.warn('inside', RuntimeWarning)\n print('done')"
    )
    for options, said in (((), False), (("-W", "default"), True)):
        call = [sys.executable, *options, "-c", program]
        clean = {k: v for k, v in environment().items() if k != "PYTHONWARNINGS"}
        done = subprocess.run(call, env=clean, capture_output=True, text=True, check=True)
        assert (done.stdout, "RuntimeWarning: inside" in done.stderr) == ("done\n", said)


@pytest.mark.long
def test_three_quizzes_at_once_keep_a_whole_file(tmp_path: Path) -> None:
    """The one that answered last is kept, and can be gone on with."""
    lines = b"show\n" * 40
    quizzes = [
        subprocess.Popen(
            [*COMMAND, "quiz", "gomez"],
            env=environment(XDG_STATE_HOME=str(tmp_path)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for quiz in quizzes:
        assert quiz.stdin is not None
        quiz.stdin.write(lines)
    said = [quiz.communicate(timeout=120)[1] for quiz in quizzes]
    assert ([quiz.returncode for quiz in quizzes], said) == ([0, 0, 0], [b"", b"", b""])
    (path,) = tmp_path.rglob("*.*")
    assert path.suffix == ".tsv"


def test_a_record_that_several_add_to_holds_every_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after a line that was cut off."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    line = Event("a", Part.DONE).line
    files = [StateFile("learn.tsv", print) for _ in range(3)]
    for _ in range(20):
        for file in files:
            file.append(line, "head\n")
    path = tmp_path / "lstm-tutor" / "learn.tsv"
    path.write_bytes(path.read_bytes() + b"17\ta\tdo")
    files[0].append(line, "head\n")
    assert len(events_of(path.read_text("utf-8"))) == 61


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["directory", "pipe", "digits", "bytes"])
@pytest.mark.parametrize("words", [("quiz", "gomez"), ("learn", "nudge")])
def test_what_stands_in_the_place_of_progress_starts_anew(
    kind: str, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory, a pipe, a number of four hundred digits, or no text."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    more = ("--reset",) if words[0] == "learn" else ()
    assert invoke(*words, *more, lines=b"0.5\n?\n").code == 0
    (path,) = tmp_path.rglob("*.tsv")
    text = path.read_text("utf-8")
    path.unlink()
    match kind:
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "digits":
            path.write_text(text.replace("1", "1" * 400), "utf-8")
        case "bytes":
            path.write_bytes(b"\xff\x00" * 99)
    answer = invoke(*words, lines=b"0.5\n")
    assert answer.code == 0
    assert "Traceback" not in answer.err


@pytest.mark.long
def test_a_signal_at_a_prompt_is_heard_while_a_key_is_worked(tmp_path: Path) -> None:
    """It comes as line editing handles a key, and no other key follows."""
    for _ in range(3):
        terminal = Pseudo(("learn", "nudge"), tmp_path)
        end = time.monotonic() + 30
        while "guess:" not in terminal.text and time.monotonic() < end:
            terminal.read_for(0.05)
        terminal.type("xw")
        terminal.child.send_signal(signal.SIGTERM)
        ended = terminal.ended()
        assert (ended.code, ended.sane) == (143, True)
