"""Programs with the mistakes that people make: `python -m people all6 final4` in tests/support.

data/programs/ holds six right programs as text, data/people.txt and practice.txt their
mistakes, written from how people work before any table was looked at. It says what is named
first, what ties, what is unknown, and what is called something else; a word such as half4 is
what is handed in, and with how many digits.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from dumps import Array, givens
from mistakes import Mistake, read_mistakes
from model_verdicts import part_of
from models import built
from verdicts import calibration, names_it

from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Diagnosis
from lstm_tutor.model.symbol import parse
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import compute

DATA = Path(__file__).parents[1] / "data"
CONFIDENT = 0.9
_BATCH = 3
_PAGES: Mapping[str, dict[str, Any]] = {
    "running": {"cell": "lstm", "learning_rate": 0.2},
    "gru": {"cell": "gru", "loss": "squared-error", "learning_rate": 0.05},
    "plain": {"cell": "rnn", "loss": "mean-squared-error", "learning_rate": 0.5},
    "letters": {
        "model": ["lstm", "softmax"],
        "loss": "cross-entropy",
        "update": "adagrad",
        "clip": {"value": 0.25},
        "learning_rate": 0.1,
    },
    "adam": {"model": ["lstm", "lstm", "linear"], "update": "adam", "learning_rate": 0.02},
    "masked": {
        "model": ["gru", "softmax"],
        "loss": "cross-entropy",
        "mean": ["time", "batch"],
        "update": "momentum",
        "learning_rate": 0.3,
    },
}
_SIZES = {  # inputs, hidden units, outputs, time steps
    "running": (3, 2, 2, 4),
    "gru": (2, 3, 3, 3),
    "plain": (3, 2, 2, 4),
    "letters": (4, 3, 4, 4),
    "adam": (2, 3, 2, 3),
    "masked": (3, 2, 4, 3),
}
_SEEDS = {"running": 416, "gru": 334, "plain": 532, "letters": 529, "adam": 534, "masked": 415}


@cache
def program(name: str) -> str:
    """Return the text of a right program."""
    return (DATA / "programs" / f"{name}.txt").read_text("utf-8")


def corpus(file: str) -> tuple[Mistake, ...]:
    """Read a corpus; in its lines a backslash and n stand for the end of a line."""
    found = read_mistakes((DATA / file).read_text("utf-8"))
    return tuple(
        replace(
            one,
            edits=tuple(
                (was.replace("\\n", "\n"), now.replace("\\n", "\n")) for was, now in one.edits
            ),
        )
        for one in found
    )


PEOPLE = corpus("people.txt") + corpus("practice.txt")


@cache
def scenario(name: str, seed: int = 0) -> Scenario:
    """Return a scenario with random numbers that a program computes."""
    random = np.random.default_rng([seed, _SEEDS[name], 77])
    inputs, hidden, outputs, steps = _SIZES[name]
    batch = name == "masked"
    data: dict[str, Any] = dict(_PAGES[name])

    def rows(*shape: int, most: float = 1.4) -> Any:
        return np.round(random.uniform(-most, most, shape), 2).tolist()

    def state() -> Any:
        return (
            [rows(hidden, most=0.6) for _ in range(_BATCH)] if batch else rows(hidden, most=0.6)
        )

    def classes() -> list[Any]:
        return list(random.integers(0, outputs, steps).tolist())

    data["inputs"] = (
        [rows(steps, inputs) for _ in range(_BATCH)] if batch else rows(steps, inputs)
    )
    if name == "letters":
        data["inputs"] = np.eye(inputs)[random.permutation(inputs)[:steps]].tolist()
    if batch:
        data["labels"] = [classes() for _ in range(_BATCH)]
        data["labels"][1][0] = data["labels"][2][-1] = None
    else:
        data["labels"] = classes() if name == "letters" else rows(steps, outputs, most=0.9)
    if name == "gru":
        data["labels"][1] = None
    init = {"scheme": "uniform", "seed": int(random.integers(1000))}
    data["weights"] = {"init": init, "hidden": hidden}
    if "model" in data:
        data["weights"]["outputs"] = outputs
    both = {"h": state(), "C": state()}
    if name == "adam":
        data["initial"] = {"l1": both, "l2": {"h": state(), "C": state()}}
    else:
        data["initial"] = both if name in ("running", "letters") else {"h": both["h"]}
    return built(data, seed)


@cache
def tutor(name: str, seed: int = 0) -> Tutor:
    """Return the tutor of the scenario that a program computes."""
    return Tutor(compute(scenario(name, seed)))


def printed(name: str, mistake: Mistake | None = None, seed: int = 0) -> dict[str, Array]:
    """Return all that a program prints, by id."""
    text = program(name)
    for was, now in mistake.edits if mistake else ():
        if text.count(was) != 1:
            raise ValueError(f"{name}: {was!r} is there {text.count(was)} times")
        text = text.replace(was, now)
    names: dict[str, Any] = {}
    exec(compile(text, name, "exec", dont_inherit=True), names)
    given = scenario(name, seed)
    initial = {str(place).partition("@")[0]: np.array(v) for place, v in given.initial.items()}
    masks = given.labelled.ndim > 1
    labels = given.labelled * 1.0 if masks else list(given.labelled_times)
    weights = {name: np.array(value) for name, value in given.parameters.items()}
    with np.errstate(all="ignore"):
        found = names["run"](
            np.array(given.inputs), np.array(given.labels), labels, weights, initial,
            given.learning_rate,
        )  # fmt: skip
    out = {f"{s}@{t}": v for s, series in found["series"].items() for t, v in series.items()}
    out |= {"L": found["L"], "L'": found["L'"], **found.get("extra", {})}
    out |= {f"{key}'": value for key, value in found["new"].items()}
    for key, value in found["G"].items():
        layer, dot, own = key.rpartition(".")
        out[f"{layer}{dot}d{own}"] = value
    places = tutor(name, seed).places
    return {k: np.asarray(v, float) for k, v in out.items() if parse(k) in places}


def shown(mistake: Mistake, printout: str, digits: int, seed: int = 0) -> dict[str, Array]:
    """Return the values handed in; none if they are as they should be at these digits."""
    right, wrong = (printed(mistake.learner, one, seed) for one in (None, mistake))
    kept = part_of(wrong, printout, len(mistake.name))
    pairs = zip(givens({k: right[k] for k in kept}, digits), givens(kept, digits), strict=True)
    differ = any(
        one.value.shape != other.value.shape
        or np.any(np.abs(one.value - other.value) > one.unit + 1e-9 * np.abs(one.value))
        for one, other in pairs
    )
    return kept if differ else {}


def said(
    mistake: Mistake, printout: str, digits: int, seed: int = 0
) -> tuple[str, tuple[Diagnosis, ...]]:
    """Return "first", "tie", "unknown", "doubtful" or "false", and what was said; "hidden" of
    what the values do not show.
    """
    values = shown(mistake, printout, digits, seed)
    if not values:
        return "hidden", ()
    first = tutor(mistake.learner, seed).diagnose(givens(values, digits)).first_wrong
    named = first.diagnoses if first else ()
    if not named:
        return "unknown", ()
    if names_it(named[0], mistake):
        return "first", named
    if any(names_it(one, mistake) for one in named[1:3] if one.tied):
        return "tie", named
    return ("false" if named[0].confidence >= CONFIDENT else "doubtful"), named


def main() -> None:
    """Print what is said of each, and how many of each."""
    ways = [word for word in sys.argv[1:] if word.strip("0123456789").isalpha()] or ["all6"]
    for way in ways:
        printout = way.rstrip("0123456789")
        digits = int(way.removeprefix(printout))
        counts: Counter[str] = Counter()
        sure: list[tuple[float, bool]] = []
        for mistake in PEOPLE:
            word, named = said(mistake, printout, digits)
            counts[word if mistake.kinds or word != "unknown" else "unknown, in no table"] += 1
            sure += [(named[0].confidence, names_it(named[0], mistake))] if named else []
            if word in ("false", "doubtful") or (word == "unknown" and mistake.kinds):
                text = "; ".join(f"{d.mistake.id} {d.confidence:.2f}" for d in named[:2])
                print(
                    f"{way} {word}: {mistake.learner} {mistake.name}: {text[:200]}", flush=True
                )
        print(way, dict(counts), *calibration(sure), sep="\n    ", flush=True)


if __name__ == "__main__":
    main()
