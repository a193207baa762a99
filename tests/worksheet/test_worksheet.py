"""Worksheets: printed with blanks, read back when they are filled in."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from command import invoke, shown
from hypothesis import given
from hypothesis import strategies as st

from lstm_tutor.check.source import source_of
from lstm_tutor.diagnosis.judgement import Status, Verdicts
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import notation
from lstm_tutor.export.transcript import transcript
from lstm_tutor.files.problem import BadInput
from lstm_tutor.model.equation import Phase
from lstm_tutor.numbers.numeral import array_text
from lstm_tutor.render.line import View
from lstm_tutor.scenario.blanks import blanks_of
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.embedded import embedded_scenario
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.selection import NoSuchStep, to_work
from lstm_tutor.trace.trace import Trace, compute
from lstm_tutor.trace.variant import varied
from lstm_tutor.worksheet.partial import partial_results
from lstm_tutor.worksheet.worksheet import MOST_BLANKS, TooLarge, worksheet

PATH = Path("sheet.md")
COMPUTED = [str(phase) for phase in Phase if phase is not Phase.GIVEN]
_BLANK = re.compile("_{8,}")
_ROW = re.compile(r"^\| `([^`]+)` \| .* \| ([^|]*) \|$")


@cache
def _trace(name: str) -> Trace:
    return compute(load(name))


def _sheet(
    trace: Trace,
    *asked: str,
    notation_name: str = "gomez",
    digits: int = 4,
    answered: bool = False,
) -> str:
    view = View(notation(notation_name, trace.scenario.cell), digits)
    return worksheet(trace, to_work(trace, asked), view, asked, answered=answered)


def _filled(sheet: str, trace: Trace, digits: int, wrong: str = "") -> str:
    """Fill every blank with the true entry; where a wrong value is wanted, with its half."""

    def filled(line: str) -> str:
        row = _ROW.match(line)
        if row is None:
            return line
        factor = 0.5 if row[1] == wrong else 1
        entries = iter(np.ravel(trace.find(row[1]).value) * factor)
        head, _, cell = line.rpartition(" | ")
        cell = _BLANK.sub(lambda _: f"{next(entries):#.{digits}g}", cell)
        return f"{head} | {cell}"

    return "\n".join(filled(line) for line in sheet.split("\n"))


def _verdicts(sheet: str) -> Verdicts:
    found = source_of(sheet.encode(), "sheet.md", None).checked
    assert (found.ignored, found.unrecognised, found.remarks) == ((), (), ())
    for judgement in found.verdicts.judgements:
        assert judgement.given.id == judgement.given.name
    return found.verdicts


@pytest.mark.parametrize("name", [n for n in bundled() if load(n).has_labels])
def test_a_sheet_filled_in_truly_is_right(name: str) -> None:
    """Every cell is found under its id, in its shape, and its number is right."""
    trace = _trace(name)
    report = _verdicts(_filled(_sheet(trace, *COMPUTED), trace, 4))
    ids = [trace[index].id for index in to_work(trace, COMPUTED)]
    assert sorted(judgement.given.id for judgement in report.judgements) == sorted(ids)
    statuses = {judgement.status for judgement in report.judgements}
    assert statuses <= {Status.RIGHT, Status.ROUNDED}


@pytest.mark.long
@pytest.mark.parametrize(("name", "wrong"), [("gomez", "da@0"), ("two-units", "dW_f")])
def test_a_wrong_number_is_found_under_its_id(name: str, wrong: str) -> None:
    """It is the only one that is wrong by itself."""
    trace = _trace(name)
    sheet = _filled(_sheet(trace, "backward", "gradients"), trace, 5, wrong)
    bad = [j.given.id for j in _verdicts(sheet).judgements if j.status is Status.WRONG]
    assert bad == [wrong]


def test_a_sheet_worked_with_the_numbers_printed_on_it_is_right() -> None:
    """The given numbers have digits to spare: rounding them changes an answer by less
    than one in its last place.
    """
    trace = _trace("gomez")
    sheet = _sheet(trace, "dC@1")
    rows = re.findall(r"^\| \$`(\S+)_\{t\} = .*`\$ \| (\S+) \|$", sheet, re.M)
    given_ = {symbol: float(number) for symbol, number in rows}
    out = given_[r"\delta\mathit{out}"]
    worked = out * given_["o"] * (1 - np.tanh(given_["C"]) ** 2)
    assert worked == pytest.approx(trace.find("dC@1").value[0], rel=5e-5)


@pytest.mark.parametrize("name", ["gomez", "two-units", "hello", "two-layers", "batch-of-two"])
def test_the_key_is_a_sheet_filled_in_rightly(name: str) -> None:
    """With the numbers put in, and each answer in bold."""
    trace = _trace(name)
    key = _sheet(trace, "backward", answered=True)
    report = _verdicts(key)
    assert report.right
    assert len(report.judgements) == len(to_work(trace, ["backward"]))
    assert not _BLANK.search(key)
    if name == "gomez":
        assert "`≈ 0.0180381 ⊙ 0.817574 ⊙ (1 - tanh(0.785726)²)" in key
        assert "| **-0.05348** |" in key
        assert "(no future step)" in key


def test_a_sheet_tells_no_answer() -> None:
    """Neither a blank's value nor one that comes after it is printed."""
    trace = _trace("two-units")
    sheet = _sheet(trace, "backward").partition("<!--")[0]
    for index in to_work(trace, ["backward", "gradients", "update"]):
        for entry in np.ravel(trace[index].value):
            shown_ = f"{abs(entry):.4g}"
            if len(re.sub(r"\D", "", shown_).lstrip("0")) == 4:
                assert shown_ not in sheet, trace[index].id


