"""Updates, clipping and means: PyTorch's and Keras's numbers, and what a person may write.

data/optimisers.txt says how the table was made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import shown
from mistakes import OF_UPDATES
from models import built
from update_mistakes import ADAM, BATCH, MEAN, MOMENTUM, PLANTED, RNN, missed, third_epoch
from worlds import compared, sample

from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.execution.training import train
from lstm_tutor.files.problem import BadInput
from lstm_tutor.model.update_page import bundled_updates, load_update
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.plain import scenario_data, scenario_hash, scenario_yaml
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.scenario.schema import ScenarioFile
from lstm_tutor.trace.trace import compute

TABLE = json.loads((Path(__file__).parents[1] / "data" / "optimisers.json").read_text("utf-8"))
CASES: list[dict[str, Any]] = TABLE["cases"]


def _title(case: dict[str, Any]) -> str:
    said = json.dumps([case["scenario"].get(key) for key in ("update", "clip", "mean")])
    return said[:60]


def _after(scenario: Scenario, epochs: int) -> tuple[list[float], Scenario]:
    """Return the loss before each epoch's update, and the scenario as it is after them."""
    every = list(train(scenario, epochs + 1))
    return [epoch.loss for epoch in every[:-1]], every[-1].scenario


def _near(found: Any, expected: Any, tolerance: float = 1e-12) -> bool:
    wanted = np.asarray(expected)
    own = np.asarray(found).reshape(wanted.shape)
    return bool(np.abs(own - wanted).max() <= tolerance * max(1e-3, np.abs(wanted).max()))


@pytest.mark.parametrize("case", CASES, ids=_title)
def test_the_epochs_are_those_of_the_framework(case: dict[str, Any]) -> None:
    """Losses, the first gradient, weights and what the update keeps."""
    scenario = built(case["scenario"])
    losses, last = _after(scenario, TABLE["epochs"])
    near = case["near"]
    assert _near(losses, case["losses"], near)
    assert _near(compute(scenario).find("dW_h").value, case["dW"])
    names = {"W": "W_h", "U": "U_h", "b": "b_h", "V": "V", "by": "by"}
    for name, values in case["weights"].items():
        assert _near(last.parameters[names[name]], values, near), name
    for state, each in case["state"].items():
        for name, values in each.items():
            assert _near(last.updating.kept[state[:-1] + names[name]], values), (state, name)


@pytest.mark.parametrize("case", CASES, ids=_title)
def test_an_epoch_shown_is_the_epoch_trained(case: dict[str, Any]) -> None:
    """The steps of the third epoch start where the second one ended, and end as the third."""
    scenario = built(case["scenario"])
    every = list(train(scenario, 4))
    trace = compute(every[2].scenario)
    assert trace.loss_before == pytest.approx(every[2].loss, rel=1e-12)
    assert trace.loss_after == pytest.approx(every[3].loss, rel=1e-12)
    for name, value in {
        **every[3].scenario.parameters,
        **every[3].scenario.updating.kept,
    }.items():
        assert _near(trace.parameters[f"{name}'"], value), name


def _scenario(**entries: Any) -> Scenario:
    return built({**RNN, **entries})


@pytest.mark.long
@pytest.mark.parametrize(("scenario", "wrong", "named"), PLANTED[::5])
def test_a_mistake_of_an_update_is_named(
    scenario: str | dict[str, Any], wrong: dict[str, str], named: str
) -> None:
    """As an edit of its page's equations, in those of all parameters at once; a sample."""
    assert missed(scenario, wrong, named) == ""


def test_every_kind_of_updates_is_planted() -> None:
    """Those that the corpus of whole programs cannot have."""
    for kind in OF_UPDATES:
        assert any(kind in named for _, _, named in PLANTED), kind


@pytest.mark.parametrize("entries", [ADAM, {**MOMENTUM, "clip": {"norm": 0.5}}, MEAN])
def test_a_world_of_an_update_is_the_walks(entries: dict[str, Any]) -> None:
    """A sample of mistakes, each walked alone, in the third epoch."""
    trace = compute(third_epoch(**entries))
    assert compared(trace, sample(trace, 40, seed=1)).differences == []


