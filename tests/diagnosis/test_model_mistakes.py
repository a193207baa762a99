"""In models, too, the tutor finds the mistake, accuses nobody, and says what it does not know.

A share of the corpus; `python -m accuracy` in tests/support takes more of it.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from dumps import Array, computed, givens
from model_mistakes import MODEL_MISTAKES, PAGES, printed_by, scenario_for
from model_verdicts import (
    ENOUGH,
    accused_models,
    believed_models,
    mistakes_of,
    model_tutor,
    model_verdicts,
)

from lstm_tutor.diagnosis.finding import finding
from lstm_tutor.diagnosis.judgement import Judgement
from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.symbol import parse
from lstm_tutor.render.line import View


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("learner", PAGES)
def test_the_mistake_in_a_model_is_named_first(learner: str) -> None:
    """In 90 of 100 cases at four digits; a share of them, on a scenario with random sizes."""
    chosen = [one for one in mistakes_of(learner) if one.kinds][4::12]
    found = Counter(model_verdicts(chosen, 1, "all", 4).values())
    assert found["false"] == 0
    assert found["first"] >= ENOUGH * found.total() - 0.5, found


@pytest.mark.long
def test_a_mistake_of_no_kind_is_not_called_another() -> None:
    """Sequences that read each other's states are in no row of the table."""
    chosen = [one for one in mistakes_of("batch") if one.name == "sequences-mixed"]
    assert model_verdicts(chosen, 1, "all", 4) == {"batch sequences-mixed": "missed"}


@pytest.mark.long
def test_no_right_model_is_accused() -> None:
    """Random layers, directions, readouts and batches, at three to seventeen digits."""
    assert accused_models(400, 6) == []


@pytest.mark.long
def test_what_is_in_no_table_is_unknown() -> None:
    """The first deviation is named, what follows from it too, and no mistake is made up."""
    assert believed_models(40, 2) == []


def _first(learner: str, name: str, seed: int = 1) -> tuple[Judgement, str]:
    """Return the first wrong value of a program of the corpus, and what is said of it."""
    mistake = next(one for one in mistakes_of(learner) if one.name == name)
    tutor = model_tutor(learner, seed)
    values = printed_by(learner, mistake, scenario_for(learner, seed))
    known = {id_: value for id_, value in values.items() if parse(id_) in tutor.places}
    first = tutor.diagnose(givens(known, 4)).first_wrong
    assert first is not None
    view = View(notation("gomez", tutor.trace.scenario.cell))
    lines = finding(tutor.trace, first, view, 200)
    return first, "\n".join(text.strip() for text, _ in lines)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("loss-mean-of-sequences", "L = (Σ_ts L[t]) / 4"),
        ("dV-mean-of-sequences", "δV = (Σ_t δs[t] · h[t]ᵀ) / 4"),
        ("dV-h-of-step-before", "δV = Σ_t δs[t] · h[t-1]ᵀ"),
        ("dW-last-step", "δW_h = δh[4] · x[4]ᵀ"),
    ],
)
def test_in_a_batch_the_formulas_say_what_is_added_up(name: str, formula: str) -> None:
    """As in the right formula, the matrix product adds up the sequences, or a sum does."""
    _, text = _first("batch", name)
    assert formula in text


def test_the_loss_of_one_sequence_is_no_total() -> None:
    """Of a batch the total is that of all sequences; the one that is counted is named."""
    first, text = _first("batch", "loss-last-sequence")
    assert first.given.id == "L"
    assert "Of the batch only sequence 3 is counted." in text


def test_as_many_sequences_as_time_steps_is_said() -> None:
    """Then it cannot be told by which of both numbers the loss was divided."""
    seed = next(s for s in range(2, 60, 2) if _square(s))
    _, text = _first("batch", "loss-mean-of-sequences", seed)
    assert "or by that of sequences, which is the same here" in text.replace("\n", " ")


def _square(seed: int) -> bool:
    scenario = scenario_for("batch", seed)
    return scenario.batch == scenario.steps


def test_what_is_computed_anew_with_a_wrong_formula_is_no_second_finding() -> None:
    """Nobody prints the second forward pass; the loss after it is not right either."""
    tutor = model_tutor("softmax", 1)
    right = computed(tutor.places)
    wrong: dict[str, Array] = {**right, "h@0": right["h@0"] * 1.3 + 0.2}
    wrong["L'"] = np.asarray(right["L'"] * 1.1)
    report = tutor.diagnose(givens(wrong, 8))
    found = {item.given.id: item for item in report.judgements}
    assert found["h@0"].because == "" and not found["h@0"].diagnoses
    assert found["L'"].because == "h@0"


def test_every_learner_has_mistakes() -> None:
    """None of the programs is there for nothing."""
    assert {mistake.learner for mistake in MODEL_MISTAKES} == set(PAGES)
