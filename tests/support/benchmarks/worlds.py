"""What needs many worlds, beyond start-up: audit, check, why, gradcheck, quiz, variants."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from mistakes import MISTAKES, outputs

from benchmarks.checking import MISTAKE, PROCESSES, process
from lstm_tutor.questions.quiz import entered
from lstm_tutor.quiz.exercise import Exercise, quiz_of
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute
from lstm_tutor.trace.variant import varied

TEN = ("h@5", "C@9", "L@3", "dC@10", "dC@0", "da@4", "dout@3", "dW_a", "dU_f", "db_o")


def main() -> None:
    """Print the process time of each, beyond that of a bare start, and as its multiple."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {t: _scenario(folder, t, 1, 2) for t in (50, 100, 200, 1000)}
        wide = _scenario(folder, 1000, 4, 4)
        for title, arguments in {
            "audit of gomez": ["audit", "gomez"],
            "audit, T = 200": ["audit", files[200]],
            "check, the carry missing, T = 1000": _check(folder, files[1000], None),
            "check of all values, T = 200": _check(folder, files[200], None),
            "check of ten of them": _check(folder, files[200], TEN),
            "why dW_a, T = 1000": ["why", "dW_a", files[1000]],
            "gradcheck, T = 1000, H = 4": ["gradcheck", wide],
        }.items():
            _print(title, arguments)
        _quiz(files[50])
        _variant(files[100])


def _scenario(folder: Path, steps: int, hidden: int, width: int) -> str:
    """Write an LSTM with drawn numbers and a label at every time step."""
    random = np.random.default_rng(0)

    def drawn(*shape: int) -> Any:
        return np.round(random.uniform(-0.9, 0.9, shape), 2).tolist()

    shapes = {"W": (hidden, width), "U": (hidden, hidden), "b": (hidden,)}
    weights = {block: {g: drawn(*s) for g in "aifo"} for block, s in shapes.items()}
    entries = {
        "cell": "lstm",
        "inputs": drawn(steps, width),
        "labels": drawn(steps, hidden),
        "weights": weights,
    }
    file = folder / f"{steps}-{hidden}.yaml"
    lines = (f"{key}: {json.dumps(value)}" for key, value in entries.items())
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return str(file)


def _check(folder: Path, scenario: str, only: tuple[str, ...] | None) -> list[str]:
    """Write what a program with a mistake prints, or some of it; return how it is checked."""
    mistake = next(item for item in MISTAKES if item.name == MISTAKE)
    found: Mapping[str, Any] = outputs(mistake, load(scenario))
    chosen = {id_: np.asarray(found[id_]).tolist() for id_ in only or found}
    file = folder / f"{Path(scenario).stem}-{len(chosen)}.json"
    file.write_text(json.dumps(chosen), "utf-8")
    return ["check", str(file), "--scenario", scenario]


def _print(title: str, arguments: list[str]) -> None:
    bare = process(["--version"])
    pairs = [(process(arguments), process(["--version"])) for _ in range(PROCESSES)]
    beyond = median(mine - other for mine, other in pairs)
    ratio = median(mine / other for mine, other in pairs)
    print(f"{title}: {beyond:.2f} s beyond a bare start of {bare:.2f} s; {ratio:.1f} times it")


def _quiz(scenario: str) -> None:
    """Print how long the first wrong answer of a quiz takes to be told, and the next."""
    game = quiz_of(
        compute(load(scenario)), Exercise(scenario, (), ("dC", "da"), None, False, None)
    )
    seconds = []
    for _ in range(2):
        right = float(np.ravel(game.question.step.value)[0])
        start = time.process_time()
        game, _ = entered(game, f"{1.37 * right + 0.01:.6f}")
        seconds.append(time.process_time() - start)
        game, _ = entered(game, "show")
    print(
        f"quiz, T = 50: {seconds[0]:.2f} s for the first wrong answer, {seconds[1]:.2f} s next"
    )


def _variant(scenario: str) -> None:
    """Print how long a variant's numbers take to be drawn."""
    given = load(scenario)
    start = time.process_time()
    varied(given, 3)
    print(f"variant of a worksheet, T = 100: {time.process_time() - start:.2f} s")
