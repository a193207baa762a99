"""What a person types for a step, in any way in which it is written here, as its id."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lstm_tutor.algebra.expression import Parameter, Signal
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import Id
from lstm_tutor.submission.names import Names
from lstm_tutor.trace.trace import Trace

_LONGEST = 100
_LONGEST_FORMULA = 2000
_TIME = "[#]"
_INDEX = r"\[[^\[\]]{1,20}\]"
_GLOB = re.compile(r"[*?]")


def typed_id(
    trace: Trace, text: str, dialect: str = DEFAULT_NOTATION, others: Iterable[str] = ()
) -> str:
    """Return the id of the step that a text names; the text itself if it names none.

    An id or symbol is what it is. All else is read as the dialect writes it, then as this
    program's own names and habits: ``δC[0]``, ``C_1``, ``dh/dz``.

    Args:
        trace: the steps.
        text: what was typed.
        dialect: the notation in use.
        others: notations that are asked last.
    """
    plain = text.strip()
    known = plain in trace.symbols() or plain in list(Phase) or len(plain) > _LONGEST
    if known or _GLOB.search(plain) or _there(trace, plain):
        return plain
    names = Names(trace, ())
    for name in dict.fromkeys((dialect, DEFAULT_NOTATION, *others)):
        for meaning in names.spelling(name).meanings(plain):
            target = meaning.target
            symbol = _block(trace, target.symbols) if target.block else target.symbols[0]
            id_ = str(Id(symbol, meaning.t)) if target.timed else symbol
            if symbol and (_there(trace, id_) or meaning.t is None):
                return symbol if meaning.t is None else id_
    return text


def typed_ids(trace: Trace, words: Iterable[str], dialect: str = DEFAULT_NOTATION) -> list[str]:
    """Return the ids that some texts name; see `typed_id`."""
    return [typed_id(trace, word, dialect) for word in words]


def in_our_names(trace: Trace, text: str, dialect: str = DEFAULT_NOTATION) -> str:
    """Return a formula with the dialect's names replaced by this program's: ``δC[1]`` by
    ``dC[1]``, ``∂L/∂c[1]`` too; what is no name of the dialect stays.

    Args:
        trace: the steps whose quantities are named.
        text: what was typed.
        dialect: the notation in use.
    """
    if len(text) > _LONGEST_FORMULA:
        return text
    known = _written(trace, dialect)
    if not known:
        return text
    names = sorted(known, key=len, reverse=True)
    words = "|".join(re.escape(name).replace(re.escape(_TIME), _INDEX) for name in names)
    ours = {name.replace(_TIME, ""): symbol for name, symbol in known.items()}

    def renamed(found: re.Match[str]) -> str:
        times = re.findall(_INDEX, found[0])
        name = re.sub(_INDEX, "", found[0])
        return f"{ours[name]}{times[0] if times else ''}"

    return re.sub(rf"(?<![\w.])(?:{words})(?![\w'\[])", renamed, text)


def _written(trace: Trace, dialect: str) -> dict[str, str]:
    """Return how a dialect writes each symbol, its time step as `_TIME`, where not as we do."""
    chosen = notation(dialect, trace.scenario.cell)
    found: dict[str, str] = {}
    for symbol in trace.symbols():
        if symbol in trace.signals:
            written = chosen.symbol(Signal(symbol, 7, fixed=True)).replace("[7]", _TIME)
            ours = f"{symbol}{_TIME}"
        else:
            written, ours = chosen.symbol(Parameter(symbol)), symbol
        if written != ours and written.count(_TIME) < 2:
            found.setdefault(written, symbol)
    return found


def _there(trace: Trace, id_: str) -> bool:
    try:
        trace.position(id_)
    except KeyError:
        return False
    return True


def _block(trace: Trace, parts: tuple[str, ...]) -> str:
    """Return the block of some gates, in whichever order; "" if they are none."""
    every = (e for section in trace.program.sections for e in section.equations)
    return next((e.target for e in every if sorted(e.parts) == sorted(parts)), "")
