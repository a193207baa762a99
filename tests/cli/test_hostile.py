"""Files made to take long, or to go wrong: each is told so, in one process that ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command import command, invoke
from hypothesis import given
from hypothesis import strategies as st

from lstm_tutor.export.alignment import aligned

SUBMISSIONS: dict[str, Callable[[], str]] = {
    "power.txt": lambda: "da@0 = 9**999999999\n" * 99,
    "digits.txt": lambda: f"a@0 = {'1' * 5000}\nf@0 = 1e{'9' * 5000}\n{'1' * 1_000_000}",
    "digits.json": lambda: f'{{"a@0": {"1" * 5000}, "f@0": 1e{"9" * 5000}}}',
    "digits.csv": lambda: f"id,value\na@0,{'1' * 5000}\n",
    "deep.json": lambda: '{"a":' * 900 + "1" + "}" * 900,
    "lists.json": lambda: '{"a":' + "[" * 900 + "1" + "]" * 900 + "}",
    "deep.ipynb": lambda: _notebook('{"a":' * 900 + "1" + "}" * 900, '"1"'),
    "output.ipynb": lambda: _notebook("1", "[" * 900 + '"1"' + "]" * 900),
    "huge.ipynb": lambda: _notebook("1", json.dumps("a = 1\n" * 1_000)),
    "targets.ipynb": lambda: _notebook(
        "1", '"a = 1.5"', "a=" * 8_000 + "[" + "1," * 8_000 + "]"
    ),
    "labels.ipynb": lambda: _notebook("1", '"a = 1.5"', f"print('{':' * 40_000}x', a)"),
    "escaped.json": lambda: json.dumps({f"é{n}": n + 0.5 for n in range(5_000)}),
    "underscores.txt": lambda: "_" * 30_000 + " = 1\na" + "_" * 30_000 + "b = 1\n",
    "underscores.csv": lambda: f"id,value\na@0,{'_' * 30_000}\nf@0,1{'_' * 30_000}x\n",
    "underscores.md": lambda: f"| id | value |\n| - | - |\n| a@0 | {'_' * 30_000} |\n",
    "min.md": lambda: "**`a@0`**\n\n- value: `" + ": min " * 15_000 + "`\n",
    "min.txt": lambda: ": min " * 15_000,
    "rows.md": lambda: "**`dW`**\n\n- rows: `" + "= [" * 50_000 + "\n- value: `1`\n",
    "options.md": lambda: (
        "<!-- lstm-tutor transcript {" * 30_000 + "\n**`a@0`**\n- value: `1`\n"
    ),
    "wide.md": lambda: f"| t |{' a |' * 3_000}\n| - |\n| 0 |{' 1 |' * 3_000}\n",
    "cells.md": lambda: f"| id | value |{' x |' * 100_000}\n| a@0 | 1 |{' 1 |' * 100_000}\n",
    "blank.txt": lambda: "\n" * 300_000 + "a@0 = 1" + "\n" * 300_000,
    "blank.csv": lambda: "id,value\n" + "\n" * 100_000 + "a@0,1\n",
    "cell.txt": lambda: "In [1]:\na\n" + "\n \n" * 30_000 + "1.5\n",
    "nbsp.txt": lambda: "In [1]:\n\n" + "\n\xa0" * 90_000 + "\n1.5\n",
    "beside.txt": lambda: "W_a: " + "1.5 " * 8_000,
    "brackets.txt": lambda: "a = " + "[" * 100_000,
    "quotes.txt": lambda: '"' * 100_000 + "1",
    "sequences.txt": lambda: "\x1b]0;" * 50_000 + "\x1b[" * 50_000 + "1",
    "pairs.txt": lambda: "array([1]" + ", dtype=x" * 50_000 + ")",
    "names.txt": lambda: "".join(f"{'a_' * 40}{n} = {n}.5\n" for n in range(2_000)),
    "keys.yaml": lambda: "? " * 50_000,
    "flow.yaml": lambda: "{" * 50_000,
}


def _notebook(metadata: str, text: str, source: str = "a") -> str:
    output = f'{{"output_type": "stream", "text": {text}}}'
    cell = f'"cell_type": "code", "source": {json.dumps(source)}, "outputs": [{output}]'
    return f'{{"nbformat": 4, "cells": [{{{cell}, "metadata": {metadata}}}]}}'


def _all_told(folder: Path, names: list[str], *before: str) -> None:
    """Give files to one command; each is answered in one process, within its time."""
    answer = command(*before, *names, cwd=folder)
    assert answer.code in (0, 1), answer.err
    assert "Traceback" not in answer.err
    for name in names:
        assert name.removesuffix(".yaml") in answer.out + answer.err


@pytest.mark.slow
def test_of_submissions(tmp_path: Path) -> None:
    """Every format has an answer in time that grows with the file alone."""
    for name, make in SUBMISSIONS.items():
        (tmp_path / name).write_text(make(), "utf-8")
    names = list(SUBMISSIONS)
    for start in range(0, len(names), 8):
        _all_told(tmp_path, names[start : start + 8], "check", "--scenario", "gomez")


@pytest.mark.slow
def test_of_transcripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a transcript says of itself is bounded, and what was added to it is told."""
    path = tmp_path / "o.md"
    invoke("export", "gomez", "-o", str(path))
    text = path.read_text("utf-8")
    steps = '"0-98"'
    assert steps in text
    changed = {
        "ranges": text.replace(steps, f'"{",".join(["0-98"] * 5_000)}"'),
        "position": text.replace(steps, f'"{"9" * 5_000}"'),
        "options": text.replace('"gomez"', "[" * 900 + "]" * 900),
        "notation": text.replace('"gomez"', '{"a":' * 900 + "1" + "}" * 900),
        "blank": text + "\n" * 200_000,
        "fences": text + "```\n" * 100_000,
        "again": text + text.partition("Contents:")[2] * 30,
        "between": text.replace("## Summary", "- because\n" * 100_000 + "## Summary"),
        "numbers": text + "1" * 1_000_000 + "\n" + "1." * 100_000 + "-" * 100_000,
        "entries": text.replace("inputs:\n", "inputs:\n" + "  - [1.0]\n" * 20_000),
    }
    for name, content in changed.items():
        (tmp_path / name).write_text(content, "utf-8")
    monkeypatch.chdir(tmp_path)
    for name in changed:
        answer = invoke("verify", name)
        assert answer.code == (name != "blank"), name
        assert f"{name}:" in answer.out + answer.err