def test_a_sheet_has_the_numbers_that_its_blanks_need() -> None:
    """Those that are given, those that were computed before, and no others."""
    trace = _trace("gomez")
    sheet = _sheet(trace, "dC@0").partition("<!--")[0]
    needed = [trace.find("dC@0").operands[symbol] for symbol in trace.find("dC@0").operands]
    for value in needed:
        assert array_text(value, 6) in sheet
    for id_ in ("a@0", "a@1", "i@0", "f@0", "delta@0", "L@1"):
        assert array_text(trace.find(id_).value, 6) not in sheet
    for value in trace.scenario.parameters.values():
        assert array_text(value, 6) in sheet


def test_the_new_outputs_are_given_where_the_new_loss_is_blank() -> None:
    """They have no steps of their own."""
    trace = _trace("gomez")
    sheet = _sheet(trace, "L'@1")
    assert "hidden state $`h'_{t}`$, with the new weights" in sheet
    assert array_text(trace.signals["h'"].at(1), 6) in sheet


@pytest.mark.parametrize("name", ["gomez", "many-to-one", "truncated", "gru-two-units"])
def test_the_scenario_survives_exactly(name: str) -> None:
    """Every number of a variant is in its sheet and in its key to the last bit."""
    scenario = varied(load(name), 5)
    trace = compute(scenario)
    view = View(notation("gomez", scenario.cell), 3)
    for text in (
        _sheet(trace, "backward"),
        _sheet(trace, "loss", answered=True),
        "".join(transcript(trace, range(len(trace)), view)),
    ):
        again = embedded_scenario(text, PATH)
        assert again is not None
        _assert_same(again, scenario)


def _assert_same(one: Scenario, other: Scenario) -> None:
    assert (one.title, one.cell, one.loss) == (other.title, other.cell, other.loss)
    assert (one.learning_rate, one.truncate) == (other.learning_rate, other.truncate)
    assert np.array_equal(one.inputs, other.inputs)
    assert np.array_equal(one.labels, other.labels)
    assert np.array_equal(one.labelled, other.labelled)
    for name, value in other.parameters.items():
        assert np.array_equal(one.parameters[name], value)
    for place, value in other.initial.items():
        assert np.array_equal(one.initial[place], value)


