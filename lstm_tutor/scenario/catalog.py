"""The names and files of what is bundled; light, so that completion is quick."""

from __future__ import annotations

from pathlib import Path

DEFAULT = "gomez"


def folder() -> Path:
    """Return where the bundled scenarios are: in the package, or beside it in a checkout."""
    room = Path(__file__).parent
    inside = room / "scenarios"
    return inside if inside.is_dir() else room.parent.parent / "scenarios"


def bundled() -> list[str]:
    """Return the bundled scenarios' names, the default one first."""
    names = sorted(path.stem for path in folder().glob("*.yaml"))
    return sorted(names, key=lambda name: name != DEFAULT)


def path_of(name: str) -> Path | None:
    """Return the file of a bundled scenario or at a path; None if there is neither."""
    if name in bundled():
        return folder() / f"{name}.yaml"
    if not name:  # Path("") would be the working directory
        return None
    path = Path(name)
    try:
        found = path.exists()
    except PermissionError:
        found = True
    except (OSError, ValueError):
        found = False
    return path if found or path.suffix else None
