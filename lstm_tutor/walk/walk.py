"""Walking through a computation: from a key to an action to a new position.

A walk is a value; `press` is a pure function from a walk and a key to the next walk.
How keys are read and how a walk is drawn is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice

from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import layer_of
from lstm_tutor.submission.typed import typed_id
from lstm_tutor.trace.trace import Trace

DETAILS = ("formula", "numbers", "arithmetic")
_MOST_COMPLETIONS = 8


class Showing(StrEnum):
    """What of the current step is shown."""

    OPENING = "opening"
    STEP = "step"
    WHY = "why"
    LEDGER = "ledger"
    HELP = "help"


@dataclass(frozen=True)
class Prompt:
    """A line being typed: what for, and its text so far."""

    purpose: str
    text: str = ""


@dataclass(frozen=True, eq=False)
class Walk:
    """Where a learner is.

    Attributes:
        trace: what is walked through.
        indices: the positions in it that the walk visits, in order.
        at: the current one, as a position in ``indices``.
        notations: names to choose from, the current one first.
        detail: how much of a step is shown.
        showing: the step itself, or an answer about it.
        prompt: the line being typed, if one is.
        message: a remark on the last key.
        scrolled: how often what is shown was moved on, where it is longer than the screen.
        reach: how often it can be; 0 where all of it is shown. Set by who draws.
        save_to: file that the last key asked the transcript to be written to.
        finished: whether the walk has been left.
        asked: counts the keys that asked for something to be shown again.
    """

    trace: Trace
    indices: Sequence[int]
    at: int = 0
    notations: tuple[str, ...] = ("gomez",)
    detail: str = "numbers"
    showing: Showing = Showing.STEP
    prompt: Prompt | None = None
    message: str = ""
    scrolled: int = 0
    reach: int = 0
    save_to: str = ""
    finished: bool = False
    asked: int = field(default=0)

    @property
    def index(self) -> int:
        """The current position in the trace."""
        return self.indices[self.at]

    @property
    def last(self) -> bool:
        """Whether the current step is the last one of the walk."""
        return self.at == len(self.indices) - 1


def press(walk: Walk, key: str) -> Walk:
    """Return the walk after a key; one that means nothing here changes nothing.

    Keys are single characters, or one of: enter, right, left, up, down, page up, page down,
    tab, backspace, escape, end (end of input).
    """
    if key == "end":
        return replace(walk, finished=True, message="")
    calm = replace(walk, message="", save_to="")
    if walk.prompt is not None:
        return _type(calm, walk.prompt, key)
    action = _ACTIONS.get(key)
    if action is None or not _possible(walk, key):
        return calm
    return replace(action(calm), asked=walk.asked + 1)


def group(walk: Walk, at: int) -> tuple[Phase, str, int | None]:
    """Return the phase, layer and time step of a position in the walk."""
    equation, t = walk.trace.key(walk.indices[at])
    return equation.phase, "" if t is None else layer_of(equation.target), t


def _move(walk: Walk, at: int) -> Walk:
    return replace(walk, at=at, showing=Showing.STEP, scrolled=0)


def _next(walk: Walk) -> Walk:
    if walk.showing is Showing.OPENING and not walk.asked:  # no step has been shown yet
        return _move(walk, walk.at)
    return _move(walk, walk.at + 1)


def _back(walk: Walk) -> Walk:
    return _move(walk, walk.at - 1)


def _next_group(walk: Walk) -> Walk:
    here = group(walk, walk.at)
    at = walk.at + 1
    while at < len(walk.indices) - 1 and group(walk, at) == here:
        at += 1
    return _move(walk, at)


def _previous_group(walk: Walk) -> Walk:
    """Go to the start of this group, or from there to the start of the one before."""
    at = walk.at - 1
    there = group(walk, at)
    while at > 0 and group(walk, at - 1) == there:
        at -= 1
    return _move(walk, at)


def _show(showing: Showing) -> Callable[[Walk], Walk]:
    return lambda walk: replace(walk, showing=showing, scrolled=0)


def _cycle_detail(walk: Walk) -> Walk:
    detail = DETAILS[(DETAILS.index(walk.detail) + 1) % len(DETAILS)]
    return replace(_move(walk, walk.at), detail=detail)


def _cycle_notation(walk: Walk) -> Walk:
    first, *others = walk.notations
    notations = (*others, first)
    message = f"notation: {notations[0]}"
    return replace(_move(walk, walk.at), notations=notations, message=message)


def _scroll(walk: Walk) -> Walk:
    return replace(walk, scrolled=walk.scrolled + 1)


def _scroll_back(walk: Walk) -> Walk:
    return replace(walk, scrolled=walk.scrolled - 1)


def _ask(purpose: str, text: str = "") -> Callable[[Walk], Walk]:
    return lambda walk: replace(walk, prompt=Prompt(purpose, text))


def _ask_file(walk: Walk) -> Walk:
    name = f"{walk.trace.scenario.name}-transcript.md"
    return replace(walk, prompt=Prompt("save to", name))


def _quit(walk: Walk) -> Walk:
    return replace(walk, finished=True)


_ACTIONS: Mapping[str, Callable[[Walk], Walk]] = {
    **dict.fromkeys(("enter", " ", "right", "n"), _next),
    **dict.fromkeys(("left", "b"), _back),
    "down": _next_group,
    "up": _previous_group,
    **dict.fromkeys(("j", "page down"), _scroll),
    **dict.fromkeys(("k", "page up"), _scroll_back),
    "g": _ask("go to"),
    "/": _ask("find"),
    "w": _show(Showing.WHY),
    "d": _cycle_detail,
    "t": _cycle_notation,
    "l": _show(Showing.LEDGER),
    "o": _show(Showing.OPENING),
    "s": _ask_file,
    "?": _show(Showing.HELP),
    "q": _quit,
}
_FORWARD = {"enter", " ", "right", "n", "down"}
_BACKWARD = {"left", "b", "up"}


def _possible(walk: Walk, key: str) -> bool:
    if key in _FORWARD:
        return not walk.last
    if key in ("j", "page down"):
        return walk.scrolled < walk.reach
    if key in ("k", "page up"):
        return walk.scrolled > 0
    return key not in _BACKWARD or walk.at > 0


def legend(walk: Walk) -> list[tuple[str, str]]:
    """Return the keys that do something now, each with what it does."""
    if walk.prompt is not None:
        keys = [("Enter", "accept"), ("Esc", "cancel")]
        return [*keys, ("Tab", "complete")] if walk.prompt.purpose != "save to" else keys
    keys = []
    scrolling = " ".join(key for key in ("j", "k") if _possible(walk, key))
    if scrolling:
        keys.append((scrolling, "scroll"))
    if not walk.last:
        keys.append(("Enter", "next"))
    if walk.at > 0:
        keys.append(("b", "back"))
    arrows = " ".join(["↓"] * (not walk.last) + ["↑"] * (walk.at > 0))
    if arrows:
        keys.append((arrows, "phase"))
    keys += [("g", "go to"), ("/", "find"), ("w", "why"), ("d", "detail"), ("t", "notation")]
    return [
        *keys,
        ("l", "ledger"),
        ("o", "overview"),
        ("s", "save"),
        ("?", "help"),
        ("q", "quit"),
    ]


def _type(walk: Walk, prompt: Prompt, key: str) -> Walk:
    match key:
        case "enter":
            return _accept(replace(walk, prompt=None, asked=walk.asked + 1), prompt)
        case "escape":
            return replace(walk, prompt=None)
        case "backspace":
            return replace(walk, prompt=replace(prompt, text=prompt.text[:-1]))
        case "tab":
            return replace(walk, prompt=replace(prompt, text=_completed(walk, prompt)))
    if len(key) == 1 and key.isprintable():
        return replace(walk, prompt=replace(prompt, text=prompt.text + key))
    return walk


def completions(walk: Walk) -> list[str]:
    """Return some ids or symbols that begin with what has been typed."""
    prompt = walk.prompt
    if prompt is None or prompt.purpose == "save to":
        return []
    return list(islice(_candidates(walk, prompt), _MOST_COMPLETIONS))


def _candidates(walk: Walk, prompt: Prompt) -> Iterator[str]:
    if prompt.purpose == "find":
        known: Iterator[str] = iter(walk.trace.symbols())
    else:
        here = walk.indices if isinstance(walk.indices, range) else set(walk.indices)
        known = (str(id_) for index, id_ in enumerate(walk.trace.ids()) if index in here)
    return (name for name in known if name.startswith(prompt.text))


def _completed(walk: Walk, prompt: Prompt) -> str:
    """Return the typed text, longer by what all completions have in common."""
    found = list(islice(_candidates(walk, prompt), 1000))
    if not found:
        return prompt.text
    first, last = min(found), max(found)
    same = next(
        (n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
        min(len(first), len(last)),
    )
    return first[:same]


def _accept(walk: Walk, prompt: Prompt) -> Walk:
    text = prompt.text.strip()
    if not text:
        return walk
    if prompt.purpose == "save to":
        return replace(walk, save_to=text)
    named = typed_id(walk.trace, text, walk.notations[0])
    if prompt.purpose == "find":
        return _find(walk, named)
    try:
        index = walk.trace.position(named)
    except KeyError:
        return replace(walk, message=f"there is no step {text}")
    if index not in walk.indices:
        return replace(walk, message=f"{text} is not part of this walk")
    return _move(walk, _position(walk.indices, index))


def _position(indices: Sequence[int], index: int) -> int:
    return indices.index(index)


def _find(walk: Walk, symbol: str) -> Walk:
    """Go to the next step of a symbol, from the start again past the end."""
    count = len(walk.indices)
    for offset in range(1, count + 1):
        at = (walk.at + offset) % count
        if walk.trace.key(walk.indices[at])[0].target == symbol:
            return _move(walk, at)
    return replace(walk, message=f"no step of this walk computes {symbol}")
