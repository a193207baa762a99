"""Files that were changed at random, given to the commands that read them.

`python -m spoiled KIND…` in tests/support tries as many as the project wants of each kind;
`--count`, `--first` and `--minutes` say otherwise, and `--show SEED` prints one. Each case
is made of its kind and its seed alone. Commands run in forked processes that are ended
after ten seconds of processor time in one case, and watched for their memory. Exits with 1
if a case ended in a traceback, hung, took over 1 GiB, had a wrong exit code, let an escape
sequence or a library's warning through, said nothing, or left a file behind.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

from command import Answer, invoke

import lstm_tutor

_PACKAGE = Path(lstm_tutor.__file__).parent
_SCENARIOS = sorted((_PACKAGE.parent / "scenarios").glob("*.yaml"))
_PAGES = sorted([*_PACKAGE.glob("model/*/*.yaml"), *_PACKAGE.glob("lessons/path/cells/*.yaml")])
_DIALECTS = sorted(_PACKAGE.glob("dialects/*.yaml"))
_LESSONS = [p for p in _PACKAGE.glob("lessons/path/*.yaml") if p.stem != "path"]
SECONDS = 10  # of processor time
MEMORY = 1 << 30
_CEILING = 3 << 30  # of address space, so that a machine survives a case that wants more
_CODE = "exit code "
_SLICE = 25  # cases of one process
_RAW = ("Cc", "Cf", "Cs", "Zl", "Zp")

Command = tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """Files by name, and the commands that read them, each with its standard input."""

    files: dict[str, bytes]
    commands: tuple[tuple[Command, bytes], ...]


# --- changes of bytes

_NUMBERS = (
    *("0", "-0.0", "1e308", "-1e308", "1e-320", "1e999", "nan", ".inf", "NaN", "1_000", "0x10"),
    *("1" * 400, "9" * 5_000, "1e" + "9" * 30, "0." + "0" * 400 + "1", "1/3", "2**99", "010"),
    *("-1", "1.5", "1000000", "99999999999", "1,5", "−3", "½", "٣", "true", "null", "[]"),
)
_TEXTS = (
    *("\x1b[31m", "\x1b]0;x\x07", "\x00", "\x9b2J", "\u202e", "\u2028", "\ufeff", "\r", "\t"),
    *("[", "]", "{", "}", "(", ")", ":", ": ", ",", "'", '"', "`", "|", "&a", "*a", "!!int "),
    *("- ", "# ", "<<", "? ", "%", "@", "--- \n", "\\", "=", "==", "[t]", "[t-1]", "@ ", "**"),
    *(
        "null",
        "~",
        "file",
        "model",
        "cell",
        "weights",
        "init",
        "text",
        "é",
        "σ",
        "𝛿",
        "_" * 300,
    ),
    *("[" * 200, "{" * 200, "(" * 200, "-" * 200, "a" * 5_000, "\n" * 200, "<script>", "$x$"),
    *(
        "__import__",
        "lambda: 0",
        "h[t+1]",
        "softmax(h[t])",
        ".T",
        "outer(a, b)",
        "1 if 1 else 0",
    ),
)
_NUMBER = re.compile(rb"-?\d+\.?\d*(?:e-?\d+)?")
_WORD = re.compile(rb"[A-Za-z_']\w*")


def changed(content: bytes, others: list[bytes], random: Random) -> bytes:
    """Return a content with one to four changes, some of them pieces of others."""
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        content = random.choice(_CHANGES)(content, others, random)[:300_000]
    return content


def _span(content: bytes, random: Random) -> tuple[int, int]:
    start = random.randrange(len(content) + 1)
    return start, min(len(content), start + random.choice((1, 2, 5, 20, 100, 1000)))


def _without(content: bytes, _others: list[bytes], random: Random) -> bytes:
    start, end = _span(content, random)
    return content[:start] + content[end:]


def _twice(content: bytes, _others: list[bytes], random: Random) -> bytes:
    start, end = _span(content, random)
    return content[:end] + content[start:end] * random.choice((1, 1, 2, 50)) + content[end:]


def _byte(content: bytes, _others: list[bytes], random: Random) -> bytes:
    start = random.randrange(len(content) + 1)
    return content[:start] + bytes([random.randrange(256)]) + content[start + 1 :]


def _told(content: bytes, _others: list[bytes], random: Random) -> bytes:
    start = random.randrange(len(content) + 1)
    return content[:start] + random.choice(_TEXTS).encode(errors="replace") + content[start:]


def _numbered(content: bytes, _others: list[bytes], random: Random) -> bytes:
    return _put(content, _NUMBER, random.choice(_NUMBERS).encode(), random)


def _renamed(content: bytes, others: list[bytes], random: Random) -> bytes:
    words = _WORD.findall(random.choice([content, *others])) or [b"a"]
    return _put(content, _WORD, random.choice(words), random)


def _put(content: bytes, what: re.Pattern[bytes], new: bytes, random: Random) -> bytes:
    found = list(what.finditer(content))
    if not found:
        return content + new
    old = random.choice(found)
    return content[: old.start()] + new + content[old.end() :]


def _lines(content: bytes, others: list[bytes], random: Random) -> bytes:
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(random.randrange(len(lines)), lines[at])
        case 2:
            lines.insert(at, random.choice(random.choice([content, *others]).split(b"\n")))
        case 3:
            lines[at] = random.choice((b"  ", b" ", b"\t", b"- ", b"> ")) + lines[at].lstrip()
    return b"\n".join(lines)


def _spliced(content: bytes, others: list[bytes], random: Random) -> bytes:
    other = random.choice([content, *others])
    return content[: random.randrange(len(content) + 1)] + other[_span(other, random)[0] :]


def _encoded(content: bytes, _others: list[bytes], random: Random) -> bytes:
    kind = random.choice(("utf-16", "utf-8-sig", "latin-1", "utf-32"))
    return content.decode(errors="replace").encode(kind, errors="replace")


_Change = Callable[[bytes, list[bytes], Random], bytes]
_CHANGES: tuple[_Change, ...] = (
    *(_without, _twice, _byte, _told, _told, _numbered, _numbered, _numbered),
    *(_renamed, _renamed, _lines, _lines, _spliced, _encoded),
)


def _repacked(content: bytes, others: list[bytes], random: Random) -> bytes:
    """Return an archive with one of its members changed, or the archive's bytes changed."""
    if random.random() < 0.4:
        return changed(content, others, random)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = random.choice(list(members))
    members[name] = changed(members[name], list(members.values()), random)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return buffer.getvalue()


