"""Run all benchmarks: `python -m benchmarks` in tests/support; names choose some."""

from __future__ import annotations

import sys

from benchmarks import checking, export, growth, startup, training, worlds

BENCHMARKS = {
    "startup": startup.main,
    "growth": growth.main,
    "export": export.main,
    "checking": checking.main,
    "worlds": worlds.main,
    "training": training.main,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"== {name}")
        BENCHMARKS[name]()
