"""A walk as text: pure functions from a walk to the lines that show it."""

from __future__ import annotations

from dataclasses import replace

from lstm_tutor.algebra.expression import Binary, Number
from lstm_tutor.algebra.expression import walk as walk_tree
from lstm_tutor.files.phrase import counted
from lstm_tutor.render.breaking import columns, padded
from lstm_tutor.render.explanation import explanation
from lstm_tutor.render.line import Detail, View, arithmetic, formula, numbers, operands_relation
from lstm_tutor.render.sections import section
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.value import result_lines
from lstm_tutor.render.words import rule, words, wrapped
from lstm_tutor.trace.step import Step
from lstm_tutor.walk.ledger import ledger
from lstm_tutor.walk.opening import opening
from lstm_tutor.walk.walk import Showing, Walk, completions, group, legend

_BESIDE = 110  # columns at which the ledger stands beside the step
_NARROWEST = 40
_KEYS = (
    ("Enter, Space, →, n", "next step"),
    ("←, b", "step before"),
    ("↓, ↑", "next and previous layer, time step or phase"),
    ("g", "go to a step by its id, such as dC@0"),
    ("/", "find the next step of a symbol, such as dC"),
    ("w", "why: where this value comes from"),
    ("d", "detail: formula, numbers, arithmetic"),
    ("t", "notation: the symbols of another source"),
    ("l", "ledger: what has been computed so far"),
    ("o", "overview: the goal, what is given, how gradients are written"),
    ("s", "save a transcript of the steps seen so far"),
    ("j, k, PgDn, PgUp", "scroll what is longer than the screen"),
    ("q", "quit"),
)
_PLAIN_KEYS = {"→": "right", "←": "left", "↓": "down", "↑": "up"}


def step_block(walk: Walk, view: View, width: int) -> Cell:
    """Return one compact block: progress, what is computed, formula, numbers, value."""
    step = walk.trace[walk.index]
    lines = [_progress(walk, view, width)]
    lines += words(f"{step.id}  {step.equation.caption}", width, style="bold")
    lines += wrapped(formula(step, view), width)
    lines += _worked(step, view, width)
    lines += [(f"  {line}", "bold") for line in result_lines(step, view, width - 2)]
    if step.note:
        lines.append((f"  ({step.note})", "dim"))
    return tuple(lines)


def _progress(walk: Walk, view: View, width: int) -> tuple[str, str]:
    dash = "-" if view.plain else "─"
    where = section(walk.trace.scenario, *walk.trace.key(walk.index))
    text = f"step {walk.at + 1:,} of {len(walk.indices):,} {dash} {where}"
    return rule(text, width, plain=view.plain)


def _worked(step: Step, view: View, width: int) -> list[tuple[str, str]]:
    if view.detail is Detail.FORMULA or step.expression is None:
        return []
    lines = list(wrapped(f"{operands_relation(step, view)} {numbers(step, view)}", width))
    if view.detail is Detail.ARITHMETIC:
        spelled = arithmetic(step, view)
        if len(spelled) > 1 or "@" in _operators(step):
            lead = f"{operands_relation(step, view)} " if len(spelled) == 1 else ""
            lines += [part for line in spelled for part in wrapped(lead + line, width)]
    return lines


def _operators(step: Step) -> set[str]:
    nodes = walk_tree(step.effective or step.equation.expression or Number(0))
    return {node.operator for node in nodes if isinstance(node, Binary)}


def blocks(walk: Walk, view: View, width: int, before: Walk | None) -> Cell:
    """Return what is appended to the screen after a key.

    Args:
        walk: the walk now.
        view: how steps are written.
        width: columns.
        before: the walk at the last time something was shown; None at the start. The
            ledger is shown when the phase, layer or time step changes.
    """
    step = walk.trace[walk.index]
    match walk.showing:
        case Showing.WHY:
            return explanation(walk.trace, step, view, width)
        case Showing.LEDGER:
            return ledger(walk.trace, step, view, width)
        case Showing.HELP:
            return help_lines(view)
        case Showing.OPENING:
            return opening(walk, view, width)
    block = step_block(walk, view, width)
    if before is not None and group(walk, walk.at) != group(before, before.at):
        return (*ledger(walk.trace, step, view, width), ("", ""), *block)
    return block


