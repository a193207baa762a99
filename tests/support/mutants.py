"""How many small changes of the code the tests notice: `python -m mutants` in tests/support.

Changes an operator, a comparison, a number or a condition at random in a copy, and runs the
tests of the rooms that import the module; a change that no test notices is printed. The
modules may be named; the seed says which changes are drawn.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
_SECONDS = 300  # that the tests of one change may take
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


def changes(tree: ast.AST) -> list[tuple[int, str]]:
    """Return the number and kind of each place that can be changed, in the order of a walk."""
    found = []
    for number, node in enumerate(ast.walk(tree)):
        match node:
            case ast.Compare(ops=[op]) if type(op) in _COMPARED:
                found.append((number, "compared"))
            case ast.BinOp(op=op) if type(op) in _COMBINED:
                found.append((number, "combined"))
            case ast.BoolOp():
                found.append((number, "joined"))
            case ast.Constant(value=int() | float()):
                found.append((number, "constant"))
            case ast.UnaryOp(op=ast.Not()):
                found.append((number, "not"))
            case ast.If() | ast.IfExp():
                found.append((number, "condition"))
    return found


def changed(tree: ast.AST, number: int, kind: str) -> int:
    """Change one place of a tree; return its line."""
    node: ast.AST = list(ast.walk(tree))[number]
    match kind, node:
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
    return int(getattr(node, "lineno", 0))


def tests_of(module: Path) -> list[str]:
    """Return the tests of a module's room, and those that import the module."""
    room, name = module.parent.name, ".".join(module.with_suffix("").parts)
    every = ROOT.glob("tests/**/test_*.py")
    found = set((ROOT / "tests" / room).glob("test_*.py"))
    found |= {path for path in every if name in path.read_text("utf-8")}
    return sorted(str(path.relative_to(ROOT)) for path in found)


def noticed(copy: Path, module: Path, number: int, kind: str) -> tuple[bool, int]:
    """Whether the tests notice a change, made in a copy and taken back; and its line."""
    path = copy / module
    before = path.read_text("utf-8")
    tree = ast.parse(before)
    line = changed(tree, number, kind)
    path.write_text(ast.unparse(ast.fix_missing_locations(tree)), "utf-8")
    call = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*call, *tests_of(module)],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True, line
    finally:
        path.write_text(before, "utf-8")
    return done.returncode != 0, line


def main() -> None:
    """Print the changes that no test notices, and how many there were of each."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("modules", nargs="*", help="as lstm_tutor/files/writing.py")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60.0)
    asked = parser.parse_args()
    random, end = Random(asked.seed), time.monotonic() + 60 * asked.minutes
    named = [Path(name) for name in asked.modules]
    modules = named or [path.relative_to(ROOT) for path in ROOT.glob("lstm_tutor/**/*.py")]
    places = [
        (module, *place)
        for module in sorted(modules)
        for place in changes(ast.parse((ROOT / module).read_text("utf-8")))
        if tests_of(module)
    ]
    count: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", "__pycache__"))
        for module, number, kind in random.sample(places, min(asked.count, len(places))):
            if time.monotonic() > end:
                break
            seen, line = noticed(copy, module, number, kind)
            count["noticed" if seen else "not noticed"] += 1
            if not seen:
                print(f"{module}:{line}: {kind}", flush=True)
    print(f"seed {asked.seed}: {dict(count)}")


if __name__ == "__main__":
    main()
