"""Right work in every way of writing it: `python -m readings` in tests/support counts.

Whatever the names, the first time step, the precision and the layout: nobody who is right
may be told that something is wrong, and nothing may be left out.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from drawing import CELLS, scenario_of
from dumps import computed, worked
from mistakes import MISTAKES, outputs
from styles import STYLES, Style, Values, Write, decimals, digits

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Status
from lstm_tutor.model.symbol import parse
from lstm_tutor.scenario.loading import load
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import compute

CORPUS = {mistake.name: mistake for mistake in MISTAKES}
BAD = (Status.WRONG, Status.GIVEN)


@cache
def tutor(cell: str, seed: int) -> Tutor:
    """Return the tutor of a random scenario."""
    random = np.random.default_rng(seed)
    hidden, inputs, steps = (int(n) for n in random.integers([1, 1, 2], [4, 4, 5]))
    return Tutor(
        compute(scenario_of(CELLS[cell], seed=seed, hidden=hidden, inputs=inputs, steps=steps))
    )


def handed_in(one: Tutor, style: Style, values: Values, first: int, write: Write) -> Checked:
    """Return what is said of values that are written in a style."""
    name, content = style.written(one.trace, values, first, write)
    return checked(one, submission_of(content, name))


@cache
def tutor_of(name: str) -> Tutor:
    """Return the tutor of a bundled scenario."""
    return Tutor(compute(load(name)))


def accused(found: Checked) -> list[str]:
    """Return the ids of what is said to be wrong."""
    return [item.given.id for item in found.verdicts.judgements if item.status in BAD]


KINDS = {
    "4 digits": (digits(4), None),
    "6 digits": (digits(6), None),
    "8 digits": (digits(8), None),
    "full": (repr, None),
    "4 decimals": (decimals(4), None),
    "4 digits, carried": (digits(4), 4),
}


def values_of(one: Tutor, carried: int | None) -> Values:
    """Return all values that styles have words for, or those of a person who goes on with
    rounded ones; the second pass is left out.
    """
    found = worked(one.places, carried) if carried else computed(one.places)
    known = {str(id_) for id_ in one.trace.ids()}
    terms = set(one.trace.parameters)
    return {
        id_: value
        for id_, value in found.items()
        if id_ in known or parse(id_).name in terms - set(one.trace.signals)
    }


def told(found: Checked) -> str:
    """Return which value is the first wrong one, and which mistake made it."""
    first = found.verdicts.first_wrong
    if first is None:
        return "nothing is wrong"
    made = first.diagnoses[0].mistake if first.diagnoses else None
    return f"{first.given.id}: {made.kind if made else 'unknown'}"


def told_apart(names: Sequence[str], styles: Sequence[Style]) -> Iterator[str]:
    """Yield where a planted mistake gets another diagnosis in another way of writing."""
    one = tutor_of("two-units")
    for name in names:
        values = outputs(CORPUS[name], "two-units")
        usual = told(handed_in(one, STYLES[0], values, 0, repr))
        for number, style in enumerate(styles):
            first = number % 2 if style.timing != "at" else 0
            write = (repr, digits(8), digits(6))[number % 3]
            here = told(handed_in(one, style, values, first, write))
            if here != usual:
                yield f"{name} in {style.name} from {first}: {here}, not {usual}"


def main() -> None:
    """Print how many of the right printouts are accused, and what is not judged."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    bad: Counter[str] = Counter()
    total = 0
    judged = numbers = 0
    for seed in range(count):
        for cell in CELLS:
            one = tutor(cell, seed)
            for number, style in enumerate(STYLES):
                for offset in (0, 1) if style.timing != "at" else (0,):
                    kind = list(KINDS)[(number + seed + offset * 3) % len(KINDS)]
                    write, carried = KINDS[kind]
                    values = values_of(one, carried)
                    found = handed_in(one, style, values, offset, write)
                    wrong = accused(found)
                    total += 1
                    numbers += sum(v.size for v in values.values())
                    judged += sum(np.size(j.given.value) for j in found.verdicts.judgements)
                    if wrong:
                        bad[f"{style.name} from {offset} {kind} {cell}"] += 1
                    if wrong or found.unrecognised or found.ignored:
                        print(
                            f"{cell} {seed} {style.name} from {offset} {kind}: accused"
                            f" {wrong[:5]} ({len(wrong)}); unrecognised"
                            f" {[e.entry.name for e in found.unrecognised][:6]}"
                            f" ({len(found.unrecognised)}); ignored"
                            f" {[(i.text, i.why) for i in found.ignored][:3]}",
                            flush=True,
                        )
    print(f"accused: {sum(bad.values())} of {total} right printouts")
    print(f"judged: {judged / numbers:.1%} of {numbers:,} numbers")


if __name__ == "__main__":
    main()
