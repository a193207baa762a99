"""The model and the loss that a scenario file names: bundled, in a file, or written there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.files.document import Document, KeyPath, dotted
from lstm_tutor.files.problem import BadInput, described, did_you_mean
from lstm_tutor.model.catalog import bundled_pages, load_cell
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import DIRECTIONS, LAYER, Layer, NoModel, composed
from lstm_tutor.model.loss import (
    CLASSES,
    NUMBERS,
    SHARES,
    Loss,
    load_loss,
    losses,
    own_loss,
)
from lstm_tutor.model.page import own_cell
from lstm_tutor.scenario.entries import Entries
from lstm_tutor.scenario.instead import LOSSES, PAGES, USES
from lstm_tutor.scenario.schema import TAKEN, ScenarioFile

Page = TypeVar("Page")
_USE = ("page", "as", "direction")


def read_model(entries: Entries, file: ScenarioFile) -> tuple[Cell | None, tuple[Layer, ...]]:
    """Return the pages as one, and as they were written."""
    keys = entries.document.value.keys()
    if "model" in keys and "cell" in keys:
        entries.problem(("cell",), "there is a 'model' too", remedy="remove one of them")
    if not {"model", "cell"} & keys:
        return None, ()
    if "cell" in keys:
        found = _cell(entries, ("cell",), file.cell, "cell")
        layers = [Layer(found)] if found else []
    else:
        layers = list(_layers(entries, file.model))
    count = len(file.model) if "model" in keys and isinstance(file.model, list) else 1
    if len(layers) != count or not layers:
        return None, ()
    try:
        return composed(layers), tuple(layers)
    except NoModel as error:
        entries.problem(("model",), str(error))
    return None, ()


def read_loss(entries: Entries, file: ScenarioFile) -> Loss | None:
    """Return the loss; None after a problem."""
    return read_page(entries, ("loss",), file.loss, "loss", load_loss, own_loss, losses())


def check_loss(entries: Entries, cell: Cell, loss: Loss) -> None:
    """Refuse a loss of probabilities where the output is none, or are others."""
    if loss.labels == NUMBERS:
        return
    shares = loss.labels == SHARES
    page = "softmax" if shares else "sigmoid"
    row = FUNCTIONS.get(cell.made_by)
    alone = row is not None and row.kind is Kind.ELEMENTWISE
    between = alone and _between_0_and_1(cell.made_by)
    remedy = f"end the model with {page}"
    if not cell.probabilities or (alone and not between):
        is_none = "can be 0, which has no logarithm" if between else "may be any number"
        message = f"{loss.name} compares probabilities, and {cell.output} {is_none}"
        entries.problem(("loss",), message, remedy=remedy)
    elif row is not None and alone == shares:
        what = "shares that add up to 1" if shares else "probabilities that go by themselves"
        message = f"{loss.name} compares {what}, and {cell.made_by} makes others"
        other = CLASSES if shares else SHARES
        fitting = next(name for name, own in losses().items() if own.labels == other)
        entries.problem(("loss",), message, remedy=f"write 'loss: {fitting}', or {remedy}")


def check_classes(entries: Entries, cell: Cell, loss: Loss, sizes: Mapping[str, int]) -> None:
    """Refuse shares of one class, which are always 1."""
    count = sizes.get(cell.signals[cell.output][0])
    if loss.labels == SHARES and count == 1:
        message = f"{loss.name} compares shares, and of one class the share is always 1"
        remedy = "give it two classes, or end the model with sigmoid and write "
        remedy += "'loss: binary-cross-entropy'"
        entries.problem(("loss",), message, remedy=remedy)


def _between_0_and_1(function: str) -> bool:
    """Whether the values of an activation are probabilities."""
    with np.errstate(all="ignore"):
        ends = FUNCTIONS[function].value(np.array([-100.0, 0.0, 100.0]))
    return bool((ends >= 0).all() and (ends <= 1).all())


def _layers(entries: Entries, model: Any) -> Iterator[Layer]:
    if not isinstance(model, list) or not model:
        message = f"model is {described(model)}"
        entries.problem(("model",), message, "a list of pages, such as [lstm, softmax]")
        return
    for index, entry in enumerate(model):
        layer = _layer(entries, ("model", index), entry)
        if layer is not None:
            yield layer


def _layer(entries: Entries, path: KeyPath, entry: Any) -> Layer | None:
    if not isinstance(entry, dict) or not entry.keys() & set(_USE):
        cell = _cell(entries, path, entry, "page")
        return None if cell is None else Layer(cell)
    name, direction = _use(entries, path, entry)
    if "page" not in entry:
        expected = "the name of a page, or its path, beside what it is used for"
        entries.problem(path, f"{dotted(path)} lacks the key 'page'", expected)
        return None
    cell = _cell(entries, (*path, "page"), entry["page"], "page")
    if cell is None:
        return None
    if direction != DIRECTIONS[0] and not cell.reach:
        message = f"the page {cell.name} reads no other time step, so has no direction"
        entries.problem((*path, "direction"), message, remedy="remove it")
    return Layer(cell, name, direction)


def _cell(entries: Entries, path: KeyPath, value: Any, key: str) -> Cell | None:
    return read_page(entries, path, value, key, load_cell, own_cell, bundled_pages())


def _use(entries: Entries, path: KeyPath, entry: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a page is called, and its direction."""
    for key in entry:
        if key not in _USE:
            message = f"unknown key {dotted((*path, key))!r}"
            remedy = USES.get(key) or did_you_mean(key, _USE)
            entries.problem((*path, key), message, remedy=remedy, key=True)
    name, direction = entry.get("as", ""), entry.get("direction", DIRECTIONS[0])
    if "as" in entry and not (isinstance(name, str) and re.fullmatch(LAYER, name)):
        message = f"{dotted((*path, 'as'))} is {described(name)}"
        entries.problem((*path, "as"), message, "a letter, then letters and digits: top")
        name = ""
    elif name in TAKEN:
        message = f"{dotted((*path, 'as'))} is {name!r}, which stands for something else"
        remedy = f"choose another name: 'weights' may have the key {name!r} instead of layers"
        entries.problem((*path, "as"), message, remedy=remedy)
    if direction not in DIRECTIONS:
        message = f"{dotted((*path, 'direction'))} is {described(direction)}"
        expected = f"one of {', '.join(DIRECTIONS)}"
        entries.problem((*path, "direction"), message, expected)
        direction = DIRECTIONS[0]
    return name, direction


def read_page(
    entries: Entries,
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
            return load(value, entries.folder)
        if isinstance(value, dict):
            return read_here(entries.document.within(path), f"own {key}")
        known_key = ScenarioFile.model_fields.get(key)
        about = (known_key and known_key.description) or "lstm, softmax, or a path"
        entries.problem(path, f"{dotted(path)} is {described(value)}", f"text ({about})")
    except KeyError:
        expected = f"the name of a {key}, or the path of a .yaml file"
        other = (LOSSES if key == "loss" else PAGES).get(str(value).lower())
        remedy = other or did_you_mean(str(value), known)
        entries.problem(path, f"there is no {key} {value!r}", expected, remedy)
    except BadInput as error:
        for problem in error.problems:
            if problem.place.line is None:  # the file as a whole: point at its name here
                message = f"{problem.place.file}: {problem.message}"
                entries.problem(path, message, problem.expected, problem.remedy)
            else:
                entries.problems.append(problem)
    return None
