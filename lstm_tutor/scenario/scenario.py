"""Scenarios: a model with its inputs, labels and weights, checked and made of arrays.

`lstm_tutor.scenario.assembly` makes them of scenario files. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes, size_of
from lstm_tutor.files.document import Document
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import Layer
from lstm_tutor.model.loss import Loss
from lstm_tutor.model.symbol import EPOCH, INPUT, LABEL, RATE, Id, upstream
from lstm_tutor.scenario.updating import Updating

Array = NDArray[np.float64]
_LONGEST = 200  # characters, of what a scenario shows of itself
MEANS = ("time", "batch")
"""The axes over which a loss can be averaged."""


@dataclass(frozen=True)
class Upstream:
    """The gradient of one signal that comes from outside.

    Attributes:
        values: (time, …), 0 where none comes.
        there: (time,), whether one comes.
    """

    values: Array
    there: NDArray[np.bool_]

    @property
    def times(self) -> list[int]:
        """The time steps at which one comes, in a batch to any sequence."""
        return _times(self.there)


def _times(there: NDArray[np.bool_]) -> list[int]:
    return [int(t) for t in np.flatnonzero(there if there.ndim == 1 else there.any(1))]


@dataclass(frozen=True)
class Scenario:
    """One worked example, ready to be computed.

    In a batch the arrays of signals have one axis more, the last: one entry a sequence.

    Attributes:
        name: bundled name or file name.
        title, source, about: for people.
        cell: the forward equations of the whole model.
        loss: the loss of a labelled time step.
        inputs: (time, input).
        labels: (time, …) as the output; rows of unlabelled steps are 0 and not used.
        labelled: (time,), whether a step has a label, or a gradient from outside.
        parameters: every parameter with its true shape, by name.
        initial: every state beyond its first time step, by place: see `Cell.beyond`.
        learning_rate: size of the update.
        truncate: window length of truncated backpropagation, or None.
        layers: the pages that the model is composed of.
        upstream: gradients from outside, by the signal that they are of.
        vocabulary: the characters that the entries of an input stand for; "" for none.
        classes: the characters that the classes of labels stand for; "" for none.
        told: how files of arrays were read, in sentences.
        mean: the axes over which the loss is averaged: time, batch; none if it is a sum.
        updating: how new weights are made of the gradients.
        document: the file that it was read from; None for one that was made otherwise.
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
    initial: Mapping[Id, Array]
    learning_rate: float = 0.1
    truncate: int | None = None
    layers: tuple[Layer, ...] = ()
    upstream: Mapping[str, Upstream] = field(default_factory=dict)
    vocabulary: str = ""
    classes: str = ""
    told: tuple[str, ...] = ()
    mean: tuple[str, ...] = ()
    updating: Updating = field(default_factory=Updating)
    document: Document | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{axis} {size}" for axis, size in self.sizes.items())
        found = f"Scenario {self.name}: {self.cell.name}, {self.steps} time steps, {sizes}"
        return found if len(found) <= _LONGEST else f"{found[:_LONGEST]}…"

    def to_yaml(self) -> str:
        """Return the scenario as a file that stands for itself, to be kept and sent."""
        from lstm_tutor.scenario.plain import scenario_yaml  # noqa: PLC0415  # it needs this

        return "\n".join(scenario_yaml(self)) + "\n"

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return len(self.inputs)

    @property
    def batch(self) -> int | None:
        """Number of sequences of a batch; None for one sequence that is not one."""
        return self.inputs.shape[2] if self.inputs.ndim == 3 else None

    @property
    def has_labels(self) -> bool:
        """Whether there is a loss: then gradients do not come from outside."""
        return not self.upstream and bool(self.labelled.any())

    @property
    def trainable(self) -> bool:
        """Whether an update changes anything: there is a loss, and there are weights."""
        return self.has_labels and bool(self.cell.parameters)

    @cached_property
    def outside(self) -> dict[str, Upstream]:
        """The gradients from outside, by their own names."""
        return {upstream(name): found for name, found in self.upstream.items()}

    @cached_property
    def series(self) -> dict[str, Array]:
        """What is given at every time step: (time, …) by symbol."""
        own = {name: given.values for name, given in self.outside.items()}
        return {INPUT: self.inputs, LABEL: self.labels, **own}

    @property
    def labelled_times(self) -> list[int]:
        """The time steps that have a label, in a batch of any sequence."""
        return _times(self.labelled)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Size of each axis, time and batch apart."""
        found: dict[str, int] = {}
        for axes, shape in self._shapes():
            found.update(zip(axes, shape, strict=False))
        return found

    def _shapes(self) -> Iterator[tuple[Axes, tuple[int, ...]]]:
        signals = self.cell.signals
        yield signals[INPUT], self.inputs.shape[1:]
        for place, value in self.initial.items():
            yield signals[place.name], value.shape
        for name, value in self.parameters.items():
            yield self.cell.parameters[name], value.shape
        yield signals[self.cell.output], self.labels.shape[1:]

    @cached_property
    def beyond(self) -> dict[Id, Array]:
        """Everything that is read beyond the ends: the initial states, and 0 for all else."""
        batch, cell = () if self.batch is None else (self.batch,), self.cell
        zeros = {
            Id(name, t): np.zeros(
                [*(size_of(axis, self.sizes) for axis in cell.signals[name]), *batch]
            )
            for name in cell.reach
            for t in cell.padded(name, self.steps)
        }
        return {**self.initial, **zeros}

    @property
    def constants(self) -> dict[str, float]:
        """The plain numbers that formulas name: N, the learning rate lr, settings."""
        return {"N": float(self._count()), RATE: self.learning_rate, **self.updating.constants}

    def _count(self) -> int:
        """Count what N stands for; see `counted`."""
        if not self.mean:
            entries: int = self.labels.shape[1]
            return len(np.flatnonzero(self.labelled)) * entries
        there = self.labelled.reshape(self.steps, -1)
        if len(self.mean) == len(MEANS):
            return len(np.flatnonzero(there))
        axis = 1 if self.mean == MEANS[:1] else 0
        return len(np.flatnonzero(there.any(axis=axis)))

    @property
    def counted(self) -> str:
        """Say what N counts."""
        match self.mean:
            case ():
                return "labelled entries"
            case ("time",):
                return "time steps with a label"
            case ("batch",):
                return "sequences with a label"
        return "labelled time steps" + " of all sequences" * (self.batch is not None)

    @property
    def meanings(self) -> dict[str, str]:
        """Say what each of the plain numbers is."""
        own = self.updating.meanings
        return {"N": f"number of {self.counted}", RATE: "learning rate", **own}

    @property
    def untimed(self) -> dict[str, Array]:
        """What is given once: parameters, and what the update keeps."""
        own = self.updating
        epoch = {EPOCH: np.asarray(float(own.epoch))} if EPOCH in own.constants else {}
        return {**self.parameters, **own.kept, **epoch}

    def at_epoch(self, epoch: int, values: Mapping[str, Array]) -> Scenario:
        """Return the scenario as it is in another epoch.

        Args:
            epoch: which one.
            values: the parameters, and what the update keeps, by name.
        """
        own = self.updating
        kept = {name: values[name] for name in own.kept}
        parameters = {name: values[name] for name in self.parameters}
        updating = replace(own, kept=kept, epoch=epoch)
        return replace(self, parameters=parameters, updating=updating)

    def letters(self, axis: str) -> str:
        """Return the characters that the entries of an axis stand for; "" if for none."""
        known = ""
        if axis in self.cell.signals[self.cell.output]:
            known = self.classes
        elif axis in self.cell.signals[INPUT]:
            known = self.vocabulary
        return known if known and self.sizes[axis] == len(known) else ""

    def with_parameters(self, parameters: Mapping[str, Array]) -> Scenario:
        """Return the same scenario with other weights."""
        return replace(self, parameters=parameters)

    def cut_after(self, t: int) -> bool:
        """Whether truncation keeps gradients from passing from t+1 back to t."""
        return self.truncate is not None and t >= 0 and (t + 1) % self.truncate == 0
