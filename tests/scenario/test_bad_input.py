"""Bad scenarios and cells: every problem is reported with its position, and none crashes."""

from __future__ import annotations

import os
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from command import invoke
from hypothesis import given
from hypothesis import strategies as st

from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.files.document import LARGEST, parse
from lstm_tutor.files.problem import MOST, BadInput
from lstm_tutor.scenario.catalog import folder
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import compute

pytestmark = pytest.mark.each

ONE_UNIT = """\
cell: lstm
inputs: [[1, 2], [0.5, 3]]
labels: [0.5, 1.25]
weights:
  W:
    a: [0.45, 0.25]
    i: [0.95, 0.8]
    f: [0.7, 0.45]
    o: [0.6, 0.4]
  U: {a: 0.15, i: 0.8, f: 0.1, o: 0.25}
  b: {a: 0.2, i: 0.65, f: 0.15, o: 0.1}
"""

TWO_UNITS = """\
cell: lstm
inputs: [[0.6, -1.1, 0.35], [-0.45, 0.8, 1.3]]
labels: [[0.25, -0.4], [0.5, 0.15]]
weights:
  W:
    a: [[0.45, -0.31, 0.62], [-0.27, 0.54, 0.18]]
    i: [[0.36, 0.21, -0.48], [0.57, -0.14, 0.33]]
    f: [[-0.24, 0.47, 0.29], [0.16, 0.38, -0.52]]
    o: [[0.41, -0.56, 0.13], [-0.34, 0.26, 0.49]]
  U:
    a: [[0.32, -0.43], [0.51, 0.17]]
    i: [[-0.28, 0.39], [0.22, -0.46]]
    f: [[0.19, 0.53], [-0.37, 0.31]]
    o: [[0.44, -0.12], [0.23, 0.58]]
  b: {a: [0.11, -0.15], i: [0.24, 0.07], f: [0.65, 0.42], o: [-0.08, 0.33]}
initial: {h: [0.3, -0.2], C: [0.45, -0.6]}
"""

NO_WEIGHTS = """\
cell: lstm
inputs: [[1, 2], [0.5, 3]]
labels: [0.5, 1.25]
"""

OWN_CELL = """\
cell: mine.yaml
inputs: [1, 2]
labels: [0.5, 1.5]
weights: {W: {a: 0.1}, U: {a: 0.2}, b: {a: 0.3}}
"""

CELL = """\
gates:
  a: candidate
axes:
  x: [input]
  h: [hidden]
  W: [hidden, input]
  U: [hidden, hidden]
  b: [hidden]
equations: |
  z_a[t] = W_a @ x[t] + U_a @ h[t-1] + b_a    # pre-activation
  a[t] = tanh(z_a[t])                         # candidate
  h[t] = a[t]                                 # hidden state
"""


class Bad(NamedTuple):
    """A bad file.

    Attributes:
        what: what is bad about it; the test's id.
        text: the file.
        at: line and column of the first problem.
        message: a part of the first problem's message.
        advice: a part of what is said below it: what was expected, or what to try.
        problems: how many problems there are.
    """

    what: str
    text: str
    at: str
    message: str
    advice: str = ""
    problems: int = 1


def one(old: str, new: str) -> str:
    """Return the scenario of one hidden unit with one change."""
    return _changed(ONE_UNIT, old, new)


def two(old: str, new: str) -> str:
    """Return the scenario of two hidden units with one change."""
    return _changed(TWO_UNITS, old, new)


def cell(old: str, new: str) -> str:
    """Return the cell file with one change."""
    return _changed(CELL, old, new)


def _changed(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new, 1)


