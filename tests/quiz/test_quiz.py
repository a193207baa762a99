"""The quiz: answers, its state from line to line, its progress, and the whole command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import COMMAND, Answer, environment, invoke
from documents import ROOT
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from screens import Terminal

from lstm_tutor.algebra.expression import Symbol
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Given, Judgement, Status
from lstm_tutor.diagnosis.world import world
from lstm_tutor.dialects.notation import for_stream, notation
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.files.state import state_folder
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import Id, parse
from lstm_tutor.numbers.numeral import array_text
from lstm_tutor.questions.answer import LONGEST, Typed, Unreadable, read_answer
from lstm_tutor.questions.drawing import question, reply_lines, values
from lstm_tutor.questions.error import error_questions
from lstm_tutor.questions.judging import coarse, too_few
from lstm_tutor.questions.question import HINTS, ErrorQuestion, Outcome, Record, ValueQuestion
from lstm_tutor.questions.quiz import Kind, Quiz, Reply, entered
from lstm_tutor.quiz.exercise import LARGEST, Exercise, quiz_of
from lstm_tutor.quiz.progress import Damaged, file_name, progress_text, resumed
from lstm_tutor.quiz.results import COLUMNS, advice, results, tallies
from lstm_tutor.quiz.skill import Skill, skill_of
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.selection import askable
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import compute
from lstm_tutor.trace.variant import varied

# --- answers


def _unknown(symbol: Symbol) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    raise Unreadable(f"no {symbol.name}")


def _a(symbol: Symbol) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if symbol.name != "a":
        raise Unreadable(f"no {symbol.name}")
    return np.array([0.8]), np.array([0.0])


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0.7857", 0.7857, 0.00005),
        ("-0.25", -0.25, 0.005),
        ("+.5", 0.5, 0.05),
        ("−3e-2", -0.03, 0.005),
        ("[0.5]", 0.5, 0.05),
        ("C[0] ≈ 0.79", 0.79, 0.005),
        ("= 3", 3.0, 0.5),
    ],
)
def test_a_number_holds_to_half_a_unit_of_its_last_place(
    text: str, value: float, unit: float
) -> None:
    """Its precision is what was typed, whatever stands before an equals sign."""
    found = read_answer(text, 1, _unknown)
    assert (found.value.item(), found.unit.item()) == (
        pytest.approx(value),
        pytest.approx(unit),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/3", 1 / 3),
        ("0.45*1 + 0.25*2 + 0.2", 1.15),
        ("σ(3.2)", 1 / (1 + np.exp(-3.2))),
        ("tanh(2) ⊙ (1 − 0.5²)", np.tanh(2) * 0.75),
        ("2^3 - 1", 7.0),
        ("a@0*(1 - a[0])", 0.16),
        ("0.1 -0.2", -0.1),
    ],
)
def test_arithmetic_is_worked_out_exactly(text: str, value: float) -> None:
    """Fractions, functions and names that are known have full precision."""
    found = read_answer(text, 1, _a)
    assert found.value.item() == pytest.approx(value, rel=1e-12)
    assert 0 < found.unit.item() <= 1e-11 * abs(value)


def test_a_rounded_number_inside_arithmetic_stays_rounded() -> None:
    """A decimal of three digits or more counts as rounded, and so does what is made of it."""
    found = read_answer("tanh(0.785)", 1, _unknown)
    assert abs(np.tanh(0.7854) - found.value) < found.unit < 0.001


@pytest.mark.parametrize(
    "text",
    ["[0.1, -0.2]", "0.1 -0.2", "0.1, -0.2", "[0.1 -0.2]", "(0.1, -0.2)", "1/10; -1/5"],
)
def test_two_numbers_can_be_written_in_many_ways(text: str) -> None:
    """With brackets or without, with commas or blanks."""
    assert read_answer(text, 2, _unknown).value.ravel() == pytest.approx([0.1, -0.2])


@pytest.mark.parametrize("text", ["[[1, 2], [3, 4]]", "1 2; 3 4", "[[1 2] [3 4]]", "[1,2;3,4]"])
def test_a_matrix_has_rows(text: str) -> None:
    """As nested brackets or with semicolons."""
    assert read_answer(text, 4, _unknown).value.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0,5", "a comma separates numbers; write 0.5"),
        ("h@01*1", "'h@01' is no id, such as C@1"),
        ("0,5*-0,8", "a comma separates numbers; write 0.5*-0.8"),
        ("", "there is no value in it"),
        ("two", "no two"),
        ("1/0", "'1/0' is not a finite number"),
        ("9**999999999", "'9**999999999' is not a finite number"),
        ("1e999", "the number is too large"),
        ("foo(1)", "unknown function foo"),
        ("__import__('os').system('ls')", "not"),
        ("outer(outer(a@0, a@0), a@0)", "outer takes two lists of numbers"),
        ("sum_t(a[t])", "write a sum over time out: one term per time step"),
        ("1" * (LONGEST + 1), "an answer is at most 2,000 characters long"),
        (f"{'[' * 990}1 2{']' * 990}", "not a formula"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(text: str, message: str) -> None:
    """The message names what is wrong."""
    with pytest.raises(Unreadable) as found:
        read_answer(text, 1, _a if "a@0" in text else _unknown)
    assert str(found.value).startswith(message)
    assert "\n" not in str(found.value)


_PIECES = st.sampled_from(
    [
        *"0123456789.,;+-*/^()[]=≈ eE'\"\\\x00\x1b\n",
        "a@0",
        "a[t]",
        "tanh(",
        "outer(",
        "[[",
        "]]",
        "1e9",
        "**",
        "0x",
        "lambda",
        "²",
        "½",
        "\ud800",
        "T",
        ".T",
        "sum(",
        "fill(",
        "1_0",
        "nan",
    ]
)


@pytest.mark.long
@given(
    st.lists(_PIECES, max_size=30).map("".join) | st.text(max_size=60), st.sampled_from([1, 4])
)
def test_hostile_text_is_read_or_refused(text: str, size: int) -> None:
    """Whatever is typed gives finite numbers or a message of one visible line."""
    try:
        found = read_answer(text, size, _a)
    except Unreadable as error:
        assert str(error).isprintable()
        return
    assert np.isfinite(found.value).all()
    assert np.isfinite(found.unit).all()
    assert found.value.shape == found.unit.shape


def test_brackets_beyond_rows_and_columns_are_refused() -> None:
    """However many there are."""
    for depth in (3, 990):
        with pytest.raises(Unreadable, match="no more brackets than those"):
            read_answer(f"{'[' * depth}1 2{']' * depth}", 2, _unknown)


# --- the state


@cache
def _tutor(name: str) -> Tutor:
    return Tutor(compute(load(name)))


def _quiz(*ids: str, name: str = "gomez") -> Quiz:
    """Return a quiz on some steps, or on all that can be asked for."""
    tutor = _tutor(name)
    indices = [tutor.trace.position(id_) for id_ in ids] or range(len(tutor.trace))
    asked = askable(tutor.trace, indices, 64)
    return Quiz(tutor, tuple(ValueQuestion(tutor.trace[index]) for index in asked))


def _steps(quiz: Quiz) -> list[Step]:
    return [question.step for question in quiz.questions]


def _typed(quiz: Quiz, *lines: str) -> tuple[Quiz, Reply]:
    reply = Reply(Kind.REMARK, 0)
    for line in lines:
        quiz, reply = entered(quiz, line)
    return quiz, reply


def _value(quiz: Quiz, at: int, digits: int = 6) -> str:
    return array_text(quiz.questions[at].step.value, digits)


def _tally(quiz: Quiz, skill: Skill) -> dict[str, int]:
    """Return the counts of a skill that are not 0."""
    names = (*COLUMNS, "wrong tries")
    return {name: n for name, n in zip(names, tallies(quiz)[skill], strict=True) if n}


@pytest.mark.long
def test_every_value_can_be_answered() -> None:
    """The trace's own values, at four digits, solve the whole quiz alone."""
    quiz = _quiz()
    while not quiz.done:
        quiz, reply = entered(quiz, _value(quiz, quiz.at, 4))
        assert reply.kind is Kind.RIGHT, quiz.questions[reply.at].step.id
    assert quiz.finished
    assert {record.outcome for record in quiz.records} == {Outcome.ALONE}


