"""Foreign bytes: the one way in from files, pipes and the standard input, with a limit.

No more than the limit is ever read, whatever a file says of its size; a device is not read,
and a pipe that nobody opens for writing is not waited for without end.
"""

from __future__ import annotations

import os
import re
import select
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from lstm_tutor.files.problem import BadInput, Place, Problem, place_in

LINE_BREAK = re.compile(r"\r\n|\r|\n")
_PATIENCE = 1.0  # seconds to wait for a program to open a pipe
_PIECE = 1 << 20
# to open a pipe waits for nobody, and nothing is translated
_HOW = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Unreadable(Exception):  # noqa: N818  # a state of the file, reported as such
    """A file that cannot be read; the message says why.

    Attributes:
        remedy: what to do.
    """

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.remedy = remedy


def content_of(path: Path, largest: int, what: str) -> bytes:
    """Return what stands in a file or comes out of a pipe.

    Args:
        path: the file.
        largest: how many bytes it may have.
        what: what the file is, for messages: "scenario", "cell".

    Raises:
        Unreadable: if it cannot be read, or has more.
    """
    try:
        _refuse_kind(path.stat().st_mode, what)  # to open a device may do something
        descriptor = os.open(path, _HOW)
        with os.fdopen(descriptor, "rb"):
            status = os.fstat(descriptor)
            _refuse_kind(status.st_mode, what)
            if status.st_size > largest:
                raise _too_large(f"{status.st_size:,}", largest)
            if not stat.S_ISFIFO(status.st_mode):
                return _limited(lambda most: os.read(descriptor, most), largest)
            content = _limited(lambda most: _from_pipe(descriptor, most), largest)
            if not content:
                raise Unreadable("this is not a regular file, and no program writes into it")
            return content
    except (FileNotFoundError, NotADirectoryError):
        raise Unreadable(f"there is no such {what} file") from None
    except PermissionError:
        raise Unreadable("no permission to read it", "check the file's permissions") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"cannot be read: {reason}") from None


def _refuse_kind(mode: int, what: str) -> None:
    if stat.S_ISDIR(mode):
        remedy = f"name a {what} file inside it"
        raise Unreadable("this is a directory, not a file", remedy)
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise Unreadable("this is not a regular file")


def _too_large(size: str, largest: int) -> Unreadable:
    return Unreadable(f"the file has {size} bytes; at most {largest:,} are read")


def _limited(read: Callable[[int], bytes], largest: int) -> bytes:
    """Read to the end, piece by piece; Unreadable as soon as it is too much."""
    pieces: list[bytes] = []
    left = largest + 1
    while left > 0:
        piece = read(min(left, _PIECE))
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        left -= len(piece)
    raise _too_large(f"more than {largest:,}", largest)


def _from_pipe(descriptor: int, most: int) -> bytes:
    """Return what comes next out of a pipe; b"" at its end, or if no program opens it."""
    select.select([descriptor], [], [], _PATIENCE)
    while True:
        try:
            return os.read(descriptor, most)
        except BlockingIOError:  # a program has it open, and is silent
            select.select([descriptor], [], [])


def read_bytes(path: Path, name: str, what: str, largest: int) -> bytes:
    """Return a file's content as `content_of` does, or raise BadInput.

    Args:
        path: the file.
        name: what messages call it.
        what: what the file is, for messages.
        largest: how many bytes it may have.
    """
    try:
        return content_of(path, largest, what)
    except Unreadable as error:
        raise BadInput([Problem(str(error), Place(name), remedy=error.remedy)]) from None


def read_stream(stream: BinaryIO, name: str, largest: int) -> bytes:
    """Read a stream to its end; BadInput if it has more bytes than that."""
    try:
        return _limited(stream.read, largest)
    except Unreadable as error:
        raise BadInput([Problem(str(error), Place(name))]) from None


def read_text(path: Path, name: str, what: str, largest: int) -> str:
    """Read a text file; see `read_bytes`."""
    try:
        return read_bytes(path, name, what, largest).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput([encoding_problem(error, name)]) from None


def encoding_problem(error: UnicodeDecodeError, name: str) -> Problem:
    """Say where a file stops being UTF-8 text."""
    content = bytes(error.object)
    before = LINE_BREAK.split(content[: error.start].decode())
    lines = tuple(LINE_BREAK.split(content.decode(errors="replace")))
    message = f"byte 0x{content[error.start]:02x} is not UTF-8 text"
    place = place_in(name, lines, len(before) - 1, len(before[-1]))
    return Problem(message, place, remedy="save the file as UTF-8")
