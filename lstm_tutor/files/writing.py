"""Files of ours: each is replaced only when the new one is whole."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import IO

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_KEPT = 40  # characters of a name that may have no room for more
_UNFINISHED = ".lstm-tutor"
_ABANDONED = 86_400  # seconds after which no file is still being written
_WAITS = (0.0, 0.05, 0.2, 0.5)  # seconds between attempts


def write_file(path: Path, chunks: Iterable[str | bytes]) -> None:
    """Write a file piece by piece; it is replaced only when whole, and keeps its permissions.

    What cannot be replaced, such as a pipe, is written to as it is.

    Raises:
        OSError: naming the file as it was given.
    """
    try:
        if _is_stream(path):
            with path.open("ab") as stream:
                _write(stream, chunks)
        else:
            _replace(_target(path), chunks)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _write(stream: IO[bytes], chunks: Iterable[str | bytes]) -> None:
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


def _replace(target: Path, chunks: Iterable[str | bytes]) -> None:
    """Write a file beside another one, and let it take its place when all went well."""
    _tidy(target.parent)
    new = target.with_name(f".{target.name[:_KEPT]}.{os.urandom(4).hex()}{_UNFINISHED}")
    try:
        with new.open("xb", buffering=1 << 16) as stream:
            held = _hold(stream)
            if not new.exists():  # taken for left behind before it was held
                return _replace(target, chunks)
            _write(stream, chunks)
            stream.flush()
            os.fsync(stream.fileno())
            if target.exists():
                new.chmod(target.stat().st_mode)
            if held:  # until it has its name nobody takes it for left behind
                new.replace(target)
        if not held:
            _moved(new, target)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
    return None


def _hold(stream: IO[bytes]) -> bool:
    """Mark a file as being written; False where the system has no such mark."""
    if fcntl is None:
        return False
    with contextlib.suppress(OSError):  # some file systems have none either
        fcntl.flock(stream, fcntl.LOCK_EX)
        return True
    return False


def _moved(new: Path, target: Path) -> None:
    """Let a file take the place of another one; on Windows that one may be open just now."""
    for wait in _WAITS:
        try:
            new.replace(target)
            return
        except PermissionError:
            time.sleep(wait)
    new.replace(target)


def _tidy(folder: Path) -> None:
    """Remove the unfinished files of programs that were killed."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and entry.name.endswith(_UNFINISHED):
                with contextlib.suppress(OSError):
                    _remove_abandoned(Path(entry.path))


def _remove_abandoned(path: Path) -> None:
    """Remove a file that nobody writes any more; OSError if somebody does."""
    if time.time() - path.stat().st_mtime > _ABANDONED:
        path.unlink()
    elif fcntl is not None:
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
