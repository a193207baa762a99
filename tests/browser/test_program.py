"""Programs as JSON: as the schema says, and what the scripts of a page make of them."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import answers
import jsonschema
import numpy as np
import pytest
import scripts
from command import invoke
from documents import schema

from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.browser.fields import trained
from lstm_tutor.browser.script import MODULES, PAGE
from lstm_tutor.check.source import source_of
from lstm_tutor.execution.training import train
from lstm_tutor.files.document import parse
from lstm_tutor.model.equation import Role
from lstm_tutor.questions.quiz import Kind as Reply
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import build, load
from lstm_tutor.scenario.plain import scenario_yaml
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.provenance import is_gradient_in_time, shares
from lstm_tutor.trace.trace import compute

ROOT = Path(__file__).parents[2]
SCHEMA = schema("program")
JS = {
    name: (ROOT / "lstm_tutor" / "browser" / name).read_text("utf-8")
    for name in (*MODULES, *PAGE)
}
needs_node = pytest.mark.skipif(not scripts.NODE, reason=scripts.WHY)
_SHARES = """
const found = data.map((program) => {
  const values = run(program);
  return [...evaluations(program)].filter(([e, t]) => t !== null && e.of && e.role !== "block")
    .map(([e, t]) => shares(program, values, e, t))
    .map((found) => found.map((s) => [s.loss, s.through, s.value.data]));
});
"""


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("name", bundled())
def test_a_program_is_as_its_schema_says(name: str, tmp_path: Path) -> None:
    """`export -o x.program.json` writes what docs/program.schema.json describes."""
    target = tmp_path / "x.program.json"
    assert invoke("export", name, "-o", str(target)).code == 0
    data = json.loads(target.read_text("utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert len(data["equations"]) == len(list(compute(load(name)).program.equations()))


def test_the_scripts_have_every_function_of_the_table() -> None:
    """Those that are written out over time before they are evaluated are named apart."""
    own, over_time = JS["functions.js"].split("export const OVER_TIME = ")
    table = own[own.index("export const FUNCTIONS") :]
    names = re.findall(r"^  (\w+): ", table, re.M)
    late = [name for name, row in FUNCTIONS.items() if row.kind is Kind.OVER_TIME]
    assert sorted(names) == sorted(FUNCTIONS.keys() - set(late))
    assert ast.literal_eval(over_time.strip().removesuffix(";")) == late


def test_names_of_the_scripts_do_not_clash() -> None:
    """Put together as one script, no name at the top level stands twice, and none is lost."""
    found = [
        name
        for text in JS.values()
        for name in re.findall(
            r"^(?:export )?(?:async )?(?:const|let|class|function\*?) (\w+)", text, re.M
        )
    ]
    assert len(found) == len(set(found))
    for text in JS.values():
        for names in re.findall(r"^import \{([^}]*)\}", text, re.M):
            assert {name.strip() for name in names.split(",")} - {""} <= set(found)


def test_the_scripts_stay_small() -> None:
    """One module an idea, none long, and no more lines than a person reads in an hour.

    All lines count, as a reader sees them: comments and blank ones too, and none is too wide.
    """
    lines = [line for text in JS.values() for line in text.splitlines()]
    assert len(lines) <= 1500
    assert max(len(text.splitlines()) for text in JS.values()) < 350
    assert max(map(len, lines)) <= 110
    held = {path.name for path in (ROOT / "lstm_tutor" / "browser").glob("*.js")}
    assert held == JS.keys()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("tsc"), reason="tsc (node-typescript) is not installed")
def test_the_types_of_the_scripts_fit() -> None:
    """What their comments say of them, TypeScript finds kept."""
    options = "--allowJs --checkJs --noEmit --strict false --target es2022 --module esnext"
    options += " --lib es2022,dom,dom.iterable --skipLibCheck"
    folder = ROOT / "lstm_tutor" / "browser"
    command = ["tsc", *options.split(), *(str(folder / name) for name in JS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@needs_node
def test_each_function_gives_pythons_values() -> None:
    """At many points, at its kinks and far out, to the last digits."""
    assert list(scripts.wrong_functions(60)) == []


@pytest.mark.long
@needs_node
def test_the_scripts_give_pythons_values() -> None:
    """Of every step of every bundled scenario, changed ones, random pages and models."""
    assert list(scripts.wrong_values(scripts.traces(range(8), range(8)))) == []


@pytest.mark.long
@needs_node
def test_the_scripts_find_the_same_shares_of_losses() -> None:
    """Which losses a gradient comes from, and through which state, is as in `why`."""
    names = ["gomez", "gru-two-units", "both-directions", "truncated", "upstream"]
    every = [compute(load(name)) for name in names]
    found = scripts.asked(_SHARES, [scripts.program_of(trace) for trace in every])
    for trace, rows in zip(every, found, strict=True):
        steps = [
            s for s in trace if is_gradient_in_time(s) and s.equation.role is not Role.BLOCK
        ]
        assert len(steps) == len(rows)
        for step, row in zip(steps, rows, strict=True):
            right = shares(trace, step)
            assert [(s.loss, s.through) for s in right] == [(s[0], s[1]) for s in row]
            for share, (_, _, value) in zip(right, row, strict=True):
                np.testing.assert_allclose(np.ravel(share.value), value, rtol=1e-9, atol=1e-15)


_JUDGED = """
const found = data.map(([program, digits]) => {
  const values = run(program);
  const counts = { right: 0, carried: 0, coarse: 0, wrong: 0, missed: 0 };
  const earlier = [];
  for (const [equation, t] of [...evaluations(program)].filter(([one]) => one.right)) {
    const mine = withOwn(values, earlier);
    mine.compute(equation, t);
    const texts = mine.value(equation.target, t).data.map((x) => significant(x, digits));
    const typed = readAnswer(texts.join(" "), texts.length);
    counts[judged(values, equation, t, typed, earlier).verdict] += 1;
    const exact = values.value(equation.target, t).data;
    const off = { ...typed, data: typed.data.map((x) => 1.05 * x) };
    const far = off.data.some((x, n) => Math.abs(x - exact[n]) > 2.1 * typed.units[n]);
    if (far && judged(values, equation, t, off, []).verdict !== "wrong") counts.missed += 1;
    earlier.push({ name: equation.target, t, ...typed });
  }
  return counts;
});
"""


@pytest.mark.long
@needs_node
def test_right_answers_are_never_called_wrong() -> None:
    """Worked on from one's own rounded values, at 3, 4 and 6 digits; 5 % off is wrong."""
    every = [
        compute(load(name)) for name in ("gomez", "two-units", "sentiment", "both-directions")
    ]
    programs = [scripts.program_of(trace) for trace in every]
    found = scripts.asked(_JUDGED, [(p, digits) for p in programs for digits in (3, 4, 6)])
    assert sum(counts["right"] + counts["carried"] for counts in found) > 900
    assert [counts["wrong"] for counts in found] == [0] * len(found)
    assert sum(counts["missed"] for counts in found) == 0


