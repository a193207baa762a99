"""`check --summary`: from the files of a class to marks, and to what was not understood."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from classes import LSTM, PLANTED, Student, commonest, differences, same_order, students
from command import Answer, invoke
from jsonschema import Draft202012Validator

from lstm_tutor.marks.document import csv_pieces
from lstm_tutor.marks.returned import Outcome, Returned, name_in
from lstm_tutor.marks.row import COLUMNS, row_of, told_apart
from lstm_tutor.marks.rule import NoRule, Rule, number_text, rule_of
from lstm_tutor.marks.tally import Tally
from lstm_tutor.model.symbol import parse
from lstm_tutor.render.breaking import columns
from lstm_tutor.scenario.blanks import Blanks, blanks_line, blanks_of
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute
from lstm_tutor.trace.variant import varied

SCHEMA = Path(__file__).parents[2] / "docs" / "marks.schema.json"


@pytest.fixture(scope="module")
def known() -> dict[str, Student]:
    """A small class, by file."""
    return {one.file: one for one in students(16, seed=3, variants=4)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, known: dict[str, Student]) -> Path:
    """The files of the class, two that cannot be used among them, and a key."""
    where = tmp_path_factory.mktemp("class")
    for one in known.values():
        (where / one.file).write_text(one.text, "utf-8", newline="")
    (where / "photo.jpg").write_bytes(b"\xff\xd8\xff\0\0")
    (where / "broken.md").write_text("| id | value |\n|--|--|\n| `dC@0` | 1 |\n" * 2, "utf-8")
    invoke("worksheet", "gomez", "-o", str(where / "sheet.md"))
    (where / "sheet.md").unlink()
    (where / ".hidden").write_text("x", "utf-8")
    return where


@pytest.fixture(scope="module")
def document(folder: Path) -> dict[str, Any]:
    """What the command says of it, as JSON."""
    out = folder.parent / f"{folder.name}.json"
    answer = invoke("check", str(folder), "--summary", "-o", str(out))
    assert answer.code == 1
    assert answer.err.count("error: ") == 2
    assert f"wrote {out}: 18 files" in answer.err
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return found


@pytest.mark.long
def test_marks_are_what_was_planted(
    known: dict[str, Student], document: dict[str, Any]
) -> None:
    """Every blank under messy writing, with mistakes, slips, blanks; the mistakes in order."""
    rows = [row for row in document["files"] if "problem" not in row]
    differ = differences(known, {"files": rows})
    assert len(differ) <= 0.02 * sum(len(one.truth) for one in known.values()), differ
    assert {row["name"] for row in rows} == {one.name for one in known.values()}
    assert same_order(commonest(known), document["mistakes"], most=3)


@pytest.mark.long
def test_the_document_is_what_the_schema_says(document: dict[str, Any]) -> None:
    """And its numbers add up."""
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    rows = [row for row in document["files"] if "problem" not in row]
    for name in ("asked", "answered", "right", "given", "wrong", "blank", "unreadable", "of"):
        assert document["total"][name] == sum(row[name] for row in rows)
    for row in rows:
        assert row["asked"] == sum(row[outcome] for outcome in Outcome) == len(row["blanks"])
        assert row["answered"] == row["asked"] - row["blank"]
        assert row["marks"] == row["right"] + row["given"]
    assert [row["file"] for row in document["files"]] == sorted(
        row["file"] for row in document["files"]
    )


@pytest.mark.long
def test_a_file_that_cannot_be_used_ends_nothing(document: dict[str, Any]) -> None:
    """It has a row with the reason; nothing is called wrong by a guess at its scenario."""
    problems = {
        Path(row["file"]).name: row["problem"] for row in document["files"] if "problem" in row
    }
    assert problems.keys() == {"photo.jpg", "broken.md"}
    assert "not text" in problems["photo.jpg"]
    assert "does not say its scenario" in problems["broken.md"]
    assert document["total"]["unusable"] == 2


@pytest.mark.long
def test_every_format_says_the_same(folder: Path, document: dict[str, Any]) -> None:
    """CSV and Markdown have the rows of the JSON, and the total."""
    out = folder.parent / f"{folder.name}.csv"
    answer = invoke("check", str(folder), "--summary", "-o", str(out))
    rows = list(csv.DictReader(StringIO(out.read_text("utf-8"))))
    assert [row["file"] for row in rows[:-1]] == [row["file"] for row in document["files"]]
    for row, told in zip(rows, document["files"], strict=False):
        if "problem" in told:
            assert row["mistake"] == f"cannot be used: {told['problem']}"
        else:
            assert [row[name] for name in COLUMNS[2:5]] == [
                str(told[name]) for name in ("asked", "answered", "right")
            ]
            assert row["first wrong"] == next(
                (one["id"] for one in (*told["mistakes"], *told["slips"])), ""
            )
    assert rows[-1]["name"] == "total"
    assert rows[-1]["marks"] == number_text(document["total"]["marks"])
    page = out.with_suffix(".md")
    assert invoke("check", str(folder), "--summary", "-o", str(page)).out == answer.out
    text = page.read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len([line for line in lines if ".md |" in line or ".jpg |" in line]) == 18
    for heading in ("# Marks", "## How the marks", "## Mistakes, by", "## Blanks with"):
        assert heading in text
    assert "█" in text


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_table_keeps_within_the_screen(
    width: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the numbers the mistakes where there is room, else below; ASCII where it must."""
    monkeypatch.setenv("COLUMNS", str(width))
    files = [str(folder / name) for name in ("sheet-00000.md", "sheet-00001.md", "photo.jpg")]
    answer = invoke("check", *files, "--summary", encoding="ascii")
    assert answer.out.isascii()
    lines = answer.out.splitlines()
    assert max(map(columns, lines)) <= width
    assert ("first mistake" in lines[0]) == (width == 120)
    (total,) = (line for line in lines if line.startswith("total "))
    assert re.search(r" \d+ of \d+( |$)", total)
    header = next(line for line in lines if line.startswith("name "))
    assert len(total.rstrip()) >= header.index("marks") + len("marks")
    assert "#" in answer.out
    assert re.search(r"^photo .* unusable( |$)", answer.out, re.M)


