"""Ways in which people name, count, round and lay out the same numbers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Parameter, Signal
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.symbol import Form, Id, Quantity, bare, parse
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
Values = Mapping[str, Array]
Write = Callable[[float], str]
"""How one number is written."""


@dataclass(frozen=True)
class Style:
    """One way of writing.

    Attributes:
        name: what it is called in reports.
        naming: how quantities are called, a key of `NAMINGS`.
        timing: how the time step stands in a name, a key of `TIMINGS`.
        layout: how names and values stand together, a key of `LAYOUTS`.
    """

    naming: str
    timing: str
    layout: str

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return f"{self.naming}/{self.timing}/{self.layout}"

    def written(
        self, trace: Trace, values: Values, first: int, write: Write
    ) -> tuple[str, bytes]:
        """Return the file's name and content that holds values by id."""
        rows = []
        for id_, value in values.items():
            symbol, t = parse(id_)
            name = NAMINGS[self.naming](trace, symbol)
            rows.append((name, None if t is None else t + first, np.asarray(value, float)))
        return LAYOUTS[self.layout](rows, TIMINGS[self.timing], write)


def _ours(trace: Trace, symbol: str) -> str:
    return symbol


def _by_notation(name: str) -> Callable[[Trace, str], str]:
    def written(trace: Trace, symbol: str) -> str:
        chosen = notation(name, trace.scenario.cell)
        if symbol not in trace.signals or symbol == "L":
            return chosen.symbol(Parameter(symbol))
        text = chosen.symbol(Signal(symbol, 7, fixed=True))
        if text.count("7") == 1 and text.endswith("[7]"):
            return text.removesuffix("[7]")
        return text.replace("[7]", "[{t}]").replace("[>7]", "[>{t}]")

    return written


def _by_habit(
    gradient: str, words: Mapping[str, str], gates: Mapping[str, str], new: str = "new_{}"
) -> Callable[[Trace, str], str]:
    """Return how a person calls quantities: our word, another word, or made of a template."""

    def of(trace: Trace, symbol: str) -> str:
        own = bare(symbol)
        if own == "dh":  # of a plain network: before the tanh
            return gradient.replace("{}", of(trace, "z_h"))
        if own in words:
            return words[own]
        what = trace.scenario.cell.quantities.get(symbol) or Quantity(symbol)
        gate = gates.get(bare(what.gate), bare(what.gate))
        if what.form is Form.NEW:
            return new.replace("{}", of(trace, what.of))
        if what.form is Form.GRADIENT:
            inner = gate if bare(what.block) == "z" else of(trace, what.of)
            return gradient.replace("{}", inner)
        if bare(what.block) == "z":
            return words.get("z_", "z{}").replace("{}", gate)
        if what.block:
            template = words.get(bare(what.block) + "_", bare(what.block) + "{}")
            return template.replace("{}", gate) if gate else template.replace("{}", "")
        return gates.get(own, own)

    return of


def _in_words(trace: Trace, symbol: str) -> str:
    """Call a quantity what the page of equations calls it."""
    cell = trace.scenario.cell
    if symbol in ("delta", "deltaOut"):
        return symbol
    if symbol == "dout":
        return "gradient of hidden state"
    if symbol == "L":
        return "loss"
    what = cell.quantities.get(symbol) or Quantity(symbol)
    if what.form is Form.GRADIENT:
        return f"gradient of {cell.call(what.of)}"
    return f"updated {cell.call(what.of)}" if what.form is Form.NEW else cell.call(symbol)


