"""The same mistake in every way of writing: `python -m told [mistakes] [styles]` counts.

Whatever the names, the order, the first time step and the precision: the first wrong value
and what made it are the same. Under each dialect's names too.
"""

from __future__ import annotations

import sys

from readings import CORPUS, told_apart
from styles import DIALECTS, STYLES


def main() -> None:
    """Print where a mistake is told otherwise than under our own names."""
    mistakes = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    ways = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    names = list(CORPUS)[:: max(1, len(CORPUS) // mistakes)][:mistakes]
    styles = [*DIALECTS, *STYLES[:: max(1, len(STYLES) // max(1, ways))][:ways]]
    found = 0
    for line in told_apart(names, styles):
        found += 1
        print(line, flush=True)
    print(f"{found} of {len(names) * len(styles)} were told otherwise")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
