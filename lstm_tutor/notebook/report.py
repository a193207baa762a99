"""What there is to say of numbers of one's own, as an object."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from lstm_tutor.check.checking import Checked, Remark
from lstm_tutor.check.data import source_data
from lstm_tutor.check.report import report
from lstm_tutor.check.source import Source, asked_of
from lstm_tutor.diagnosis.finding import said
from lstm_tutor.diagnosis.judgement import Status
from lstm_tutor.files.phrase import counted, listed
from lstm_tutor.files.reading import read_bytes
from lstm_tutor.notebook.computation import Trace, traced
from lstm_tutor.notebook.error import TutorError, told
from lstm_tutor.notebook.modules import GRADIENTS, without_gradients
from lstm_tutor.notebook.page import shortened, table
from lstm_tutor.notebook.variables import (
    arrays_of,
    held,
    is_keyed,
    is_module,
    module_arrays,
    named_values,
)
from lstm_tutor.numbers.written import LARGEST, Entry, Submission
from lstm_tutor.submission.reading import submission_of as submission_in

_WIDTH = 80
_NOT_COMPUTED = (
    "Nothing of it is computed, as gradients are: with a module, call backward() before, or "
    "give its gradients as the third argument."
)


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """Numbers of one's own, judged. It is true if none of them is wrong.

    Examples:
        >>> import lstm_tutor as lt
        >>> report = lt.check(lt.compute("gomez"), {"dC0": -0.05217892})
        >>> bool(report), report.wrong
        (False, ['dC@0'])
        >>> report.diagnoses[0]
        'f[0] stands where f[1] belongs: the time step is off.'
    """

    _trace: Trace
    _checked: Checked
    _name: str

    def __bool__(self) -> bool:
        return self._checked.right

    @property
    def wrong(self) -> list[str]:
        """Return the ids of the wrong values, in the order of the computation."""
        judged = self._checked.verdicts.judgements
        return [item.given.id for item in judged if item.status is Status.WRONG]

    @property
    def diagnoses(self) -> list[str]:
        """Return the likely mistake behind each first wrong value, in words."""
        found = (
            item.diagnoses[0]
            for item in self._checked.verdicts.judgements
            if item.diagnoses and item.status is Status.WRONG and not item.because
        )
        trace, view = self._trace.inner, self._trace.view
        return list(dict.fromkeys(said(trace, one, view) for one in found))

    @property
    def unrecognised(self) -> list[str]:
        """Return the names that nothing in the computation has."""
        return [item.entry.name for item in self._checked.unrecognised]

    @cached_property
    def text(self) -> str:
        """The report as `lstm-tutor check` prints it."""
        lines = report(self._trace.inner, self._checked, self._trace.view, _WIDTH)
        return "\n".join(line for line, _ in lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data: what `check --format json` prints."""
        source = Source(self._name, self._trace.inner, self._checked)
        data = source_data(source, self._trace.view)
        found: dict[str, Any] = json.loads(json.dumps(data, allow_nan=False))
        return found

    def require(self) -> None:
        """Raise AssertionError with the text of the report unless all is right.

        It raises too if a name was not recognised, and if nothing was given that is computed:
        a test that passes has judged what it was given.
        """
        if not self or self._checked.unrecognised:
            raise AssertionError(self.text)
        given = [item.given.id for item in self._checked.verdicts.judgements]
        if all(self._trace.is_given(id_) for id_ in given):
            raise AssertionError(f"{self.text}\n\n{_NOT_COMPUTED}")

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        said = [self._counts, *self.diagnoses[:1]]
        return shortened(": ".join(said), 400)

    @property
    def _counts(self) -> str:
        """How many values are right and wrong."""
        head = self.text.partition("\n\n")[0].split("\n")
        return next((line for line in head if line[:1].isdigit()), "")

    def _repr_html_(self) -> str:
        judged = self._checked.verdicts.judgements
        rows = [(item.given.name, item.given.id, str(item.status)) for item in judged]
        rows.sort(key=lambda row: row[2] != Status.WRONG)
        rest = self.text.partition("\n\n")[2]
        found = table(self._counts, ("yours", "is", "judged"), rows, "values", 6)
        most = 1900 - len(found)
        return found if self or not rest else f"{found}<pre>{_cut(escape(rest), most)}</pre>"


def _cut(text: str, most: int) -> str:
    """Return whole lines of a text, at most so many characters."""
    if len(text) <= most:
        return text
    return f"{text[:most].rpartition(chr(10))[0]}\n…"


def check(
    trace: Trace,
    numbers: Mapping[str, Any] | str | Path | Any,
    gradients: Mapping[str, Any] | Sequence[Any] | None = None,
) -> Report:
    """Judge numbers of one's own against a computation.

    Args:
        trace: the computation.
        numbers: a dict of numbers and arrays, a module with parameters and gradients, or
            the path of a file that `lstm-tutor check` reads.
        gradients: of the parameters in numbers, where those do not hold them, as with Keras
            and JAX: in their order, or by their names.

    Raises:
        TutorError: if a file cannot be read, or it is nothing of the kind.
    """
    with told():
        if isinstance(numbers, str | Path):
            return _of_file(traced(trace), Path(numbers))
        own = held(_named(numbers, gradients))
        found = traced(trace).check(Submission(own.entries))
        nothing = np.zeros(0)
        unread = (Remark(Entry(name, nothing, nothing), why) for name, why in own.unread)
        unrecognised = (*found.unrecognised, *unread)
        name = type(numbers).__name__ if is_module(numbers) else ""
        return Report(trace, replace(found, unrecognised=unrecognised), name)


def _of_file(trace: Trace, path: Path) -> Report:
    name = str(path)
    content = read_bytes(path, name, "numbers", LARGEST)
    submission = submission_in(content, name)
    return Report(trace, trace.check(submission, asked_of(submission)), name)


def _named(numbers: Any, gradients: Any) -> dict[str, Any]:
    """Return the parts of a dict or module by name, with gradients beside them."""
    if is_module(numbers):
        found = module_arrays(numbers)
    elif is_keyed(numbers):
        found = {
            name: module_arrays(value) if is_module(value) else value
            for name, value in numbers.items()
        }
    else:
        raise TutorError(
            f"numbers are a dict by name, a module, or the path of a file; this is a value of "
            f"type {type(numbers).__name__}"
        )
    return found if gradients is None else found | _gradients(numbers, found, gradients)


def _gradients(numbers: Any, found: Mapping[str, Any], gradients: Any) -> dict[str, Any]:
    """Return gradients under the names of their parameters."""
    names = [name for name, _ in without_gradients(arrays_of(found))]
    if not is_keyed(gradients):
        trained = getattr(numbers, "trainable_variables", None)
        names = [one.path for one in trained] if trained else names
        if not isinstance(gradients, Sequence):
            raise TutorError(
                "gradients are a list in the order of the parameters, or a dict by their "
                f"names; this is a value of type {type(gradients).__name__}"
            )
        if len(gradients) != len(names):
            raise TutorError(
                f"there are {counted(len(gradients), 'gradient')} for "
                f"{counted(len(names), 'parameter')}: {listed(names[:6])}"
            )
        gradients = dict(zip(names, gradients, strict=True))
    named = named_values("", gradients)
    return {f"{name}{GRADIENTS['/' in name]}": value for name, value in named}
