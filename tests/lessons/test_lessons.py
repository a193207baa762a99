"""Lessons: their files, the practice, what is kept, and the command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keys
import numpy as np
import pytest
import talking
from command import invoke
from hypothesis import given
from hypothesis import strategies as st
from screens import Terminal
from talking import begun, right, talked, teacher, text

from lstm_tutor.dialects.notation import notation
from lstm_tutor.files.problem import BadInput
from lstm_tutor.lessons.catalog import BUNDLED, route
from lstm_tutor.lessons.drawing import reasons
from lstm_tutor.lessons.live import NoSuchValue, filled, slots, typed_decimals
from lstm_tutor.lessons.page import Page
from lstm_tutor.lessons.reading import practice_of, read_lesson
from lstm_tutor.lessons.record import (
    CHECKS,
    HEAD,
    MOST,
    ROW,
    Event,
    Part,
    Result,
    Standing,
    events_of,
)
from lstm_tutor.lessons.skill import SKILLS, skills_of
from lstm_tutor.lessons.slip import slipped
from lstm_tutor.lessons.talk import due
from lstm_tutor.lessons.trial import Row, Trial, first_named, play, problems, quiz_on
from lstm_tutor.lessons.turn import Ask
from lstm_tutor.mistakes.mistake import MISPRINT
from lstm_tutor.model.symbol import parse
from lstm_tutor.questions.drawing import question, reply_lines
from lstm_tutor.questions.error import error_questions
from lstm_tutor.questions.question import ValueQuestion
from lstm_tutor.questions.quiz import Quiz, entered
from lstm_tutor.render.line import View, formula
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

PATH = route()
LESSONS = [entry.id for entry in PATH.entries]


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    begun(str(tmp_path / "state"))


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("name", LESSONS)
def test_a_bundled_lesson_can_be_played(name: str) -> None:
    """There are numbers for every question, and every aimed mistake shows and is named."""
    practice = practice_of(PATH.by_id[name].path)
    trial = play(practice, 1)
    assert (trial.dry, trial.unseen) == ((), ())
    assert sum(row.named for row in trial.rows) >= 0.75 * sum(row.draws for row in trial.rows)


@pytest.mark.long
@pytest.mark.parametrize("name", LESSONS)
def test_who_knows_needs_three_right_answers_for_each_skill(name: str) -> None:
    """Every skill is theirs after exactly three, at two places where there are two."""
    entry = PATH.by_id[name]
    found = talked(teacher(entry, PATH, []), right)
    worked = [e for e in found.events if e.part is Part.PRACTICE]
    assert {e.outcome for e in worked} == {Result.RIGHT}
    standing = teacher(entry, PATH, found.events).standing()
    assert all(s.own for s in standing.values())
    assert len(worked) <= (ROW + 1) * len(entry.trains)
    assert [e.outcome for e in found.events if e.part is Part.TRANSFER] == [Result.RIGHT]
    assert found.events[-1].part is Part.DONE


@pytest.mark.long
@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("width", [60, 120])
def test_no_line_of_a_lesson_is_wider_than_the_screen(name: str, width: int) -> None:
    """Also on a narrow one."""
    found = talked(teacher(PATH.by_id[name], PATH, [], width), right)
    assert [line for line in found.shown if len(line) > width] == []


def test_the_path_needs_only_what_comes_before() -> None:
    """And every lesson file of the folder is on it, under its own name."""
    for number, entry in enumerate(PATH.entries):
        assert set(entry.needs) <= set(LESSONS[:number])
        assert entry.path.stem == entry.id
    files = {p.stem for p in BUNDLED.glob("*.yaml") if "practise:" in p.read_text("utf-8")}
    assert files == set(LESSONS)


def test_a_slip_changes_one_number_in_one_way_as_it_is_typed() -> None:
    """And no more than that; two numbers that are typed alike are no slip of each other."""
    right = np.array([0.5, -1.23456])
    for value, way in {
        (-0.5, -1.23456): "sign",
        (0.5, 1.23456): "sign",
        (0.7, -1.23456): "digit",
        (0.5, -1.835): "digit",
        (0.5, -1.325): "exchanged",
        (0.5, -12.35): "point",
        (0.5, -1.35): "dropped",
    }.items():
        assert slipped(right, np.array(value), 4) == way
    assert slipped(np.array([0.25]), np.array(-0.25), 4) == "sign"
    for other in ([0.5, -1.23457], [0.7, 1.235], [0.5, -1.846], [0.52, -1.235]):
        assert not slipped(right, np.array(other), 4)


def test_fresh_numbers_are_those_where_no_slip_gives_the_number_of_a_mistake() -> None:
    """Numbers that show every mistake of carry are misled by a digit in 12 of 20 draws."""
    practice = practice_of(PATH.by_id["carry"].path)
    id_ = "dout@1"
    pages = [page for n in range(8) if (page := practice.fresh(n, id_))]
    misled = [
        bool(slipped(page.trace.find(id_).value, page.wrong(id_, aim), practice.lesson.digits))
        for page in pages
        for aim in practice.aims_at(id_)
    ]
    assert len(pages) == 8
    assert sum(misled) <= 1


def test_a_whole_lesson_reads_as_it_did() -> None:
    """A guess, the look, a named mistake, hints, practice, an error, and the transfer."""
    assert talking.golden() == talking.GOLDEN.read_text("utf-8")


# Files

GOOD = (BUNDLED / "twice.yaml").read_text("utf-8")


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    for name in (
        "used-twice.yaml",
        "used-thrice.yaml",
        "cells/twice.yaml",
        "cells/thrice.yaml",
    ):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_text((BUNDLED / name).read_text("utf-8"), "utf-8")
    assert GOOD.count(old) >= 1
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD.replace(old, new, 1), "utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("Here nothing", "Here 0.5", "18:8", "0.5 is typed; a lesson's numbers are computed"),
        ("{m@0:formula}", "{m@3}", "20:7", "there is no step 'm@3'"),
        ("{dU|drop-term}", "{dU|only-last}", "37:5", "the lesson does not aim at only-last"),
        ("in: dU, of", "in: dQ, of", "13:30", "nothing can go wrong in 'dQ'"),
        ("drop-term, in", "drop-trem, in", "13:15", "there is no mistake 'drop-trem'"),
        (', of: "outer(dm[t], x[t])"', "", "13:5", "drop-term in dU is 2 mistakes"),
        ("weight gradient]", "chain]", "10:33", "nothing that is asked for needs 'chain'"),
        ("[used more than once,", "[sloppe,", "10:12", "there is no skill 'sloppe'"),
        ("format: 1", "format: 2", "1:9", "format is 2"),
        ("spot: 1", "spots: 1", "56:3", "unknown key 'spots'"),
        ("ask: [dU]", "ask: [x@0]", "49:9", "x@0 is not worked out"),
        ("choices: [right,", "choices: [wrong,", "34:12", "choices are not two or more"),
        ("why dm@0 in dU", "why dx@0 in dU", "46:8", "dx@0 does not stand in dU"),
        ("skill: used more than once", "skill: slope", "61:10", "skill is the text 'slope'"),
        ("needs: [chain]", "needs: [chian]", "5:9", "there is no lesson 'chian'"),
        ("needs: [chain]", "needs: [twice]", "5:9", "twice names itself"),
        ("{m@0:formula}", "{m@0:formula", "20:7", "this '{' has no other brace"),
        ("{h@0:formula}", "h@0}", "21:10", "this '}' has no other brace"),
        ("known: [dU]", "known: [dm@0]", "66:9", "dm@0 is not among what practice asks for"),
        ("goal: I add", "goal: I add 0.5", "4:13", "0.5 is typed"),
        ("used-twice.yaml", "used-twise.yaml", "6:11", "there is neither a bundled scenario"),
    ],
)
def test_what_is_wrong_in_a_lesson_has_a_place(
    tmp_path: Path, old: str, new: str, where: str, said: str
) -> None:
    """Each problem is told with its line and column."""
    with pytest.raises(BadInput) as caught:
        read_lesson(_changed(tmp_path, old, new))
    found = {p.message: p.place for p in caught.value.problems}
    place = next((place for message, place in found.items() if said in message), None)
    assert place is not None, found
    assert f"{place.line}:{place.column}" == where


def test_all_problems_of_a_lesson_come_at_once(tmp_path: Path) -> None:
    """In the order of the file."""
    file = _changed(tmp_path, "format: 1", "format: 7\nwrong: 1")
    file.write_text(file.read_text().replace("{m@0:formula}", "{m@0:form}"), "utf-8")
    with pytest.raises(BadInput) as caught:
        read_lesson(file)
    assert [p.place.line for p in caught.value.problems] == [1, 2, 21]


@pytest.mark.long
def test_playing_finds_what_no_draw_can_show(tmp_path: Path) -> None:
    """An aim that nothing asks for, numbers that are too few, and a mistake that hides."""
    file = _changed(tmp_path, "input-not-multiplied, in: dU", "no-such, in: dU")
    text = GOOD.replace(
        '  - {mistake: input-not-multiplied, in: dU, of: "x[t]"}\n',
        "  - {mistake: transpose, in: dm}\n",
    )
    file.write_text(
        text.replace("labels: [-1, -0.8, -0.5, -0.2, 0.2, 0.5, 0.6, 1]", "labels: [100001.5]"),
        "utf-8",
    )
    practice = practice_of(PATH.by_id["twice"].path).__class__(read_lesson(file))
    told = "\n".join(p.message for p in problems(practice, play(practice, 1)))
    assert "too few numbers with which dU shows every aimed mistake" in told
    assert "no step that is asked for shows transpose in dm" in told


@given(st.text(alphabet="{}dU@0|:h-formulaxz \n.12", max_size=40))
def test_any_text_is_filled_or_refused_in_words(text: str) -> None:
    """Live values are resolved, or the text is refused; nothing else happens."""
    entry = PATH.by_id["twice"]
    page = practice_of(entry.path).page
    view = View(notation("gomez", page.trace.scenario.cell))
    try:
        found = filled(text, page, practice_of(entry.path).lesson.aims, view)
    except NoSuchValue as error:
        assert "\n" not in str(error)
        return
    assert not list(slots(text)) or found != text


@given(st.integers(0, 99), st.integers(0, 99), st.sampled_from(["", "a ", "(", "{h@0} "]))
def test_every_typed_decimal_is_found(whole: int, part: int, lead: str) -> None:
    """Where it stands; not a name, a time or what stands between braces."""
    number = f"{whole}.{part}"
    assert list(typed_decimals(f"{lead}{number} is")) == [(len(lead), number)]
    assert list(typed_decimals(f"{lead}h[{whole}] and {{U:{number}}}, x{number}")) == []


# Skills


@pytest.mark.parametrize(
    ("scenario", "id_", "skills"),
    [
        ("gomez", "delta@1", {"start from the loss"}),
        ("gomez", "deltaOut@0", {"send back", "through a weight", "add the ways"}),
        ("gomez", "dout@0", {"add the ways", "add what comes back"}),
        (
            "gomez",
            "dC@0",
            {"add the ways", "add what comes back", "through a product"},
        ),
        ("gomez", "da@1", {"chain", "slope", "through a product"}),
        ("gomez", "dU_a", {"weight gradient", "sum over time"}),
        ("gomez", "dgates@0", set()),
        ("rnn-two-units", "dh@0", {"slope"}),
        ("one-step", "dW_f", {"weight gradient"}),
        ("hello", "ds@0", {"start from the loss", "chain", "share of a softmax"}),
        ("hello", "delta@0", {"through a weight", "from the layer above"}),
        ("two-layers", "l1.delta@0", {"through a weight", "from the layer above"}),
        ("two-layers", "l1.deltaOut@0", {"through a weight", "send back"}),
        ("batch-of-two", "dW_h", {"weight gradient", "sum over time", "over the batch"}),
    ],
)
def test_a_step_needs_the_skills_that_its_equation_has(
    scenario: str, id_: str, skills: set[str]
) -> None:
    """On any page, by what the derivation knows of it."""
    trace = compute(load(scenario))
    assert set(skills_of(trace, trace.find(id_))) == skills


# What is kept


def _stands(*outcomes: Result, mistake: str = "") -> Standing:
    found = Standing()
    for number, outcome in enumerate(outcomes):
        event = Event("a", Part.PRACTICE, outcome, ("s",), f"h@{number % 2}", mistake=mistake)
        found = found.after(event)
    return found


R, W, H, L, S = Result.RIGHT, Result.WRONG, Result.HINTED, Result.LATER, Result.SHOWN
D = Result.DOUBT


@pytest.mark.parametrize(
    ("outcomes", "mistake", "row", "own"),
    [
        ((R, R), "", 2, False),
        ((R, R, R), "", 3, True),
        ((R, R, W, L, R), "m", 1, False),
        ((R, R, W, L, R), "", 3, True),
        ((R, R, W, W), "", 0, False),
        ((R, R, H, R), "", 3, True),
        ((R, R, S, R), "", 1, False),
        ((R, R, D, L, R), "m", 3, True),
        ((R, R, D, D), "m", 0, False),
    ],
)
def test_three_in_a_row_make_a_skill_ones_own(
    outcomes: tuple[Result, ...], mistake: str, row: int, own: bool
) -> None:
    """A named mistake or two unexplained numbers empty the row; a hint does not count."""
    found = _stands(*outcomes, mistake=mistake)
    assert (found.row, found.own) == (row, own)


def test_three_at_one_place_are_not_enough_where_there_are_two() -> None:
    """The fourth, elsewhere, makes it one's own."""
    found = Standing().after(Event("a", Part.PRACTICE, H, ("s",), "h@1"))
    for _ in range(ROW):
        found = found.after(Event("a", Part.PRACTICE, R, ("s",), "h@0"))
    assert not found.own
    assert found.after(Event("a", Part.PRACTICE, R, ("s",), "h@1")).own


