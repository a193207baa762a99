"""The doors for bytes: what comes in is counted, what goes out is whole."""

from __future__ import annotations

import io
import os
import stat
import struct
import subprocess
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command import COMMAND, command, environment, invoke

from lstm_tutor.files.archive import MOST_ARRAYS, BadArchive, array_of, arrays_in
from lstm_tutor.files.reading import Unreadable, content_of
from lstm_tutor.files.writing import write_file
from lstm_tutor.scenario.catalog import folder

LIMIT = 1 << 20


def _head(kind: str, shape: str, data: bytes = b"", version: int = 1) -> bytes:
    """Return an .npy file that says of itself what it likes."""
    text = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + data


LYING = {
    "more than there is": _head("'<f8'", "(536870912,)"),
    "more, by the second version": _head("'<f8'", "(536870912,)", version=2),
    "more, by the third version": _head("'<f8'", "(536870912,)", version=3),
    "numbers of no size": _head("'V0'", "(1000000000,)"),
    "text of no size": _head("'S0'", "(1000000000,)"),
    "below nothing": _head("'<f8'", "(-1,)", bytes(16)),
    "below nothing twice": _head("'<f8'", "(-1, -2)", bytes(16)),
    "too many axes": _head("'<f8'", "(" + "1, " * 500 + ")", bytes(8)),
    "no axis, and one without end": _head("'<f8'", f"(0, {'9' * 3000})"),
    "brackets": _head("'<f8'", "(" * 500 + ")" * 500),
    "an array in each number": _head("('<f8', (1000000, 1000))", "(1,)"),
    "objects": _head("'|O'", "(1,)", bytes(16)),
}


@pytest.mark.parametrize("case", LYING)
def test_a_head_is_not_believed(case: str) -> None:
    """What an array says of its size, and the bytes do not bear out, is refused."""
    with pytest.raises(BadArchive):
        array_of(LYING[case], "a")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", "<f2", "<i4", "u1"])
def test_a_right_array_is_read_as_numpy_reads_it(kind: str, order: str) -> None:
    """In every order of bytes and axes."""
    array = np.arange(6).reshape(2, 3).astype(kind)
    array = np.asfortranarray(array) if order == "F" else array
    buffer = io.BytesIO()
    np.save(buffer, array)
    assert np.array_equal(array_of(buffer.getvalue(), "a"), array)


def _archive(*members: tuple[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packed) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, packed)
    return bytearray(buffer.getvalue())


def _said_to_have(content: bytearray, size: int) -> bytes:
    """Return an archive whose directory says another size of its last member."""
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", size)
    return bytes(content)


ONE = _head("'<f8'", "(1,)", bytes(8))
_BIG = ("a.npy", bytes(LIMIT * 8))
_NINE = [(f"a{n}", _head("'u1'", "(200000,)", bytes(200_000))) for n in range(9)]
BOMBS: dict[str, Callable[[], bytes]] = {
    "larger than it says": lambda: _said_to_have(_archive(_BIG), 100),
    "smaller than it says": lambda: _said_to_have(_archive(_BIG), 0xFFFFFFF0),
    "large": lambda: bytes(_archive(("a.npy", bytes(LIMIT + 1)))),
    "large together": lambda: bytes(_archive(*_NINE)),
    "many": lambda: bytes(_archive(*((f"{n}", b"") for n in range(MOST_ARRAYS + 1)))),
    "packed otherwise": lambda: bytes(_archive(("a.npy", ONE), packed=zipfile.ZIP_LZMA)),
    "packed otherwise again": lambda: bytes(_archive(("a.npy", ONE), packed=zipfile.ZIP_BZIP2)),
    "one name for two": lambda: bytes(_archive(("a.npy", ONE), ("a", ONE))),
    "cut off": lambda: bytes(_archive(("a.npy", ONE)))[:60],
}


@pytest.mark.parametrize("case", BOMBS)
def test_an_archive_is_stopped_by_what_comes_out(case: str) -> None:
    """Not by what its directory says."""
    with pytest.raises(BadArchive):
        list(arrays_in(BOMBS[case](), LIMIT))


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "/dev/full"])
@pytest.mark.parametrize("words", [("check",), ("validate",), ("verify",), ("run",)])
def test_a_device_is_no_file(name: str, words: tuple[str, ...]) -> None:
    """It is refused, and nothing is read from it."""
    answer = invoke(*words, name)
    assert answer.code == 1
    assert f"{name}: this is not a regular file" in answer.err


