"""A scenario file of the right structure, made into arrays of the right sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.files.document import Document
from lstm_tutor.files.phrase import listed
from lstm_tutor.files.problem import BadInput, Problem
from lstm_tutor.files.text import visible
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import Layer
from lstm_tutor.model.loss import SHARES, Loss
from lstm_tutor.model.symbol import INPUT, Id
from lstm_tutor.scenario.arrays import FileArray
from lstm_tutor.scenario.entries import Entries
from lstm_tutor.scenario.layers import check_probabilities, read_loss, read_model
from lstm_tutor.scenario.plain import tree_of
from lstm_tutor.scenario.renewal import Renewal
from lstm_tutor.scenario.scenario import Scenario, Upstream
from lstm_tutor.scenario.schema import GeneratedWeights, ScenarioFile
from lstm_tutor.scenario.series import Series, Written, read_series, same_sizes
from lstm_tutor.scenario.sizes import agreed_sizes, every_size, given_sizes
from lstm_tutor.scenario.weights import Weights, drawn_weights, read_weights

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Given:
    """What a scenario is made of, read and found good.

    Attributes:
        cell, layers, loss: the model, and its loss.
        inputs, labels, upstream: what is given at every time step.
        vocabulary: the characters that the inputs spell; "" if they are numbers.
    """

    cell: Cell
    layers: tuple[Layer, ...]
    loss: Loss
    inputs: Series
    labels: Series | None
    upstream: Mapping[str, Series]
    vocabulary: str

    def zeros(self, name: str, sizes: Mapping[str, int]) -> Array:
        """Return a signal's zeros at one time step."""
        batch = () if self.inputs.batch is None else (self.inputs.batch,)
        return np.zeros([*(sizes[axis] for axis in self.cell.signals[name]), *batch])

    def targets(self, sizes: Mapping[str, int]) -> tuple[Array, NDArray[np.bool_]]:
        """Return the labels, and where gradients start: at them, or from outside."""
        if self.labels is not None:
            return self.labels.values(sizes)
        zeros = self.zeros(self.cell.output, sizes)
        there = np.zeros((self.inputs.steps, *zeros.shape[1:]), dtype=bool)
        for series in self.upstream.values():
            there |= series.values(sizes)[1]
        return np.stack([zeros] * self.inputs.steps), there


