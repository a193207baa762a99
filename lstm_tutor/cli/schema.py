"""`schema`: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

from lstm_tutor.cli.option import Output


def schema(output: Output = None) -> None:
    """Print the JSON Schema of scenario files.

    It is for editors that check while you type.
    """
    import json

    from lstm_tutor.scenario.schema import schema as scenario_schema
    from lstm_tutor.terminal.screen import emit

    emit(output, [json.dumps(scenario_schema(), indent=2), "\n"])