@pytest.mark.parametrize("name", ["adagrad", "relu-explodes"])
def test_gradients_clipped_in_place_are_right_under_their_old_name(
    name: str, tmp_path: Path
) -> None:
    """As most frameworks do: `dW` is then the clipped gradient."""
    trace = compute(load(name))
    arrays = {f"d{n}": trace.parameters[f"clipd{n}"] for n in trace.scenario.parameters}
    arrays |= {f"{n}_new": trace.parameters[f"{n}'"] for n in trace.scenario.parameters}
    np.savez(tmp_path / "own.npz", **arrays)  # type: ignore[arg-type]  # numpy's stubs
    said = shown("check", str(tmp_path / "own.npz"), "--scenario", name)
    assert f"\n{len(arrays)} values: {len(arrays)} right\n" in said


@pytest.mark.parametrize(
    ("mean", "count"),
    [([], 8.0), (["time"], 2.0), (["batch"], 3.0), (["time", "batch"], 4.0)],
)
def test_a_mean_is_over_what_has_a_label(mean: list[str], count: float) -> None:
    """N counts labelled time steps, sequences with a label, or labels; else all entries."""
    scenario = built({**BATCH, **({"mean": mean} if mean else {})})
    assert scenario.constants["N"] == count
    total = compute(built(BATCH)).loss_before
    assert total is not None
    assert compute(scenario).loss_before == pytest.approx(total / count if mean else total)


def test_a_mean_divides_the_gradient_by_the_rules_alone() -> None:
    """Softmax and cross-entropy read (p - y) / N, and the loss has its N."""
    data = {**RNN, "model": ["rnn", "softmax"], "loss": "cross-entropy", "labels": [1, 0, 1]}
    data["weights"] = {**data["weights"], "outputs": 2}
    del data["cell"]
    program = compute(built({**data, "mean": ["time"]})).program
    found = {e.target: show(e.expression, PLAIN) for e in program.equations() if e.expression}
    assert found["ds"] == "(p[t] - y[t]) / N"
    assert program.loss.expression is not None
    assert show(program.loss.expression, PLAIN) == "-sum(y[t] * log(p[t])) / N"


def test_an_own_page_says_what_is_kept_and_where_it_starts(tmp_path: Path) -> None:
    """With settings that the scenario changes; it travels with the scenario's file."""
    (tmp_path / "own.yaml").write_text(
        "title: Own\nsettings: {share: 0.5}\ninitial: {qw: 2}\nlearning_rate: 0.25\n"
        "equations: |\n  qw' = share * qw + dw**2    # kept\n  w' = w - lr * dw / qw'\n"
    )
    text = json.dumps({**RNN, "update": {"page": "own.yaml", "share": 0.75}})
    (tmp_path / "scenario.yaml").write_text(text)
    trace = compute(load(str(tmp_path / "scenario.yaml")))
    assert trace.scenario.learning_rate == 0.25
    assert trace.find("qW_h").value.tolist() == [[2, 2], [2, 2]]
    slope = trace.find("dW_h").value
    assert trace.find("qW_h'").value == pytest.approx(1.5 + slope**2)
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    (alone / "again.yaml").write_text("\n".join(scenario_yaml(trace.scenario)))
    again = load(str(alone / "again.yaml"))
    assert scenario_hash(again) == scenario_hash(trace.scenario)


def test_what_is_kept_is_written_with_its_scenario() -> None:
    """So that the third epoch can be handed on: accumulators and the number of the epoch."""
    third = third_epoch(update="adam", clip={"norm": 0.5}, mean=["time"])
    known = {k: v for k, v in scenario_data(third).items() if k in ScenarioFile.model_fields}
    again = built({key: value for key, value in known.items() if value is not None})
    assert again.updating.epoch == 3
    assert compute(again).loss_after == compute(third).loss_after
    assert scenario_hash(again) == scenario_hash(third) != scenario_hash(_scenario())


def test_the_norm_is_of_all_gradients_together() -> None:
    """Of both layers and the readout."""
    data = {**RNN, "model": ["rnn", "gru", "linear"], "clip": {"norm": 0.1}}
    del data["cell"]
    data["weights"] = {**RNN["weights"], "outputs": 2}
    trace = compute(built(data))
    every = [
        trace.parameters[f"{n[: n.rfind('.') + 1]}d{n[n.rfind('.') + 1 :]}"]
        for n in trace.scenario.parameters
    ]
    norm = np.sqrt(sum(np.sum(slope**2) for slope in every))
    assert trace.find("norm").value == pytest.approx(norm)
    assert trace.find("l1.clipdW_h").value == pytest.approx(
        trace.find("l1.dW_h").value * 0.1 / norm
    )


