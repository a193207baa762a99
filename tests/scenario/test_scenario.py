"""Scenario files with models, batches, texts and arrays in files: what is wrong is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import invoke, shown
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from trees import outcome, tree_of

from lstm_tutor.export.data import json_chunks
from lstm_tutor.files.document import parse
from lstm_tutor.files.problem import BadInput, Problem
from lstm_tutor.files.safetensors import safetensors
from lstm_tutor.model.symbol import Id
from lstm_tutor.scenario.catalog import bundled, folder
from lstm_tutor.scenario.embedded import scenario_of
from lstm_tutor.scenario.loading import build, load
from lstm_tutor.scenario.plain import scenario_data, scenario_hash, scenario_yaml
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.scenario.schema import schema
from lstm_tutor.trace.trace import compute

DRAWN = "weights: {init: {scheme: uniform}, hidden: 2}\n"
ONE = "inputs: [[1, 2], [3, 4]]\n"
TWO = "inputs: [[[1, 2]], [[3, 4]]]\n"
WITH_V = (
    "{gates: {a: candidate}, axes: {x: [input], h: [hidden], W: [hidden, input], "
    'V: [hidden, hidden]}, equations: "z_a[t] = W_a @ x[t] + V_a @ h[t-1]\\n'
    'a[t] = tanh(z_a[t])\\nh[t] = a[t]"}'
)
BATCH = f"cell: rnn\n{TWO}{DRAWN}"
SOFTMAX = f"model: [rnn, softmax]\nloss: cross-entropy\n{DRAWN}"
BOTH = f"model: [{{page: rnn, direction: both}}]\n{ONE}{DRAWN}"
EMBED = """model:
  - axes: {x: [words], e: [embed], h: [hidden], E: [embed, words], W: [hidden, embed]}
    equations: |
      e[t] = E @ x[t]
      h[t] = tanh(W @ e[t] + h[t-1])
  - softmax
inputs: [[1, 0]]
"""


@dataclass(frozen=True)
class Bad:
    """A scenario that is refused: its text, where, what is said, and what to do."""

    what: str
    text: str
    at: str
    message: str
    advice: str = ""
    problems: int = 1


def made(text: str, path: Path = Path("file.yaml")) -> Scenario:
    """Return the scenario of a file's text."""
    return build(parse(text, "file.yaml", "scenario"), path)


def refused(text: str, path: Path = Path("file.yaml")) -> tuple[Problem, ...]:
    """Return the problems of a file's text."""
    with pytest.raises(BadInput) as error:
        made(text, path)
    return error.value.problems


def again(scenario: Scenario) -> Scenario:
    """Return a scenario written and read once more."""
    return made("\n".join(scenario_yaml(scenario)))


