"""What a person types for a step, in any way in which it is written here, as its id."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import Id
from lstm_tutor.submission.spelling import Spelling
from lstm_tutor.trace.trace import Trace

_LONGEST = 100
_GLOB = re.compile(r"[*?]")


def typed_id(trace: Trace, text: str, dialect: str = DEFAULT_NOTATION) -> str:
    """Return the id of the step that a text names; the text itself if it names none.

    An id or symbol is what it is. All else is read as the dialect writes it, then as this
    program's own names and habits: ``δC[0]``, ``C_1``, ``dh/dz``.

    Args:
        trace: the steps.
        text: what was typed.
        dialect: the notation in use.
    """
    plain = text.strip()
    known = plain in trace.symbols() or plain in list(Phase) or len(plain) > _LONGEST
    if known or _GLOB.search(plain) or _there(trace, plain):
        return plain
    for name in dict.fromkeys((dialect, DEFAULT_NOTATION)):
        for meaning in Spelling(trace, name).meanings(plain):
            target = meaning.target
            symbol = _block(trace, target.symbols) if target.block else target.symbols[0]
            id_ = str(Id(symbol, meaning.t)) if target.timed else symbol
            if symbol and (_there(trace, id_) or meaning.t is None):
                return symbol if meaning.t is None else id_
    return text


def typed_ids(trace: Trace, words: Iterable[str], dialect: str = DEFAULT_NOTATION) -> list[str]:
    """Return the ids that some texts name; see `typed_id`."""
    return [typed_id(trace, word, dialect) for word in words]


def _there(trace: Trace, id_: str) -> bool:
    try:
        trace.position(id_)
    except KeyError:
        return False
    return True


def _block(trace: Trace, parts: tuple[str, ...]) -> str:
    """Return the block of some gates; "" if they are none."""
    every = (e for section in trace.program.sections for e in section.equations)
    return next((e.target for e in every if e.parts == parts), "")