def test_what_is_asked_for_can_be_worked_out() -> None:
    """Not the blocks, nor what is given, nor the new loss, whose forward pass has no steps."""
    asked = {step.id for step in _steps(_quiz())}
    assert {"z_a@0", "L", "delta@0", "dC@-1", "dW_a", "W_a'"} <= asked
    assert not asked & {"W_a", "x@0", "dgates@0", "W", "dW", "W'", "L'", "L'@0"}


def test_large_values_are_asked_for_only_by_name() -> None:
    """A matrix of many entries is no exercise for a whole quiz."""
    trace = _tutor("two-units").trace
    index = trace.position("dW_a")
    assert trace[index].value.size == 6
    assert askable(trace, [index], 5) == []
    assert askable(trace, [index], LARGEST) == [index]


@pytest.mark.parametrize(("fade", "count", "first"), [(1, 1, "b_o'"), (2, 44, "delta@1")])
def test_a_fading_example_leaves_more_and_more_blank(fade: int, count: int, first: str) -> None:
    """The last step, then the backward pass and what follows, then everything."""
    trace = _tutor("gomez").trace
    left = quiz_of(trace, Exercise("gomez", fade=fade)).questions
    assert (len(left), left[0].step.id) == (count, first)
    assert len(quiz_of(trace, Exercise("gomez", fade=3)).questions) == len(_quiz().questions)


def test_a_hint_never_counts_as_wrong() -> None:
    """The ladder leads from what it is to the numbers; the question stays open."""
    quiz, reply = _typed(_quiz("C@0"), *["?"] * (HINTS - 1))
    assert (reply.kind, reply.hint) == (Kind.HINT, HINTS - 1)
    assert quiz.records[0] == Record(hints=HINTS - 1)
    quiz, reply = entered(quiz, "0.7857")
    assert (quiz.records[0].outcome, quiz.records[0].wrong) == (Outcome.HINTED, 0)


@pytest.mark.parametrize("lines", [["show"], ["?"] * HINTS, ["show", "back", "0.7857"]])
def test_a_shown_solution_never_counts_as_solved(lines: list[str]) -> None:
    """Nor does the last hint, nor an answer after it."""
    quiz, _ = _typed(_quiz("C@0", "h@0"), *lines)
    assert quiz.records[0].outcome is Outcome.SHOWN
    assert quiz.at == 1
    assert _tally(quiz, Skill.FORWARD) == {"asked": 1, "shown": 1}


@pytest.mark.long
def test_a_wrong_answer_gets_its_diagnosis_at_once() -> None:
    """dC@0 without what comes from the next time step is a dropped carry."""
    step = _tutor("gomez").trace.find("dC@0")
    quiz, reply = _typed(_quiz("dC@0"), array_text(step.terms[0].value, 6))
    assert reply.kind is Kind.WRONG
    assert reply.judgement is not None
    best = reply.judgement.diagnoses[0].mistake.edits[0]
    assert (best.target, best.kind) == ("dC", "drop-carry")
    assert (quiz.at, quiz.records[0].outcome, quiz.records[0].wrong) == (0, Outcome.OPEN, 1)


