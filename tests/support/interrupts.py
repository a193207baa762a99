"""Ctrl-C at any moment of a command: `python -m interrupts` in tests/support.

Longer than a test may take; the suite takes two commands and a few moments. Exits with 1
where one does not end as it should.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from random import Random

from command import environment

COMMANDS = (
    *(("run", "two-units"), ("gradcheck", "two-units"), ("audit",), ("scenarios",)),
    ("--help",),
)
_TIMES = 40
_PROGRAM = "import sys, lstm_tutor.__main__ as m; print('here', flush=True); m.main()"


def badly_ended(arguments: tuple[str, ...], times: int) -> Iterator[str]:
    """Interrupt a command so often, at moments spread over its run; yield what is wrong.

    Also while modules are loaded, and while the program ends.
    """
    call = [sys.executable, "-c", _PROGRAM, *arguments]
    start = time.monotonic()
    subprocess.run(call, env=environment(), capture_output=True, check=True)
    whole = time.monotonic() - start
    random = Random(" ".join(arguments))
    for number in range(times):
        child = subprocess.Popen(
            call, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert child.stdout is not None
        if child.stdout.readline() != b"here\n":
            yield f"{' '.join(arguments)}: it did not begin"
        time.sleep((number + random.random()) / times * whole)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)
        # 0: it had ended; by the signal: Python itself had, which a shell shows as 130 too
        if child.returncode not in (130, 0, -signal.SIGINT) or errors:
            yield f"{' '.join(arguments)}: {child.returncode} {errors.decode()}"


def main() -> None:
    """Print what ended badly; exit with 1 if something did."""
    found = [text for one in COMMANDS for text in badly_ended(one, _TIMES)]
    print(
        f"{len(COMMANDS)} commands, interrupted {_TIMES} times each: {len(found)} badly ended"
    )
    print(*found, sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
