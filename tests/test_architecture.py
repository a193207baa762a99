"""The ladder of imports inside the package."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "lstm_tutor"
# From the bottom up: a room may import itself and the rooms below.
LADDER = [
    ["algebra"],
    ["files"],
    ["numbers"],
    ["model"],
    ["derivation"],
    ["scenario"],
    ["execution"],
    ["trace"],
    ["dialects"],
    ["render"],
    ["submission"],
    ["mistakes"],
    ["diagnosis"],
    ["walk", "export", "check", "quiz", "worksheet", "audit"],
    ["terminal"],
    ["cli"],
    ["__main__"],
]
RANK = {room: rank for rank, rooms in enumerate(LADDER) for room in rooms}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
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


def test_every_module_says_what_lives_in_it() -> None:
    """Each opens with a docstring."""
    silent = [p for p in MODULES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert silent == []


def test_the_algebra_knows_no_files_and_no_terminal() -> None:
    """It imports numpy and the standard library's plain parts alone."""
    allowed = {"__future__", "ast", "collections", "dataclasses", "enum", "fractions"}
    allowed |= {"functools", "math", "numpy", "re", "types", "typing", "lstm_tutor"}
    for path in (PACKAGE / "algebra").glob("*.py"):
        assert {module.partition(".")[0] for module in _imports(path)} <= allowed
