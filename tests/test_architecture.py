"""The ladder of imports inside the package."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.each

PACKAGE = Path(__file__).parent.parent / "lstm_tutor"
# From the bottom up: a room may import itself and the rooms below.
LADDER = [
    ["algebra"],
    ["files"],
    ["numbers"],
    ["model"],
    ["derivation"],
    ["dialects"],
    ["scenario"],
    ["execution"],
    ["trace"],
    ["render"],
    ["submission"],
    ["mistakes"],
    ["diagnosis"],
    ["questions"],
    ["walk", "export", "check", "quiz", "worksheet", "audit", "browser", "lessons"],
    ["marks"],
    ["terminal"],
    ["cli"],
    ["notebook"],
    ["__main__"],
]
RANK = {room: rank for rank, rooms in enumerate(LADDER) for room in rooms}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "lstm_tutor":
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_imports_go_one_way() -> None:
    """A module imports only from its own room and from rooms below it."""
    assert [
        f"{path.relative_to(PACKAGE)} imports {module}"
        for path in MODULES
        for module in _imports(path)
        if module.startswith("lstm_tutor.") and not _below(path, _room(module))
    ] == []


def _below(path: Path, room: str) -> bool:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return room == own or RANK[room] < RANK[own]


def test_the_page_shows_the_ladder() -> None:
    """Its table has the rooms from the bottom up, each once."""
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text("utf-8")
    rooms = [room for rooms in LADDER for room in rooms if room != "__main__"]
    assert re.findall(r"^\| `(\w+)/` \|", page, re.M) == rooms
    assert len(page.splitlines()) <= 110


def test_every_module_stands_in_a_room() -> None:
    """Only the entry point is loose, and the ladder has every room."""
    found = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert found == RANK.keys()


def test_no_room_is_large() -> None:
    """Each has at most an eighth of the lines."""
    lines = Counter[str]()
    for path in MODULES:
        lines[path.relative_to(PACKAGE).parts[0]] += len(path.read_text("utf-8").splitlines())
    assert {room for room, count in lines.items() if 8 * count > lines.total()} == set()


def test_every_module_says_what_lives_in_it() -> None:
    """Each opens with a docstring."""
    silent = [p for p in MODULES if not ast.get_docstring(_tree(p))]
    assert silent == []


def test_the_algebra_knows_no_files_and_no_terminal() -> None:
    """It imports numpy and the standard library's plain parts alone."""
    allowed = {"__future__", "ast", "collections", "dataclasses", "enum", "fractions"}
    allowed |= {"functools", "math", "numpy", "re", "types", "typing", "lstm_tutor"}
    for path in (PACKAGE / "algebra").glob("*.py"):
        assert {module.partition(".")[0] for module in _imports(path)} <= allowed


# Names and ids are built and read in model/symbol.py alone. These may, and why:
READS_NAMES = {
    "model/symbol.py": "here they are built and read",
    "submission/habits.py": "the lists of how other people write names",
    "scenario/instead.py: 'L'": "how some call the number of time steps",
    'algebra/parser.py: found[1].endswith("\'")': "no formula's left side has a prime",
    "walk/drawing.py: '@' in _operators(step)": "the matrix product",
}
_MADE = {"d", "z_", "'"}
_NAMES = {"delta", "deltaOut", "dout", "dgates", "L", "L'", "h'", "z_{}", "d{}", "{}'"}
_AT = re.compile(r"@\(?(?:0|-?\[-?0|-?\?*\\+d)")  # in a regex of ids
_BUILT = re.compile(r"^(d|z_)\{\}|@\{\}|\{\}@(?!t\b)|^\{\}_\{\}$|^[^']*\{\}'$")