@pytest.mark.long
@pytest.mark.heavy
@needs_node
@pytest.mark.parametrize(("name", "digits"), [("gomez", 4), ("rnn-two-units", 6)])
def test_a_wrong_answer_is_explained_as_quiz_does(name: str, digits: int) -> None:
    """Planted mistakes are told in the same sentence, or not at all; no right one is wrong."""
    trace = compute(load(name))
    asked = list(answers.answers(trace, digits, 6, 5))
    found = Counter(what for what, _, _ in answers.compared(trace, asked))
    assert found.keys() <= {"right", "same", "silent"}
    assert found["same"] > found["silent"]


@needs_node
def test_a_number_off_in_one_digit_is_given_no_cause() -> None:
    """It may be a slip, which `quiz` weighs against mistakes; any other number is explained."""
    trace = compute(load("two-layers"))
    slip, other = (
        answers.Answer("s@1", text, (), Reply.WRONG) for text in ("0.442", "0.443")
    )  # it is 0.342, and 0.443 is about what a bias counted twice gives
    found = answers.judged(trace, [slip, other])
    assert found == [("wrong", []), ("wrong", ["Perhaps: by is counted twice."])]


@needs_node
@pytest.mark.parametrize(
    ("name", "id_", "other"), [("one-step", "dW_i", "dW_f"), ("two-layers", "l2.h@2", "l1.h@2")]
)
def test_another_symbols_value_that_a_formula_gives_too_has_no_cause(
    name: str, id_: str, other: str
) -> None:
    """Which of the two it is, `quiz` weighs by the other answers; the page names neither."""
    trace = compute(load(name))
    text = " ".join(f"{entry:.6g}" for entry in np.ravel(trace.find(other).value))
    found = answers.judged(trace, [answers.Answer(id_, text, (), Reply.WRONG)])
    assert found == [("wrong", [])]


