"""`scenarios`: what is bundled, and what each teaches."""

from __future__ import annotations


def scenarios() -> None:
    """List the bundled scenarios and what each teaches."""
    from rich.table import Table
    from rich.text import Text

    from lstm_tutor.render.table import frame
    from lstm_tutor.scenario.catalog import bundled
    from lstm_tutor.scenario.scenario import load
    from lstm_tutor.terminal.screen import console

    screen = console()
    lines = frame(plain=screen.options.ascii_only)
    table = Table(box=lines, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("scenario", no_wrap=True)
    table.add_column("cell")
    table.add_column("steps", justify="right")
    table.add_column("units", justify="right")
    table.add_column("what it teaches")
    for name in bundled():
        found = load(name)
        hidden = found.sizes["hidden"]
        cells = (name, found.cell.name, str(found.steps), str(hidden), found.about)
        table.add_row(*(Text(cell) for cell in cells))
    screen.print(table)
