"""How often the tutor is right, on the whole corpus: `python -m accuracy` in tests/support.

Longer than a test may take; `.ci/run` runs it. Each mistake is asked about on each scenario
at one precision, one after the other in turn, and a scenario's rate is that of all; with
``--whole`` at every one, each has a rate of its own, and more right programs and nonsense
are tried, and people's habits, with how right each confidence is. Of models it asks a share,
or all. Exits with 1 where it is not good enough.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import repeat

from habits import CONFIDENT, HABITS, habit
from mistakes import Mistake
from model_mistakes import PAGES
from model_verdicts import ENOUGH as OF_MODELS
from model_verdicts import accused_models, believed_models, mistakes_of, model_verdicts
from verdicts import ENOUGH, accused, believed, calibration, missed, shown_by

_DIGITS = (3, 4, 17)
_PARTS = 4
_SOME, _WHOLE = (400, 80), (1000, 200)  # right programs, nonsense values
_MODELS, _STRANGE = 1000, 100
_WAYS = (("all", 3), ("all", 4), ("all", 6), ("final", 4), ("half", 4))
_SHARE = 16  # of what is asked of models, one in so many


def main() -> None:
    """Print the rates; exit with 1 if one of them is too low."""
    whole = sys.argv[1:] == ["--whole"]
    programs, values = _WHOLE if whole else _SOME
    good, share = True, 1 if whole else _SHARE
    with ProcessPoolExecutor() as pool:
        corpus = {
            (name, digits): [
                pool.submit(_missed, name, digits, whole, n) for n in range(_PARTS)
            ]
            for name in ("two-units", "gomez")
            for digits in _DIGITS
        }
        models = {
            way: [pool.submit(_of_models, *way, share, learner) for learner in PAGES]
            for way in _WAYS
        }
        count = _MODELS // _PARTS // share
        right_models = [pool.submit(accused_models, p * count, count) for p in range(_PARTS)]
        few = _STRANGE // _PARTS // share
        strange = [pool.submit(believed_models, p * few, few) for p in range(_PARTS)]
        right = [pool.submit(accused, part, programs // _PARTS) for part in range(_PARTS)]
        nonsense = [pool.submit(believed, part, values // _PARTS) for part in range(_PARTS)]
        counts: dict[str, list[int]] = {}
        for (name, digits), parts in corpus.items():
            lost = [item for part in parts for item in part.result()]
            total = len(_asked(name, digits, whole))
            rated = counts.setdefault(f"{name}, {digits} digits" if whole else name, [0, 0])
            rated[0] += total - len(lost)
            rated[1] += total
            print(f"{name}, {digits:>2} digits: {total - len(lost)} of {total}")
            print(f"    missed: {', '.join(lost)}")
        for text, (found, total) in counts.items():
            good &= found >= ENOUGH * total
            print(f"{text}: {found / total:.1%}")
        for (printout, digits), tasks in models.items():
            good &= _told(f"models, {printout}, {digits} digits", printout, digits, tasks)
        good &= _habits(pool) if whole else True
        for text, parts in (
            (f"accused of {_PARTS * count} right models", right_models),
            (f"of {_PARTS * few} strange programs not told as unknown", strange),
            (f"accused of {programs} right programs", right),
            (f"confident of {values} nonsense values", nonsense),
        ):
            wrong = [item for part in parts for item in part.result()]
            good &= not wrong
            print(f"{text}: {len(wrong)}", *wrong, sep="\n    ")
    sys.exit(0 if good else 1)


def _habits(pool: ProcessPoolExecutor) -> bool:
    """Print what is said of people's habits, and how right it is at each confidence; return
    whether what is sure is right.
    """
    said: list[tuple[float, bool]] = []
    for printout, digits in _WAYS:
        words, found = zip(
            *pool.map(habit, HABITS, repeat(digits), repeat(printout)), strict=True
        )
        said += [one for one in found if one is not None]
        print(f"habits, {printout}, {digits} digits: {dict(Counter(words))}")
    print("of habits", *calibration(said), sep="\n    ")
    sure = [right for confidence, right in said if confidence >= CONFIDENT]
    return sum(sure) >= ENOUGH * len(sure)


def _of_models(printout: str, digits: int, share: int, learner: str) -> dict[str, str]:
    first = (len(printout) + digits) % share
    return model_verdicts(mistakes_of(learner)[first::share], 1 + first % 2, printout, digits)


def _told(text: str, printout: str, digits: int, tasks: list[Future[dict[str, str]]]) -> bool:
    """Print what was said of mistakes in models; return whether it is good enough.

    Everything at four digits and more names the mistake first; of less a tie is honest.
    """
    found = {name: said for task in tasks for name, said in task.result().items()}
    counts = Counter(found.values())
    whole = printout == "all" and digits > 3
    named = counts["first"] + (0 if whole else counts["tie"])
    shares = ", ".join(f"{count} {said}" for said, count in counts.most_common())
    print(f"{text}: {named} of {len(found)}, {named / len(found):.1%} ({shares})")
    lost = [f"{name} ({said})" for name, said in found.items() if said in ("missed", "false")]
    print(f"    missed: {', '.join(lost)}")
    return named >= (OF_MODELS if whole else 0.8) * len(found) - 1


def _asked(name: str, digits: int, whole: bool) -> Sequence[Mistake]:
    """Return the mistakes that are asked about at a precision: each third, or all."""
    found = shown_by(name)
    return found if whole else found[_DIGITS.index(digits) :: len(_DIGITS)]


def _missed(name: str, digits: int, whole: bool, part: int) -> list[str]:
    """On two-units a mistake must be named first; on gomez a tie is honest."""
    honest = ("first", "tie") if name == "gomez" else ("first",)
    return missed(name, _asked(name, digits, whole)[part::_PARTS], digits, *honest)


if __name__ == "__main__":
    main()
