"""Scenarios: a cell with its inputs, labels and weights, checked and made of arrays.

Reads scenario files, bundled or the user's. `lstm_tutor.scenario.arrays` checks the numbers and
sizes, `lstm_tutor.scenario.weights` brings weights from elsewhere. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.files.document import Document, KeyPath, dotted, read
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.problem import (
    BadInput,
    Place,
    Problem,
    described,
    did_you_mean,
)
from lstm_tutor.files.text import quoted, visible
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.loss import Loss, load_loss, losses, own_loss
from lstm_tutor.model.page import bundled_cells, load_cell, own_cell
from lstm_tutor.model.symbol import parameter
from lstm_tutor.scenario.arrays import FileArray, agreed_sizes, number_problems
from lstm_tutor.scenario.catalog import bundled, path_of
from lstm_tutor.scenario.schema import (
    FileWeights,
    GeneratedWeights,
    ScenarioFile,
    structure_problems,
)
from lstm_tutor.scenario.weights import (
    BadWeights,
    drawn_weights,
    limit_problems,
    stored_weights,
)

Array = NDArray[np.float64]
Page = TypeVar("Page", Cell, Loss)


@dataclass(frozen=True)
class Scenario:
    """One worked example, ready to be computed.

    Attributes:
        name: bundled name or file name.
        title, source, about: for people.
        cell: the forward equations.
        loss: the loss of a labelled time step.
        inputs: (time, input).
        labels: (time, hidden); rows of unlabelled steps are 0 and not used.
        labelled: (time,), whether a step has a label.
        parameters: every parameter with its true shape, by name.
        initial: every state before the first step, (hidden,).
        learning_rate: size of the update.
        truncate: window length of truncated backpropagation, or None.
    """

    name: str
    title: str
    source: str
    about: str
    cell: Cell
    loss: Loss
    inputs: Array
    labels: Array
    labelled: NDArray[np.bool_]
    parameters: Mapping[str, Array]
    initial: Mapping[str, Array]
    learning_rate: float = 0.1
    truncate: int | None = None

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return len(self.inputs)

    @property
    def labelled_times(self) -> list[int]:
        """The time steps that have a label."""
        return [int(t) for t in self.labelled.nonzero()[0]]

    @property
    def sizes(self) -> dict[str, int]:
        """Size of each axis."""
        return {"input": self.inputs.shape[1], "hidden": self.labels.shape[1]}

    @property
    def constants(self) -> dict[str, float]:
        """The plain numbers that formulas name: N labelled entries, learning rate lr."""
        labels = int(self.labelled.sum()) * self.sizes["hidden"]
        return {"N": float(labels), "lr": self.learning_rate}

    def with_parameters(self, parameters: Mapping[str, Array]) -> Scenario:
        """Return the same scenario with other weights."""
        return replace(self, parameters=parameters)

    def cut_after(self, t: int) -> bool:
        """Whether truncation keeps gradients from passing from t+1 back to t."""
        return self.truncate is not None and t >= 0 and (t + 1) % self.truncate == 0


def load(name: str) -> Scenario:
    """Load a scenario by bundled name or by path.

    Raises:
        BadInput: every problem of the file, each with its position.
    """
    path = path_of(name)
    if path is None:
        remedy = did_you_mean(name, bundled())
        place = Place(name)
        message = "there is neither a bundled scenario nor a file of this name"
        raise BadInput([Problem(message, place, remedy=remedy)])
    return _bundled(path) if name in bundled() else build(read(path, "scenario", name), path)


@cache
def _bundled(path: Path) -> Scenario:
    return build(read(path, "scenario", path.name), path)


def build(document: Document, path: Path) -> Scenario:
    """Make a scenario of a YAML document; what it refers to is looked for beside the path.

    Raises:
        BadInput: every problem of the document, each with its position.
    """
    structure, problems = structure_problems(document)
    if structure is None:
        raise BadInput(problems)
    return _Builder(document, structure, path, problems).scenario()


@dataclass
class _Builder:
    """Turns a file of the right structure into arrays of the right sizes."""

    document: Document
    file: ScenarioFile
    path: Path
    problems: list[Problem] = field(default_factory=list)

    def scenario(self) -> Scenario:
        cell = self._page("cell", load_cell, own_cell, bundled_cells())
        loss = self._page("loss", load_loss, own_loss, losses())
        inputs = self._rows("inputs", self.file.inputs, ("input",))
        labels = self._rows("labels", self.file.labels, ("hidden",), optional=True)
        self._same_length()
        given: dict[str, tuple[int, KeyPath]] = {}
        if isinstance(self.file.weights, GeneratedWeights):
            self.problems += limit_problems(self.document, self.file.weights.init)
            given["hidden"] = self.file.weights.hidden, ("weights", "hidden")
        if cell is None:
            raise BadInput(self.problems)
        weights = list(self._weights(cell))
        states = list(self._states(cell))
        rows = [row for row in (*inputs, *labels) if row is not None]
        sizes, found = agreed_sizes(self.document, [*rows, *weights, *states], given)
        self.problems += found
        if self.problems or loss is None:
            raise BadInput(self.problems)
        return self._build(cell, loss, inputs, labels, weights, states, sizes)

    def _build(
        self,
        cell: Cell,
        loss: Loss,
        inputs: list[FileArray | None],
        labels: list[FileArray | None],
        weights: list[FileArray],
        states: list[FileArray],
        sizes: dict[str, int],
    ) -> Scenario:
        def full(entry: FileArray) -> Array:
            return _frozen(entry.array.reshape([sizes[axis] for axis in entry.axes]))

        def zero(axes: Axes) -> Array:
            return _frozen(np.zeros([sizes[axis] for axis in axes]))

        parameters = {parameter(*map(str, entry.path[1:])): full(entry) for entry in weights}
        if isinstance(self.file.weights, GeneratedWeights):
            drawn = drawn_weights(self.file.weights.init, cell, sizes)
            parameters = {name: _frozen(array) for name, array in drawn.items()}
        given = {str(entry.path[-1]): full(entry) for entry in states}
        rows = [zero(("hidden",)) if entry is None else full(entry) for entry in labels]
        return Scenario(
            name=visible(self.path.stem),
            title=_one_line(self.file.title) or visible(self.path.stem),
            source=_one_line(self.file.source),
            about=_one_line(self.file.about),
            cell=cell,
            loss=loss,
            inputs=_frozen(np.stack([full(entry) for entry in inputs if entry])),
            labels=_frozen(np.stack(rows)),
            labelled=_frozen([entry is not None for entry in labels], bool),
            parameters={name: parameters[name] for name in cell.parameters},
            initial={
                state: given.get(state, zero(cell.signals[state])) for state in cell.states
            },
            learning_rate=float(self.file.learning_rate),
            truncate=self.file.truncate,
        )

    def _problem(
        self,
        path: KeyPath,
        message: str,
        expected: str = "",
        remedy: str = "",
        *,
        key: bool = False,
    ) -> None:
        found = self.document.problem(path, message, expected, remedy, key=key)
        self.problems.append(found)

    def _page(
        self,
        key: str,
        load: Callable[[str, Path], Page],
        read_here: Callable[[Document, str], Page],
        known: Iterable[str],
    ) -> Page | None:
        """Return what an entry names, or holds as a set of entries; None after a problem."""
        value = getattr(self.file, key)
        try:
            if isinstance(value, str):
                return load(value, self.path.parent)
            if isinstance(value, dict):
                return read_here(self.document.within((key,)), f"own {key}")
            about = ScenarioFile.model_fields[key].description
            self._problem((key,), f"{key} is {described(value)}", f"text ({about})")
        except KeyError:
            expected = f"the name of a {key}, or the path of a .yaml file"
            remedy = did_you_mean(value, known)
            self._problem((key,), f"there is no {key} {value!r}", expected, remedy)
        except BadInput as error:
            for problem in error.problems:
                if problem.place.line is None:  # the file as a whole: point at its name here
                    message = f"{problem.place.file}: {problem.message}"
                    self._problem((key,), message, problem.expected, problem.remedy)
                else:
                    self.problems.append(problem)
        return None

    def _rows(
        self, key: str, rows: Any, axes: Axes, *, optional: bool = False
    ) -> list[FileArray | None]:
        """Read one row per time step; a null row is None where that is allowed."""
        if not isinstance(rows, list):
            message = f"{key} is {described(rows)}"
            self._problem((key,), message, "a list with one row per time step")
            return []
        if not rows:
            self._problem((key,), f"{key} is an empty list", "one row per time step")
        if optional and rows and all(row is None for row in rows):
            self._problem(
                (key,), "no time step has a label", "at least one, or there is no loss"
            )
        entries: list[FileArray | None] = []
        for index, row in enumerate(rows):
            if row is None and optional:
                entries.append(None)
            else:
                entry = self._entry((key, index), axes, row)
                entries += [entry] if entry else []
        return entries

    def _same_length(self) -> None:
        inputs, labels = self.file.inputs, self.file.labels
        if not isinstance(inputs, list) or not isinstance(labels, list):
            return
        if inputs and labels and len(inputs) != len(labels):
            line = self.document.place(("inputs",)).line
            self._problem(
                ("labels",),
                f"labels has {counted(len(labels), 'row')} on the axis 'time'",
                f"{len(inputs)}, one per time step, as set by inputs (line {line})",
                "write null where a step has no label",
            )

    def _entry(self, path: KeyPath, axes: Axes, value: Any) -> FileArray | None:
        """Read one array; every entry of it that is not a finite number is a problem."""
        found = list(number_problems(self.document, path, value, len(axes)))
        self.problems += found
        return None if found else FileArray(path, axes, np.array(value, dtype=float))

    def _states(self, cell: Cell) -> Iterator[FileArray]:
        for state, value in self.file.initial.items():
            if state not in cell.states:
                self._unknown(("initial", state), cell.states, cell)
                continue
            entry = self._entry(("initial", state), cell.signals[state], value)
            if entry:
                yield entry

    def _unknown(self, path: KeyPath, known: Iterable[str], cell: Cell) -> None:
        key = str(path[-1])
        message = f"unknown key {dotted(path)!r} for the cell {cell.name}"
        remedy = "write a space after the ':'" if ":" in key else did_you_mean(key, known)
        self._problem(path, message, remedy=remedy, key=True)

    def _weights(self, cell: Cell) -> Iterator[FileArray]:
        weights = self.file.weights
        if isinstance(weights, FileWeights):
            yield from self._weights_from(weights.file, cell)
        elif isinstance(weights, dict):
            yield from self._weight_blocks(weights, cell)

    def _weight_blocks(self, weights: Mapping[str, Any], cell: Cell) -> Iterator[FileArray]:
        blocks = {
            block: [cell.gate_of(member) for member in members]
            for block, members in cell.blocks.items()
        }
        self._match(("weights",), weights, blocks, cell)
        for block, gates in blocks.items():
            entries = weights.get(block)
            if entries is None:
                continue
            self._match(("weights", block), entries, gates, cell)
            for gate in gates:
                if gate in entries:
                    axes = cell.parameters[parameter(block, gate)]
                    entry = self._entry(("weights", block, gate), axes, entries[gate])
                    if entry:
                        yield entry

    def _match(
        self, path: KeyPath, have: Iterable[str], want: Iterable[str], cell: Cell
    ) -> None:
        have, want = list(have), list(want)
        for key in have:
            if key not in want:
                self._unknown((*path, key), want, cell)
        missing = [key for key in want if key not in have]
        if missing:
            message = f"{dotted(path)} lacks {', '.join(missing)}"
            expected = f"{', '.join(want)}, as set by the cell {cell.name}"
            self._problem(path, message, expected, key=True)

    def _weights_from(self, file: str, cell: Cell) -> Iterator[FileArray]:
        try:
            yield from stored_weights(self.path.parent, file, cell)
        except BadWeights as error:
            message = f"weights file {quoted(file)}: {error}"
            self._problem(("weights", "file"), message)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _frozen(values: ArrayLike, kind: type = float) -> NDArray[Any]:
    array: NDArray[Any] = np.array(values, dtype=kind)
    array.setflags(write=False)
    return array