BAD = [
    # states of a batch
    Bad(
        "three rows for two sequences",
        BATCH + "initial: {h: [[1, 2], [3, 4], [5, 6]]}",
        "4:14",
        "initial.h has 3 rows on the axis 'batch'",
        "2, as set by inputs (line 2)",
    ),
    Bad(
        "one row of another size",
        BATCH + "initial: {h: [1, 2, 3]}",
        "4:14",
        "initial.h has 3 numbers on the axis 'hidden'",
        "one row for each sequence, [[…], […]], or one for all of them",
    ),
    Bad(
        "three numbers for two sequences",
        "cell:\n  axes: {c: [], h: [hidden], w: [hidden]}\n  equations: |\n"
        "    c[t] = tanh(c[t-1] + sum(x[t]))\n    h[t] = w * c[t]\n"
        f"{TWO}weights: {{w: [1, 2]}}\ninitial: {{c: [1, 2, 3]}}",
        "8:14",
        "initial.c has 3 numbers on the axis 'batch'",
        "one number for each sequence, […, …], or one for all of them",
    ),
    Bad(
        "a row and a number",
        BATCH + "initial: {h: [[1, 2], 3]}",
        "4:23",
        "initial.h.1 is 3",
        "a list of numbers",
    ),
    # levels
    Bad(
        "labels of one sequence beside a batch",
        BATCH + "labels: [0.5]",
        "4:9",
        "labels is one sequence",
        "a list of sequences, each a list of rows: inputs (line 2) is a batch",
    ),
    Bad(
        "labels of a batch beside one sequence",
        f"cell: rnn\n{ONE}{DRAWN}labels: [[[1, 2]], [[3, 4]]]",
        "4:9",
        "labels is a batch of 2 sequences",
        "one row per time step: inputs (line 2) is one sequence",
    ),
    Bad(
        "plain numbers as rows of a batch",
        BATCH + "labels: [[0.5], [[1, 2]]]",
        "4:11",
        "labels.0.0 is 0.5",
        "in a batch every row is one; write [0.5]",
    ),
    Bad(
        "null among sequences",
        BATCH + "labels: [[[1, 2]], null]",
        "4:20",
        "labels.1 is empty (null)",
        "a sequence of the batch: a list of rows",
    ),
    Bad(
        "a number among sequences",
        f"cell: rnn\n{DRAWN}inputs: [[[1, 2]], 3]",
        "3:20",
        "inputs.1 is 3",
        "a sequence of the batch: a list of rows",
    ),
    Bad("no labels", BATCH + "labels: []", "4:9", "labels is an empty list"),
    Bad("no rows", BATCH + "labels: [[[1, 2]], []]", "4:20", "labels.1 is an empty list"),
    Bad("no gradients", BATCH + "upstream: {h: []}", "4:15", "upstream.h is an empty list"),
    Bad(
        "gradients all null",
        BATCH + "upstream: {h: [[null], [null]]}",
        "4:15",
        "upstream.h has no gradient at any time step",
        "at least one, or no such entry",
    ),
    Bad("nothing upstream", BATCH + "upstream: {}", "4:1", "upstream has no gradient", "of h"),
    Bad(
        "a text upstream",
        BATCH + "upstream: {h: {text: ab}}",
        "4:15",
        "upstream.h is a text, and a gradient is made of numbers",
    ),
    # texts
    Bad(
        "a letter twice",
        SOFTMAX + "inputs: {text: hell, vocabulary: hell}\nlabels: {text: ello}",
        "4:34",
        "inputs.vocabulary is 'hell', with 'l' 2 times",
        "its characters, each once",
    ),
    Bad(
        "a letter that is not there",
        SOFTMAX + "inputs: {text: abc}\nlabels: {text: abx}",
        "5:16",
        "'x' is not in the vocabulary 'abc'",
        "characters of inputs.text (line 4); write a vocabulary that has it",
    ),
    Bad(
        "labels spelled without cross-entropy",
        f"cell: lstm\n{DRAWN}inputs: {{text: hell, vocabulary: helo}}\nlabels: {{text: ello}}",
        "4:9",
        "the characters of a text are classes, which this loss does not compare",
        "write 'loss: cross-entropy', and end the model with softmax",
    ),
    Bad(
        "a text that is a number",
        SOFTMAX + "inputs: {text: 1234}",
        "4:16",
        "inputs.text is 1234",
        "put it in quotes",
    ),
    Bad(
        "a vocabulary alone",
        SOFTMAX + "inputs: {vocabulary: helo}",
        "4:1",
        "the key 'inputs.text' is missing",
    ),
    Bad(
        "a misspelled key of a text",
        SOFTMAX + "inputs: {text: hell, vocab: helo}",
        "4:22",
        "unknown key 'inputs.vocab'",
        "did you mean 'vocabulary'?",
    ),
    Bad(
        "a list with no text in it",
        SOFTMAX + "inputs: {text: [hell, '']}",
        "4:23",
        "inputs.text.1 is the text ''",
    ),
    Bad(
        "one text beside two",
        SOFTMAX + "inputs: {text: [ab, ba]}\nlabels: {text: ab}",
        "5:9",
        "labels is one sequence",
    ),
    Bad(
        "a text that is too long",
        SOFTMAX + f"inputs: {{text: {'ab' * 40_000}}}",
        "4:16",
        "inputs.text stands for 160,000 numbers",
        "at most 150,000: one for each character and letter; shorten it",
    ),
    # sizes
    Bad(
        "labels of joined directions",
        BOTH + "labels: [[1, 2, 3], [1, 2, 3, 4]]",
        "4:10",
        "labels.0 has 3 numbers on the axis 'fw.hidden+bw.hidden'",
        "4 together: fw.hidden is 2, as set by weights.hidden (line 3); bw.hidden is 2",
    ),
    Bad(
        "gradients of joined directions",
        BOTH + "upstream: {join: [null, [1, 2, 3]]}",
        "4:25",
        "upstream.join.1 has 3 numbers on the axis 'fw.hidden+bw.hidden'",
    ),
    Bad(
        "columns after joined directions",
        """model: [{page: rnn, direction: both}, linear]
inputs: [[1]]
weights:
  fw: {W: {h: [[1], [2]]}, U: {h: [[1, 2], [3, 4]]}, b: {h: [1, 2]}}
  bw: {W: {h: 1}, U: {h: 1}, b: {h: 1}}
  V: [[1, 2, 3, 4]]
  by: [1]
""",
        "6:6",
        "weights.V has 4 columns on the axis 'fw.hidden+bw.hidden'",
        "3 together: fw.hidden is 2, as set by weights.fw.W.h (line 4); bw.hidden is 1, as "
        "set by weights.bw.W.h (line 5)",
    ),
    Bad(
        "outputs without a readout",
        f"cell: rnn\n{ONE}weights: {{init: {{scheme: uniform}}, hidden: 2, outputs: 3}}",
        "3:47",
        "weights.outputs sizes a readout, and the model ends without one",
        "remove it",
    ),
    Bad(
        "outputs after joined directions",
        BOTH.replace("hidden: 2", "hidden: 2, outputs: 4"),
        "3:47",
        "weights.outputs sizes a readout",
    ),
    Bad(
        "outputs and a vocabulary",
        SOFTMAX.replace("hidden: 2", "hidden: 2, outputs: 3") + "inputs: {text: ab}\n"
        "labels: {text: ab}",
        "3:56",
        "weights.outputs is 3",
        "2, as set by inputs.text (line 4)",
    ),
    Bad(
        "a page's own axis",
        EMBED + "weights: {init: {scheme: uniform}, hidden: 2, outputs: 3}",
        "8:1",
        "no entry says how large the axis 'embed' is",
        "write weights.sizes: {embed: …}",
    ),
    Bad(
        "an axis that is not there",
        EMBED + "weights: {init: {scheme: uniform}, hidden: 2, outputs: 3, sizes: {embde: 1}}",
        "8:67",
        "the model own page, softmax has no axis 'embde'",
        "did you mean 'embed'?",
    ),
    Bad(
        "an axis sized twice",
        f"cell: rnn\n{ONE}"
        "weights: {init: {scheme: zeros}, hidden: 2, sizes: {hidden: 3}}",
        "3:61",
        "weights.sizes.hidden is 3",
        "2, as set by weights.hidden (line 3)",
    ),
    Bad(
        "a size that is text",
        f"cell: rnn\n{ONE}weights: {{init: {{scheme: zeros}}, hidden: 2, sizes: {{input: x}}}}",
        "3:60",
        "weights.sizes.input is the text 'x'",
        "a whole number",
    ),
    Bad(
        "the first of two readouts",
        f"model: [rnn, sigmoid, linear]\n{ONE}"
        "weights: {init: {scheme: uniform}, hidden: 2, outputs: 1}",
        "3:1",
        "no entry says how large the axis 'r1.output' is",
        "write weights.sizes: {r1.output: …}",
    ),
    Bad(
        "hidden units by layer, of one layer",
        f"cell: rnn\n{ONE}weights: {{init: {{scheme: uniform}}, hidden: {{l1: 2}}}}",
        "3:44",
        "weights.hidden has entries, and there is one layer",
        "one number",
    ),
    Bad(
        "hidden units of a layer without a name",
        f"cell: rnn\n{ONE}weights: {{init: {{scheme: uniform}}, hidden: {{'': 2}}}}",
        "3:44",
        "weights.hidden has entries, and there is one layer",
    ),
    Bad(
        "hidden units of a direction left out",
        f"model: [rnn, {{page: rnn, direction: both}}]\n{ONE}"
        "weights: {init: {scheme: uniform}, hidden: {l1: 2, l2.fw: 2}}",
        "3:1",
        "no entry says how large the axis 'l2.bw.hidden' is",
        "write weights.hidden: {l2.bw: …}",
    ),
    # pages
    *(
        Bad(
            f"a layer called {name}",
            f"model: [{{page: rnn, as: {name}}}]\n{ONE}{DRAWN}",
            "1:25",
            f"model.0.as is '{name}', which stands for something else",
            "choose another name",
        )
        for name in ("init", "file", "dialect")
    ),
    *(
        Bad(
            f"a layer called {name}",
            f"model: [{{page: rnn, as: {name}}}]\n{ONE}{DRAWN}",
            "1:25",
            f"model.0.as is {said}",
            "a letter, then letters and digits: top",
        )
        for name, said in (("1", "1"), ("1top", "the text '1top'"), ("a.b", "the text 'a.b'"))
    ),
    Bad(
        "a layer called like a block",
        f"model: [{{page: rnn, as: V}}, linear]\n{ONE}{DRAWN}",
        "1:8",
        "a page is called V, which is a name of the model, too",
    ),
    Bad(
        "a readout with weights called like a block of the cell's",
        f"model: [{WITH_V}, linear]\n{ONE}{DRAWN}",
        "1:8",
        "two pages have a V: give one a name with 'as'",
    ),
    Bad(
        "a readout called like a direction",
        f"model: [{{page: rnn, direction: both}}, {{page: linear, as: bw}}]\n{ONE}{DRAWN}",
        "1:8",
        "two pages are called bw",
    ),
    Bad(
        "no direction",
        f"model: [{{page: rnn, direction: null}}]\n{ONE}{DRAWN}",
        "1:32",
        "model.0.direction is empty (null)",
        "one of forward, backward, both",
    ),
    Bad(
        "no page",
        f"model: [{{as: foo}}]\n{ONE}{DRAWN}",
        "1:9",
        "model.0 lacks the key 'page'",
        "the name of a page",
    ),
    Bad(
        "a page that reads a number after one that gives a list",
        "model:\n  - rnn\n  - axes: {x: [], w: [hidden], h: [hidden]}\n"
        f"    equations: h[t] = tanh(w * x[t])\n{ONE}{DRAWN}",
        "2:3",
        "the page own page reads a number, and gets a list of numbers",
    ),
    # losses
    Bad(
        "sigmoid with cross-entropy",
        f"model: [rnn, sigmoid]\n{ONE}{DRAWN}loss: cross-entropy\nlabels: [[1, 0], [0, 1]]",
        "4:7",
        "cross-entropy compares shares that add up to 1, and sigmoid makes others",
        "write 'loss: binary-cross-entropy', or end the model with softmax",
    ),
    Bad(
        "softmax with binary-cross-entropy",
        f"model: [rnn, softmax]\n{ONE}{DRAWN}loss: binary-cross-entropy\n"
        "labels: [[1, 0], null]",
        "4:7",
        "binary-cross-entropy compares probabilities that go by themselves, and softmax makes",
        "write 'loss: cross-entropy', or end the model with sigmoid",
    ),
    Bad(
        "a label above 1",
        f"model: [rnn, sigmoid]\n{ONE}{DRAWN}loss: binary-cross-entropy\nlabels: [2, null]",
        "5:10",
        "labels.0 has the label 2",
        "0 for no, 1 for yes",
    ),
    Bad(
        "one class",
        f"model: [rnn, softmax]\n{ONE}loss: cross-entropy\nlabels: [0, 0]\n"
        "weights: {init: {scheme: uniform}, hidden: 2, outputs: 1}",
        "3:7",
        "cross-entropy compares shares, and of one class the share is always 1",
        "give it two classes",
    ),
    Bad(
        "exp as a probability",
        "model:\n  - rnn\n  - axes: {h: [hidden], p: [hidden]}\n    output: p\n"
        f"    equations: p[t] = exp(h[t])\n{ONE}{DRAWN}loss: cross-entropy\nlabels: [0, 1]",
        "8:7",
        "cross-entropy compares probabilities, and p may be any number",
        "end the model with softmax",
    ),
]


