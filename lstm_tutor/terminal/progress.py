"""How far long work is, on the error stream of a terminal; nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def watched(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Pass items on, with a bar that is gone at the end.

    Args:
        items: what is worked on, or made one by one.
        what: the work, as in "checking".
        total: how many there are, where the items cannot tell.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.progress import Progress

    from lstm_tutor.terminal.paper import Paper

    progress = Progress(
        console=Paper(stderr=True),
        transient=True,
        redirect_stdout=False,  # which may be a file
        redirect_stderr=False,
    )
    with progress:
        yield from progress.track(items, total, description=what)
