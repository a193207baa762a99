"""Questions for Moodle, read as Moodle's documentation and its import say they are read."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from command import invoke

from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.selection import to_work
from lstm_tutor.trace.trace import Trace, compute
from lstm_tutor.worksheet.moodle import moodle

DIGITS = 4
CASES = {
    "gomez": ("backward", "gradients"),
    "two-units": ("dC", "dW_a"),
    "hello": ("loss", "p@0"),
    "batch-of-two": ("dh@0", "dW_h"),
    "saturated-gates": ("df", "di"),
}
# of question/type/multianswer: a gap, its alternatives, a number with its tolerance
_NUMBER = r"-?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?"
_ALTERNATIVE = r"(=|%-?[0-9]+%)?(.+?(?<!\\|&)(?=[~#}]|$))(?:#(.*?(?<!\\)(?=[~}]|$)))?"
_PLAIN = r"(?:=|%-?[0-9]+%)?.+?(?<!\\|&)(?=[~#}]|$)(?:#.*?(?<!\\)(?=[~}]|$))?"
_GAP = re.compile(rf"\{{([0-9]*):(NUMERICAL|NM):({_PLAIN}(?:~{_PLAIN})*)\}}", re.S)
_INSIDE = [
    "name",
    "questiontext",
    "generalfeedback",
    "defaultgrade",
    "penalty",
    "hidden",
    "answer",
    "unitgradingtype",
    "unitpenalty",
    "showunits",
    "unitsleft",
]


@dataclass(frozen=True)
class Known:
    """An answer of a question."""

    fraction: float
    value: float
    tolerance: float
    feedback: str


@cache
def trace(name: str) -> Trace:
    return compute(load(name))


@cache
def quiz(name: str) -> list[ElementTree.Element]:
    found = trace(name)
    view = View(notation("gomez", found.scenario.cell), DIGITS)
    text = "".join(moodle(found, to_work(found, CASES[name]), view))
    return list(ElementTree.fromstring(text))


def numerical(name: str) -> list[tuple[str, list[Known]]]:
    return [
        (question.findtext("name/text") or "", [_known(one) for one in question.iter("answer")])
        for question in quiz(name)
        if question.get("type") == "numerical"
    ]


def _known(answer: ElementTree.Element) -> Known:
    return Known(
        float(answer.get("fraction") or "nan"),
        float(answer.findtext("text") or "nan"),
        float(answer.findtext("tolerance") or "nan"),
        answer.findtext("feedback/text") or "",
    )


def gaps(name: str) -> list[list[Known]]:
    """Read the gaps of the question of all blanks, by Moodle's own patterns."""
    (whole,) = [question for question in quiz(name) if question.get("type") == "cloze"]
    text = whole.findtext("questiontext/text") or ""
    found = []
    for gap in _GAP.finditer(text):
        own = []
        rest = gap[3]
        while alternative := re.match(_ALTERNATIVE, rest, re.S):
            mark, answer, feedback = alternative.groups(default="")
            rest = rest[alternative.end() + 1 :]  # without the sign between two
            value, _, tolerance = answer.partition(":")
            assert re.fullmatch(_NUMBER, value)
            assert re.fullmatch(_NUMBER, tolerance)
            fraction = 100.0 if mark == "=" else float(mark.strip("%"))
            said = html.unescape(feedback)
            own.append(Known(fraction, float(value), float(tolerance), said))
        found.append(own)
    assert "NUMERICAL" not in _GAP.sub("", text)
    return found


def graded(answers: list[Known], typed: float) -> Known | None:
    """Return the first answer that Moodle takes a typed number for: it adds a little to each
    tolerance, the value's if that is more than 1.
    """
    for one in answers:
        if abs(one.value - typed) <= one.tolerance + 1e-14 * max(1, abs(one.value)):
            return one
    return None


