"""`step`: walk through a computation one equation at a time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstm_tutor.cli.option import (
    DetailName,
    DetailOption,
    Digits,
    NotationName,
    Only,
    Phases,
    ScenarioName,
    step_option,
)
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION, notations
from lstm_tutor.scenario.catalog import DEFAULT
from lstm_tutor.terminal.stream import control

if TYPE_CHECKING:
    from lstm_tutor.render.line import View
    from lstm_tutor.render.sheet import Cell
    from lstm_tutor.walk.walk import Walk

_LONGEST_LINE = 1_000  # of a script


def step(
    scenario: ScenarioName = DEFAULT,
    pause: Annotated[
        bool, typer.Option("--pause", help="Wait for a key after each step (? shows the keys).")
    ] = False,
    screen: Annotated[
        bool,
        typer.Option(
            "--screen", help="With --pause: redraw in place, with the ledger beside the step."
        ),
    ] = False,
    start: Annotated[str | None, step_option("--from", "Begin at this step.")] = None,
    until: Annotated[str | None, step_option("--until", "End with this step.")] = None,
    phase: Phases = None,
    only: Only = None,
    digits: Digits = 6,
    detail: DetailOption = DetailName.NUMBERS,
    notation: NotationName = DEFAULT_NOTATION,
    transcript: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the steps seen to this Markdown file.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Walk through, one equation at a time.

    With --pause, keys go forwards, backwards and to any step, and ask why a value is
    what it is. Without a terminal, --pause reads one command a line: next, back, down,
    up, g ID, / SYMBOL, why, detail, notation, ledger, overview, save FILE, quit.
    """
    if screen and not pause:
        raise typer.BadParameter(
            "it redraws a walk that waits for keys: add --pause", param_hint="--screen"
        )
    from lstm_tutor.files.writing import check_writable
    from lstm_tutor.model.equation import Phase
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.submission.typed import typed_id, typed_ids
    from lstm_tutor.terminal.keyboard import has_keys
    from lstm_tutor.terminal.screen import on_terminal
    from lstm_tutor.trace.selection import walked
    from lstm_tutor.trace.trace import compute
    from lstm_tutor.walk.walk import Walk

    trace = compute(load(scenario))
    phases = [Phase(name) for name in phase or ()]
    asked = typed_ids(trace, only or (), notation)
    ends = [typed_id(trace, id_, notation) if id_ else None for id_ in (start, until)]
    indices = walked(trace, phases, asked, *ends)
    others = [name for name in notations() if name != notation]
    walk = Walk(trace, indices, notations=(notation, *others), detail=detail)
    whole = not (phase or only or start or until)
    session = _Session(walk, digits, transcript, whole=whole)
    if transcript is not None:
        check_writable(transcript)
    try:
        if pause and sys.stdin.isatty() and on_terminal() and has_keys():
            session.interactive(screen=screen)
        elif pause and not (sys.stdin.isatty() and has_keys()):
            session.scripted()
        else:
            session.straight()
    finally:
        session.save()


