"""How often the tutor is right, on the whole corpus: `python -m accuracy` in tests.

Longer than a test may take; `.ci/run` runs it. Each mistake is asked about on each scenario
at one precision, one after the other in turn, and a scenario's rate is that of all; with
``--whole`` at every one, each has a rate of its own, and more right programs and nonsense
are tried. Exits with 1 where it is not good enough.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from mistakes import Mistake
from verdicts import ENOUGH, accused, believed, missed, shown_by

_DIGITS = (3, 4, 17)
_PARTS = 4
_SOME, _WHOLE = (400, 80), (1000, 200)  # right programs, nonsense values


def main() -> None:
    """Print the rates; exit with 1 if one of them is too low."""
    whole = sys.argv[1:] == ["--whole"]
    programs, values = _WHOLE if whole else _SOME
    good = True
    with ProcessPoolExecutor() as pool:
        corpus = {
            (name, digits): [
                pool.submit(_missed, name, digits, whole, n) for n in range(_PARTS)
            ]
            for name in ("two-units", "gomez")
            for digits in _DIGITS
        }
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
        for text, parts in (
            (f"accused of {programs} right programs", right),
            (f"confident of {values} nonsense values", nonsense),
        ):
            wrong = [item for part in parts for item in part.result()]
            good &= not wrong
            print(f"{text}: {len(wrong)}", *wrong, sep="\n    ")
    sys.exit(0 if good else 1)


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
