"""What a scenario cannot show, in sentences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lstm_tutor.algebra.printer import called as function_called
from lstm_tutor.audit.accident import CANCELLED, FLAT, HELD, Accident
from lstm_tutor.audit.audit import Alike, Audit, Independent, Unseen, block_names
from lstm_tutor.audit.reach import Interval
from lstm_tutor.audit.richer import Change
from lstm_tutor.files.phrase import agreeing, counted, listed
from lstm_tutor.mistakes.mistake import Edit
from lstm_tutor.mistakes.partners import siblings
from lstm_tutor.mistakes.wording import called, shown
from lstm_tutor.model.symbol import LOSS, Id, parse
from lstm_tutor.render.line import View
from lstm_tutor.render.words import words
from lstm_tutor.scenario.scenario import Scenario

_MOST_GROUPS = 3
_MOST_MEMBERS = 3
_NAMES = {
    Change.ASKED: "asking for every number",
    Change.INITIAL: "initial states other than 0",
    Change.NUMBERS: "other inputs and weights",
    Change.STEP: "one more time step",
    Change.LABELS: "a label at every time step",
    Change.UNIT: "a second unit",
    Change.INPUT: "a second input",
    Change.UNCUT: "gradients that are not cut",
    Change.ALL: "several of these changes together",
}


def audit_lines(
    audit: Audit, scenario: Scenario, view: View, width: int
) -> Iterator[tuple[str, str]]:
    """Yield the findings as lines with their styles, at most ``width`` columns wide."""
    writer = _Writer(audit, scenario, view, width)
    yield from writer.heading()
    for part in (
        writer.unseen(),
        writer.alike(),
        writer.independent(),
        writer.accidents(),
        writer.saturated(),
        writer.unreachable(),
        writer.summary(),
    ):
        lines = list(part)
        if lines:
            yield "", ""
            yield from lines


@dataclass(frozen=True)
class _Writer:
    audit: Audit
    scenario: Scenario
    view: View
    width: int

    def _words(self, text: str, indent: int, style: str = "") -> Iterator[tuple[str, str]]:
        return words(text, self.width, indent, style, hang=2 if indent == 4 else 0)

    def _blocks(self, targets: Iterable[str]) -> str:
        return listed(block_names(targets, self.scenario.cell))

    def _edit(self, edit: Edit) -> str:
        return shown(edit, self.scenario, self.view.notation.formula)

    def heading(self) -> Iterator[tuple[str, str]]:
        """What was looked at."""
        audit = self.audit
        yield from self._words(f"What {self.scenario.name} cannot show", 0, "bold")
        yield from self._words(
            f"{counted(audit.asked, 'number')} asked for, "
            f"at {counted(audit.digits, 'digit')}; {audit.tried:,} mistakes tried, "
            "each made at every time step.",
            0,
        )

    def unseen(self) -> Iterator[tuple[str, str]]:
        """Mistakes that change nothing, by what would show them."""
        count = _hidden(self.audit)
        if not count:
            yield from self._words("Every mistake changes a number.", 0, "bold")
            return
        change_ = agreeing(count, "changes", "change")
        title = f"{counted(count, 'mistake')} {change_} no number"
        yield from self._words(title, 0, "bold")
        for change, kinds in _by_change(self.audit.unseen).items():
            number = sum(len(one.mistakes) for one in kinds)
            yield from self._words(f"{number:,} {self._reason(change)}", 2)
            if change is not Change.ASKED:
                for row in self._rows(kinds):
                    yield from self._words(row, 4, "")

    def _rows(self, kinds: Iterable[Unseen]) -> Iterator[str]:
        """Say what is wrong in which equations, the most frequent first."""
        rows: dict[str, list[Unseen]] = {}
        for one in sorted(kinds, key=lambda one: -len(one.mistakes)):
            targets = [edit.target for mistake in one.mistakes for edit in mistake.edits]
            rows.setdefault(self._blocks(targets), []).append(one)
        for targets_, alike in rows.items():
            names = ", ".join(called(one.kind) for one in alike)
            example = self._example(alike[0]) if len(alike) == 1 else ""
            yield f"{names}: {targets_}{example}"

    def _example(self, one: Unseen) -> str:
        """Write one of the mistakes, if its kind does not say all of it."""
        edits = [mistake.edits[0] for mistake in one.mistakes]
        edit = next((edit for edit in edits if edit.place.t is None), edits[0])
        said = self._edit(edit)
        return "" if said == called(one.kind) else f" ({said})"

    def _reason(self, change: Change) -> str:
        """Say why a scenario cannot show something, and what would."""
        would = f"{_NAMES[change].capitalize()} would show them."
        if change is Change.ASKED:
            return "change other numbers only; ask for every number to see them."
        return f"{self._because(change)}. {would}"

    def _because(self, change: Change) -> str:
        scenario = self.scenario
        times = counted(scenario.steps, "time step")
        window = counted(scenario.truncate or 0, "time step")
        some_zero = (p for p, value in scenario.initial.items() if not value.all())
        zero = [f"{place.name}[{place.t}]" for place in some_zero]
        hide = agreeing(len(zero), "is 0 and hides what it is", "are 0 and hide what they are")
        return {
            Change.INITIAL: f"since {listed(zero)} {hide} multiplied with",
            Change.NUMBERS: "since the numbers happen to hide them",
            Change.STEP: f"since there {agreeing(scenario.steps, 'is', 'are')} only {times}",
            Change.LABELS: "since not every time step has a label",
            Change.UNIT: "since with one unit matrices are numbers, and all products alike",
            Change.INPUT: "since with one input its weights are no matrix",
            Change.UNCUT: f"since gradients are cut every {window}",
        }.get(change, "for more than one of these reasons")

    def alike(self) -> Iterator[tuple[str, str]]:
        """Mistakes that give the same numbers as another."""
        found = self.audit.alike
        if not found:
            yield from self._words("No two mistakes give the same wrong numbers.", 0, "bold")
            return
        count, give = counted(len(found), "group"), agreeing(len(found), "gives", "give")
        yield from self._words(f"{count} of mistakes {give} the same wrong numbers", 0, "bold")
        for change, groups in _by_change(found).items():
            text = f"{len(groups):,} that {_NAMES[change]} would tell apart"
            yield from self._words(text + ("." if change is Change.ASKED else ":"), 2)
            if change is Change.ASKED:
                continue
            patterns = self._patterns(groups)
            for alike, times in patterns[:_MOST_GROUPS]:
                more = f" (and {times - 1} more for other gates)" if times > 1 else ""
                yield from self._words(self._members(alike) + more, 4)
            rest = sum(times for _, times in patterns[_MOST_GROUPS:])
            if rest:
                yield from self._words(f"and {rest:,} more", 4)

    def _patterns(self, groups: Iterable[Alike]) -> list[tuple[Alike, int]]:
        """Return one of the groups that are the same for several gates, and their number;
        the most frequent first, those of the time before the first step last.
        """
        first: dict[tuple[tuple[str, str], ...], Alike] = {}
        counts: Counter[tuple[tuple[str, str], ...]] = Counter()
        for alike in groups:
            edits = [mistake.edits[0] for mistake in alike.mistakes]
            key = tuple((self._stem(edit.target), edit.kind) for edit in edits)
            first.setdefault(key, alike)
            counts[key] += 1

        def rank(item: tuple[Alike, int]) -> tuple[bool, int]:
            return item[0].mistakes[0].edits[0].place.t is not None, -item[1]

        return sorted(((first[key], count) for key, count in counts.items()), key=rank)

    def _stem(self, target: str) -> str:
        return min(target, *siblings(target, self.scenario.cell), target)

    def _members(self, alike: Alike) -> str:
        shown, target = [], ""
        for mistake in alike.mistakes[:_MOST_MEMBERS]:
            edit = mistake.edits[0]
            lead = "" if edit.target == target else f"{edit.target}: "
            shown.append(f"{lead}{self._edit(edit)}")
            target = edit.target
        rest = len(alike.mistakes) - len(shown)
        return "; or ".join(shown) + (f"; or {rest} more" if rest else "")

    def independent(self) -> Iterator[tuple[str, str]]:
        """Gradients that do not depend on the carries."""
        if self.audit.independent:
            yield from self._words("Gradients that do not depend on the carries", 0, "bold")
        for one in self.audit.independent:
            yield from self._words(self._independence(one), 2)

    def _independence(self, one: Independent) -> str:
        names = block_names(one.gradients, self.scenario.cell)
        be = agreeing(len(names), "does", "do")
        would = f"{_NAMES[one.change]} would show it."
        if len(one.mistakes[0].edits) > 1:
            left = "leaving out all that the next time step sends back changes nothing in"
            it = agreeing(len(names), "it", "them")
            return f"{listed(names)} {be} not depend on the carries: {left} {it}; {would}"
        places = listed(
            [f"that of {mistake.edits[0].target}" for mistake in one.mistakes], "or"
        )
        stay = agreeing(len(names), "stays", "stay")
        return f"{listed(names)} {stay} the same without one carry, {places}; {would}"

    def accidents(self) -> Iterator[tuple[str, str]]:
        """Values that are 0 or 1 and hide what they are multiplied with."""
        found: dict[tuple[str, int, tuple[str, ...]], list[Accident]] = {}
        for one in self.audit.accidents:
            symbol = parse(one.id).name
            found.setdefault((symbol, one.value, one.causes), []).append(one)
        if found:
            yield from self._words("Values that are 0 or 1 by accident", 0, "bold")
        for (_, value, causes), members in found.items():
            ids = self._range([one.id for one in members])
            be = agreeing(len(members), "is", "are")
            yield from self._words(f"{ids} {be} {value}{self._since(value, causes)}", 2)

    def _since(self, value: int, causes: tuple[str, ...]) -> str:
        if value == 1:
            return f" at {counted(self.audit.digits, 'digit')}: as a factor it changes nothing."
        ids = [cause for cause in causes if cause not in (CANCELLED, HELD)]
        names = block_names(ids, self.scenario.cell)
        reasons = [f"{listed(names)} {agreeing(len(names), 'is', 'are')} 0"] if names else []
        if CANCELLED in causes:
            reasons.append(CANCELLED if not names else "terms cancel")
        if HELD in causes:
            reasons.append(HELD)
        return f", since {listed(reasons)}."

    def saturated(self) -> Iterator[tuple[str, str]]:
        """Gates and other activations without a slope."""
        groups: dict[tuple[str, str], list[tuple[str, float]]] = {}
        for one in self.audit.saturated:
            key = parse(one.id).name, one.function
            groups.setdefault(key, []).append((one.id, one.slope))
        if groups:
            yield from self._words("Saturated activations", 0, "bold")
        for (_, function), members in groups.items():
            ids = self._range([id_ for id_, _ in members])
            least = min(slope for _, slope in members)
            name = function_called(function, self.view.notation.style)
            yield from self._words(
                f"{ids}: the slope of {name} is down to {least:.2g}, so that less than "
                f"{FLAT:.0%} of a gradient passes.",
                2,
            )

    def unreachable(self) -> Iterator[tuple[str, str]]:
        """Labels that no weights can reach."""
        if self.audit.unreachable:
            yield from self._words("Labels out of reach", 0, "bold")
        number = self.view.number
        for one in self.audit.unreachable:
            yield from self._words(
                f"{one.id} = {self.view.array(one.label)} is out of reach: from these initial "
                f"states the output at t = {one.t} stays {self._reach(one.reach)}, whatever "
                f"the inputs and weights. At least {number(one.loss)} of "
                f"{Id(LOSS, one.t)} remains.",
                2,
            )

    def _reach(self, reach: Interval) -> str:
        low, high = self.view.number(reach.low), self.view.number(reach.high)
        if math.isinf(reach.low):
            return f"below {high}"
        return f"above {low}" if math.isinf(reach.high) else f"between {low} and {high}"

    def summary(self) -> Iterator[tuple[str, str]]:
        """The smallest changes that would show what is invisible."""
        count = _hidden(self.audit)
        if not count:
            return
        yield from self._words("What would show them", 0, "bold")
        parts: list[str] = []
        for change, kinds in _by_change(self.audit.unseen).items():
            number = sum(len(one.mistakes) for one in kinds)
            more = f"{number:,} more" if parts else f"would show {number:,}"
            parts.append(f"{_NAMES[change]} {more}")
        text = f"Of {counted(count, 'invisible mistake')}, {listed(parts)}."
        yield from self._words(text, 2)

    def _range(self, ids: list[str]) -> str:
        """Write ids, many as the first and the last one."""
        if len(ids) > 4:
            return f"{ids[0]} {self.view.ellipsis} {ids[-1]} ({len(ids):,} values)"
        return listed(ids)


def _hidden(audit: Audit) -> int:
    return sum(len(one.mistakes) for one in audit.unseen)


def _by_change(found: Iterable[Any]) -> dict[Change, list[Any]]:
    groups: dict[Change, list[Any]] = {}
    for one in found:
        groups.setdefault(one.change, []).append(one)
    return {change: groups[change] for change in Change if change in groups}
