"""The JSON of a check: its schema, and that its formulas are in the formula language."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import invoke, known
from documents import schema
from dumps import printed
from jsonschema import Draft202012Validator
from mistakes import MISTAKES, outputs, right_outputs

from lstm_tutor.algebra.parser import parse
from lstm_tutor.diagnosis.judgement import Status
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

ROOT = Path(__file__).parents[2]
SCHEMA = schema("check")
NOTEBOOK = ROOT / "tests" / "data" / "seed-notebook.txt"
STATUSES = SCHEMA["$defs"]["value"]["properties"]["status"]["enum"]


def _planted(name: str) -> str:
    return printed(outputs(next(item for item in MISTAKES if item.name == name), "two-units"))


def _gru() -> str:
    """What a right program of the GRU prints, with h[0] in the place of h[1]."""
    trace = compute(load("gru-two-units"))
    values = {step.id: step.value for step in trace if step.phase != "given" and not step.rows}
    return printed({**values, "h@1": values["h@0"]})


SOURCES: dict[str, tuple[str, Callable[[], str]]] = {
    "right": ("two-units", lambda: printed(right_outputs("two-units"))),
    "systematic": ("two-units", lambda: _planted("dC-no-carry")),
    "family": ("two-units", lambda: _planted("no-carries")),
    "gru": ("gru-two-units", _gru),
    "not recognised": ("gomez", lambda: "cycles = 5121\nloss[0] = nan\nh0 = 0.5363\n"),
    "rounded": ("gomez", lambda: "C@1 = 1.5176\ndW_a = [-0.0267, -0.0923]\nh@1 = 0.77\n"),
    "coarse": ("gomez", lambda: "da@0 = -0.02\n"),
    "notebook": ("gomez", lambda: NOTEBOOK.read_text("utf-8")),
}
every_source = pytest.mark.parametrize("source", SOURCES)


@cache
def checked(source: str) -> dict[str, Any]:
    """Return what `check --format json` prints of a source."""
    scenario, text = SOURCES[source]
    answer = known(
        *("check", "-", "--scenario", scenario, "--format", "json"), lines=text().encode()
    )
    assert answer.err == ""
    found: dict[str, Any] = json.loads(answer.out)
    bad = {"wrong", "right given"} & {value["status"] for value in found["values"]}
    assert answer.code == (1 if bad else 0)
    return found


@pytest.mark.long
@every_source
def test_every_report_fits_the_schema(source: str) -> None:
    """What `check --format json` prints is what docs/check.schema.json describes."""
    Draft202012Validator(SCHEMA).validate(checked(source))


@pytest.mark.long
@every_source
def test_formulas_are_in_the_formula_language(source: str) -> None:
    """Both right sides and the left side can be read back, and the two sides differ."""
    for diagnosis in checked(source)["diagnoses"]:
        for key in ("equation", "learner_formula", "right_formula"):
            parse(diagnosis[key], derived=True)
        assert diagnosis["learner_formula"] != diagnosis["right_formula"]


@every_source
def test_what_is_referred_to_is_there(source: str) -> None:
    """first_wrong, because and the ids of diagnoses are ids of wrong values."""
    report = checked(source)
    wrong = [value["id"] for value in report["values"] if value["status"] == "wrong"]
    blamed = {value["id"] for value in report["values"] if value["because"]} | set(wrong)
    assert report["first_wrong"] == (wrong[0] if wrong else None)
    assert {diagnosis["id"] for diagnosis in report["diagnoses"]} <= set(wrong)
    assert {value["because"] for value in report["values"]} - {None} <= blamed


@pytest.mark.long
def test_the_sources_show_every_status_and_scope() -> None:
    """So the schema is held against all that the format can say."""
    reports = [checked(source) for source in SOURCES]
    found = {value["status"] for report in reports for value in report["values"]}
    assert found == set(STATUSES)
    assert {d["scope"] for report in reports for d in report["diagnoses"]} == {
        "local",
        "systematic",
    }
    assert checked("family")["first_wrong"] is not None
    assert checked("gru")["diagnoses"]


def test_the_schema_knows_every_status() -> None:
    """Its list of words is the program's, and one more for what is not compared."""
    assert sorted(STATUSES) == sorted([*Status, "not recognised"])


