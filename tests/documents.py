"""Console blocks in README and docs; run `python -m documents` in tests to write them anew."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def documents() -> list[Path]:
    """Return README and the pages of docs."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def refreshed(text: str) -> str:
    """Return a document with the output of every console block made anew."""
    return _BLOCK.sub(lambda block: f"```console\n{_session(block[1])}```", text)


def _session(block: str) -> str:
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{output(command)}" for command in commands)


def output(command: str) -> str:
    """Return what a command prints, 80 columns wide."""
    program, *arguments = shlex.split(command)
    if program != "lstm-tutor":
        raise ValueError(command)
    environment = dict(os.environ, COLUMNS="80", PYTHONIOENCODING="utf-8")
    found = subprocess.run(
        [sys.executable, "-m", "lstm_tutor", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment,
        check=False,
    )
    lines = (found.stdout + found.stderr).rstrip("\n").splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def main() -> None:
    """Rewrite every document whose console blocks are out of date."""
    for path in documents():
        old = path.read_text("utf-8")
        new = refreshed(old)
        if new != old:
            path.write_text(new, "utf-8")
            print(f"rewrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
