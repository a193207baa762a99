"""Texts with live values: ``{dout@1}`` is the value of a step, resolved when it is shown.

``{h@2:formula}`` and ``{h@2:numbers}`` are its equation and its numbers put in;
``{dout@1|drop-carry}`` is its value in the world with that mistake; with ``everywhere``
after it, the mistake is made at every time step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lstm_tutor.files.problem import did_you_mean
from lstm_tutor.lessons.lesson import Aim
from lstm_tutor.lessons.page import Page
from lstm_tutor.model.symbol import parse
from lstm_tutor.render.line import View, formula, numbers, operands_relation

_SLOT = re.compile(r"\{([^{}\n]*)\}")
_TYPED = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])|(?<![\w.])\.\d+")
_EVERYWHERE = " everywhere"
_FORMS = ("value", "formula", "numbers")


class NoSuchValue(LookupError):  # noqa: N818  # what an author wrote, answered as such
    """A live value that is none; the message says in one line why."""


@dataclass(frozen=True)
class Slot:
    """One live value: a step's id, what of it, and in which mistake's world."""

    id: str
    form: str = "value"
    kind: str = ""
    everywhere: bool = False


def slots(text: str) -> Iterator[tuple[int, str]]:
    """Yield where each live value starts, and what stands between its braces."""
    for found in _SLOT.finditer(text):
        yield found.start(), found[1]


def loose_braces(text: str) -> Iterator[int]:
    """Yield where a brace stands that has no other: a live value that is none."""
    for found in re.finditer(r"[{}]", _SLOT.sub(lambda slot: " " * len(slot[0]), text)):
        yield found.start()


def typed_decimals(text: str) -> Iterator[tuple[int, str]]:
    """Yield each decimal that is typed, with its position: a lesson computes its numbers."""
    inside = [found.span() for found in _SLOT.finditer(text)]
    for found in _TYPED.finditer(text):
        if not any(start <= found.start() < end for start, end in inside):
            yield found.start(), found[0]


def read_slot(text: str) -> Slot:
    """Read what stands between braces; NoSuchValue if it is no live value."""
    name, _, kind = text.partition("|")
    id_, colon, form = name.partition(":")
    if colon and form not in _FORMS:
        raise NoSuchValue(f"there is no form {form!r}: {did_you_mean(form, _FORMS)}")
    if kind and form in ("formula", "numbers"):
        raise NoSuchValue("only a value can be that of a mistake")
    kind, everywhere = made(kind.strip())
    return Slot(id_.strip(), form or "value", kind, everywhere)


def made(name: str) -> tuple[str, bool]:
    """Return what mistake is meant, and whether it is made at every time step."""
    return name.removesuffix(_EVERYWHERE), name.endswith(_EVERYWHERE)


def aim_of(slot: Slot, aims: Sequence[Aim]) -> Aim:
    """Return the aim that a live value means; NoSuchValue if the lesson has none such."""
    found = [aim for aim in aims if aim.kind == slot.kind]
    own = [aim for aim in found if aim.symbol == parse(slot.id).name]
    if not found:
        raise NoSuchValue(f"the lesson does not aim at {slot.kind}")
    return (own or found)[0]


def resolved(text: str, page: Page, aims: Sequence[Aim], view: View) -> str:
    """Return a live value as text, as `run` writes it.

    Raises:
        NoSuchValue: if it is none.
    """
    slot = read_slot(text)
    try:
        step = page.trace.find(slot.id)
        if slot.kind:
            aim = aim_of(slot, aims)
            return view.array(page.wrong(slot.id, aim, everywhere=slot.everywhere))
    except KeyError:
        near = did_you_mean(slot.id, (str(id_) for id_ in page.trace.ids()))
        raise NoSuchValue(f"there is no step {slot.id!r}: {near}") from None
    except NoSuchValue:
        raise
    except LookupError as error:
        raise NoSuchValue(f"{error} is not one mistake of this page") from None
    if slot.form == "formula":
        return formula(step, view)
    if slot.form == "numbers":
        return f"{operands_relation(step, view)} {numbers(step, view)}"
    return view.array(step.value)


def filled(text: str, page: Page, aims: Sequence[Aim], view: View) -> str:
    """Return a text with its live values put in."""
    return _SLOT.sub(lambda found: resolved(found[1], page, aims, view), text)
