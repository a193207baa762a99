"""What people do by habit is named, and what is in no table is not called another.

A few programs; `python -m habits` in tests/support takes all of them.
"""

from __future__ import annotations

import pytest
from dumps import givens
from habits import HABITS, said, shown
from mistakes import Mistake

from lstm_tutor.diagnosis.finding import finding
from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View

_BY_NAME = {f"{one.learner} {one.name}": one for one in HABITS}


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lstm rate-0.01", "lr is taken as 0.01."),
        ("lstm dU-over-7", "1/7 of"),
        ("lstm forget-bias", "A constant is added that does not belong here: σ(z_f[0] + 1)."),
        ("lstm forget-bias-in-z", "1 is added to the pre-activation z_f[0]."),
        ("lstm C-starts-at-1", "The initial state C[-1] is taken as 1; the scenario"),
        ("lstm i-f-exchanged", "i[0] and f[0] are exchanged."),
        ("lstm decay", "as weight decay does"),
        ("softmax G-value-clipped", "is clipped at 0.1"),
        ("softmax p-temperature", "A factor stands inside of the function"),
        ("softmax h-leaky", "A share of the old state is kept"),
        ("batch sequences-rolled", "the sequences are off by one"),
    ],
)
def test_a_habit_is_named_with_its_number(name: str, text: str) -> None:
    """First, and in a sentence with the number that fits."""
    mistake = _BY_NAME[name]
    word, named = said(mistake, 6, "all")
    assert word == "first"
    assert text in _text(mistake)
    assert named[0].confidence >= 0.9


def _text(mistake: Mistake) -> str:
    found = shown(mistake)
    assert found is not None
    one, values = found
    first = one.diagnose(givens(values, 6)).first_wrong
    assert first is not None
    view = View(notation("gomez", one.trace.scenario.cell))
    return "\n".join(text.strip() for text, _ in finding(one.trace, first, view, 200))


@pytest.mark.long
def test_a_habit_that_is_in_no_table_is_not_called_another() -> None:
    """Silence, and no mistake made up."""
    chosen = [one for one in HABITS if not one.kinds][::3]
    assert {one.name: said(one, 6, "all")[0] for one in chosen if said(one, 6, "all")[1]} == {}