@pytest.mark.long
def test_a_second_try_can_be_right() -> None:
    """Trying again needs no command; the wrong try is remembered."""
    quiz, reply = _typed(_quiz("C@0"), "0.9123", "t", "0.7857")
    assert reply.kind is Kind.RIGHT
    assert (quiz.records[0].outcome, quiz.records[0].wrong) == (Outcome.ALONE, 1)


@pytest.mark.long
def test_an_own_value_is_carried_forward() -> None:
    """What follows rightly from a wrong value is right, and says from which."""
    quiz, _ = _typed(_quiz("C@0", "h@0"), "0.9123", "g")
    assert quiz.records[0].outcome is Outcome.OWN
    quiz, reply = entered(quiz, "tanh(C@0)*o@0")
    assert reply.judgement is not None
    assert reply.judgement.because == "C@0"
    assert quiz.records[1].outcome is Outcome.CARRIED


@pytest.mark.long
def test_the_right_value_is_right_whatever_was_before() -> None:
    """An own wrong value does not make the right one wrong."""
    quiz, _ = _typed(_quiz("C@0", "h@0"), "0.9123", "g", "0.5363")
    assert quiz.records[1].outcome is Outcome.ALONE


def test_after_a_shown_solution_the_quiz_goes_on_with_it() -> None:
    """A wrong value further up is not carried past a value that was shown."""
    quiz, _ = _typed(_quiz("a@0", "C@0", "h@0"), "0.5", "g", "show", "tanh(C@0)*o@0")
    assert [record.outcome for record in quiz.records] == [
        Outcome.OWN,
        Outcome.SHOWN,
        Outcome.ALONE,
    ]


def test_rounded_working_is_right() -> None:
    """Two digits on the way are enough for a right method."""
    quiz, reply = _typed(_quiz("a@0", "i@0", "C@0", "h@0"), "0.82", "0.96", "0.82*0.96")
    assert reply.kind is Kind.RIGHT
    assert reply.judgement is not None
    assert reply.judgement.status == "right, rounded"
    assert quiz.records[2].outcome is Outcome.ALONE


@pytest.mark.long
@pytest.mark.parametrize("text", ["0.8", "1", ""])
def test_too_few_digits_cost_nothing(text: str) -> None:
    """A number that would fit many values is asked for again."""
    quiz, reply = _typed(_quiz("C@0"), text)
    assert reply.kind is Kind.REMARK
    assert quiz.records == (Record(),)


def test_a_value_whose_last_digits_are_zeros_may_be_written_short() -> None:
    """1 is 0.99996 at four digits; 0.7 is not 0.7039, and is asked for in full."""
    (step,) = _steps(_quiz("C@0"))
    assert not coarse(*_at(step, 0.99996, 1.0, 0.5))
    assert coarse(*_at(step, 0.7039, 0.7, 0.05))
    assert too_few(Typed(np.array(1.0), np.array(0.5))).endswith("or 1.000 if it is just that")
    assert too_few(Typed(np.array(0.7), np.array(0.05))).endswith("0.7000 if it is just that")


def _at(step: Step, right: float, typed: float, unit: float) -> tuple[Typed, Judgement]:
    given = Typed(np.array([typed]), np.array([unit]))
    value = np.full(step.value.shape, right)
    return given, Judgement(Given(step.id, given.value, given.unit), Status.RIGHT, value, value)


@pytest.mark.parametrize("text", ["what", "0,78", "C@0", "h@0", "dC@0", "a", "a@9", "[1, 2]"])
def test_bad_text_costs_nothing(text: str) -> None:
    """Neither words nor values that are asked for, come later or are not there."""
    quiz, reply = _typed(_quiz("C@0", "h@0"), text)
    assert reply.kind is Kind.REMARK
    assert reply.text
    assert quiz.records[0] == Record()


def test_a_value_that_has_not_been_answered_cannot_be_named() -> None:
    """Skipping a question does not give its value away."""
    quiz, reply = _typed(_quiz("C@0", "h@0"), "skip", "tanh(C@0)*o@0")
    assert "has not been answered" in reply.text
    quiz, _ = _typed(quiz, "back", "0.7857", "tanh(C[t])*o[t]")
    assert [record.outcome for record in quiz.records] == [Outcome.ALONE] * 2


def test_a_matrix_is_answered_row_by_row() -> None:
    """Each line is one row; the last one completes the answer."""
    quiz = _quiz("dW_a", name="two-units")
    first, second = quiz.question.step.value
    quiz, reply = entered(quiz, array_text(first, 5))
    assert (reply.text, quiz.at) == ("row 1 of 2 taken", 0)
    quiz, reply = entered(quiz, array_text(second, 5))
    assert (reply.kind, quiz.records[0].outcome) == (Kind.RIGHT, Outcome.ALONE)


def test_quitting_leaves_everything_as_it_is() -> None:
    """The question is still the same one."""
    quiz, _ = _typed(_quiz("C@0", "h@0"), "0.7857", "quit")
    assert quiz.finished
    assert not quiz.done
    assert quiz.at == 1


