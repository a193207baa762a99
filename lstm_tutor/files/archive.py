"""Arrays in NumPy's binary files, read so that a damaged or lying file can do no harm.

No pickled object is ever loaded. What an archive's directory or an array's head says of
sizes is not believed: bytes are counted as they come out, and an array is a view of them.
"""

from __future__ import annotations

import io
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

MOST_ARRAYS = 10_000
_FEWEST_BYTES = 4  # that a number is taken to have, however few it is stored in
# what zipfile, its decompressor and NumPy's header parser raise for damaged files
DAMAGED = (
    *(ValueError, OSError, EOFError, LookupError, RuntimeError, MemoryError, SyntaxError),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError, TypeError),
    *(OverflowError, NotImplementedError),
)
_NO_ARCHIVE = "it is not a NumPy .npz file, or damaged"
_HEADS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class BadArchive(Exception):  # noqa: N818  # a state of the file, reported as such
    """A file of arrays that cannot be used; the message says why."""


def arrays_in(content: bytes, largest: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the name and array of each member of an .npz file.

    Args:
        content: the file.
        largest: bytes that its members may hold together.

    Raises:
        BadArchive: at the first thing that is wrong.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except DAMAGED:
        raise BadArchive(_NO_ARCHIVE) from None
    members = archive.infolist()
    if len(members) > MOST_ARRAYS:
        raise BadArchive(f"it holds {len(members):,} arrays; at most {MOST_ARRAYS:,} are read")
    left = largest
    names: set[str] = set()
    for item in members:
        name = item.filename.removesuffix(".npy")
        if name in names:
            raise BadArchive(f"it holds the array {name} twice")
        names.add(name)
        data = _member(archive, item, left)
        array = array_of(data, name) if len(data) <= left else None
        left -= len(data) if array is None else max(len(data), _FEWEST_BYTES * array.size)
        if array is None or left < 0:
            raise BadArchive(f"it holds too many bytes; at most {largest:,} are read")
        yield name, array


def _member(archive: zipfile.ZipFile, item: zipfile.ZipInfo, left: int) -> bytes:
    """Return the bytes of a member; one more than are left if it has more."""
    if item.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadArchive(f"{item.filename} is packed in a way that NumPy does not use")
    try:
        with archive.open(item) as stream:
            return stream.read(left + 1)
    except DAMAGED:
        raise BadArchive(_NO_ARCHIVE) from None


def array_of(data: bytes, name: str) -> NDArray[Any]:
    """Return the array of an .npy file, which cannot be written to.

    Raises:
        BadArchive: if it is none, or holds less than its head says.
    """
    stream = io.BytesIO(data)
    try:
        shape, by_column, dtype = _HEADS[npy.read_magic(stream)](stream)
        count = math.prod(shape)
        if min(shape, default=0) < 0:
            raise ValueError(shape)
        if count * dtype.itemsize > len(data) - stream.tell():
            raise BadArchive(f"the array {name} holds less than its head says")
        if not count:
            return np.empty(shape, dtype)
        numbers = np.frombuffer(data, dtype, count, stream.tell())
        return numbers.reshape(shape, order="F" if by_column else "C")
    except DAMAGED:  # pickled objects, too
        raise BadArchive(f"the array {name} cannot be read as plain numbers") from None