def test_what_is_ones_own_is_checked_three_times() -> None:
    """In the next lesson, after two and after seven days; failing asks for two more."""
    found = _stands(R, R, R)
    for number, after in enumerate(CHECKS):
        assert not after or not found.due(after - 1)
        assert found.due(after)
        found = found.after(Event("a", Part.CHECK, R, ("s",), "h@0", time=after))
        assert found.checks == number + 1
    assert not found.due(10**9)
    failed = found.after(Event("a", Part.CHECK, W, ("s",), "h@0"))
    again = failed.after(Event("a", Part.PRACTICE, R, ("s",), "h@0"))
    assert (failed.own, again.own) == (False, False)
    assert again.after(Event("a", Part.PRACTICE, R, ("s",), "h@0")).own


def test_after_twelve_numbers_a_lesson_goes_on() -> None:
    """Who is shown everything is not held for ever, and nothing is called theirs."""
    entry = PATH.by_id["twice"]
    found = talked(teacher(entry, PATH, []), lambda ask: "s" if ask.quiz else "")
    worked = [e for e in found.events if e.part is Part.PRACTICE]
    assert len(worked) == MOST
    assert found.events[-1].part is Part.DONE
    assert any("another day" in line for line in found.shown)


_WORDS = st.text(st.characters(exclude_characters="\t\n\r", exclude_categories=["Cs"]))


