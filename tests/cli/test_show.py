"""What is bundled, printed: copied to a file it does what its name does."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import invoke

from lstm_tutor.dialects.catalog import notations
from lstm_tutor.model.catalog import bundled_cells, bundled_pages
from lstm_tutor.model.loss import losses
from lstm_tutor.model.update_page import CLIPPING, UPDATES
from lstm_tutor.scenario.catalog import bundled as scenarios
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario

CELLS = bundled_cells()
READOUTS = [name for name in bundled_pages() if name not in CELLS]
NAMES = {
    "page": [*bundled_pages(), *(one.stem for one in UPDATES.glob("*.yaml"))],
    "dialect": list(notations()),
    "loss": list(losses()),
    "scenario": list(scenarios()),
}


def _copied(folder: Path, name: str, kind: str) -> str:
    answer = invoke("show", name, "--kind", kind)
    assert answer.code == 0, answer.err
    (folder / "copy.yaml").write_text(answer.out, "utf-8")
    return "copy.yaml"


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_is_copied_is_the_cell(name: str, tmp_path: Path) -> None:
    _copied(tmp_path, name, "page")
    mine, theirs = (_scenario(tmp_path, f"cell: {page}") for page in ("copy.yaml", name))
    assert mine.cell.equations == theirs.cell.equations


@pytest.mark.parametrize("name", READOUTS)
def test_a_readout_that_is_copied_is_the_readout(name: str, tmp_path: Path) -> None:
    _copied(tmp_path, name, "page")
    mine, theirs = (
        _scenario(tmp_path, f"model: [rnn, {page}]", ", outputs: 3")
        for page in ("copy.yaml", name)
    )
    assert mine.cell.equations == theirs.cell.equations


@pytest.mark.parametrize("name", sorted(one.stem for one in UPDATES.glob("*.yaml")))
def test_an_update_that_is_copied_is_the_update(name: str, tmp_path: Path) -> None:
    _copied(tmp_path, name, "page")
    mine, theirs = (
        _scenario(tmp_path, f"cell: rnn\nlabels: [[1, 1]]\nupdate: {page}").updating.constants
        for page in ("copy.yaml", name)
    )
    assert mine == theirs


@pytest.mark.parametrize("name", NAMES["loss"])
def test_a_loss_that_is_copied_is_the_loss(name: str, tmp_path: Path) -> None:
    _copied(tmp_path, name, "loss")
    output = {"shares": "softmax", "classes": "sigmoid"}.get(losses()[name].labels, "linear")
    label = "[1]" if output == "softmax" else "[[1, 0]]"
    mine, theirs = (
        _scenario(
            tmp_path,
            f"model: [rnn, {output}]\nlabels: {label}\nloss: {page}",
            ", outputs: 2",
        ).loss.expression
        for page in ("copy.yaml", name)
    )
    assert mine == theirs


@pytest.mark.parametrize("name", NAMES["dialect"])
def test_a_dialect_that_is_copied_writes_as_the_dialect(name: str, tmp_path: Path) -> None:
    path = tmp_path / _copied(tmp_path, name, "dialect")
    once, again = (
        invoke("run", "one-step", "--notation", one).out for one in (name, str(path))
    )
    assert once.splitlines()[3:] == again.splitlines()[3:]


@pytest.mark.parametrize("name", NAMES["scenario"])
def test_a_scenario_that_is_copied_computes_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / _copied(tmp_path, name, "scenario")
    mine, theirs = load(str(path)), load(name)
    assert (mine.title, mine.cell.equations) == (theirs.title, theirs.cell.equations)
    assert all((mine.parameters[key] == own).all() for key, own in theirs.parameters.items())


def test_all_that_is_bundled_can_be_shown() -> None:
    for kind, names in NAMES.items():
        for name in names:
            assert invoke("show", name, "--kind", kind).code == 0
    for path in CLIPPING.glob("*.yaml"):
        assert invoke("show", path.stem).out == path.read_text("utf-8")


def _scenario(folder: Path, top: str, outputs: str = "") -> Scenario:
    path = folder / "mine.yaml"
    path.write_text(
        f"{top}\ninputs: [[1, 2]]\n"
        f"weights: {{init: {{scheme: uniform}}, hidden: 2{outputs}}}\n",
        "utf-8",
    )
    return load(str(path))
