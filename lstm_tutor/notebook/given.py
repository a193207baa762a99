"""A scenario from arrays, dicts or a module, without a file.

It is long because all that can be given is laid as a file would have it, one case each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.dialects.arrays import layouts, with_arrays
from lstm_tutor.dialects.assignment import Assigned, NotAssigned, Placed, assigned
from lstm_tutor.files.document import parse_data
from lstm_tutor.files.phrase import counted, listed
from lstm_tutor.files.problem import BadInput
from lstm_tutor.model.catalog import load_cell
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import Layer, Part, composed, names_of, parts_of
from lstm_tutor.model.symbol import INPUT, layer_of, layered
from lstm_tutor.notebook import keras, pytorch
from lstm_tutor.notebook.argument import text_of
from lstm_tutor.notebook.error import TutorError, told
from lstm_tutor.notebook.modules import Page, at_last, sequences_first, without_gradients
from lstm_tutor.notebook.variables import array_of, arrays_of, is_module, named_values
from lstm_tutor.scenario.loading import build
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[Any]
_NAME = "scenario"
_MOST_SAID = 6  # problems
_OF_FRAMEWORK = re.compile(r"(^|\.)((recurrent_)?kernel|weight|bias)[^.]*$")


def scenario(
    *,
    cell: str | Path | None = None,
    model: Sequence[Any] | None = None,
    weights: Any,
    inputs: Any,
    dialect: str | Path | None = None,
    **entries: Any,
) -> Scenario:
    """Return a scenario made of arrays, dicts, or a module of a framework.

    Args:
        cell: the page of a model of one: ``"lstm"``, or the path of a page.
        model: several pages, as a scenario file lists them. Without cell and model, what a
            module or a PyTorch state dict is of; what a module's own code does between its
            parts is not seen.
        weights: as in a scenario file (blocks of gates, or init), or the arrays of a
            framework by name, or a module that has them.
        inputs: (time, input), or (batch, time, input) for a batch; with a module of
            PyTorch whose ``batch_first`` is False, (time, batch, input), as it reads them,
            and so are labels and upstream.
        dialect: whose arrays the weights are; by default the one whose names fit.
        entries: everything else that a scenario file may hold: labels, upstream, initial,
            loss, learning_rate, title, … An array as upstream is the gradient at the
            output. After a layer of Keras without ``return_sequences``, labels and
            upstream are those of the last time step.

    Raises:
        TutorError: if they do not make a scenario; the message says why.

    Examples:
        >>> import lstm_tutor as lt
        >>> s = lt.scenario(
        ...     cell="rnn",
        ...     inputs=[[1, 2]],
        ...     labels=[[0.5]],
        ...     weights={"W": {"h": [[1, 0]]}, "U": {"h": [[0]]}, "b": {"h": [0]}},
        ... )
        >>> lt.compute(s)["h@0"].value.round(4)
        array([0.7616])
    """
    given = _Given(weights, cell is None and model is None)
    pages: dict[str, Any] = {"model": _plain(() if model is None else model)}
    if cell is not None:
        pages = {"cell": text_of(cell, "cell")}
    if given.model is not None:
        pages = {"model": given.model}
    data = {**pages, **given.laid({"inputs": inputs, **entries})}
    with told():
        if not given.arrays:
            return _built({**data, "weights": _plain(weights)})
        data["upstream"] = _at_output(data)
        if data["upstream"] is None:
            del data["upstream"]
        own = None if dialect is None else text_of(dialect, "dialect")
        return _from_arrays(data, given, own)


class _Given:
    """The weights that a caller has: arrays of a framework, and what else they say.

    Attributes:
        arrays: by name; none where weights are as in a scenario file.
        model: the pages, where they are to be told by the weights; else None.
        told: how they were understood, in sentences.
    """

    def __init__(self, weights: Any, infer: bool) -> None:
        self.arrays: dict[str, Array] = {}
        self.model: list[Page] | None = None
        self.told: list[str] = []
        self._time_first = self._last = False
        if is_module(weights):
            self._of_module(weights, infer)
        elif isinstance(weights, Mapping) and not _is_written(weights):
            self.arrays = arrays_of(weights)
            if infer:
                self.model = pytorch.pages_in(self.arrays)
        elif isinstance(weights, list | tuple):
            raise TutorError(
                "weights is a list, without names: give the module or layer itself, or a "
                "dict, such as {v.path: v for v in layer.weights}"
            )

    def _of_module(self, module: Any, infer: bool) -> None:
        own = keras if keras.is_keras(module) else pytorch
        self.arrays = arrays_of(dict(without_gradients(own.parameters(module))))
        self._time_first = own is pytorch and pytorch.time_first(module)
        self._last = own is keras and keras.puts_out_last(module)
        if infer:
            found = own.recognised(module)
            self.model = found.model(type(module).__name__)
            names = listed([str(one.page) for one in found.parts])
            self.told.append(f"{type(module).__name__}: its parts are {names}")
            if found.left_out:
                self.told.append(f"without the dropout of {listed(list(found.left_out))}")

    def laid(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return a scenario's entries as plain data, sequences before time steps."""
        inputs = _plain(data["inputs"])
        found = {**data, "inputs": inputs}
        series = [key for key in ("labels", "upstream") if key in data]
        batched = isinstance(inputs, list) and _depth(inputs) == 3
        if batched:
            sizes = len(inputs), len(inputs[0])
            count, steps = reversed(sizes) if self._time_first else sizes
            for key in series:
                found[key] = self._sequences(_tensors(data[key]), count, steps)
            if self._time_first:
                found["inputs"] = sequences_first(inputs, count)
                self.told.append("arrays over time are time × batch × units, as it reads them")
        if isinstance(data.get("initial"), Mapping):
            found["initial"] = {
                name: _without_layer(_tensors(value), 3 if batched else 2)
                for name, value in data["initial"].items()
            }
        return {key: _plain(value) for key, value in found.items()}

    def _sequences(self, value: Any, count: int, steps: int) -> Any:
        """Return labels, or gradients from outside, sequence by sequence."""
        over_time = isinstance(value, list) and any(row is None for row in value)
        if over_time or (self._time_first and not isinstance(value, list)):
            return sequences_first(value, count)
        if self._last:
            return at_last(value, steps)
        flat = isinstance(value, np.ndarray) and value.ndim == 2 and len(value) == count
        if flat and value.shape[1] != steps:
            raise TutorError(
                f"there is one row for each of {count} sequences, and {steps} time steps: for "
                f"those of the last time step alone, write [None] * {steps - 1} + [rows]"
            )
        return value


