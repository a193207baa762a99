"""The user's state folder: small text files that are kept from one run to the next."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from lstm_tutor.files.reading import Unreadable, content_of
from lstm_tutor.files.text import decoded
from lstm_tutor.files.writing import write_file

_NAME = "lstm-tutor"


def state_folder() -> Path:
    """Return the folder for what is kept between runs, whether it exists or not.

    Raises:
        OSError: if the system names no home folder.
    """
    if sys.platform == "win32":
        named, usual = os.environ.get("LOCALAPPDATA", ""), Path("AppData") / "Local"
    else:
        named, usual = os.environ.get("XDG_STATE_HOME", ""), Path(".local") / "state"
    if named and Path(named).is_absolute():
        return Path(named) / _NAME
    try:
        return Path.home() / usual / _NAME
    except RuntimeError as error:
        raise OSError(str(error)) from None


class StateFile:
    """One text file of the state folder; what goes wrong is told once and is no failure."""

    def __init__(self, name: str, tell: Callable[[str], None]) -> None:
        self._name, self._tell = name, tell
        self._kept = True

    def read(self, most: int) -> str | None:
        """Return the file's text of at most so many bytes; None if there is no file.

        Raises:
            ValueError: if it is longer or no text; the message says so.
        """
        try:
            path = state_folder() / self._name
            if not path.exists():
                return None
            if not path.is_file():
                self._kept = False  # nothing can take its place
                raise ValueError("it is not a file, so progress is not kept")
            return decoded(content_of(path, most, "progress"))
        except UnicodeDecodeError:
            raise ValueError("it is not a text file") from None
        except (Unreadable, OSError) as error:
            raise ValueError(getattr(error, "strerror", None) or str(error)) from None

    @property
    def shown(self) -> str:
        """The file's path, for messages."""
        try:
            return str(state_folder() / self._name)
        except OSError:
            return self._name

    def write(self, text: str) -> None:
        """Write the file; say once that progress is not kept if that is impossible."""
        self._put(lambda path: write_file(path, [text]))

    def append(self, line: str, head: str) -> None:
        """Add a line at the end of the file, which begins with a head; see `write`.

        Several programs may do so at once: each line is written in one piece, and stands
        alone also after one that was cut off.
        """

        def added(path: Path) -> None:
            with path.open("ab+", buffering=0) as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 1))
                lead = "" if size and file.read(1) == b"\n" else "\n" if size else head
                file.write((lead + line).encode(errors="replace"))

        self._put(added)

    def _put(self, put: Callable[[Path], None]) -> None:
        if not self._kept:
            return
        try:
            folder = state_folder()
            path = folder / self._name
            if path.exists() and not path.is_file():  # a pipe would wait for a reader
                raise OSError("it is not a file")
            folder.mkdir(parents=True, exist_ok=True)
            put(path)
        except OSError as error:
            self._kept = False
            why = error.strerror or str(error)
            self._tell(f"progress is not kept: {self.shown}: {why}")