@pytest.mark.long
@given(
    st.lists(
        st.sampled_from(
            ["-->", "<!--", "```", "|", "$`", "`$", "_", "*", "\\", "<br>", "é", " "]
        ),
        max_size=8,
    )
)
def test_no_title_breaks_a_sheet(parts: list[str]) -> None:
    """Whatever it holds, the scenario is read back and the rows keep their cells."""
    from dataclasses import replace

    title = " ".join("".join(["T", *parts]).split())
    trace = compute(replace(load("one-step"), title=title, about=title))
    sheet = _sheet(trace, "backward")
    again = embedded_scenario(sheet, PATH)
    assert again is not None
    assert (again.title, again.about) == (title, title)
    assert sheet.rstrip().partition("<!-- lstm-tutor")[2].count("-->") == 1
    assert _verdicts(_filled(sheet, trace, 4)).right


def test_other_text_carries_no_scenario() -> None:
    """Only what is marked as a transcript or worksheet does."""
    assert embedded_scenario("", PATH) is None
    assert embedded_scenario("# Notes\n```yaml\ntitle: x\n```\n", PATH) is None


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        ("", "has no scenario"),
        ("\n```yaml\ntitle: x\n", "has no end"),
        ("\n```yaml\n" + "x" * 5_000_000 + "\n```", "has 5,000,000 characters"),
        ("\n```yaml\n" + "[" * 50_000 + "\n```", "nested deeper"),
        ("\n```yaml\na: &a [*a, *a]\n```", r"sheet.md:3:4: the anchor &a"),
        ("\n```yaml\ncell: lstm\n```", r"sheet.md"),
        ("\n```yaml\n\x1b[2J\n```", "invisible character"),
    ],
)
def test_a_scenario_that_cannot_be_used_is_refused(tail: str, message: str) -> None:
    """With the position that the problem has in the sheet."""
    with pytest.raises(BadInput, match=message):
        embedded_scenario(f"<!-- lstm-tutor worksheet{tail}", PATH)


@pytest.mark.long
@pytest.mark.parametrize("name", notations())
def test_every_notation_makes_tables_that_hold(name: str) -> None:
    """Every row has as many cells as its head; no sign in it is a border, no blank a mark
    of emphasis.
    """
    for scenario in ("many-to-one", "two-units", "gru-two-units", "rnn-two-units"):
        trace = _trace(scenario)
        for answered in (False, True):
            text = _sheet(trace, *COMPUTED, notation_name=name, answered=answered)
            page = text.partition("<!--")[0]
            rows = [line for line in page.splitlines() if line.startswith("|")]
            for row, following in pairwise(rows):
                if not following.startswith(("| ---", "| id", "| given", "|  |", "| gate")):
                    assert row.count("|") == following.count("|")
            for formula in re.findall(r"\$`([^`]*)`\$", page):
                assert formula.count("{") == formula.count("}")
            assert "$" not in re.sub(r"\$`[^`]*`\$", "", page)
            assert not re.search(r"[^\s_]_{8,}", page)


def test_a_sheet_that_was_not_filled_in_has_no_numbers() -> None:
    """What is printed on it is nobody's answer."""
    with pytest.raises(BadInput, match="no number"):
        submission_of(_sheet(_trace("two-units"), *COMPUTED).encode(), "sheet.md")


def test_a_row_that_is_partly_filled_in_is_named() -> None:
    """Its numbers cannot be judged yet."""
    sheet = _sheet(_trace("two-units"), "dout@0", "delta@0")
    sheet = _BLANK.sub("0.5", sheet, count=9)  # name and date, all of delta, half of dout
    found = submission_of(sheet.encode(), "sheet.md")
    assert [entry.name for entry in found.entries] == ["delta@0"]
    (left,) = found.ignored
    assert left.text.startswith("dout@0: [ 0.5")
    assert left.why == "only partly filled in"