@pytest.mark.long
@given(
    st.lists(
        st.sampled_from(["?", "show", "skip", "back", "t", "g", "values", "help", "0.79", "1"])
        | st.text(max_size=5),
        max_size=12,
    )
)
def test_no_line_breaks_a_quiz(lines: list[str]) -> None:
    """Records only grow, the position stays inside, and every reply can be drawn."""
    quiz = _quiz("C@0", "h@0")
    for line in lines:
        before = quiz
        quiz, reply = entered(quiz, line)
        assert 0 <= quiz.at <= len(quiz.questions)
        assert quiz.finished == (quiz.done or line.strip().lower() in ("quit", "q", "exit"))
        for old, new in zip(before.records, quiz.records, strict=True):
            assert (new.hints, new.wrong) >= (old.hints, old.wrong)
        reply_lines(quiz, reply, _VIEW, 80)
        if quiz.finished:
            break


# --- skills and results


@pytest.mark.parametrize(
    ("id_", "skill"),
    [
        ("C@1", Skill.FORWARD),
        ("L", Skill.LOSS),
        ("delta@1", Skill.GATES),
        ("deltaOut@0", Skill.CARRY),
        ("dout@0", Skill.CARRY),
        ("dC@0", Skill.CARRY),
        ("dC@-1", Skill.CARRY),
        ("da@0", Skill.GATES),
        ("dU_f", Skill.SUMS),
        ("W_a'", Skill.UPDATE),
    ],
)
def test_a_skill_follows_from_the_equation(id_: str, skill: Skill) -> None:
    """What comes from the next time step is the carry, other gradients local derivatives."""
    trace = _tutor("gomez").trace
    assert skill_of(trace.program, trace.find(id_).equation) is skill


@pytest.mark.long
def test_results_count_by_skill_and_say_what_to_practise() -> None:
    """The skill with most trouble is named, with the symbols that gave it."""
    quiz = _quiz("C@0", "h@0", "dC@1", "dC@0", "dW_a")
    quiz, _ = _typed(quiz, "0.7857", "?", "0.5363", "show", "-1", "g")
    assert list(tallies(quiz)) == [Skill.FORWARD, Skill.CARRY]
    assert _tally(quiz, Skill.FORWARD) == {"asked": 2, "alone": 1, "hints": 1}
    carry = {"asked": 2, "shown": 1, "open": 1, "wrong tries": 1}
    assert _tally(quiz, Skill.CARRY) == carry
    advised = advice(quiz)
    assert advised is not None
    assert (advised.skill, advised.symbols, advised.id) == (Skill.CARRY, ("dC",), "dC@1")


def test_nothing_is_advised_where_nothing_was_hard() -> None:
    """All solved alone, or nothing answered."""
    assert advice(_quiz("C@0")) is None
    assert advice(_typed(_quiz("C@0"), "0.7857")[0]) is None


# --- finding the error


@cache
def _errors(name: str = "gomez", seed: int = 0) -> Quiz:
    """Return a quiz of worked lines."""
    tutor = _tutor(name)
    indices = [step.index for step in _steps(_quiz(name=name))]
    return Quiz(tutor, error_questions(tutor, indices, seed))


def _shown(quiz: Quiz) -> list[ErrorQuestion]:
    return [found for found in quiz.questions if isinstance(found, ErrorQuestion)]


@pytest.mark.long
@pytest.mark.parametrize(("name", "seed"), [("gomez", 0), ("two-units", 1)])
def test_just_one_line_is_wrong(name: str, seed: int) -> None:
    """Worked from the operands shown, every other line gives its value."""
    quiz = _errors(name, seed)
    assert len(_shown(quiz)) > 3
    for found in _shown(quiz):
        worked = []
        for step in found.lines:
            own = {s.place: s.value for s in found.lines}
            run = Runs(quiz.tutor.places, [world(carried=True)], own)
            right = np.allclose(run.predicted(step.place), step.value, rtol=1e-6)
            worked.append(right)
        assert worked.count(False) == 1
        assert worked.index(False) == found.at
        assert len({(step.phase, step.t) for step in found.lines}) == 1


_FRESH = [("batch-of-two", 1), ("batch-of-two", 2), ("both-directions", 3), ("hello", 4)]


@pytest.mark.parametrize(("name", "seed"), [*((name, 0) for name in bundled()), *_FRESH])
def test_the_terms_of_right_lines_add_up_to_them(name: str, seed: int) -> None:
    """Of every bundled scenario, with its own numbers or fresh ones, a batch's too."""
    tutor = Tutor(compute(varied(load(name), seed) if seed else load(name)))
    indices = [step.index for step in _steps(_quiz(name=name))][-24:]
    questions = error_questions(tutor, indices, seed)
    assert questions or len(indices) < 3  # too few lines to hide an error among them
    for found in questions:
        for line in found.lines:
            if line.terms and line is not found.step:
                total = sum(term.value for term in line.terms)
                assert total == pytest.approx(line.value, rel=1e-9, abs=1e-12)


def test_the_same_seed_hides_the_same_errors() -> None:
    """Another seed hides others."""
    mistakes = [
        [found.mistake.id for found in _shown(_errors(seed=seed))] for seed in (1, 1, 2)
    ]
    assert mistakes[0] == mistakes[1] != mistakes[2]


def test_pointing_at_the_wrong_line_finds_it() -> None:
    """Pointing at a right one is a wrong try; at none of them costs nothing."""
    quiz = _errors()
    first = _shown(quiz)[0]
    quiz, reply = entered(quiz, "nothing")
    assert (reply.kind, quiz.records[0]) == (Kind.REMARK, Record())
    quiz, reply = entered(quiz, first.ruled_out(1)[0])
    assert (reply.kind, quiz.records[0].wrong, quiz.at) == (Kind.WRONG, 1, 0)
    quiz, reply = entered(quiz, first.step.id)
    assert (reply.kind, quiz.records[0].outcome, quiz.at) == (Kind.RIGHT, Outcome.ALONE, 1)