SHAPES = [
    Bad(
        "inputs, a row too long",
        one("[0.5, 3]", "[0.5, 3, 4]"),
        "2:18",
        "inputs.1 has 3 numbers on the axis 'input'",
        "expected: 2, as set by inputs.0 (line 2)",
    ),
    Bad(
        "inputs, a row too short",
        two("[-0.45, 0.8, 1.3]", "[-0.45, 0.8]"),
        "2:29",
        "inputs.1 has 2 numbers on the axis 'input'",
        "expected: 3, as set by inputs.0 (line 2)",
    ),
    Bad(
        "inputs, the first row differs from the second and from W",
        one("[[1, 2]", "[[1, 2, 3]"),
        "2:10",
        "inputs.0 has 3 numbers",
        "expected: 2, as set by inputs.1 (line 2)",
    ),
    Bad(
        "inputs, a single number among rows",
        one("[0.5, 3]", "0.5"),
        "2:18",
        "inputs.1 has 1 number on the axis 'input'",
        "try: write a list",
    ),
    Bad(
        "inputs, a list inside a row",
        one("[0.5, 3]", "[0.5, [3]]"),
        "2:24",
        "inputs.1.1 is a list",
        "expected: a number",
    ),
    Bad("inputs, an empty list", one("[[1, 2], [0.5, 3]]", "[]"), "2:9", "inputs is an empty"),
    Bad("inputs, an empty row", one("[0.5, 3]", "[]"), "2:18", "inputs.1 is an empty list"),
    Bad(
        "inputs, a number", one("[[1, 2], [0.5, 3]]", "5"), "2:9", "inputs is 5", "a list with"
    ),
    Bad("inputs, entries", one("[[1, 2], [0.5, 3]]", "{a: 1}"), "2:9", "inputs is a set of"),
    Bad("inputs, nothing", one("[[1, 2], [0.5, 3]]", ""), "2:1", "inputs is empty (null)"),
    Bad(
        "labels, a row too long",
        two("[0.5, 0.15]", "[0.5, 0.15, 1]"),
        "3:24",
        "labels.1 has 3 numbers on the axis 'hidden'",
        "expected: 2, as set by labels.0 (line 3)",
    ),
    Bad(
        "labels, a single number for two units",
        two("[0.5, 0.15]", "0.5"),
        "3:24",
        "labels.1 has 1 number on the axis 'hidden'",
    ),
    Bad(
        "labels, two numbers for one unit",
        one("1.25", "[1.25, 3]"),
        "3:15",
        "labels.1 has 2 numbers on the axis 'hidden'",
        "expected: 1, as set by labels.0 (line 3)",
    ),
    Bad(
        "labels, fewer than inputs",
        one("[0.5, 1.25]", "[0.5]"),
        "3:9",
        "labels has 1 row on the axis 'time'",
        "expected: 2, one per time step, as set by inputs (line 2)",
    ),
    Bad(
        "labels, more than inputs",
        one("[0.5, 1.25]", "[0.5, 1, 2]"),
        "3:9",
        "labels has 3 rows on the axis 'time'",
        "expected: 2, one per time step, as set by inputs (line 2)",
    ),
    Bad(
        "labels, all null",
        one("[0.5, 1.25]", "[null, null]"),
        "3:9",
        "no time step has a label",
    ),
    Bad("labels, an empty list", one("[0.5, 1.25]", "[]"), "3:9", "labels is an empty list"),
    Bad("labels, text", one("[0.5, 1.25]", "none"), "3:9", "labels is the text 'none'"),
    Bad(
        "labels, entries", one("[0.5, 1.25]", "{0: 0.5, 1: 1.25}"), "3:9", "labels is a set of"
    ),
    Bad(
        "W of one unit, too many columns",
        one("a: [0.45, 0.25]", "a: [0.45, 0.25, 3]"),
        "6:8",
        "weights.W.a has 3 columns on the axis 'input'",
        "expected: 2, as set by inputs.0 (line 2)",
    ),
    Bad(
        "W of one unit, two rows",
        one("a: [0.45, 0.25]", "a: [[0.45, 0.25], [1, 2]]"),
        "6:8",
        "weights.W.a has 2 rows on the axis 'hidden'",
        "expected: 1, as set by labels.0 (line 3)",
    ),
    Bad(
        "W of one unit, a number for two inputs",
        one("a: [0.45, 0.25]", "a: 0.45"),
        "6:8",
        "weights.W.a has 1 column on the axis 'input'",
    ),
    Bad(
        "W of one unit, lists too deep",
        one("a: [0.45, 0.25]", "a: [[[0.45, 0.25]]]"),
        "6:10",
        "weights.W.a.0.0 is a list",
        "try: remove these brackets",
    ),
    Bad(
        "W of two units, a row too few",
        two("[[0.45, -0.31, 0.62], [-0.27, 0.54, 0.18]]", "[[0.45, -0.31, 0.62]]"),
        "6:8",
        "weights.W.a has 1 row on the axis 'hidden'",
        "expected: 2, as set by labels.0 (line 3)",
    ),
    Bad(
        "W of two units, one flat list",
        two("[[0.45, -0.31, 0.62], [-0.27, 0.54, 0.18]]", "[0.45, -0.31, 0.62]"),
        "6:8",
        "weights.W.a has 1 row on the axis 'hidden'",
        "try: write one list per row",
    ),
    Bad(
        "W of two units, a column too few",
        two("[[0.45, -0.31, 0.62], [-0.27, 0.54, 0.18]]", "[[0.45, -0.31], [-0.27, 0.54]]"),
        "6:8",
        "weights.W.a has 2 columns on the axis 'input'",
        "expected: 3, as set by inputs.0 (line 2)",
    ),
    Bad(
        "W of two units, transposed",
        two("[[0.45, -0.31, 0.62], [-0.27, 0.54, 0.18]]", "[[1, 2], [3, 4], [5, 6]]"),
        "6:8",
        "weights.W.a has 2 columns on the axis 'input'",
        "weights.W.a has 3 rows on the axis 'hidden'",
        problems=2,
    ),
    Bad(
        "W of two units, ragged rows",
        two("[-0.27, 0.54, 0.18]", "[-0.27, 0.54]"),
        "6:30",
        "weights.W.a.1 has 2 numbers",
        "expected: 3, as in weights.W.a.0",
    ),
    Bad(
        "W of two units, a number among rows",
        two("[-0.27, 0.54, 0.18]", "-0.27"),
        "6:30",
        "weights.W.a.1 is -0.27",
        "expected: a list of numbers",
    ),
    Bad(
        "U of one unit, two numbers",
        one("U: {a: 0.15", "U: {a: [0.15, 1]"),
        "10:10",
        "weights.U.a has 2 columns on the axis 'hidden'",
        "expected: 1, as set by labels.0 (line 3)",
    ),
    Bad(
        "U of two units, three by three",
        two("[[0.32, -0.43], [0.51, 0.17]]", "[[1, 2, 3], [4, 5, 6], [7, 8, 9]]"),
        "11:8",
        "weights.U.a has 3 rows and 3 columns on the axis 'hidden'",
        "expected: 2, as set by labels.0 (line 3)",
    ),
    Bad(
        "U of two units, a row too many",
        two("[[0.32, -0.43], [0.51, 0.17]]", "[[0.32, -0.43], [0.51, 0.17], [0, 1]]"),
        "11:8",
        "weights.U.a has 3 rows on the axis 'hidden'",
    ),
    Bad(
        "U of two units, a number",
        two("[[0.32, -0.43], [0.51, 0.17]]", "0.32"),
        "11:8",
        "weights.U.a has 1 row and 1 column on the axis 'hidden'",
        "try: write one list per row",
    ),
    Bad(
        "b of one unit, two numbers",
        one("b: {a: 0.2", "b: {a: [0.2, 1]"),
        "11:10",
        "weights.b.a has 2 numbers on the axis 'hidden'",
    ),
    Bad(
        "b of one unit, a matrix",
        one("b: {a: 0.2", "b: {a: [[0.2]]"),
        "11:11",
        "weights.b.a.0 is a list",
    ),
    Bad(
        "b of two units, three numbers",
        two("[0.11, -0.15]", "[0.11, -0.15, 2]"),
        "15:10",
        "weights.b.a has 3 numbers on the axis 'hidden'",
    ),
    Bad(
        "b of two units, a number",
        two("[0.11, -0.15]", "0.11"),
        "15:10",
        "weights.b.a has 1 number on the axis 'hidden'",
    ),
    Bad(
        "initial h of one unit, two numbers",
        ONE_UNIT + "initial: {h: [1, 2]}\n",
        "12:14",
        "initial.h has 2 numbers on the axis 'hidden'",
    ),
    Bad(
        "initial C of one unit, two numbers",
        ONE_UNIT + "initial: {C: [1, 2]}\n",
        "12:14",
        "initial.C has 2 numbers on the axis 'hidden'",
    ),
    Bad(
        "initial h of two units, one number",
        two("h: [0.3, -0.2]", "h: 0.3"),
        "16:14",
        "initial.h has 1 number on the axis 'hidden'",
        "try: write a list",
    ),
    Bad(
        "initial C of two units, three numbers",
        two("C: [0.45, -0.6]", "C: [0.45, -0.6, 1]"),
        "16:30",
        "initial.C has 3 numbers on the axis 'hidden'",
        "expected: 2, as set by labels.0 (line 3)",
    ),
]

