"""The entry point: runs the command line and turns failures into messages and exit codes."""

from __future__ import annotations

import gc
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: a pool only costs
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for them costs 12 ms
INTERRUPTED = 130
gc.set_threshold(100_000)  # imports make no garbage worth so many searches


def main() -> None:
    """Run lstm-tutor; never ends in a traceback for what a user can cause."""
    try:
        from lstm_tutor.cli import app, asked, failing, guarded
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    with guarded(), failing():
        app(asked(sys.argv[1:]))(prog_name="lstm-tutor")


if __name__ == "__main__":
    main()
