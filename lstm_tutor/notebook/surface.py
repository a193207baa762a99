"""The functions that `import lstm_tutor` offers, with the words of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.model.equation import Phase
from lstm_tutor.notebook.computation import Trace
from lstm_tutor.notebook.error import TutorError, told
from lstm_tutor.notebook.page import table
from lstm_tutor.notebook.picture import Picture
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace import trace as inner


def compute(
    scenario: str | Path | Scenario, *, digits: int = 6, notation: str = DEFAULT_NOTATION
) -> Trace:
    """Compute a scenario: forward pass, loss, backward pass, gradients and update.

    Args:
        scenario: a bundled name, a path, or a scenario.
        digits: significant digits of numbers in texts.
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
        trace = Trace(inner.compute(found), digits, notation)
        _ = trace.view
        return trace


@dataclass(frozen=True)
class Gradcheck:
    """The derived gradients beside those of the complex step. It is true if all agree.

    Attributes:
        errors: the relative error of each gradient, by its id.
        passed: whether all are allowed.
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
        found = list(checks(trace.inner, central=False))
    return Gradcheck({one.id: one.error for one in found}, all(one.passed for one in found))


@dataclass(frozen=True)
class Audit:
    """What a scenario cannot show.

    Attributes:
        text: the report, as `lstm-tutor audit` prints it.
        data: the same as plain data.
    """

    text: str
    data: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return self.data

    def __repr__(self) -> str:
        return self.text if len(self.text) < 1900 else f"{self.text[:1900]}…"


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
        found = look(trace.inner, trace.digits)
        lines = audit_lines(found, trace.scenario, trace.view, 80)
        text = "\n".join(line for line, _ in lines)
        return Audit(text, json.loads(audit_json(found, trace.scenario)))


def worksheet(
    trace: Trace, blank: Sequence[str] = ("forward", "backward"), *, key: bool = False
) -> str:
    """Return a sheet to work by hand as Markdown, or its key.

    Args:
        trace: the computation.
        blank: phases, ids or symbols that are left blank.
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
    from lstm_tutor.trace.selection import select
    from lstm_tutor.worksheet.worksheet import worksheet as sheet

    with told():
        words = [str(phase) for phase in Phase]
        phases = [Phase(word) for word in blank if word in words]
        only = typed_ids(trace.inner, (w for w in blank if w not in words), trace.notation)
        chosen = set(select(trace.inner, phases) if phases else ())
        chosen |= set(select(trace.inner, (), only) if only else ())
        indices = [i for i in sorted(chosen) if trace.inner[i].expression is not None]
        return sheet(trace.inner, indices, trace.view, list(blank), answered=key)


def export(what: Trace | Picture, path: str | Path, *, dialect: str = "") -> None:
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

    target = Path(path)
    endings = [".svg"] if isinstance(what, Picture) else list(ARRAYS if dialect else FORMATS)
    if target.suffix not in endings:
        raise TutorError(f"{target.name!r} does not end in one of {', '.join(endings)}")
    with told():
        if isinstance(what, Picture):
            write_file(target, [what.svg])
        elif dialect:
            try:
                arrays = golden(what.inner, layouts(dialect, Path()))
            except NotAssigned as error:
                raise TutorError(str(error)) from None
            write_file(target, array_writer(target.suffix)(arrays))
        else:
            chunks = writer(target.suffix)(what.inner, range(len(what)), what.view)
            write_file(target, chunks)


def train(trace: Trace, epochs: int) -> list[float]:
    """Return the loss before each of so many updates.

    Raises:
        TutorError: if the loss overflows, or there are fewer than one.

    Examples:
        >>> import lstm_tutor as lt
        >>> losses = lt.train(lt.compute("gomez"), 20)
        >>> losses[-1] < losses[0]
        True
    """
    from lstm_tutor.execution.training import train as epochs_of

    if epochs < 1:
        raise TutorError(f"epochs is {epochs}; expected 1 or more")
    with told():
        return [epoch.loss for epoch in epochs_of(trace.scenario, epochs)]
