"""Entries of a lesson file that name something of its equations: steps, values, mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.dialects.notation import notation
from lstm_tutor.files.document import Document, KeyPath
from lstm_tutor.files.problem import BadInput, described, did_you_mean
from lstm_tutor.lessons.entries import Entries
from lstm_tutor.lessons.lesson import Aim
from lstm_tutor.lessons.live import NoSuchValue, loose_braces, resolved, slots, typed_decimals
from lstm_tutor.lessons.page import Page, page_of
from lstm_tutor.mistakes.table import kinds
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario


class Named(Entries):
    """Entries that are looked up in a computed page.

    Attributes:
        path: the lesson's file; scenarios stand beside it.
        page: what ids are of; None as long as there is none.
        aims: the mistakes that live values may name.
    """

    def __init__(self, document: Document, path: Path) -> None:
        super().__init__(document)
        self.path = path
        self.page: Page | None = None
        self.aims: tuple[Aim, ...] = ()

    def scenario(self, path: KeyPath) -> Scenario | None:
        """Load a scenario by its bundled name, or a file beside the lesson."""
        name = self.text(path)
        if not name:
            return None
        beside = self.path.parent / name
        try:
            return load(name if name in bundled() else str(beside))
        except BadInput as error:
            if any(problem.place.line for problem in error.problems):
                self.problems += error.problems
            else:
                message = f"there is neither a bundled scenario {name!r} nor a file beside this"
                self.wrong(path, message, remedy=did_you_mean(name, bundled()))
            return None

    def computed(self, path: KeyPath, scenario: Scenario | None) -> Page | None:
        """Compute a scenario; None, with a problem, if a value overflows."""
        if scenario is None:
            return None
        try:
            return page_of(scenario)
        except ArithmeticError as error:
            self.wrong(path, str(error))
            return None

    def live(self, path: KeyPath) -> str:
        """Read a text with live values: each must be there, and no decimal may be typed."""
        text = self.worded(path)
        for start, inside in slots(text):
            if self.page is not None:
                try:
                    resolved(inside, self.page, self.aims, self._view)
                except NoSuchValue as error:
                    self.in_text(path, text, start, str(error))
        return text

    def worded(self, path: KeyPath) -> str:
        """Read a text in which no decimal may be typed."""
        text = self.text(path)
        for start in loose_braces(text):
            message = f"this {text[start]!r} has no other brace"
            self.in_text(path, text, start, message, "write a live value, as in {h@0}")
        for start, number in typed_decimals(text):
            message = f"{number} is typed; a lesson's numbers are computed"
            self.in_text(path, text, start, message, "name the step, as in {h@0}")
        return text

    @property
    def _view(self) -> View:
        if self.page is None:
            raise TypeError(self.path)
        return View(notation(DEFAULT_NOTATION, self.page.trace.scenario.cell))

    def step(self, path: KeyPath, page: Page | None = None) -> str:
        """Read a step's id."""
        text, page = self.text(path), page or self.page
        if text and page is not None:
            self._known_step(path, text, page)
        return text

    def _known_step(self, path: KeyPath, text: str, page: Page) -> None:
        try:
            step = page.trace.find(text)
        except KeyError:
            remedy = did_you_mean(text, (str(id_) for id_ in page.trace.ids()))
            self.wrong(path, f"there is no step {text!r}", remedy=remedy)
            return
        if step.expression is None:
            self.wrong(path, f"{text} is not worked out: it is given, or a block")

    def steps(self, path: KeyPath) -> tuple[str, ...]:
        """Read a list of steps' ids."""
        found = self.texts(path)
        if self.at(path) == []:
            self.wrong(path, f"{path[-1]} is empty", "at least one step's id")
        for number, text in enumerate(found):
            if self.page is not None:
                self._known_step((*path, number), text, self.page)
        return found

    def aims_of(self, path: KeyPath) -> Iterator[Aim]:
        """Yield the mistakes that a lesson aims at, of those that the page can have."""
        value = self.at(path)
        if not isinstance(value, list):
            if value is not None:
                self.wrong(path, f"aims is {described(value)}", "a list of mistakes")
            return
        known = {"mistake": True, "in": True, "of": False, "into": False}
        for number in range(len(value)):
            here = (*path, number)
            if not self.keys(here, known):
                continue
            aim = Aim(*(self.text((*here, key)) for key in known))
            if self._aimed(here, aim):
                yield aim

    def _aimed(self, path: KeyPath, aim: Aim) -> bool:
        if aim.kind not in kinds():
            remedy = did_you_mean(aim.kind, kinds())
            self.wrong((*path, "mistake"), f"there is no mistake {aim.kind!r}", "", remedy)
            return False
        if self.page is None:
            return False
        edits = self.page.tutor.all_edits.of
        if aim.symbol not in edits:
            self.wrong(
                (*path, "in"),
                f"nothing can go wrong in {aim.symbol!r}",
                "",
                did_you_mean(aim.symbol, edits),
            )
            return False
        found = self.page.edits(aim)
        if len(found) == 1:
            return True
        alike = [e for e in edits[aim.symbol] if e.kind == aim.kind]
        listed = "; ".join(e.id for e in alike[:6]) or "none of this kind"
        message = (
            f"{aim} is {len(found)} mistakes" if found else f"there is no {aim} such as this"
        )
        self.wrong(
            path,
            message,
            f"one of: {listed}",
            "choose one by 'of' and 'into'" if alike else "aim at another kind",
        )
        return False
