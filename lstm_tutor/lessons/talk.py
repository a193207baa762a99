"""A lesson as a conversation: what is said, asked and kept, in its order.

The parts are generators: they yield lines to show, a prompt to be answered, or an event to
be kept, and get the answer to a prompt. How lines are read and kept is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from lstm_tutor.diagnosis.judgement import sure
from lstm_tutor.files.text import quoted, visible
from lstm_tutor.lessons import drawing
from lstm_tutor.lessons.catalog import Entry, Route
from lstm_tutor.lessons.lesson import Lesson
from lstm_tutor.lessons.live import filled
from lstm_tutor.lessons.page import Page
from lstm_tutor.lessons.record import Event, Part, Result, Standing, of_lesson, standings
from lstm_tutor.lessons.skill import skills_of
from lstm_tutor.lessons.trial import quiz_on
from lstm_tutor.mistakes.wording import called
from lstm_tutor.model.equation import Phase
from lstm_tutor.questions.drawing import prompt, question, reply_lines, values
from lstm_tutor.questions.error import error_questions
from lstm_tutor.questions.question import ErrorQuestion, Outcome
from lstm_tutor.questions.quiz import Kind, Quiz, Reply, entered
from lstm_tutor.render.explanation import explanation
from lstm_tutor.render.line import View, formula
from lstm_tutor.render.sheet import Cell
from lstm_tutor.trace.selection import askable
from lstm_tutor.trace.trace import Step, Trace


@dataclass(frozen=True)
class Ask:
    """A prompt that waits for a line; with the quiz, if a number or a wrong line is asked."""

    prompt: str
    quiz: Quiz | None = None


Said: TypeAlias = "Cell | Ask | Event"
Talk: TypeAlias = Generator[Said, str, None]
Answered: TypeAlias = Generator[Said, str, str]
Won: TypeAlias = Generator[Said, str, bool]

_CHECKS = 3  # of other lessons at the head of one
_ENTER, _LETTERS = "> ", "abcdef"
_MEANS = {"s": "show", "h": "?", "w": "?"}
_RESULTS = {
    Outcome.ALONE: Result.RIGHT,
    Outcome.CARRIED: Result.RIGHT,
    Outcome.HINTED: Result.HINTED,
    Outcome.SHOWN: Result.SHOWN,
}


class Left(Exception):  # noqa: N818  # no error: the learner goes
    """The learner leaves; ``mapped`` says whether for the map."""

    def __init__(self, *, mapped: bool) -> None:
        super().__init__()
        self.mapped = mapped


@dataclass(eq=False)
class Teacher:
    """Gives one lesson; what has happened is added to ``events`` by who keeps it.

    Attributes:
        route: the path that the lesson is on.
        entry: the lesson.
        events: all that has happened, the newest last.
        views: how the steps of a computation are written.
        width: columns.
        now: seconds since 1970.
    """

    route: Route
    entry: Entry
    events: list[Event]
    views: Callable[[Trace], View]
    width: int
    now: int
    draws: int = field(init=False)

    def __post_init__(self) -> None:
        own = [event for event in self.events if event.lesson == self.lesson.id]
        self.draws = max((event.draw for event in own), default=0)

    @property
    def lesson(self) -> Lesson:
        """What is taught."""
        return self.entry.lesson

    @cached_property
    def view(self) -> View:
        """How the lesson's own steps are written."""
        return self.views(self.page.trace)

    @property
    def page(self) -> Page:
        """The lesson's own numbers."""
        return self.entry.practice.page

    def standing(self) -> dict[str, Standing]:
        """How each of the lesson's skills stands by now."""
        return standings(self.lesson, self.events, self.entry.places)

    def _past(self, part: Part) -> bool:
        return any(event.part is part for event in of_lesson(self.events, self.lesson.id))

    def _filled(self, text: str, page: Page | None = None) -> str:
        page = page or self.page
        return filled(text, page, self.lesson.aims, self.views(page.trace))

    # the parts of a lesson

    def talk(self) -> Talk:
        """Give the lesson, from where it was left."""
        yield drawing.title(self.lesson, self.view, self.width)
        yield from self._checked()
        known = False
        if self._past(Part.LOOK):
            yield drawing.said("You have looked at it before; l looks again.", self.width)
        else:
            known = yield from self._shown()
            yield Event(self.lesson.id, Part.LOOK)
        if not known:
            yield from self._practised()
            if not self._past(Part.SPOT):
                yield from self._spotted()
            if not self._past(Part.TRANSFER):
                yield from self._transferred()
        yield Event(self.lesson.id, Part.DONE)
        yield drawing.ending(self.lesson, self.standing(), self.view, self.width)

    def _checked(self) -> Talk:
        """Ask again for what is due of other lessons."""
        for entry, skill in due(self.route, self.events, self.now, self.lesson.id)[:_CHECKS]:
            ids = [id_ for id_ in entry.lesson.asked if skill in self._skills(entry, id_)]
            yield drawing.said(f"First once more, from {entry.title}: {skill}.", self.width)
            own = [event.draw for event in self.events if event.lesson == entry.id]
            number = max(own, default=0) + 1
            id_ = ids[number % len(ids)]
            yield from self._number(entry, [id_], number, Part.CHECK, (skill,))

    def _shown(self) -> Won:
        """Text, guess, look, reason; whether the learner knows all this already."""
        yield drawing.text(self._filled(self.lesson.text), self.width)
        guess = yield from self._guessed()
        asked = "Enter: look · k: I know this · m: map · q: quit"
        line = yield from self._entered(asked)
        if line == "k" and (yield from self._knows()):
            return True
        yield from self._looked(guess)
        yield from self._reasoned()
        return False

    def _guessed(self) -> Answered:
        predict = self.lesson.predict
        yield drawing.said("First a guess; it does not count.", self.width)
        yield drawing.text(self._filled(predict.says), self.width)
        texts = dict.fromkeys(self._choice(number) for number in range(len(predict.choices)))
        order = sorted(texts)
        yield drawing.choices(order, self.width)
        chosen = yield from self._chosen("guess: ", order)
        told = f"You said {chosen}. Look what happens to it." if chosen else "Look, then."
        yield drawing.said(told, self.width)
        return chosen

    def _choice(self, number: int) -> str:
        predict, page = self.lesson.predict, self.page
        choice = predict.choices[number]
        if choice.aim:
            return self.view.array(page.wrong(predict.ask, choice.aim))
        return self.view.array(page.trace.find(choice.only or predict.ask).value)

    def _chosen(self, ask: str, texts: Sequence[str]) -> Answered:
        """Return the choice that is typed, by letter or as it stands; "" for none."""
        while True:
            line = yield from self._line(ask)
            letter = line.lower().rstrip(").")
            if line in texts or not line:
                return line
            if len(letter) == 1 and letter in _LETTERS[: len(texts)]:
                return texts[_LETTERS.index(letter)]
            letters = ", ".join(_LETTERS[: len(texts)])
            yield drawing.said(f"one of {letters}; Enter guesses nothing", self.width, 2)

    def _looked(self, guess: str = "") -> Talk:
        """Walk through the steps."""
        ids = self.lesson.steps
        at, seen = 0, -1
        while at < len(ids):
            step = self.page.trace.find(ids[at])
            if at != seen:
                yield self._step(step, at)
                if guess and step.id == self.lesson.predict.ask:
                    yield drawing.verdict(
                        guess, self._right(step), self._meant(guess), self.width
                    )
            seen = at
            asked = "Enter: next · b: back · w: why · p: to practice"
            line = yield from self._entered(asked if at == 0 else "")
            match line:
                case "b":
                    at = max(at - 1, 0)
                case "w":
                    yield explanation(self.page.trace, step, self.view, self.width)
                case "p":
                    at = len(ids)
                case "" | "n":
                    at += 1
                case _:
                    yield drawing.said(asked, self.width, 2)
        if self.lesson.predict.after:
            yield drawing.text(self._filled(self.lesson.predict.after), self.width)

    def _meant(self, guess: str) -> str:
        """Say what a wrong guess would come of; "" if nobody knows."""
        choices = enumerate(self.lesson.predict.choices)
        meant = [c for number, c in choices if self._choice(number) == guess]
        if not meant:
            return ""
        if meant[0].aim:
            return called(meant[0].aim.kind)
        return f"that is {meant[0].only}" if meant[0].only else ""

    def _right(self, step: Step) -> str:
        return self.view.array(step.value)

    def _step(self, step: Step, at: int) -> Cell:
        note = self._filled(self.lesson.notes.get(step.id, ""))
        trace, count = self.page.trace, len(self.lesson.steps)
        return drawing.step(trace, step, (at + 1, count), note, self.view, self.width)

    def _reasoned(self) -> Talk:
        """Ask for one reason; right and wrong ones are the uses that the derivation knows."""
        if self.lesson.explain is None:
            return
        term, place = self.lesson.explain
        trace = self.page.trace
        right, wrong = drawing.reasons(trace, term, place, self.view)
        texts = sorted([right, *wrong])
        if not wrong:
            return
        name = self.view.notation.symbol(trace.find(term).target)
        step = trace.find(place)
        yield drawing.text(
            f"One reason. In\n\n    {formula(step, self.view)}\n\nwhy does {name} stand there?",
            self.width,
        )
        yield drawing.choices(texts, self.width)
        chosen = yield from self._chosen("because: ", texts)
        lead = "yes" if chosen == right else "it is"
        yield drawing.said(f"{lead}: {right}", self.width, 2)

    def _knows(self) -> Won:
        """Ask for the numbers that show that a learner knows: no hints, one try each."""
        count = len(self.lesson.known)
        lead = f"{count} fresh {'numbers' if count > 1 else 'number'}, without hints."
        yield drawing.said(f"{lead} All right: the lesson counts as known.", self.width)
        won = True
        for id_ in self.lesson.known:
            self.draws += 1
            won &= yield from self._number(self.entry, [id_], self.draws, Part.KNOWN, ())
        if won:
            for skill in self.lesson.trains:
                yield Event(self.lesson.id, Part.KNOWN, Result.RIGHT, (skill,))
            yield drawing.said(
                "Known. It comes once in another lesson, to be sure.", self.width
            )
        else:
            yield drawing.said("Not all of it: so let us look, and practise.", self.width)
        return won

    def _practised(self) -> Talk:
        """Ask with fresh numbers until each skill is the learner's own, or is left."""
        keys = "? hint · w why · l look again · s show · k I know this · m map · q quit"
        yield drawing.said(f"Practice, with fresh numbers.  {keys}", self.width)
        while skill := self._next_skill():
            id_ = self._next_step(skill)
            self.draws += 1
            yield drawing.rows(self.standing(), self.draws, self.view, self.width)
            ids = self._faded(id_, self.standing()[skill].row)
            yield from self._number(self.entry, ids, self.draws, Part.PRACTICE)
            if self.standing()[skill].stuck:
                told = f"{skill}: enough for today. It needs another day; the lesson goes on."
                yield drawing.said(told, self.width)

    def _next_skill(self) -> str:
        """Return the skill that is furthest from being the learner's own; "" if none is."""
        open_ = {s: found for s, found in self.standing().items() if not found.own}
        going = [skill for skill, found in open_.items() if not found.stuck]
        return min(going, key=lambda skill: open_[skill].row, default="")

    def _next_step(self, skill: str) -> str:
        """Return a step for a skill: first where it was not asked, then the longest ago."""
        ids = [id_ for id_ in self.lesson.asked if skill in self._skills(self.entry, id_)]
        asked = [e.step for e in of_lesson(self.events, self.lesson.id) if e.skills]
        last = {id_: number for number, id_ in enumerate(asked)}
        return min(ids, key=lambda id_: last.get(id_, -1))

    def _faded(self, id_: str, row: int) -> list[str]:
        """Return what is left blank: as a learner gets better, what leads there too."""
        if not self.lesson.fade or row == 0:
            return [id_]
        into = self.page.trace.find(id_).inputs
        return [*(other for other in self.lesson.asked if other in into), id_]

    def _spotted(self) -> Talk:
        """Show worked lines of which one is wrong."""
        for _ in range(self.lesson.spot):
            self.draws += 1
            page = self.entry.practice.fresh(self.draws, self.lesson.asked[0])
            if page is None:
                return
            trace = page.trace
            lines = [n for n in askable(trace, range(len(trace)), 4) if self._late(page, n)]
            found = error_questions(page.tutor, lines, self.draws)
            if not found:
                return
            yield drawing.said("One more kind: which line is wrong?", self.width)
            asked = {self.page.trace.find(id_).symbol for id_ in self.lesson.asked}
            found = tuple(q for q in found if q.step.symbol in asked) or found
            quiz = Quiz(page.tutor, (found[self.draws % len(found)],))
            yield from self._asked(self.entry, quiz, self.draws, Part.SPOT, ())

    def _late(self, page: Page, index: int) -> bool:
        equation, _ = page.trace.key(index)
        return equation.phase in (Phase.BACKWARD, Phase.GRADIENTS)

    def _transferred(self) -> Talk:
        """Ask for one number on another page."""
        transfer, page = self.lesson.transfer, self.entry.practice.transfer
        if transfer is None or page is None:
            return
        yield drawing.said("Now somewhere else.", self.width)
        yield drawing.text(self._filled(transfer.says, page), self.width)
        quiz = quiz_on(self.entry.practice, page, [transfer.ask])
        view = self.views(page.trace)
        yield drawing.page_lines(page.trace, view, self.width)
        yield values(quiz, view, self.width)
        yield from self._asked(self.entry, quiz, 0, Part.TRANSFER, (transfer.skill,))

    # numbers

    def _number(
        self,
        entry: Entry,
        ids: list[str],
        number: int,
        part: Part,
        skills: tuple[str, ...] | None = None,
    ) -> Won:
        """Ask for steps with the fresh numbers of a draw; whether all were right at once."""
        page = entry.practice.fresh(number, *ids) or entry.practice.fresh(number, ids[-1])
        if page is None:
            return True
        quiz = quiz_on(entry.practice, page, ids)
        aims = [(id_, aim) for id_ in ids for aim in entry.practice.aims_at(id_)]
        also = [symbol for id_, aim in aims for symbol in page.read_by(id_, aim)]
        yield values(quiz, self.views(page.trace), self.width, also=also)
        return (yield from self._asked(entry, quiz, number, part, skills))

    def _asked(
        self,
        entry: Entry,
        quiz: Quiz,
        number: int,
        part: Part,
        skills: tuple[str, ...] | None,
    ) -> Won:
        """Ask until it is right or shown, and keep every answer."""
        once, view = part in (Part.KNOWN, Part.CHECK), self.views(quiz.trace)
        won, shown = True, -1
        while not quiz.finished:
            if quiz.at != shown and not _single(quiz):
                hunted = isinstance(quiz.question, ErrorQuestion)
                yield question(quiz, view, self.width)[0 if hunted else 1 :]
            shown = quiz.at
            line = yield from self._line(prompt(quiz, view), quiz)
            if line in ("l", "back", "skip", "quit", "k"):
                yield from self._aside(line)
                continue
            if once and line in ("?", "hint", "h", "w"):
                yield drawing.said("no hints here; s shows it", self.width, 2)
                continue
            before = quiz
            quiz, reply = entered(quiz, _MEANS.get(line, line))
            yield self._reply(quiz, reply, before)
            step = before.question.step.id
            names = self._trained(step, entry) if skills is None else skills
            kept = Event(entry.id, part, Result.WRONG, names, step, number)
            if reply.kind is Kind.WRONG:
                won = False
                yield _with_mistake(kept, reply)
                if once:
                    shown_, told = entered(quiz, "show")
                    yield self._reply(shown_, told, quiz)
                    return False
            elif quiz.at > before.at:
                result = _result(quiz, before)
                won &= result is Result.RIGHT
                yield _with_result(kept, result)
        return won

    def _reply(self, quiz: Quiz, reply: Reply, before: Quiz) -> Cell:
        """Draw a reply; what quiz offers and a lesson does not is left out."""
        lines = reply_lines(quiz, reply, self.views(quiz.trace), self.width)
        if reply.kind is Kind.HELP:
            return drawing.helped(isinstance(before.question, ErrorQuestion), self.width)
        if reply.kind is Kind.RIGHT and not isinstance(before.question, ErrorQuestion):
            if before.record.wrong:
                told = "It counts from the next fresh one on."
            elif before.record.hints:
                told = "Hints are free; three in a row without one make it yours."
            else:
                return lines
            return (*lines, *drawing.said(told, self.width, 2))
        return lines

    def _aside(self, line: str) -> Talk:
        if line == "l":
            for at, id_ in enumerate(self.lesson.steps):
                yield self._step(self.page.trace.find(id_), at)
            return
        told = {
            "k": "right answers show it: three in a row, and it is yours",
            "quit": "q leaves; all is kept",
        }
        yield drawing.said(told.get(line, "s shows it and goes on; q leaves"), self.width, 2)

    def _trained(self, id_: str, entry: Entry | None = None) -> tuple[str, ...]:
        entry = entry or self.entry
        found = self._skills(entry, id_)
        return tuple(skill for skill in entry.lesson.trains if skill in found)

    def _skills(self, entry: Entry, id_: str) -> tuple[str, ...]:
        trace = entry.practice.page.trace
        return skills_of(trace, trace.find(id_))

    # lines

    def _line(self, ask: str, quiz: Quiz | None = None) -> Answered:
        """Return what is typed; the map and leaving are the same everywhere."""
        line = (yield Ask(ask, quiz)).strip()
        if line.lower() in ("q", "quit", "exit", "m", "map"):
            raise Left(mapped=line.lower() in ("m", "map"))
        return line.lower() if len(line) == 1 else line

    def _entered(self, told: str) -> Answered:
        """Return a word where Enter goes on."""
        if told:
            yield (("", ""), *drawing.said(told, self.width, style="dim"))
        line = yield from self._line(_ENTER)
        while line not in ("", "k", "b", "w", "p", "n"):
            yield drawing.said(
                f"Enter goes on; {visible(quoted(line, 20))} is no word here", self.width, 2
            )
            line = yield from self._line(_ENTER)
        return line


