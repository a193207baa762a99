"""What is remembered of the files of a class for the screen, while they pass by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lstm_tutor.marks.returned import Returned
from lstm_tutor.marks.row import row_of
from lstm_tutor.marks.rule import Rule

_MOST_ROWS = 500  # on a screen; a file has them all
_MOST_PROBLEMS = 20


class Seen:
    """What is remembered of files for the screen while they pass by."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self.right = True
        self.rows: list[tuple[str, ...]] = []
        self.more = 0
        self._problems: list[Returned] = []
        self._more_problems = 0

    def passing(self, files: Iterable[Returned]) -> Iterator[Returned]:
        """Pass files on."""
        for one in files:
            self.right = self.right and one.right
            if len(self.rows) < _MOST_ROWS:
                self.rows.append(row_of(one, self._rule))
            else:
                self.more += 1
            if one.problem and len(self._problems) < _MOST_PROBLEMS:
                self._problems.append(one)
            elif one.problem:
                self._more_problems += 1
            yield one

    @property
    def problems(self) -> list[str]:
        """Say which files cannot be used; of many the first ones."""
        told = [f"error: {one.file}: {one.problem}" for one in self._problems]
        if self._more_problems:
            told.append(f"and {self._more_problems:,} more files cannot be used")
        return told
