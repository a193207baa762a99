"""A thousand submissions judged in a process pool: ``python -m submissions [count]``.

Prints how long each takes in the right case, and that exactly the wrong ones are found.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache

import numpy as np

import lstm_tutor as lt


@cache
def trace() -> lt.Trace:
    """Return the computation that all submissions are of."""
    return lt.compute("two-units")


def judged(number: int) -> tuple[bool, float]:
    """Judge a submission, of which every hundredth has a mistake, and how long it takes."""
    numbers = {
        step.id: step.value for step in trace() if step.id.startswith(("h@", "C@", "dW"))
    }
    if number % 100 == 99:
        numbers["dW_f"] = 2 * numbers["dW_f"]
    start = time.process_time()
    right = bool(lt.check(trace(), numbers))
    return right, time.process_time() - start


def main(count: int) -> None:
    """Judge so many submissions."""
    start = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(judged, range(count), chunksize=50))
    whole = time.perf_counter() - start
    wrong = [number for number, (right, _) in enumerate(found) if not right]
    assert wrong == list(range(99, count, 100)), wrong
    times = np.array([seconds for right, seconds in found if right])
    print(f"{count} submissions in {whole:.1f} s, {len(wrong)} wrong ones found; a right one")
    print(f"takes {1e3 * np.median(times):.1f} ms, at most {1e3 * times.max():.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
