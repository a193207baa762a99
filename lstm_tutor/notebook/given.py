"""A scenario from arrays, dicts or a module, without a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.dialects.arrays import layouts, with_arrays
from lstm_tutor.dialects.assignment import Assigned, NotAssigned, assigned
from lstm_tutor.files.document import parse_data
from lstm_tutor.model.catalog import load_cell
from lstm_tutor.model.composition import Layer, Part, composed, names_of, parts_of
from lstm_tutor.model.symbol import layer_of, layered
from lstm_tutor.notebook.error import TutorError, told
from lstm_tutor.notebook.modules import pages_in, pages_of
from lstm_tutor.notebook.variables import array_of, is_module, module_arrays, named_values
from lstm_tutor.scenario.loading import build
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[Any]
_NAME = "scenario"


def scenario(
    *,
    cell: str | None = None,
    model: Sequence[Any] | None = None,
    weights: Any,
    inputs: Any,
    dialect: str | None = None,
    **entries: Any,
) -> Scenario:
    """Return a scenario made of arrays, dicts, or a module of a framework.

    Args:
        cell: the page of a model of one: ``"lstm"``, or the path of a page.
        model: several pages, as a scenario file lists them. Without cell and model, what a
            module or a PyTorch state dict is of.
        weights: as in a scenario file (blocks of gates, or init), or the arrays of a
            framework by name, or a module that has them.
        inputs: (time, input), or (batch, time, input) for a batch.
        dialect: whose arrays the weights are; by default the one whose names fit.
        entries: everything else that a scenario file may hold: labels, upstream, initial,
            loss, learning_rate, title, …

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
    arrays: dict[str, Array] = {}
    if is_module(weights):
        arrays = {
            name: value
            for name, value in module_arrays(weights).items()
            if not name.endswith(".grad")
        }
        if cell is None and model is None:
            model = pages_of(weights)
    elif isinstance(weights, Mapping) and not _is_written(weights):
        held = {name: array_of(value) for name, value in named_values("", weights)}
        arrays = {name: value for name, value in held.items() if value is not None}
        if cell is None and model is None:
            model = pages_in(arrays)
    pages: dict[str, Any] = {"cell": cell} if cell is not None else {"model": list(model or ())}
    data = {**pages, "inputs": _plain(inputs), **_plain(entries)}
    with told():
        if not arrays:
            return _built({**data, "weights": _plain(weights)})
        return _from_arrays(data, arrays, dialect)


def _is_written(weights: Mapping[str, Any]) -> bool:
    """Whether weights are as a scenario file has them, and not a framework's arrays."""
    return bool({"init", "file", "dialect"} & weights.keys()) or any(
        isinstance(value, Mapping) for value in weights.values()
    )


def _built(data: Mapping[str, Any]) -> Scenario:
    return build(parse_data(data, _NAME, "scenario"), Path.cwd() / _NAME)


def _from_arrays(
    data: Mapping[str, Any], arrays: Mapping[str, Array], dialect: str | None
) -> Scenario:
    """Return a scenario whose parameters are in a framework's arrays."""
    layers = _layers(data)
    parts = parts_of(layers)
    found = _assigned(parts, arrays, dialect)
    parameters = found.parameters()
    cell = composed(layers)
    sizes: dict[str, int] = {}
    for name, value in parameters.items():
        for axis, size in zip(cell.parameters[name], value.shape, strict=True):
            if sizes.setdefault(axis, size) != size:
                raise TutorError(
                    f"{name} has {size} on the axis {axis}, and others have {sizes[axis]}"
                )
    hidden = {axis: size for axis, size in sizes.items() if axis.endswith("hidden")}
    units: Any = {layer_of(axis): size for axis, size in hidden.items() if "+" not in axis}
    init = {"init": {"scheme": "zeros"}, "hidden": units.get("", units)}
    outputs = [size for axis, size in sizes.items() if axis.endswith("output")]
    if outputs:
        init["outputs"] = outputs[-1]
    made = _built({**data, "weights": init})
    given = {
        name: _frozen(parameters.get(name, zero)) for name, zero in made.parameters.items()
    }
    for name, value in given.items():
        if value.shape != made.parameters[name].shape:
            shape = " × ".join(map(str, made.parameters[name].shape))
            raise TutorError(f"{name} has shape {value.shape}, and must have {shape}")
    return replace(made, parameters=given)


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
) -> Assigned:
    """Return what arrays hold, by the dialect that is named or the first one that fits."""
    names = [dialect] if dialect else ["pytorch", *with_arrays()]
    own = {layered(part.name, name) for part in parts for name in part.cell.parameters}
    if dialect is None and own <= arrays.keys():
        from lstm_tutor.dialects.assignment import Placed

        return Assigned(tuple(Placed(name, name, arrays[name]) for name in own), {}, ())
    problems = []
    for name in dict.fromkeys(names):
        try:
            return assigned(layouts(name, Path.cwd()), parts, arrays)
        except NotAssigned as error:
            problems.append(f"{name}: {error}")
    raise TutorError(problems[0] if dialect else f"no dialect has such arrays: {problems[0]}")


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
    array = array_of(value)
    if array is None:
        raise TutorError(f"{type(value).__name__} holds something other than numbers")
    return array.tolist()