@needs_node
def test_copied_answers_are_read_by_check() -> None:
    """All answers of a person, as the page copies them, stand for their steps."""
    trace = compute(load("two-units"))
    code = """
      const values = run(data);
      const found = [...evaluations(data)].filter(([equation]) => equation.right)
        .map(([equation, t]) => {
          const { shape, data: entries } = values.value(equation.target, t);
          const texts = entries.map((entry) => significant(entry, 6));
          return answerText(idOf(equation.target, t), texts, shape);
        });
    """
    lines = scripts.asked(code, scripts.program_of(trace))
    found = source_of("\n".join(lines).encode(), "answers.txt", "two-units")
    assert found.right
    assert len(submission_of("\n".join(lines).encode(), "answers.txt").entries) == len(lines)


_WAYS = {
    ("0.4777", 1): ["0.4777"],
    ("+.4777", 1): ["+.4777"],
    ("h[1] ≈ 0.4777", 1): ["0.4777"],
    ("−0.5", 1): ["-0.5"],
    ("- 0.5", 1): ["-0.5"],
    ("–0,0535", 1): ["-0.0535"],
    ("(0,48)", 1): ["0.48"],
    ("1,5e-3", 1): ["1.5e-3"],
    ("1.5E-3", 1): ["1.5E-3"],
    ("-5.35×10^-2", 1): ["-5.35e-2"],
    ("-5.35 · 10⁻²", 1): ["-5.35e-2"],
    ("5.35 x 10^(-2)", 1): ["5.35e-2"],
    ("5.35*10**2", 1): ["5.35e2"],
    ("-1/3", 1): ["-1/3"],
    ("[0.5]", 1): ["0.5"],
    ("1\N{NO-BREAK SPACE}2", 2): ["1", "2"],
    ("[[1, -2], [3, .4]]", 4): ["1", "-2", "3", ".4"],
    ("1;2", 2): ["1", "2"],
    ("1,2", 2): ["1", "2"],
    ("1, - 2", 2): ["1", "-2"],
    ("0,1; 0,2", 2): ["0.1", "0.2"],
    ("0,1 0,2", 2): ["0.1", "0.2"],
    ("0,1, 0,2", 2): ["0.1", "0.2"],
    ("0,1 0,2", 4): ["0", "1", "0", "2"],
    ("1/2, 1/3", 2): ["1/2", "1/3"],
}
_REFUSED = [
    ("", 1),
    ("a", 1),
    ("1,234", 1),
    ("1 2", 1),
    ("0.1 0.2", 3),
    ("0.1 - 0.2", 1),
    ("1/0", 1),
]


@needs_node
def test_answers_are_read_in_every_fair_way() -> None:
    """What can mean two numbers, or none, is asked for again, and never judged."""
    code = "const found = data.map(([text, size]) => readAnswer(text, size));"
    found = scripts.asked(code, [*_WAYS, *_REFUSED])
    read = [row if isinstance(row, str) else row["texts"] for row in found]
    assert read[: len(_WAYS)] == list(_WAYS.values())
    assert all(isinstance(row, str) for row in read[len(_WAYS) :])
    (third, *_), (power, *_) = (
        found[list(_WAYS).index((text, 1))]["units"] for text in ("-1/3", "-5.35×10^-2")
    )
    assert third < 1e-12
    assert np.isclose(power, 5e-5)


@pytest.mark.long
@needs_node
@pytest.mark.parametrize("update", ["momentum", "adagrad", "adam"])
def test_the_scripts_train_as_python_does(update: str) -> None:
    """An update keeps its own state from epoch to epoch, and counts them."""
    scenario = load("gomez")
    lines = [*scenario_yaml(scenario), f"update: {update}"]
    trace = compute(build(parse("\n".join(lines), "own.yaml", "scenario"), Path("own.yaml")))
    code = """
      let start = givenOf(data);
      const found = [];
      for (let n = 0; n < 5; n++) {
        const values = run(data, start);
        found.push(values.value(LOSS, null).data[0]);
        start = updated(start, values);
      }
    """.replace("LOSS", repr(trained(trace)))
    found = scripts.asked(code, scripts.program_of(trace))
    assert trace.scenario.updating.kept
    right = [epoch.loss for epoch in train(trace.scenario, 5)]
    np.testing.assert_allclose(found, right, rtol=1e-12)
