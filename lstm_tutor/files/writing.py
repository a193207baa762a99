"""Files of ours: each is replaced only when the new one is whole."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

_KEPT = 40  # characters of a name that may have no room for more


def write_file(path: Path, chunks: Iterable[str | bytes]) -> None:
    """Write a file piece by piece; it is replaced only when whole, and keeps its permissions.

    Raises:
        OSError: naming the file as it was given.
    """
    with _replacing(path) as stream:
        for chunk in chunks:
            stream.write(chunk.encode(errors="replace") if isinstance(chunk, str) else chunk)


def check_writable(path: Path) -> None:
    """Find out before long work that its file could not be written.

    Raises:
        OSError: naming the file as it was given.
    """
    target = _target(path)
    if target.is_dir():
        code = errno.EISDIR
    elif _is_stream(path):
        return
    elif not target.parent.is_dir():
        code = errno.ENOENT
    elif not os.access(target.parent, os.W_OK):
        code = errno.EACCES
    else:
        return
    raise OSError(code, os.strerror(code), str(path))


def _target(path: Path) -> Path:
    """Return the file that a path leads to."""
    return Path(os.path.realpath(path))  # unlike Path.resolve, takes a loop of links


def _is_stream(path: Path) -> bool:
    """Whether it is a device or pipe, or the file that one of our streams goes to."""
    try:
        found = path.stat()
    except OSError:
        return False
    if not path.is_file():
        return not path.is_dir()
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):  # closed
            if os.path.samestat(found, os.fstat(descriptor)):
                return True
    return False


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside the path that takes its place when all went well.

    What cannot be replaced is written to as it is.
    """
    try:
        with path.open("ab") if _is_stream(path) else _beside(_target(path)) as stream:
            yield stream
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[IO[bytes]]:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:_KEPT]}.")
    try:
        with os.fdopen(descriptor, "wb", buffering=1 << 16) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(target.stat().st_mode if target.exists() else 0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
