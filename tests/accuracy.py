"""How often the tutor is right, on the whole corpus: `python -m accuracy` in tests.

Longer than a test may take; `.ci/run` runs it. Exits with 1 where it is not good enough.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor

from verdicts import ENOUGH, accused, believed, missed, shown_by

_DIGITS = (3, 4, 17)
_PROGRAMS, _VALUES, _PARTS = 1000, 200, 4


def main() -> None:
    """Print the rates; exit with 1 if one of them is too low."""
    good = True
    with ProcessPoolExecutor() as pool:
        corpus = {
            (name, digits): [pool.submit(_missed, name, digits, part) for part in range(_PARTS)]
            for name in ("two-units", "gomez")
            for digits in _DIGITS
        }
        right = [pool.submit(accused, part, _PROGRAMS // _PARTS) for part in range(_PARTS)]
        nonsense = [pool.submit(believed, part, _VALUES // _PARTS) for part in range(_PARTS)]
        for (name, digits), parts in corpus.items():
            lost = [item for part in parts for item in part.result()]
            total = len(shown_by(name))
            rate = 1 - len(lost) / total
            good &= rate >= ENOUGH
            print(f"{name}, {digits:>2} digits: {total - len(lost)} of {total}, {rate:.1%}")
            print(f"    missed: {', '.join(lost)}")
        for text, parts in (
            (f"accused of {_PROGRAMS} right programs", right),
            (f"confident of {_VALUES} nonsense values", nonsense),
        ):
            wrong = [item for part in parts for item in part.result()]
            good &= not wrong
            print(f"{text}: {len(wrong)}", *wrong, sep="\n    ")
    sys.exit(0 if good else 1)


def _missed(name: str, digits: int, part: int) -> list[str]:
    """On two-units a mistake must be named first; on gomez a tie is honest."""
    honest = ("first", "tie") if name == "gomez" else ("first",)
    return missed(name, shown_by(name)[part::_PARTS], digits, *honest)


if __name__ == "__main__":
    main()
