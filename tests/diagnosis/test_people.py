"""Programs with the mistakes that people make, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest
from dumps import givens
from mistakes import Mistake
from people import PEOPLE, printed, said, shown, tutor

from lstm_tutor.diagnosis.judgement import Status
from lstm_tutor.model.symbol import parse

KNOWN = [mistake for mistake in PEOPLE if mistake.kinds]
UNKNOWN = [mistake for mistake in PEOPLE if not mistake.kinds]
PROGRAMS = sorted({mistake.learner for mistake in PEOPLE})


def _name(mistake: Mistake) -> str:
    return f"{mistake.learner}-{mistake.name}"


@pytest.mark.parametrize("learner", PROGRAMS)
def test_the_right_program_prints_the_right_numbers(learner: str) -> None:
    """Which were computed without a look at the project's equations."""
    places = tutor(learner).places
    for id_, value in printed(learner).items():
        assert np.allclose(value, places.base(parse(id_)), rtol=1e-9, atol=1e-12), id_


@pytest.mark.parametrize("mistake", KNOWN, ids=_name)
def test_a_mistake_is_named_first_or_in_an_honest_tie(mistake: Mistake) -> None:
    """Where all is printed at six digits."""
    word, named = said(mistake, "all", 6)
    assert word in ("first", "tie"), (mistake.about, [one.mistake.id for one in named])


@pytest.mark.long
@pytest.mark.parametrize("mistake", UNKNOWN, ids=_name)
def test_what_is_in_no_table_is_unknown(mistake: Mistake) -> None:
    """The first deviation is there, and nothing is said of its cause."""
    values = shown(mistake, "all", 6)
    word, named = said(mistake, "all", 6)
    assert values and word == "unknown", [one.mistake.id for one in named]


@pytest.mark.parametrize("learner", PROGRAMS)
def test_a_right_program_is_right(learner: str) -> None:
    """At any number of digits."""
    for digits in (3, 4, 6, 17):
        found = tutor(learner).diagnose(givens(printed(learner), digits)).judgements
        assert not [item.given.id for item in found if item.status is Status.WRONG]


def test_there_are_three_hundred_mistakes() -> None:
    """All of them different programs, of six kinds of models."""
    assert len({(mistake.learner, mistake.edits) for mistake in PEOPLE}) >= 300
    assert len(PROGRAMS) == 6