@pytest.mark.each
@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_a_scenario_that_does_not_fit_is_told_so(bad: Bad) -> None:
    """Once, where it is, with what was expected or what to do."""
    problems = refused(bad.text)
    first = problems[0]
    assert f"{first.place.line}:{first.place.column}" == bad.at, first.lines()
    assert bad.message in first.message
    assert bad.advice in "; ".join(filter(None, [first.expected, first.remedy]))
    assert len(problems) == bad.problems, [problem.message for problem in problems]


# --- batches


def test_one_row_of_a_batch_is_the_state_of_every_sequence() -> None:
    """And of a unit, whose two sequences may have a number each only as rows."""
    both = made(BATCH + "initial: {h: [0.1, 0.2]}").initial[Id("h", -1)]
    each = made(BATCH + "initial: {h: [[0.1, 0.2], [0.3, 0.4]]}").initial[Id("h", -1)]
    assert both.tolist() == [[0.1, 0.1], [0.2, 0.2]]
    assert each.tolist() == [[0.1, 0.3], [0.2, 0.4]]
    one_unit = BATCH.replace("hidden: 2", "hidden: 1")
    assert made(one_unit + "initial: {h: 0.5}").initial[Id("h", -1)].tolist() == [[0.5, 0.5]]
    assert "'hidden'" in refused(one_unit + "initial: {h: [0.1, 0.2]}")[0].message