@given(st.lists(_WORDS, max_size=8).map("\t".join))
def test_a_damaged_line_of_the_record_is_passed_over(line: str) -> None:
    """What stands around it is read."""
    event = Event("a", Part.PRACTICE, W, ("slope", "chain"), "h@0", 3, "m in dh", 5)
    text = HEAD + event.line + line.replace("\x85", "") + "\n" + event.line
    assert [e for e in events_of(text) if e.lesson == "a"][-1] == event


# The talk


@pytest.mark.parametrize("number", range(6))
def test_no_lines_break_a_lesson(number: int) -> None:
    """Random and hostile ones: `python -m keys` tries ten thousand."""
    assert keys.tried(number, ("twice", "carry", "road")[number % 3], on=number == 0) == ""


def test_every_learner_gets_numbers_of_their_own() -> None:
    """Which ones stands in the record, and the same record gives the same numbers again."""

    def shown(numbers: int) -> list[str]:
        events = [Event("", Part.NUMBERS, draw=numbers)]
        return talked(teacher(PATH.by_id["twice"], PATH, events), right).shown

    assert shown(7) == shown(7)
    assert shown(7) != shown(8)
    assert any("numbers 1 " in line for line in shown(7))


def test_a_learner_who_begins_is_given_numbers(tmp_path: Path) -> None:
    """Once, as a line of the record that stays."""
    kept = tmp_path / "state" / "lstm-tutor" / "learn.tsv"
    kept.unlink()
    for _ in range(2):
        _learn("twice", lines="\nq\n")
    events = events_of(kept.read_text("utf-8"))
    assert [event.part for event in events] == [Part.NUMBERS]
    assert "No lesson has been begun" in _learn("--skills")


