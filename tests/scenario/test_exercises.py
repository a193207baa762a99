"""Exercises of courses and programs: read as they are, or refused with what to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import invoke
from numpy.typing import NDArray

from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

Array = NDArray[Any]
BATCH, STEPS, INPUTS, HIDDEN = 3, 4, 2, 2
TOP = "inputs: {file: d.npz, name: x, axes: [batch, time, input]}\n"
WEIGHTS = "weights: {file: d.npz, dialect: pytorch}\n"


def _arrays(folder: Path, **more: Array) -> dict[str, Array]:
    random = np.random.default_rng(6)
    arrays = {
        "x": random.normal(size=(BATCH, STEPS, INPUTS)),
        "weight_ih_l0": random.normal(size=(4 * HIDDEN, INPUTS)),
        "weight_hh_l0": random.normal(size=(4 * HIDDEN, HIDDEN)),
        "bias_ih_l0": random.normal(size=4 * HIDDEN),
        "bias_hh_l0": random.normal(size=4 * HIDDEN),
        **more,
    }
    np.savez(folder / "d.npz", **arrays)  # type: ignore[arg-type]
    return arrays


def _written(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("axes", "shape"),
    [("batch, hidden", (BATCH, HIDDEN)), ("hidden, batch", (HIDDEN, BATCH))],
)
def test_labels_without_an_axis_of_time_stand_at_the_last_step(
    axes: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    """As those of many-to-one models do; and so does a gradient from outside."""
    y = np.random.default_rng(1).normal(size=shape)
    _arrays(tmp_path, y=y)
    entry = f"{{file: d.npz, name: y, axes: [{axes}]}}"
    scenario = load(_written(tmp_path, f"cell: lstm\n{TOP}labels: {entry}\n{WEIGHTS}"))
    assert scenario.labelled_times == [STEPS - 1]
    expected = y.T if shape[0] == BATCH else y
    np.testing.assert_array_equal(scenario.labels[-1], expected)
    scenario = load(_written(tmp_path, f"cell: lstm\n{TOP}upstream: {{h: {entry}}}\n{WEIGHTS}"))
    assert scenario.upstream["h"].times == [STEPS - 1]
    np.testing.assert_array_equal(compute(scenario).find("upstream_h@3").value, expected)


def test_classes_of_sequences_stand_at_the_last_step(tmp_path: Path) -> None:
    """One whole number a sequence, as a classifier's labels are."""
    weight = np.random.default_rng(2).normal(size=(3, HIDDEN))
    _arrays(tmp_path, y=np.array([2, 0, 1]), **{"fc.weight": weight, "fc.bias": np.zeros(3)})
    text = f"model: [lstm, softmax]\nloss: cross-entropy\nmean: [batch]\n{TOP}"
    text += f"labels: {{file: d.npz, name: y, axes: [batch]}}\n{WEIGHTS}"
    trace = compute(load(_written(tmp_path, text)))
    scores = weight @ trace.find("h@3").value
    shares = np.exp(scores) / np.exp(scores).sum(0)
    expected = -np.log(shares[[2, 0, 1], [0, 1, 2]]).mean()
    assert trace.loss_before == pytest.approx(expected)


def test_one_file_may_hold_all_that_a_program_has(tmp_path: Path) -> None:
    """What other entries name is no stray array of weights; states have a manual's names."""
    states = {name: np.full((1, BATCH, HIDDEN), 0.25) for name in ("h0", "c0")}
    _arrays(tmp_path, target=np.zeros((BATCH, STEPS, HIDDEN)), **states)
    labels = "labels: {file: d.npz, name: target, axes: [batch, time, hidden]}\n"
    trace = compute(load(_written(tmp_path, f"cell: lstm\n{TOP}{labels}{WEIGHTS}")))
    assert (trace.find("C@-1").value == 0.25).all()
    answer = invoke("validate", _written(tmp_path, f"cell: lstm\n{TOP}{WEIGHTS}"))
    assert answer.code == 1
    assert "'target' belongs to no page" in " ".join(answer.err.split())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("model: [{page: lstm, direction: both, merge_mode: sum}]", "side by side"),
        ("model: [{page: lstm, return_sequences: false}]", "write null in 'labels'"),
        ("model: [{page: lstm, go_backwards: true}]", "write direction: backward"),
        ("model: [lstm, dense]", "write linear"),
        ("model: [embedding, lstm]", "write the vectors as 'inputs'"),
        ("model: [SimpleRNN]", "write rnn"),
        ("cell: lstm\nloss: mse", "write mean-squared-error"),
        ("cell: lstm\nloss: sparse_categorical_crossentropy", "write cross-entropy"),
        ("cell: lstm\nmask: [1, 0]", "write null in 'labels'"),
    ],
)
def test_what_others_call_it_is_refused_with_what_to_write(
    line: str, said: str, tmp_path: Path
) -> None:
    weights = "weights: {init: {scheme: uniform}, hidden: 2}"
    text = f"{line}\ninputs: [[1, 2], [3, 4]]\nlabels: [null, [1, 1]]\n{weights}\n"
    answer = invoke("validate", _written(tmp_path, text))
    assert answer.code == 1
    assert said in " ".join(answer.err.split())


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("inputs: {axes: [N, T, D], values: [[[1, 2]]]}", "write batch; the axes are called"),
        ("inputs: [1]\nweights: {W_h: 1, U: {h: 1}, b: {h: 0}}", "write W: {h: …}"),
        ("inputs: [1]\nweights: {W: {h: 1}, U: {h: 1}}", "write zeros where there are no"),
    ],
)
def test_other_ways_of_writing_are_refused_with_ours(
    entries: str, said: str, tmp_path: Path
) -> None:
    text = f"cell: rnn\n{entries}\n"
    if "weights" not in entries:
        text += "weights: {init: {scheme: uniform}, hidden: 2}\n"
    answer = invoke("validate", _written(tmp_path, text))
    assert answer.code == 1
    assert said in " ".join(answer.err.split())
