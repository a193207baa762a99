"""Reads how a scenario's loss is averaged, its gradients clipped and its weights updated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import size_of
from lstm_tutor.derivation.updating import NoUpdate, Updates
from lstm_tutor.files.document import KeyPath, dotted
from lstm_tutor.files.phrase import listed
from lstm_tutor.files.problem import BadInput, described, did_you_mean, nearest
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.loss import Loss
from lstm_tutor.model.symbol import RATE, beside, is_each
from lstm_tutor.model.update import Update
from lstm_tutor.model.update_page import (
    bundled_updates,
    default_update,
    load_update,
    own_update,
)
from lstm_tutor.scenario.entries import Entries
from lstm_tutor.scenario.plain import keys_of
from lstm_tutor.scenario.scenario import MEANS
from lstm_tutor.scenario.updating import Updating

Array = NDArray[np.float64]
_LIMIT = "limit"
_OWN = ("page", "initial", "epoch")
_OF_A_LOSS = {
    "mean": "there is no loss to average",
    "clip": "weights are not updated",
    "update": "weights are not updated",
}
_INSTEAD = {
    RATE: "write learning_rate beside 'update', not in it",
    "learning_rate": "write it beside 'update', not in it",
    "eps": "it is called epsilon",
    "betas": "write beta1 and beta2",
    "weight_decay": "write the update's equations in a file, and name its path after 'page'",
    "nesterov": "write the update's equations in a file, and name its path after 'page'",
}


@dataclass(frozen=True)
class _Chosen:
    """A page and what is written beside it."""

    page: Update
    path: KeyPath
    entries: Mapping[str, Any]


class Renewal:
    """Reads the entries ``mean``, ``clip`` and ``update`` of a scenario file."""

    def __init__(self, entries: Entries) -> None:
        """Take the file's entries; problems go to theirs."""
        self._document, self._folder = entries.document, entries.folder
        self._problems, self._problem = entries.problems, entries.problem
        value: dict[str, Any] = self._document.value
        self.mean = self._mean(value["mean"]) if value.get("mean") is not None else ()
        clip = self._clip(value["clip"]) if value.get("clip") is not None else None
        update = self._update(value["update"]) if value.get("update") is not None else None
        self._chosen = tuple(found for found in (clip, update) if found)
        self.clip = clip.page if clip else None
        self.update = update.page if update else default_update()

    def _mean(self, value: Any) -> tuple[str, ...]:
        expected = "a list of axes: [time], [batch] or [time, batch]"
        if not isinstance(value, list) or not all(isinstance(axis, str) for axis in value):
            self._problem(("mean",), f"mean is {described(value)}", expected)
            return ()
        for number, axis in enumerate(value):
            if axis not in MEANS:
                message = f"a loss cannot be averaged over {axis!r:.40}"
                self._problem(("mean", number), message, expected, did_you_mean(axis, MEANS))
            elif axis in value[:number]:
                self._problem(("mean", number), f"{axis} is there twice", expected)
        return tuple(axis for axis in MEANS if axis in value)

    def averaged(self, loss: Loss | None) -> Loss | None:
        """Return the loss of one time step as it is averaged."""
        if not self.mean or loss is None:
            return loss
        if loss.averages:
            message = f"{loss.name} is divided by N already"
            remedy = "remove 'mean', or take another loss, such as squared-error"
            self._problem(("mean",), message, remedy=remedy, key=True)
            return loss
        return loss.averaged()

    def refuse(self, *, outside: bool) -> None:
        """Add a problem for each entry that needs a loss, where there is none.

        Args:
            outside: whether gradients come from outside instead.
        """
        why = "gradients come from outside" if outside else "there are no labels"
        remedy = "remove it" if outside else "add labels, or remove it"
        for key, what in _OF_A_LOSS.items():
            if self._document.value.get(key) is not None:
                self._problem((key,), f"{why}, and {what}", remedy=remedy, key=True)

    def _clip(self, value: Any) -> _Chosen | None:
        known = bundled_updates(clip=True)
        expected = "one limit: {value: 5} or {norm: 5}"
        if isinstance(value, dict) and "page" not in value and "equations" not in value:
            for key in value:
                if key not in known:
                    remedy = did_you_mean(key, known)
                    message = f"unknown key 'clip.{key}'"
                    self._problem(("clip", key), message, expected, remedy, key=True)
                    return None
            if len(value) != 1:
                said = "has both limits" if value else "is empty"
                self._problem(("clip",), f"clip {said}", expected)
                return None
            ((name, limit),) = value.items()
            page = load_update(name, self._folder, clip=True)
            path: KeyPath = ("clip", name)
            if not _number(limit) or limit <= 0:
                self._problem(path, f"clip.{name} is {described(limit)}", "a number above 0")
                return None
            return _Chosen(page, ("clip",), {_LIMIT: limit})
        if not isinstance(value, dict | str) or value in known:
            remedy = f"write {{{value}: 5}}" if value in known else ""
            self._problem(("clip",), f"clip is {described(value)}", expected, remedy)
            return None
        return self._page(("clip",), value, clip=True)

    def _update(self, value: Any) -> _Chosen | None:
        if not isinstance(value, str | dict):
            names = ", ".join(bundled_updates())
            self._problem(
                ("update",), f"update is {described(value)}", f"{names}, a path, or {{page: …}}"
            )
            return None
        return self._page(("update",), value, clip=False)

    def _page(self, path: KeyPath, value: Any, *, clip: bool) -> _Chosen | None:
        """Return the page that an entry names or holds, with what is written beside it."""
        entries: Mapping[str, Any] = {}
        if isinstance(value, dict) and "equations" not in value:
            if "page" not in value:
                message = f"{dotted(path)} names no page"
                self._problem(path, message, f"{{page: adam, …}}, with one of {_names(clip)}")
                return None
            entries, inside, value = value, (*path, "page"), value["page"]
        else:
            inside = path
        found = self._loaded(inside, value, clip=clip)
        return None if found is None else _Chosen(found, path, entries)

    def _loaded(self, path: KeyPath, value: Any, *, clip: bool) -> Update | None:
        kind = "clipping" if clip else "update"
        try:
            if isinstance(value, dict):
                return own_update(self._document.within(path), f"own {kind}", clip=clip)
            if isinstance(value, str):
                return load_update(value, self._folder, clip=clip)
            self._problem(path, f"{dotted(path)} is {described(value)}", _names(clip))
        except KeyError:
            near = nearest(value, bundled_updates(clip=clip))
            remedy = "write its equations in a file, as 'lstm-tutor show adam' prints them"
            remedy = f"did you mean {near!r}?" if near else remedy
            self._problem(path, f"there is no {kind} {value!r:.60}", _names(clip), remedy)
        except BadInput as error:
            for problem in error.problems:
                if problem.place.line is None:  # the file as a whole: point at its name here
                    message = f"{problem.place.file}: {problem.message}"
                    self._problem(path, message, problem.expected, problem.remedy)
                else:
                    self._problems.append(problem)
        return None

    @property
    def learning_rate(self) -> float:
        """The learning rate of a scenario that has none."""
        rate = self.update.learning_rate
        return 0.1 if rate is None else rate

    @property
    def _pages(self) -> tuple[Update, ...]:
        return (self.clip, self.update) if self.clip else (self.update,)

    def named(self, cell: Cell) -> Cell:
        """Return the model with what its update makes among its names."""
        try:
            return Updates(cell, self._pages).named()
        except NoUpdate as error:
            self._problem(("update",) if self._chosen else (), str(error))
        return cell

    def updating(self, cell: Cell, sizes: Mapping[str, int]) -> Updating:
        """Return how weights are updated.

        Args:
            cell: the model.
            sizes: the size of each axis.
        """
        settings = {key: n for page in self._pages for key, n in page.settings.items()}
        kept = {
            name: _filled(cell, name, start, sizes)
            for name, start in Updates(cell, self._pages).kept.items()
        }
        epoch = 1
        for chosen in self._chosen:
            settings |= dict(self._settings(chosen))
            kept |= dict(self._kept(chosen, cell, sizes))
            epoch = self._epoch(chosen, epoch)
        for value in kept.values():
            value.setflags(write=False)
        return Updating(self.update, self.clip, settings, kept, epoch)

    def _settings(self, chosen: _Chosen) -> Iterator[tuple[str, float]]:
        known = [*chosen.page.settings]
        for key, value in chosen.entries.items():
            here = (*chosen.path, key)
            if key in _OWN:
                continue
            if key not in known:
                message = f"{chosen.page.name} has no setting {key!r:.40}"
                said = listed(known) if known else "none"
                remedy = _INSTEAD.get(key) or did_you_mean(key, [*known, *_OWN])
                self._problem(here, message, f"its settings: {said}", remedy, key=True)
            elif not _number(value):
                self._problem(here, f"{dotted(here)} is {described(value)}", "a number")
            else:
                yield key, float(value)

    def _epoch(self, chosen: _Chosen, epoch: int) -> int:
        value = chosen.entries.get("epoch", epoch)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10**9:
            path = (*chosen.path, "epoch")
            expected = "a whole number from 1 on"
            self._problem(path, f"{dotted(path)} is {described(value)}", expected)
            return epoch
        return value

    def _kept(
        self, chosen: _Chosen, cell: Cell, sizes: Mapping[str, int]
    ) -> Iterator[tuple[str, Array]]:
        """Yield what was kept of epochs before, given as a number or parameter by parameter."""
        path = (*chosen.path, "initial")
        given = chosen.entries.get("initial", {})
        if not isinstance(given, dict):
            expected = f"a set of entries: {', '.join(chosen.page.initial) or 'none'}"
            self._problem(path, f"{dotted(path)} is {described(given)}", expected)
            return
        for state, value in given.items():
            here = (*path, state)
            if state not in chosen.page.initial:
                known = chosen.page.initial
                message = f"{chosen.page.name} keeps no {state!r:.40}"
                remedy = did_you_mean(str(state), known) if known else "remove it"
                expected = listed([*known]) or "nothing is kept from epoch to epoch"
                self._problem(here, message, expected, remedy, key=True)
            elif _number(value):
                for name in _names_of(cell, state):
                    yield name, _filled(cell, name, float(value), sizes)
            else:
                yield from self._each(here, state, value, cell, sizes)

    def _each(
        self, path: KeyPath, state: str, value: Any, cell: Cell, sizes: Mapping[str, int]
    ) -> Iterator[tuple[str, Array]]:
        for own in cell.parameters if is_each(state) else ():
            name = beside(state, own)
            found, here = value, path
            for key in keys_of(cell, own):
                found = found.get(key) if isinstance(found, dict) else None
                here = (*here, key)
            shape = _shape(cell, name, sizes)
            array = _array(found)
            if array is None or array.size != int(np.prod(shape)):
                size = " × ".join(map(str, shape)) or "one number"
                self._problem(here, f"{dotted(here)} does not fit {own}", f"numbers: {size}")
            else:
                yield name, array.reshape(shape)
        if not is_each(state):
            self._problem(path, f"{dotted(path)} is {described(value)}", "a number")


def _number(value: Any) -> bool:
    finite = isinstance(value, int | float) and not isinstance(value, bool)
    return finite and bool(np.isfinite(float(value)))


def _names(clip: bool) -> str:
    return ", ".join([*bundled_updates(clip=clip), "or the path of a .yaml file"])


def _names_of(cell: Cell, state: str) -> list[str]:
    return [beside(state, own) for own in cell.parameters] if is_each(state) else [state]


def _shape(cell: Cell, name: str, sizes: Mapping[str, int]) -> tuple[int, ...]:
    what = cell.beside.get(name)
    axes = cell.parameters.get(what.weight, ()) if what else ()
    return tuple(size_of(axis, sizes) for axis in axes)


def _filled(cell: Cell, name: str, start: float, sizes: Mapping[str, int]) -> Array:
    return np.full(_shape(cell, name, sizes), start)


def _array(value: Any) -> Array | None:
    try:
        found = np.asarray(value)
    except ValueError:
        return None
    numeric = found.dtype.kind in "if" and bool(np.isfinite(found).all())
    return found.astype(float) if numeric else None