# --- texts


@pytest.mark.parametrize(
    ("inputs", "labels", "letters"),
    [
        ("{text: abc, vocabulary: abc}", "{text: xyz, vocabulary: zyxwv}", ("abc", "zyxwv")),
        ("{text: abc, vocabulary: abc}", "{text: xyx, vocabulary: xy}", ("abc", "xy")),
        ("{text: abc, vocabulary: cba}", "{text: cab}", ("cba", "cba")),
        ("[[1, 2], [3, 4], [5, 6]]", "{text: xyx}", ("", "xy")),
        ("{text: abc}", "[0, 1, 1]", ("abc", "")),
        ("{text: [ab, ba]}", "{text: [xx, zy], vocabulary: xyz}", ("ab", "xyz")),
        ("{text: 'añ😀'}", "{text: '\": ', vocabulary: '\": #'}", ("añ😀", '": #')),
    ],
)
def test_inputs_and_labels_have_vocabularies_of_their_own(
    inputs: str, labels: str, letters: tuple[str, str]
) -> None:
    """Also where they were written and read again, as YAML and as JSON."""
    text = SOFTMAX.replace("hidden: 2", "hidden: 2, outputs: 2") if "[0," in labels else SOFTMAX
    one = made(f"{text}inputs: {inputs}\nlabels: {labels}")
    assert (one.vocabulary, one.classes) == letters
    data = scenario_of(scenario_data(one), Path("run.json"))
    for other in (again(one), data):
        assert (other.vocabulary, other.classes) == (one.vocabulary, one.classes)
        assert np.array_equal(other.inputs, one.inputs)
        assert np.array_equal(other.labels, one.labels)
        assert scenario_hash(other) == scenario_hash(one)