KEYS = [
    Bad(
        "key unknown",
        ONE_UNIT + "zzz: 1\n",
        "12:1",
        "unknown key 'zzz'",
        "try: known are title",
    ),
    Bad(
        "key misspelled",
        ONE_UNIT + "lerning_rate: 0.1\n",
        "12:1",
        "unknown key 'lerning_rate'",
        "did you mean 'learning_rate'?",
    ),
    Bad(
        "block unknown",
        one("  U: ", "  V: {a: 1}\n  U: "),
        "10:3",
        "unknown key 'weights.V' for the cell lstm",
        "known are W, U, b",
    ),
    Bad(
        "gate unknown",
        one("    i: [0.95", "    g: 1\n    i: [0.95"),
        "7:5",
        "unknown key 'weights.W.g' for the cell lstm",
        "known are a, i, f, o",
    ),
    Bad(
        "gate without a space after its colon",
        one("U: {a: 0.15", "U: {a:0.15"),
        "10:3",
        "weights.U lacks a",
        "try: write a space after the ':'",
        problems=2,
    ),
    Bad(
        "state misspelled",
        ONE_UNIT + "initial: {c: 1}\n",
        "12:11",
        "unknown key 'initial.c' for the cell lstm",
        "did you mean 'C'?",
    ),
    Bad(
        "init key misspelled",
        NO_WEIGHTS + "weights: {init: {scheme: uniform, sead: 1}, hidden: 1}\n",
        "4:35",
        "unknown key 'weights.init.sead'",
        "did you mean 'seed'?",
    ),
    Bad(
        "init together with blocks",
        NO_WEIGHTS + "weights: {init: {scheme: zeros}, hidden: 1, W: {a: 1}}\n",
        "4:45",
        "unknown key 'weights.W'",
        "known are init, hidden",
    ),
    Bad(
        "file together with hidden",
        NO_WEIGHTS + "weights: {file: w.npz, hidden: 2}\n",
        "4:24",
        "unknown key 'weights.hidden'",
        "known are file",
    ),
    Bad(
        "no cell",
        one("cell: lstm\n", ""),
        "1:1",
        "the key 'cell' is missing",
        "expected: lstm, gru, rnn, or the path of a cell file",
    ),
    Bad(
        "no inputs",
        one("inputs: [[1, 2], [0.5, 3]]\n", ""),
        "1:1",
        "the key 'inputs' is missing",
        "one row per time step",
    ),
    Bad("no weights", NO_WEIGHTS, "1:1", "the key 'weights' is missing", "W: {a: [0.45, 0.25]"),
    Bad("only a title", "title: My example\n", "1:1", "the key 'cell' is missing", problems=3),
    Bad("no block U", one("  U: {a: 0.15, i: 0.8, f: 0.1, o: 0.25}\n", ""), "4:1", "lacks U"),
    Bad(
        "no gate i of W",
        one("    i: [0.95, 0.8]\n", ""),
        "5:3",
        "weights.W lacks i",
        "expected: a, i, f, o, as set by the cell lstm",
    ),
    Bad("no gates i and f of U", one(" i: 0.8, f: 0.1,", ""), "10:3", "weights.U lacks i, f"),
    Bad("no weight at all", NO_WEIGHTS + "weights: {}\n", "4:1", "weights lacks W, U, b"),
    Bad(
        "key given twice",
        ONE_UNIT + "cell: gru\n",
        "12:1",
        "the key 'cell' is given twice, first on line 1",
        "keep one of the two",
    ),
    Bad(
        "gate given twice",
        one("    i: [0.95, 0.8]", "    a: [0.95, 0.8]"),
        "7:5",
        "the key 'a' is given twice, first on line 6",
    ),
    Bad(
        "gate given twice on one line", one("i: 0.8,", "a: 0.8,"), "10:16", "'a' is given twice"
    ),
    Bad(
        "key that is a list", ONE_UNIT + "? [a, b]\n: 2\n", "12:3", "a key must be a plain word"
    ),
]

VALUES = [
    Bad("text for a number", one("0.5, 3", "0.5, x"), "2:24", "inputs.1.1 is the text 'x'"),
    Bad(
        "quoted number",
        one("0.5, 3", '0.5, "3"'),
        "2:24",
        "inputs.1.1 is the text '3'",
        "remove the quotes",
    ),
    Bad(
        "decimal comma",
        ONE_UNIT + "learning_rate: 0,1\n",
        "12:16",
        "learning_rate is the text '0,1'",
        "try: write 0.1",
    ),
    Bad(
        "typographic minus", one("0.5, 3", "0.5, −3"), "2:24", "the text '−3'", "try: write -3"
    ),
    Bad("digits in groups", one("0.5, 3", "0.5, 3_000"), "2:24", "'3_000'", "try: write 3000"),
    Bad("fraction", one("0.5, 3", "0.5, 1/3"), "2:24", "inputs.1.1 is the text '1/3'"),
    Bad("true for a number", one("0.5, 3", "0.5, true"), "2:24", "inputs.1.1 is true"),
    Bad("yes for a number", one("0.5, 3", "0.5, yes"), "2:24", "inputs.1.1 is the text 'yes'"),
    Bad("null in a row of inputs", one("0.5, 3", "0.5, null"), "2:24", "inputs.1.1 is empty"),
    Bad(
        "null for a row of inputs", one("[0.5, 3]", "null"), "2:18", "inputs.1 is empty (null)"
    ),
    Bad("null in weights", one("U: {a: 0.15", "U: {a: null"), "10:10", "weights.U.a is empty"),
    Bad("no value of a gate", one("U: {a: 0.15", "U: {a: "), "10:7", "weights.U.a is empty"),
    Bad("entries for a number", one("0.5, 3", "0.5, {a: 3}"), "2:24", "inputs.1.1 is a set of"),
    Bad("NaN", one("0.5, 3", "0.5, .nan"), "2:24", "inputs.1.1 is nan", "a finite number"),
    Bad(
        "nan without a point", one("0.5, 3", "0.5, nan"), "2:24", "inputs.1.1 is the text 'nan'"
    ),
    Bad("infinity", one("0.5, 3", "0.5, -.inf"), "2:24", "inputs.1.1 is -inf"),
    Bad("infinite label", one("1.25", ".inf"), "3:15", "labels.1 is inf", "a finite number"),
    Bad("too large", one("0.5, 3", "0.5, 1e999"), "2:24", "inputs.1.1 is inf"),
    Bad("400 digits", one("0.5, 3", "0.5, " + "9" * 400), "2:24", "a number of 400 characters"),
    Bad(
        "block W, a list",
        one("U: {a: 0.15, i: 0.8, f: 0.1, o: 0.25}", "U: [1, 2]"),
        "10:6",
        ".U",
    ),
    Bad("block W, nothing", one(" {a: 0.15, i: 0.8, f: 0.1, o: 0.25}", ""), "10:3", "is empty"),
    Bad("weights, a list", NO_WEIGHTS + "weights: [1, 2]\n", "4:10", "weights is a list"),
    Bad(
        "weights, text", NO_WEIGHTS + "weights: zeros\n", "4:10", "weights is the text 'zeros'"
    ),
    Bad("weights, nothing", NO_WEIGHTS + "weights:\n", "4:1", "weights is empty (null)"),
    Bad("initial, a list", ONE_UNIT + "initial: [1]\n", "12:10", "initial is a list"),
    Bad("initial, text", ONE_UNIT + "initial: {h: zero}\n", "12:14", "initial.h is the text"),
    Bad("title, a number", ONE_UNIT + "title: 3\n", "12:8", "title is 3", "put it in quotes"),
    Bad(
        "title, a list", ONE_UNIT + "title: [a]\n", "12:8", "title is a list", "expected: text"
    ),
    Bad(
        "cell unknown", one("cell: lstm", "cell: lstn"), "1:7", "no cell 'lstn'", "mean 'lstm'?"
    ),
    Bad("cell, a number", one("cell: lstm", "cell: 3"), "1:7", "cell is 3", "expected: text"),
    Bad("cell, nothing", one("cell: lstm", "cell:"), "1:1", "cell is empty (null)", "gru"),
    Bad(
        "loss unknown",
        ONE_UNIT + "loss: half-sqared-error\n",
        "12:7",
        "there is no loss 'half-sqared-error'",
        "did you mean 'half-squared-error'?",
    ),
    Bad("loss, a list", ONE_UNIT + "loss: [a]\n", "12:7", "loss is a list"),
    Bad("learning rate 0", ONE_UNIT + "learning_rate: 0\n", "12:16", "is 0", "more than 0"),
    Bad("learning rate -1", ONE_UNIT + "learning_rate: -1\n", "12:16", "is -1", "more than 0"),
    Bad("learning rate, text", ONE_UNIT + "learning_rate: x\n", "12:16", "is the text 'x'"),
    Bad(
        "learning rate, NaN",
        ONE_UNIT + "learning_rate: .nan\n",
        "12:16",
        "learning_rate is nan",
    ),
    Bad("truncate 0", ONE_UNIT + "truncate: 0\n", "12:11", "truncate is 0", "1 or more"),
    Bad("truncate -1", ONE_UNIT + "truncate: -1\n", "12:11", "truncate is -1", "1 or more"),
    Bad("truncate 1.5", ONE_UNIT + "truncate: 1.5\n", "12:11", "is 1.5", "a whole number"),
    Bad(
        "truncate 2.0", ONE_UNIT + "truncate: 2.0\n", "12:11", "truncate is 2.0", "try: write 2"
    ),
    Bad("truncate, text", ONE_UNIT + "truncate: x\n", "12:11", "truncate is the text 'x'"),
]

