"""Updates, clipping and means: PyTorch's and Keras's numbers, and what a person may write.

data/optimisers.txt says how the table was made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import shown
from dumps import givens
from mistakes import OF_UPDATES
from models import built
from oracle import walked
from worlds import compared, sample

from lstm_tutor.algebra.parser import parse
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import sure
from lstm_tutor.execution.training import train
from lstm_tutor.execution.worlds import World
from lstm_tutor.files.problem import BadInput
from lstm_tutor.model.update_page import bundled_updates, load_update
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.plain import scenario_data, scenario_hash, scenario_yaml
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.scenario.schema import ScenarioFile
from lstm_tutor.trace.trace import compute

TABLE = json.loads((Path(__file__).parent / "data" / "optimisers.json").read_text("utf-8"))
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


P = ("W_h", "U_h", "b_h")
READOUT = (*P, "V", "by")
RNN: dict[str, Any] = {
    "cell": "rnn",
    "inputs": [[0.6, -1.1], [-0.45, 0.8], [1.2, 0.25]],
    "labels": [[0.25, -0.4], None, [-0.3, 0.6]],
    "weights": {"init": {"scheme": "uniform", "seed": 3}, "hidden": 2},
}
BATCH: dict[str, Any] = {
    **RNN,
    "inputs": [[[0.6, -1.1], [-0.45, 0.8]], [[0.1, 0.9], [1.2, 0.25]], [[1, 1], [0.5, 0.7]]],
    "labels": [[[1, 0], [0, 1]], [None, [0.5, 0.5]], [None, [0.2, -0.1]]],
}


def _scenario(**entries: Any) -> Scenario:
    return built({**RNN, **entries})


def _third_epoch(**entries: Any) -> Scenario:
    return list(train(_scenario(**entries), 3))[-1].scenario


def _each(target: str, formula: str, names: Iterable[str]) -> dict[str, str]:
    """Return a formula for each parameter, which stands for ~."""
    return {target.replace("~", name): formula.replace("~", name) for name in names}


@cache
def _tutor(scenario: str) -> Tutor:
    """Return who knows a bundled scenario, or the third epoch of one in JSON."""
    own = scenario.startswith("{")
    return Tutor(compute(_third_epoch(**json.loads(scenario)) if own else load(scenario)))


def _first_wrong(tutor: Tutor, wrong: Mapping[str, str], digits: int = 4) -> Any:
    """Return what is said of the first wrong number of a program with other formulas, of
    which the numbers of one parameter are handed in.
    """
    trace, cell = tutor.trace, tutor.trace.scenario.cell
    formulas = {name: parse(text, derived=True) for name, text in wrong.items()}
    values = {
        str(place): value
        for place, value in walked(trace.places, World(formulas, {}, False)).items()
        if not trace.places.is_term(place) and trace.places.rule(place).expression is not None
        if cell.weight_of(place.name) in ("", "W_h")
    }
    return tutor.diagnose(givens(values, digits)).first_wrong


ADAM = {"update": {"page": "adam", "epsilon": 0.01}}
MOMENTUM = {"update": "momentum"}
CLIP = {"clip": {"norm": 50}}
CLIP_VALUE = {"clip": {"value": 0.02}}
MEAN = {**BATCH, "mean": ["time", "batch"]}
LOSS = "sum((h[t] - y[t])**2) / 2"


PLANTED: list[tuple[Any, dict[str, str], str]] = [
    (
        "adagrad",
        _each("~'", "~ + lr * clipd~ / (sqrt(G~') + epsilon)", READOUT),
        "flip-sign",
    ),
    ("adagrad", _each("~'", "~ - lr * clipd~ / (G~' + epsilon)", READOUT), "drop-root"),
    ("adagrad", _each("~'", "~ - lr * d~ / (sqrt(G~') + epsilon)", READOUT), "-> dW_h"),
    (
        "adagrad",
        _each("~'", "~ - clipd~ / (sqrt(G~') + epsilon)", READOUT),
        "no-learning-rate",
    ),
    ("adagrad", _each("G~'", "G~ + clipd~", READOUT), "drop-power"),
    ("adagrad", _each("clipd~", "d~", READOUT), "not-clipped"),
    ("relu-explodes", {"scale": "1"}, "not-clipped"),
    ("relu-explodes", _each("clipd~", "d~", P), "drop-factor(scale)"),
    ("relu-explodes", _each("~'", "~ - lr * d~", P), "swap-symbol(clipdW_h -> dW_h)"),
    ("relu-explodes", {"norm": "sqrt(sum(dW_h**2) + sum(dU_h**2))"}, "drop-term"),
    (ADAM, _each("v~'", "(1 - beta2) * d~**2", P), "drop-term(beta2 * vW_h)"),
    (ADAM, _each("mhat~", "m~'", P), "scale(1 - beta1**epoch)"),
    (ADAM, _each("m~'", "(1 - beta1) * m~ + beta1 * d~", P), "shares-exchanged"),
    (ADAM, _each("~'", "~ - lr * mhat~ / sqrt(vhat~)", P), "drop-term(epsilon)"),
    (ADAM, _each("~'", "~ - lr * mhat~ / sqrt(vhat~ + epsilon)", P), "inside-the-root"),
    (ADAM, _each("vhat~", "v~' / (1 - beta1**epoch)", P), "swap-symbol(beta2 -> beta1)"),
    (MOMENTUM, _each("v~'", "d~", P), "drop-term(momentum * vW_h)"),
    (MOMENTUM, _each("~'", "~ - lr * v~", P), "swap-symbol(vW_h' -> vW_h)"),
    (MOMENTUM, _each("v~'", "momentum * v~ - lr * d~", P), "rate-in-the-velocity"),
    (MEAN, {"L": LOSS, "delta": "h[t] - y[t]"}, "L:scale(N)"),
    (MEAN, {"delta": "h[t] - y[t]"}, "delta:scale(N)"),
    (MEAN, {"L": f"{LOSS} / 3", "delta": "(h[t] - y[t]) / 3"}, "other-count(N -> 3)"),
    (BATCH, {"L": f"{LOSS} / 3", "delta": "(h[t] - y[t]) / 3"}, "/ 2 / 3"),
    (BATCH, {"delta": "(h[t] - y[t]) / 4"}, "delta:scale"),
    (CLIP_VALUE, _each("clipd~", "max(-limit, d~)", P), "clipped-at-one-end"),
    (CLIP, {"scale": "limit / norm"}, "always-scaled"),
]


@pytest.mark.parametrize(("scenario", "wrong", "named"), PLANTED)
def test_a_mistake_of_an_update_is_named(
    scenario: str | dict[str, Any], wrong: dict[str, str], named: str
) -> None:
    """As an edit of its page's equations, in those of all parameters at once."""
    name = scenario if isinstance(scenario, str) else json.dumps(scenario)
    first = _first_wrong(_tutor(name), wrong)
    assert first is not None
    assert named in first.diagnoses[0].mistake.id
    assert sure(first.diagnoses[0])


