"""The table of mistakes: checked when it is read, and true in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from drawing import CELLS, OF_NUMBERS, scenario_of
from model_mistakes import PAGES, scenario_for

from lstm_tutor.algebra.expression import Call, symbols, walk
from lstm_tutor.algebra.parser import parse
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.derivation.updating import Updates
from lstm_tutor.execution.program import program_of
from lstm_tutor.files.document import parse as parse_yaml
from lstm_tutor.files.problem import BadInput
from lstm_tutor.mistakes.all_edits import AllEdits, all_edits
from lstm_tutor.mistakes.given import taken_as_zero
from lstm_tutor.mistakes.mistake import COPIED, SECOND, Mistake
from lstm_tutor.mistakes.partners import Partners
from lstm_tutor.mistakes.reported import reported
from lstm_tutor.mistakes.rules import rules
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import sites
from lstm_tutor.mistakes.table import FILE, kinds, read_kinds
from lstm_tutor.mistakes.unknowns import SOLVED
from lstm_tutor.mistakes.wording import called, misconception, sentence, shown
from lstm_tutor.model.catalog import load_cell
from lstm_tutor.model.loss import NUMBERS, Loss
from lstm_tutor.model.symbol import Id
from lstm_tutor.model.update_page import load_update
from lstm_tutor.scenario.loading import build
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.scenario.updating import Updating
from lstm_tutor.trace.trace import compute

DATA = Path(__file__).parents[1] / "data"
PACKAGE = Path(__file__).parents[2] / "lstm_tutor"
SOLVED_FOR = {*SOLVED, *COPIED, *SECOND}
"""The kinds that hold a number which is found out elsewhere."""
ODD = {
    name: load_cell(f"{name}.yaml", DATA)
    for name in ("peephole", "leaky", "coupled", "strange")
}
ALL_CELLS = {**CELLS, **ODD}
NAMES = ("candidate", "cell state", "hidden state", "input gate", "forget gate", "output gate")
ODD_LOSS = Loss(
    "odd",
    "a loss with activations and a product of vectors",
    parse("sum((1 - tanh(h[t]) * y[t])**2 - 2 * y[t]) / N - h[t] @ y[t] * sigmoid(N)"),
)
MODEL = "of a model"
"""Stands for the loss of what is a whole model, with a seed in place of time steps."""
LOSSES = {**OF_NUMBERS, "odd": ODD_LOSS}
ROW = """
{name}:
  called: a test's mistake
  cost: 1
  change: [activation(A) -> activation(2 * A)]
  shown: "{{new}} instead of {{part}}"
  says: "The activation is taken of twice its input: {{new}}."
  why: {{forward: It is taken of its input as it is.}}
