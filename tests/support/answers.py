"""Answers to a page's questions, judged by its scripts and by `quiz`; also `python -m answers`.

Right answers, each worked from the ones before at few digits, and wrong ones with a planted
mistake. A right one is never to be called wrong, and no wrong one to be given another cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scripts

from lstm_tutor.browser.edits import mistakes_data
from lstm_tutor.diagnosis.finding import said
from lstm_tutor.diagnosis.world import world
from lstm_tutor.dialects.notation import notation
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.model.equation import Phase
from lstm_tutor.numbers.numeral import significant
from lstm_tutor.questions.question import ValueQuestion
from lstm_tutor.questions.quiz import Kind, Quiz, entered
from lstm_tutor.quiz.exercise import Exercise, quiz_of
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.selection import NoSuchStep
from lstm_tutor.trace.trace import Trace, compute

DIGITS = (3, 4, 6)
_APART = 1e-3  # relative: a wrong value that is nearer is no fair trial
_SAY = """
const found = data.map(({ program, mistakes, asked }) => {
  const values = run(program);
  const equations = new Map(
    [...evaluations(program)].map((one) => [idOf(one[0].target, one[1]), one]));
  return asked.map(({ id, text, earlier }) => {
    const [equation, t] = equations.get(id);
    const own = earlier.map(([other, typed]) => {
      const [{ target }, time] = equations.get(other);
      const read = readAnswer(typed, values.value(target, time).data.length);
      return { name: target, t: time, ...read };
    });
    const typed = readAnswer(text, values.value(target(equation), t).data.length);
    if (typeof typed === "string") return [typed, []];
    const found = judged(values, equation, t, typed, own);
    const lines = found.verdict === "wrong"
      ? sentences(mistakes, values, found, equation, t, typed) : [];
    return [found.verdict, lines];
  });
});
function target(equation) { return equation.target; }
"""


@dataclass(frozen=True)
class Answer:
    """One answer to one question.

    Attributes:
        id: the step that is asked for.
        text: what is typed.
        earlier: the step and text of each right answer before it.
        verdict: what `quiz` says of it.
        says: the sentences of `quiz` on a wrong one, the likeliest first.
    """

    id: str
    text: str
    earlier: tuple[tuple[str, str], ...]
    verdict: Kind
    says: tuple[str, ...] = ()


def answers(trace: Trace, digits: int, planted: int, seed: int) -> Iterator[Answer]:
    """Yield a right answer to each question, and so many planted wrong ones."""
    random = np.random.default_rng(seed)
    phases = (Phase.BACKWARD, Phase.GRADIENTS) if seed % 2 else ()
    try:
        quiz = quiz_of(trace, Exercise(trace.scenario.name, phases))
    except NoSuchStep:  # every value is too large to be asked for
        return
    view = View(notation("gomez", trace.scenario.cell))
    wrong = Counter(random.integers(len(quiz.questions), size=planted).tolist())
    earlier: list[tuple[str, str]] = []
    while not quiz.done:
        question = quiz.question
        if not isinstance(question, ValueQuestion):
            raise TypeError(question)
        step, at = question.step, quiz.at
        for _ in range(wrong[at]):
            value = _planted(quiz, random)
            if value is not None:
                text = _typed(value, digits)
                _, reply = entered(quiz, text)
                found = reply.judgement.diagnoses if reply.judgement else ()
                tied = [one for n, one in enumerate(found) if n == 0 or one.tied]
                says = tuple(dict.fromkeys(said(trace, one, view) for one in tied))
                yield Answer(step.id, text, tuple(earlier), reply.kind, says)
        text = _typed(step.value, digits)
        after, reply = entered(quiz, text)
        if after.at == at:  # too coarse: it is written exactly
            text = _typed(step.value, 17)
            after, reply = entered(quiz, text)
        yield Answer(step.id, text, tuple(earlier), reply.kind)
        earlier.append((step.id, text))
        quiz = after


def _typed(value: Any, digits: int) -> str:
    return " ".join(significant(float(entry), digits) for entry in np.ravel(value))


def _planted(quiz: Quiz, random: np.random.Generator) -> Any:
    """Return what a step's equation gives with one of its edits; None if hardly another."""
    question = quiz.question
    assert isinstance(question, ValueQuestion)
    step, tutor = question.step, quiz.tutor
    edits: Sequence[Edit] = tutor.all_edits.of.get(step.symbol, ())
    if not edits:
        return None
    mistake = Mistake((edits[int(random.integers(len(edits)))],), step.place)
    value = Runs(tutor.places, [world([mistake])], None, [step.symbol], step.place).value(
        step.place
    )
    size = max(float(np.max(np.abs(value))), float(np.max(np.abs(step.value))))
    if np.shape(value) != step.value.shape or not np.isfinite(value).all():
        return None
    return value if np.max(np.abs(value - step.value)) > _APART * size else None


def judged(trace: Trace, asked: Sequence[Answer]) -> list[tuple[str, list[str]]]:
    """Return the verdict and the sentences of a page's scripts on some answers."""
    view = View(notation("gomez", trace.scenario.cell))
    rows = [{"id": one.id, "text": one.text, "earlier": one.earlier} for one in asked]
    whole = {
        "program": scripts.program_of(trace),
        "mistakes": mistakes_data(trace, view),
        "asked": rows,
    }
    (found,) = scripts.asked(_SAY, [whole])
    return [(verdict, lines) for verdict, lines in found]


def compared(trace: Trace, asked: Sequence[Answer]) -> Iterator[tuple[str, Answer, list[str]]]:
    """Yield of each answer how the page's verdict compares with quiz's, in a word or two."""
    for one, (verdict, lines) in zip(asked, judged(trace, asked), strict=True):
        bare = [line.removeprefix("Perhaps: ").removeprefix("Or: ") for line in lines]
        known = {text.removesuffix(" At every time step.") for text in one.says}
        if one.verdict is not Kind.WRONG:
            yield ("false alarm" if verdict == "wrong" else "right"), one, bare
        elif verdict != "wrong":
            yield "missed", one, [verdict]
        elif not bare:
            yield ("silent" if known else "same"), one, bare
        else:
            yield ("same" if bare[0] in known else "other"), one, bare


def main() -> None:
    """Compare many answers of every scenario; print what differs."""
    counts: Counter[str] = Counter()
    for number, name in enumerate(bundled()):
        trace = compute(load(name))
        for digits in DIGITS:
            asked = list(answers(trace, digits, 8, 10 * number + digits))
            for found, one, lines in compared(trace, asked):
                counts[found] += 1
                if found in ("false alarm", "missed", "other"):
                    print(f"{found}: {name} {one.id} = {one.text}: {lines}; quiz: {one.says}")
    wrong = counts["same"] + counts["silent"] + counts["other"] + counts["missed"]
    print(f"{counts['right']:,} right answers, {counts['false alarm']} called wrong")
    print(
        f"{wrong} wrong ones: {counts['same']} the same, {counts['silent']} without a cause, "
        f"{counts['other']} another, {counts['missed']} not called wrong"
    )


if __name__ == "__main__":
    main()
