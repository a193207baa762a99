"""Families of mistakes name only what a page has."""

from __future__ import annotations

import pytest

from lstm_tutor.mistakes.families import families
from lstm_tutor.model.catalog import load_cell
from lstm_tutor.model.composition import Layer, composed


@pytest.mark.parametrize("direction", ["forward", "both"])
@pytest.mark.parametrize("page", ["lstm", "lstm-peephole", "gru"])
def test_another_order_of_gates_is_one_of_the_gates_that_a_block_has(
    page: str, direction: str
) -> None:
    """A peephole's block has no candidate, so that its rows are exchanged among themselves."""
    cell = composed((Layer(load_cell(page), direction=direction),))
    found = [one for one in families(cell, ()) if one.together == "permuted-gates"]
    assert found
    for mistake in found:
        for edit in mistake.edits:
            assert {edit.target, str(edit.learner.name)} <= cell.parameters.keys()  # type: ignore[union-attr]
        for block, members in cell.blocks.items():
            own = [edit for edit in mistake.edits if edit.target in members]
            taken = [edit.learner.name for edit in own]  # type: ignore[union-attr]
            assert sorted(taken) == sorted(edit.target for edit in own), block