INIT = [
    Bad(
        "init, scheme unknown",
        NO_WEIGHTS + "weights: {init: {scheme: unifrom}, hidden: 1}\n",
        "4:26",
        "weights.init.scheme is the text 'unifrom'",
        "did you mean 'uniform'?",
    ),
    Bad(
        "init, no scheme",
        NO_WEIGHTS + "weights: {init: {seed: 1}, hidden: 1}\n",
        "4:11",
        "the key 'weights.init.scheme' is missing",
        "uniform (from low to high) or zeros",
    ),
    Bad(
        "init, text",
        NO_WEIGHTS + "weights: {init: uniform, hidden: 1}\n",
        "4:17",
        "weights.init is the text 'uniform'",
        "a set of entries (scheme,",
    ),
    Bad(
        "init, seed text",
        NO_WEIGHTS + "weights: {init: {scheme: uniform, seed: one}, hidden: 1}\n",
        "4:41",
        "weights.init.seed is the text 'one'",
        "a whole number",
    ),
    Bad(
        "init, seed negative",
        NO_WEIGHTS + "weights: {init: {scheme: uniform, seed: -1}, hidden: 1}\n",
        "4:41",
        "weights.init.seed is -1",
        "0 or more",
    ),
    Bad(
        "init, no hidden",
        "cell: lstm\ninputs: [[1, 2]]\nweights: {init: {scheme: uniform}}\n",
        "3:1",
        "no entry says how large the axis 'hidden' is",
        "write weights.hidden",
    ),
    Bad(
        "init, hidden 0",
        NO_WEIGHTS + "weights: {init: {scheme: uniform}, hidden: 0}\n",
        "4:44",
        "weights.hidden is 0",
        "1 or more",
    ),
    Bad(
        "init, hidden differs from the labels",
        NO_WEIGHTS + "weights: {init: {scheme: uniform}, hidden: 2}\n",
        "3:10",
        "labels.0 has 1 number on the axis 'hidden'",
        "expected: 2, as set by weights.hidden (line 4)",
        problems=2,
    ),
    Bad(
        "init, low text",
        NO_WEIGHTS + "weights: {init: {scheme: uniform, low: small}, hidden: 1}\n",
        "4:40",
        "weights.init.low is the text 'small'",
    ),
    Bad(
        "init, low above high",
        NO_WEIGHTS + "weights: {init: {scheme: uniform, low: 2}, hidden: 1}\n",
        "4:40",
        "weights.init.low is 2, more than weights.init.high",
        "at most 1",
    ),
    Bad(
        "init, low and high too far apart",
        NO_WEIGHTS
        + "weights: {init: {scheme: uniform, low: -1e308, high: 1e308}, hidden: 1}\n",
        "4:54",
        "weights.init.low and weights.init.high are too far apart",
    ),
    Bad(
        "init, low without effect",
        NO_WEIGHTS + "weights: {init: {scheme: zeros, low: 0.1}, hidden: 1}\n",
        "4:38",
        "weights.init.low has no effect with the scheme zeros",
    ),
]

