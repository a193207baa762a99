"""How many small changes of the code the tests notice: `python -m mutants` in tests/support.

Both suites run once in a copy, so that it is known which tests run which line. Then an
operator, a comparison, a number or a condition is changed at random, again and again, and the
tests that run its line are run, the quickest first; a line that only an import or another
process runs is left to the tests of its room. A change that no test notices is printed with
its number. The modules may be named; the seed says which changes are drawn. `--kept FILE` keeps
what the suites run, since that takes long, for `--from` another number on the same code.
"""

from __future__ import annotations

import argparse
import ast
import os
import pickle
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import coverage
import hypothesis.extra.numpy  # noqa: F401 (known to every process that is forked)
import pexpect  # noqa: F401
import pydantic  # noqa: F401
import pytest
import rich.markdown  # noqa: F401
import ruamel.yaml  # noqa: F401
import typer  # noqa: F401

ROOT = Path(__file__).parents[2]
_SECONDS = 300.0  # that the tests of one change may take
_TRIED = 40.0  # seconds of processor time that the tests take which are run for one change
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMBINED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}


@dataclass(frozen=True)
class Change:
    """A change of a module: the number of a node in the order of a walk, and what is done."""

    module: Path
    number: int
    kind: str
    lines: tuple[int, int]  # of the node, and of the statement it stands in


def changes(module: Path) -> Iterator[Change]:
    """Find every place of a module that can be changed."""
    tree = ast.parse((ROOT / module).read_text("utf-8"))
    statements: dict[ast.AST, int] = {}
    for statement in ast.walk(tree):  # an inner one comes later
        if isinstance(statement, ast.stmt):
            statements |= dict.fromkeys(ast.walk(statement), statement.lineno)
    for number, node in enumerate(ast.walk(tree)):
        if kind := kind_of(node):
            line = getattr(node, "lineno", 0)
            yield Change(module, number, kind, (line, statements.get(node, line)))


def kind_of(node: ast.AST) -> str:
    """Return how a node can be changed, or nothing."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            return "compared"
        case ast.BinOp(op=op) if type(op) in _COMBINED:
            return "combined"
        case ast.BoolOp():
            return "joined"
        case ast.Constant(value=int() | float()):
            return "constant"
        case ast.UnaryOp(op=ast.Not()):
            return "not"
        case ast.If() | ast.IfExp():
            return "condition"
    return ""


def changed(text: str, change: Change) -> str:
    """Return a module's text with a change made."""
    tree = ast.parse(text)
    node = list(ast.walk(tree))[change.number]
    match change.kind, node:
        case "compared", ast.Compare():
            node.ops = [_COMPARED[type(node.ops[0])]()]
        case "combined", ast.BinOp():
            node.op = _COMBINED[type(node.op)]()
        case "joined", ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case "constant", ast.Constant():
            value = node.value
            node.value = not value if isinstance(value, bool) else value + 1  # type: ignore[operator]
        case "not", ast.UnaryOp():
            node.op = ast.UAdd()
            node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
        case "condition", ast.If() | ast.IfExp():
            node.test = ast.UnaryOp(ast.Not(), node.test)
    return ast.unparse(ast.fix_missing_locations(tree))


@dataclass
class Watched:
    """Plugin of pytest: how long each test takes, and which lines of the package it runs."""

    package: Path
    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    def pytest_sessionstart(self) -> None:
        self._coverage = coverage.Coverage(source=[str(self.package)], data_file=None)
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        began = sum(os.times()[:4])  # of processes that a test starts, too
        result = yield
        self.seconds[item.nodeid] = sum(os.times()[:4]) - began
        self._coverage.switch_context("")
        return result

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        data = self._coverage.get_data()
        for name in data.measured_files():
            module = str(Path(name).relative_to(self.package.parent))
            for line, tests in data.contexts_by_lineno(name).items():
                self.lines.setdefault((module, line), set()).update(filter(None, tests))


@dataclass(frozen=True)
class Chosen:
    """Plugin of pytest: of the tests that it finds those that are meant, in their order."""

    tests: tuple[str, ...]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        order = {test: number for number, test in enumerate(self.tests)}
        items[:] = sorted(
            (item for item in items if item.nodeid in order), key=lambda i: order[i.nodeid]
        )


