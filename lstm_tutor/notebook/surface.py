"""The functions that `import lstm_tutor` offers, with the words of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.notebook.argument import text_of, whole, words_of
from lstm_tutor.notebook.computation import Trace, traced
from lstm_tutor.notebook.error import TutorError, told
from lstm_tutor.notebook.page import listing, shortened, table
from lstm_tutor.notebook.picture import Picture
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace import trace as inner

_MOST_DIGITS = 17
_MOST_ROWS = 12


def compute(
    scenario: str | Path | Scenario,
    *,
    digits: int = 6,
    notation: str | Path = DEFAULT_NOTATION,
) -> Trace:
    """Compute a scenario: forward pass, loss, backward pass, gradients and update.

    Args:
        scenario: a bundled name, a path, or a scenario.
        digits: significant digits of numbers in texts, 1 to 17.
        notation: how symbols are written: gomez, pytorch, keras, … or a path.

    Raises:
        TutorError: if it cannot be used, or its values overflow.

    Examples:
        >>> import lstm_tutor as lt
        >>> lt.compute("gomez").loss
        0.1149...
    """
    with told():
        found = scenario if isinstance(scenario, Scenario) else load(str(scenario))
        count = whole(digits, "digits", _MOST_DIGITS)
        trace = Trace(inner.compute(found), count, str(notation))
        _ = trace.view
        return trace


@dataclass(frozen=True, repr=False)
class Gradcheck:
    """The derived gradients beside those of the complex step. It is true if all agree.

    Attributes:
        errors: the relative error of each gradient, by its id.
        passed: whether all are allowed.

    Examples:
        >>> import lstm_tutor as lt
        >>> found = lt.gradcheck(lt.compute("gomez"))
        >>> found.passed, max(found.errors.values()) < 1e-12
        (True, True)
    """

    errors: dict[str, float]
    passed: bool

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        worst = max(self.errors.values(), default=0.0)
        verdict = "passed" if self.passed else "FAILED"
        return f"{verdict}: worst relative error {worst:.1e} of {len(self.errors)} gradients"

    def _repr_html_(self) -> str:
        rows = [(name, f"{error:.1e}") for name, error in self.errors.items()]
        return table(repr(self), ("gradient", "relative error"), rows, "gradients")


def gradcheck(trace: Trace) -> Gradcheck:
    """Compare the derived gradients with those of the complex step.

    Examples:
        >>> import lstm_tutor as lt
        >>> bool(lt.gradcheck(lt.compute("gomez")))
        True
    """
    from lstm_tutor.trace.gradcheck import gradcheck as checks

    with told():
        found = list(checks(traced(trace).inner, central=False))
    return Gradcheck({one.id: one.error for one in found}, all(one.passed for one in found))


@dataclass(frozen=True, repr=False)
class Audit:
    """What a scenario cannot show.

    Attributes:
        text: the report, as `lstm-tutor audit` prints it.
        data: the same as plain data.

    Examples:
        >>> import lstm_tutor as lt
        >>> lt.audit(lt.compute("gomez"))
        What gomez cannot show: 98 mistakes change no number; 74 groups of mistakes give...
    """

    text: str
    data: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return self.data

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        title, *parts = (part.partition("\n")[0] for part in self.text.split("\n\n"))
        return shortened(f"{title}: {'; '.join(parts)}", 400)

    def _repr_html_(self) -> str:
        title, *rest = self.text.split("\n")
        return listing(title, rest)


def audit(trace: Trace) -> Audit:
    """Say which mistakes change no number of a scenario, or the same ones as others.

    Examples:
        >>> import lstm_tutor as lt
        >>> found = lt.audit(lt.compute("gomez"))
        >>> print(found.text.splitlines()[0])
        What gomez cannot show
        >>> found.to_dict()["digits"]
        6
    """
    import json

    from lstm_tutor.audit.audit import audit as look
    from lstm_tutor.audit.data import audit_json
    from lstm_tutor.audit.drawing import audit_lines

    with told():
        found = look(traced(trace).inner, trace.digits)
        lines = audit_lines(found, trace.scenario, trace.view, 80)
        text = "\n".join(line for line, _ in lines)
        return Audit(text, json.loads(audit_json(found, trace.scenario)))


class Worksheet(str):
    """A sheet to work by hand, or its key: the text of a file in Markdown."""

    __slots__ = ()

    def __repr__(self) -> str:
        lines = self.split("\n")
        return shortened(f"Worksheet of {len(lines):,} lines: {lines[0].strip('# ')}", 400)

    def _repr_html_(self) -> str:
        return listing(repr(self), self.split("\n"))


def worksheet(
    trace: Trace, blank: str | Sequence[str] | None = None, *, key: bool = False
) -> Worksheet:
    """Return a sheet to work by hand as Markdown, or its key.

    Args:
        trace: the computation.
        blank: phases, ids, symbols or globs that are left blank; by default "backward", or
            "forward" where nothing has a label.
        key: whether to return the key.

    Raises:
        TutorError: if a word names nothing, or a blank has more numbers than a person works.

    Examples:
        >>> import lstm_tutor as lt
        >>> sheet = lt.worksheet(lt.compute("gomez"), ["dC@0"])
        >>> print(sheet.splitlines()[0])
        # Backpropagating an LSTM, a numerical example
    """
    from lstm_tutor.submission.typed import typed_ids
    from lstm_tutor.trace.selection import to_work
    from lstm_tutor.worksheet.worksheet import default_blank
    from lstm_tutor.worksheet.worksheet import worksheet as sheet

    with told():
        own = traced(trace).inner
        asked = words_of(default_blank(own.scenario) if blank is None else blank, "blank")
        indices = to_work(own, typed_ids(own, asked, trace.notation))
        return Worksheet(sheet(own, indices, trace.view, asked, answered=key))


def export(what: Trace | Picture, path: str | Path, *, dialect: str | Path = "") -> None:
    """Write a computation or a picture to a file, whose ending names the format.

    Args:
        what: the computation or picture.
        path: the file.
        dialect: whose names, orders and shapes the arrays of an .npz or .safetensors have.

    Raises:
        TutorError: if no format has the ending, the dialect has no arrays for the model, or
            the file cannot be written.

    Examples:
        >>> import tempfile
        >>> import lstm_tutor as lt
        >>> trace = lt.compute("gomez")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lt.export(trace, f"{folder}/gomez.npz")
        ...     bool(lt.check(trace, f"{folder}/gomez.npz"))
        True
    """
    from lstm_tutor.dialects.arrays import layouts
    from lstm_tutor.dialects.assignment import NotAssigned
    from lstm_tutor.export.format import ARRAYS, FORMATS, array_writer, writer
    from lstm_tutor.files.writing import write_file
    from lstm_tutor.trace.golden import golden

    what = what if isinstance(what, Picture) else traced(what)
    target = Path(text_of(path, "path"))
    own = text_of(dialect, "dialect")
    endings = [".svg"] if isinstance(what, Picture) else list(ARRAYS if own else FORMATS)
    if target.suffix not in endings:
        raise TutorError(f"{target.name!r} does not end in one of {', '.join(endings)}")
    with told():
        if isinstance(what, Picture):
            write_file(target, [what.svg])
        elif own:
            try:
                arrays = golden(what.inner, layouts(own, Path()))
            except NotAssigned as error:
                raise TutorError(str(error)) from None
            write_file(target, array_writer(target.suffix)(arrays))
        else:
            chunks = writer(target.suffix)(what.inner, range(len(what)), what.view)
            write_file(target, chunks)


class Losses(list[float]):
    """The loss before each update."""

    def __repr__(self) -> str:
        few = [f"{loss:.6g}" for loss in self]
        shown = few if len(few) <= _MOST_ROWS else [*few[:3], "…", few[-1]]
        return f"[{', '.join(shown)}]"


def train(trace: Trace, epochs: int) -> Losses:
    """Return the loss before each of so many updates, a list of numbers.

    Raises:
        TutorError: if the loss overflows, or there are fewer than one.

    Examples:
        >>> import lstm_tutor as lt
        >>> losses = lt.train(lt.compute("gomez"), 20)
        >>> losses
        [0.11491, 0.110881, 0.107455, …, 0.0837319]
    """
    from lstm_tutor.execution.training import train as epochs_of

    with told():
        count = whole(epochs, "epochs")
        return Losses(epoch.loss for epoch in epochs_of(traced(trace).scenario, count))