YAML = [
    Bad("empty file", "", "1:1", "the scenario file is empty"),
    Bad("only a comment", "# later\n", "1:1", "the scenario file is empty"),
    Bad("only null", "null\n", "1:1", "the scenario file is empty"),
    Bad("bare list", "- 1\n- 2\n", "1:1", "a set of 'key: value' entries, not a list"),
    Bad("bare text", "hello\n", "1:1", "a set of 'key: value' entries, not text"),
    Bad("bare number", "42\n", "1:1", "a set of 'key: value' entries, not a number"),
    Bad(
        "nested too deep",
        one("a: 0.15", "a: " + "[" * 13 + "]" * 13),
        "10:19",
        "nested deeper than 12 levels",
    ),
    Bad("nested 100,000 deep", "[" * 100_000, "1:13", "nested deeper than 12 levels"),
    Bad(
        "alias",
        one("i: 0.8", "i: *x"),
        "10:19",
        "the alias *x is not allowed",
        "write the value",
    ),
    Bad("anchor", one("a: 0.15", "a: &x 0.15"), "10:10", "the anchor &x is not allowed"),
    Bad("tag", one("a: 0.15", "a: !!float 0.15"), "10:10", "the tag !!float is not allowed"),
    Bad(
        "tag that would run a program",
        "title: !!python/object/apply:os.system [ls]\n",
        "1:8",
        "the tag !!python/object/apply:os.system is not allowed",
    ),
    Bad(
        "merge key", one("U: {", "U: {<<: {a: 1}, "), "10:7", "the merge key << is not allowed"
    ),
    Bad(
        "second document",
        ONE_UNIT + "---\ncell: gru\n",
        "12:1",
        "a second document starts here",
    ),
    Bad("other version of YAML", "%YAML 1.1\n---\n" + ONE_UNIT, "1:1", "starts with '%'"),
    Bad("tab", one("    a: [0.45", "\ta: [0.45"), "6:1", "a tab where YAML needs spaces"),
    Bad("no-break space", one("labels: ", "labels:\xa0"), "3:8", "a no-break space where YAML"),
    Bad("bracket not closed", one("[0.5, 3]]", "[0.5, 3]"), "3:1", "a ',' or ']' is missing"),
    Bad("brace not closed", one("o: 0.25}", "o: 0.25"), "11:4", "in what opens on line 10"),
    Bad("comma missing", one("], [", "] ["), "2:17", "a ',' or ']' is missing before this"),
    Bad("comma too many", one("[1, 2]", "[1, , 2]"), "2:14", "a value is missing here"),
    Bad("bracket too many", one("[0.5, 3]]", "[0.5, 3]]]"), "2:27", "this ']' closes nothing"),
    Bad("quotation mark not closed", 'title: "ab\n' + ONE_UNIT, "1:8", "is never closed"),
    Bad(
        "colon in text",
        "title: LSTM: one\n" + ONE_UNIT,
        "1:12",
        "this ':' does not fit",
        "quotes",
    ),
    Bad("colon missing", one("labels: [", "labels ["), "3:1", "not of the form 'key: value'"),
    Bad(
        "indented too far",
        one("    i: [", "     i: ["),
        "7:6",
        "does not fit the entries above",
    ),
    Bad("text that starts with @", "title: @home\n" + ONE_UNIT, "1:8", "cannot start with '@'"),
    Bad("text that starts with *", "title: *bold*\n" + ONE_UNIT, "1:8", "alias", "in quotes"),
    Bad(
        "text that starts with &",
        "title: & co\n" + ONE_UNIT,
        "1:8",
        "start with '&'",
        "in quotes",
    ),
    Bad("backslash", 'title: "a\\qb"\n' + ONE_UNIT, "1:11", "a '\\' has a meaning of its own"),
    Bad("escape too large", 'title: "\\UFFFFFFFF"\n', "1:9", "\\UFFFFFFFF is not a character"),
    Bad(
        "escape sequence",
        'title: "\\e[31mred"\n' + ONE_UNIT,
        "1:8",
        "invisible character U+001B",
    ),
    Bad("raw escape sequence", "title: \x1b[31mred\n" + ONE_UNIT, "1:8", "character U+001B"),
    Bad("raw zero byte", "title: a\x00b\n" + ONE_UNIT, "1:9", "invisible character U+0000"),
    Bad("text that runs backwards", "title: a\u202eb\n" + ONE_UNIT, "1:8", "character U+202E"),
    Bad("line separator", "# a\u2028b\n" + ONE_UNIT, "1:4", "invisible character U+2028"),
]

BAD = SHAPES + KEYS + VALUES + INIT + YAML

BAD_CELLS = [
    Bad(
        "unknown name",
        cell("= a[t] ", "= q[t] "),
        "12:10",
        "q[t] is not computed by any equation above",
        "known are x, z_a, a",
    ),
    Bad(
        "misspelled name",
        cell("(z_a[t])", "(z_aa[t])"),
        "11:15",
        "z_aa[t] is not",
        "mean 'z_a'?",
    ),
    Bad(
        "name without a time step",
        cell("= a[t] ", "= a "),
        "12:10",
        "a has no time step",
        "a[t]",
    ),
    Bad("unknown block", cell("U_a @", "V_a @"), "10:25", "there is no entry 'V' in 'axes'"),
    Bad("unknown gate", cell("U_a @", "U_g @"), "10:25", "there is no entry 'g' in 'gates'"),
    Bad(
        "unknown function",
        cell("tanh(", "softplus("),
        "11:10",
        "unknown function softplus: write log(1 + exp(a[t]))",
    ),
    Bad("import", cell("= a[t] ", '= __import__("os") '), "12:21", "text is not a number"),
    Bad("attribute", cell("= a[t] ", "= a.x "), "12:10", "a dot is not part of the formula"),
    Bad("comparison", cell("= a[t] ", "= a[t] > 1 "), "12:10", "a comparison is not part of"),
    Bad(
        "condition", cell("= a[t] ", "= 1 if 2 else 3 "), "12:10", "a condition is not part of"
    ),
    Bad("text", cell("= a[t] ", '= "a" '), "12:10", "text is not a number"),
    Bad("integer division", cell("= a[t] ", "= a[t] // 2 "), "12:10", "only the operators"),
    Bad(
        "no equals sign",
        cell("a[t] = tanh", "a[t] : tanh"),
        "11:3",
        "expected 'name[t] = formula'",
    ),
    Bad("not a formula", cell("@ x[t]", "@ @ x[t]"), "10:18", "not a formula"),
    Bad(
        "number too large",
        cell("= a[t] ", "= a[t] * 1e999 "),
        "12:17",
        "the number is too large",
    ),
    Bad(
        "indented formula",
        cell("  a[t] = tanh", "    a[t] = softplus"),
        "11:12",
        "unknown function",
    ),
    Bad(
        "axes of a product",
        cell("W_a @ x[t]", "W_a @ h[t-1]"),
        "10:3",
        "'@' joins the last axis of W_a (hidden, input) with the first of h[t-1] (hidden)",
    ),
    Bad("axes of a sum", cell("W_a @ x[t]", "x[t]"), "10:3", "do not have the same axes"),
    Bad(
        "axes of a state",
        cell("= a[t] ", "= sum(a[t]) "),
        "12:3",
        "the formula's value has no axes, h has the axes (hidden)",
    ),
    Bad(
        "axes unknown",
        cell("W: [hidden, input]", "W: [hidden, in]"),
        "10:3",
        "W_a (hidden, in) with the first of x[t] (input): they must be the same",
    ),
    Bad(
        "state without axes", cell("  h: [hidden]\n", ""), "9:31", "the state h needs an entry"
    ),
    Bad(
        "no equation of h",
        CELL[: CELL.index("  h[t] =")],
        "9:1",
        "h[t-1] is read, but no equation computes h[t]",
    ),
    Bad(
        "forward reference",
        cell("h[t-1]", "h[t]"),
        "10:31",
        "h[t] is not computed by any equation above",
        "move its equation up, or read h[t-1]",
    ),
    Bad("time t+1", cell("h[t-1]", "h[t+1]"), "10:31", "h is read at a later time step"),
    Bad("time t-13", cell("h[t-1]", "h[t-13]"), "10:31", "more than 12 time steps back"),
    Bad("time 0", cell("h[t-1]", "h[0]"), "10:33", "a time index is the time step t"),
    Bad("equation of the input", CELL + "  x[t] = a[t]\n", "13:3", "x is the input"),
    Bad("two equations", CELL + "  a[t] = h[t]\n", "13:3", "a is already computed on line 11"),
    Bad(
        "name of a gradient", CELL + "  dh[t] = h[t]\n", "13:3", "dh is the name of a gradient"
    ),
    Bad(
        "gate without equation",
        cell("axes:", "  q: gate\naxes:"),
        "3:3",
        "no equation computes the gate q",
    ),
    Bad("gate without text", cell("a: candidate", "a:"), "2:3", "gates.a is empty (null)"),
    Bad(
        "no gate",
        cell("gates:\n  a: candidate", "gates: {}"),
        "9:12",
        "W_a: there is no entry 'a' in 'gates'",
        problems=3,
    ),
    Bad(
        "gates, a list", cell("gates:\n  a: candidate", "gates: [a]"), "1:1", "gates is a list"
    ),
    Bad("no axes", cell("axes:", "axis:"), "1:1", "the key 'axes' is missing", problems=2),
    Bad("lines joined", cell("equations: |", "equations: >"), "9:12", "joins the lines"),
    Bad("equations, a list", CELL[: CELL.index(" |")] + " [a]\n", "9:1", "equations is a list"),
    Bad("key given twice", CELL + "gates: {}\n", "13:1", "the key 'gates' is given twice"),
    Bad("empty", "", "1:1", "the cell file is empty"),
]