def help_lines(view: View) -> Cell:
    """Return what every key does."""
    rows = [(_keys(keys, view), what) for keys, what in _KEYS]
    width = max(len(keys) for keys, _ in rows)
    return tuple((f"  {keys:<{width}}  {what}", "") for keys, what in rows)


def _keys(text: str, view: View) -> str:
    if view.plain:
        for sign, name in _PLAIN_KEYS.items():
            text = text.replace(sign, name)
    return text


def legend_line(walk: Walk, view: View, width: int) -> str:
    """Return the keys that do something now, as many as fit on one line."""
    if walk.prompt is not None:
        found = "  ".join(completions(walk))
        return f"{walk.prompt.purpose}: {walk.prompt.text}_   {found}"[:width]
    parts = [f"{_keys(keys, view)} {what}" for keys, what in legend(walk)]
    while columns("  ".join(parts)) > width and len(parts) > 3:
        parts.pop(-3)
    return "  ".join(parts)[:width]


def screen(walk: Walk, view: View, width: int, height: int) -> tuple[Walk, Cell]:
    """Return a whole screen: step, ledger beside or below it, message, legend.

    What is longer than the screen is shown from where it was scrolled to; the walk comes
    back with how far that can be. Lines are cut where a screen is narrower than any layout.
    """
    room = max(1, height - 2)
    body = _body(walk, view, max(_NARROWEST, width), room)
    stride = max(1, room // 2)  # lines that one key moves: less than are seen at once
    reach = -(-max(0, len(body) - room) // stride)
    walk = replace(walk, reach=reach, scrolled=min(walk.scrolled, reach))
    shown = _window(body, walk.scrolled * stride, room, view)
    blank = (("", ""),) * (room - len(shown))
    legend = legend_line(walk, view, width - 1)
    lines = (*shown, *blank, (walk.message, "bold"), (legend, "dim"))
    return walk, tuple((_cut(line, width), style) for line, style in lines[:height])


def _cut(line: str, width: int) -> str:
    while columns(line) > width:
        line = line[:-1]
    return line


def _body(walk: Walk, view: View, width: int, room: int) -> Cell:
    """Return what is to be seen of a step, the ledger cut to the room that is left."""
    step = walk.trace[walk.index]
    if walk.showing in (Showing.WHY, Showing.HELP, Showing.OPENING):
        return blocks(walk, view, width, None)
    if width >= _BESIDE:
        left = step_block(walk, view, width * 11 // 20)
        right = ledger(walk.trace, step, view, width - width * 11 // 20 - 3, room)
        return _beside(left, right, width * 11 // 20)
    block = step_block(walk, view, width)
    left_over = room - len(block) - 1
    if left_over <= 3:
        return block
    return (*block, ("", ""), *ledger(walk.trace, step, view, width, left_over))


def _window(body: Cell, top: int, room: int, view: View) -> Cell:
    """Return the lines that fit, with a word on those above and below."""
    top = min(top, max(0, len(body) - room))
    shown = list(body[top : top + room])
    below = len(body) - top - room
    if top > 0:
        shown[0] = (f"{view.ellipsis} {counted(top + 1, 'line')} above", "dim")
    if below > 0:
        shown[-1] = (f"{view.ellipsis} {counted(below + 1, 'line')} below", "dim")
    return tuple(shown)


def _beside(left: Cell, right: Cell, width: int) -> Cell:
    height = max(len(left), len(right))
    empty = ("", "")
    rows = []
    for number in range(height):
        one, style = left[number] if number < len(left) else empty
        other, _ = right[number] if number < len(right) else empty
        rows.append((f"{padded(one, width)}   {other}".rstrip(), "" if other else style))
    return tuple(rows)
