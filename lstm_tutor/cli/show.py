"""`show`: the file of something bundled, to read or to copy."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Kind(StrEnum):
    """What is bundled as a file."""

    SCENARIO = "scenario"
    PAGE = "page"
    DIALECT = "dialect"
    LOSS = "loss"


def show(
    name: Annotated[str, typer.Argument(help="What is bundled: gomez, lstm, pytorch, adam.")],
    kind: Annotated[
        Kind | None, typer.Option(help="Which, where several have the name.")
    ] = None,
) -> None:
    """Print the file of something bundled.

    Copied to a file of your own it is where to begin: `lstm-tutor show lstm > mine.yaml`.
    """
    from lstm_tutor.dialects.catalog import NOTATIONS
    from lstm_tutor.files.problem import did_you_mean
    from lstm_tutor.model.catalog import FOLDER, READOUTS
    from lstm_tutor.model.loss import loss_files
    from lstm_tutor.model.update_page import CLIPPING, UPDATES
    from lstm_tutor.scenario.catalog import folder

    folders = {
        Kind.SCENARIO: (folder(),),
        Kind.PAGE: (FOLDER, READOUTS, UPDATES, CLIPPING),
        Kind.DIALECT: (NOTATIONS,),
    }
    files: dict[tuple[str, Kind], Path | str] = {
        (path.stem, which): path
        for which, places in folders.items()
        for place in places
        for path in sorted(place.glob("*.yaml"))
        if kind in (None, which)
    }
    if kind in (None, Kind.LOSS):
        files |= {(loss, Kind.LOSS): text for loss, text in loss_files().items()}
    found = [(which, held) for (stem, which), held in files.items() if stem == name]
    if not found:
        what, known = kind or "scenario, page, dialect or loss", [stem for stem, _ in files]
        message = f"no {what} is called {name!r}: {did_you_mean(name, known)}"
        raise typer.BadParameter(message, param_hint="'NAME'")
    held = found[0][1]
    typer.echo(held if isinstance(held, str) else held.read_text("utf-8"), nl=False)
    for which, _ in found[1:]:
        other = f"lstm-tutor show {name} --kind {which}"
        typer.echo(f"{name} is the name of a {which} too: {other}", err=True)