SAMPLE = {
    "U of two units, three by three",
    "key misspelled",
    "key given twice",
    "quoted number",
    "NaN",
    "init, low above high",
    "bracket not closed",
    "raw escape sequence",
    "escape sequence",
}


def _ids(table: list[Bad]) -> list[str]:
    return [bad.what for bad in table]


def _written(folder: Path, text: str | bytes, name: str = "bad.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def _refused(path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        load(str(path))
    return caught.value


def _good(folder: Path, text: str | bytes) -> Scenario:
    scenario = load(str(_written(folder, text)))
    compute(scenario)
    return scenario


def _check(error: BadInput, file: Path, bad: Bad) -> None:
    first = error.problems[0]
    place = first.place
    assert bad.message in first.message, str(error)
    assert (place.file, f"{place.line}:{place.column}") == (str(file), bad.at), str(error)
    assert bad.advice in str(error)
    assert len(error.problems) == bad.problems, str(error)


def test_the_table_is_large_and_its_good_files_are_good(tmp_path: Path) -> None:
    """The files that the table changes are good, so that each change alone is bad."""
    assert len(BAD) + len(BAD_CELLS) >= 70
    assert len(set(_ids(BAD))) == len(BAD)
    assert {bad.what for bad in BAD} >= SAMPLE
    _written(tmp_path, CELL, "mine.yaml")
    for text in (ONE_UNIT, TWO_UNITS, OWN_CELL):
        _good(tmp_path, text)
    for weights in ("zeros}, hidden: 1", "uniform, seed: 3, low: -2, high: 2}, hidden: 1"):
        _good(tmp_path, f"{NO_WEIGHTS}weights: {{init: {{scheme: {weights}}}\n")


@pytest.mark.parametrize("bad", BAD, ids=_ids(BAD))
def test_a_bad_scenario_is_refused_with_its_position(bad: Bad, tmp_path: Path) -> None:
    """The first problem says what is wrong, and points at it in the scenario file."""
    path = _written(tmp_path, bad.text)
    _check(_refused(path), path, bad)


@pytest.mark.parametrize("bad", BAD_CELLS, ids=_ids(BAD_CELLS))
def test_a_bad_cell_is_refused_with_its_position(bad: Bad, tmp_path: Path) -> None:
    """A problem of a cell file that a scenario names points into the cell file."""
    path = _written(tmp_path, bad.text, "mine.yaml")
    _check(_refused(_written(tmp_path, OWN_CELL)), path, bad)


@pytest.mark.parametrize("gate", "aifo")
@pytest.mark.parametrize("block", "WUb")
@pytest.mark.parametrize("units", [1, 2])
def test_every_entry_of_wrong_shape_is_named(
    units: int, block: str, gate: str, tmp_path: Path
) -> None:
    """Whichever block and gate is too large is blamed, alone, on its own line."""
    lines = ["cell: lstm", "inputs: [[1, 2]]", f"labels: [{[0.5] * units}]", "weights:"]
    for name, columns in (("W", 2), ("U", units), ("b", 0)):
        lines.append(f"  {name}:")
        for letter in "aifo":
            size = units + ((name, letter) == (block, gate))
            lines.append(
                f"    {letter}: {[[0.1] * columns] * size if columns else [0.1] * size}"
            )
    error = _refused(_written(tmp_path, "\n".join(lines)))
    first = error.problems[0]
    line = 1 + lines.index(f"  {block}:") + 1 + "aifo".index(gate)
    assert (first.place.line, first.place.column) == (line, 8)
    assert first.message.startswith(f"weights.{block}.{gate} has {units + 1} ")
    assert first.expected == f"{units}, as set by labels.0 (line 3)"
    assert len(error.problems) == 1


def test_a_block_that_is_wrong_as_a_whole_is_blamed_for_it(tmp_path: Path) -> None:
    """Four gates that agree with each other do not outvote all the other entries."""
    start, end = TWO_UNITS.index("  U:"), TWO_UNITS.index("  b:")
    large = "".join(f"    {gate}: {[[1, 2, 3]] * 3}\n" for gate in "aifo")
    error = _refused(_written(tmp_path, f"{TWO_UNITS[:start]}  U:\n{large}{TWO_UNITS[end:]}"))
    assert [problem.place.line for problem in error.problems] == [11, 12, 13, 14]
    assert all("3 rows and 3 columns" in problem.message for problem in error.problems)


def test_all_problems_are_reported_in_file_order(tmp_path: Path) -> None:
    """A misspelled key does not hide wrong sizes, numbers, losses and rates elsewhere."""
    text = one("0.5, 3", "0.5, .nan") + "loss: none\nlerning_rate: 1\ntruncate: 0\n"
    text = text.replace("i: [0.95, 0.8]", "i: [0.95]").replace("b: {a: 0.2, ", "b: {")
    places = [str(problem.place) for problem in _refused(_written(tmp_path, text)).problems]
    path = tmp_path / "bad.yaml"
    assert places == [f"{path}:{at}" for at in ("2:24", "7:8", "11:3", "12:7", "13:1", "14:11")]


def test_problems_before_a_syntax_error_are_reported_too(tmp_path: Path) -> None:
    """Reading stops at a syntax error, but says what was wrong before it."""
    text = one("a: 0.15", "a: &x 0.15") + "cell: gru\ntitle: a: b\n"
    places = [problem.place.line for problem in _refused(_written(tmp_path, text)).problems]
    assert places == [10, 12, 13]


def test_very_many_problems_are_counted_but_not_all_shown(tmp_path: Path) -> None:
    """A file that is wrong everywhere does not flood the screen."""
    text = f"cell: lstm\ninputs: [{'.nan, ' * 5_000}1]\nlabels: [1]\nweights: {{}}\n"
    error = _refused(_written(tmp_path, text))
    assert len(error.problems) == MOST + 1
    assert error.problems[-1].message == f"and {5_000 - MOST + 2:,} more problems"
    assert error.count == 5_000 + 2


@pytest.mark.parametrize("name", ["out", "gates", "elta"])
def test_a_gate_whose_gradient_would_have_another_ones_name_is_refused(
    name: str, tmp_path: Path
) -> None:
    """Two steps with one id, such as dout@0, would make one value of two."""
    text = (
        CELL.replace("_a", f"_{name}")
        .replace(" a[t]", f" {name}[t]")
        .replace("  a:", f"  {name}:")
    )
    _written(tmp_path, text, "mine.yaml")
    (problem,) = _refused(_written(tmp_path, OWN_CELL)).problems
    assert (problem.place.file, problem.place.line) == (str(tmp_path / "mine.yaml"), 11)
    assert problem.message == f"the gradient of {name} would be d{name}, a name in use"


def test_problems_of_a_cell_file_are_counted_with_the_others(tmp_path: Path) -> None:
    """What is not shown of a cell counts, also where the scenario has problems itself."""
    unknown = "".join(f"extra{number}: 1\n" for number in range(100))
    _written(tmp_path, f"{CELL}{unknown}", "cell.yaml")
    text = "cell: cell.yaml\ninputs: [.nan, .nan]\nlabels: [1, 1]\nweights: {}\n"
    error = _refused(_written(tmp_path, text))
    assert error.count == 100 + 2
    assert error.count == sum(problem.count for problem in error.problems)


def _no_file(path: Path) -> None:
    pass


def _directory(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _too_large(path: Path) -> None:
    path.write_text(ONE_UNIT + "#" * LARGEST)


def _no_permission(path: Path) -> None:
    path.write_text(ONE_UNIT)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file")


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_no_file, "there is no such scenario file"),
        (_directory, "this is a directory, not a file"),
        (_pipe, "this is not a regular file"),
        (_too_large, "at most 262,144 are read"),
        (_no_permission, "no permission to read it"),
    ],
)
def test_what_cannot_be_read_is_named(
    make: Callable[[Path], None], message: str, tmp_path: Path
) -> None:
    """What is no readable file of the right size is refused by name, and not waited for."""
    path = tmp_path / "bad.yaml"
    make(path)
    (problem,) = _refused(path).problems
    assert (problem.place.file, problem.place.line) == (str(path), None)
    assert message in problem.message


