"""A computation as an object: its steps by name, each with its formula, value and reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from operator import index
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION, notations
from lstm_tutor.dialects.notation import notation
from lstm_tutor.files.phrase import counted
from lstm_tutor.model.equation import Phase
from lstm_tutor.notebook.argument import text_of, whole
from lstm_tutor.notebook.error import TutorError, UnknownStepError, told
from lstm_tutor.notebook.page import shortened, table
from lstm_tutor.numbers.written import Submission
from lstm_tutor.render.explanation import explanation
from lstm_tutor.render.facts import sizes_of
from lstm_tutor.render.line import View, formula, numbers, written
from lstm_tutor.render.value import result_lines
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.submission.convention import Asked
from lstm_tutor.submission.typed import typed_id
from lstm_tutor.trace import step
from lstm_tutor.trace import trace as inner
from lstm_tutor.trace.selection import NoSuchStep, one

if TYPE_CHECKING:
    from lstm_tutor.notebook.picture import Picture

_WIDTH = 80


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """One equation evaluated once.

    Attributes:
        id: its id: ``dC@0``.
        caption: what it computes, in words.

    Examples:
        >>> import lstm_tutor as lt
        >>> step = lt.compute("gomez")["h@0"]
        >>> step.caption, step.value.shape
        ("hidden state: the cell's output", (1,))
        >>> step.substituted
        'tanh(0.785726) ⊙ 0.817574'
        >>> print(step.why().splitlines()[0])
        h@0  hidden state: the cell's output
    """

    _trace: Trace
    _step: step.Step

    @property
    def id(self) -> str:
        """Return its id: ``dC@0``."""
        return self._step.id

    @property
    def caption(self) -> str:
        """Return what it computes, in words."""
        return self._step.equation.caption

    @property
    def value(self) -> NDArray[Any]:
        """Return the value in its true shape, an array that cannot be written to."""
        found = np.array(self._step.value, dtype=float)
        found.setflags(write=False)
        return found

    @property
    def formula(self) -> str:
        """Return the equation: ``δC[0] = δout[0] ⊙ …``."""
        return formula(self._step, self._trace.view)

    @property
    def substituted(self) -> str:
        """Return the right side with the numbers in place of the symbols."""
        return numbers(self._step, self._trace.view)

    @property
    def latex(self) -> str:
        """Return the equation as LaTeX, without dollars."""
        notation_ = self._trace.view.notation
        left = notation_.symbol_latex(self._step.target)
        if self._step.expression is None:
            return left
        return f"{left} = {notation_.formula_latex(written(self._step))}"

    def why(self) -> str:
        """Return where the value comes from, as `lstm-tutor why` says it."""
        lines = explanation(self._trace.inner, self._step, self._trace.view, _WIDTH)
        return "\n".join(line for line, _ in lines)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the value, for NumPy's functions."""
        return np.array(self.value, dtype=dtype)

    def __repr__(self) -> str:
        values = " ".join(result_lines(self._step, self._trace.view))
        return shortened(f"{self.id}: {self.formula} {values}", 400)

    def _repr_markdown_(self) -> str:
        head = f"**`{self.id}`** {escape(self.caption)}\n\n"
        if len(self.latex) > 600:
            return f"{head}`{shortened(repr(self), 400)}`"
        values = " ".join(result_lines(self._step, self._trace.view))
        return f"{head}$$\n{self.latex}\n$$\n\n`{shortened(values, 200)}`"


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """A whole computation: forward pass, loss, backward pass, gradients and update.

    Attributes:
        inner: the trace behind it, for those who need more.
        digits: significant digits of numbers in texts.
        notation: how symbols are written.

    Examples:
        >>> import lstm_tutor as lt
        >>> t = lt.compute("gomez")
        >>> t["dC@0"].value.round(4)
        array([-0.0535])
        >>> t["da@0"].formula
        'δa[0] = δC[0] ⊙ i[0] ⊙ (1 - a[0]²)'
    """

    inner: inner.Trace
    digits: int = 6
    notation: str = DEFAULT_NOTATION

    @property
    def scenario(self) -> Scenario:
        """Return what was computed."""
        return self.inner.scenario

    @cached_property
    def view(self) -> View:
        """Return how numbers and symbols are written."""
        with told():
            return View(notation(self.notation, self.scenario.cell), self.digits)

    @cached_property
    def _tutor(self) -> Tutor:
        return Tutor(self.inner)

    def check(self, submission: Submission, asked: Asked | None = None) -> Checked:
        """Judge what was read; what takes long is prepared once."""
        return checked(self._tutor, submission, asked)

    def is_given(self, id_: str) -> bool:
        """Whether the step with an id is given, and not computed."""
        try:
            return self.inner.find(id_).equation.phase is Phase.GIVEN
        except KeyError:  # a term of a sum, which has no step
            return False

    @property
    def loss(self) -> float | None:
        """Return the total loss; None without labels."""
        return self.inner.loss_before

    def __getitem__(self, name: str | SupportsIndex) -> Step:
        """Return a step by its name or position.

        A name is an id, or whatever `lt.check` reads as one: ``δC[0]``, ``dC0``,
        ``weight_ih_l0.grad``.

        Raises:
            KeyError: if there is none; the message suggests one. It is a TutorError too.

        Examples:
            >>> import lstm_tutor as lt
            >>> t = lt.compute("gomez")
            >>> t["δC[0]"].id, t["weight_ih_l0.grad"].id
            ('dC@0', 'dW')
        """
        if isinstance(name, str):
            try:
                id_ = typed_id(self.inner, name, self.notation, notations())
                return Step(self, one(self.inner, id_))
            except NoSuchStep as error:
                raise UnknownStepError(str(error)) from None
        try:
            return Step(self, self.inner[index(name)])
        except IndexError:
            raise UnknownStepError(f"there is no step {name}; there are {len(self)}") from None
        except TypeError:
            raise UnknownStepError(
                "a step is asked for by its name, such as 'dC@0', or its position; this is a "
                f"value of type {type(name).__name__}"
            ) from None

    def __len__(self) -> int:
        return len(self.inner)

    def __iter__(self) -> Iterator[Step]:
        return (Step(self, step) for step in self.inner)

    def __getstate__(self) -> dict[str, Any]:
        return {"inner": self.inner, "digits": self.digits, "notation": self.notation}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data: what `run --format json` prints."""
        import json

        from lstm_tutor.export.data import json_chunks

        text = "".join(json_chunks(self.inner, range(len(self.inner))))
        found: dict[str, Any] = json.loads(text)
        return found

    def plot(self, what: str = "gates", *, epochs: int = 50) -> Picture:
        """Return a picture: "gates", "gradient flow" or "loss".

        Args:
            what: which.
            epochs: how many updates the curve of the loss has.
        """
        from lstm_tutor.notebook.picture import picture

        with told():
            return picture(self.inner, text_of(what, "what"), whole(epochs, "epochs"))

    def __repr__(self) -> str:
        loss = "" if self.loss is None else f", loss {self.loss:.{self.digits}g}"
        sizes = ", ".join(sizes_of(self.scenario))
        count = counted(len(self), "step")
        text = f"Trace of {self.scenario.name}: {self.scenario.cell.name}, {sizes}, {count}"
        return shortened(f"{text}{loss}", 200)

    def _repr_html_(self) -> str:
        cell = self.scenario.cell
        rows = [
            (equation.target, self.view.notation.formula(equation.expression), equation.caption)
            for equation in cell.equations
            if equation.expression is not None
        ]
        told = "; ".join((repr(self), *self.scenario.told))
        return table(
            shortened(told, 400), ("symbol", "equation", "what it is"), rows, "equations"
        )


def traced(value: Any) -> Trace:
    """Return a value that is a trace.

    Raises:
        TutorError: if it is none; the message says how one is made.
    """
    if isinstance(value, Trace):
        return value
    raise TutorError(
        'the first argument is a computation, such as lt.compute("gomez"); this is a value of '
        f"type {type(value).__name__}"
    )