@pytest.mark.long
def test_jobs_change_nothing(folder: Path) -> None:
    """Files checked by other processes give the same, in the same order."""
    files = [str(folder / f"sheet-{number:05}.md") for number in (0, 1, 2)] * 6
    one, two = (
        invoke("check", *files, "--summary", "--format", "json", "--jobs", jobs)
        for jobs in ("1", "2")
    )
    assert one == two
    assert len(json.loads(one.out)["files"]) == 18


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="signals of POSIX")
def test_an_interrupt_ends_processes_at_once(tmp_path: Path) -> None:
    """Ctrl-C goes to all of them: none is waited for, none says anything, no file is left."""
    for one in students(40, seed=5, scenario="two-units", variants=40):
        (tmp_path / one.file).write_text(one.text, "utf-8", newline="")
    out = tmp_path / "marks.csv"
    command = ("check", str(tmp_path), "--summary", "--jobs", "2", "-o", str(out))
    started = subprocess.Popen(
        [sys.executable, "-m", "lstm_tutor", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while _processes(started.pid) < 3 and started.poll() is None:
        time.sleep(0.05)
    os.killpg(started.pid, signal.SIGINT)
    said = started.communicate(timeout=60)
    assert (started.returncode, *said) == (130, b"", b"")
    assert not out.exists()
    while _processes(started.pid):  # for ever, if one is left
        time.sleep(0.05)


def _processes(group: int) -> int:
    """Count what runs in a group of processes."""
    found = subprocess.run(
        ["ps", "-A", "-o", "pgid="], check=True, capture_output=True, text=True
    )
    return found.stdout.split().count(str(group))


def _sheet(tmp_path: Path, *options: str) -> tuple[Path, str]:
    path = tmp_path / "sheet.md"
    invoke("worksheet", "gomez", "-o", str(path), *options)
    return path, path.read_text("utf-8")


def _marked(path: Path, *options: str) -> Answer:
    return invoke("check", str(path), "--summary", "--format", "json", *options)


def test_an_empty_sheet_is_all_blank(tmp_path: Path) -> None:
    """It is no broken file."""
    path, _ = _sheet(tmp_path)
    (row,) = json.loads(_marked(path).out)["files"]
    assert (row["asked"], row["blank"], row["marks"]) == (20, 20, 0)


@pytest.mark.long
def test_points_and_the_rule_make_the_marks(tmp_path: Path) -> None:
    """Those on the sheet, and what the teacher says of them."""
    path, text = _sheet(tmp_path, "--blank", "dC@0,da@0,delta@0", "--points", "1,dC=3,da=2")
    values = {"delta@0": "0.03631", "dC@0": "-0.09", "da@0": "see back"}
    for id_, value in values.items():
        text = re.sub(rf"(\| `{id_}` .*\|) _{{16}} \|", rf"\1 {value} |", text)
    path.write_text(text, "utf-8")
    (row,) = json.loads(_marked(path).out)["files"]
    assert row["blanks"] == {"delta@0": "right", "dC@0": "wrong", "da@0": "unreadable"}
    assert (row["marks"], row["of"]) == (1, 6)
    assert row["to_look_at"] == ["line 48, da@0: see back (no number)"]
    (row,) = json.loads(_marked(path, "--marks", "right=2,wrong=-1,unreadable=0.5").out)[
        "files"
    ]
    assert (row["marks"], row["of"]) == (2 - 3 + 1, 12)


@pytest.mark.long
def test_slips_are_counted_apart_from_mistakes(tmp_path: Path) -> None:
    """On the screen and in every file: they say nothing of what is not understood."""
    path, text = _sheet(tmp_path, "--seed", "8")
    places = compute(varied(load("gomez"), 8)).places
    asked = blanks_of(text)
    assert asked is not None
    values = {id_: np.ravel(places.base(parse(id_))) for id_ in asked.points}
    for id_, (value, *more) in values.items():
        if not more:
            text = re.sub(rf"(\| `{id_}` .*\|) _{{16}} \|", rf"\1 {value:.4g} |", text)
    right = f"{values['dout@0'][0]:.4g}"
    digit = re.search("[1-9]", right)
    assert digit is not None
    wrong = f"{right[: digit.start()]}{int(digit[0]) % 9 + 1}{right[digit.end() :]}"
    path.write_text(re.sub(rf"(\| `dout@0` .*\|) {right} \|", rf"\1 {wrong} |", text), "utf-8")
    document = json.loads(_marked(path).out)
    (row,) = document["files"]
    assert [one["id"] for one in row["slips"]] == ["dout@0"]
    assert row["mistakes"] == document["mistakes"] == []
    assert (document["slips"][0]["times"], document["total"]["slips"]) == (1, 1)
    shown = invoke("check", str(path), "--summary", "-o", str(tmp_path / "marks.csv")).out
    assert "Slips, by how often they were made" in shown
    assert "Mistakes, by" not in shown
    csv_rows = list(csv.DictReader(StringIO((tmp_path / "marks.csv").read_text("utf-8"))))
    assert [one["slips"] for one in csv_rows] == ["1", "1"]
    assert csv_rows[0]["first wrong"] == "dout@0"


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("scenario", [name for name in PLANTED if name != LSTM])
def test_marks_of_models_are_what_was_planted(scenario: str, tmp_path: Path) -> None:
    """With readouts, a GRU, two layers, both directions, a batch."""
    class_ = {one.file: one for one in students(8, 5, scenario, variants=2)}
    for one in class_.values():
        (tmp_path / one.file).write_text(one.text, "utf-8", newline="")
    assert {one.mistake for one in class_.values()} != {""}
    assert differences(class_, json.loads(_marked(tmp_path).out)) == []


@pytest.mark.long
def test_a_file_without_its_scenario_is_not_called_wrong_by_a_guess(tmp_path: Path) -> None:
    """A sheet of which the end was cut off, where a few values are right by accident."""
    one = next(iter(students(1, seed=3)))
    (tmp_path / "cut.md").write_text(one.text[: one.text.index("<!--")], "utf-8")
    (row,) = json.loads(_marked(tmp_path).out)["files"]
    assert "does not say its scenario" in row["problem"]


@pytest.mark.long
def test_a_sheet_in_a_mail_is_that_sheet(tmp_path: Path) -> None:
    """Each of its lines is quoted."""
    one = next(iter(students(1, seed=3)))
    lines = "\n".join(f"> {line}".rstrip() for line in one.text.splitlines())
    for name, text in (("one.md", one.text), ("two.md", lines)):
        (tmp_path / name).write_text(text, "utf-8")
    first, second = json.loads(_marked(tmp_path).out)["files"]
    assert first["blanks"] == second["blanks"] == one.truth


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"PK\3\4\0\0[Content_Types].xml", "an office program"),
        (b"PK\3\4\0\0mimetypeapplication/vnd.oasis.opendocument.text", "an office program"),
        (b"{\\rtf1 0.5}", "a word processor"),
    ],
)
def test_what_shows_pages_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    """Whatever it is called."""
    for name in ("a.md", "b.pdf"):
        (tmp_path / name).write_bytes(content)
    for row in json.loads(_marked(tmp_path).out)["files"]:
        assert said in row["problem"]