"""


@cache
def _scenario(cell: str, loss: str, steps: int) -> Scenario:
    if loss == MODEL:
        return scenario_for(cell, steps)
    name, *updated = cell.split("+")
    found = replace(scenario_of(ALL_CELLS[name], steps=steps), loss=LOSSES[loss])
    return _updated(found, *updated) if updated else found


def _updated(scenario: Scenario, clip: str, update: str) -> Scenario:
    """Return a scenario whose gradients are clipped and weights updated by bundled pages."""
    pages = load_update(clip, DATA, clip=True), load_update(update, DATA)
    updates = Updates(scenario.cell, pages)
    cell = updates.named()
    kept = {
        name: np.full_like(scenario.parameters[cell.beside[name].weight], start + 0.5)
        for name, start in updates.kept.items()
    }
    settings = {name: n for page in pages for name, n in page.settings.items()}
    updating = Updating(pages[1], pages[0], settings, kept)
    return replace(scenario, cell=cell, updating=updating)


@cache
def _edits(cell: str, loss: str, steps: int) -> AllEdits:
    scenario = _scenario(cell, loss, steps)
    return all_edits(scenario, program_of(scenario))


def _mistakes(cell: str, loss: str, steps: int) -> Iterator[Mistake]:
    """Yield every mistake of a program, and what may be reported in place of each value."""
    known, scenario = _edits(cell, loss, steps), _scenario(cell, loss, steps)
    yield from (Mistake((edit,)) for edit in known.edits)
    yield from known.families
    yield from (Mistake((taken_as_zero(place),)) for place in scenario.initial)
    places = compute(scenario).places
    for place in (*places.places(), *(Id("db_h", t) for t in range(scenario.steps))):
        if place in places:
            yield from reported(place, places)


PROGRAMS = [
    (cell, loss, steps)
    for cell in ALL_CELLS
    for loss, steps in (("half-squared-error", 1), ("mean-squared-error", 3), ("odd", 2))
]
PROGRAMS += [(model, MODEL, seed) for model in PAGES for seed in (1, 2)]
PROGRAMS += [
    ("rnn+value+adagrad", "half-squared-error", 2),
    ("rnn+norm+momentum", "half-squared-error", 2),
    ("rnn+value+adam", "mean-squared-error", 3),
]
every_program = pytest.mark.parametrize(("cell", "loss", "steps"), PROGRAMS)


@cache
def _texts(cell: str, loss: str, steps: int) -> list[tuple[Mistake, str, tuple[str, ...]]]:
    """Return what is said of each mistake: its sentence and the other words; a formula is
    written as a mark.
    """
    scenario = _scenario(cell, loss, steps)
    found: list[tuple[Mistake, str, tuple[str, ...]]] = []
    for mistake in _mistakes(cell, loss, steps):
        for edit in mistake.edits[:1] if mistake.together else mistake.edits:
            said = sentence(mistake, edit, scenario, lambda _: "‹›", None)
            short = shown(edit, scenario, lambda _: "‹›")
            why = misconception(mistake, edit, scenario)
            found.append((mistake, said, (short, called(mistake.kind), why)))
    return found


@every_program
def test_no_words_have_a_hole(cell: str, loss: str, steps: int) -> None:
    """Every kind in every role it has in the program: no brace, no empty place, a full stop."""
    for mistake, said, others in _texts(cell, loss, steps):
        assert re.fullmatch(r"[A-Z‹].*\.", said), mistake.id
        assert all(others[:2]), mistake.id
        for words in (said, *others):
            assert not re.search(r"[{}]|  | [.,:;]|^ | $|None|: *$", words), (mistake.id, words)


@every_program
def test_words_are_true_of_the_cell_and_the_loss(cell: str, loss: str, steps: int) -> None:
    """No name that the cell does not have, no chain rule forwards, no sum that is a mean."""
    scenario = _scenario(cell, loss, steps)
    named = scenario.cell
    names = {*named.gates.values(), *named.names.values()}
    wrong = [name for name in NAMES if name not in names]
    wrong += ["nothing is averaged"] * (loss not in ("half-squared-error", MODEL))
    wrong += ["every time step", "stood alone", "last time step", "first time step is"] * (
        scenario.steps == 1
    )
    wrong += ["gates", "another gate"] * (len(named.gates) == 1)
    wrong += ["sequences", "batch"] * (scenario.batch is None)
    wrong += ["layer"] * (len(scenario.layers) < 2 and len(named.states) < 2)
    wrong += ["oftmax", "share"] * (not _uses(scenario, "softmax"))
    wrong += ["joined"] * (not _uses(scenario, "concat"))
    wrong += ["right to left"] * (not named.late)
    wrong += ["loss", "label"] * (not scenario.has_labels)
    wrong += ["classes", "Classes"] * (scenario.loss.labels == NUMBERS)
    for mistake, *texts in _texts(cell, loss, steps):
        role = mistake.edits[0].role
        forwards = ["chain rule", "gradient", "slope"] * (role in ("forward", "loss", "given"))
        weights = ["used at every time step"] * (role != "sum over time")
        for words in (texts[0], *texts[1]):
            for word in (*wrong, *forwards, *weights):
                assert word not in words, (mistake.id, words)


def _uses(scenario: Scenario, function: str) -> bool:
    formulas = (line.expression for line in scenario.cell.equations)
    nodes = (node for formula in formulas if formula is not None for node in walk(formula))
    return any(isinstance(node, Call) and node.function == function for node in nodes)


@pytest.mark.slow
def test_every_row_is_used_in_every_role_it_has() -> None:
    """By some program: nothing in the table is said of what cannot happen."""
    found = {
        (mistake.kind, edit.role)
        for program in PROGRAMS
        for mistake in _mistakes(*program)
        for edit in mistake.edits
    }
    named = {(name, role) for name, kind in kinds().items() for role in kind.why}
    assert {(n, role) for n, role in named - found if n not in SOLVED_FOR} == set()


@pytest.mark.long
@pytest.mark.parametrize("cell", ALL_CELLS)
def test_every_edit_changes_its_formula(cell: str) -> None:
    """Each to a formula of its own, under an id of its own."""
    known = _edits(cell, "half-squared-error", 3).edits
    assert all(edit.learner != edit.right for edit in known)
    assert len({edit.id for edit in known}) == len(known)
    assert len({(edit.target, edit.learner) for edit in known}) == len(known)


@pytest.mark.parametrize("cell", ALL_CELLS)
def test_a_formula_put_together_again_is_the_same(cell: str) -> None:
    """What is at a site, put back, gives the formula; of sums and products every one once."""
    for equation in program_of(_scenario(cell, "half-squared-error", 3)).equations():
        if equation.expression is not None:
            for site, put in sites(equation.expression):
                node = getattr(site, "node", None)
                assert node is None or put(node) == equation.expression


def test_what_looks_like_a_slope_and_is_none_is_a_factor() -> None:
    """In h = (1 - p**2) * s the bracket is no derivative of p; that of s is one of tanh."""
    of = _edits("coupled", "half-squared-error", 3).of
    dropped = {edit.id for edit in of["ds"] if edit.kind in ("no-derivative", "drop-factor")}
    assert "ds:drop-factor(1 - p[t]**2)" in dropped
    assert "ds:no-derivative(1 - s[t]**2)" in dropped


@pytest.mark.parametrize(
    ("cell", "target", "kind", "said"),
    [
        ("lstm", "L", "drop-power", "The square is missing: h[t] - y[t] stands where"),
        ("lstm", "da", "drop-power", "The square is missing: a[t] stands where a[t]**2"),
        ("lstm", "i", "derivative-for-activation", "it is the derivative, not the"),
        ("lstm", "h", "factor-inside", "tanh(C[t] * o[t]): what tanh(C[t]) is multiplied"),
        ("lstm", "L", "sum-before-power", "each entry is to be squared before"),
        ("leaky", "h", "drop-power", "The square is missing: u[t] stands where u[t]**2"),
    ],
)
def test_a_mistake_is_called_by_what_it_is(
    cell: str, target: str, kind: str, said: str
) -> None:
    """A forgotten square is no forgotten factor, a derivative forwards no chain rule."""
    scenario = _scenario(cell, "half-squared-error", 3)
    edits = _edits(cell, "half-squared-error", 3).of[target]
    edit = next(edit for edit in edits if edit.kind == kind)
    assert said in sentence(Mistake((edit,)), edit, scenario, lambda n: show(n, PLAIN), None)


# Rules


@pytest.mark.parametrize(
    ("rule", "formula", "part", "new", "changed"),
    [
        ("A @ B -> A * B", "W_a @ x[t]", "W_a @ x[t]", "W_a * x[t]", "W_a * x[t]"),
        ("P @ B -> P.T @ B", "W_a @ x[t]", "W_a", "W_a.T", "W_a.T @ x[t]"),
        ("tanh(A) -> tanh(2 * A)", "tanh(C[t])", "C[t]", "2 * C[t]", "tanh(2 * C[t])"),
        ("outer(A, B) -> A without B", "outer(da[t], x[t])", "x[t]", None, "da[t]"),
        ("1 - A**2 -> 1 - A", "1 - a[t]**2", "a[t]**2", "a[t]", "1 - a[t]"),
    ],
)
def test_a_rule_rewrites_what_looks_like_its_left_side(
    rule: str, formula: str, part: str, new: str | None, changed: str
) -> None:
    """What was changed is the smallest part that differs, or what is missed."""
    scenario = _scenario("lstm", "half-squared-error", 3)
    program = program_of(scenario)
    setting = Setting(next(program.equations()), Partners(scenario, program))
    site = next(
        site for site, _ in sites(parse(formula, derived=True)) if hasattr(site, "node")
    )
    (only,) = rules(rule)
    (found,) = only(site, setting)
    assert [node if node is None else show(node, PLAIN) for node in found] == [
        part,
        new,
        changed,
    ]


@pytest.mark.parametrize("formula", ["W_a * x[t]", "(W_a * x[t]) @ h[t]", "x[t]"])
def test_a_rule_leaves_alone_what_looks_different(formula: str) -> None:
    """Another operator, or no parameter where the rule has one."""
    scenario = _scenario("lstm", "half-squared-error", 3)
    program = program_of(scenario)
    setting = Setting(next(program.equations()), Partners(scenario, program))
    (only,) = rules("P @ B -> P.T @ B")
    for site, _ in sites(parse(formula, derived=True)):
        assert list(only(site, setting)) == []


# The table is checked when it is read


def _refused(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "kinds.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadInput) as error:
        read_kinds(file)
    return [f"{problem.place}: {problem.message}" for problem in error.value.problems]


BAD_ROWS = {
    "no words": (
        'says: "The activation is taken of twice its input: {new}."',
        "",
        "the mistake twice lacks the key 'says'",
    ),
    "an unknown key": ("cost: 1", "cost: 1\n  kost: 2", "unknown key 'kost'"),
    "an unknown placeholder": ("input: {new}", "input: {gate}", "no placeholder {gate}"),
    "an open brace": ("input: {new}", "input: {new", "not a template: expected '}'"),
    "an unknown role": ("{forward:", "{foward:", "there is no role 'foward'"),
    "no role": ("{forward: It is taken of its input as it is.}", "{}", "no role is named"),
    "a role twice": ("{forward:", "{backward: none, 'forward, backward':", "is given twice"),
    "a role without explanation": ("It is taken of its input as it is.", "", "is empty"),
    "an unknown fact": (
        "It is taken of its input as it is.",
        "{blue: a, otherwise: b}",
        "fact",
    ),
    "no other case": ("It is taken of its input as it is.", "{square: a}", "'otherwise'"),
    "no cost": ("cost: 1", "cost: free", "the cost is the text 'free'"),
    "no rule": ("[activation(A) -> activation(2 * A)]", "[twice]", "there is no operator"),
    "a bad rule": ("[activation(A) -> activation(2 * A)]", '["A -> B +"]', "not a formula"),
    "no list": ("[activation(A) -> activation(2 * A)]", "twice", "change is the text"),
    "an unknown family": ("cost: 1", "cost: 1\n  together: all", "there is no mistake"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_refused_with_its_position(case: str, tmp_path: Path) -> None:
    """All that a row can lack or get wrong, found when the table is read."""
    was, now, message = BAD_ROWS[case]
    row = ROW.format(name="twice")
    assert row.count(was) >= 1
    table = FILE.read_text("utf-8")
    (found,) = _refused(tmp_path, table + row.replace(was, now, 1))
    assert message in found
    line = int(found.split(":")[1])
    assert line > len(table.splitlines())
    assert re.match(r"kinds\.yaml:\d+:\d+: ", found)


def test_all_problems_of_the_table_are_told_at_once(tmp_path: Path) -> None:
    """A function without a row, and two rows that are not whole."""
    table = FILE.read_text("utf-8").replace("change: [drop_power]", "change: []")
    bad = table + ROW.format(name="one").replace("cost: 1", "cost: 0")
    found = _refused(tmp_path, bad + ROW.format(name="two").replace("{forward:", "{bakward:"))
    assert len(found) == 3
    assert "the operator drop_power is no kind of mistake" in found[0]


def test_no_mistake_reads_what_no_layer_has() -> None:
    """A parameter of one layer is taken for another layer's only where that has it."""
    text = """
model:
  - rnn
  - gates: {a: candidate}
    axes: {x: [input], h: [hidden], W: [hidden, input], k: []}
    equations: |
      z_a[t] = W_a @ x[t] + k_a * h[t-1]
      a[t] = tanh(z_a[t])
      h[t] = k_a * a[t]
inputs: [[1, 2], [3, 4]]
labels: [[1, 2], [3, 4]]
weights: {init: {scheme: uniform}, hidden: 2}
"""
    scenario = build(parse_yaml(text, "own.yaml", "scenario"), Path())
    program = program_of(scenario)
    read = {
        symbol.name
        for edit in all_edits(scenario, program).edits
        for symbol in symbols(edit.learner)
    }
    assert read <= program.plain.axes.keys()
