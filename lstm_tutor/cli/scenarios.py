"""`scenarios`: what is bundled, and what each teaches."""

from __future__ import annotations


def scenarios() -> None:
    """List what is bundled, and what it teaches."""
    from lstm_tutor.render.bundled import scenario_sheet
    from lstm_tutor.scenario.catalog import bundled
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.terminal.screen import ascii_only, show, width

    show(scenario_sheet([load(name) for name in bundled()], width()), plain=ascii_only())
