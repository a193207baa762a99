"""Slips of copying and typing in right programs: `python -m slips` in tests/support.

A given number mistyped, and worked with ever after; a result written down wrongly; or
written down wrongly and worked with.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from dumps import Array, givens
from mistakes import outputs
from model_mistakes import printed_by, scenario_for
from model_verdicts import model_tutor, part_of
from oracle import walked
from verdicts import tutor

from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Diagnosis
from lstm_tutor.model.symbol import parse
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario

WAYS = ("sign", "point", "exchanged", "doubled", "dropped", "neighbour", "elsewhere")
LEARNERS = ("lstm", "sigmoid", "softmax", "layers", "batch")


@dataclass(frozen=True)
class Slip:
    """One slip: whose numbers, where, and what became of them.

    Attributes:
        learner: whose program, a module of learners.
        what: "given", "written" (not carried on) or "carried".
        way: how a number was changed.
        place: which number: of what is given its symbol or id, else the id of a value.
        values: what is printed.
    """

    learner: str
    what: str
    way: str
    place: str
    values: Mapping[str, Array]


def mistyped(number: float, way: str, random: np.random.Generator, others: Array) -> float:
    """Return a number as a person mistypes it; the same one if that cannot be."""
    text = f"{abs(number):.10g}"
    if "e" in text:
        return -number
    digits = [n for n, sign in enumerate(text) if sign.isdigit()]
    real = [n for n in digits if text[: n + 1].strip("0.")] or digits
    n = int(random.choice(real))
    match way:
        case "sign":
            return -number
        case "point":
            return number * float(random.choice([0.1, 10]))
        case "exchanged":
            pairs = [(a, b) for a, b in itertools.pairwise(digits) if text[a] != text[b]]
            if pairs:
                a, b = pairs[int(random.integers(len(pairs)))]
                swapped = list(text)
                swapped[a], swapped[b] = text[b], text[a]
                text = "".join(swapped)
        case "doubled":
            text = text[:n] + text[n] + text[n:]
        case "dropped":
            text = (text[:n] + text[n + 1 :]) or "0"
        case "neighbour":
            near = {"0": "19", "9": "80"}.get(
                text[n]
            ) or f"{int(text[n]) - 1}{int(text[n]) + 1}"
            text = text[:n] + str(random.choice(list(near))) + text[n + 1 :]
        case "elsewhere":
            return float(random.choice(others))
    return float(text if text not in (".", "") else 0) * (-1 if number < 0 else 1)


def _program(learner: str, scenario: Scenario) -> dict[str, Array]:
    if learner == "lstm":
        return outputs(None, scenario)
    return printed_by(learner, None, scenario)


def _scenario(learner: str) -> Scenario:
    return load("two-units") if learner == "lstm" else scenario_for(learner, 1)


def _tutor(learner: str) -> Tutor:
    return tutor("two-units") if learner == "lstm" else model_tutor(learner, 1)


def _changed(array: Array, way: str, random: np.random.Generator, other: Array) -> Array:
    found = np.array(array, dtype=float)
    index = tuple(int(random.integers(size)) for size in found.shape)
    found[index] = mistyped(float(found[index]), way, random, np.ravel(other))
    return found


def given_slip(seed: int) -> Slip | None:
    """A given number mistyped, and all else worked with it."""
    random = np.random.default_rng([seed, 1])
    learner, way = str(random.choice(LEARNERS)), WAYS[seed % len(WAYS)]
    scenario = _scenario(learner)
    kinds = ["weight", "weight", "weight", "input", "input", "label", "state"]
    what = str(random.choice(kinds))
    if what == "weight":
        names = [n for n in scenario.parameters if n in scenario.cell.parameters]
        name = str(random.choice(names))
        new = _changed(scenario.parameters[name], way, random, scenario.parameters[name])
        changed = replace(scenario, parameters={**scenario.parameters, name: new})
        place, same = name, np.array_equal(new, scenario.parameters[name])
    elif what == "state":
        key = list(scenario.initial)[int(random.integers(len(scenario.initial)))]
        value = _changed(scenario.initial[key], way, random, scenario.initial[key])
        same = np.array_equal(value, scenario.initial[key])
        changed = replace(scenario, initial={**scenario.initial, key: value})
        place = str(key)
    else:
        field = "inputs" if what == "input" else "labels"
        array = getattr(scenario, field)
        if what == "label" and learner not in ("lstm", "layers"):
            return None
        t = int(random.integers(len(array)))
        row = _changed(array[t], way, random, array[t])
        same = np.array_equal(row, array[t])
        whole = np.array(array)
        whole[t] = row
        changed = (
            replace(scenario, inputs=whole)
            if what == "input"
            else replace(scenario, labels=whole)
        )
        place = f"{'x' if what == 'input' else 'y'}@{t}"
    if same:
        return None
    return Slip(learner, "given", way, place, _program(learner, changed))


def result_slip(seed: int, *, carried: bool, digits: int) -> Slip | None:
    """A result written down wrongly, and worked with or not."""
    random = np.random.default_rng([seed, 2])
    learner, way = str(random.choice(LEARNERS)), WAYS[seed % len(WAYS)]
    one = _tutor(learner)
    right = _program(learner, _scenario(learner))
    right = {id_: value for id_, value in right.items() if parse(id_) in one.places}
    id_ = str(random.choice([i for i in right if not carried or "@" in i]))
    value = givens({id_: right[id_]}, min(digits, 8))[0].value
    alike = [np.ravel(v) for i, v in right.items() if parse(i).name == parse(id_).name]
    new = _changed(value, way, random, np.round(np.concatenate(alike), 8))
    if np.allclose(new, value, rtol=10.0**-digits):
        return None
    if not carried:
        return Slip(learner, "written", way, id_, {**right, id_: new})
    place = parse(id_)
    shape = one.places.base(place).shape
    found = walked(one.places, change=lambda p, v: new.reshape(shape) if p == place else v)
    values = {i: found[parse(i)] for i in right if parse(i) in found}
    return Slip(learner, "carried", way, id_, values)


def said(slip: Slip, digits: int, printout: str) -> tuple[str, tuple[Diagnosis, ...], int]:
    """Return "first", "tie", "unknown", "missed", "false" or "not shown"; what was said, and
    in how many values there is a finding of its own.
    """
    one = _tutor(slip.learner)
    known = {i: v for i, v in slip.values.items() if parse(i) in one.places}
    kept = part_of(known, printout, 1)
    report = one.diagnose(givens(kept, digits))
    wrong = [item for item in report.judgements if item.status.value == "wrong"]
    own = [item for item in wrong if not item.because]
    if not wrong:
        return "not shown", (), 0
    named = own[0].diagnoses if own else ()
    if not named:
        return "unknown", (), len(own)
    good = [_names(d, slip) for number, d in enumerate(named) if number == 0 or d.tied]
    if good[0]:
        return "first", named, len(own)
    if any(good[:3]):
        return "tie", named, len(own)
    return ("false" if named[0].confidence >= 0.9 else "missed"), named, len(own)


def _names(diagnosis: Diagnosis, slip: Slip) -> bool:
    kind = diagnosis.mistake.kind
    slipped = kind.startswith("slip-") or kind in ("another-name",)
    targets = {edit.target for edit in diagnosis.mistake.edits} | {diagnosis.id}
    return slipped and (slip.place in targets or parse(slip.place).name in targets)


def main() -> None:
    """Print what is said of slips."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    ways = list(sys.argv[2:]) or ["all6"]
    makers: dict[str, Callable[[int, int], Slip | None]] = {
        "given": lambda seed, _: given_slip(seed),
        "written": lambda seed, digits: result_slip(seed, carried=False, digits=digits),
        "carried": lambda seed, digits: result_slip(seed, carried=True, digits=digits),
    }
    for way in ways:
        printout, digits = way[:-1], int(way[-1])
        for what, make in makers.items():
            counts: Counter[str] = Counter()
            several = 0
            for seed in range(count):
                slip = make(seed, digits)
                if slip is None:
                    continue
                word, named, own = said(slip, digits, printout)
                counts[word] += 1
                several += own > 1
                if word not in ("first", "not shown") or own > 1:
                    text = "; ".join(f"{d.mistake.id} {d.confidence:.2f}" for d in named[:2])
                    print(
                        f"{way} {what} {word} ({own}): {seed} {slip.learner} {slip.way} "
                        f"{slip.place}: {text[:150]}",
                        flush=True,
                    )
            print(way, what, dict(counts), "more than one finding:", several, flush=True)


if __name__ == "__main__":
    main()