@pytest.mark.parametrize(
    ("content", "at"),
    [
        (ONE_UNIT.encode("utf-16"), (1, 1)),
        (ONE_UNIT.encode() + "title: café\n".encode("latin-1"), (12, 11)),
        (ONE_UNIT.encode() + "title: café ".encode() + b"\xff\n", (12, 13)),
    ],
    ids=["UTF-16", "Latin-1", "a single byte"],
)
def test_a_file_that_is_not_utf_8_is_refused(
    content: bytes, at: tuple[int, int], tmp_path: Path
) -> None:
    """The byte that is no UTF-8 is shown with its line and its column in characters."""
    (problem,) = _refused(_written(tmp_path, content)).problems
    assert (problem.place.line, problem.place.column) == at
    assert "is not UTF-8 text" in problem.message
    assert problem.remedy == "save the file as UTF-8"


def test_a_name_that_is_neither_bundled_nor_a_file_is_refused() -> None:
    """A misspelled bundled name is answered with the nearest one."""
    (problem,) = _refused(Path("two-unit")).problems
    assert problem.remedy == "did you mean 'two-units'?"


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_no_file, "mine.yaml: there is no such cell file"),
        (_directory, "mine.yaml: this is a directory, not a file"),
        (_pipe, "mine.yaml: this is not a regular file"),
        (_too_large, "at most 262,144 are read"),
    ],
)
def test_a_cell_file_that_cannot_be_read_is_reported_where_it_is_named(
    make: Callable[[Path], None], message: str, tmp_path: Path
) -> None:
    """The position is that of the entry which names the cell file."""
    make(tmp_path / "mine.yaml")
    path = _written(tmp_path, OWN_CELL)
    (problem,) = _refused(path).problems
    assert str(problem.place) == f"{path}:1:7"
    assert message in problem.message


def _arrays(**changed: Any) -> dict[str, Any]:
    """Return good stacked weights of one unit and two inputs, with some changed or left out."""
    arrays = {"W": np.ones((4, 2)), "U": np.ones((4, 1)), "b": np.ones(4)} | changed
    return {name: array for name, array in arrays.items() if array is not None}


