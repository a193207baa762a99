"""Modules and state dicts of PyTorch, known by the names of their classes and parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from numpy.typing import NDArray

from lstm_tutor.notebook.error import TutorError
from lstm_tutor.notebook.modules import (
    ACTIVATIONS,
    READOUT,
    Page,
    Recognised,
    Used,
    activated,
    class_names,
    is_silent,
    joined,
    known,
    unknown,
)

Array = NDArray[Any]
_PAGES = {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn"}
_CELLS = {f"{name}Cell": page for name, page in _PAGES.items()}
_ACTIVATIONS = {name.capitalize(): name for name in ACTIVATIONS}
_OWN = {"weight_ih_l0", "weight_ih"}
_BY_GATES = {4: "lstm", 3: "gru", 1: "rnn"}
_RECURRENT = re.compile(r"(.*\.)?(weight|bias)_(ih|hh)(_l\d+(_reverse)?)?")


def is_torch(value: Any) -> bool:
    """Whether a value is a module of PyTorch."""
    return hasattr(value, "named_parameters")


def recognised(module: Any) -> Recognised:
    """Return what a module is.

    Raises:
        TutorError: if it has a part that no page is known for, or one that draws at random.
    """
    parts: list[Used] = []
    for name, part in _leaves(module, ""):
        activation = known(part, _ACTIVATIONS)
        if _is_recurrent(part):
            parts.append(_recurrent(part, name))
        elif "Linear" in class_names(part):
            parts.append(Used(name, READOUT))
        elif activation:
            parts = activated(parts, activation, part, name)
        elif "Dropout" in class_names(part)[0]:
            _require_off(part, name, getattr(part, "p", 0.0))
        elif not is_silent(part):
            raise unknown(part, name)
    if not parts:
        raise unknown(module, "")
    chained = len(parts) == 1 or "Sequential" in class_names(module)
    return Recognised(tuple(parts), chained, time_first(module))


def time_first(module: Any) -> bool:
    """Whether a module reads arrays (time, batch, input), as PyTorch's do by default."""
    layers = (part for _, part in _leaves(module, "") if _is_recurrent(part))
    return any(getattr(part, "batch_first", True) is False for part in layers)


def _leaves(module: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the parts that have no parts themselves, by their names."""
    named = getattr(module, "named_children", None)
    children = list(named()) if callable(named) and not _is_recurrent(module) else []
    for own, child in children:
        yield from _leaves(child, joined(name, own))
    if not children:
        yield name, module


def _is_recurrent(module: Any) -> bool:
    return bool(_OWN & {name for name, _ in module.named_parameters()})


def _recurrent(module: Any, name: str) -> Used:
    page = known(module, {**_PAGES, **_CELLS})
    if not page:
        raise unknown(module, name)
    if getattr(module, "proj_size", 0):
        raise unknown(module, name, " with a projection (proj_size, weight_hr_l0)")
    if page == "rnn" and getattr(module, "nonlinearity", "tanh") == "relu":
        page = "rnn-relu"
    layers = int(getattr(module, "num_layers", 1))
    if layers > 1:
        _require_off(module, name, getattr(module, "dropout", 0.0))
    return Used(name, page, bool(getattr(module, "bidirectional", False)), layers)


def _require_off(module: Any, name: str, share: float) -> None:
    if share and getattr(module, "training", False):
        called = f"{name} ({class_names(module)[0]})" if name else class_names(module)[0]
        raise TutorError(
            f"the dropout of {called} drops other values at every call: call .eval() on the "
            "module before you compute with it"
        )


def pages_in(arrays: Mapping[str, Array]) -> list[Page]:
    """Return the pages that a state dict is of, by its names and shapes.

    Raises:
        TutorError: if the names are others, or do not say it.
    """
    found: list[Page] = []
    for name, array in arrays.items():
        match = re.fullmatch(r"(.*\.)?weight_hh(_l\d+)?", name)
        if match and array.ndim == 2:
            page = _BY_GATES.get(array.shape[0] // array.shape[1], "")
            both = f"{name}_reverse" in arrays
            found.append({"page": page, "direction": "both"} if both else page)
    rest = [name for name in arrays if not _RECURRENT.fullmatch(name)]
    matrices = [n for n in rest if n.endswith("weight") and arrays[n].ndim == 2]
    if not found or "" in found or len(matrices) > 1:
        shown = ", ".join(matrices or list(arrays)[:6])
        raise TutorError(
            f"the names of the arrays do not say which model it is ({shown}): give cell or "
            "model, and only the arrays of its pages"
        )
    return [*found, *([READOUT] if matrices else [])]


def parameters(module: Any) -> dict[str, Any]:
    """Return a module's parameters by name, and gradients where it has them."""
    found: dict[str, Any] = {}
    for name, parameter in module.named_parameters():
        found[name] = parameter
        if getattr(parameter, "grad", None) is not None:
            found[f"{name}.grad"] = parameter.grad
    return found