def _surgery(tree: ast.AST) -> Iterator[str]:
    """Yield the expressions that build or take apart a name or an id."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                ast.Attribute(attr="partition" | "rpartition" | "split" | "rsplit"),
                [ast.Constant("@" | "_"), *_],
            ):
                yield ast.unparse(node)
            case ast.Call(
                ast.Attribute(attr="removeprefix" | "removesuffix" | "startswith" | "endswith"),
                [ast.Constant(str(text)), *_],
            ) if text in _MADE or "@" in text:
                yield ast.unparse(node)
            case ast.Compare(ast.Constant("@"), [ast.In() | ast.NotIn()]):
                yield ast.unparse(node)
            case ast.BinOp(ast.Constant(str(text)), ast.Add() | ast.Mult()) if text in _MADE:
                yield ast.unparse(node)
            case ast.BinOp(_, ast.Add(), ast.Constant(str(text))) if text in _MADE:
                yield ast.unparse(node)
            case ast.Call(ast.Attribute(ast.Name("re")), [pattern, *_]) if _AT.search(
                ast.unparse(pattern)
            ):
                yield ast.unparse(node)
            case ast.JoinedStr(parts) if _BUILT.search("".join(map(_part, parts))):
                yield ast.unparse(node)
            case ast.Constant(str(text)) if text in _NAMES:
                yield ast.unparse(node)


def _part(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else "{}"


def test_names_and_ids_are_built_and_read_in_one_module() -> None:
    """Nothing else cuts an id at its @, or puts a d, a z_ or a prime at a name."""
    found = {
        (path.relative_to(PACKAGE).as_posix(), text)
        for path in MODULES
        for text in _surgery(_tree(path))
    }
    used = {key for file, text in found for key in (file, f"{file}: {text}")}
    unknown = {
        f"{file}: {text}"
        for file, text in found
        if not {file, f"{file}: {text}"} & READS_NAMES.keys()
    }
    assert (unknown, READS_NAMES.keys() - used) == (set(), set())


@pytest.mark.parametrize(
    "text",
    [
        *('id_.partition("@")', 'id_.split("@", 1)', 'name.partition("_")', '"@" in id_'),
        *('name.removeprefix("z_")', """name.removesuffix("'")""", 'id_.endswith("@-1")'),
        *('f"d{name}"', 'f"z_{gate}"', """f"{name}'\"""", 'f"{name}@{t}"', 'f"L@{t}"'),
        *('f"{block}_{gate}"', '"d" + name', """name + "'\"""", '"z_{}".format(gate)'),
        *(r're.compile(r"(\w+)@(-?\d+)")', 're.sub("x@[0-9]", "", id_)', 're.match("@0", id_)'),
        *('name == "deltaOut"', """name == "L'\""""),
    ],
)
def test_no_way_to_take_a_name_apart_is_overlooked(text: str) -> None:
    """Each way that the package once had is found."""
    assert list(_surgery(ast.parse(text)))


def _touched_streams(path: Path) -> set[str]:
    """Return what in a module reads or writes the process's streams."""
    found = set()
    for node in ast.walk(_tree(path)):
        match node:
            case ast.Attribute(ast.Name("sys"), "stdout" | "stderr" | "stdin" as name):
                found.add(f"sys.{name}")
            case ast.ImportFrom("sys" | "typer" as module, names):
                streams = {"stdout", "stderr", "stdin", "echo", "secho", "prompt", "confirm"}
                found |= {f"{module}.{n.name}" for n in names if n.name in streams}
            case ast.Call(ast.Name("print" | "input" | "breakpoint" as name)):
                found.add(name)
            case ast.Attribute(ast.Name("typer"), "echo" | "secho" | "prompt" as name):
                found.add(f"typer.{name}")
            case ast.Name("Console" | "Progress" as name):  # rich writes by itself
                found.add(name)
    return found


def test_only_commands_and_the_terminal_touch_streams() -> None:
    """Every other room gives text and data to who asked for it."""
    allowed = {"terminal", "cli", "__main__.py"}
    touched = {
        str(path.relative_to(PACKAGE)): _touched_streams(path)
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] not in allowed
    }
    assert {path: found for path, found in touched.items() if found} == {}
    assert _touched_streams(PACKAGE / "terminal" / "paper.py") >= {"sys.stdout", "Console"}


def test_a_long_module_says_why() -> None:
    """Of more than 350 lines none, but with a reason before its first line of code."""
    without = [
        path.name
        for path in MODULES
        if len(path.read_text("utf-8").splitlines()) > 350
        and "long because" not in " ".join((ast.get_docstring(_tree(path)) or "").split())
    ]
    assert without == []


def test_the_rooms_that_touch_streams_are_small() -> None:
    """A command is asked, asks its feature, and shows the answer."""
    lines = {
        room: sum(len(p.read_text("utf-8").splitlines()) for p in (PACKAGE / room).glob("*.py"))
        for room in ("cli", "terminal")
    }
    assert lines["cli"] < 2_230
    assert lines["terminal"] < 950  # the keys of two systems