def test_each_step_is_told_by_the_characters_of_its_own_axis(tmp_path: Path) -> None:
    """Inputs by theirs, labels and probabilities by the labels', and transcripts alike."""
    path = tmp_path / "own.yaml"
    words = "inputs: {text: ab, vocabulary: abc}\nlabels: {text: zx, vocabulary: zyx}\n"
    path.write_text(SOFTMAX + words, "utf-8")
    trace = compute(load(str(path)))
    steps = {id_: trace.find(id_) for id_ in ("x@1", "y@1", "p@0", "dx@0", "h@0", "V", "dW")}
    assert [steps["x@1"].character, steps["y@1"].character] == ["b", "x"]
    assert {id_: step.letters for id_, step in steps.items()} == {
        "x@1": ("abc",),
        "y@1": ("zyx",),
        "p@0": ("zyx",),
        "dx@0": ("abc",),
        "h@0": ("",),
        "V": ("zyx", ""),
        "dW": ("", "abc"),
    }
    saved = tmp_path / "own.md"
    assert invoke("export", str(path), "-o", str(saved)).code == 0
    assert "in the order z, y, x" in saved.read_text("utf-8")
    assert "are right" in shown("verify", str(saved))


def test_any_character_may_be_a_letter(tmp_path: Path) -> None:
    """Those that nobody sees are named, and no notation is made of one."""
    path = tmp_path / "odd.yaml"
    letters = "|*_<`$\\, #é😀\n\t"
    texts = {"inputs": {"text": letters}, "labels": {"text": letters[::-1]}}
    lines = (f"{key}: {json.dumps(text, ensure_ascii=False)}\n" for key, text in texts.items())
    path.write_text(SOFTMAX + "".join(lines), "utf-8")
    names = [*"|*_<`$\\", "comma", "space", "#", "é", "😀", "newline", "tab"]
    screen = shown("run", str(path)).splitlines()
    said = [line.strip() for line in screen if "(the character" in line]
    assert said == [f"(the character {name})" for name in (*names, *reversed(names))]
    heads = [line.split() for line in screen if line and set(line.split()) <= set(names)]
    assert " ".join(names) in " ".join(name for head in heads for name in head)
    saved = tmp_path / "odd.md"
    assert invoke("export", str(path), "-o", str(saved)).code == 0
    assert r"(in the order \|, \*, \_, \<, \`, \$, \\," in saved.read_text("utf-8")
    assert "are right" in shown("verify", str(saved))


def test_rows_that_spell_nothing_are_written_as_numbers() -> None:
    """Where a vocabulary is known, and somebody has put other numbers in."""
    one = made(SOFTMAX + "inputs: {text: ab}\nlabels: {text: ba}")
    other = replace(one, inputs=one.inputs * 2, labels=one.labels / 2 + 0.25)
    data = scenario_data(other)
    assert data["inputs"] == [[2, 0], [0, 2]]
    assert data["labels"] == [[0.25, 0.75], [0.75, 0.25]]


# --- sizes


@pytest.mark.parametrize(
    ("model", "weights", "sizes"),
    [
        ("[rnn, {page: gru, direction: both}]", "hidden: {l1: 1, l2: 3}", [1, 3, 3]),
        (
            "[rnn, {page: gru, direction: both}]",
            "hidden: {l1: 1, l2.fw: 3, l2.bw: 2}",
            [1, 3, 2],
        ),
        ("[{page: gru, direction: both}, rnn]", "hidden: {l1: 3, l2: 1}", [3, 3, 1]),
        ("[{page: gru, direction: both}]", "hidden: {fw: 3, bw: 1}", [3, 1]),
        ("[rnn]", "sizes: {hidden: 3}", [3]),
    ],
)
def test_hidden_units_are_told_by_layer_and_direction(
    model: str, weights: str, sizes: list[int]
) -> None:
    """A layer's number is that of both its directions, unless they have their own."""
    text = f"model: {model}\n{ONE}weights: {{init: {{scheme: uniform}}, {weights}}}"
    assert [len(value) for value in made(text).initial.values()] == sizes


def test_every_axis_can_be_sized() -> None:
    """A page's own, and that of a readout before the last."""
    drawn = "weights: {init: {scheme: uniform}, hidden: 2, outputs: 3, sizes: {%s}}"
    assert made(EMBED + drawn % "embed: 4").sizes["embed"] == 4
    model = f"model: [rnn, sigmoid, linear]\n{ONE}"
    assert made(model + drawn % "r1.output: 4").parameters["r1.V"].shape == (4, 2)


def test_labels_say_how_many_hidden_units_there_are() -> None:
    """Where generated weights do not."""
    text = f"cell: rnn\n{ONE}labels: [[1, 2, 3], null]\nweights: {{init: {{scheme: zeros}}}}"
    assert made(text).sizes["hidden"] == 3


# --- losses


@pytest.mark.parametrize(
    ("readout", "loss", "labels"),
    [
        ("softmax", "cross-entropy", "[0, [0.5, 0.5]]"),
        ("softmax", "half-squared-error", "[[0.2, 0.8], null]"),
        ("sigmoid", "binary-cross-entropy", "[[0, 1], [0.3, 1]]"),
        ("sigmoid", "squared-error", "[[2, 1], null]"),
        ("linear", "mean-squared-error", "[[2, 1], null]"),
    ],
)
def test_a_readout_goes_with_the_losses_that_compare_what_it_makes(
    readout: str, loss: str, labels: str
) -> None:
    """What is not refused is computed."""
    text = f"model: [rnn, {readout}]\nloss: {loss}\n{ONE}labels: {labels}\n{DRAWN}"
    assert compute(made(text)).loss_before