_PYTHON = {"C": "c", "delta": "dh_loss", "deltaOut": "dh_next", "dout": "dh", "L": "loss"}
NAMINGS: dict[str, Callable[[Trace, str], str]] = {
    "ours": _ours,
    **{
        name: _by_notation(name)
        for name in notations()
    },
    "python": _by_habit("d{}", _PYTHON, {"a": "g"}),
    "candidate": _by_habit("d{}", {**_PYTHON, "C": "c"}, {"a": "c_tilde", "n": "n"}),
    "dL/d": _by_habit(
        "dL/d{}", {"L": "Loss", "delta": "delta", "deltaOut": "deltaOut", "dout": "dL/dh"}, {}
    ),
    "dLd": _by_habit(
        "dLd{}", {"L": "Loss", "delta": "delta", "deltaOut": "delta_out", "dout": "dout"}, {}
    ),
    "grad_": _by_habit(
        "grad_{}",
        {"L": "loss", "delta": "delta", "deltaOut": "dh_next", "dout": "grad_h", "C": "c"},
        {"a": "g"},
    ),
    ".grad": _by_habit(
        "{}.grad",
        {"L": "loss", "delta": "delta", "deltaOut": "dh_next", "dout": "h.grad", "C": "c"},
        {"a": "g"},
    ),
    "words": _in_words,
    "wx": _by_habit(
        "d{}",
        {**_PYTHON, "W_": "Wx{}", "U_": "Wh{}", "b_": "b{}"},
        {"a": "g"},
        "{}_new",
    ),
    "t": _by_habit("d{}", {"C": "Ct", "h": "ht", "dC": "dCt", "dout": "dout"}, {}),
}  # fmt: skip
TIMINGS = {
    "plain": "{}{t}",
    "underscore": "{}_{t}",
    "bracket": "{}[{t}]",
    "round": "{}({t})",
    "at": "{}@{t}",
    "power": "{}^{t}",
    "t=": "{} (t={t})",
    "before": "t={t} {}",
}
Row = tuple[str, "int | None", Array]


def _named(row: Row, timing: str) -> str:
    name, t, _ = row
    if "{t}" in name:
        return name.replace("{t}", str(t))
    return name if t is None else timing.replace("{}", name).replace("{t}", str(t))


def listed(value: Array, write: Write, left: str = "[", gap: str = ", ") -> str:
    """Write an array in brackets, a one-element array as a number."""
    if value.size == 1:
        return write(float(value.ravel()[0]))
    return f"{left}{gap.join(listed_(row, write, gap) for row in value)}]"


def listed_(value: Array, write: Write, gap: str) -> str:
    """Write a row, in brackets of its own where it is one."""
    if np.ndim(value) == 0:
        return write(float(value))
    return f"[{gap.join(listed_(row, write, gap) for row in value)}]"


def _lines(mark: str) -> Callable[[Sequence[Row], str, Write], tuple[str, bytes]]:
    def written(rows: Sequence[Row], timing: str, write: Write) -> tuple[str, bytes]:
        text = "".join(f"{_named(row, timing)}{mark}{listed(row[2], write)}\n" for row in rows)
        return "x.txt", text.encode()

    return written


def _clocked(rows: Sequence[Row]) -> Iterator[tuple[int | None, list[Row]]]:
    times = list(dict.fromkeys(t for _, t, _ in rows if t is not None))
    for t in times:
        yield t, [row for row in rows if row[1] == t]
    rest = [row for row in rows if row[1] is None]
    if rest:
        yield None, rest


def _headings(heading: str) -> Callable[[Sequence[Row], str, Write], tuple[str, bytes]]:
    def written(rows: Sequence[Row], timing: str, write: Write) -> tuple[str, bytes]:
        lines = []
        order = [*(g for g in _clocked(rows) if g[0] is None), *_clocked(rows)]
        for t, members in order[: len(order) - (order[0][0] is None)]:
            if t is not None:
                lines.append(heading.replace("{t}", str(t)))
            for name, _, value in members:
                plain = name.replace("{t}", str(t))
                lines.append(f"  {plain} = {listed(value, write)}")
        return "x.txt", "\n".join([*lines, ""]).encode()

    return written


def _csv(mark: str) -> Callable[[Sequence[Row], str, Write], tuple[str, bytes]]:
    def written(rows: Sequence[Row], timing: str, write: Write) -> tuple[str, bytes]:
        lines = [f"name{mark}value"]
        for row in rows:
            text = listed(row[2], write, gap=" ")
            quoted = f'"{text}"' if "," in text else text
            lines.append(f"{_named(row, timing)}{mark}{quoted}")
        return "x.csv", "\n".join([*lines, ""]).encode()

    return written


def _markdown(rows: Sequence[Row], timing: str, write: Write) -> tuple[str, bytes]:
    lines = ["My numbers:", "", "| quantity | value |", "|---|---|"]
    lines += [f"| {_named(row, timing)} | {listed(row[2], write)} |" for row in rows]
    return "x.md", "\n".join([*lines, "", "That was all.", ""]).encode()


def _plain(value: Array, write: Write) -> Any:
    if np.ndim(value) == 0:
        return float(write(float(value)))
    return [_plain(row, write) for row in value]


