"""Whole-process time of `run gomez` and `--help` beside a hello-world of the same stack."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HELLO = """
import os
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import typer

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def main() -> None:
    "Say hello."


@app.command()
def hello(name: str = "world") -> None:
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    table = Table("hello")
    table.add_row(name, str(np.tanh(1.0)))
    Console().print(table)


app()
"""
RUNS = 15
HELLO_NAME = "a hello-world of typer, rich and numpy"
OTHER = {"step, its first step of 3,000": "run --only h@0 of the same scenario"}
LONG = f"""
cell: rnn
inputs: [{", ".join(["0.5"] * 3000)}]
labels: [{", ".join(["0.1"] * 3000)}]
weights: {{W: {{h: 0.4}}, U: {{h: 0.3}}, b: {{h: 0.1}}}}
"""


def main() -> None:
    """Print, for each command, the median of the ratios of runs made in turn."""
    with tempfile.TemporaryDirectory() as folder:
        hello = Path(folder) / "hello.py"
        hello.write_text(HELLO, "utf-8")
        ours = [sys.executable, "-m", "lstm_tutor"]
        theirs = [sys.executable, str(hello)]
        pairs = {
            "run gomez": ([*ours, "run", "gomez"], [*theirs, "hello"]),
            "--help": ([*ours, "--help"], [*theirs, "--help"]),
        }
        long = Path(folder) / "long.yaml"
        long.write_text(LONG, "utf-8")
        first = [*ours, "step", str(long), "--until", "z_h@0"]
        pairs["step, its first step of 3,000"] = (
            first,
            [*ours, "run", str(long), "--only", "h@0"],
        )
        environment = dict(os.environ, PYTHONPYCACHEPREFIX=folder)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compare compiled with compiled
        for name, (one, other) in pairs.items():
            _seconds(one, environment), _seconds(other, environment)
            times = [
                (_seconds(one, environment), _seconds(other, environment)) for _ in range(RUNS)
            ]
            ratio = median(mine / hello for mine, hello in times)
            print(f"{name}: {ratio:.2f} times {OTHER.get(name, HELLO_NAME)}")


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - start