def _answered(lesson: str, id_: str, typed: Callable[[Page], str]) -> list[Event]:
    """Answer the first question for a step once with what is typed, and all else right."""
    left = [id_]

    def answer(ask: Ask) -> str:
        if ask.quiz is None or ask.quiz.question.step.id not in left:
            return right(ask)
        return typed(Page(ask.quiz.tutor)) if left.pop() else ""

    found = talked(teacher(PATH.by_id[lesson], PATH, []), answer)
    return [event for event in found.events if event.step == id_]


@pytest.mark.long
@pytest.mark.parametrize("lesson", ["nudge", "chain", "u-sum"])
def test_a_number_written_wrongly_is_no_misconception(lesson: str) -> None:
    """A slip of the hand is told, and empties no row."""
    id_ = PATH_LAST[lesson]

    def slipped(page: Page) -> str:
        typed = text(page.trace.find(id_).value, 4)
        return typed[1:] if typed.startswith("-") else f"-{typed}"

    wrong = next(e for e in _answered(lesson, id_, slipped) if e.outcome is W)
    assert wrong.mistake == ""


@pytest.mark.long
def test_a_mistake_that_a_slip_explains_as_well_counts_once_it_comes_again() -> None:
    """First both are told, and the row stays; then the mistake is named, which empties it."""

    def turned(ask: Ask) -> str:
        if ask.quiz is None or ask.quiz.question.step.id != "dout@0" or not left:
            return right(ask)
        left.pop()
        typed = text(ask.quiz.question.step.value, 4)
        return typed[1:] if typed.startswith("-") else f"-{typed}"

    for times, outcomes in ((1, [D, L]), (2, [D, W, L])):
        left = [""] * times
        found = talked(teacher(PATH.by_id["nudge"], PATH, []), turned)
        events = [event for event in found.events if event.step == "dout@0"]
        assert [event.outcome for event in events[: times + 1]] == outcomes
        assert {event.mistake for event in events[:times]} == {"flip-sign in dout"}
        told = [n for n, line in enumerate(found.shown) if "a slip of the pen, or" in line]
        assert len(told) == 1
        assert "has the wrong sign" in found.shown[told[0] + 1]