@pytest.mark.slow
def test_a_scenario_names_no_device(tmp_path: Path) -> None:
    """Nor do its cell, its loss and its weights, and no pipe that nobody writes into."""
    os.mkfifo(tmp_path / "pipe.yaml")
    path = tmp_path / "s.yaml"
    start = "inputs: [1]\nlabels: [1]\n"
    for entries in (
        "cell: pipe.yaml\nweights: {}",
        "cell: rnn\nloss: pipe.yaml\nweights: {}",
        "cell: rnn\nweights: {file: /dev/zero}",
        "cell: rnn\nweights: {file: pipe.yaml}",
    ):
        path.write_text(start + entries)
        assert "this is not a regular file" in invoke("validate", str(path)).err


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    """Also if the program at its other end is slow, and writes in pieces."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    go_on = threading.Event()

    def write() -> None:
        with path.open("wb", buffering=0) as stream:
            stream.write(b"a" * 100_000)
            go_on.wait(0.2)
            stream.write(b"b")

    writer = threading.Thread(target=write)
    writer.start()
    assert content_of(path, LIMIT, "x") == b"a" * 100_000 + b"b"
    writer.join()


@pytest.mark.long
def test_a_pipe_without_end_is_read_to_the_limit(tmp_path: Path) -> None:
    """As is the standard input."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with subprocess.Popen(["sh", "-c", 'exec cat /dev/zero >"$0"', str(path)]) as writer:
        with pytest.raises(Unreadable, match="more than 1,048,576 bytes"):
            content_of(path, LIMIT, "x")
        writer.kill()
    with Path("/dev/zero").open("rb") as zeros:
        done = subprocess.run(
            [*COMMAND, "check", "-"],
            stdin=zeros,
            env=environment(),
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert b"at most 16,777,216 are read" in done.stderr


@pytest.mark.long
def test_a_scenario_and_numbers_come_out_of_a_process(tmp_path: Path) -> None:
    """By the shell's substitution, whose names are pipes."""
    (tmp_path / "s.yaml").write_text((folder() / "gomez.yaml").read_text("utf-8"), "utf-8")
    script = (
        '"$0" -m lstm_tutor check <(sleep 0.3; echo "a@0: 0.817754") --scenario <(cat s.yaml)'
    )
    done = subprocess.run(
        ["bash", "-c", script, COMMAND[0]],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"1 value: 1 right" in done.stdout


def test_what_is_written_keeps_its_permissions(tmp_path: Path) -> None:
    """A new file has those that every new file has; links stay links; nothing is left."""
    target, link = tmp_path / "file", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_file(link, ["new", "er"])
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("newer", 0o640)
    assert link.is_symlink()
    fresh = tmp_path / ("n" * 255)
    write_file(fresh, [b"x"])
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o666 & ~mask
    assert sorted(tmp_path.iterdir()) == sorted([target, link, fresh])


def test_what_fails_leaves_the_old_file(tmp_path: Path) -> None:
    """Whatever goes wrong while it is written."""
    target = tmp_path / "file"
    target.write_text("old")

    def chunks() -> object:
        yield "new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_file(target, chunks())  # type: ignore[arg-type]  # it never comes to an end
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.long
@pytest.mark.parametrize("redirection", [">", ">>", "| cat >>"])
def test_standard_output_can_be_named_as_a_file(redirection: str, tmp_path: Path) -> None:
    """What was in the file that it goes to stays, if the shell says so."""
    out = tmp_path / "out"
    out.write_text("before\n")
    script = f'"$0" -m lstm_tutor schema -o /dev/stdout {redirection} out'
    done = subprocess.run(
        ["bash", "-c", script, COMMAND[0]],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    kept = "" if redirection == ">" else "before\n"
    assert out.read_text("utf-8") == kept + invoke("schema").out


@pytest.mark.long
def test_a_pipe_can_be_named_as_a_file(tmp_path: Path) -> None:
    """It is written into, and stays a pipe."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE) as reader:
        answer = command("schema", "-o", str(path))
        text, _ = reader.communicate(timeout=60)
    assert (answer.code, answer.err) == (0, "")
    assert text.decode() == invoke("schema").out
    assert path.is_fifo()