PAGE = """\
gates: {a: candidate}
axes: {x: [input], h: [hidden], W: [hidden, input], U: [hidden, hidden]}
equations: |
  z_a[t] = W_a @ x[t] + U_a @ h[t-1]
  a[t] = tanh(z_a[t])
"""
CHAINS = {
    "copies": "a{}[t] = a{}[t]",
    "slopes": "a{}[t] = tanh(a{}[t])",
    "squares": "a{0}[t] = a{1}[t] * a{1}[t]",
    "sums": "a{}[t] = a{}[t] / 2 + a[t]",
}
EQUATIONS = {
    "power": "h[t] = a[t] + 9**999999999",
    "powers": "h[t] = a[t] * (9**9)**999999",
    "digits": f"h[t] = a[t] + {'1' * 1500}",
    "shift": f"h[t] = a[t-{'1' * 1500}]",
    "name": f"a{'_' * 30_000}[t] = a[t]",
    "brackets": f"h[t] = {'(' * 900}a[t]{')' * 900}",
    "signs": f"h[t] = a[t] + {'-' * 1900}1",
    "product": "h[t] = a[t]" + " * a[t]" * 250,
    "again": "\n  ".join(["h[t] = a[t]"] * 90),
    "unknown": "\n  ".join(f"h[t] = b{n}[t]" for n in range(90)),
}


def _scenario(folder: Path, name: str, equations: str) -> str:
    (folder / f"{name}-page.yaml").write_text(f"{PAGE}  {equations}\n")
    weights = "weights: {W: {a: 0.1}, U: {a: 0.2}}"
    text = f"cell: {name}-page.yaml\ninputs: [1, 2]\nlabels: [0.5, 1.5]\n{weights}\n"
    (folder / f"{name}.yaml").write_text(text)
    return f"{name}.yaml"


@pytest.mark.long
def test_of_cells(tmp_path: Path) -> None:
    """No equation and no page of them takes long to read, or is a traceback."""
    names = [_scenario(tmp_path, name, text) for name, text in EQUATIONS.items()]
    names += [_scenario(tmp_path, "many", "\n  ".join(["a1[t] = a[t]"] * 5_000))]
    _all_told(tmp_path, names, "validate")


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("kind", CHAINS)
def test_a_long_chain_of_equations_is_computed(kind: str, tmp_path: Path) -> None:
    """As long as a page may be: no formula grows with it, and the gradients are right."""
    lines = [CHAINS[kind].format(n, n - 1) for n in range(2, 97)]
    text = "\n  ".join(["a1[t] = a[t]", *lines, "h[t] = a96[t]"])
    path = str(tmp_path / _scenario(tmp_path, "chain", text))
    for arguments in (("gradcheck", path), ("why", "da@0", path), ("run", path)):
        assert invoke(*arguments).code == 0
    more = "".join(f"\n  q{number}[t] = a[t]" for number in range(400))
    too_many = tmp_path / _scenario(tmp_path, "longer", text + more)
    assert "a page has at most 400 numbers and symbols" in invoke("validate", str(too_many)).err


def test_of_answers() -> None:
    """A quiz bounds what is computed for an answer."""
    lines = ("9**999999999", "(9**9)**999999", "1" * 5000, "(" * 5000, "_" * 30_000, "1/" * 999)
    answer = invoke("quiz", "gomez", "--fresh", lines="\n".join(lines).encode())
    assert (answer.code, answer.err) == (0, "")


@given(
    st.lists(st.sampled_from("abcde"), max_size=30),
    st.lists(st.sampled_from("abcde"), max_size=30),
)
def test_two_texts_are_laid_side_by_side_whole(one: list[str], other: list[str]) -> None:
    """Every line of both is in one block, in order."""
    blocks = list(aligned(one, other))
    assert [n for a, b, _, _ in blocks for n in range(a, b)] == list(range(len(one)))
    assert [n for _, _, c, d in blocks for n in range(c, d)] == list(range(len(other)))


@given(st.integers(0, 400), st.integers(0, 60))
def test_lines_that_were_added_stand_alone(start: int, count: int) -> None:
    """All other lines find their partners, also where lines repeat."""
    one = [f"line {n}" if n % 3 else "" for n in range(400)]
    other = [*one[:start], *("new" for _ in range(count)), *one[start:]]
    together = sum(
        one[a + n] == other[c + n]
        for a, b, c, d in aligned(one, other)
        for n in range(min(b - a, d - c))
    )
    assert together >= len(one) - 2
