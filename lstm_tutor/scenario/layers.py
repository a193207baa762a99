"""The model and the loss that a scenario file names: bundled, in a file, or written there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from lstm_tutor.files.document import Document, KeyPath, dotted
from lstm_tutor.files.problem import BadInput, described, did_you_mean
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import DIRECTIONS, LAYER, Layer, NoModel, composed
from lstm_tutor.model.loss import NUMBERS, SHARES, Loss, load_loss, losses, own_loss
from lstm_tutor.model.page import bundled_pages, load_cell, own_cell
from lstm_tutor.scenario.entries import Entries
from lstm_tutor.scenario.schema import ScenarioFile

Page = TypeVar("Page")


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


def check_probabilities(entries: Entries, cell: Cell, loss: Loss) -> None:
    """Refuse a loss of probabilities where the output may be any number."""
    if loss.labels == NUMBERS or cell.probabilities:
        return
    page = "softmax" if loss.labels == SHARES else "sigmoid"
    message = f"{loss.name} compares probabilities, and {cell.output} may be any number"
    entries.problem(("loss",), message, remedy=f"end the model with {page}")


def _layers(entries: Entries, model: Any) -> Iterator[Layer]:
    if not isinstance(model, list) or not model:
        message = f"model is {described(model)}"
        entries.problem(("model",), message, "a list of pages, such as [lstm, softmax]")
        return
    for index, entry in enumerate(model):
        path: KeyPath = ("model", index)
        used = isinstance(entry, dict) and "page" in entry
        name, direction = _use(entries, path, entry) if used else ("", DIRECTIONS[0])
        cell = _cell(
            entries, (*path, "page") if used else path, entry["page"] if used else entry, "page"
        )
        if cell is None:
            continue
        if direction != DIRECTIONS[0] and not cell.reach:
            message = f"the page {cell.name} reads no other time step, so has no direction"
            entries.problem(("model", index, "direction"), message)
        yield Layer(cell, name, direction)


def _cell(entries: Entries, path: KeyPath, value: Any, key: str) -> Cell | None:
    return read_page(entries, path, value, key, load_cell, own_cell, bundled_pages())


def _use(entries: Entries, path: KeyPath, entry: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a page is called, and its direction."""
    known = ("page", "as", "direction")
    for key in entry:
        if key not in known:
            message = f"unknown key {dotted((*path, key))!r}"
            entries.problem((*path, key), message, remedy=did_you_mean(key, known), key=True)
    name, direction = entry.get("as", ""), entry.get("direction", DIRECTIONS[0])
    if "as" in entry and not (isinstance(name, str) and re.fullmatch(LAYER, name)):
        message = f"{dotted((*path, 'as'))} is {described(name)}"
        entries.problem((*path, "as"), message, "a letter, then letters and digits: top")
        name = ""
    if direction not in DIRECTIONS:
        message = f"{dotted((*path, 'direction'))} is {direction!r:.40}"
        entries.problem((*path, "direction"), message, f"one of {', '.join(DIRECTIONS)}")
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
        remedy = did_you_mean(str(value), known)
        entries.problem(path, f"there is no {key} {value!r}", expected, remedy)
    except BadInput as error:
        for problem in error.problems:
            if problem.place.line is None:  # the file as a whole: point at its name here
                message = f"{problem.place.file}: {problem.message}"
                entries.problem(path, message, problem.expected, problem.remedy)
            else:
                entries.problems.append(problem)
    return None
