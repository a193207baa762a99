"""How a scenario's weights are updated: the pages, their settings, what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.model.symbol import EPOCH
from lstm_tutor.model.update import Update
from lstm_tutor.model.update_page import default_update

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Updating:
    """How weights are updated.

    Attributes:
        update: the page that makes new parameters.
        clip: the page that clips the gradients before; None if none does.
        settings: the plain numbers that these pages name.
        kept: what is kept from epoch to epoch, by name, as it is before this update.
        epoch: which one this is, counted from 1.
    """

    update: Update = field(default_factory=default_update)
    clip: Update | None = None
    settings: Mapping[str, float] = field(default_factory=dict)
    kept: Mapping[str, Array] = field(default_factory=dict)
    epoch: int = 1

    @property
    def pages(self) -> tuple[Update, ...]:
        """The page that clips, if there is one, and the update."""
        return (self.clip, self.update) if self.clip else (self.update,)

    @property
    def meanings(self) -> dict[str, str]:
        """Say what each setting is, and the epoch."""
        found = {name: page.call(name) for page in self.pages for name in page.settings}
        return {**found, EPOCH: "epoch, counted from 1"}

    @cached_property
    def constants(self) -> dict[str, float]:
        """The settings, and the epoch if a page names it."""
        counted = any(EPOCH in page.reads for page in self.pages)
        return {**self.settings, **({EPOCH: float(self.epoch)} if counted else {})}