# --- what there is to change


def _contents(paths: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


@cache
def _exported(suffix: str) -> list[bytes]:
    """Return scenarios' computations in a format, with what a person might export of them."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        for scenario in ("gomez", "two-units", "gru-two-units", "hello", "batch-of-two"):
            path = Path(name) / f"{scenario}{suffix}"
            more = ("--phase", "forward") if scenario != "gomez" else ()
            answer = invoke("export", scenario, *more, "-o", str(path))
            assert answer.code == 0, answer.err
            found.append(path.read_bytes())
    return found


def _printed() -> list[bytes]:
    """Return dumps as people print them, and the same numbers in other formats."""
    lines = _exported(".csv")[0].decode().splitlines()[1:]
    pairs = [line.split(",")[:2] for line in lines if line.count(",") >= 1][:60]
    dump = "\n".join(f"{id_} = {value}" for id_, value in pairs)
    arrays = "x: tensor([[1.0000, 2.0000]], grad_fn=<A>)\nC[0] = array([0.7859, 0.31])\n"
    table = "| id | value |\n| --- | --- |\n" + "\n".join(
        f"| {id_} | {value} |" for id_, value in pairs
    )
    return [
        text.encode() for text in (dump, arrays + dump, table, "t,a,f\n0,0.81,0.85\n1,0.9,1")
    ]


def _notebook() -> bytes:
    outputs = [{"output_type": "stream", "name": "stdout", "text": [_printed()[1].decode()]}]
    source = ["a = 0.81775\n", "print('f', a)"]
    cell = {"cell_type": "code", "source": source, "outputs": outputs, "metadata": {}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": [cell, cell]}).encode()


@cache
def _submitted() -> dict[str, list[bytes]]:
    """Return submissions by the ending of their names."""
    found = {
        suffix: _exported(suffix)
        for suffix in (".md", ".html", ".json", ".csv", ".npz", ".safetensors")
    }
    found[".json"] = [*found[".json"], *_exported(".program.json")]
    found[".txt"], found[".ipynb"] = _printed(), [_notebook()]
    found[".yaml"] = [
        json.dumps({"a": [0.8, 0.9], "dW_a": [[0.1, 0.2]]}).encode(),
        b"a@0: 0.81\nf@0: 0.85\n",
    ]
    sheet = invoke("worksheet", "gomez", "--blank", "forward").out
    found[".md"] = [*found[".md"], sheet.replace("value: ", "value: 0.5").encode()]
    with zipfile.ZipFile(BytesIO(found[".npz"][0])) as archive:
        found[".npy"] = [archive.read(archive.namelist()[0])]
    return found


# --- the kinds of cases


def _scenario(random: Random) -> Case:
    content = changed(random.choice(_contents(_SCENARIOS)), _contents(_SCENARIOS), random)
    more = random.choice(
        (
            *(
                ("run", "s.yaml"),
                ("run", "s.yaml", "--format", "json"),
                ("why", "dW_a", "s.yaml"),
            ),
            *(("export", "s.yaml", "-o", f"o{suffix}") for suffix in (".md", ".html", ".npz")),
            *(("gradcheck", "s.yaml"), ("step", "s.yaml"), ("worksheet", "s.yaml", "--key")),
            ("run", "s.yaml", "--epochs", "3"),
        )
    )
    more = ("audit", "s.yaml") if random.random() < 0.01 else more
    return Case({"s.yaml": content}, ((("validate", "s.yaml"), b""), (more, b"")))


_FRAME = b"inputs: [[1, 2], [0.5, 3]]\nlabels: [[0.5, 0.1], [1.25, 0.2]]\n"


def _page(random: Random) -> Case:
    path = random.choice(_PAGES)
    content = changed(path.read_bytes(), _contents(_PAGES), random)
    sizes = b"hidden: 2, outputs: 2" if path.parent.name == "readouts" else b"hidden: 2"
    init = b"weights: {init: {scheme: glorot-uniform}, " + sizes + b"}\n"
    frame = {
        "readouts": b"model: [rnn, page.yaml]\n" + _FRAME,
        "updates": b"cell: rnn\nupdate: page.yaml\n" + _FRAME,
        "clipping": b"cell: rnn\nclip: {page: page.yaml, value: 1}\n" + _FRAME,
    }.get(path.parent.name, b"cell: page.yaml\n" + _FRAME)
    command = random.choice((("run", "s.yaml"), ("gradcheck", "s.yaml"), ("show", "page.yaml")))
    files = {"page.yaml": content, "s.yaml": frame + init}
    return Case(files, ((("validate", "s.yaml"), b""), (command, b"")))


def _submission(random: Random) -> Case:
    suffix, contents = random.choice(list(_submitted().items()))
    change = _repacked if suffix == ".npz" else changed
    content = change(random.choice(contents), contents, random)
    more = random.choice(((), (), ("--format", "json"), ("--summary", "-o", "out.csv")))
    name = f"s{suffix}"
    if random.random() < 0.1:
        return Case({name: content}, ((("check", "-", *more), content),))
    return Case({name: content}, ((("check", name, *more), b""),))


def _transcript(random: Random) -> Case:
    suffix = random.choice((".md", ".md", ".html"))
    contents = _exported(suffix)
    content = changed(random.choice(contents[:3]), contents, random)
    return Case({f"t{suffix}": content}, ((("verify", f"t{suffix}"), b""),))


def _dialect(random: Random) -> Case:
    content = changed(random.choice(_contents(_DIALECTS)), _contents(_DIALECTS), random)
    commands = (
        ("why", "da@0", "--notation", "d.yaml"),
        ("run", "two-units", "--notation", "d.yaml"),
        ("check", "s.txt", "--dialect", "d.yaml"),
        ("export", "-o", "o.npz", "--dialect", "d.yaml"),
        ("show", "d.yaml"),
    )
    return Case({"d.yaml": content, "s.txt": _printed()[0]}, ((random.choice(commands), b""),))


def _lesson(random: Random) -> Case:
    content = changed(random.choice(_contents(_LESSONS)), _contents(_LESSONS), random)
    lines = b"\n?\n0.5\nhelp\n\n\n0.1\nq\n"
    files = {path.name: path.read_bytes() for path in _LESSONS} | {"mine.yaml": content}
    told = changed(lines, [content], random)
    return Case(files, ((("learn", "mine.yaml"), told),))


def _stored(random: Random) -> Case:
    """A file of weights, named by a scenario."""
    suffix = random.choice((".npz", ".safetensors", ".json", ".h5", ".keras", ".onnx", ".npy"))
    like = {".json": ".json", ".npz": ".npz", ".safetensors": ".safetensors"}.get(
        suffix, ".npz"
    )
    contents = _exported(like) if suffix != ".npy" else _submitted()[".npy"]
    change = _repacked if like == ".npz" and suffix != ".npy" else changed
    content = change(contents[0], contents, random)
    weights = f"cell: lstm\nweights: {{file: w{suffix}}}\n".encode()
    command = (("validate", "s.yaml"), b"")
    return Case({f"w{suffix}": content, "s.yaml": weights + _FRAME}, (command,))


def _kept(random: Random) -> Case:
    """Files of the state folder; which names they have, the commands say."""
    kinds = (
        (("quiz", "gomez"), b"0.5\n?\nshow\n"),
        (("learn", "nudge"), b"\n0.3\n?\n0.1\nq\n"),
    )
    command = random.choice(kinds)
    files = _after(command)
    return Case(
        {name: changed(content, [*files.values()], random) for name, content in files.items()},
        (command, (("learn", "--skills"), b"")),
    )


@cache
def _after(command: tuple[Command, bytes]) -> dict[str, bytes]:
    """Return the files of the state folder that a command leaves."""
    with tempfile.TemporaryDirectory() as name:
        _at_home(Path(name))
        invoke(*command[0], lines=command[1])
        folder = Path(name)
        found = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in found}


KINDS: dict[str, tuple[Callable[[Random], Case], int]] = {
    "scenarios": (_scenario, 20_000),
    "pages": (_page, 5_000),
    "submissions": (_submission, 10_000),
    "transcripts": (_transcript, 2_000),
    "dialects": (_dialect, 2_000),
    "lessons": (_lesson, 1_000),
    "weights": (_stored, 2_000),
    "state": (_kept, 1_000),
}
"""For each kind of case what makes one, and how many are tried."""


def case_of(kind: str, seed: int) -> Case:
    """Return the case of a seed."""
    return KINDS[kind][0](Random(f"{kind} {seed}"))


# --- running them


def faults(kind: str, seed: int, codes: Counter[int] | None = None) -> Iterator[str]:
    """Run one case in an empty folder; yield what is wrong with how it ended, and count its
    exit codes.
    """
    case = case_of(kind, seed)
    codes = Counter() if codes is None else codes
    with tempfile.TemporaryDirectory() as name:
        _at_home(Path(name))
        for file, content in case.files.items():
            path = Path(name) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for command, lines in case.commands:
            try:
                answer = invoke(*command, lines=lines)
            except BaseException:
                yield f"{' '.join(command)}: {_last(traceback.format_exc())}"
                continue
            codes[answer.code] += 1
            yield from (f"{' '.join(command)}: {what}" for what in _wrong(command, answer))
        left = [path.name for path in Path(name).rglob(".*")]
        if left:
            yield f"left {', '.join(left)}"


_JUDGES = ("check", "verify", "gradcheck")
_USAGE = ("why", "run", "show", "export", "gradcheck", "audit", "worksheet")
"""Commands that may be asked for what a scenario does not have: a step, labels."""


def _at_home(folder: Path) -> None:
    os.chdir(folder)
    os.environ["XDG_STATE_HOME"] = str(folder)


def _last(text: str) -> str:
    """Return the last places of a traceback and its error, in one line."""
    return " | ".join(line.strip() for line in text.strip().splitlines()[-7:])[-600:]


def _wrong(command: Command, answer: Answer) -> Iterator[str]:
    usage = command[0] in _USAGE
    if answer.code not in ((0, 1, 2) if usage else (0, 1)):
        yield f"exit code {answer.code}: {answer.err[:200]}"
    if "Traceback" in answer.err:
        yield _last(answer.err)
    if re.search(r"\w+Warning\b|site-packages", answer.err):
        yield f"a warning: {answer.err[:200]}"
    text = answer.out + answer.err
    raw = {letter for letter in text if unicodedata.category(letter) in _RAW} - {"\n", "\t"}
    if raw:
        yield f"raw characters {''.join(sorted(raw))!a}"
    if not text.strip():
        yield "said nothing"
    if answer.code and not answer.err.strip() and command[0] not in _JUDGES:
        yield "failed without a word on the error stream"


def run(kind: str, seeds: range, until: float) -> Iterator[tuple[int, str]]:
    """Run cases in processes of their own until a time; yield seeds and what is wrong.

    The last one is the seed at which it ended, with an empty text.
    """
    _prepare()
    case_of(kind, seeds.start)
    at = seeds.start
    while at < seeds.stop and time.monotonic() < until:
        piece = range(at, min(at + _SLICE, seeds.stop))
        done, found = _piece(kind, piece)
        yield from found
        at = done
    yield at, ""


@cache
def _prepare() -> None:
    """Load what commands load, and let them keep what they keep, before the first fork."""
    with tempfile.TemporaryDirectory() as name:
        _at_home(Path(name))
        for scenario in ("gomez", "two-units", "gru-two-units"):
            for suffix in (".md", ".html", ".npz"):
                invoke("export", scenario, "-o", f"o{suffix}")
                invoke("check", f"o{suffix}")
            invoke("verify", "o.md")
            invoke("why", "dW_a", scenario)
            invoke("gradcheck", scenario)
        for file in _LESSONS:
            invoke("learn", str(file), lines=b"\n0.5\n")
        os.chdir("/")


def _piece(kind: str, seeds: range) -> tuple[int, list[tuple[int, str]]]:
    """Run cases in one process; return where to go on, what was wrong and which exit codes
    there were.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if not child:
        os.close(reading)
        with open(writing, "w", encoding="utf-8", buffering=1) as told:  # noqa: PTH123
            _told_of(kind, seeds, lambda *what: print(json.dumps(what), file=told))
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as told:  # noqa: PTH123
        lines = [json.loads(line) for line in told]
    _, status = os.waitpid(child, 0)
    last = lines[-1][0] if lines else seeds.start
    found = [(seed, text) for seed, text in lines if text]
    if status:
        ended = os.waitstatus_to_exitcode(status)
        what = f"over {SECONDS} s" if ended == -signal.SIGPROF else f"ended with {ended}"
        found.append((last, what))
    return last + 1, found


def _told_of(kind: str, seeds: range, tell: Callable[[int, str], None]) -> None:
    """Run cases, telling of each when it begins and what is wrong with it."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (_CEILING, _CEILING))
    gc.freeze()
    large = False
    codes: Counter[int] = Counter()
    with tempfile.TemporaryDirectory() as name:
        for seed in seeds:
            tell(seed, "")
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            for what in faults(kind, seed, codes):
                tell(seed, what)
            os.chdir(name)
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
            if most > MEMORY and not large:
                large = True
                tell(seed, f"took {most >> 20} MiB")
        signal.setitimer(signal.ITIMER_PROF, 0)
        for code, count in codes.items():
            tell(seeds[-1], f"{_CODE}{code} {count}")
        os.chdir("/")
        shutil.rmtree(name, ignore_errors=True)


def main() -> None:
    """Run the kinds that are asked for; exit with 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("kinds", nargs="*", default=list(KINDS), metavar="KIND")
    parser.add_argument("--count", type=int, help="how many of each kind")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--minutes", type=float, default=60.0, help="for each kind")
    parser.add_argument("--show", type=int, metavar="SEED", help="print one case")
    asked = parser.parse_args()
    count: Counter[str] = Counter()
    for kind in asked.kinds:
        if asked.show is not None:
            print(case_of(kind, asked.show))
            print(*faults(kind, asked.show), sep="\n")
            continue
        seeds = range(asked.first, asked.first + (asked.count or KINDS[kind][1]))
        start = time.monotonic()
        codes: Counter[int] = Counter()
        for seed, what in run(kind, seeds, start + 60 * asked.minutes):
            if what.startswith(_CODE):
                code, number = map(int, what.removeprefix(_CODE).split())
                codes[code] += number
            elif what:
                count[kind] += 1
                print(f"{kind} {seed}: {what}", flush=True)
            elif seed != seeds.start or not seeds:
                seconds = time.monotonic() - start
                print(
                    f"{kind}: seeds {seeds.start} to {seed - 1}, {count[kind]} wrong,"
                    f" {seconds:.0f} s; exit codes {dict(codes)}",
                    flush=True,
                )
    with suppress(BrokenPipeError):
        sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