def apart(work: Callable[[], bytes], folder: Path, seconds: float) -> bytes | None:
    """Return what work returns in a process of its own, in a folder; None if it did not end."""
    answer = folder.parent / "answer"
    answer.unlink(missing_ok=True)
    if not (process := os.fork()):
        os.setpgrp()
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        os.environ["PYTHONPATH"] = str(folder)
        sys.stdout.flush()
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        try:
            answer.write_bytes(work())
        finally:
            os._exit(0)
    end = time.monotonic() + seconds
    while time.monotonic() < end and not os.waitpid(process, os.WNOHANG)[0]:
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(process, 0)
    return answer.read_bytes() if answer.exists() else None


_IMPORTED = "ignore::pytest.PytestAssertRewriteWarning"  # hypothesis, before pytest's own start
_CALL = ("-q", "-n0", "-pno:cacheprovider", "--hypothesis-profile=suite", "-W", _IMPORTED)
_UNNOTICED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def watched(copy: Path, *options: str) -> Watched:
    """Run a suite in a copy and say which tests run which line, and how long they take."""

    def work() -> bytes:
        plugin = Watched(copy / "lstm_tutor")
        pytest.main([*_CALL, *options], plugins=[plugin])
        return pickle.dumps((plugin.seconds, plugin.lines))

    found = Watched(copy)
    if made := apart(work, copy, 3600):
        found.seconds, found.lines = pickle.loads(made)
    return found


def kept(file: Path | None, copy: Path) -> list[Watched]:
    """Return both suites as watched in a copy, or as a file keeps them, if it is there."""
    if file and file.exists():
        found = pickle.loads(file.read_bytes())
    else:
        suites = (watched(copy), watched(copy, "--long"))
        found = [(suite.seconds, suite.lines) for suite in suites]
        if file:
            file.write_bytes(pickle.dumps(found))
    return [Watched(copy, *one) for one in found]


def tests_of(change: Change, suites: list[Watched]) -> list[str]:
    """Return the tests to run for a change, the quickest first."""
    seconds = {test: took for suite in suites for test, took in suite.seconds.items()}
    module, room = str(change.module), f"tests/{change.module.parent.name}/"
    for line in change.lines:
        if found := {t for suite in suites for t in suite.lines.get((module, line), ())}:
            break
    else:
        found = {test for test in seconds if test.startswith(room)}
    chosen: list[str] = []
    spent = 0.0
    for test in sorted(found, key=seconds.__getitem__):
        spent += seconds[test]
        if chosen and spent > _TRIED:
            break
        chosen.append(test)
    return chosen


def noticed(copy: Path, change: Change, suites: list[Watched]) -> bool:
    """Whether the tests notice a change, made in a copy and taken back."""
    tests = tests_of(change, suites)
    files = sorted({test.partition("::")[0] for test in tests})
    if not tests:
        return False

    def work() -> bytes:
        sys.dont_write_bytecode = True
        call = [*_CALL, "-x", *files]
        return pickle.dumps(int(pytest.main(call, plugins=[Chosen(tuple(tests))])))

    path = copy / change.module
    before = path.read_text("utf-8")
    path.write_text(changed(before, change), "utf-8")
    try:
        answer = apart(work, copy, _SECONDS)
    finally:
        path.write_text(before, "utf-8")
    return not answer or pickle.loads(answer) not in _UNNOTICED


def main() -> None:
    """Print the changes that no test notices, and how many there were of each."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("modules", nargs="*", help="as lstm_tutor/files/writing.py")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--from", dest="first", type=int, default=0)
    asked = parser.parse_args()
    named = [Path(name) for name in asked.modules]
    modules = named or [path.relative_to(ROOT) for path in ROOT.glob("lstm_tutor/**/*.py")]
    places = [change for module in sorted(modules) for change in changes(module)]
    count: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "copy"
        shutil.copytree(
            ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__")
        )
        suites = kept(asked.kept, copy)
        print(f"{sum(len(suite.seconds) for suite in suites)} tests", flush=True)
        end = time.monotonic() + 60 * asked.minutes
        drawn = Random(asked.seed).sample(places, min(asked.count, len(places)))
        for number, change in enumerate(drawn[asked.first :], asked.first):
            if time.monotonic() > end:
                break
            seen = noticed(copy, change, suites)
            count["noticed" if seen else "not noticed"] += 1
            if not seen:
                place = f"{change.module}:{change.lines[0]}"
                print(f"{number} {place}: {change.kind}", flush=True)
    print(f"seed {asked.seed}: {dict(count)}")


if __name__ == "__main__":
    main()