class Assembly:
    """Turns a file of the right structure into a scenario, collecting every problem."""

    def __init__(
        self, document: Document, file: ScenarioFile, path: Path, problems: list[Problem]
    ) -> None:
        """Take a file, what its structure is, its path, and the problems found so far."""
        self.file = file
        self.path = path
        self.entries = Entries(document, path.parent, problems)

    def scenario(self) -> Scenario:
        """Return the scenario.

        Raises:
            BadInput: every problem, each with its position.
        """
        entries, file = self.entries, self.file
        cell, layers = read_model(entries, file)
        renewal = Renewal(entries)
        loss = renewal.averaged(read_loss(entries, file), outside=file.upstream is not None)
        cell = renewal.named(cell) if cell else None
        written = Written(entries, file.inputs, file.labels)
        if cell is None:
            read_series(written, ("inputs",), ("input",), written.inputs)
            raise BadInput(entries.problems)
        inputs = read_series(written, ("inputs",), cell.signals[INPUT], written.inputs)
        labels = None
        if file.labels is not None and loss is not None:
            classes = loss.labels == SHARES
            axes = cell.signals[cell.output]
            labels = read_series(
                written, ("labels",), axes, written.labels, optional=True, classes=classes
            )
            check_probabilities(entries, cell, loss)
        upstream = self._upstream(cell, written)
        every = [series for series in (inputs, labels, *upstream.values()) if series]
        same_sizes(written, every)
        given = given_sizes(entries, file.weights, cell)
        weights = read_weights(entries, file.weights, cell, layers)
        states = list(self._states(cell, inputs))
        rows = [row for series in every for row in series.arrays]
        arrays = [*rows, *(entry for _, entry in (*weights.arrays, *states))]
        if written.vocabulary and labels is not None and isinstance(file.labels, Mapping):
            axis, path = cell.signals[cell.output][0], written.vocabulary_at
            given.setdefault(axis, (len(written.vocabulary), path))
        sizes, found = agreed_sizes(entries.document, arrays, given)
        entries.problems.extend(found)
        every_size(entries, cell, sizes)
        for series in every:
            entries.problems.extend(series.label_problems(entries.document, sizes))
        if file.truncate is not None and cell.ahead:
            message = "gradients cannot be cut where a layer runs from right to left"
            self.entries.problem(("truncate",), message, remedy="remove it")
        if entries.problems or loss is None:
            raise BadInput(entries.problems)
        updating = renewal.updating(cell, sizes)
        if entries.problems:
            raise BadInput(entries.problems)
        whole = _Given(cell, layers, loss, inputs, labels, upstream, written.spelled)
        made = self._made(whole, weights, states, sizes)
        own = "learning_rate" in entries.document.value
        rate = made.learning_rate if own else renewal.learning_rate
        return replace(made, mean=renewal.mean, updating=updating, learning_rate=rate)

    def _made(
        self,
        given: _Given,
        weights: Weights,
        states: Sequence[tuple[Id, FileArray]],
        sizes: dict[str, int],
    ) -> Scenario:
        def full(entry: FileArray) -> Array:
            shape = [sizes[axis] for axis in entry.axes]
            found = _frozen(entry.array.reshape(shape))
            return _frozen(found.T) if entry.axes[:1] == ("batch",) else found

        file, cell = self.file, given.cell
        parameters = {name: full(entry) for name, entry in weights.arrays}
        if isinstance(file.weights, GeneratedWeights):
            drawn = drawn_weights(file.weights.init, cell, sizes)
            parameters = {name: _frozen(array) for name, array in drawn.items()}
        for name in cell.parameters.keys() - parameters.keys():  # biases that a file leaves out
            shape = [sizes[axis] for axis in cell.parameters[name]]
            parameters[name] = _frozen(np.zeros(shape))
        initial = {
            Id(state, t): _frozen(given.zeros(state, sizes))
            for state in cell.states
            for t in cell.beyond(state, given.inputs.steps)
        }
        initial |= {place: full(entry) for place, entry in states}
        labels, labelled = given.targets(sizes)
        return Scenario(
            name=visible(self.path.stem),
            title=_one_line(file.title) or visible(self.path.stem),
            source=_one_line(file.source),
            about=_one_line(file.about),
            cell=cell,
            loss=given.loss,
            inputs=_frozen(given.inputs.values(sizes)[0]),
            labels=_frozen(labels),
            labelled=_frozen(labelled, bool),
            parameters={name: parameters[name] for name in cell.parameters},
            initial=initial,
            learning_rate=float(file.learning_rate),
            truncate=file.truncate,
            layers=given.layers,
            upstream={
                name: Upstream(_frozen(values), _frozen(there, bool))
                for name, series in given.upstream.items()
                for values, there in [series.values(sizes)]
            },
            vocabulary=given.vocabulary,
            told=weights.told,
        )

    def _upstream(self, cell: Cell, written: Written) -> dict[str, Series]:
        """Return the gradients that are given from outside, by the signal they are of."""
        if self.file.upstream is None:
            return {}
        if self.file.labels is not None:
            message = "gradients are given from outside, and labels too"
            self.entries.problem(("upstream",), message, remedy="remove one of them", key=True)
        targets = [e.target for e in cell.equations if cell.signals[e.target]]
        names = [name for name in targets if name not in cell.preactivations.values()]
        tree = tree_of((name.split("."), cell.signals[name]) for name in names)
        found = {}
        for path, axes, value in self.entries.leaves(
            ("upstream",), self.file.upstream, tree, cell
        ):
            name = ".".join(map(str, path[1:]))
            found[name] = read_series(written, path, axes, value, optional=True)
        return found

    def _states(self, cell: Cell, inputs: Series) -> Iterator[tuple[Id, FileArray]]:
        """Yield the initial states; those of a batch have one row a sequence."""
        lead: Axes = () if inputs.batch is None else ("batch",)
        tree = tree_of((name.split("."), (*lead, *cell.signals[name])) for name in cell.states)
        for path, axes, value in self.entries.leaves(
            ("initial",), self.file.initial, tree, cell
        ):
            name = ".".join(map(str, path[1:]))
            times = {str(t): t for t in cell.beyond(name, inputs.steps)}
            by_time = isinstance(value, Mapping)
            for key, own in value.items() if by_time else [(next(iter(times)), value)]:
                here = (*path, key) if by_time else path
                if key not in times:
                    message = f"{name}[{key:.20}] is read nowhere before its time step"
                    expected = f"{listed(list(times))}: the time steps of the initial values"
                    self.entries.problem(here, message, expected, key=True)
                    continue
                entry = self.entries.array(here, axes, own)
                if entry:
                    yield Id(name, times[key]), entry


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _frozen(values: ArrayLike, kind: type = float) -> NDArray[Any]:
    array: NDArray[Any] = np.array(values, dtype=kind)
    array.setflags(write=False)
    return array
