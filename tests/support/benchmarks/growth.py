"""Time and memory of a whole trace as the number of time steps grows, at hidden 4."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import resource, sys, time
sys.path.insert(0, sys.argv[1])
from drawing import CELLS, scenario_of
from lstm_tutor.trace.trace import compute

scenario = scenario_of(CELLS["lstm"], hidden=4, inputs=3, steps=int(sys.argv[2]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
trace = compute(scenario)
seconds = time.perf_counter() - start
values = sum(series.values.size for series in trace.signals.values())
print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024, values)
"""
STEPS = (1_000, 10_000, 100_000)


def main() -> None:
    """Print time per step relative to the shortest run, and bytes per recorded value."""
    tests = Path(__file__).parent.parent
    first = None
    for steps in STEPS:
        command = [sys.executable, "-c", PROGRAM, str(tests), str(steps)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds, memory, values = (float(part) for part in output.split())
        per_step = seconds / steps
        first = first or per_step
        print(
            f"{steps:>7,} steps: {per_step / first:.2f} times the time per step of "
            f"{STEPS[0]:,}, {memory / values:.1f} bytes per recorded value"
        )