SGD = {"equations": "w' = w - lr * dw"}


@pytest.mark.each
@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"update": "adm"}, "did you mean 'adam'?"),
        ({"update": "rmsprop"}, "write its equations in a file"),
        ({"update": 5}, "a path, or {page: …}"),
        ({"update": {"beta1": 0.9}}, "update names no page"),
        ({"update": {"page": "adam", "betas": [0.9, 0.99]}}, "write beta1 and beta2"),
        ({"update": {"page": "adam", "lr": 1}}, "write learning_rate beside 'update'"),
        ({"update": {"page": "adagrad", "initial": {"G": 1}}}, "did you mean 'Gw'?"),
        ({"update": {"page": "adagrad", "initial": {"Gw": {"W": {}}}}}, "does not fit W_h"),
        ({"update": {"page": "adam", "epoch": 0}}, "a whole number from 1 on"),
        ({"update": {"page": "adam", "beta1": True}}, "update.beta1 is"),
        ({"optimizer": "adam"}, "write update: adam"),
        ({"clip_norm": 5}, "write clip: {norm: 5}"),
        ({"reduction": "mean"}, "write mean: [time, batch]"),
        ({"momentum": 0.9}, "write update: {page: momentum"),
        ({"clip": 5}, "{value: 5} or {norm: 5}"),
        ({"clip": {"value": -1}}, "a number above 0"),
        ({"clip": {"value": 1, "norm": 1}}, "clip has both limits"),
        ({"clip": {"valu": 1}}, "did you mean 'value'?"),
        ({"mean": "time"}, "a list of axes"),
        ({"mean": ["tim"]}, "did you mean 'time'?"),
        ({"mean": ["time"], "loss": "mean-squared-error"}, "divided by N already"),
        ({"update": {"equations": "w' = w - lr * dv"}}, "dv is not computed"),
        ({"update": {"equations": "m' = dw\nw' = w - lr * dw"}}, "a name that ends in w"),
        ({"update": {"equations": "w' = w - lr * mw'\nmw' = dw"}}, "move its equation up"),
        ({"update": {"equations": "w' = w - lr * dw @ w"}}, "joins the last axis"),
        ({"update": {"equations": "nw' = dw"}}, "no equation computes w'"),
        ({"update": {"equations": "w' = w - lr * dw[t]"}}, "has no place in an update"),
        ({"update": {"equations": "w' = w - lr * dw", "settings": {"raw": 1}}}, "ends in w"),
        ({"update": {"equations": "w' = w - W * dw", "settings": {"W": 1}}}, "both have a W"),
        ({"clip": {"equations": "w' = w"}}, "no equation computes clipdw"),
        ({"update": {**SGD, "learning_rate": float("inf")}}, "a number above 0"),
        ({"update": {**SGD, "settings": {"share": float("nan")}}}, "settings.share"),
    ],
)
def test_what_does_not_fit_is_told_with_its_position(
    entries: dict[str, Any], said: str
) -> None:
    """What is wrong, what was expected, and what to write instead."""
    with pytest.raises(BadInput) as error:
        _scenario(**entries)
    problems = error.value.problems
    assert any(said in f"{p.message}; {p.expected}; {p.remedy}" for p in problems)
    assert all(problem.place.line for problem in problems)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"upstream": {"h": [None, None, [1, 2]]}}, "gradients come from outside, and"),
        ({}, "there are no labels, and"),
    ],
)
@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("mean", ["time"], "there is no loss to average"),
        ("clip", {"norm": 1}, "weights are not updated"),
        ("update", "adam", "weights are not updated"),
    ],
)
def test_what_needs_a_loss_is_refused_without_labels(
    given: dict[str, Any], why: str, key: str, value: Any, what: str
) -> None:
    """Both where gradients come from outside, and where there are none."""
    data = {**RNN, **given, key: value}
    del data["labels"]
    with pytest.raises(BadInput, match=f"{why} {what}"):
        built(data)


@pytest.mark.parametrize("name", [*bundled_updates(), *bundled_updates(clip=True)])
def test_every_bundled_page_says_where_it_is_from(name: str) -> None:
    """Title, source and a caption for each equation."""
    page = load_update(name, Path(), clip=name in bundled_updates(clip=True))
    assert page.title and page.source and page.about
    assert all(equation.caption != equation.target for equation in page.equations)
