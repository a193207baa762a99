"""Numbers of courses and test suites, each with a scenario file that keeps their arrays.

The numbers are in ``data/published/published.json``, where each entry says where it is from;
a scenario reads its arrays out of its entry as they are, under their names.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
_FOLDER = Path(__file__).parents[1] / "data" / "published"
ENTRIES: dict[str, Mapping[str, Any]] = {
    entry["id"]: entry
    for entry in json.loads((_FOLDER / "published.json").read_text("utf-8"))["entries"]
}


def scenario_of(name: str, folder: Path) -> Scenario:
    """Return the scenario of an entry, whose arrays are put beside it in a folder."""
    for path in _FOLDER.glob("*.yaml"):
        shutil.copy(path, folder)
    (folder / f"{name}.json").write_text(json.dumps(ENTRIES[name]), "utf-8")
    return load(str(folder / f"{name}.yaml"))


def differing(name: str, trace: Trace) -> list[str]:
    """Return which of the expected numbers a computation does not have."""
    found = []
    for key, value in ENTRIES[name]["expected"].items():
        own = _found(key, trace)
        if not _met(own, value):
            found.append(f"{key}: {own} is not {value}")
    return found


def _met(own: Array, value: Any) -> bool:
    """Whether numbers are the published ones, at the digits that each is published with.

    Some are rounded down, and some were computed with single precision.
    """
    flat = [float(number) for number in np.ravel(np.array(value, dtype=object)).tolist()]
    places = [_last_place(number) for number in flat]
    rounded_to_0 = min((place for place in places if place), default=0.0)
    alike = own.size == 1 if np.shape(value) == () else np.shape(own) == np.shape(value)
    return alike and all(
        abs(one - other) <= (place or rounded_to_0) + 1e-7
        for one, other, place in zip(np.ravel(own).tolist(), flat, places, strict=True)
    )


def _last_place(number: float) -> float:
    """Return one unit of the last place that a number is published with; 0 for a 0."""
    if not number:
        return 0.0
    digits, _, power = repr(number).partition("e")
    return float(10.0 ** (int(power or 0) - len(digits.partition(".")[2])))


def _found(key: str, trace: Trace) -> Array:
    """Return what a published name stands for."""
    if key in trace.parameters or "@" in key:
        return np.asarray(trace.find(key).value)
    name, _, index = key.partition("[")
    value = _named(name, trace)
    for part in index.rstrip("]").split("][") if index else ():
        value = value[int(part)]
    return np.asarray(value)


def _named(name: str, trace: Trace) -> Array:
    def of(id_: str) -> Array:
        return np.asarray(trace.find(id_).value)

    if name == "output":
        return np.array([of(f"h@{t}") for t in range(trace.scenario.steps)])
    if name in ("h", "next_h", "Y_h"):
        return of("h@0").T
    if name == "next_c":
        return of("C@0").T
    if name.startswith(("dWf", "dWi", "dWc", "dWo")) and len(name) == 3:
        gate = name[2].replace("c", "a")
        return np.concatenate([of(f"dU_{gate}"), of(f"dW_{gate}")], axis=1)
    if name.startswith("db") and name != "dba":
        return of(f"db_{name[2].replace('c', 'a')}")
    plain = {
        "a_next": "h@0",
        "c_next": "C@0",
        "yt_pred": "p@0",
        "yt": "p@0",
        "dxt": "dx@0",
        "da_prev": "deltaOut@-1",
        "dc_prev": "dC@-1",
        "dWax": "dW_h",
        "dWaa": "dU_h",
        "dba": "db_h",
    }
    return of(plain[name])