PATH_LAST = {"nudge": "dh@0", "chain": "da@0", "u-sum": "dU"}


@pytest.mark.long
def test_a_whole_number_that_an_aimed_mistake_gives_is_judged() -> None:
    """Though the right one, rounded, would read alike; it is named."""
    practice = practice_of(PATH.by_id["u-sum"].path)
    found = 0
    for draw in range(1, 8):
        for id_, aim in ((i, a) for i in practice.lesson.asked for a in practice.aims_at(i)):
            page = practice.fresh(draw, id_)
            assert page is not None
            wrong = page.wrong(id_, aim).item()
            near = abs(wrong - page.trace.find(id_).value.item()) < 0.5
            if near and wrong == round(wrong):
                _, reply = entered(quiz_on(practice, page, [id_]), f"{wrong:.0f}")
                assert reply.judgement is not None
                assert reply.judgement.diagnoses[0].edit.id == page.edits(aim)[0].id
                found += 1
    assert found


@pytest.mark.parametrize("name", LESSONS)
def test_a_reason_can_be_read_in_one_way(name: str) -> None:
    """Of the uses of what is asked about, the right one alone is that of the term."""
    practice = practice_of(PATH.by_id[name].path)
    term, place = practice.lesson.explain or ("", "")
    trace = practice.page.trace
    view = View(notation("gomez", trace.scenario.cell))
    first, *others = reasons(trace, term, place, view)
    assert others
    assert first not in others
    target = view.notation.symbol(trace.find(term).target)
    assert target in formula(trace.find(place), view).replace(
        "[t]", target[target.index("[") :]
    )