def _single(quiz: Quiz) -> bool:
    """Whether a number is asked for, so that the prompt says all."""
    asked = quiz.question
    return not isinstance(asked, ErrorQuestion) and asked.step.value.size == 1


def _result(quiz: Quiz, before: Quiz) -> Result:
    record = quiz.records[before.at]
    if record.outcome in (Outcome.ALONE, Outcome.CARRIED) and record.wrong:
        return Result.LATER
    return _RESULTS.get(record.outcome, Result.SHOWN)


def _with_result(event: Event, result: Result) -> Event:
    return Event(event.lesson, event.part, result, event.skills, event.step, event.draw)


def _with_mistake(event: Event, reply: Reply) -> Event:
    """Add the mistake that was named, if it was named for sure."""
    found = reply.judgement.diagnoses if reply.judgement else ()
    named = (
        f"{found[0].mistake.kind} in {found[0].edit.place.name}"
        if found and sure(found[0])
        else ""
    )
    args = (event.lesson, event.part, event.outcome, event.skills, event.step, event.draw)
    return Event(*args, mistake=named)


def due(
    route: Route, events: Sequence[Event], now: int, but: str = ""
) -> list[tuple[Entry, str]]:
    """Return the skills of other lessons that are to be checked again."""
    found = []
    begun = {event.lesson for event in events}
    for entry in route.entries:
        if entry.id in begun and entry.id != but:
            for skill, standing in standings(entry.lesson, events, entry.places).items():
                if standing.due(now):
                    found.append((entry, skill))
    return found