def _without_layer(value: Any, most: int) -> Any:
    """Return a state without PyTorch's axis of layers, where there is one layer."""
    one = isinstance(value, np.ndarray) and value.ndim == most and len(value) == 1
    return value[0] if one else value


def _tensors(value: Any) -> Any:
    """Return tensors as arrays, in dicts too."""
    if isinstance(value, Mapping):
        return {name: _tensors(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_tensors(one) for one in value]
    array = None if value is None else array_of(value)
    return value if array is None else array


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list) and value else 0


def _is_written(weights: Mapping[str, Any]) -> bool:
    """Whether weights are as a scenario file has them, and not a framework's arrays."""
    if {"init", "file", "dialect"} & weights.keys():
        return True
    nested = any(isinstance(value, Mapping) for value in weights.values())
    return nested and not any(
        _OF_FRAMEWORK.search(name) for name, _ in named_values("", weights)
    )


def _at_output(data: Mapping[str, Any]) -> Any:
    """Return the gradients from outside: a plain array is the one of the model's output."""
    given = data.get("upstream")
    if given is None or isinstance(given, Mapping):
        return given
    *layers, name = composed(_layers(data)).output.split(".")
    found = {name: given}
    for layer in reversed(layers):
        found = {layer: found}
    return found


def _built(data: Mapping[str, Any], *, arrays: bool = False) -> Scenario:
    """Return a scenario of plain data, whose weights stand for arrays or not.

    Raises:
        TutorError: with each problem once, without the places that only a file has.
    """
    try:
        return build(parse_data(data, _NAME, "scenario"), Path.cwd() / _NAME)
    except BadInput as error:
        raise TutorError(_said(error, arrays=arrays)) from None


def _said(error: BadInput, *, arrays: bool) -> str:
    """Return the problems; entries that a person did not write are called what they gave."""
    lines: dict[str, int] = {}
    for problem in error.problems:
        parts = [problem.message]
        parts += [f"expected: {problem.expected}"] if problem.expected else []
        parts += [f"try: {problem.remedy}"] if problem.remedy else []
        text = re.sub(r" \(line \d+\)", "", "; ".join(parts))
        if arrays:
            text = re.sub(r"weights\.(hidden|outputs)", "the weights", text)
        general = re.sub(r"\.\d+", ".…", text)
        lines.setdefault(general, 0)
        lines[general] += 1
    shown = list(lines.items())[:_MOST_SAID]
    more = len(lines) - len(shown)
    return "\n".join(
        [text if count == 1 else f"{text} ({count} times)" for text, count in shown]
        + ([f"and {more} more problems"] if more else [])
    )


