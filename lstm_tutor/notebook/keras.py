"""Layers and models of Keras, known by the names of their classes and what they offer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstm_tutor.notebook.error import TutorError
from lstm_tutor.notebook.modules import (
    READOUT,
    Recognised,
    Used,
    activated,
    class_names,
    is_silent,
    known,
    unknown,
)

_CELLS = {"LSTMCell": "lstm", "GRUCell": "gru", "SimpleRNNCell": "rnn"}
_ACTIVATIONS = {"Softmax": "softmax", "ReLU": "relu", "LeakyReLU": "leaky_relu"}


def is_keras(value: Any) -> bool:
    """Whether a value is a layer or model of Keras."""
    return hasattr(value, "trainable_variables") and hasattr(value, "trainable_weights")


def recognised(layer: Any) -> Recognised:
    """Return what a layer or model is.

    Raises:
        TutorError: if it has a part that no page is known for, or was not yet called.
    """
    parts: list[Used] = []
    left_out: list[str] = []
    last = False
    for part in _leaves(layer):
        if is_silent(part):
            continue
        if "Dropout" in class_names(part)[0]:
            left_out.append(part.name)
            continue
        if last and (hasattr(part, "cell") or hasattr(part, "forward_layer")):
            raise unknown(part, part.name, " after a layer that puts out its last time step")
        parts = _with(parts, part)
        last = last or _is_last(part)
        if getattr(part, "dropout", 0) or getattr(part, "recurrent_dropout", 0):
            left_out.append(part.name)
    if not parts:
        raise unknown(layer, "")
    ordered = {"Sequential", "Functional"} & set(class_names(layer))
    chained = len(parts) == 1 or bool(ordered) or hasattr(layer, "cell")
    return Recognised(tuple(parts), chained, False, last, tuple(left_out))


def puts_out_last(layer: Any) -> bool:
    """Whether a layer or model puts out its last time step alone."""
    return any(_is_last(part) for part in _leaves(layer))


def _leaves(layer: Any) -> Iterator[Any]:
    """Yield the layers of a model, in order.

    Raises:
        TutorError: if one of them reads several others.
    """
    inner = getattr(layer, "layers", None)
    if inner is None or hasattr(layer, "forward_layer"):
        yield getattr(layer, "layer", layer) if _is_distributed(layer) else layer
        return
    functional = "Functional" in class_names(layer)
    for part in inner:
        if functional and not _reads_one(part):
            raise TutorError(
                f"{part.name} ({class_names(part)[0]}) reads several others, and in a model "
                "of pages each reads the one before: give its parts one by one"
            )
        yield from _leaves(part)


def _is_distributed(layer: Any) -> bool:
    return "TimeDistributed" in class_names(layer)


def _reads_one(layer: Any) -> bool:
    try:
        return not isinstance(layer.input, list | tuple | dict) or len(layer.input) < 2
    except (AttributeError, ValueError):
        return False


def _is_last(layer: Any) -> bool:
    recurrent = hasattr(layer, "cell") or hasattr(layer, "forward_layer")
    return recurrent and getattr(layer, "return_sequences", True) is False


def _with(parts: list[Used], layer: Any) -> list[Used]:
    """Return parts and one layer more."""
    name = str(layer.name)
    if hasattr(layer, "forward_layer"):
        return [*parts, _both(layer, name)]
    cell = getattr(layer, "cell", layer)
    cells = getattr(cell, "cells", None)
    if cells or known(cell, _CELLS):
        _require_plain(layer, name)
        stacked = [(one.name, one) for one in cells or ()] or [(name, cell)]
        return [*parts, *(Used(called, _page(one, called)) for called, one in stacked)]
    if "Dense" in class_names(layer):
        return activated(
            [*parts, Used(name, READOUT)], _function(layer.activation), layer, name
        )
    activation = known(layer, _ACTIVATIONS) or _function(getattr(layer, "activation", None))
    if activation and not getattr(layer, "weights", None):
        return activated(parts, activation, layer, name)
    raise unknown(layer, name)


def _both(layer: Any, name: str) -> Used:
    ways = (layer.forward_layer, layer.backward_layer)
    pages = [_page(way.cell, name) for way in ways]
    if getattr(layer, "merge_mode", "concat") != "concat":
        raise unknown(layer, name, f" with merge_mode={layer.merge_mode!r}, only 'concat'")
    if pages[0] != pages[1]:
        raise unknown(layer, name, " with two kinds of layers")
    if _is_last(layer):
        why = " with return_sequences=False, whose directions end at different time steps"
        raise unknown(layer, name, why, "give it return_sequences=True")
    return Used(name, pages[0], both=True)


def _require_plain(layer: Any, name: str) -> None:
    if getattr(layer, "go_backwards", False):
        remedy = "turn inputs and labels round in time instead"
        raise unknown(layer, name, " with go_backwards", remedy)
    if getattr(layer, "stateful", False):
        why = " with stateful=True, which starts where its last call ended"
        raise unknown(layer, name, why, "give cell or model too, and initial")


def _page(cell: Any, name: str) -> str:
    """Return the page of a cell.

    Raises:
        TutorError: if it has activations that no bundled page has.
    """
    page = known(cell, _CELLS)
    if not page:
        raise unknown(cell, name)
    activation = _function(cell.activation)
    gates = _function(getattr(cell, "recurrent_activation", None)) or "sigmoid"
    if page == "rnn" and activation == "relu":
        return "rnn-relu"
    if activation != "tanh" or gates != "sigmoid":
        own = f" with the activations {activation} and {gates}" if page != "rnn" else ""
        raise unknown(cell, name, own or f" with the activation {activation}")
    if page == "gru" and not getattr(cell, "reset_after", True):
        return "gru-reset-before"
    return page


def _function(activation: Any) -> str:
    """Return the name of an activation; "" for none."""
    return str(getattr(activation, "__name__", type(activation).__name__)) if activation else ""


def parameters(layer: Any) -> dict[str, Any]:
    """Return a layer's parameters by their paths, and gradients where it has them.

    Raises:
        TutorError: if it has none yet.
    """
    if not layer.weights:
        raise TutorError(f"{layer.name} has no weights yet: call it once, on its inputs")
    found: dict[str, Any] = {}
    for variable in layer.weights:
        found[variable.path] = variable
        gradient = getattr(getattr(variable, "value", None), "grad", None)
        if gradient is not None:
            found[f"{variable.path}.gradient"] = gradient
    return found
