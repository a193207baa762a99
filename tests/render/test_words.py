"""Words on a screen: how lines break, how things are counted, what parts are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tutor.files.phrase import agreeing, counted, listed, the
from lstm_tutor.model.equation import Phase
from lstm_tutor.render.breaking import wrap
from lstm_tutor.render.words import lines_of, part_name, words

pytestmark = pytest.mark.each

PIECES = st.sampled_from(
    ["half-squared-error", "a", "gate", "`lstm-tutor check`", "1e-05", "dC@-1", "longer,"]
)


@given(st.lists(PIECES, min_size=1, max_size=20), st.integers(24, 60), st.integers(0, 4))
def test_words_and_quoted_names_stay_whole(pieces: list[str], width: int, hang: int) -> None:
    """Lines keep to the width, lose nothing, and end at no hyphen and inside no backticks."""
    lines = lines_of(" ".join(pieces), width, hang)
    assert all(len(line) <= width for line in lines)
    assert " ".join(line.strip() for line in lines) == " ".join(pieces)
    for line in lines:
        assert line.count("`") % 2 == 0
        assert not line.endswith("-")


@given(st.lists(PIECES, max_size=8), st.integers(24, 60), st.integers(0, 4))
def test_styled_lines_are_indented(pieces: list[str], width: int, indent: int) -> None:
    """Each begins with the indent and has the style; no words are no line."""
    found = list(words(" ".join(pieces), width, indent, "dim"))
    assert bool(found) == bool(pieces)
    assert all(line.startswith(" " * indent) and style == "dim" for line, style in found)
    assert all(len(line) <= width for line, _ in found)


NUMBERS = st.floats(-1, 1).map(lambda x: f"{x:.3g}")
ROWS = st.lists(NUMBERS, min_size=1, max_size=6).map(lambda row: f"[{', '.join(row)}]")
ATOMS = (
    NUMBERS | ROWS | st.lists(ROWS, min_size=1, max_size=4).map(", ".join).map("[{}]".format)
)
FORMULAS = st.recursive(
    ATOMS,
    lambda inner: (
        st.tuples(inner, st.sampled_from("+-⊙·⊗/"), inner).map(" ".join)
        | inner.map("tanh({})".format)
        | inner.map("({})²".format)
        | st.tuples(inner, inner).map(", ".join).map("tail({})".format)
    ),
    max_leaves=8,
)


@given(st.lists(FORMULAS, min_size=1, max_size=3), st.sampled_from([24, 40, 60, 80]))
def test_a_formula_breaks_between_its_parts_only(sides: list[str], width: int) -> None:
    """No number or name is broken, nothing is lost, and an exponent's minus is no operator."""
    text = "h[t-1] = " + " ≈ ".join(sides)
    lines = wrap(text, width)
    assert " ".join(line.strip() for line in lines).replace("[ ", "[") == text
    assert lines[0][0] != " "


@given(st.lists(st.tuples(st.sampled_from("+-⊙·⊗"), ATOMS), min_size=1, max_size=6))
def test_a_sum_of_products_keeps_to_the_width(parts: list[tuple[str, str]]) -> None:
    """Whatever its matrices, no line stands out."""
    text = " ".join(f"{operator} {atom}" for operator, atom in parts)
    assert all(len(line) <= 40 for line in wrap(f"≈ W{text}", 40))


BROKEN = {
    "C[0] = a[0] ⊙ i[0] + f[0] ⊙ C[-1]": ("C[0] = a[0] ⊙ i[0]", "  + f[0] ⊙ C[-1]"),
    "≈ 1 - [0.46, 0.42]² ≈ [0.78, 0.82]": ("≈ 1 - [0.46, 0.42]²", "≈ [0.78, 0.82]"),
    "∂p/∂s = p ⊙ (1 - p) ≈ 0.5 ⊙ (1 - 0.5)": ("∂p/∂s = p ⊙ (1 - p)", "  ≈ 0.5 ⊙ (1 - 0.5)"),
    "- 0.1 ⊙ [[1.5, 2], [-3, 4]]": ("- 0.1", "  ⊙ [[1.5, 2], [-3, 4]]"),
    "- 0.1 ⊙ [[1.5, 2.25], [-3, 4]]": ("- 0.1", "  ⊙ [[1.5, 2.25],", "     [-3, 4]]"),
    "≈ 0.817574·0.84993·(1 - 0.2)": ("≈ 0.817574·0.84993", "  ·(1 - 0.2)"),
    "h = 0.817574*0.84993*0.2**2*7": ("h = 0.817574*0.84993", "  *0.2**2*7"),
    "-Σ([0, 1] ⊙ log([0.49265, 0.2]))": (
        "-Σ([0, 1]",
        "   ⊙ log([0.49265,",
        "          0.2]))",
    ),
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_formula_breaks_at_the_weakest_place(text: str) -> None:
    """A relation before a sum, a sum before a product, rows of a matrix below each other."""
    assert wrap(text, 24) == list(BROKEN[text])


def test_things_are_counted_and_listed() -> None:
    """One is singular, none and many are plural; the last of several follows a word."""
    assert [counted(n, "value") for n in (0, 1, 2)] == ["0 values", "1 value", "2 values"]
    assert counted(1_234, "entry", "entries") == "1,234 entries"
    assert agreeing(1, "is", "are") + agreeing(0, "is", "are") == "isare"
    names = ["a", "b", "c"]
    assert [listed(names[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert listed(names, "or") == "a, b or c"
    assert the("part") == the("the part") == "the part"


def test_parts_of_a_computation_have_one_name() -> None:
    """A phase, its time step, or the time before or after all of them."""
    assert part_name(Phase.LOSS, None, 3) == "loss"
    assert part_name(Phase.BACKWARD, 1, 3) == "backward, t = 1"
    assert part_name(Phase.BACKWARD, -1, 3) == "backward, before the first time step"
    assert part_name(Phase.BACKWARD, 3, 3) == "backward, after the last time step"
