"""A simulated class: sheets filled in by programs with planted mistakes, slips, blanks, messy
writing; what each blank must come to is known.

``python -m classes`` has the command mark 200 of them and compares every blank with what was
planted; ``--files 10000`` measures time and memory. ``--scenario`` takes a bundled scenario of
an LSTM, or whose program is written: softmax, sigmoid, layers, directions or batch.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from mistakes import MISTAKES, Mistake, outputs
from model_mistakes import MODEL_MISTAKES, printed_by, scenario_for
from numpy.typing import NDArray

from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.selection import to_work
from lstm_tutor.trace.trace import Trace, compute
from lstm_tutor.trace.variant import varied
from lstm_tutor.worksheet.worksheet import worksheet

Array = NDArray[Any]
ASKED = ("backward", "gradients")
DIGITS = 4
LSTM = "lstm"
PLANTED = {
    LSTM: (
        "dC-no-carry dout-no-carry gates-no-derivative dC-f-of-this-step delta-sign "
        "dW-only-last df-new-cell-state di-partner-i do-no-tanh"
    ),
    "softmax": (
        "deltaOut-left-out dh-no-slope ds-sign dU-h-of-same-step dV-h-of-step-before "
        "dh-slope-of-z dby-last-step db-of-dout dV-of-p"
    ),
    "sigmoid": (
        "carry-forgotten dz-sign dq-no-reset ds-no-slope dn-of-z dV-h-of-step-before dp-sign "
        "carry-of-z-forgotten dU-of-dn"
    ),
    "layers": (
        "carry1-left-out delta1-left-out dh1-no-slope dU2-of-same-step carry2-left-out "
        "dW1-reads-h1 delta1-not-transposed dV-of-h1 dW2-reads-old-h1"
    ),
    "directions": (
        "fw-carry-left-out bw-carry-left-out djoin-exchanged dx-only-fw dU-bw-same-step "
        "dW-bw-turned bw-slope-of-fw dV-exchanged dW-bw-of-fw"
    ),
    "batch": (
        "carry-left-out no-slope ds-sign dV-h-of-step-before dU-of-same-step db-first-sequence "
        "ds-mean-of-sequences gradients-mean-of-steps dW-last-step"
    ),
}
"""Per program the mistakes that are planted, the commonest first."""
_WEIGHTS = (30, 21, 15, 11, 8, 6, 4, 3, 2)
"""Of a hundred that make a mistake, how many make which."""
_HOLD = 0.6  # of a class hold a mistake
_SLIP, _MESSY, _LEFT, _UNREADABLE = 0.15, 0.4, 0.3, 0.1
_ROW = re.compile(r"^\| `([^`]+)` \| .* \| ([^|]*) \|$")
_GAP = re.compile("_{8,}")
_DECIMAL = re.compile(r"-?\d+\.\d+")
_FIRST = ("Ada", "Bo", "Chloé", "Dmitri", "Emre", "Fatma", "Grażyna", "Hồ", "İpek", "José")
_LAST = ("Ångström", "O'Brien", "de la Cruz", "Li", "Müller", "Nowak-Kim", "Šimić", "Zhang")


@dataclass(frozen=True)
class Student:
    """A filled-in sheet, and what is true of it.

    Attributes:
        file: its name.
        name: what stands on it.
        text: the sheet.
        truth: per blank: right, given, wrong, blank or unreadable.
        mistake: the name of the planted one in the corpus; empty for none.
        shown: whether an answer shows it.
        slipped: whether an answer was written down wrongly, and is there to be read.
    """

    file: str
    name: str
    text: str
    truth: Mapping[str, str]
    mistake: str
    shown: bool
    slipped: bool


def learner_of(scenario: str) -> str:
    """Return whose program computes a scenario; its name, but for the LSTM."""
    return scenario if scenario in PLANTED else LSTM


@cache
def _corpus(learner: str) -> Mapping[str, Mistake]:
    every = MISTAKES if learner == LSTM else MODEL_MISTAKES
    return {mistake.name: mistake for mistake in every if mistake.learner == learner}


@cache
def _trace(scenario: str, seed: int) -> Trace:
    drawn = scenario == "batch"  # of which none is bundled with its readout
    own = load(scenario) if learner_of(scenario) == LSTM else scenario_for(scenario, int(drawn))
    return compute(varied(own, seed))


@cache
def _sheet(scenario: str, seed: int) -> tuple[str, tuple[str, ...]]:
    trace = _trace(scenario, seed)
    indices = to_work(trace, ASKED)
    view = View(notation("gomez", trace.scenario.cell), DIGITS)
    return worksheet(trace, indices, view, ASKED), tuple(trace[n].id for n in indices)


@cache
def _printed(scenario: str, seed: int, mistake: str) -> Mapping[str, Array]:
    learner, own = learner_of(scenario), _trace(scenario, seed).scenario
    planted = _corpus(learner)[mistake] if mistake else None
    if learner == LSTM:
        return outputs(planted, own)
    return printed_by(learner, planted, own)


def students(
    count: int, seed: int = 0, scenario: str = "gomez", variants: int = 30
) -> Iterator[Student]:
    """Yield a class; the same seed gives the same one."""
    draw = random.Random(seed)
    for number in range(count):
        yield _student(draw, number, scenario, 1 + number % variants)


def _student(draw: random.Random, number: int, scenario: str, variant: int) -> Student:
    mistake, learner = "", learner_of(scenario)
    if draw.random() < _HOLD:
        mistake = draw.choices(PLANTED[learner].split(), _WEIGHTS)[0]
    sheet, ids = _sheet(scenario, variant)
    right, own = (_printed(scenario, variant, name) for name in ("", mistake))
    planted = _corpus(learner).get(mistake)
    truth = {id_: _truth(id_, right[id_], own[id_], planted) for id_ in ids}
    shown = "wrong" in truth.values()
    answers = {id_: _texts(own[id_]) for id_ in ids}
    slip = ""
    if draw.random() < _SLIP:
        slip = id_ = draw.choice(ids)
        _slip(draw, answers[id_])
        if truth[id_] != "wrong" and not _alike(answers[id_], right[id_]):
            truth[id_] = "wrong"
    if draw.random() < _LEFT:
        for id_ in draw.sample(ids, draw.randint(1, 5)):
            answers[id_], truth[id_] = [], "blank"
    if draw.random() < _UNREADABLE:
        id_ = draw.choice(ids)
        answers[id_], truth[id_] = (
            [draw.choice(["see back", "0.5 or 0.6", "too hard"])],
            "unreadable",
        )
    name = f"{draw.choice(_FIRST)} {draw.choice(_LAST)} {number}"
    file = f"sheet-{number:05}.md"
    named = draw.random() < 0.8
    text = _filled(draw, sheet, answers, name if named else "")
    told = shown and "wrong" in truth.values()
    slipped = truth.get(slip) == "wrong"
    own_name = name if named else Path(file).stem
    return Student(file, own_name, text, truth, mistake, told, slipped)


def _truth(id_: str, right: Array, own: Array, planted: Mistake | None) -> str:
    if _alike(_texts(own), right):
        return "right"
    symbol, _, t = id_.partition("@")
    alone = id_ == "dC@-1"  # which has a line of its own
    here = planted is not None and symbol in planted.targets and not alone
    if here and planted is not None and planted.t is not None:
        here = t == str(planted.t)
    return "wrong" if here else "given"


def _alike(texts: list[str], right: Array) -> bool:
    """Whether answers are the right ones, but for one unit of the last place; 0 is exact."""
    values = np.array([float(text) for text in texts])
    places = [len(text.partition(".")[2].partition("e")[0]) for text in texts]
    powers = np.array([10.0 ** int(text.partition("e")[2] or 0) for text in texts])
    unit = np.where(values == 0, 0, 10.0 ** -np.array(places) * powers)
    return bool(np.all(np.abs(values - right.ravel()) <= 0.5000001 * unit))


def _texts(value: Array) -> list[str]:
    return [f"{entry:.{DIGITS}g}" for entry in np.ravel(value)]


def _slip(draw: random.Random, texts: list[str]) -> None:
    """Change the first digit of one answer."""
    n = draw.randrange(len(texts))
    digits = [i for i, letter in enumerate(texts[n].partition("e")[0]) if letter.isdigit()]
    leading = [i for i in digits if texts[n][i] != "0"] or digits
    at = leading[0]
    texts[n] = texts[n][:at] + str((int(texts[n][at]) % 9) + 1) + texts[n][at + 1 :]


def _filled(
    draw: random.Random, sheet: str, answers: Mapping[str, list[str]], name: str
) -> str:
    messy = draw.random() < _MESSY
    comma = messy and draw.random() < 0.3
    written = draw.choice([name, f"__{name}____", f" **{name}**  "]) if name else "_" * 32
    lines = []
    for line in sheet.replace("Name: " + "_" * 32, f"Name: {written}").split("\n"):
        row = _ROW.match(line)
        own = answers[row[1]] if row else []
        lines.append(_answered(draw, line, own, messy=messy, comma=comma) if own else line)
    return draw.choice(["\n", "\r\n"]).join(lines) if messy else "\n".join(lines)


def _answered(
    draw: random.Random, line: str, texts: list[str], *, messy: bool, comma: bool
) -> str:
    head, _, cell = line.rpartition(" | ")
    if len(_GAP.findall(cell)) != len(texts):
        return f"{head} | {texts[0]} |"
    left = iter(texts)
    alone = len(texts) == 1
    return (
        f"{head} | {_GAP.sub(lambda _: _written(draw, next(left), messy, comma, alone), cell)}"
    )


def _written(draw: random.Random, text: str, messy: bool, comma: bool, alone: bool) -> str:
    if not messy:
        return text
    if comma:
        return text.replace(".", ",")
    styles = ["{}", "__{}___", " {}", "{}"]
    if draw.random() < 0.3:
        text = text.replace("-", "−")
    elif alone and "e" not in text:
        styles += ["{} ✓", "= {}", "ca. {}", "{} (I think)", "≈ {}", "**{}**"]
        if _DECIMAL.fullmatch(text) and draw.random() < 0.1:
            places = len(text.partition(".")[2])
            return f"{round(float(text) * 10**places)}/{10**places}"
    return draw.choice(styles).format(text)


def run(folder: Path, *options: str) -> dict[str, Any]:
    """Have the command mark a folder; return the document that it writes."""
    out = folder.parent / "marks.json"
    command = [sys.executable, "-m", "lstm_tutor", "check", str(folder), "--summary"]
    subprocess.run([*command, "-o", str(out), *options], check=False, capture_output=True)
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return found


def differences(
    known: Mapping[str, Student], found: Mapping[str, Any]
) -> list[tuple[str, str, str, str]]:
    """Return the blanks that came out otherwise: file, id, truth, what was said."""
    differ = []
    for row in found["files"]:
        one = known[Path(row["file"]).name]
        said = row.get("blanks", {})
        differ += [
            (one.file, id_, true, said.get(id_, "unusable"))
            for id_, true in one.truth.items()
            if said.get(id_) != true
        ]
    return differ


def commonest(known: Mapping[str, Student]) -> list[tuple[str, int]]:
    """Return the planted mistakes that show, by how many files have them."""
    return Counter(one.mistake for one in known.values() if one.shown).most_common()


def same_order(
    planted: list[tuple[str, int]],
    found: list[Mapping[str, Any]],
    learner: str = LSTM,
    most: int = 5,
) -> bool:
    """Whether the mistakes found most often are those planted most often, in their order, as
    the command prints them; of those that are as usual as each other any may come first.
    """
    told: list[str] = []
    for one in found[:most]:
        told.append(_planted_as(one["key"], learner, told))
    counts, wanted = dict(planted), [count for _, count in planted[:most]]
    return [counts.get(name, 0) for name in told] == wanted


def _planted_as(key: str, learner: str, others: list[str]) -> str:
    """Return the name of the planted mistake that a found one is, none of those that others
    are; empty if it is none.
    """
    symbol, _, rest = key.partition(":")
    kind = (rest or key).partition("(")[0]
    return next(
        (
            name
            for name in PLANTED[learner].split()
            if name not in others
            and kind in _corpus(learner)[name].kinds
            and (not rest or symbol in _corpus(learner)[name].targets)
        ),
        "",
    )


def main() -> None:
    """Simulate a class, have it marked, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scenario", default="gomez")
    parser.add_argument("--variants", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--show", type=int, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where) / "class"
        folder.mkdir()
        known = {}
        for one in students(chosen.files, chosen.seed, chosen.scenario, chosen.variants):
            (folder / one.file).write_text(one.text, "utf-8", newline="")
            known[one.file] = one
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        found = run(folder, "--jobs", str(chosen.jobs))
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    blanks = sum(len(one.truth) for one in known.values())
    differ = differences(known, found)
    print(f"{len(known):,} files, {blanks:,} blanks, seed {chosen.seed}, {chosen.scenario}")
    print(f"as planted: {100 * (1 - len(differ) / blanks):.2f} %")
    for kind, count in Counter((true, said) for *_, true, said in differ).most_common():
        print(f"  {count:>6,}  {kind[0]} called {kind[1]}")
    for row in differ[: chosen.show]:
        print("   ", *row, known[row[0]].mistake)
    print("planted:", *(f"{name} {count}" for name, count in commonest(known)[:7]))
    print("found:  ", *(f"{one['key'][:44]} {one['files']};" for one in found["mistakes"][:7]))
    slipped = {Path(row["file"]).name for row in found["files"] if row.get("slips")}
    planted = {one.file for one in known.values() if one.slipped}
    counts = f"{len(planted & slipped)} of {len(planted)} named, {len(slipped - planted)} other"
    print(f"slips: {counts}, {found['total']['slips']} in all")
    print(
        "order of the five commonest:",
        same_order(commonest(known), found["mistakes"], learner_of(chosen.scenario)),
    )
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{1e3 * cpu / len(known):.1f} ms of processor time a file, {wall:.0f} s in all")
    print(f"{after.ru_maxrss / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
