"""A scenario file of the right structure, made into arrays of the right sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_tutor.files.document import Document, dotted
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.problem import BadInput, Problem
from lstm_tutor.files.text import visible
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import Layer
from lstm_tutor.model.loss import Loss
from lstm_tutor.model.symbol import INPUT, Id
from lstm_tutor.scenario.arrays import FileArray
from lstm_tutor.scenario.entries import Entries
from lstm_tutor.scenario.layers import check_classes, check_loss, read_loss, read_model
from lstm_tutor.scenario.plain import tree_of
from lstm_tutor.scenario.renewal import Renewal
from lstm_tutor.scenario.rows import BATCH, read_series
from lstm_tutor.scenario.scenario import Scenario, Upstream
from lstm_tutor.scenario.schema import GeneratedWeights, ScenarioFile
from lstm_tutor.scenario.series import Series, same_sizes
from lstm_tutor.scenario.sizes import Claim, agreed_sizes, every_size, generated_sizes
from lstm_tutor.scenario.states import read_states, stored_states
from lstm_tutor.scenario.weights import Weights, drawn_weights, read_weights

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Given:
    """What a scenario is made of, read and found good.

    Attributes:
        cell, layers, loss: the model, and its loss.
        inputs, labels, upstream: what is given at every time step.
    """

    cell: Cell
    layers: tuple[Layer, ...]
    loss: Loss
    inputs: Series
    labels: Series | None
    upstream: Mapping[str, Series]

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
        loss = renewal.averaged(read_loss(entries, file))
        cell = renewal.named(cell) if cell else None
        axes = cell.signals[INPUT] if cell else ("input",)
        inputs = read_series(entries, ("inputs",), axes, file.inputs)
        if cell is None:
            raise BadInput(entries.problems)
        labels = self._labels(cell, loss, inputs)
        upstream = self._upstream(cell, inputs)
        every = [series for series in (inputs, labels, *upstream.values()) if series]
        if inputs:
            same_sizes(entries, every)
        weights = read_weights(entries, file.weights, cell, layers)
        states = list(read_states(entries, file.initial, cell, inputs))
        own = {place.name for place, _ in states}
        beside, told = stored_states(entries, cell, inputs, weights.states, own)
        states += beside
        weights = replace(weights, told=(*weights.told, *told))
        rows = [row for series in every for row in series.arrays]
        arrays = [*rows, *(entry for _, entry in (*weights.arrays, *states))]
        claims = [*_claims(inputs, labels), *generated_sizes(entries, file.weights, cell)]
        sizes, found = agreed_sizes(entries.document, arrays, claims, cell)
        entries.problems.extend(found)
        for series in every:
            entries.problems.extend(series.label_problems(entries.document, sizes))
        if labels and loss:
            check_classes(entries, cell, loss, sizes)
        if file.truncate is not None and cell.ahead:
            message = "gradients cannot be cut where a layer runs from right to left"
            entries.problem(("truncate",), message, remedy="remove it")
        if not entries.problems:
            drawn = isinstance(file.weights, GeneratedWeights)
            every_size(entries, cell, sizes, generated=drawn)
        if entries.problems or loss is None or inputs is None:
            raise BadInput(entries.problems)
        updating = renewal.updating(cell, sizes)
        whole = _Given(cell, layers, loss, inputs, labels, upstream)
        made = self._made(whole, weights, states, sizes)
        if not made.has_labels:
            renewal.refuse(outside=bool(upstream))
        if entries.problems:
            raise BadInput(entries.problems)
        given = "learning_rate" in entries.document.value
        rate = made.learning_rate if given else renewal.learning_rate
        return replace(made, mean=renewal.mean, updating=updating, learning_rate=rate)

    def _made(
        self,
        given: _Given,
        weights: Weights,
        states: Sequence[tuple[Id, FileArray]],
        sizes: dict[str, int],
    ) -> Scenario:
        def full(entry: FileArray) -> Array:
            return _frozen(entry.array.reshape([sizes[axis] for axis in entry.axes]))

        def state(entry: FileArray) -> Array:
            found = full(entry)
            if given.inputs.batch is None:
                return found
            if entry.axes[:1] == (BATCH,):
                return _frozen(np.moveaxis(found, 0, -1))
            return _frozen(np.stack([found] * given.inputs.batch, axis=-1))

        file, cell = self.file, given.cell
        parameters = {name: full(entry) for name, entry in weights.arrays}
        if isinstance(file.weights, GeneratedWeights):
            drawn = drawn_weights(file.weights.init, cell, sizes)
            parameters = {name: _frozen(array) for name, array in drawn.items()}
        for name in cell.parameters.keys() - parameters.keys():  # biases that a file leaves out
            shape = [sizes[axis] for axis in cell.parameters[name]]
            parameters[name] = _frozen(np.zeros(shape))
        initial = {
            Id(name, t): _frozen(given.zeros(name, sizes))
            for name in cell.states
            for t in cell.beyond(name, given.inputs.steps)
        }
        initial |= {place: state(entry) for place, entry in states}
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
            vocabulary=given.inputs.vocabulary.letters,
            classes=given.labels.vocabulary.letters if given.labels else "",
            told=weights.told,
            document=self.entries.document,
        )

    def _labels(self, cell: Cell, loss: Loss | None, inputs: Series | None) -> Series | None:
        if self.file.labels is None or loss is None:
            return None
        check_loss(self.entries, cell, loss)
        return read_series(
            self.entries,
            ("labels",),
            cell.signals[cell.output],
            self.file.labels,
            inputs,
            optional=True,
            kind=loss.labels,
        )

    def _upstream(self, cell: Cell, inputs: Series | None) -> dict[str, Series]:
        """Return the gradients that are given from outside, by the signal they are of."""
        entries, given = self.entries, self.file.upstream
        if given is None:
            return {}
        if self.file.labels is not None:
            message = "gradients are given from outside, and labels too"
            entries.problem(("upstream",), message, remedy="remove one of them", key=True)
        targets = [e.target for e in cell.equations if cell.signals[e.target]]
        names = [name for name in targets if name not in cell.preactivations.values()]
        tree = tree_of((name.split("."), cell.signals[name]) for name in names)
        found = {}
        known = len(entries.problems)
        for path, axes, value in entries.leaves(("upstream",), given, tree, cell):
            series = read_series(entries, path, axes, value, inputs, optional=True)
            if series:
                found[".".join(map(str, path[1:]))] = series
        if not found and len(entries.problems) == known:
            message = "upstream has no gradient"
            expected = f"one of {', '.join(tree)}"
            entries.problem(("upstream",), message, expected, "or remove it", key=True)
        return found


def _claims(inputs: Series | None, labels: Series | None) -> Iterator[Claim]:
    """Yield the sizes that what is given at every time step sets for sure."""
    if inputs and inputs.batch is not None:
        said = f"inputs has {counted(inputs.batch, 'sequence')}"
        yield Claim(BATCH, inputs.batch, inputs.path, said)
    for series in filter(None, (inputs, labels)):
        letters, path = series.vocabulary.letters, series.vocabulary.path
        if letters:
            said = f"{dotted(path)} has {counted(len(letters), 'character')}"
            yield Claim(series.axes[0], len(letters), path, said)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _frozen(values: ArrayLike, kind: type = float) -> NDArray[Any]:
    array: NDArray[Any] = np.array(values, dtype=kind)
    array.setflags(write=False)
    return array
