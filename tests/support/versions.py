"""The versions that pyproject allows: `python -m versions` in tests/support.

Installs the lowest version of each dependency on the oldest Python and tries the commands;
runs the tests on every other Python at hand (`--tests` names some of them); and compares
the wheel of the checkout with that which the source archive builds. Needs a package index
that pip reaches. Exits with 1 if something fails.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NEWEST = 20  # minor version beyond which no Python is looked for
_TRIED = (
    *(("--version",), ("run",), ("run", "hello"), ("why", "dC@0"), ("show", "lstm")),
    *(("run", "gru-two-units", "--format", "json"), ("gradcheck", "two-units")),
    *(("export", "-o", "o.md"), ("verify", "o.md"), ("export", "-o", "o.html")),
    *(("verify", "o.html"), ("export", "-o", "o.csv"), ("check", "o.csv")),
    *(("worksheet", "-o", "w.md"), ("validate", "gomez"), ("audit", "one-step")),
    *(("scenarios",), ("schema",), ("learn", "--skills"), ("step",)),
)


def project() -> dict[str, object]:
    """Return what pyproject says of the project."""
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]
    return found


def lowest(requirements: list[str]) -> list[str]:
    """Return the requirements with the lowest version of each alone."""
    return [re.sub(r">=([\d.]+)", _pinned, requirement) for requirement in requirements]


def _pinned(found: re.Match[str]) -> str:
    return f"=={found[1]}" + ".*" * (found[1].count(".") < 2)


def pythons() -> dict[tuple[int, int], str]:
    """Return every Python at hand that the project allows, oldest first, by version."""
    oldest = re.search(r">=3\.(\d+)", str(project()["requires-python"]))
    assert oldest
    found: dict[tuple[int, int], str] = {}
    homes = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in range(int(oldest[1]), _NEWEST):
        names = [*homes.glob(f"3.{minor}.*/bin/python"), shutil.which(f"python3.{minor}")]
        for name in filter(None, names):
            if _works(str(name), minor):
                found[3, minor] = str(name)
                break
    return found


def _works(python: str, minor: int) -> bool:
    script = f"import sys, venv, ensurepip; assert sys.version_info[:2] == (3, {minor})"
    return not subprocess.run(
        [python, "-c", script], capture_output=True, check=False
    ).returncode


def _run(*call: str | Path, cwd: Path) -> str:
    """Run a program; return what is wrong with how it ended, or nothing."""
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [*map(str, call)], cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )
    if done.returncode == 0 and "Warning" not in done.stderr:
        return ""
    said = (done.stdout + done.stderr).strip().splitlines()[-15:]
    return f"{' '.join(map(str, call[1:6]))}: {done.returncode}\n" + "\n".join(said)


def environment(python: str, folder: Path, *packages: str) -> tuple[Path, str]:
    """Make an environment with packages; return its Python, and what went wrong."""
    failed = _run(python, "-m", "venv", folder, cwd=folder.parent)
    own = folder / "bin" / "python"
    return own, failed or _run(own, "-m", "pip", "install", "-q", *packages, cwd=folder)


def smoke(python: Path, folder: Path) -> Iterator[str]:
    """Try the commands of an installed package in a new folder; yield what failed."""
    folder.mkdir()
    for arguments in _TRIED:
        failed = _run(python, "-m", "lstm_tutor", *arguments, cwd=folder)
        if failed:
            yield failed


def built(folder: Path) -> Iterator[str]:
    """Build the wheel of the checkout and that of its source archive; yield differences."""
    own, again = folder / "own", folder / "again"
    call = [sys.executable, "-m", "build", "--outdir"]
    failed = _run(*call, own, "--wheel", ROOT, cwd=folder) or _run(
        *call,
        again,
        ROOT,
        cwd=folder,  # the source archive, and the wheel of that
    )
    if failed:
        yield failed
        return
    one, other = (_members(next(where.glob("*.whl"))) for where in (own, again))
    yield from (f"only in one wheel: {name}" for name in one.keys() ^ other.keys())
    yield from (f"not the same: {n}" for n in one.keys() & other.keys() if one[n] != other[n])


def _members(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def tested(version: tuple[int, int], python: str, folder: Path) -> str:
    """Run the tests on a Python; return what failed, or nothing."""
    own, failed = environment(python, folder, f"{ROOT}[dev]")
    return failed or _run(own, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=ROOT)


def main() -> None:
    """Print what was tried; exit with 1 if something failed."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--tests", nargs="*", metavar="3.N", help="default: all but the oldest")
    asked = parser.parse_args()
    found = pythons()
    print("at hand:", *(f"3.{minor}" for _, minor in found), flush=True)
    failed = False

    def tell(what: str, wrong: list[str]) -> None:
        nonlocal failed
        failed |= bool(wrong)
        print(f"{what}: {'failed' if wrong else 'good'}", *wrong, sep="\n", flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tell("the wheels of checkout and source archive are the same", list(built(folder)))
        oldest, *others = found
        dependencies = project()["dependencies"]
        assert isinstance(dependencies, list)
        for version in found:
            old = version == oldest
            wheel = next((folder / "own").glob("*.whl"), ROOT)
            packages = [str(wheel), *(lowest(dependencies) if old else [])]
            own, wrong = environment(found[version], folder / f"plain{version[1]}", *packages)
            what = f"3.{version[1]}, {'lowest' if old else 'newest'} versions, commands"
            tell(what, [wrong] if wrong else list(smoke(own, folder / f"files{version[1]}")))
        for version in others:
            if asked.tests is None or f"3.{version[1]}" in asked.tests:
                place = folder / f"dev{version[1]}"
                wrong = tested(version, found[version], place)
                tell(f"3.{version[1]}, newest versions, tests", [wrong] if wrong else [])
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