# --- arrays in files


def _saved(folder: Path, **arrays: Any) -> Path:
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.asarray(array), allow_pickle=True)
    return folder / "scenario.yaml"


_X = np.arange(24.0).reshape(2, 3, 4) / 10  # input, batch, time


def test_inputs_are_read_from_a_file_with_its_axes_in_any_order(tmp_path: Path) -> None:
    """They are the array's numbers, and are written out wherever the scenario travels."""
    path = _saved(tmp_path, x=_X, y=_X.transpose(1, 2, 0), g=_X[:, 0].T)
    axes = "axes: [input, batch, time]"
    text = f"cell: rnn\ninputs: {{file: x.npy, {axes}}}\nlabels: {{file: y.npy}}\n{DRAWN}"
    one = made(text, path)
    assert np.array_equal(one.inputs, _X.transpose(2, 0, 1))
    assert np.array_equal(one.labels, _X.transpose(2, 0, 1))
    assert scenario_hash(again(one)) == scenario_hash(one)
    path.write_text(text, "utf-8")
    saved = tmp_path / "elsewhere" / "x.md"
    saved.parent.mkdir()
    assert invoke("export", str(path), "-o", str(saved)).code == 0
    assert "are right" in shown("verify", str(saved))
    single = "cell: rnn\ninputs: {file: g.npy}\nupstream: {h: {file: g.npy}}\n" + DRAWN
    assert np.array_equal(made(single, path).inputs, _X[:, 0].T)


@pytest.mark.parametrize("dtype", [">f8", "<f4", "i2", "u1"])
def test_numbers_of_any_kind_are_read(dtype: str, tmp_path: Path) -> None:
    """As they are in a weights file."""
    path = _saved(tmp_path, x=np.array([[1, 2], [3, 4]], dtype=dtype))
    text = "cell: rnn\ninputs: {file: x.npy}\n" + DRAWN
    assert made(text, path).inputs.tolist() == [[1, 2], [3, 4]]


def test_labels_of_a_file_are_classes_or_missing(tmp_path: Path) -> None:
    """A whole number is a class where the loss compares shares; NaN is no label."""
    path = _saved(tmp_path, x=np.eye(3), c=[0, np.nan, 1], y=[[1, 2], [np.nan, np.nan], [3, 4]])
    text = SOFTMAX.replace("hidden: 2", "hidden: 2, outputs: 2") + "inputs: {file: x.npy}\n"
    classes = made(text + "labels: {file: c.npy, axes: [time]}", path)
    assert classes.labels.tolist() == [[1, 0], [0, 0], [0, 1]]
    assert classes.labelled.tolist() == [True, False, True]
    rows = made(f"cell: rnn\n{DRAWN}inputs: {{file: x.npy}}\nlabels: {{file: y.npy}}", path)
    assert rows.labels.tolist() == [[1, 2], [0, 0], [3, 4]]


_LSTM = "weights: {init: {scheme: uniform}, hidden: 2}\n"


def test_arrays_in_the_scenario_are_laid_as_their_axes_say(tmp_path: Path) -> None:
    """Inputs, gradients from outside and states as a course has them, without turning them."""
    text = (
        f"cell: lstm\n{_LSTM}inputs: {{axes: [input, batch], values: {_X[..., 0].tolist()}}}\n"
        "initial:\n  h: {axes: [hidden, batch], values: [[1, 2, 3], [4, 5, 6]]}\n"
        "  C: {axes: [layer, batch, hidden], values: [[[1, 2], [3, 4], [5, 6]]]}\n"
        "upstream: {h: {axes: [hidden, batch], values: [[1, null, 2], [3, null, 4]]}}\n"
    )
    found = made(text, tmp_path / "x.yaml")
    assert np.array_equal(found.inputs, _X[..., 0][None])
    states = {str(id_): value.tolist() for id_, value in found.initial.items()}
    assert states == {"h@-1": [[1, 2, 3], [4, 5, 6]], "C@-1": [[1, 3, 5], [2, 4, 6]]}
    assert found.upstream["h"].there.tolist() == [[True, False, True]]
    assert found.upstream["h"].values.tolist() == [[[1, 0, 2], [3, 0, 4]]]
    assert scenario_hash(again(found)) == scenario_hash(found)