def test_what_was_asked_can_be_said(tmp_path: Path) -> None:
    """Where a file is no sheet: else what was answered is all there is."""
    path = tmp_path / "anna.txt"
    path.write_text("Name: Anna\ndC@0 = -0.05348\n", "utf-8")
    (row,) = json.loads(_marked(path, "--scenario", "gomez").out)["files"]
    assert (row["name"], row["asked"], row["right"]) == ("Anna", 1, 1)
    answer = _marked(path, "--scenario", "gomez", "--blank", "dC,da@0")
    (row,) = json.loads(answer.out)["files"]
    assert (row["asked"], row["right"], row["blank"]) == (4, 1, 3)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# T\n\nName: Ada Li Date: 3 May", "Ada Li"),
        ("Name: ____Ada__Li____ Date: ____", "Ada Li"),
        ("**Name:** *Ada* Points: ____ of 3", "Ada"),
        (f"Name: {'_' * 32} Date: {'_' * 16}", ""),
        ("Name: \x1b[2JAda", "�[2JAda"),
        ("name: Ada", "Ada"),
        ("Student: Ada", "Ada"),
        ("Name：Ada", "Ada"),
        ("Name - Ada Date: 3 May", "Ada"),
        ("Name Ada Li Date: ____", "Ada Li"),
        ("Name: ____ Date: ____\n\nAda Li\n", "Ada Li"),
        (f"Name: {'_' * 32} Date: {'_' * 16}\n\n### Given", ""),
        ("title: x", ""),
    ],
)
def test_the_name_stands_on_the_sheet(text: str, name: str) -> None:
    """Without what was printed there."""
    assert name_in(text) == name