@pytest.mark.long
@pytest.mark.parametrize("name", list(CASES))
def test_the_file_has_what_the_format_wants(name: str) -> None:
    """Categories, and numerical questions whose parts are those of the published format."""
    kinds = [question.get("type") for question in quiz(name)]
    assert kinds[0] == kinds[-2] == "category"
    assert kinds[-1] == "cloze"
    assert set(kinds[1:-2]) == {"numerical"}
    for question in quiz(name):
        if question.get("type") == "category":
            assert (question.findtext("category/text") or "").startswith("$course$/top/")
            continue
        body = question.find("questiontext")
        assert body is not None
        assert body.get("format") == "html"
        assert r"\(" in (body.findtext("text") or "")
        if question.get("type") == "numerical":
            tags = [part.tag for part in question]
            assert list(dict.fromkeys(tags)) == _INSIDE
            fractions = [one.get("fraction") for one in question.iter("answer")]
            assert fractions == ["100", *["0"] * (len(fractions) - 1)]


@pytest.mark.long
@pytest.mark.parametrize("name", list(CASES))
def test_the_right_answer_is_accepted(name: str) -> None:
    """With the digits that are asked for, or more; one number after the other."""
    found = trace(name)
    values: list[float] = []
    for index in to_work(found, CASES[name]):
        values += np.ravel(found[index].value).tolist()
    questions = numerical(name)
    assert len(questions) == len(values) == len(gaps(name))
    for (title, answers), gap, value in zip(questions, gaps(name), values, strict=True):
        for digits in (DIGITS, DIGITS + 2, 17):
            typed = float(f"{value:.{digits}g}")
            for own in (answers, gap):
                accepted = graded(own, typed)
                assert accepted is not None, title
                assert accepted.fraction == 100, title


@pytest.mark.parametrize("name", list(CASES))
def test_each_wrong_answer_gets_what_is_to_be_said_of_it(name: str) -> None:
    """None is taken for another one, nor for the right one, and each says something."""
    wrong = 0
    for (title, answers), gap in zip(numerical(name), gaps(name), strict=True):
        assert [one.value for one in answers] == [one.value for one in gap]
        for one, same in zip(answers[1:], gap[1:], strict=True):
            typed = float(f"{one.value:.{DIGITS}g}")
            assert graded(answers, typed) == one, title
            assert graded(gap, typed) == same, title
            assert one.fraction == same.fraction == 0
            assert one.feedback.endswith(".")
            assert same.feedback[:12] == one.feedback[:12]
            wrong += 1
    assert wrong > 3 * len(numerical(name))


def test_a_usual_mistake_is_told() -> None:
    """What is left out, with the reason."""
    answers = dict(numerical("gomez"))["dC@0"]
    left_out = 0.0180381 * 0.817574 * 0.569689
    found = graded(answers, float(f"{left_out:.4g}"))
    assert found is not None
    assert "is left out" in found.feedback


@pytest.mark.long
def test_the_command_writes_it(tmp_path: Path) -> None:
    """By its suffix or by name; under another suffix, or name, it is bad usage."""
    path = tmp_path / "quiz.xml"
    for more in ((), ("--format", "moodle")):
        answer = invoke("export", "gomez", "--only", "dC@0", "-o", str(path), *more)
        assert answer.code == 0, answer.err
        root = ElementTree.fromstring(path.read_text("utf-8"))
        assert [question.get("type") for question in root].count("numerical") == 1
    assert invoke("export", "gomez", "-o", "x.xml", "--format", "anki").code == 2


def test_foreign_text_means_nothing(tmp_path: Path) -> None:
    """Neither to XML nor to the gaps."""
    scenario = tmp_path / "mine.yaml"
    text = (Path(__file__).parents[2] / "scenarios" / "gomez.yaml").read_text("utf-8")
    title = 'title: "]]> {1:NUMERICAL:=1:1} <b>&amp;</b> ~}"'
    scenario.write_text(re.sub("^title:.*", title, text, flags=re.M), "utf-8")
    path = tmp_path / "quiz.xml"
    answer = invoke("export", str(scenario), "--only", "dC@0", "-o", str(path))
    assert answer.code == 0, answer.err
    whole = list(ElementTree.fromstring(path.read_text("utf-8")))[-1]
    body = whole.findtext("questiontext/text") or ""
    assert body.count("NUMERICAL") == 1
    assert whole.findtext("name/text") == "]]> {1:NUMERICAL:=1:1} <b>&amp;</b> ~}"
