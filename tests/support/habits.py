"""Wrong programs of people's habits: `python -m habits` in tests/support.

data/habits.txt holds them, as edits of the programs in learners/. It says what is named
first, what ties, what is missed, and what is called something else with confidence.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from dumps import Array, givens
from mistakes import Mistake, outputs, read_mistakes, wrong_ids
from model_mistakes import differing, printed_by, scenario_for
from model_verdicts import model_tutor, part_of
from verdicts import calibration, names_it, tutor

from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Diagnosis
from lstm_tutor.model.symbol import parse

CONFIDENT = 0.9
HABITS = read_mistakes((Path(__file__).parents[1] / "data" / "habits.txt").read_text("utf-8"))


def shown(mistake: Mistake, printout: str = "all") -> tuple[Tutor, dict[str, Array]] | None:
    """Return the tutor and the values handed in; None if they do not show the mistake."""
    with np.errstate(all="ignore"):
        if mistake.learner == "lstm":
            one = tutor("two-units")
            values, changed = outputs(mistake, "two-units"), wrong_ids(mistake, "two-units")
        else:
            one, given = model_tutor(mistake.learner, 1), scenario_for(mistake.learner, 1)
            changed = differing(mistake, given)
            values = printed_by(mistake.learner, mistake, given) if changed else {}
    known = {id_: value for id_, value in values.items() if parse(id_) in one.places}
    kept = part_of(known, printout, 1)
    return (one, kept) if set(kept) & set(changed) else None


def said(mistake: Mistake, digits: int, printout: str) -> tuple[str, tuple[Diagnosis, ...]]:
    """Return "first", "tie", "missed", "unknown" or "false", and what was said."""
    found = shown(mistake, printout)
    if found is None:
        return "not shown", ()
    one, values = found
    first = one.diagnose(givens(values, digits)).first_wrong
    named = first.diagnoses if first else ()
    if not named:
        return "unknown" if mistake.kinds else "silent", ()
    best = [one for number, one in enumerate(named) if number == 0 or one.tied]
    if names_it(named[0], mistake):
        return "first", named
    if any(names_it(item, mistake) for item in best[:3]):
        return "tie", named
    return ("false" if named[0].confidence >= CONFIDENT else "missed"), named


def habit(
    mistake: Mistake, digits: int, printout: str
) -> tuple[str, tuple[float, bool] | None]:
    """Return the same word, with how sure the first diagnosis is and whether it is right."""
    word, named = said(mistake, digits, printout)
    return word, (named[0].confidence, names_it(named[0], mistake)) if named else None


def main() -> None:
    """Print what is said of each, and how many of each."""
    ways = [("all", 6), ("final", 6), ("half", 4), ("all", 3)]
    wanted = sys.argv[1:] or ["all6"]
    for printout, digits in ways:
        if f"{printout}{digits}" not in wanted:
            continue
        counts: Counter[str] = Counter()
        sure: list[tuple[float, bool]] = []
        for mistake in HABITS:
            word, named = said(mistake, digits, printout)
            counts[word] += 1
            sure += [(named[0].confidence, names_it(named[0], mistake))] if named else []
            if word not in ("first", "silent"):
                text = "; ".join(f"{d.mistake.id} {d.confidence:.2f}" for d in named[:2])
                print(
                    f"{printout} {digits} {word}: {mistake.learner} {mistake.name}: "
                    f"{text[:220]}",
                    flush=True,
                )
        print(printout, digits, dict(counts), *calibration(sure), sep="\n    ", flush=True)


if __name__ == "__main__":
    main()