def test_hints_rule_lines_out_until_one_is_left() -> None:
    """What would be left over is shown instead, and counts as shown."""
    quiz = _errors()
    for _ in _shown(quiz)[0].lines[1:]:
        quiz, reply = entered(quiz, "?")
        assert reply.kind is Kind.HINT
    quiz, reply = entered(quiz, "?")
    assert (reply.kind, quiz.records[0].outcome) == (Kind.SOLUTION, Outcome.SHOWN)


@pytest.mark.parametrize("word", ["t", "g", "values", "7"])
def test_a_line_is_asked_for_in_the_words_of_its_kind(word: str) -> None:
    """What goes with a value only is no line, and costs nothing."""
    quiz, reply = entered(_errors(), word)
    assert reply.text.startswith(f"'{word}' is none of them: type one of z_a@0, ")
    assert not quiz.touched


@pytest.mark.long
def test_both_kinds_of_questions_go_into_one_quiz() -> None:
    """A worked line that was found or skipped gives no value away, nor asks for one."""
    asked, worked = _quiz("C@0", "h@0"), _shown(_errors())[0]
    quiz = Quiz(asked.tutor, (asked.questions[0], worked, asked.questions[1]))
    quiz, _ = _typed(quiz, "0.9123", "g", worked.step.id)
    quiz, reply = entered(quiz, "tanh(C@0)*o@0")
    assert reply.judgement is not None
    assert reply.judgement.because == "C@0"
    outcomes = [record.outcome for record in quiz.records]
    assert outcomes == [Outcome.OWN, Outcome.ALONE, Outcome.CARRIED]
    again = resumed(Quiz(quiz.tutor, quiz.questions), progress_text(quiz, ""))
    assert [record.outcome for record in again.records] == outcomes
    assert _tally(again, Skill.FORWARD)["asked"] == 3


# --- drawing

_VIEW = View(notation("gomez", _tutor("gomez").trace.scenario.cell))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", ["gomez", "two-units"])
def test_nothing_is_wider_than_the_screen(width: int, name: str) -> None:
    """Questions, hints, solutions, rounds and results all keep within it."""
    chosen = notation("gomez", _tutor(name).trace.scenario.cell)
    view = View(for_stream(chosen, "ascii"), 4)
    quiz = _quiz(name=name)
    drawn: list[tuple[str, str]] = []
    while not quiz.done:
        drawn += question(quiz, view, width)
        for _ in range(HINTS):
            quiz, reply = entered(quiz, "?")
            drawn += reply_lines(quiz, reply, view, width)
    errors = _errors(name)
    while not errors.done:
        drawn += question(errors, view, width)
        errors, reply = entered(errors, "show")
        drawn += reply_lines(errors, reply, view, width)
    drawn += values(replace(quiz, at=0), view, width)
    assert "".join(line for line, _ in drawn).isascii()
    assert max(columns(line) for line, _ in drawn) <= width


def test_the_hint_ladder_gives_away_one_thing_after_the_other() -> None:
    """Quantity, ways into it, formula, numbers, value."""
    quiz, told = _quiz("dC@0"), []
    for _ in range(HINTS):
        quiz, reply = entered(quiz, "?")
        told.append("\n".join(line for line, _ in reply_lines(quiz, reply, _VIEW, 100)))
    assert "gradient at the cell state" in told[0]
    assert "δC[1], because C[1] uses C[0]" in told[1]
    assert "δC[0] = δout[0] ⊙ o[0]" in told[2]
    assert "0.0180381 ⊙ 0.817574" in told[3]
    assert "-0.0534837" in told[4]
    assert not any("-0.0534837" in text for text in told[:4])


@pytest.mark.long
def test_the_numbers_of_a_hint_are_the_learners_own() -> None:
    """An own value that is carried forward is put in."""
    quiz, _ = _typed(_quiz("C@0", "h@0"), "0.9123", "g", "?", "?", "?")
    quiz, reply = entered(quiz, "?")
    assert any("tanh(0.9123)" in line for line, _ in reply_lines(quiz, reply, _VIEW, 80))


@pytest.mark.long
def test_a_narrow_screen_gets_results_in_words() -> None:
    """The table needs more columns than there are."""
    quiz, _ = _typed(_quiz("C@0"), "0.5", "0.7857")
    found = results(quiz, 60)
    assert found == (("forward: 1 asked, 1 alone, 1 wrong tries", ""),)


# --- progress


@pytest.mark.long
def test_progress_survives_being_written_and_read() -> None:
    """Outcomes, counts, own values, mistakes and the position come back."""
    begun = _quiz("C@0", "h@0", "dW_a", "dC@0", name="two-units")
    quiz, _ = _typed(begun, "0.5 0.5", "g", "?", "show", "skip", "?")
    again = resumed(begun, progress_text(quiz, "lstm-tutor quiz"))
    assert again.at == quiz.at
    for old, new in zip(quiz.records, again.records, strict=True):
        assert (old.outcome, old.hints, old.wrong) == (new.outcome, new.hints, new.wrong)
        assert (old.own is None) == (new.own is None)
        if old.own is not None and new.own is not None:
            np.testing.assert_array_equal(np.ravel(old.own.value), np.ravel(new.own.value))
            np.testing.assert_array_equal(np.ravel(old.own.unit), np.ravel(new.own.unit))
    assert progress_text(again, "") == progress_text(quiz, "")