@pytest.mark.long
def test_what_is_said_on_the_map_fits_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the list of lessons, between its words, and a lesson's row with its state."""
    monkeypatch.setenv("COLUMNS", "60")
    out = _learn(lines="carry\n\n\n\np\n\n0.1\nm\nskills\nq\n")
    assert "  ▸ carry     What comes back     in practice, 0 of 2 skills\n" in out
    assert "  · twice     One weight [...]\n" in out
    assert "unit,\n  fading, road" in out
    assert all(len(line) <= 60 for line in out.splitlines())


def test_a_short_number_is_no_value_that_nobody_has_seen() -> None:
    """It is not said to be one that does not lead to what is asked for."""
    page = practice_of(PATH.by_id["carry"].path).page
    label = page.trace.find("y@1").value.item()
    quiz = Quiz(page.tutor, (ValueQuestion(page.trace.find("dout@1")),))
    _, short = entered(quiz, f"{label:g}")
    _, long = entered(quiz, f"{label:.4f}")
    for reply, kinds in ((short, []), (long, [MISPRINT])):
        assert reply.judgement is not None
        assert [d.mistake.kind for d in reply.judgement.diagnoses] == kinds


def test_what_is_shown_after_a_wrong_answer_is_worked_out() -> None:
    """Also where no formula is wrong: a value that is another one's."""
    page = practice_of(PATH.by_id["carry"].path).page
    quiz = Quiz(page.tutor, (ValueQuestion(page.trace.find("dout@1")),))
    quiz, _ = entered(quiz, "1.0000")
    done, reply = entered(quiz, "show")
    view = View(notation("gomez", page.trace.scenario.cell))
    told = [line.strip() for line, _ in reply_lines(done, reply, view, 80)]
    assert "right:" in told
    assert "δout[1] = Δ[1] + Δout[1]" in told


def test_a_line_of_what_is_not_there_says_why() -> None:
    """In find-the-error too: no label, no future step."""
    page = practice_of(PATH.by_id["u-sum"].path).page
    lines = [page.trace.position(parse(i)) for i in ("delta@0", "deltaOut@0", "dout@0", "dx@0")]
    found = error_questions(page.tutor, lines, 1)
    view = View(notation("gomez", page.trace.scenario.cell))
    told = [line for line, _ in question(Quiz(page.tutor, found[:1]), view, 80)]
    note = page.trace.find("delta@0").note
    assert note
    assert any(f"({note})" in line for line in told)


def test_a_guess_and_a_text_mean_the_same_of_two_mistakes() -> None:
    """The first of a name, in choices as in live values."""
    lesson = practice_of(PATH.by_id["twice"].path).lesson
    assert lesson.predict.choices[-1].aim == lesson.aims[0]


@pytest.mark.long
def test_who_keeps_a_mistake_is_not_called_master() -> None:
    """Three right answers at other steps do not hide one that is made at the last gate."""
    entry = PATH.by_id["gates"]
    aim = next(a for a in practice_of(entry.path).lesson.aims if a.symbol == "do")
    turns = {"wrong": False}

    def answer(ask: Ask) -> str:
        if ask.quiz is None or ask.quiz.question.step.symbol != "do":
            return right(ask)
        turns["wrong"] = not turns["wrong"]
        value = Page(ask.quiz.tutor).wrong(ask.quiz.question.step.id, aim)
        return text(value, 4) if turns["wrong"] else "s"

    found = talked(teacher(entry, PATH, []), answer)
    standing = teacher(entry, PATH, found.events).standing()
    assert found.events[-1].part is Part.DONE
    assert not any(how.own for how in standing.values())


def test_who_knows_already_tests_out() -> None:
    """The known numbers, fresh and without hints; nothing is practised."""
    entry = PATH.by_id["carry"]
    keys = iter(["", "k"])
    found = talked(teacher(entry, PATH, []), lambda ask: right(ask) or next(keys, ""))
    assert not [e for e in found.events if e.part is Part.PRACTICE]
    assert all(s.own for s in teacher(entry, PATH, found.events).standing().values())
    assert [entry.id for entry, _ in due(PATH, found.events, 1_000, "u-sum")] == ["carry"] * 2


