"""Formulas that differ only in order or signs are one; others are not."""

from __future__ import annotations

import pytest

from lstm_tutor.algebra.order import unordered
from lstm_tutor.algebra.parser import parse


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a[t] * i[t] + f[t] * C[t-1]", "C[t-1] * f[t] + i[t] * a[t]"),
        ("h[t] - y[t]", "-(y[t] - h[t])"),
        ("-(a[t] * b[t])", "b[t] * -a[t]"),
        ("a[t] - (b[t] - c[t])", "c[t] - b[t] + a[t]"),
        ("a[t] / b[t] * c[t]", "c[t] * a[t] / b[t]"),
        ("a[t] / (b[t] / c[t])", "a[t] * c[t] / b[t]"),
        ("tanh(a[t] + b[t])", "tanh(b[t] + a[t])"),
    ],
)
def test_what_is_the_same_by_order_and_signs(one: str, other: str) -> None:
    """Sums and products entry by entry, brackets and signs."""
    assert unordered(parse(one, derived=True)) == unordered(parse(other, derived=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a[t] - b[t]", "b[t] - a[t]"),
        ("a[t] / b[t]", "b[t] / a[t]"),
        ("W @ U", "U @ W"),
        ("a[t] ** b[t]", "b[t] ** a[t]"),
        ("outer(a[t], b[t])", "outer(b[t], a[t])"),
        ("a[t] * a[t]", "a[t]"),
        ("a[t] + b[t]", "a[t] * b[t]"),
        ("a[t-1]", "a[t]"),
    ],
)
def test_what_is_another_formula(one: str, other: str) -> None:
    """Where order counts, and where there is more of it."""
    assert unordered(parse(one, derived=True)) != unordered(parse(other, derived=True))