@pytest.mark.long
@pytest.mark.parametrize("name", ["gomez", "two-units", "gru-two-units"])
def test_a_mistake_is_found_again_by_its_id(name: str) -> None:
    """Made once, at every time step, in several equations, or after another one."""
    every = _tutor(name).all_edits
    for edit in every.edits[:: len(every.edits) // 25]:
        place = parse(edit.target if "@" in edit.target else f"{edit.target}@1")
        for mistake in (Mistake((edit,)), Mistake((edit,), place)):
            assert every.mistake(mistake.id) == mistake
    for family in every.families[:: len(every.families) // 10]:
        found = every.mistake(family.id)
        assert found is not None
        assert found.id == family.id
    first = every.of["h"][0]
    twice = Mistake((next(every.twice(first)),), Id("h", 0))
    assert every.mistake(twice.id) == twice
    assert every.mistake("C:no-such-mistake(C[t])") is None


def test_the_same_mistake_is_told_after_a_pause_too() -> None:
    """Which mistake was named where is kept, and the next value with it says so."""
    begun = _quiz("da@1", "da@0")
    tutor = begun.tutor
    mistake = Mistake((tutor.all_edits.of["da"][0],))
    wrong, after = (Runs(tutor.places, [world([mistake])]).value(Id("da", t)) for t in (1, 0))
    own = Record(Outcome.OWN, 0, 1, Typed(wrong, np.zeros(1)), mistake)
    quiz = replace(begun, records=(own, Record()), at=1)
    text = progress_text(quiz, "lstm-tutor quiz")
    told = []
    for resuming in (text, text.replace(mistake.id, "")):
        quiz, reply = entered(resumed(begun, resuming), array_text(after, 8))
        told.append(" ".join(line for line, _ in reply_lines(quiz, reply, _VIEW, 80)))
    assert "the same mistake as in da@1" in told[0]
    assert "the same mistake as in" not in told[1]


@cache
def _begun() -> Quiz:
    return _quiz("C@0", "h@0")


@cache
def _good() -> str:
    """Return the progress of a quiz after a hint, a wrong try and an own value."""
    return progress_text(_typed(_begun(), "?", "0.9", "0.9123", "g")[0], "lstm-tutor quiz")


@pytest.mark.long
@given(st.tuples(st.floats(0, 1), st.integers(0, 20), st.text(max_size=8)) | st.text())
def test_a_damaged_progress_is_noticed(damage: tuple[float, int, str] | str) -> None:
    """Whatever the text has become, it is read as progress or refused in one line."""
    text = damage
    if isinstance(damage, tuple):
        share, count, new = damage
        start = round(share * len(_good()))
        text = _good()[:start] + new + _good()[start + count :]
    assert isinstance(text, str)
    try:
        quiz = resumed(_begun(), text)
    except Damaged as error:
        assert str(error).isprintable()
        return
    assert len(quiz.records) == 2
    assert 0 <= quiz.at <= 2


@pytest.mark.long
@pytest.mark.parametrize(
    "value",
    ["1" * 400, "1" * 5000, "[" * 5000, "1e999", "NaN", "[1, 2]", "{}", "null", '"a"', ""],
)
def test_a_value_that_is_none_is_noticed(value: str) -> None:
    """A number beyond all measure, too deep a bracket, or no number at all."""
    with pytest.raises(Damaged):
        resumed(_begun(), _good().replace("\t0.9123\t", f"\t{value}\t"))


@pytest.mark.parametrize("place", ["", " at", " at C@9", " at dC@-1", " at C@x", " and C:x()"])
@pytest.mark.parametrize("target", ["C", "dC", "dW_a", "W_a'", "h@-1"])
def test_a_forged_mistake_breaks_nothing(target: str, place: str) -> None:
    """A mistake of another place, of none, or of no kind is read or refused; then answers
    are judged as ever.
    """
    edits = _begun().tutor.all_edits.of.get(target, ())
    id_ = edits[0].id if edits else f"{target}:none"
    text = "\n".join(
        f"{line}{id_}{place}" if "own" in line else line for line in _lines(_good())
    )
    try:
        quiz = resumed(_begun(), text)
    except Damaged:
        return
    _, reply = entered(quiz, "0.123")
    assert reply.kind is Kind.WRONG


def _lines(text: str) -> list[str]:
    """Return the lines of a progress, those of answers without their mistake."""
    lines = text.splitlines()
    return [line.rpartition("\t")[0] + "\t" if "own" in line else line for line in lines]


@pytest.mark.long
def test_other_numbers_are_another_quiz() -> None:
    """Another variant, another scenario or other questions have progress of their own."""
    gomez = load("gomez")

    def name(scenario: Scenario = gomez, **asked: Any) -> str:
        return file_name(quiz_of(compute(scenario), Exercise("gomez", **asked)))

    names = [
        name(),
        name(phases=(Phase.FORWARD,)),
        name(find_the_error=True),
        name(find_the_error=True, variant=1),
        name(varied(gomez, 1)),
        name(replace(gomez, learning_rate=0.2)),
        name(load("truncated")),
    ]
    assert len(set(names)) == len(names)
    assert name(replace(load("gomez"), title="another title")) == names[0]


# --- the command


def _piped(folder: Path, *arguments: str, lines: str = "") -> Answer:
    """Run the command with lines on its standard input."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        patch.setenv("COLUMNS", "80")
        return invoke("quiz", *arguments, lines=lines.encode(errors="surrogateescape"))


@pytest.mark.long
def test_a_scripted_quiz_from_start_to_end(tmp_path: Path) -> None:
    """Answers come from a pipe; the results and what to practise come at the end."""
    found = subprocess.run(
        [*COMMAND, "quiz", "--only", "C@0", "--only", "dC@0"],
        env=environment(XDG_STATE_HOME=str(tmp_path)),
        input=b"0.7857\n0.0084015\ng\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    out = found.stdout.decode()
    assert (found.returncode, found.stderr) == (0, b"")
    assert "C@0: C[0] = 0.7857\n  right" in out
    assert "What comes back from the next time step, δC[1] ⊙ f[1], is left out." in out
    assert "-0.0534837" not in out
    assert "going on with your dC@0" in out
    assert "lstm-tutor quiz gomez --only dC --variant 1" in out
    assert "lstm-tutor why dC@0 gomez" in out


def test_progress_is_resumed(tmp_path: Path) -> None:
    """The second run goes on where the first one ended; --fresh does not."""
    arguments = ("--phase", "forward")
    _piped(tmp_path, *arguments, lines="1.15\n0.8178\n")
    again = _piped(tmp_path, *arguments, lines="3.2\nquit\n")
    assert "going on at question 3 of 20; --fresh starts over" in again.out
    assert "question 4 of 20" in again.out
    fresh = _piped(tmp_path, *arguments, "--fresh")
    assert "question 1 of 20" in fresh.out
    (kept,) = (tmp_path / "lstm-tutor").iterdir()
    assert kept.read_text("utf-8").splitlines()[4].startswith("1\tz_a@0\talone\t0\t0\t1.15")


def test_a_scenario_file_may_have_any_name(tmp_path: Path) -> None:
    """Neither the screen nor the progress file is spoiled by it."""
    odd = tmp_path / "odd\n\x1b[31m\tname.yaml"
    odd.write_text((ROOT / "scenarios" / "gomez.yaml").read_text("utf-8"), "utf-8")
    first = _piped(tmp_path, str(odd), "--only", "C@0", "--only", "h@0", lines="0.7857\n")
    again = _piped(tmp_path, str(odd), "--only", "C@0", "--only", "h@0")
    assert (first.err, again.err) == ("", "")
    assert "\x1b" not in first.out
    assert "going on at question 2 of 2" in again.out


def test_a_finished_quiz_says_so(tmp_path: Path) -> None:
    """It shows the results again and asks nothing."""
    _piped(tmp_path, "--only", "C@0", lines="0.7857\n")
    again = _piped(tmp_path, "--only", "C@0", lines="0.7857\n")
    assert "all done; --fresh starts over" in again.out
    assert "question 1" not in again.out
    assert "lstm-tutor quiz gomez --only C@0 --variant 1" in again.out


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"hello\n" * 5, b"\0" * 5_000_000])
def test_a_foreign_progress_file_is_reported_and_replaced(
    content: bytes, tmp_path: Path
) -> None:
    """One line on the error stream, and the quiz starts anew."""
    _piped(tmp_path, "--only", "C@0", lines="?\n")
    (kept,) = (tmp_path / "lstm-tutor").iterdir()
    kept.write_bytes(content)
    again = _piped(tmp_path, "--only", "C@0", lines="0.7857\n")
    assert again.code == 0
    assert again.err.startswith(f"{kept} cannot be used, starting anew: ")
    assert again.err.count("\n") == 1
    assert "alone" in kept.read_text("utf-8")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["a folder", "a pipe"])
@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_a_progress_file_that_is_no_file_is_left_alone(
    make: Callable[[Path], None], fresh: list[str], tmp_path: Path
) -> None:
    """One line on the error stream; the quiz starts anew and waits for nobody."""
    _piped(tmp_path, "--only", "C@0", lines="?\n")
    (kept,) = (tmp_path / "lstm-tutor").iterdir()
    kept.unlink()
    make(kept)
    again = _piped(tmp_path, "--only", "C@0", *fresh, lines="?\n0.7857\n")
    assert again.code == 0
    assert str(kept) in again.err
    assert again.err.count("\n") == 1
    assert "progress is not kept" in again.err
    assert "question 1 of 1" in again.out


def test_a_folder_that_cannot_be_written_is_named_once(tmp_path: Path) -> None:
    """The quiz goes on without keeping progress."""
    (tmp_path / "lstm-tutor").write_text("a file where the folder should be")
    answer = _piped(tmp_path, "--phase", "forward", lines="1.15\n0.8178\n3.2\n")
    assert answer.code == 0
    assert answer.err.count("progress is not kept") == 1
    assert "question 4 of 20" in answer.out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows names another folder")
def test_where_progress_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In XDG_STATE_HOME if that is a whole path, else in the home folder's usual place."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert state_folder() == tmp_path / "state" / "lstm-tutor"
    for unusable in ("", "relative"):
        monkeypatch.setenv("XDG_STATE_HOME", unusable)
        assert state_folder() == tmp_path / ".local" / "state" / "lstm-tutor"


def test_nothing_is_kept_of_a_quiz_that_was_only_looked_at(tmp_path: Path) -> None:
    """No folder appears without an answer."""
    assert _piped(tmp_path, lines="help\nvalues\nnonsense\n").code == 0
    assert not list(tmp_path.iterdir())


def test_bytes_that_are_no_text_are_no_answer(tmp_path: Path) -> None:
    """They cost nothing and reach the screen as marks."""
    answer = _piped(tmp_path, "--only", "C@0", lines="\udcff\udcfe\x1b[31m\n\x00\n0.7857\n")
    assert (answer.code, answer.err) == (0, "")
    assert "\x1b" not in answer.out
    assert "right" in answer.out


@pytest.mark.long
def test_a_variant_has_fresh_numbers(tmp_path: Path) -> None:
    """The same seed gives the same exercise, another seed another one."""
    texts = [_piped(tmp_path, "--variant", seed).out for seed in ("3", "3", "4")]
    assert texts[0] == texts[1] != texts[2]
    trace = compute(varied(load("gomez"), 3))
    value = array_text(trace.find("z_a@0").value, 5)
    answer = _piped(tmp_path, "--variant", "3", "--only", "z_a@0", lines=f"{value}\n")
    assert "  right" in answer.out


def test_a_faded_example_shows_what_is_not_blank(tmp_path: Path) -> None:
    """The forward pass is worked; the backward pass is asked for."""
    answer = _piped(tmp_path, "--fade", "backward")
    assert "C[1] = a[1] ⊙ i[1] + f[1] ⊙ C[0]" in answer.out
    assert "Backward" not in answer.out
    assert "question 1 of 44 ─ backward, t = 1" in answer.out
    assert answer.out == _piped(tmp_path, "--fade", "2").out


@pytest.mark.long
def test_find_the_error_on_the_command_line(tmp_path: Path) -> None:
    """Pointing at the hidden line finds it; progress is kept as in a quiz."""
    wrong = _errors().question.step.id
    answer = _piped(tmp_path, "--find-the-error", lines=f"{wrong}\nquit\n")
    assert (answer.code, answer.err) == (0, "")
    assert f"wrong: {wrong}\n  found" in answer.out
    assert "going on at round 2 of" in _piped(tmp_path, "--find-the-error").out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--only", "nothing"],
        ["--only", "W_a"],
        ["--phase", "given"],
        ["--phase", "forward", "--fade", "2"],
        ["--fade", "4"],
        ["--fade", "1", "--find-the-error"],
        ["--only", "C@0", "--find-the-error"],
        ["--variant", "-1"],
    ],
)
def test_bad_usage_is_code_2(arguments: list[str]) -> None:
    """A message, no quiz, no traceback."""
    answer = invoke("quiz", *arguments)
    assert answer.code == 2
    assert answer.err
    assert "question" not in answer.out


@pytest.mark.long
def test_on_a_terminal_answers_are_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prompt with line editing; Ctrl-D ends it and progress is kept."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    terminal = Terminal("quiz", "--phase", "forward")
    terminal.read_until("z_a[0] = ")
    terminal.send("9.15\x1b[D\x1b[D\x1b[D\x1b[D\x1b[3~1\r")
    terminal.read_until("question 2 of 20")
    terminal.send("\x04")
    assert terminal.ended() == 0
    assert "lstm-tutor quiz gomez --phase forward" in terminal.shown()
    assert len(list((tmp_path / "lstm-tutor").iterdir())) == 1


@pytest.mark.long
def test_ctrl_c_ends_a_quiz_and_keeps_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 130, no traceback; the next run goes on."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    terminal = Terminal("quiz", "--phase", "forward")
    terminal.read_until("z_a[0] = ")
    terminal.send("1.15\r")
    terminal.read_until("question 2 of 20")
    terminal.read_until("a[0] = ")
    terminal.send("\x03")
    assert terminal.ended() == 130
    assert "Traceback" not in terminal.raw
    assert "going on at question 2" in _piped(tmp_path, "--phase", "forward").out


@pytest.mark.long
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_a_quiz_can_be_stopped_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Ctrl-Z and fg the prompt is there again, with what had been typed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    shell = Terminal(shell=True)
    shell.send(f"{sys.executable} -m lstm_tutor quiz --phase forward\n")
    shell.read_until("z_a[0] = ")
    shell.send("1.")
    shell.read_until("z_a[0] = 1.")
    shell.send("\x1a")
    shell.read_until("Stopped")
    shell.send("stty -a | tr ' ' '\\n' | grep icanon; echo still $((40 + 2))\n")
    shell.read_until("still 42")
    assert "-icanon" not in shell.shown()
    shell.send("clear; fg\n")
    shell.read_until("z_a[0] = 1.")
    shell.send("15\r")
    shell.read_until("question 2 of 20")
    shell.send("quit\r")
    shell.read_until("go on:")
    shell.send("exit\n")
    assert shell.ended() == 0


def test_every_skill_has_a_phase_or_a_rule() -> None:
    """No step that can be asked for is without a skill."""
    for name in ("gomez", "gru-two-units", "rnn-two-units", "truncated"):
        quiz = _quiz(name=name)
        program, steps = quiz.trace.program, _steps(quiz)
        assert {skill_of(program, step.equation) for step in steps} == set(Skill)
        assert {step.phase for step in steps} == {
            phase for phase in Phase if phase is not Phase.GIVEN
        }


@pytest.mark.parametrize("text", ["-0,1657 -0,2497", "-0,1657; -0,2497"])
def test_decimal_commas_of_several_numbers_are_told(text: str) -> None:
    """Not as rows of other lengths, or as more numbers."""
    with pytest.raises(Unreadable, match=r"write -0\.1657 -0\.2497"):
        read_answer(text, 2, _unknown)


@pytest.mark.parametrize("text", ["-5.3e-2", "-5.3×10^-2", "-5.3 · 10⁻²", "-5.3*10**(-2)"])
def test_a_power_of_ten_says_how_far_a_number_is_rounded(text: str) -> None:
    """-5.3×10⁻² is as good for -0.0534837 as -5.3e-2; as a product it would be wrong."""
    quiz = quiz_of(compute(load("gomez")), Exercise("gomez", (), ("dC@0",)))
    assert entered(quiz, text)[1].kind == Kind.RIGHT
