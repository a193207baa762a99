"""Arrays in NumPy's binary files, read so that a damaged or lying file can do no harm.

No pickled object is ever loaded, and sizes are checked before anything is allocated.
"""

from __future__ import annotations

import io
import lzma
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from numpy.lib import format as npy
from numpy.typing import NDArray

# what zipfile, its decompressors and NumPy's header parser raise for damaged files
DAMAGED = (
    *(ValueError, OSError, EOFError, LookupError, RuntimeError, MemoryError, SyntaxError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, tokenize.TokenError),
)


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
        raise BadArchive("it is not a NumPy .npz file, or damaged") from None
    with archive:
        members = archive.infolist()
        size = sum(item.file_size for item in members)
        if size > largest:
            raise BadArchive(f"it holds {size:,} bytes; at most {largest:,} are read")
        for item in members:
            name = item.filename.removesuffix(".npy")
            try:
                data = archive.read(item)
            except (*DAMAGED, NotImplementedError):
                raise BadArchive("it is not a NumPy .npz file, or damaged") from None
            yield name, array_of(data, name)


def array_of(data: bytes, name: str) -> NDArray[Any]:
    """Return the array of an .npy file.

    Raises:
        BadArchive: if it is none, or holds less than its head says.
    """
    stream = io.BytesIO(data)
    try:
        version = npy.read_magic(stream)
        head = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version in head:
            shape, _, dtype = head[version](stream)
            if math.prod(shape) * dtype.itemsize > len(data) - stream.tell():
                raise BadArchive(f"the array {name} holds less than its head says")
        stream.seek(0)
        return npy.read_array(stream, allow_pickle=False)
    except DAMAGED:  # pickled objects, too
        raise BadArchive(f"the array {name} cannot be read as plain numbers") from None
