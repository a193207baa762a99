"""A scenario file of the right structure, made into arrays of the right sizes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.files.document import Document, KeyPath, dotted
from lstm_tutor.files.problem import BadInput, Problem, described, did_you_mean
from lstm_tutor.files.text import quoted, visible
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import DIRECTIONS, LAYER, Layer, NoModel, composed
from lstm_tutor.model.loss import NUMBERS, SHARES, Loss, load_loss, losses, own_loss
from lstm_tutor.model.page import bundled_pages, load_cell, own_cell
from lstm_tutor.model.symbol import INPUT, bare, layer_of, layered
from lstm_tutor.scenario.arrays import FileArray, agreed_sizes, number_problems
from lstm_tutor.scenario.plain import keys_of, tree_of
from lstm_tutor.scenario.scenario import Scenario, Upstream
from lstm_tutor.scenario.schema import FileWeights, GeneratedWeights, ScenarioFile
from lstm_tutor.scenario.series import Series, Written, read_series, same_sizes
from lstm_tutor.scenario.weights import (
    BadWeights,
    drawn_weights,
    limit_problems,
    stored_weights,
)

Array = NDArray[np.float64]
Page = TypeVar("Page", Cell, Loss)
Tree = dict[str, Any]
"""What may be written under a key: names, each with a tree of its own, or with axes."""


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


@dataclass
class Assembly:
    """Turns a file of the right structure into a scenario, collecting every problem."""

    document: Document
    file: ScenarioFile
    path: Path
    problems: list[Problem] = field(default_factory=list)

    def scenario(self) -> Scenario:
        """Return the scenario.

        Raises:
            BadInput: every problem, each with its position.
        """
        cell, layers = self._model()
        loss = self._page(("loss",), self.file.loss, "loss", load_loss, own_loss, losses())
        document, file = self.document, self.file
        written = Written(document, self.problems, file.inputs, file.labels)
        if cell is None:
            read_series(written, ("inputs",), ("input",), written.inputs)
            raise BadInput(self.problems)
        inputs = read_series(written, ("inputs",), cell.signals[INPUT], written.inputs)
        labels = None
        if file.labels is not None and loss is not None:
            classes = loss.labels == SHARES
            axes = cell.signals[cell.output]
            labels = read_series(
                written, ("labels",), axes, written.labels, optional=True, classes=classes
            )
            self._probabilities(cell, loss)
        upstream = self._upstream(cell, written)
        every = [series for series in (inputs, labels, *upstream.values()) if series]
        same_sizes(written, every)
        given = self._given_sizes(cell)
        weights = list(self._weights(cell))
        states = list(self._states(cell, inputs.batch))
        rows = [row for series in every for row in series.arrays]
        entries = [*rows, *(entry for _, entry in (*weights, *states))]
        if written.vocabulary and labels is not None and isinstance(file.labels, Mapping):
            axis, path = cell.signals[cell.output][0], written.vocabulary_at
            given.setdefault(axis, (len(written.vocabulary), path))
        sizes, found = agreed_sizes(document, entries, given)
        self.problems += found
        self._every_size(cell, sizes)
        for series in every:
            self.problems += series.label_problems(document, sizes)
        if file.truncate is not None and cell.late:
            message = "gradients cannot be cut where a layer runs from right to left"
            self._problem(("truncate",), message, remedy="remove it")
        if self.problems or loss is None:
            raise BadInput(self.problems)
        whole = _Given(cell, layers, loss, inputs, labels, upstream, written.spelled)
        return self._made(whole, weights, states, sizes)

    def _made(
        self,
        given: _Given,
        weights: Sequence[tuple[str, FileArray]],
        states: Sequence[tuple[str, FileArray]],
        sizes: dict[str, int],
    ) -> Scenario:
        def full(entry: FileArray) -> Array:
            shape = [sizes[axis] for axis in entry.axes]
            found = _frozen(entry.array.reshape(shape))
            return _frozen(found.T) if entry.axes[:1] == ("batch",) else found

        file, cell = self.file, given.cell
        parameters = {name: full(entry) for name, entry in weights}
        if isinstance(file.weights, GeneratedWeights):
            drawn = drawn_weights(file.weights.init, cell, sizes)
            parameters = {name: _frozen(array) for name, array in drawn.items()}
        initial = {state: _frozen(given.zeros(state, sizes)) for state in cell.states}
        initial |= {name: full(entry) for name, entry in states}
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

    def _model(self) -> tuple[Cell | None, tuple[Layer, ...]]:
        """Return the pages as one, and as they were written."""
        file = self.file
        keys = self.document.value.keys()
        if "model" in keys and "cell" in keys:
            self._problem(("cell",), "there is a 'model' too", remedy="remove one of them")
        if not {"model", "cell"} & keys:
            return None, ()
        if "cell" in keys:
            found = self._cell(("cell",), file.cell, "cell")
            layers = [Layer(found)] if found else []
        else:
            layers = list(self._layers(file.model))
        count = len(file.model) if "model" in keys and isinstance(file.model, list) else 1
        if len(layers) != count or not layers:
            return None, ()
        try:
            return composed(layers), tuple(layers)
        except NoModel as error:
            self._problem(("model",), str(error))
        return None, ()

    def _layers(self, model: Any) -> Iterator[Layer]:
        if not isinstance(model, list) or not model:
            message = f"model is {described(model)}"
            self._problem(("model",), message, "a list of pages, such as [lstm, softmax]")
            return
        for index, entry in enumerate(model):
            path: KeyPath = ("model", index)
            used = isinstance(entry, dict) and "page" in entry
            name, direction = self._use(path, entry) if used else ("", DIRECTIONS[0])
            cell = self._cell(
                (*path, "page") if used else path, entry["page"] if used else entry, "page"
            )
            if cell is None:
                continue
            if direction != DIRECTIONS[0] and not cell.states:
                message = f"the page {cell.name} has no state, and so no direction"
                self._problem(("model", index, "direction"), message)
            yield Layer(cell, name, direction)

    def _cell(self, path: KeyPath, value: Any, key: str) -> Cell | None:
        return self._page(path, value, key, load_cell, own_cell, bundled_pages())

    def _use(self, path: KeyPath, entry: Mapping[str, Any]) -> tuple[str, str]:
        """Return what a page is called, and its direction."""
        known = ("page", "as", "direction")
        for key in entry:
            if key not in known:
                message = f"unknown key {dotted((*path, key))!r}"
                self._problem((*path, key), message, remedy=did_you_mean(key, known), key=True)
        name, direction = entry.get("as", ""), entry.get("direction", DIRECTIONS[0])
        if "as" in entry and not (isinstance(name, str) and re.fullmatch(LAYER, name)):
            message = f"{dotted((*path, 'as'))} is {described(name)}"
            self._problem((*path, "as"), message, "a letter, then letters and digits: top")
            name = ""
        if direction not in DIRECTIONS:
            message = f"{dotted((*path, 'direction'))} is {direction!r:.40}"
            self._problem((*path, "direction"), message, f"one of {', '.join(DIRECTIONS)}")
            direction = DIRECTIONS[0]
        return name, direction

    def _page(
        self,
        path: KeyPath,
        value: Any,
        key: str,
        load: Callable[[str, Path], Page],
        read_here: Callable[[Document, str], Page],
        known: Iterable[str],
    ) -> Page | None:
        """Return what an entry names, or holds as a set of entries; None after a problem."""
        try:
            if isinstance(value, str):
                return load(value, self.path.parent)
            if isinstance(value, dict):
                return read_here(self.document.within(path), f"own {key}")
            known_key = ScenarioFile.model_fields.get(key)
            about = (known_key and known_key.description) or "lstm, softmax, or a path"
            self._problem(path, f"{dotted(path)} is {described(value)}", f"text ({about})")
        except KeyError:
            expected = f"the name of a {key}, or the path of a .yaml file"
            remedy = did_you_mean(str(value), known)
            self._problem(path, f"there is no {key} {value!r}", expected, remedy)
        except BadInput as error:
            for problem in error.problems:
                if problem.place.line is None:  # the file as a whole: point at its name here
                    message = f"{problem.place.file}: {problem.message}"
                    self._problem(path, message, problem.expected, problem.remedy)
                else:
                    self.problems.append(problem)
        return None

    def _probabilities(self, cell: Cell, loss: Loss) -> None:
        """Refuse a loss of probabilities where the output may be any number."""
        if loss.labels == NUMBERS or cell.probabilities:
            return
        page = "softmax" if loss.labels == SHARES else "sigmoid"
        message = f"{loss.name} compares probabilities, and {cell.output} may be any number"
        self._problem(("loss",), message, remedy=f"end the model with {page}")

    def _upstream(self, cell: Cell, written: Written) -> dict[str, Series]:
        """Return the gradients that are given from outside, by the signal they are of."""
        if self.file.upstream is None:
            return {}
        if self.file.labels is not None:
            message = "gradients are given from outside, and labels too"
            self._problem(("upstream",), message, remedy="remove one of them", key=True)
        targets = [e.target for e in cell.equations if cell.signals[e.target]]
        names = [name for name in targets if name not in cell.preactivations.values()]
        tree = tree_of((name.split("."), cell.signals[name]) for name in names)
        found = {}
        for path, axes, value in self._leaves(("upstream",), self.file.upstream, tree, cell):
            name = ".".join(map(str, path[1:]))
            found[name] = read_series(written, path, axes, value, optional=True)
        return found

    def _given_sizes(self, cell: Cell) -> dict[str, tuple[int, KeyPath]]:
        """Return the sizes that generated weights name."""
        weights = self.file.weights
        if not isinstance(weights, GeneratedWeights):
            return {}
        self.problems += limit_problems(self.document, weights.init)
        found: dict[str, tuple[int, KeyPath]] = {}
        axes = {axis: None for own in cell.parameters.values() for axis in own}
        hidden = [axis for axis in axes if bare(axis) == "hidden"]
        if isinstance(weights.hidden, dict):
            known = [layer_of(axis) for axis in hidden]
            for layer, size in weights.hidden.items():
                if layer not in known:
                    self._unknown(("weights", "hidden", layer), known, cell)
                else:
                    path = ("weights", "hidden", layer)
                    found[layered(layer, "hidden")] = size, path
            missing = [layer for layer in known if layer not in weights.hidden]
            if missing:
                message = f"weights.hidden lacks {', '.join(missing)}"
                self._problem(("weights", "hidden"), message, "a size for each layer", key=True)
        else:
            for axis in hidden:
                found[axis] = weights.hidden, ("weights", "hidden")
        if weights.outputs is not None:
            found[cell.signals[cell.output][0]] = weights.outputs, ("weights", "outputs")
        return found

    def _every_size(self, cell: Cell, sizes: dict[str, int]) -> None:
        """Add the sizes of what is joined, and say which axes no entry has."""
        axes = (*cell.parameters.values(), *cell.signals.values())
        for axis in dict.fromkeys(axis for own in axes for axis in own):
            parts = axis.split("+")
            if len(parts) > 1 and sizes.keys() >= set(parts):
                sizes[axis] = sum(sizes[part] for part in parts)
            if axis not in sizes and not self.problems:
                output = axis in cell.signals[cell.output]
                remedy = "write weights.outputs" if output else ""
                message = f"no entry says how large the axis {axis!r} is"
                self._problem(("weights",), message, remedy=remedy, key=True)

    def _entry(self, path: KeyPath, axes: Axes, value: Any) -> FileArray | None:
        """Read one array; every entry of it that is not a finite number is a problem."""
        found = list(number_problems(self.document, path, value, len(axes)))
        self.problems += found
        return None if found else FileArray(path, axes, np.array(value, dtype=float))

    def _states(self, cell: Cell, batch: int | None) -> Iterator[tuple[str, FileArray]]:
        """Yield the initial states; those of a batch have one row a sequence."""
        lead: Axes = () if batch is None else ("batch",)
        tree = tree_of((name.split("."), (*lead, *cell.signals[name])) for name in cell.states)
        for path, axes, value in self._leaves(("initial",), self.file.initial, tree, cell):
            entry = self._entry(path, axes, value)
            if entry:
                yield ".".join(map(str, path[1:])), entry

    def _leaves(
        self, path: KeyPath, entries: Any, tree: Tree, cell: Cell, *, all_of_it: bool = False
    ) -> Iterator[tuple[KeyPath, Axes, Any]]:
        """Yield each entry that a tree of names leads to, with its path and axes."""
        if not isinstance(entries, Mapping):
            message = f"{dotted(path)} is {described(entries)}"
            self._problem(path, message, f"a set of entries: {', '.join(tree)}")
            return
        for key in entries:
            if key not in tree:
                self._unknown((*path, key), tree, cell)
        missing = [key for key in tree if key not in entries]
        if missing and all_of_it:
            message = f"{dotted(path)} lacks {', '.join(missing)}"
            expected = f"{', '.join(tree)}, as set by the {_kind(cell)} {cell.name}"
            self._problem(path, message, expected, key=True)
        for key, inner in tree.items():
            if key not in entries:
                continue
            if isinstance(inner, dict):
                here = (*path, key)
                yield from self._leaves(here, entries[key], inner, cell, all_of_it=all_of_it)
            else:
                yield (*path, key), inner, entries[key]

    def _unknown(self, path: KeyPath, known: Iterable[str], cell: Cell) -> None:
        key = str(path[-1])
        message = f"unknown key {dotted(path)!r} for the {_kind(cell)} {cell.name}"
        remedy = "write a space after the ':'" if ":" in key else did_you_mean(key, known)
        self._problem(path, message, remedy=remedy, key=True)

    def _weights(self, cell: Cell) -> Iterator[tuple[str, FileArray]]:
        weights = self.file.weights
        if isinstance(weights, FileWeights):
            yield from self._weights_from(weights.file, cell)
        elif isinstance(weights, dict):
            names = {tuple(keys_of(cell, name)): name for name in cell.parameters}
            tree = tree_of((keys, cell.parameters[name]) for keys, name in names.items())
            for path, axes, value in self._leaves(
                ("weights",), weights, tree, cell, all_of_it=True
            ):
                entry = self._entry(path, axes, value)
                if entry:
                    yield names[tuple(map(str, path[1:]))], entry

    def _weights_from(self, file: str, cell: Cell) -> Iterator[tuple[str, FileArray]]:
        try:
            yield from stored_weights(self.path.parent, file, cell)
        except BadWeights as error:
            message = f"weights file {quoted(file)}: {error}"
            self._problem(("weights", "file"), message)


def _kind(cell: Cell) -> str:
    return "model" if ", " in cell.name else "cell"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _frozen(values: ArrayLike, kind: type = float) -> NDArray[Any]:
    array: NDArray[Any] = np.array(values, dtype=kind)
    array.setflags(write=False)
    return array