@pytest.mark.long
def test_what_is_ones_own_is_asked_again_in_the_next_lesson() -> None:
    """Right, it stays; wrong, the right one is shown, and two more in a row are wanted."""
    entry, events = (
        PATH.by_id["u-sum"],
        talked(teacher(PATH.by_id["carry"], PATH, []), right).events,
    )
    found = talked(teacher(entry, PATH, list(events)), right)
    assert any("First once more, from What comes back" in line for line in found.shown)
    assert [e.outcome for e in found.events if e.part is Part.CHECK] == [Result.RIGHT] * 2
    assert due(PATH, found.events, 1_000, "one-unit") == [(entry, "sum over time")]
    keys = iter(["0.123456"])
    wrong = talked(
        teacher(entry, PATH, list(events)),
        lambda ask: next(keys, right(ask)) if ask.quiz else "",
    )
    standing = teacher(PATH.by_id["carry"], PATH, wrong.events).standing()
    assert [(s.own, s.row) for s in standing.values()] == [(False, 1), (True, 3)]


def test_the_page_for_teachers_shows_a_lesson_as_it_is() -> None:
    """The whole file."""
    assert GOOD in (Path(__file__).parents[2] / "docs" / "teachers.md").read_text("utf-8")


def test_validate_reads_a_path() -> None:
    """Its order, and that no needs lead in a circle."""
    answer = invoke("validate", str(BUNDLED / "path.yaml"))
    assert (answer.code, answer.err) == (0, "")
    assert f"good ({len(LESSONS)} lessons" in answer.out


def test_a_mistake_that_is_aimed_at_is_named_alone() -> None:
    """Of what explains a number equally well, the lesson's own mistake is said."""
    entry = PATH.by_id["carry"]
    practice = practice_of(entry.path)
    aim = practice.lesson.aims[0]
    page = practice.fresh(1, "dout@1")
    assert page is not None
    assert first_named(practice, page, "dout@1", aim) == ""


# The command


def _learn(*arguments: str, lines: str = "", encoding: str = "utf-8") -> str:
    answer = invoke("learn", *arguments, lines=lines.encode(), encoding=encoding)
    assert (answer.code, answer.err) == (0, "")
    return answer.out


@pytest.mark.long
def test_the_map_shows_the_path_and_a_lesson_goes_on_where_it_was_left() -> None:
    """Quitting keeps everything; a name opens a lesson, none is locked."""
    out = _learn(lines="carry\n\n\n\np\n\n0.1\nq\n")
    assert all(entry.title in out for entry in PATH.entries)
    again = _learn(lines="\n\nq\n")
    assert "in practice, 0 of 2 skills" in again
    assert "Next: carry" in again
    assert "You have looked at it before" in again


@pytest.mark.long
def test_enter_opens_the_next_lesson_on_a_terminal() -> None:
    """There an empty line has no line's end; what is typed before it is asked for is kept."""
    terminal = Terminal("learn", lines=25)
    terminal.read_until("> ")
    terminal.send("\n\n")
    terminal.read_until("guess: ")
    terminal.send("q\n")
    assert terminal.ended() == 0


def test_a_lesson_says_what_it_is_for_before_it_computes_anything() -> None:
    """And what it builds on; there one leaves, or says to know it all."""
    out = _learn("carry", lines="carry\nm\nq\n")
    assert "I can add up what reaches a state" in " ".join(out.split())
    assert "You practise: add what comes back, send back." in out
    assert "One weight used twice (twice)" in " ".join(out.split())
    assert "Enter begins; k asks" in out
    assert "guess:" not in out
    assert "▸ nudge" in out
    out = _learn("carry", lines="k\nq\n")
    assert "without hints, one try each" in out
    assert "First a guess" not in out


@pytest.mark.long
def test_what_comes_after_a_prompt_is_computed_while_one_reads() -> None:
    """Where the prompt stands already; Ctrl-C ends it there too."""
    terminal = Terminal("learn", "nudge", lines=25)
    terminal.read_until("> ")
    terminal.send("\x03")
    assert terminal.ended() == 130


def test_a_lesson_can_be_forgotten_and_skills_say_why() -> None:
    """The record only grows: a reset is a line of it."""
    _learn("twice", lines="\n\n\np\n\ns\nq\n")
    assert "a value was shown" in " ".join(_learn("--skills").split())
    assert "twice is as new" in _learn("--reset", "twice")
    assert "No lesson has been begun" in _learn("--skills")