def test_one_array_has_the_states_of_all_layers(tmp_path: Path) -> None:
    """Layer by layer, and both directions of each, as frameworks stack them."""
    states = np.arange(24.0).reshape(4, 3, 2)
    text = (
        f"model: [{{page: gru, direction: both}}, {{page: gru, direction: both}}]\n{_LSTM}"
        f"inputs: {{axes: [batch, input], values: {_X[..., 0].T.tolist()}}}\n"
        f"initial: {{h: {{axes: [layer, batch, hidden], values: {states.tolist()}}}}}\n"
    )
    found = made(text, tmp_path / "x.yaml").initial
    assert [id_.name for id_ in found] == ["l1.fw.h", "l1.bw.h", "l2.fw.h", "l2.bw.h"]
    for own, value in zip(states, found.values(), strict=True):
        assert np.array_equal(value, own.T)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("h: {axes: [layer, hidden], values: [[1, 2], [3, 4]]}", "has 2 states on the axis"),
        ("h: {axes: [batch, hidden], values: [[1, 2], [3, 4]]}", "has 2 sequences on the axis"),
        ("h: {axes: [batch, hiden], values: [[1, 2]]}", "did you mean 'hidden'?"),
        ("h: {values: [[1, 2], [3]]}", "initial.h.values.1 has the shape 1"),
        ("h: {values: [1, null]}", "initial.h.values.1 is empty (null)"),
        ("h: {values: [1, 2], file: x.npy}", "has both a file and values"),
        ("h: {values: [1, 2, 3]}", "3 numbers on the axis 'hidden'"),
        ("g: {values: [1, 2]}", "unknown key 'initial.g'"),
    ],
)
def test_states_that_are_laid_wrong_are_refused(entry: str, said: str, tmp_path: Path) -> None:
    """With what was found and what there can be, and no traceback."""
    text = f"cell: lstm\n{_LSTM}inputs: [[1, 2]]\ninitial:\n  {entry}\n"
    (problem,) = refused(text, tmp_path / "x.yaml")
    assert said in f"{problem.message} {problem.remedy}"


def test_rows_in_another_order_are_told_how_to_say_so(tmp_path: Path) -> None:
    """Where every row has the wrong length the first one says what to write."""
    text = "cell: rnn\ninputs: [[1, 2], [3, 4], [5, 6]]\nlabels: [1, 2, 3]\n"
    text += "weights: {dialect: cs231n, Wx: [[1], [2], [3]], Wh: [[1]], b: [0]}\n"
    first, *_ = refused(text, tmp_path / "x.yaml")
    assert first.remedy.endswith("say how: inputs: {axes: [input, batch, time], values: …}")


_FILES: list[tuple[str, Any, str, str]] = [
    ("objects", np.array([{}]), "", "cannot be read as plain numbers"),
    ("text", np.array(["a"]), "", "holds something other than real numbers"),
    ("complex numbers", np.array([[1j]]), "", "holds something other than real numbers"),
    ("infinity", np.array([[1, np.inf]]), "", "inputs[0, 1] is inf, not a finite number"),
    ("no number", np.array([[1, np.nan]]), "", "inputs[0, 1] is nan, not a finite number"),
    ("nothing", np.zeros((0, 2)), "", "is empty"),
    ("too much", np.zeros((200_000, 1)), "", "200,000 numbers; at most 150,000 are read"),
    ("four axes", np.zeros((1, 1, 1, 1)), "", "its array has 4 axes"),
    ("too few axes", _X, "[input, time]", "its array has 3 axes, and named are 2: input and"),
    ("no time", _X, "[input, batch]", "its array has 3 axes, and named are 2: input and"),
    ("another axis", _X, "[input, batch, tim]", "no axis 'tim' here; did you mean 'time'?"),
    ("an axis twice", _X, "[time, time, input]", "the axis time is named twice"),
]


@pytest.mark.parametrize(
    ("array", "axes", "said"), [entry[1:] for entry in _FILES], ids=[f[0] for f in _FILES]
)
def test_a_file_that_does_not_fit_is_told_so(
    array: Any, axes: str, said: str, tmp_path: Path
) -> None:
    """With the array and its place in it, where the scenario names the file."""
    path = _saved(tmp_path, x=array)
    named = f", axes: {axes}" if axes else ""
    problem, *others = refused(f"cell: rnn\n{DRAWN}inputs: {{file: x.npy{named}}}", path)
    assert said in problem.message
    assert (problem.place.line, problem.place.column, others) == (3, 16, [])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{file: none.npy}", "there is no such inputs file"),
        ("{file: .}", "this is a directory, not a file"),
        ("{file: words.npy}", "cannot be read as plain numbers"),
        ("{file: two.npz}", "several arrays (a and b); say which"),
        ("{file: 3}", "inputs.file is 3"),
        ("{file: x.npy, axes: time}", "inputs.axes is the text 'time'"),
        ("{file: x.npy, axis: [time]}", "unknown key 'inputs.axis'"),
    ],
)
def test_what_is_no_file_of_numbers_is_told_so(entry: str, said: str, tmp_path: Path) -> None:
    """Missing, damaged, of another kind, or named in another way."""
    path = _saved(tmp_path, x=np.ones(3))
    (tmp_path / "words.npy").write_text("1, 2", "utf-8")
    np.savez(tmp_path / "two.npz", a=np.ones(3), b=np.ones(3))
    problems = refused(f"cell: rnn\n{DRAWN}inputs: {entry}", path)
    assert [said in problem.message for problem in problems] == [True]