def test_every_kind_of_updates_is_planted() -> None:
    """Those that the corpus of whole programs cannot have."""
    for kind in OF_UPDATES:
        assert any(kind in named for _, _, named in PLANTED), kind


@pytest.mark.parametrize("entries", [ADAM, {**MOMENTUM, "clip": {"norm": 0.5}}, MEAN])
def test_a_world_of_an_update_is_the_walks(entries: dict[str, Any]) -> None:
    """A sample of mistakes, each walked alone, in the third epoch."""
    trace = compute(_third_epoch(**entries))
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
    assert said.startswith(f"{len(arrays)} values: {len(arrays)} right")


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
    third = _third_epoch(update="adam", clip={"norm": 0.5}, mean=["time"])
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


def test_a_mean_of_gradients_from_outside_is_refused() -> None:
    """There is no loss to average."""
    data = {**RNN, "upstream": {"h": [None, None, [1, 2]]}, "mean": ["time"]}
    del data["labels"]
    with pytest.raises(BadInput, match="no loss to average"):
        built(data)


@pytest.mark.parametrize("name", [*bundled_updates(), *bundled_updates(clip=True)])
def test_every_bundled_page_says_where_it_is_from(name: str) -> None:
    """Title, source and a caption for each equation."""
    page = load_update(name, Path(), clip=name in bundled_updates(clip=True))
    assert page.title and page.source and page.about
    assert all(equation.caption != equation.target for equation in page.equations)