def _json(rows: Sequence[Row], timing: str, write: Write) -> tuple[str, bytes]:
    found = {_named(row, timing): _plain(row[2], write) for row in rows}
    return "x.json", json.dumps(found, ensure_ascii=False, indent=1).encode()


def _json_steps(rows: Sequence[Row], timing: str, write: Write) -> tuple[str, bytes]:
    steps, rest = [], {}
    for t, members in _clocked(rows):
        plain = {name.replace("{t}", str(t)): _plain(v, write) for name, _, v in members}
        if t is None:
            rest = plain
        else:
            steps.append({"t": t, **plain})
    return "x.json", json.dumps({"steps": steps, **rest}, ensure_ascii=False).encode()


def _dicts(rows: Sequence[Row], timing: str, write: Write) -> tuple[str, bytes]:
    """Write what ``print(t, res)`` prints of a dictionary per time step."""
    lines = []
    for t, members in _clocked(rows):
        plain = {name.replace("{t}", str(t)): _plain(v, write) for name, _, v in members}
        lines.append(f"{plain}" if t is None else f"{t} {plain}")
    return "x.txt", "\n".join([*lines, ""]).encode()


def _npz(rows: Sequence[Row], timing: str, write: Write) -> tuple[str, bytes]:
    buffer = io.BytesIO()
    arrays = {_named(row, timing): np.array(_plain(row[2], write)) for row in rows}
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return "x.npz", buffer.getvalue()


LAYOUTS: dict[str, Callable[[Sequence[Row], str, Write], tuple[str, bytes]]] = {
    "colon": _lines(": "),
    "equals": _lines(" = "),
    "t = ": _headings("t = {t}"),
    "step:": _headings("step {t}:"),
    "time step": _headings("--- Time step {t} ---"),
    "csv": _csv(","),
    "semicolons": _csv(";"),
    "markdown": _markdown,
    "json": _json,
    "json steps": _json_steps,
    "dicts": _dicts,
    "npz": _npz,
}
_TURNS = [
    ("ours", "at", "colon"),
    ("ours", "at", "csv"),
    ("ours", "at", "json"),
    ("ours", "plain", "t = "),
    ("ours", "plain", "step:"),
    ("ours", "bracket", "equals"),
    ("ours", "underscore", "colon"),
    ("ours", "plain", "dicts"),
    ("ours", "plain", "npz"),
    ("gomez", "bracket", "equals"),
    ("gomez", "plain", "colon"),
    ("gomez", "plain", "markdown"),
    ("colah", "bracket", "equals"),
    ("colah", "bracket", "json"),
    ("cs231n", "bracket", "equals"),
    ("cs231n", "plain", "t = "),
    ("keras", "bracket", "equals"),
    ("keras", "bracket", "markdown"),
    ("pytorch", "bracket", "equals"),
    ("pytorch", "bracket", "csv"),
    ("ascii", "bracket", "equals"),
    ("python", "plain", "colon"),
    ("python", "underscore", "json"),
    ("python", "plain", "json steps"),
    ("python", "plain", "dicts"),
    ("python", "round", "colon"),
    ("candidate", "underscore", "equals"),
    ("dL/d", "underscore", "equals"),
    ("dL/d", "plain", "time step"),
    ("dL/d", "t=", "colon"),
    ("dLd", "plain", "colon"),
    ("dLd", "plain", "markdown"),
    ("grad_", "underscore", "colon"),
    ("grad_", "plain", "json steps"),
    (".grad", "plain", "t = "),
    (".grad", "bracket", "json"),
    ("words", "before", "colon"),
    ("words", "plain", "step:"),
    ("wx", "underscore", "equals"),
    ("wx", "plain", "semicolons"),
    ("t", "plain", "colon"),
    ("t", "underscore", "csv"),
]
STYLES = [Style(*turn) for turn in _TURNS]
DIALECTS = [Style(name, "bracket", "equals") for name in notations()]
"""Each source's own names."""


def digits(number: int) -> Write:
    """Return how numbers are written at so many significant digits."""
    return lambda value: f"{value:.{number}g}"


def decimals(number: int) -> Write:
    """Return how numbers are written with so many decimals."""
    return lambda value: f"{value:.{number}f}"


def kept(trace: Trace, id_: str) -> bool:
    """Whether a person would hand in a value: blocks and the second pass are not."""
    symbol, _ = parse(id_)
    return symbol not in ("L'",) and Id(*parse(id_)) is not None
