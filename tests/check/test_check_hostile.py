"""`check` against what is large, mixed or malicious: quick, clear, and never unjust."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import invoke

from lstm_tutor.diagnosis.rounding import Radii
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.execution.world import World
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.model.symbol import Id
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute


def test_a_program_may_print_some_values_in_full_and_others_rounded() -> None:
    """A rounded value beside values in full is no mistake."""
    lines = b"C0: 0.7857261484365797\nt=1 dh=-0.478019 dc=-0.071108\nx0 = [1.0, 2.0]\n"
    answer = invoke("check", "-", lines=lines)
    assert answer.code == 0, answer.out


@pytest.mark.slow
def test_of_hundreds_of_wrong_values_the_first_are_shown() -> None:
    """The others are counted; the search is bounded."""
    trace = compute(load("long-memory"))
    ids = [step.id for step in trace if step.t is not None and not step.rows and step.terms]
    lines = "".join(f"{id_}: {7.1 + number / 1000}\n" for number, id_ in enumerate(ids))
    answer = invoke("check", "-", "--scenario", "long-memory", lines=lines.encode())
    assert answer.code == 1
    assert answer.out.splitlines()[1].startswith(f"{len(ids)} values: {len(ids)} wrong")
    assert "more wrong values of their own" in answer.out


@pytest.mark.slow
def test_thousands_of_unknown_names_are_all_listed_as_such() -> None:
    """A name that says nothing is looked for by its value, without a search for each."""
    lines = "".join(f"foo{number} = {number}.537\n" for number in range(5000)).encode()
    answer = invoke("check", "-", lines=lines)
    assert "5,000 not recognised" in answer.out


def test_a_long_sequence_hides_no_wrong_sum() -> None:
    """Rounding bounds grow from step to step; a wrong loss is still wrong."""
    scenario = load("two-units")
    rows = np.random.default_rng(0).normal(size=(150, 3)) * 3
    labels = np.random.default_rng(1).normal(size=(150, 2))
    longer = replace(scenario, inputs=rows, labels=labels, labelled=np.ones(150, bool))
    trace = compute(longer)
    total = Radii(Runs(trace.places, [World()]), {}, Working(15)).before(Id("L"))
    assert total < 1e-6 * trace.find("L").value


def test_a_long_right_dump_is_told_in_few_words(tmp_path: Path) -> None:
    """Values of one symbol that follow each other in time are written as one."""
    path = tmp_path / "all.csv"
    invoke("export", "gomez", "-o", str(path))
    answer = invoke("check", str(path))
    words = " ".join(answer.out.split())
    assert "C@-1 to C@1" in words
    assert "L@0 to L@1, L, delta@0" in words
    assert len(answer.out.splitlines()) < 15


def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    """Of several files each report has its file's name above it."""
    good = tmp_path / "good.txt"
    good.write_text("a@0 = 0.817754\n")
    missing = str(tmp_path / "missing.txt")
    answer = invoke("check", missing, str(good))
    assert answer.code == 1
    assert f"{missing}: there is no such" in answer.err
    first = "read as this program's own names, 6 digits"
    assert f"{good}:\n{first}\n1 value: 1 right" in answer.out


def test_a_table_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    """Nothing is checked where its result has no place to go."""
    good = tmp_path / "good.txt"
    good.write_text("a@0 = 0.817754\n")
    answer = invoke("check", str(good), "--summary", "-o", str(tmp_path / "no" / "x.csv"))
    assert (answer.code, answer.out) == (1, "")