class _Session:
    """One walk with what it writes to: the screen and the transcript."""

    def __init__(
        self, walk: Walk, digits: int, transcript: Path | None, *, whole: bool
    ) -> None:
        self._walk = walk
        self._whole = whole
        self._digits = digits
        self._transcript = transcript
        self._seen: dict[int, None] = {}
        self._shown: Walk | None = None

    def straight(self) -> None:
        """Show every step in turn, without waiting."""
        from dataclasses import replace

        from lstm_tutor.terminal.screen import show, width

        view = self._view(self._walk)
        self._open()
        for at in range(len(self._walk.indices)):
            walk = replace(self._walk, at=at)
            show(self._blocks(walk, view, width()))
            show([("", "")])

    def _open(self) -> None:
        """Show the first page, if the walk is through everything."""
        from lstm_tutor.terminal.screen import show, width
        from lstm_tutor.walk.opening import opening

        if self._whole:
            show((*opening(self._walk, self._view(self._walk), width()), ("", "")))

    def scripted(self) -> None:
        """Read one command a line and show what it asks for."""
        from lstm_tutor.terminal.screen import show
        from lstm_tutor.walk.script import keys_of
        from lstm_tutor.walk.walk import press

        self._open()
        self._append()
        for line in iter(lambda: sys.stdin.readline(_LONGEST_LINE), ""):
            before = self._walk.asked
            for key in keys_of(line):
                self._walk = press(self._walk, key)
                self._answer()
            if self._walk.asked == before:
                show([(f"{line.strip()} does nothing here (? shows the keys)", "")])
            self._append()
            if self._walk.finished:
                return

    def interactive(self, *, screen: bool) -> None:
        """Wait for keys on a terminal."""
        from dataclasses import replace

        from lstm_tutor.terminal.keyboard import keyboard
        from lstm_tutor.walk.walk import Showing, press

        draw = self._draw_screen if screen else self._append_with_legend
        if not screen:
            self._open()
        elif self._whole:
            self._walk = replace(self._walk, showing=Showing.OPENING)
        with keyboard(screen=screen) as keys:
            try:
                draw()
                while not self._walk.finished:
                    key = keys.read()
                    if not screen:
                        _erase_line()
                    for single in self._meant(key):
                        self._walk = press(self._walk, single)
                        self._answer()
                    draw()
            finally:
                if not screen:
                    _erase_line()

    def _meant(self, key: str) -> list[str]:
        """Take pasted text as typed in a prompt, and as nothing elsewhere."""
        if key.startswith("paste:"):
            return list(key[6:].strip()) if self._walk.prompt is not None else []
        return [] if key == "resize" else [key]

    def _view(self, walk: Walk, *, to_file: bool = False) -> View:
        from lstm_tutor.terminal.screen import viewed

        name, digits = walk.notations[0], self._digits
        return viewed(walk.trace, name, digits, walk.detail, to_file=to_file)

    def _blocks(self, walk: Walk, view: View, width: int) -> Cell:
        from lstm_tutor.walk.drawing import blocks

        self._seen[walk.index] = None
        cell = blocks(walk, view, width, self._shown)
        self._shown = walk
        return cell

    def _append(self) -> None:
        """Append what the last key asked for; nothing if it asked for nothing."""
        from lstm_tutor.terminal.screen import show, width

        walk = self._walk
        if walk.message:
            show([(walk.message, "bold")])
        before = self._shown
        renamed = before is not None and walk.notations != before.notations
        if before is not None and walk.asked == before.asked:
            return
        if walk.prompt is not None or walk.finished or (walk.message and not renamed):
            return
        if walk.save_to:
            self._shown = walk
            return
        show((*self._blocks(walk, self._view(walk), width()), ("", "")))

    def _append_with_legend(self) -> None:
        from lstm_tutor.terminal.screen import width
        from lstm_tutor.walk.drawing import legend_line

        self._append()
        if not self._walk.finished:
            line = legend_line(self._walk, self._view(self._walk), width() - 1)
            control("\x1b[2m")
            sys.stdout.write(line)
            control("\x1b[22m")
            sys.stdout.flush()

    def _draw_screen(self) -> None:
        """Draw the whole screen in place."""
        from shutil import get_terminal_size

        from lstm_tutor.terminal.screen import console
        from lstm_tutor.walk.drawing import screen

        self._seen[self._walk.index] = None
        size = get_terminal_size()
        paper = console()
        view = self._view(self._walk)
        self._walk, rows = screen(self._walk, view, size.columns, size.lines)
        control("\x1b[H")
        for number, (line, style) in enumerate(rows):
            ending = "\x1b[K\r\n" if number < len(rows) - 1 else "\x1b[K"
            paper.print(line, style=style or None, end="", soft_wrap=True, crop=True)
            control(ending)
        sys.stdout.flush()

    def _answer(self) -> None:
        """Do what the walk asks for beyond showing: save a transcript."""
        if self._walk.save_to:
            from dataclasses import replace

            path = Path(self._walk.save_to).expanduser()
            self._walk = replace(self._walk, save_to="", message=self._saved(path))

    def _saved(self, path: Path) -> str:
        from lstm_tutor.files.phrase import counted
        from lstm_tutor.files.text import visible

        name = visible(str(path))
        try:
            self._write(path)
        except OSError as error:
            return f"could not save {name}: {error.strerror}"
        return f"saved {name}: {counted(len(self._seen), 'step')}"

    def save(self) -> None:
        """Write the transcript that was asked for on the command line."""
        if self._transcript is not None and self._seen:
            from lstm_tutor.files.phrase import counted

            self._write(self._transcript)
            steps = counted(len(self._seen), "step")
            typer.echo(f"wrote {self._transcript}: {steps}", err=True)

    def _write(self, path: Path) -> None:
        from lstm_tutor.export.transcript import transcript
        from lstm_tutor.files.writing import write_file

        view = self._view(self._walk, to_file=True)
        write_file(path, transcript(self._walk.trace, sorted(self._seen), view))


def _erase_line() -> None:
    control("\r\x1b[K")
    sys.stdout.flush()
