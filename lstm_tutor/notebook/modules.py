"""The model that a framework's module is, told by the names of its classes and arrays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from numpy.typing import NDArray

from lstm_tutor.notebook.error import TutorError

Array = NDArray[Any]
Page = dict[str, str] | str
_PAGES = {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn", "SimpleRNN": "rnn"}
_LINEAR = ("Linear", "Dense")
_BY_GATES = {4: "lstm", 3: "gru", 1: "rnn"}


def pages_of(module: Any) -> list[Page]:
    """Return the pages of a module, in order.

    Raises:
        TutorError: if it has a part that no page is known for.
    """
    found = list(_pages(module))
    if not found:
        raise TutorError(
            f"no page is known for {type(module).__name__}: give cell or model too"
        )
    return found


def _pages(module: Any) -> Iterator[Page]:
    name = type(module).__name__
    if name in _PAGES:
        yield from _recurrent(module, _PAGES[name])
    elif name == "Bidirectional":
        yield {"page": _page(module.forward_layer), "direction": "both"}
    elif name in _LINEAR:
        yield _activated(module)
    else:
        children = getattr(module, "children", None)
        parts = children() if callable(children) else getattr(module, "layers", ())
        for part in parts:
            yield from _pages(part)


def _page(layer: Any) -> str:
    page = _PAGES.get(type(layer).__name__, "")
    if page == "gru" and getattr(layer, "reset_after", True) is False:
        return "gru-reset-before"
    if page == "rnn" and (
        getattr(layer, "nonlinearity", "") == "relu"
        or getattr(getattr(layer, "activation", None), "__name__", "") == "relu"
    ):
        return "rnn-relu"
    return page


def _recurrent(module: Any, _: str) -> Iterator[Page]:
    page = _page(module)
    both = bool(getattr(module, "bidirectional", False))
    for _layer in range(int(getattr(module, "num_layers", 1))):
        yield {"page": page, "direction": "both"} if both else page


def _activated(layer: Any) -> str:
    name = getattr(getattr(layer, "activation", None), "__name__", "linear")
    return name if name in ("sigmoid", "softmax") else "linear"


def pages_in(arrays: Mapping[str, Array]) -> list[Page]:
    """Return the pages that a PyTorch state dict is of, by its names and shapes.

    Raises:
        TutorError: if the names are others.
    """
    found: list[Page] = []
    for name, array in arrays.items():
        match = re.fullmatch(r"(.*\.)?weight_hh(_l\d+)?", name)
        if match and array.ndim == 2:
            gates = array.shape[0] // array.shape[1]
            page = _BY_GATES.get(gates, "")
            both = f"{name}_reverse" in arrays
            found.append({"page": page, "direction": "both"} if both else page)
    recurrent = re.compile(r"(.*\.)?(weight|bias)_(ih|hh)(_l\d+(_reverse)?)?(\.grad)?")
    rest = [name for name in arrays if not recurrent.fullmatch(name)]
    found += ["linear" for name in rest if name.endswith("weight") and arrays[name].ndim == 2]
    if not found or "" in found:
        raise TutorError("the arrays' names do not say which model it is: give cell or model")
    return found
