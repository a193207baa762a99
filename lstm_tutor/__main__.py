"""The entry point: runs the command line and turns failures into messages and exit codes.

Ctrl-C ends with 130 from the first line of this module on: at once while only modules are
loaded, and in a command by way of KeyboardInterrupt, so that what it took is given back.
"""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130
try:
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    import gc
except KeyboardInterrupt:
    os._exit(INTERRUPTED)

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: a pool only costs
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for them costs 12 ms
gc.set_threshold(100_000)  # imports make no garbage worth so many searches


def main() -> None:
    """Run lstm-tutor; never ends in a traceback for what a user can cause."""
    try:
        from lstm_tutor.cli import app, asked, failing, guarded

        with guarded(), failing():
            app(asked(sys.argv[1:]))(prog_name="lstm-tutor")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
