"""The files of a class checked, one after the other or side by side."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import active_children, get_context
from pathlib import Path

from lstm_tutor.check.checking import Checked
from lstm_tutor.check.source import Source, Sources
from lstm_tutor.diagnosis.familiar import Familiar
from lstm_tutor.dialects.notation import NoSuchNotation, for_stream, notation
from lstm_tutor.files.folder import STDIN
from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.files.reading import read_bytes
from lstm_tutor.marks.returned import Outcome, Returned, returned
from lstm_tutor.numbers.written import LARGEST
from lstm_tutor.render.line import View
from lstm_tutor.scenario.blanks import Blanks, blanks_of
from lstm_tutor.submission.convention import Asked
from lstm_tutor.trace.selection import NoSuchStep, to_work
from lstm_tutor.trace.trace import Trace

_PIECE = 16  # files that a process is given at once
_AHEAD = 4  # pieces that wait for each process
_LONGEST_REMARK = 60


@dataclass(frozen=True)
class Marking:
    """How the files of a class are checked.

    Attributes:
        scenario: what they are compared with, by name or path; by default what each carries.
        asked: how they are read, where they are not to tell.
        blank: what was asked for, where a file does not say it; empty if that is not known.
        digits: of numbers in sentences.
        notation: how formulas are written.
        plain: whether with ASCII alone.
    """

    scenario: str | None
    asked: Asked
    blank: tuple[str, ...]
    digits: int
    notation: str
    plain: bool

    def of_each(
        self, names: Sequence[str], jobs: int, read: Callable[[str], bytes]
    ) -> Iterator[Returned]:
        """Yield what each file comes to, in their order; keys of worksheets are passed over.

        Args:
            names: the files.
            jobs: how many processes check them.
            read: what reads a file where this process does.
        """
        if jobs < 2 or len(names) <= _PIECE or STDIN in names:
            found: Iterable[Returned | None] = (self.of(name, read) for name in names)
        else:
            found = self._side_by_side(names, jobs)
        return (one for one in found if one is not None)

    def _side_by_side(self, names: Sequence[str], jobs: int) -> Iterator[Returned | None]:
        """Give pieces of the work to processes; a few wait, so that memory is bounded."""
        pieces = (names[start : start + _PIECE] for start in range(0, len(names), _PIECE))
        waiting: deque[Future[list[Returned | None]]] = deque()
        others = active_children()
        pool = ProcessPoolExecutor(
            jobs, mp_context=get_context("spawn"), initializer=_started, initargs=(self,)
        )
        try:
            for piece in pieces:
                with _uninterrupted():
                    waiting.append(pool.submit(_piece, piece))
                if len(waiting) >= jobs * _AHEAD:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BaseException:  # nobody waits any more for what the processes work on
            for process in set(active_children()).difference(others):
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def of(self, name: str, read: Callable[[str], bytes]) -> Returned | None:
        """Return what a file comes to; None for the key of a worksheet.

        Whatever is wrong with one file, the others are checked.
        """
        try:
            return self._returned(read(name), name)
        except NoSuchNotation:  # which is wrong with what was asked, not with a file
            raise
        except BadInput as error:
            problem = error.problems[0]
            where = f"line {problem.place.line}: " if problem.place.line else ""
            why = where + problem.message
        except (ArithmeticError, OSError, MemoryError, NoSuchStep) as error:
            why = str(error) or "there is not enough memory"
        except Exception as error:
            why = f"this program failed on it ({type(error).__name__}); please report it"
        return Returned(name, Path(name).stem, problem=why)

    def _returned(self, content: bytes, name: str) -> Returned | None:
        source = self._sources.of(content, name, empty=True)
        blanks = blanks_of(source.text)
        if blanks is not None and blanks.key:
            return None
        points = self._points(source, blanks)
        _require_numbers(source, points)
        found = returned(
            name,
            source.text,
            source.trace,
            source.checked.verdicts,
            self._view(source.trace),
            points=points,
            unreadable=list(_unreadable(source.checked, points)),
        )
        _require_known(source, found)
        return found

    @cached_property
    def _sources(self) -> Sources:
        return Sources(self.scenario, self.asked, Familiar)

    def _points(self, source: Source, blanks: Blanks | None) -> Mapping[str, float] | None:
        """Return the blanks with their points, as the sheet says, else as was said."""
        if blanks is not None:
            return blanks.points
        if not self.blank:
            return None
        trace = source.trace
        return {trace[index].id: 1.0 for index in to_work(trace, self.blank)}

    def _view(self, trace: Trace) -> View:
        chosen = notation(self.notation, trace.scenario.cell)
        return View(for_stream(chosen, "ascii") if self.plain else chosen, self.digits)


_OWN: list[Marking] = []  # of a process that was started to check files


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let no interrupt come while a process is started, which would see it too."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _started(marking: Marking) -> None:
    """Take what is to be done; an interrupt is for the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _OWN.append(marking)


def _piece(names: Sequence[str]) -> list[Returned | None]:
    return [_OWN[0].of(name, _read) for name in names]


def _read(name: str) -> bytes:
    return read_bytes(Path(name), name, "numbers", LARGEST)


def _require_numbers(source: Source, points: Mapping[str, float] | None) -> None:
    """Refuse a file of which nobody knows what was asked, and in which nothing is."""
    if points is None and not source.checked.verdicts.judgements:
        message = "no number was found in it"
        if source.checked.unrecognised:
            message = "no name in it is one of the scenario's"
        raise BadInput([Problem(message, Place(source.name))])


def _require_known(source: Source, found: Returned) -> None:
    """Refuse to call everything wrong that was compared with nothing but a guess."""
    agreeing = found.count(Outcome.RIGHT) + found.count(Outcome.GIVEN)
    if source.told or (found.count(Outcome.RIGHT) and agreeing > found.count(Outcome.WRONG)):
        return
    message = (
        f"it does not say its scenario, and most of it does not agree with "
        f"{source.trace.scenario.name}"
    )
    remedy = "name its scenario with --scenario"
    raise BadInput([Problem(message, Place(source.name), remedy=remedy)])


def _unreadable(
    checked: Checked, points: Mapping[str, float] | None
) -> Iterator[tuple[str, str]]:
    """Yield what is no number where one was asked for: its name, and what to say of it."""
    for remark in checked.unrecognised:
        name = remark.entry.name
        if points is None or name in points:
            yield name, f"line {remark.entry.line}, {name}: {remark.text}"
    for item in checked.ignored:
        name, _, text = item.text.partition(": ")
        if points is not None and name in points:
            short = text if len(text) <= _LONGEST_REMARK else f"{text[:_LONGEST_REMARK]}…"
            yield name, f"line {item.line}, {name}: {short} ({item.why})"