@pytest.mark.parametrize("text", ["right", "right=x", "good=1", "right=inf", "right=1;wrong=0"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    """As bad usage, with an example."""
    with pytest.raises(NoRule, match=r"given=0\.5"):
        rule_of(text)
    assert invoke("check", "x.md", "--summary", "--marks", text).code == 2


@pytest.mark.parametrize(
    "text", ["right=0", "right=-1", "right=0,given=0,wrong=0", "given=1.5", "right=1,wrong=2"]
)
def test_no_answer_gets_more_than_a_right_one(text: str) -> None:
    """And a right one gets something: of a full sheet nobody has more than all."""
    with pytest.raises(NoRule, match="right"):
        rule_of(text)
    assert invoke("check", "x.md", "--summary", "--marks", text).code == 2


def test_marks_have_at_most_two_decimals() -> None:
    """And no -0."""
    texts = [number_text(value) for value in (0, -0.001, 1, 2.5, 1 / 3, 100, -1)]
    assert texts == ["0", "0", "1", "2.5", "0.33", "100", "-1"]
    one = Returned("f", "n", {"a": Outcome.RIGHT, "b": Outcome.GIVEN}, {"a": 0.5})
    assert rule_of("given=0.5").marks(one) == 1.0


def test_a_sheet_says_what_was_asked() -> None:
    """And nothing that somebody wrote there breaks it."""
    blanks = Blanks({"dC@0": 2, "dW_a": 1}, key=True)
    assert blanks_of(f"x\n{blanks_line(blanks)}\n```yaml") == blanks
    assert "-->" not in blanks_line(Blanks({"a-->b": 1}))
    for text in ("{", "[]", '{"asked": []}', '{"asked": {"a": "x"}}', '{"asked": {"a": NaN}}'):
        assert blanks_of(f"x\n<!-- lstm-tutor worksheet {text}\n") is None
    assert blanks_of("") is None


def test_an_empty_folder_is_bad_usage(tmp_path: Path) -> None:
    """As is what is for a class only."""
    assert invoke("check", str(tmp_path), "--summary").code == 2
    for option in (("-o", "x.csv"), ("--jobs", "2"), ("--blank", "dC")):
        answer = invoke("check", "x.txt", *option)
        assert (answer.code, "--summary" in answer.err) == (2, True)
    assert invoke("check", "x.txt", "--summary", "-o", "x.pdf").code == 2


@pytest.mark.parametrize(
    ("text", "right", "given", "wrong"),
    [
        ("", 1, 1, 0),
        ("right=2", 2, 2, 0),
        ("right=0.5", 0.5, 0.5, 0),
        ("given=0.5,wrong=-0.5", 1, 0.5, -0.5),
    ],
)
def test_what_a_rule_leaves_out_is_as_usual(
    text: str, right: float, given: float, wrong: float
) -> None:
    """What is right given earlier errors counts like what is right."""
    rule = rule_of(text)
    outcomes = {"a": Outcome.RIGHT, "b": Outcome.GIVEN, "c": Outcome.WRONG}
    one = Returned("x.md", "x", outcomes, {"a": 3.0})
    assert rule.shares == {
        Outcome.RIGHT: right,
        Outcome.GIVEN: given,
        Outcome.WRONG: wrong,
    }
    assert (rule.marks(one), rule.most(one)) == (3 * right + given + wrong, 5 * right)


def test_files_of_one_name_are_told_apart() -> None:
    """By their files, on the screen; where a name is alone it stands alone."""
    named = [("a/x.md", "Li"), ("c.md", "Bo"), ("b/x.md", "Li")]
    rows = [row_of(Returned(file, name), Rule()) for file, name in named]
    assert [row[0] for row in told_apart(rows)] == ["Li (a/x.md)", "Bo", "Li (b/x.md)"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), ("-1+1", "'-1+1"), ("-2.5", "-2.5"), ("@x", "'@x"), ("Ada", "Ada")],
)
def test_no_name_is_a_formula_of_a_spreadsheet(cell: str, written: str) -> None:
    """Marks may be less than 0."""
    (_, row, _) = csv_pieces(
        iter([Returned("a.md", cell, problem="it is empty")]), Tally(Rule())
    )
    assert next(csv.reader([row]))[0] == written