def test_the_schema_is_strict_and_describes_everything() -> None:
    """It is a valid schema; every object refuses unknown keys and needs all of its own."""
    Draft202012Validator.check_schema(SCHEMA)
    objects = [node for node in _nodes(SCHEMA) if node.get("type") == "object"]
    assert len(objects) == 9
    for node in objects:
        assert node["additionalProperties"] is False
        assert set(node["required"]) == set(node["properties"])
        assert all(entry["description"].endswith(".") for entry in node["properties"].values())


@pytest.mark.long
def test_the_schema_refuses_what_does_not_fit() -> None:
    """An unknown key or a missing one in any object does not fit."""
    validator = Draft202012Validator(SCHEMA)
    report = checked("systematic")
    whole = copy.deepcopy({**report, "values": report["values"][:2]})
    assert validator.is_valid(whole)
    for node in list(_nodes(whole)):
        node["unknown"] = 1
        assert not validator.is_valid(whole)
        del node["unknown"]
        key = next(iter(node))
        value = node.pop(key)
        assert not validator.is_valid(whole)
        node[key] = value
    assert validator.is_valid(whole)


@pytest.mark.long
def test_several_files_are_one_document(tmp_path: Path) -> None:
    """Each has its name and its report; one that cannot be read has its problems."""
    (tmp_path / "good.txt").write_text("a@0 = 0.817754\n", "utf-8")
    (tmp_path / "bad.json").write_text('{"a@0": 0.8177,\n', "utf-8")
    names = [str(tmp_path / name) for name in ("good.txt", "bad.json", "gone.txt")]
    answer = invoke("check", *names, "-", "--format", "json", lines=b"dC@0: 1\n")
    assert answer.code == 1
    assert f"{names[2]}: there is no such" in answer.err
    whole = json.loads(answer.out)
    Draft202012Validator(SCHEMA).validate(whole)
    files = whole["files"]
    assert [file["file"] for file in files] == [*names, "-"]
    alone = json.loads(invoke("check", names[0], "--format", "json").out)
    assert {"format": whole["format"], **files[0]} == {"file": names[0], **alone}
    assert [file["problems"][0]["line"] for file in files[1:3]] == [2, None]
    assert files[3]["values"][0]["status"] == "wrong"
    assert invoke("check", names[0], names[0], "--format", "json").code == 0


@pytest.mark.long
def test_numbers_have_full_precision() -> None:
    """`expected` is the trace's value in its true shape; nothing is rounded."""
    trace = compute(load("two-units"))
    for value in checked("right")["values"]:
        if value["id"] in {step.id for step in trace}:
            assert np.array_equal(value["expected"], trace.find(value["id"]).value)


@pytest.mark.long
def test_the_excerpt_in_the_docs_is_real() -> None:
    """The JSON in docs/implementers.md is what the text above it gives, at fewer digits."""
    page = (ROOT / "docs" / "implementers.md").read_text("utf-8")
    (source, excerpt) = re.findall(r"```(?:text|json)\n(.*?)```", page, re.S)
    report = json.loads(invoke("check", "-", "--format", "json", lines=source.encode()).out)
    shown = json.loads(excerpt)
    assert report["first_wrong"] == shown["first_wrong"]
    for key in ("values", "diagnoses"):
        for item in shown[key]:
            real = next(one for one in report[key] if one["id"] == item["id"])
            assert item.keys() == real.keys()
            for name, value in item.items():
                number = isinstance(value, float | list)
                assert value == (pytest.approx(real[name], rel=1e-4) if number else real[name])


def _nodes(item: Any) -> Iterator[dict[str, Any]]:
    if isinstance(item, dict):
        yield item
    for child in item.values() if isinstance(item, dict) else item:
        if isinstance(child, dict | list):
            yield from _nodes(child)
