"""lstm-tutor: the LSTM's forward and backward pass, one number at a time.

    >>> import lstm_tutor as lt
    >>> t = lt.compute("gomez")
    >>> t["dC@0"].value.round(4)
    array([-0.0535])

What is offered is loaded when it is asked for, so that importing the package is quick.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

TYPE_CHECKING = False  # typing would take most of the time until Ctrl-C is minded
if TYPE_CHECKING:
    from typing import Any

    from lstm_tutor.notebook.computation import Step, Trace
    from lstm_tutor.notebook.error import TutorError
    from lstm_tutor.notebook.given import scenario
    from lstm_tutor.notebook.picture import Picture
    from lstm_tutor.notebook.report import Report, check
    from lstm_tutor.notebook.surface import (
        Audit,
        Gradcheck,
        audit,
        compute,
        export,
        gradcheck,
        train,
        worksheet,
    )
    from lstm_tutor.scenario.scenario import Scenario

__all__ = [
    "Audit",
    "Gradcheck",
    "Picture",
    "Report",
    "Scenario",
    "Step",
    "Trace",
    "TutorError",
    "audit",
    "check",
    "compute",
    "export",
    "gradcheck",
    "scenario",
    "train",
    "worksheet",
]

_HOMES = {
    "computation": ("Step", "Trace"),
    "error": ("TutorError",),
    "given": ("scenario",),
    "picture": ("Picture",),
    "report": ("Report", "check"),
    "surface": (
        *("Audit", "Gradcheck", "audit", "compute", "export"),
        *("gradcheck", "train", "worksheet"),
    ),
}


def _offered(name: str) -> Any:
    if name == "Scenario":
        return import_module("lstm_tutor.scenario.scenario").Scenario
    home = next(home for home, names in _HOMES.items() if name in names)
    return getattr(import_module(f"lstm_tutor.notebook.{home}"), name)


class _Package(ModuleType):
    """A package that offers functions with the names of some of its rooms: `lt.check`."""

    def __dir__(self) -> list[str]:
        return [*__all__, "__version__"]

    def __reduce__(self) -> tuple[Any, ...]:
        return import_module, (__name__,)  # a notebook's functions travel with what they name


def _property(name: str) -> property:
    # importing a room sets it as an attribute of the package, which must stay the function
    return property(lambda _: _offered(name), lambda _, room: None)


for _name in __all__:
    setattr(_Package, _name, _property(_name))
sys.modules[__name__].__class__ = _Package


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics, for ``%load_ext lstm_tutor``."""
    import_module("lstm_tutor.notebook.magic").load(ipython)
