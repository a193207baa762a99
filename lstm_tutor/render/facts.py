"""What a scenario is, in a few words: its pages and its sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lstm_tutor.files.phrase import counted, listed
from lstm_tutor.model.symbol import bare, layer_of
from lstm_tutor.model.update import DEFAULT
from lstm_tutor.render.entries import entry_of
from lstm_tutor.scenario.scenario import Scenario


def sizes_of(scenario: Scenario) -> Iterator[str]:
    """Yield the size of each axis: "2 time steps", "3 inputs", "4 hidden units of l2"."""
    yield counted(scenario.steps, "time step")
    if scenario.batch is not None:
        yield counted(scenario.batch, "sequence")
    for axis, size in scenario.sizes.items():
        if "+" not in axis:
            layer, hidden = layer_of(axis), bare(axis) == "hidden"
            thing = "hidden unit" if hidden else entry_of(axis)
            things = bare(axis) if thing.endswith("s") else ""
            yield counted(size, thing, things) + f" of {layer}" * bool(layer)


def training_of(scenario: Scenario, number: Callable[[float], str]) -> Iterator[str]:
    """Yield how the weights are trained: the loss, its mean, clipping, the update."""
    own = scenario.updating
    mean = f", mean over {listed(scenario.mean)}" if scenario.mean else ""
    yield scenario.loss.name + mean
    if own.clip:
        limits = ", ".join(number(own.settings[name]) for name in own.clip.settings)
        title = own.clip.title
        yield f"{title[:1].lower()}{title[1:]}: {limits}" if limits else title
    yield rate_of(scenario, number)
    if own.epoch > 1:
        yield f"epoch {own.epoch:,}"


def rate_of(scenario: Scenario, number: Callable[[float], str]) -> str:
    """Say how large a step is, and by which update: "adam, learning rate 0.001"."""
    name = scenario.updating.update.name
    rate = f"learning rate {number(scenario.learning_rate)}"
    return rate if name == DEFAULT else f"{name}, {rate}"
