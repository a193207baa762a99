"""What Windows does not have is not needed, and its keys are read through what it has."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest
from command import environment

from lstm_tutor.files import writing
from lstm_tutor.files.state import state_folder
from lstm_tutor.files.writing import write_file

_WITHOUT = """\
import importlib, os, pkgutil, signal, sys
BLOCKED = {"termios", "tty", "fcntl", "readline", "resource", "pwd", "grp"}
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name in BLOCKED:
            raise ModuleNotFoundError(name)
for name in BLOCKED:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Blocker())
for name in "SIGHUP SIGTSTP SIGWINCH SIGCONT SIGALRM setitimer alarm pthread_sigmask".split():
    delattr(signal, name)
for name in "mkfifo fork getuid set_blocking O_NONBLOCK".split():
    delattr(os, name)
import lstm_tutor
left = {"lstm_tutor.terminal.unix", "lstm_tutor.terminal.windows"}
for found in pkgutil.walk_packages(lstm_tutor.__path__, "lstm_tutor."):
    if found.name not in left:
        importlib.import_module(found.name)
from lstm_tutor.terminal import keyboard
keyboard.find_spec = lambda name: None
assert not keyboard.has_keys()
assert not BLOCKED & set(sys.modules)
from lstm_tutor.__main__ import main
for words in WORDS:
    sys.argv = ["lstm-tutor", *words]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, (words, ended.code)
"""
_WORDS = [
    *(["step", "--pause"], ["run"], ["export", "-o", "o.md"], ["verify", "o.md"]),
    ["quiz", "--fresh"],
]


@pytest.mark.long
def test_nothing_of_posix_alone_is_needed(tmp_path: object) -> None:
    """Every module is imported; a walk without single keys reads lines."""
    done = subprocess.run(
        [sys.executable, "-c", f"WORDS = {_WORDS!r}\n{_WITHOUT}"],
        input="n\nn\nw\nq\n",
        cwd=str(tmp_path),
        env=environment(XDG_STATE_HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "wrote o.md: 99 steps\n"), done.stderr
    assert "step 3 of 78" in done.stdout


def test_keys_of_a_console(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters, what has no letter, an à that is one; Ctrl-C is Ctrl-C, another size is told."""
    typed = [*"n\r\xe0H\x00Q\x08\x1b", "\xe0", "Z", "\xe0", "\x03"]
    console = ModuleType("msvcrt")
    waits = {8: 1, 11: 1}  # before these looks nothing has been typed yet

    def kbhit() -> bool:
        at = total - len(typed)
        if waits.get(at):
            waits[at] -= 1
            return False
        return bool(typed)

    total = len(typed)
    console.kbhit, console.getwch = kbhit, lambda: typed.pop(0)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "msvcrt", console)
    monkeypatch.delitem(sys.modules, "lstm_tutor.terminal.windows", raising=False)
    from lstm_tutor.terminal import windows

    keys = windows.WindowsKeys("", "")
    monkeypatch.setattr(windows, "_PAUSE", 0.0)
    found = [keys.read() for _ in range(6)]
    assert found == ["n", "enter", "up", "page down", "backspace", "escape"]
    with monkeypatch.context() as patch:  # not longer: pytest asks for the size too
        patch.setattr("shutil.get_terminal_size", lambda: (3, 3))
        assert keys.read() == "resize"
    with pytest.raises(KeyboardInterrupt):  # after an à, and what is no key of ours
        while keys.read() in ("à", "resize"):
            pass
    monkeypatch.delitem(sys.modules, "lstm_tutor.terminal.windows")


def test_a_file_is_replaced_where_another_program_has_it_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """Windows refuses that for a moment; there is no mark of who writes there either."""
    from pathlib import Path

    target = Path(str(tmp_path)) / "o.md"
    target.write_text("old")
    refused = [PermissionError(13, "in use")] * 2
    replace = Path.replace

    def refusing(self: Path, other: Path) -> Path:
        if refused:
            raise refused.pop()
        return replace(self, other)

    monkeypatch.setattr(writing, "fcntl", None)
    monkeypatch.setattr(Path, "replace", refusing)
    write_file(target, ["new"])
    assert [path.read_text() for path in Path(str(tmp_path)).iterdir()] == ["new"]


def test_the_state_folder_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is where its programs keep what is theirs."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert str(state_folder()) == "/local/lstm-tutor"
    monkeypatch.delenv("LOCALAPPDATA")
    assert str(state_folder()).endswith("AppData/Local/lstm-tutor")
