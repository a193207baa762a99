"""`check` as the time steps and units grow, and whole processes beside a bare start."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from drawing import CELLS, scenario_of
from mistakes import MISTAKES, outputs, right_outputs

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import compute

MISTAKE = "dC-no-carry"
STEPS, UNITS = (2, 8, 32, 128), (1, 4, 16, 64)
PROCESSES = 5


def main() -> None:
    """Print how a check grows, then the process time of whole commands."""
    for name, dump in (("right", right_outputs), (MISTAKE, _wrong)):
        _growth(f"{name}, time steps", dump, {t: _scenario(steps=t) for t in STEPS})
        _growth(f"{name}, units", dump, {n: _scenario(hidden=n, steps=3) for n in UNITS})
    _processes()


def _scenario(*, hidden: int = 2, steps: int) -> Scenario:
    return scenario_of(CELLS["lstm"], hidden=hidden, inputs=2, steps=steps)


def _wrong(scenario: Scenario) -> dict[str, Any]:
    return outputs(next(item for item in MISTAKES if item.name == MISTAKE), scenario)


def _growth(
    title: str,
    dump: Callable[[Scenario], Mapping[str, Any]],
    scenarios: Mapping[int, Scenario],
) -> None:
    """Print each size's time beside the smallest one's, and how many numbers there are."""
    first: tuple[float, int] | None = None
    print(title)
    for size, scenario in scenarios.items():
        values = dump(scenario)
        text = _text(values)
        seconds = min(_seconds(scenario, text) for _ in range(3))
        count = sum(np.size(value) for value in values.values())
        first = first or (seconds, count)
        print(
            f"  {size:>4}: {seconds / first[0]:>7.1f} times the time, "
            f"{count / first[1]:>7.1f} times the numbers ({seconds:.3f} s, {count:,})"
        )


def _text(values: Mapping[str, Any]) -> bytes:
    plain = {id_: np.asarray(value).tolist() for id_, value in values.items()}
    return json.dumps(plain).encode()


def _seconds(scenario: Scenario, text: bytes) -> float:
    """Return the process time of a check, from the text to the last judgement."""
    trace = compute(scenario)
    start = time.process_time()
    _check(Tutor(trace), text)
    return time.process_time() - start


def _check(tutor: Tutor, text: bytes) -> Checked:
    return checked(tutor, submission_of(text, "dump.json"))


def _processes() -> None:
    """Print the process time of whole commands, and how often a bare start fits in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = {}
        for scenario in ("gomez", "two-units"):
            values = _wrong(load(scenario))
            dump = folder / f"{scenario}.json"
            dump.write_bytes(_text(values))
            title = f"check of the {len(values)} values of {scenario}"
            commands[title] = ["check", str(dump), "--scenario", scenario]
        bare = ["--version"]
        for title, command in commands.items():
            process(bare), process(command)
            pairs = [(process(command), process(bare)) for _ in range(PROCESSES)]
            ratio = median(mine / other for mine, other in pairs)
            seconds = median(mine for mine, _ in pairs)
            print(f"{title}, {MISTAKE}: {ratio:.1f} times a bare start ({seconds:.2f} s)")


def process(arguments: list[str]) -> float:
    """Return the process time of a command of lstm-tutor, in user and system mode."""
    command = [sys.executable, "-m", "lstm_tutor", *arguments]
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, env=environment, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