def test_a_lesson_in_ascii() -> None:
    """A stream that takes no other characters gets none."""
    assert "> nudge" in _learn(lines="q\n", encoding="ascii")
    out = _learn("nudge", lines=10 * "\n" + "q\n", encoding="ascii")
    assert "? hint - w why - l look again" in out
    assert "slope of tanh is 1 - h**2" in out
    assert "sum adds up over all outputs" in out


def test_a_teacher_has_a_file_or_a_folder(tmp_path: Path) -> None:
    """A lesson file, and a folder with a path.yaml, are given like the bundled ones."""
    file = _changed(tmp_path, "title: One weight used twice", "title: Mine")
    assert "── Mine ──" in _learn(str(file), lines="q\n")
    (tmp_path / "path.yaml").write_text("title: Ours\nlessons: [mine]\n", "utf-8")
    assert _learn(str(tmp_path), lines="q\n").startswith("Ours\n0 of 1 lesson done")
    (tmp_path / "path.yaml").write_text("title: Ours\nlessons: [mien, mine, mine]\n", "utf-8")
    answer = invoke("learn", str(tmp_path))
    assert answer.code == 1
    assert "path.yaml:2:" in answer.err


def test_what_a_lesson_needs_is_a_lesson_and_no_scenario(tmp_path: Path) -> None:
    """Though a scenario's file stands beside it."""
    with pytest.raises(BadInput) as found:
        read_lesson(_changed(tmp_path, "needs: [chain]", "needs: [used-twice]"))
    assert "there is no lesson 'used-twice'" in found.value.problems[0].message


def test_every_problem_of_a_path_is_told_at_once(tmp_path: Path) -> None:
    """A wrong key hides no lesson that is missing."""
    _changed(tmp_path, "title: One", "title: One")
    (tmp_path / "path.yaml").write_text("titel: Ours\nlessons: [mien, a/b, mine]\n", "utf-8")
    with pytest.raises(BadInput) as found:
        route(tmp_path)
    assert [problem.place.line for problem in found.value.problems] == [1, 2, 2]


def test_validate_says_what_is_named_instead_of_a_mistake() -> None:
    """Where that is not named first."""
    practice = practice_of(PATH.by_id["twice"].path)
    rows = (Row(practice.lesson.aims[0], "dU", 20, 3, "wrong-sign in dU"),)
    told = [problem.message for problem in problems(practice, Trial(rows, (), ()))]
    assert told == [
        "at dU, drop-term in dU is named first in 3 of 20 draws only, and wrong-sign in dU in"
        " others"
    ]


def test_lessons_that_need_each_other_are_refused(tmp_path: Path) -> None:
    """Needs that lead in a circle are told."""
    one = _changed(tmp_path, "needs: [chain]", "needs: [twice]")
    answer = invoke("learn", str(tmp_path))
    assert answer.code == 1
    (tmp_path / "path.yaml").write_text(f"title: A\nlessons: [{one.stem}]\n", "utf-8")
    answer = invoke("learn", str(tmp_path))
    assert "twice needs itself" in answer.err


def test_an_unknown_lesson_is_no_traceback() -> None:
    """It is said what there is."""
    answer = invoke("learn", "carri")
    assert answer.code == 1
    assert "did you mean 'carry'?" in answer.err


@pytest.mark.long
def test_validate_plays_a_lesson(tmp_path: Path) -> None:
    """A table of its mistakes, or every problem with its place."""
    answer = invoke("validate", str(BUNDLED / "nudge.yaml"))
    assert (answer.code, answer.err) == (0, "")
    assert "good (3 steps, 3 skills, 5 mistakes)" in answer.out
    bad = _changed(tmp_path, "{m@0:formula}", "0.25")
    answer = invoke("validate", str(bad))
    assert answer.code == 1
    assert "0.25 is typed" in answer.err


def test_every_skill_is_trained_or_at_least_known() -> None:
    """Bundled lessons train skills of the table only."""
    assert {s for entry in PATH.entries for s in entry.trains} <= SKILLS.keys()