def _from_arrays(data: Mapping[str, Any], given: _Given, dialect: str | None) -> Scenario:
    """Return a scenario whose parameters are in a framework's arrays."""
    layers = _layers(data)
    parts = parts_of(layers)
    found, source = _assigned(parts, given.arrays, dialect)
    parameters = found.parameters()
    cell = composed(layers)
    sizes = _sizes(cell, parameters)
    _require_inputs(data["inputs"], cell, sizes)
    hidden = {axis: size for axis, size in sizes.items() if axis.endswith("hidden")}
    units: Any = {layer_of(axis): size for axis, size in hidden.items() if "+" not in axis}
    init = {"init": {"scheme": "zeros"}, "hidden": units.get("", units)}
    own = cell.signals[cell.output][0]
    if own in sizes and own not in hidden:
        init["outputs"] = sizes[own]
    (inputs,) = cell.signals[INPUT]
    other = {
        axis: size
        for axis, size in sizes.items()
        if axis not in (*hidden, own, inputs) and "+" not in axis
    }
    init |= {"sizes": other} if other else {}
    made = _built({**data, "weights": init}, arrays=True)
    kept = {name: _frozen(parameters.get(name, zero)) for name, zero in made.parameters.items()}
    for name, value in kept.items():
        if value.shape != made.parameters[name].shape:
            shape = " × ".join(map(str, made.parameters[name].shape))
            raise TutorError(f"{name} has shape {value.shape}, and must have {shape}")
    return replace(made, parameters=kept, told=(*made.told, *given.told, *source))


def _sizes(cell: Cell, parameters: Mapping[str, Array]) -> dict[str, int]:
    """Return the size of each axis of the parameters.

    Raises:
        TutorError: if one has two.
    """
    found: dict[str, int] = {}
    first: dict[str, str] = {}
    for name, value in parameters.items():
        for axis, size in zip(cell.parameters[name], value.shape, strict=True):
            home = first.setdefault(axis, name)
            if found.setdefault(axis, size) != size:
                raise TutorError(
                    f"{name} has {size} on the axis {axis}, and {home} has {found[axis]}: "
                    "the arrays are not those of this model"
                )
    return found


def _require_inputs(inputs: Any, cell: Cell, sizes: Mapping[str, int]) -> None:
    """Refuse inputs of another size than the weights read."""
    row = inputs
    while isinstance(row, list) and row and isinstance(row[0], list):
        row = row[0]
    (axis,) = cell.signals[INPUT]
    wanted = sizes.get(axis)
    if isinstance(row, list) and wanted not in (None, len(row)):
        raise TutorError(
            f"a row of inputs has {counted(len(row), 'number')}, and the weights read {wanted}"
        )


def _layers(data: Mapping[str, Any]) -> tuple[Layer, ...]:
    entries = [data["cell"]] if "cell" in data else data["model"]
    found = []
    for entry in entries:
        used = entry if isinstance(entry, Mapping) else {"page": entry}
        try:
            page = load_cell(used["page"])
        except KeyError as error:
            raise TutorError(f"no page is called {error}") from None
        found.append(Layer(page, used.get("as", ""), used.get("direction", "forward")))
    names_of(found)
    return tuple(found)


def _assigned(
    parts: Sequence[Part], arrays: Mapping[str, Array], dialect: str | None
) -> tuple[Assigned, tuple[str, ...]]:
    """Return what arrays hold, by the dialect that is named or the first one that fits, and
    how they were read, in sentences.
    """
    names = [dialect] if dialect else ["pytorch", *with_arrays()]
    own = {layered(part.name, name) for part in parts for name in part.cell.parameters}
    if dialect is None and own <= arrays.keys():
        return Assigned(tuple(Placed(name, name, arrays[name]) for name in own), {}, (), {}), ()
    problems: list[tuple[int, str]] = []
    for name in dict.fromkeys(names):
        try:
            laid = layouts(name, Path.cwd())
            return assigned(laid, parts, arrays), (f"weights: read as {laid.title}'s arrays",)
        except NotAssigned as error:
            problems.append((sum(map(laid.holds, arrays)), f"{name}: {error}"))
    nearest = max(problems, key=lambda problem: problem[0])[1]
    raise TutorError(nearest if dialect else f"no dialect has such arrays; {nearest}")


def _frozen(values: Array) -> Array:
    found = np.array(values, dtype=float)
    found.setflags(write=False)
    return found


def _plain(value: Any) -> Any:
    """Return arrays as lists, and what stands in dicts and lists too."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, PathLike):
        return str(value)
    array = array_of(value)
    if array is None:
        raise TutorError(f"{type(value).__name__} holds something other than numbers")
    return array.tolist()