def test_a_file_of_the_wrong_size_is_told_once(tmp_path: Path) -> None:
    """Not once for each of its rows."""
    path = _saved(tmp_path, x=np.ones((3, 2)), y=np.ones((3, 5)), long=np.ones((2, 4, 2)))
    text = f"cell: rnn\n{DRAWN}inputs: {{file: x.npy}}\nlabels: {{file: y.npy}}"
    (problem,) = refused(text, path)
    assert problem.message == "labels in 'y.npy' has 5 numbers on the axis 'hidden'"
    batch = f"cell: rnn\n{DRAWN}inputs: {TWO[8:]}labels: {{file: long.npy}}"
    (problem,) = refused(batch, path)
    assert problem.message == "labels has 4 rows on the axis 'time'"


# --- the schema, and what is written


@pytest.mark.parametrize("ending", ["npz", "safetensors", "json"])
def test_a_series_is_an_array_of_a_file_by_its_name(ending: str, tmp_path: Path) -> None:
    """Inputs, labels and gradients from outside may lie together, as a framework saves them."""
    arrays = {"x": np.arange(6.0).reshape(3, 2), "g": np.ones((3, 2))}
    path, file = tmp_path / "mine.yaml", tmp_path / f"a.{ending}"
    if ending == "npz":
        np.savez(file, **arrays)  # type: ignore[arg-type]
    elif ending == "json":
        file.write_text(json.dumps({name: one.tolist() for name, one in arrays.items()}))
    else:
        file.write_bytes(b"".join(safetensors(arrays, {})))
    text = f"cell: rnn\n{DRAWN}inputs: {{file: a.{ending}, name: x}}\n"
    whole = made(f"{text}upstream: {{h: {{file: a.{ending}, name: g}}}}", path)
    np.testing.assert_array_equal(whole.inputs, arrays["x"])
    np.testing.assert_array_equal(whole.upstream["h"].values, arrays["g"])
    for name, said in (("", "several arrays (x and g); say which"), ("y", "no array 'y'")):
        wrong = text.replace("name: x", f"name: {name!r}")
        (problem,) = refused(wrong, path)
        assert said in problem.message


@pytest.mark.parametrize(
    "text",
    [
        EMBED + "weights: {init: {scheme: zeros}, hidden: {l1: 2}, sizes: {embed: 2}}",
        f"cell: rnn\n{DRAWN}inputs: {{file: x.npy, axes: [input, time]}}",
        f"cell: rnn\n{DRAWN}{ONE}labels: [1, null]\n"
        "loss: {equation: 'L[t] = -sum(y[t] * log(p[t]))', labels: shares}",
        "cell: {axes: {p: [hidden]}, equations: 'p[t] = x[t]', output: p}\n" + DRAWN + ONE,
        SOFTMAX + "inputs: {text: ab}\nlabels: {text: [ba, ab], vocabulary: ab}",
        BATCH + "upstream: {h: [[null], [[1, 2]]]}\ninitial: {h: [[1, 2], [3, 4]]}",
    ],
)
def test_the_schema_takes_what_is_a_scenario(text: str) -> None:
    """Editors do not underline what is read."""
    value = parse(text, "file.yaml", "scenario").value
    assert list(Draft202012Validator(schema()).iter_errors(value)) == []


@pytest.mark.parametrize("name", bundled())
def test_the_schema_takes_every_bundled_scenario(name: str) -> None:
    """As files, and as they are written into transcripts and JSON."""
    check = Draft202012Validator(schema())
    for text in (
        (folder() / f"{name}.yaml").read_text("utf-8"),
        "\n".join(scenario_yaml(load(name))),
    ):
        assert list(check.iter_errors(parse(text, name, "scenario").value)) == []


def test_the_hash_tells_directions_apart() -> None:
    """The weights alone do not."""
    ways = ("forward", "backward", "both")
    rest = "}]\n" + ONE + DRAWN
    hashes = {scenario_hash(made("model: [{page: rnn, direction: " + w + rest)) for w in ways}
    assert len(hashes) == 3


def test_a_state_from_right_to_left_stands_after_the_last_time_step() -> None:
    """The heading over it says so."""
    text = shown("run", "both-directions", "--phase", "backward")
    assert "after the last time step" in text
    assert "before the first time step" in text


# --- any tree


@given(seed=st.integers(0, 2**32 - 1))
def test_any_tree_is_computed_or_refused(seed: int) -> None:
    """And a good one is the same once written and read; `python -m trees` tries more."""
    assert outcome(tree_of(seed)) in ("good", "refused", "not finite")


@pytest.mark.long
def test_the_trees_are_of_every_kind() -> None:
    """Good ones and bad ones, so that neither is tried alone."""
    found = [outcome(tree_of(seed)) for seed in range(24)]
    assert found.count("good") > 4
    assert found.count("refused") > 4


def test_json_of_a_text_is_the_text() -> None:
    """The characters stand in the JSON of a run, of inputs and of labels."""
    chunks = "".join(json_chunks(compute(load("hello")), range(1)))
    assert '"text": "hell"' in chunks
    assert '"text": "ello"' in chunks
