"""Writing long transcripts: lines per second, and memory as the number of steps grows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, resource, sys, time
sys.path.insert(0, sys.argv[1])
from drawing import CELLS, scenario_of
from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View
from lstm_tutor.export.transcript import transcript
from lstm_tutor.trace.trace import compute

scenario = scenario_of(CELLS["lstm"], hidden=4, inputs=3, steps=int(sys.argv[2]))
trace = compute(scenario)
view = View(notation("gomez", scenario.cell))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
lines = 0
with open(os.devnull, "w") as sink:
    for chunk in transcript(trace, range(len(trace)), view):
        sink.write(chunk)
        lines += chunk.count("\\n")
seconds = time.perf_counter() - start
print(lines, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
STEPS = (1_000, 10_000)


def main() -> None:
    """Print the speed of writing, and how much memory it took beyond the trace."""
    tests = Path(__file__).parent.parent
    for steps in STEPS:
        command = [sys.executable, "-c", PROGRAM, str(tests), str(steps)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines, seconds, memory = (float(part) for part in output.split())
        print(
            f"{steps:>6,} steps: {lines:,.0f} lines at {lines / seconds:,.0f} a second, "
            f"{memory / 1024:.1f} MiB beyond the trace"
        )