@pytest.mark.parametrize("style", ["{}____", "____{}__", "__{}", " {} ", "_____ {} ____"])
def test_a_number_may_stand_on_the_line(style: str) -> None:
    """What is left of the underscores is no part of it."""
    cell = style.format("-0.5")
    text = f"| id | value |\n|---|---|\n| `a@0` | {cell} |\n"
    (entry,) = submission_of(text.encode(), "sheet.md").entries
    assert (entry.name, entry.value.tolist()) == ("a@0", -0.5)
    if " _" not in style and "_ " not in style:
        text = text.replace(cell, f"[ {cell} ,<br> {cell} ]")
        (entry,) = submission_of(text.encode(), "sheet.md").entries
        assert entry.value.tolist() == [-0.5, -0.5]


@pytest.mark.parametrize(
    ("word", "ids"),
    [
        ("dC@0", ["dC@0"]),
        ("dC", ["dC@1", "dC@0", "dC@-1"]),
        ("dgates@0", ["da@0", "di@0", "df@0", "do@0"]),
        ("C", ["C@0", "C@1"]),
        ("db", ["db_a", "db_i", "db_f", "db_o"]),
        ("loss", ["L@0", "L@1", "L"]),
    ],
)
def test_blanks_are_chosen_by_phase_id_symbol_or_glob(word: str, ids: list[str]) -> None:
    """A block stands for its gates, and what is given is never blank."""
    trace = _trace("gomez")
    assert [trace[index].id for index in to_work(trace, [word])] == ids


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("bakward", "did you mean 'backward'"),
        ("dC@9", "run from -1 to 1"),
        ("dcc", "did you mean 'dC'"),
        ("x@0", "it is given"),
        ("given", "it is given"),
        ("W", "it is given"),
    ],
)
def test_a_blank_that_means_nothing_is_refused(word: str, message: str) -> None:
    """As bad usage, with what may have been meant."""
    with pytest.raises(NoSuchStep, match=message):
        to_work(_trace("gomez"), ["dC@0", word])
    answer = invoke("worksheet", "gomez", "--blank", f"dC@0,{word}")
    assert answer.code == 2
    assert message in answer.err


def test_a_value_that_nobody_works_by_hand_is_refused(tmp_path: Path) -> None:
    """Its size is named."""
    path = tmp_path / "large.yaml"
    path.write_text(
        "cell: rnn\ninputs: [[1]]\nlabels: [null]\n".replace("null", str([0.1] * 9))
        + "weights: {hidden: 9, init: {scheme: zeros}}\n",
        "utf-8",
    )
    trace = compute(load(str(path)))
    _sheet(trace, "dh")
    with pytest.raises(
        TooLarge, match=f"dU_h has 81 numbers, and a blank at most {MOST_BLANKS}"
    ):
        _sheet(trace, "dU_h")


def test_the_sheet_and_its_key_are_written_side_by_side(tmp_path: Path) -> None:
    """The default leaves the backward pass blank; without a file the sheet is printed."""
    target = tmp_path / "gomez.md"
    answer = invoke("worksheet", "-o", str(target))
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.endswith(f"wrote {target} and its key {tmp_path / 'gomez-key.md'}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gomez-key.md", "gomez.md"]
    sheet = target.read_text("utf-8")
    assert sheet == _sheet(_trace("gomez"), "backward") == shown("worksheet", "gomez")
    key = (tmp_path / "gomez-key.md").read_text("utf-8")
    assert key == _sheet(_trace("gomez"), "backward", answered=True)
    assert key == shown("worksheet", "gomez", "--key")


def test_a_sheet_is_not_replaced_unasked(tmp_path: Path) -> None:
    """Somebody may have filled it in; nor is a key, or one of many variants."""
    target = tmp_path / "sheet-key.md"
    target.write_text("mine", "utf-8")
    arguments = ("worksheet", "gomez", "-o", str(tmp_path / "sheet.md"))
    answer = invoke(*arguments)
    assert (answer.code, target.read_text("utf-8")) == (2, "mine")
    assert "there already" in answer.err
    assert "--force" in answer.err
    assert not (tmp_path / "sheet.md").exists()
    assert invoke(*arguments, "--force").code == 0
    assert target.read_text("utf-8").startswith("# Key")


