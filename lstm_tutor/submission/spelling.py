"""What people call the quantities of a model: every name that one dialect understands.

Made of a trace's equations, of the dialect's file and of habits. Here names become symbols
and time steps; values are not looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from lstm_tutor.algebra.expression import Parameter, Signal
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.dialects.layout import SignalLayout
from lstm_tutor.dialects.notation import Notation
from lstm_tutor.model.composition import JOIN
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import (
    LOSS,
    OUTPUT,
    bare,
    divided,
    layer_of,
    layered,
    new,
)
from lstm_tutor.submission.arraynames import laid, named_arrays, pages_of
from lstm_tutor.submission.habits import (
    BLOCK_WORDS,
    GRADIENT,
    NEW,
)
from lstm_tutor.submission.meaning import Meaning, Target, key, lowered
from lstm_tutor.submission.wording import Wording
from lstm_tutor.trace.trace import Trace

_OTHERWISE = re.compile(
    r"grad|deriv|delta|[∂δ∇]|d/d|new|updat|after|before|old|prev|slope|tilde|\\", re.I
)
"""Words before a name that make another quantity of it."""
_KEYED = re.compile(r"\w+\[['\"]([^'\"\[\]]{1,60})['\"]\](.{0,20})")
_KINDS = ("gate", "gates", "net", "state", "cell", "weights", "bias", "t", "is", "as", "os")
_LOSSES = (LOSS, new(LOSS))
_INDEXED = re.compile(r"\[(>?)(-?[0-9]{1,6})\]")
_AT_END = re.compile(
    r"(.+?)[\s_@^.]*([\[({]*(?:(?:at\s*)?t\s*=\s*|at\s(?:time\s?)?step\s)?)"
    r"(-?[0-9]{1,6})[\])}]*",
    re.S,
)
_BEFORE_SUFFIX = re.compile(
    r"(.+?)[_@^]*\[?(-?[0-9]{1,6})\]?((?:[._ ]?(?:grad|gradient|new))|['′])", re.S
)
_LOSS_INDEX = re.compile(r"^([d∂](?:L|E|J|Loss))_?\[?([0-9]{1,6})\]?(?=_?/?[d∂])")
_CLOCK = re.compile(
    r"(?:t\s*=|(?:time[ _-]?step|step|time)\s*[=:]?)\s*(-?[0-9]{1,6})[\s.:,]+(.+)", re.S | re.I
)


class Spelling:
    """The names of one trace's quantities in one dialect."""

    def __init__(self, trace: Trace, dialect: str = DEFAULT_NOTATION) -> None:
        self._trace = trace
        self._dialect = dialect
        self._exact: dict[str, list[Target]] = {}
        self._loose: dict[str, list[Target]] = {}
        self._indexed: dict[str, list[Target]] = {}
        self._words: dict[str, Meaning] = {}
        self._equations = {equation.target: equation for equation in _equations(trace)}
        self._targets = dict(self._all_targets())
        self._wording = Wording(trace, dialect, self._equations, self._by_notation)
        self._alone = _alone(self._targets)
        self._before_known: dict[str, frozenset[str] | None] = {}
        ours = dialect == DEFAULT_NOTATION
        known = (lambda symbol: [symbol], self._by_block)
        orders: tuple[Callable[[str], Iterable[str]], ...] = (
            (*known, self._by_notation) if ours else (self._by_notation, *known)
        )
        self._add_arrays()
        for words in (*orders, self._wording.by_habit):
            for symbol in sorted(self._targets, key=self._wording.is_clipped):
                self._add(symbol, words(symbol))
        self._add_groups()
        self._remembered: dict[str, list[Meaning]] = {}

    def meanings(self, name: str) -> list[Meaning]:
        """Return what a name can mean, most likely first; none if it says nothing."""
        if name not in self._remembered:
            plain = unicodedata.normalize("NFKC", name.strip())
            found = dict.fromkeys(self._meanings(plain))
            self._remembered[name] = list(found or dict.fromkeys(self._last_words(plain)))
        return self._remembered[name]

    def _last_words(self, name: str) -> Iterator[Meaning]:
        """Yield what the end of a longer label means: "gates: a", "Epoch 1 - loss"."""
        clock = _CLOCK.fullmatch(name)
        lead, rest = (f"t={clock[1]} ", clock[2]) if clock else ("", name)
        quoted = _KEYED.fullmatch(rest)
        if quoted:
            yield from self.meanings(lead + quoted[1] + quoted[2])
            return
        for mark, parts in ((".", rest.split(".")), ("/", rest.replace(":0", "").split("/"))):
            for number in range(1, len(parts)):
                found = list(self._meanings(lead + mark.join(parts[number:])))
                if found:
                    yield from found
                    return
        aside = re.sub(r"\s*\([^()=0-9]{1,40}\)$", "", rest)
        if aside != rest:
            yield from self.meanings(lead + aside)
            return
        if _OTHERWISE.search(rest):
            return
        part = re.split(r"[:|>]|\s[-–—]\s", rest)[-1].strip()
        last = rest.rpartition(" ")[2]
        for word in (part, last if len(last) > 1 and last.lower() not in _KINDS else ""):
            if word not in ("", rest):
                yield from self._meanings(lead + word)

    def _meanings(self, name: str) -> Iterator[Meaning]:
        if len(name) > 200:
            return
        symbol, time = divided(name)
        if symbol in self._targets and re.fullmatch(r"-?[0-9]{1,6}", time):
            timed = symbol in self._trace.signals
            target = self._targets[symbol]
            yield Meaning(replace(target, timed=timed or target.timed), int(time), sure=True)
            return
        if key(name) in self._words:
            yield self._words[key(name)]  # or the first of a series: dh0 beside dh1
        if name in self._targets and self._dialect == DEFAULT_NOTATION:
            yield Meaning(self._targets[symbol])
        clock = _CLOCK.fullmatch(name)
        if clock:
            inner = sorted(self._meanings(clock[2]), key=lambda m: not m.target.timed)
            for meaning in inner:
                yield replace(meaning, t=int(clock[1])) if meaning.t is None else meaning
                if meaning.t is None and meaning.target.symbols[0] in _LOSSES:
                    yield meaning  # losses are often printed after the last time step
            for meaning in inner:
                if meaning.t is None and meaning.target.timed:
                    yield replace(meaning, every=True)
            return
        yield from self._by_index(name)
        for table, fold in ((self._exact, str), (self._loose, lowered)):
            yield from self._in_table(name, table, fold)

    def _by_index(self, name: str) -> Iterator[Meaning]:
        """Look up names with the time step in brackets, as notations write them."""
        times = {int(found[2]) for found in _INDEXED.finditer(name)}
        if len(times) == 1:
            for target in self._indexed.get(key(_INDEXED.sub(r"[\1#]", name)), ()):
                yield Meaning(target, times.copy().pop())

    def _in_table(
        self, name: str, table: dict[str, list[Target]], fold: Callable[[str], str]
    ) -> Iterator[Meaning]:
        loss = _LOSS_INDEX.match(name)
        plain = _LOSS_INDEX.sub(r"\1#", name) if loss else name
        for form, time, counted in _forms(plain):
            found = key(form)
            wanted = fold(found)
            known = table.get(wanted, ())
            if table is self._loose and len(found) == 1 and found.islower():
                known = [target for target in known if target.symbols[0] not in _LOSSES]
            for target in sorted(known, key=lambda target: target.timed is (time is None)):
                yield Meaning(target, time, counted)
            for ending in (".T", "T"):
                if found.endswith(ending):
                    for target in table.get(fold(found.removesuffix(ending)), ()):
                        yield Meaning(replace(target, transposed=True), time, counted)

    def _all_targets(self) -> Iterator[tuple[str, Target]]:
        for symbol, equation in self._equations.items():
            timed = symbol in self._trace.signals
            if equation.role is Role.BLOCK:
                timed = equation.parts[0] in self._trace.signals
                yield symbol, Target(equation.parts, timed, block=True)
            else:
                yield symbol, Target((symbol,), timed and symbol not in _LOSSES)

    def _add(self, symbol: str, names: Iterable[str]) -> None:
        layer = layer_of(symbol)
        before = self._before(symbol)
        own = self._targets[symbol]
        at_gate = replace(own, at_gate=True) if before is not None else own
        for bare_name in dict.fromkeys(names):
            known = not layer or f"{layer}." in bare_name
            name = bare_name if known else layered(layer, bare_name)
            target = own if before is None or key(bare_name) in before else at_gate
            self._enter(name, target)
            if symbol in _LOSSES:
                self._enter(name, replace(target, timed=True))
            if layer and symbol in self._alone:
                self._enter(name.removeprefix(f"{layer}."), target)

    def _by_block(self, symbol: str) -> Iterator[str]:
        """Yield words for gradients of the output; dy is that of a readout where one is."""
        readout = any(not part.cell.states for part in pages_of(self._trace.scenario))
        words = BLOCK_WORDS.get(bare(symbol), ())
        yield from (word for word in words if not (readout and word == "dy"))

    def _before(self, symbol: str) -> frozenset[str] | None:
        """Return the names of a gate's gradient that say that it is before the gate; None
        for another quantity.
        """
        if symbol not in self._before_known:
            names = self._wording.before_gate(symbol)
            found = None if names is None else frozenset(map(key, names))
            self._before_known[symbol] = found
        return self._before_known[symbol]

    def _add_arrays(self) -> None:
        """Add the arrays that the dialect's file names, their gradients and new values."""
        found, cell = laid(self._dialect), self._trace.scenario.cell
        if found is None:
            return
        for array in named_arrays(self._trace.scenario, found):
            gradients = (found.gradient, *GRADIENT)
            forms: tuple[tuple[tuple[str, ...], Callable[[str], str], frozenset[str]], ...] = (
                (("{}",), lambda symbol: symbol, array.half),
                (gradients, cell.gradient, frozenset()),
                (NEW, new, frozenset(map(new, array.half))),
            )
            for templates, of, half in forms:
                symbols = tuple(of(symbol) for symbol in array.symbols)
                if not all(symbol in self._targets for symbol in symbols):
                    continue
                block = len(symbols) > 1
                target = Target(symbols, False, block, array.transposed, self._dialect, half)
                for template in templates:
                    self._enter(template.replace("{}", array.name), target)
        for signal in found.signals:
            self._add_signal(signal)
        for word, id_ in found.words.items():
            self._add_word(word, *divided(id_))

    def _add_signal(self, signal: SignalLayout) -> None:
        """Add a whole sequence of the top layer, or the last states of all layers."""
        parts = [part for part in pages_of(self._trace.scenario) if part.cell.states]
        top = [part for part in parts if part.number == parts[-1].number]
        if signal.last:
            symbols = tuple(layered(part.name, signal.of) for part in parts)
            if all(symbol in self._targets for symbol in symbols):
                self._enter(signal.name, Target(symbols, True, len(symbols) > 1, last=True))
            return
        own = layered(top[0].name, signal.of) if len(top) == 1 else ""
        joined = layered(layer_of(top[0].name), JOIN) if bare(signal.of) == OUTPUT else ""
        for symbol in (own, joined, signal.of):
            if symbol in self._targets:
                self._enter(signal.name, self._targets[symbol])
                return

    def _add_word(self, word: str, symbol: str, time: str) -> None:
        """Add what a program of the source calls a quantity; one of several layers is none."""
        states = [part for part in pages_of(self._trace.scenario) if part.cell.states]
        own = layered(states[0].name, symbol) if len(states) == 1 else symbol
        target = self._targets.get(own) or self._targets.get(symbol)
        if target is None:
            return
        if time:
            self._words[key(word)] = Meaning(target, int(time), sure=True)
        else:
            self._enter(word, target)

    def _enter(self, name: str, target: Target) -> None:
        plain = key(name)
        for table, entry in ((self._exact, plain), (self._loose, lowered(plain))):
            known = table.setdefault(entry, [])
            if target not in known:
                known.append(target)

    def _by_notation(self, symbol: str) -> Iterator[str]:
        chosen, own = self._wording.notation_of(symbol)
        layers = {layer_of(symbol), "" if symbol in self._alone else layer_of(symbol)}
        yield from self._written(chosen, symbol, own, layers)
        whole = self._wording.whole
        if whole.cell is not chosen.cell:  # what screens show of a model of several pages
            yield from self._written(whole, symbol, symbol, {""})

    def _written(
        self, chosen: Notation, symbol: str, own: str, layers: Iterable[str]
    ) -> Iterator[str]:
        """Write a symbol in a notation: with a time step, as the pattern of it, and without.

        Args:
            chosen: the notation.
            symbol: as the trace has it.
            own: as the notation's page has it.
            layers: what may stand before the pattern.
        """
        target = self._targets[symbol]
        if target.timed or symbol in _LOSSES:
            pattern = _INDEXED.sub(r"[\1#]", chosen.symbol(Signal(own, 0, fixed=True)))
            for layer in layers:
                known = self._indexed.setdefault(key(layered(layer, pattern)), [])
                timed = replace(target, timed=True)
                if timed not in known:
                    known.append(timed)
            if pattern.count("[") == 1 and pattern.endswith("[#]"):
                yield pattern.removesuffix("[#]")
        else:
            yield chosen.symbol(Parameter(own))

    def _add_groups(self) -> None:
        """Add what has no id: all gates' outputs, and all pre-activations, as blocks."""
        cell = self._trace.scenario.cell
        before = cell.preactivations.values()
        kinds = ((cell.gates, ("gates", "gate")), (before, ("z", "net", "preact")))
        for layer in dict.fromkeys(map(layer_of, cell.gates)):
            for known, names in kinds:
                own = (name for name in known if layer_of(name) == layer)
                parts = tuple(name for name in own if name in self._targets)
                for name in names if parts else ():
                    self._enter(layered(layer, name), Target(parts, timed=True, block=True))


def _alone(targets: Mapping[str, Target]) -> frozenset[str]:
    """Return the symbols with a layer before them that only one layer has."""
    counts = Counter(bare(symbol) for symbol in targets)
    return frozenset(s for s in targets if layer_of(s) and counts[bare(s)] == 1)


def _equations(trace: Trace) -> Iterator[Equation]:
    """Yield the equations, that of a symbol's every time step before that of its first."""
    for section in reversed(trace.program.sections):
        yield from section.equations


def _forms(name: str) -> Iterator[tuple[str, int | None, bool]]:
    """Yield a name as it is, and without the time step that it may end with."""
    yield name, None, False
    found = _AT_END.fullmatch(name)
    if found:
        yield found[1], int(found[3]), not found[2]
    found = _BEFORE_SUFFIX.fullmatch(name)
    if found:
        yield found[1] + found[3], int(found[2]), True
