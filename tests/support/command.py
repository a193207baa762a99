"""Runs lstm-tutor for the tests: in this process where that is enough, else as a command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, TextIO
from unittest.mock import patch

from typer.main import get_command

from lstm_tutor.__main__ import main

COMMAND = [sys.executable, "-m", "lstm_tutor"]
signal.signal(signal.SIGINT, signal.default_int_handler)  # which the entry point replaced
_parsers = cache(get_command)  # Typer builds them anew whenever an app is called
_ROOT = str(Path(__file__).parents[2])


@dataclass(frozen=True)
class Answer:
    """What a command did: its exit code and what it wrote to its two streams."""

    code: int
    out: str
    err: str


def invoke(
    *arguments: str, encoding: str = "utf-8", lines: bytes = b"", typist: TextIO | None = None
) -> Answer:
    """Run the entry point in this process, with streams of an encoding, and lines of input
    or somebody who types them.
    """
    out, err = (TextIOWrapper(BytesIO(), encoding=encoding) for _ in range(2))
    code: Any = 0
    with redirect_stdout(out), redirect_stderr(err), _asked(arguments, lines, typist):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    assert isinstance(code, int)
    texts = []
    for stream in (out, err):
        stream.seek(0)
        texts.append(stream.read())
    return Answer(code, *texts)


@cache
def known(*arguments: str, lines: bytes = b"") -> Answer:
    """Run a command as `invoke` does, once for all who ask: of words and lines alone."""
    return invoke(*arguments, lines=lines)


@contextmanager
def _asked(arguments: tuple[str, ...], lines: bytes, typist: TextIO | None) -> Iterator[None]:
    old = sys.argv, sys.stdin
    sys.argv = ["lstm-tutor", *arguments]
    sys.stdin = typist or TextIOWrapper(BytesIO(lines), encoding="utf-8")
    try:
        with patch("typer.main.get_command", _parsers):
            yield
    finally:
        sys.argv, sys.stdin = old


def shown(*arguments: str) -> str:
    """Return what a command prints; it must succeed without a word on the error stream."""
    answer = invoke(*arguments)
    assert (answer.code, answer.err) == (0, ""), answer.err
    return answer.out


def data(*arguments: str) -> dict[str, Any]:
    """Return what `run --format json` prints."""
    found: dict[str, Any] = json.loads(shown("run", *arguments, "--format", "json"))
    return found


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a command, without what changes its output unasked."""
    unasked = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "PYTHONIOENCODING")
    kept = {name: value for name, value in os.environ.items() if name not in unasked}
    return {**kept, "PYTHONPATH": _ROOT, "PYTHONUTF8": "1", **variables}


def command(*arguments: str, cwd: Path | None = None, **variables: str) -> Answer:
    """Run the real command in a process of its own, its output not a terminal."""
    found = subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Answer(found.returncode, found.stdout.decode(), found.stderr.decode())