def test_the_formulas_can_be_asked_for() -> None:
    """Then none of the blanks' and none that leads to one is told, but in the key."""
    sheet = shown("worksheet", "gomez", "--no-formulas", "--blank", "dC,da")
    assert "gradient at the cell state $`\\delta C_{0}`$<br>≈ ____" in sheet
    assert "=" not in "".join(line for line in sheet.splitlines() if line.startswith("| `"))
    assert r"\odot" not in sheet
    assert "what is written plus what is kept" not in sheet
    key = shown("worksheet", "gomez", "--no-formulas", "--blank", "dC,da", "--key")
    assert r"\delta a_{0} = \delta C_{0}" in key


def test_points_are_printed_and_carried() -> None:
    """Per blank and in all; a word that says none is bad usage."""
    sheet = shown("worksheet", "gomez", "--blank", "dC,dW", "--points", "1,dW=2,dC@0=0.5")
    assert "Points: __________ of 10.5" in sheet
    assert re.search(r"^\| `dC@0` .* \| 0\.5 \|$", sheet, re.M)
    blanks = blanks_of(sheet)
    assert blanks is not None
    assert (blanks.points["dC@0"], blanks.points["dW_a"]) == (0.5, 2)
    for text in ("x", "-1", "dC=", "1e9", "nan"):
        answer = invoke("worksheet", "gomez", "--points", text)
        assert (answer.code, "says no points" in answer.err) == (2, True)
    assert invoke("worksheet", "gomez", "--points", "dc=2").code == 2


def test_the_key_has_partial_results() -> None:
    """A number for each factor, then for each addend; each line is the one before, worked."""
    key = shown("worksheet", "gomez", "--blank", "dC@0,dW_a,delta@0", "--key")
    assert "`≈ 0.0180381 ⊙ 0.817574 ⊙ 0.569689 + (-0.0711077) ⊙ 0.870302`" in key
    assert "`≈ 0.0084015 + (-0.0618852)`" in key
    assert "`≈ [-0.017024, -0.0340481] + [-0.00969217, -0.058153]`" in key
    row = next(line for line in key.splitlines() if line.startswith("| `delta@0`"))
    assert row.count("<br>") == 1  # a difference of two numbers has no parts


@pytest.mark.parametrize(
    "name", ["two-units", "hello", "two-layers", "batch-of-two", "adagrad"]
)
def test_partial_results_come_to_the_value(name: str) -> None:
    """Each line evaluated as it is written is the step's value, but for its digits."""
    trace = _trace(name)
    view = View(notation("gomez", trace.scenario.cell), 12)
    told = 0
    for index in to_work(trace, COMPUTED):
        step = trace[index]
        for line in partial_results(step, view):
            text = line.removeprefix("≈ ").removeprefix("= ").replace("⊙", "*")
            if re.search(r"[^-+*/() ,.\[\]0-9e]", text):
                continue
            arrays = re.sub(r"(\[+[^]]*(?:\][, ]*\[[^]]*)*\]+)", r"np.array(\1)", text)
            found = np.asarray(eval(arrays, {"np": np}))
            assert np.allclose(np.ravel(found), np.ravel(step.value), rtol=1e-6), (
                step.id,
                line,
            )
            told += 1
    assert told > 5


def test_formulas_stand_between_dollars_where_that_is_asked_for() -> None:
    """For pandoc, Jupyter and marked; nothing else changes."""
    forge = shown("worksheet", "two-units", "--blank", "dC")
    dollars = shown("worksheet", "two-units", "--blank", "dC", "--math", "dollars")
    assert re.sub(r"\$`([^`]*)`\$", r"$\1$ ", forge) == dollars
    assert "$`" not in dollars