BAD_WEIGHTS: list[tuple[str, dict[str, Any], str]] = [
    (
        "unknown name",
        _arrays(V=np.ones(4)),
        "the cell lstm has no array 'V'; known are W, U, b",
    ),
    ("unnamed", {"arr_0": np.ones(4)}, "the cell lstm has no array 'arr_0'"),
    ("no U", _arrays(U=None), "it lacks the array U, or one per gate (U_a, …)"),
    ("no W_f", _arrays(W=None, W_a=[[1, 2]], W_i=[[1, 2]]), "one per gate (W_f, …)"),
    ("W and W_a", _arrays(W_a=np.ones((1, 2))), "it holds W and W_a"),
    ("three gates", _arrays(W=np.ones((3, 2))), "W has shape 3 × 2; its first axis must hold"),
    ("no gates", _arrays(U=1.0), "U has shape a single number"),
    ("W of three inputs", _arrays(W=np.ones((4, 1, 3))), "W in 'w.npz' has 3 columns"),
    ("U of two units", _arrays(U=np.ones((8, 2))), "U in 'w.npz' has 2 rows and 2 columns"),
    ("axes too many", _arrays(b=np.ones((4, 1, 1))), "b in 'w.npz' has shape 1 × 1"),
    ("empty", _arrays(W=np.ones((4, 0))), "the array W is empty"),
    ("NaN", _arrays(b=np.array([1, np.nan, 1, 1])), "b[1] is nan, not a finite number"),
    ("text", _arrays(b=np.array(["a"] * 4)), "b holds something other than real numbers"),
    ("complex", _arrays(b=np.array([1j] * 4)), "b holds something other than real numbers"),
    ("pickle", _arrays(b=np.array([1, None], object)), "b cannot be read as plain numbers"),
]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [case[1:] for case in BAD_WEIGHTS],
    ids=[case[0] for case in BAD_WEIGHTS],
)
def test_a_bad_weights_file_is_reported_where_it_is_named(
    arrays: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """The message names the array; the position is that of the entry with the file's name."""
    np.savez(tmp_path / "w.npz", **arrays)
    path = _written(tmp_path, NO_WEIGHTS + "weights: {file: w.npz}\n")
    (problem,) = _refused(path).problems
    assert str(problem.place) == f"{path}:4:17"
    assert message in problem.message


def _text(path: Path) -> None:
    path.write_text("hello")


def _one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.ones(4))


def _cut_off(path: Path) -> None:
    np.savez(path, **_arrays())
    path.write_bytes(path.read_bytes()[:200])


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_no_file, "there is no such weights file"),
        (_directory, "this is a directory"),
        (_pipe, "this is not a regular file"),
        (_text, "it is not a NumPy .npz file"),
        (_one_array, "it is not a NumPy .npz file"),
        (_cut_off, "it is not a NumPy .npz file, or damaged"),
    ],
)
def test_a_weights_file_that_cannot_be_read_is_reported_where_it_is_named(
    make: Callable[[Path], None], message: str, tmp_path: Path
) -> None:
    """What is no weights file is refused by name, and not waited for."""
    make(tmp_path / "w.npz")
    path = _written(tmp_path, NO_WEIGHTS + "weights: {file: w.npz}\n")
    (problem,) = _refused(path).problems
    assert str(problem.place) == f"{path}:4:17"
    assert message in problem.message


def test_a_good_weights_file_is_read(tmp_path: Path) -> None:
    """The arrays that the bad weights files change are good."""
    np.savez(tmp_path / "w.npz", **_arrays())
    _good(tmp_path, NO_WEIGHTS + "weights: {file: w.npz}\n")


_SAMPLED = [bad for bad in BAD if bad.what in SAMPLE]


@pytest.mark.parametrize("bad", _SAMPLED, ids=_ids(_SAMPLED))
def test_the_command_reports_a_bad_scenario(bad: Bad, tmp_path: Path) -> None:
    """`validate` exits with 1 and says where, without a traceback or a raw escape sequence."""
    path = _written(tmp_path, bad.text)
    done = invoke("validate", str(path))
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: {path}:{bad.at}: ")
    assert bad.message in done.err
    assert "Traceback" not in done.err
    assert "\x1b" not in done.err


def test_the_command_reports_a_bad_cell(tmp_path: Path) -> None:
    """`validate` of a scenario points into the cell file that it names."""
    cell_file = _written(tmp_path, cell("tanh(", "softplus("), "mine.yaml")
    done = invoke("validate", str(_written(tmp_path, OWN_CELL)))
    assert done.code == 1
    assert done.err.startswith(f"error: {cell_file}:11:10: unknown function softplus")


def test_numbers_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    """An exponent needs no point, a point no digit before it, and a sign may be a plus."""
    scenario = _good(tmp_path, one("[[1, 2], [0.5, 3]]", "[[1e-3, -.2], [+1.5, 0o17]]"))
    np.testing.assert_array_equal(scenario.inputs, [[1e-3, -0.2], [1.5, 15]])


@pytest.mark.parametrize("word", ["no", "on", "off", "yes", "y", "12:30", "2001-01-01", "1_0"])
def test_words_that_only_yaml_1_1_reads_otherwise_are_text(word: str, tmp_path: Path) -> None:
    """What an older YAML takes for a truth value, a time or a date is text."""
    assert _good(tmp_path, f"title: {word}\n{ONE_UNIT}").title == word


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + ONE_UNIT.encode(),
        ONE_UNIT.replace("\n", "\r\n").encode(),
        f"---\n{ONE_UNIT}...\n".encode(),
        ("title: λ “quoted” naïve 日本語\n" + ONE_UNIT).encode(),
        one("[0.5, 1.25]", "[null, 1.25]").encode(),
        one("[0.5, 1.25]", "\n- \n- 1.25").encode(),
    ],
    ids=[
        "byte order mark",
        "CR LF",
        "explicit document",
        "non-ASCII",
        "null label",
        "no label",
    ],
)
def test_unusual_but_good_files_are_read(content: bytes, tmp_path: Path) -> None:
    """What editors add, and what the format allows, is no problem."""
    _good(tmp_path, content)


def test_positions_count_lines_as_editors_do() -> None:
    """Only CR, LF and CR LF end a line; columns count characters."""
    document = parse("a: é\r\nb:\r  - [é, 2]\nc: 3\n", "file", "scenario")
    assert [
        (p.line, p.column) for p in (document.place(("b", 0, 1)), document.place(("c",)))
    ] == [
        (3, 9),
        (4, 4),
    ]


_BUNDLED = (folder() / "two-units.yaml").read_text("utf-8")
_LETTERS = st.one_of(
    st.sampled_from(string.punctuation + " \t\n\r0123456789aeUW"),
    st.characters(codec="utf-8"),
)


@st.composite
def _mutations(draw: st.DrawFn) -> str:
    """Delete, repeat or replace random characters or lines of a bundled scenario."""
    parts = list(_BUNDLED)
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            parts = "".join(parts).splitlines(keepends=True)
        else:
            parts = list("".join(parts))
        if not parts:
            break
        at = draw(st.integers(0, len(parts) - 1))
        replacements = [[], [parts[at]] * 2, [draw(_LETTERS)]]
        parts[at : at + 1] = draw(st.sampled_from(replacements))
    return "".join(parts)


@given(text=st.one_of(st.text(_LETTERS), _mutations(), _mutations()))
def test_any_text_either_loads_or_is_refused(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever is in a file, it is computed, or refused with problems that can be shown."""
    path = _written(tmp_path_factory.getbasetemp(), text, "any.yaml")
    try:
        compute(load(str(path)))
    except NotFinite as error:
        assert error.id
    except BadInput as error:
        assert error.problems
        assert all(problem.place.line and problem.lines() for problem in error.problems)