def test_a_page_to_print_has_the_whole_sheet(tmp_path: Path) -> None:
    """Ids, MathML, lines to write on; nothing from outside; foreign text is text."""
    scenario = tmp_path / "mine.yaml"
    text = (Path(__file__).parents[2] / "scenarios" / "gomez.yaml").read_text("utf-8")
    title = 'title: "<script>alert(1)</script> | `x` *y*"'
    scenario.write_text(re.sub("^title:.*", title, text, flags=re.M), "utf-8")
    answer = invoke("worksheet", str(scenario), "-o", str(tmp_path / "s.html"), "--points", "2")
    assert answer.code == 0, answer.err
    page = (tmp_path / "s.html").read_text("utf-8")
    assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt; | `x` *y*</h1>" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    for index in to_work(_trace("gomez"), ["backward"]):
        assert f"<code>{_trace('gomez')[index].id}</code>" in page
    assert page.count("<math>") == page.count("</math>") > 40
    assert 'class="blank"' in page
    assert not re.search("_{8,}|\x02|\\$", page)
    HTMLParser().feed(page)
    key = (tmp_path / "s-key.html").read_text("utf-8")
    assert "<strong>-0.05348</strong>" in key
    assert 'class="blank"' not in key.partition("</style>")[2]


@pytest.mark.long
def test_a_class_gets_as_many_variants(tmp_path: Path) -> None:
    """Each with its own numbers, named by its number, the key beside it."""
    target = tmp_path / "class.md"
    answer = invoke("worksheet", "gomez", "--variants", "3", "--seed", "7", "-o", str(target))
    assert answer.code == 0
    assert "wrote 3 sheets and their keys" in answer.err
    names = [f"class-{number:02}{end}.md" for number in (1, 2, 3) for end in ("", "-key")]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    for number, seed in enumerate((7, 8, 9), 1):
        text = (tmp_path / f"class-{number:02}.md").read_text("utf-8")
        again = embedded_scenario(text, target)
        assert again is not None
        _assert_same(again, varied(load("gomez"), seed))
        assert text.startswith(f"# {again.title}\n")
        assert again.title.endswith(f"variant {seed}")
        key = (tmp_path / f"class-{number:02}-key.md").read_text("utf-8")
        assert _verdicts(key).right
    one = shown("worksheet", "gomez", "--seed", "8")
    assert one == (tmp_path / "class-02.md").read_text("utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--variants", "3"),
        ("--variants", "0", "-o", "x.md"),
        ("--key", "-o", "x.md"),
        ("-o", "x.pdf"),
        ("--blank", ","),
        ("--notation", "none"),
    ],
)
def test_bad_usage_writes_nothing(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, and a word about what is wrong."""
    monkeypatch.chdir(tmp_path)
    answer = invoke("worksheet", "gomez", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "rror" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_stream_that_takes_no_signs_gets_ascii() -> None:
    """The formulas are LaTeX anyway."""
    answer = invoke("worksheet", "two-units", encoding="ascii")
    assert answer.code == 0
    assert "<br>~= ___" in answer.out


@pytest.mark.parametrize("name", ["hello", "two-layers", "both-directions", "sentiment"])
def test_every_weight_of_a_model_stands_on_the_sheet(name: str) -> None:
    """Those of each layer, and those of the readout, which belong to no gate."""
    trace = compute(load(name))
    sheet = _sheet(trace, "backward")
    given = sheet.partition("### Given")[2].partition("###")[0].replace("<br>", " ")
    for value in trace.scenario.parameters.values():
        assert array_text(value, 6) in given


def test_what_entries_stand_for_is_said_on_the_sheet() -> None:
    """The characters of the vocabulary in their order, and the columns of a batch."""
    text = _sheet(compute(load("hello")), "backward")
    assert "- characters, in order: h, e, l, o\n" in text
    batch = _sheet(compute(load("batch-of-two")), "backward")
    assert "- a batch: one column for each sequence\n" in batch


def test_without_a_loss_the_forward_pass_is_what_is_blank(tmp_path: Path) -> None:
    """A scenario without labels has no backward phase: it is told so where it is asked for."""
    sheet = invoke("worksheet", "cs231n-rnn-step", "-o", str(tmp_path / "sheet.md"))
    assert sheet.code == 0, sheet.err
    assert "h@0" in (tmp_path / "sheet-key.md").read_text("utf-8")
    asked = invoke("worksheet", "cs231n-rnn-step", "--blank", "backward")
    assert asked.code == 2
    assert "there is no phase 'backward' here" in asked.err
