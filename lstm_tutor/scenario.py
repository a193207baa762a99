"""Scenarios: a cell with its inputs, labels and weights, checked and made of arrays.

Reads scenario files, bundled or the user's. Sizes are checked here, by named axes:
the entries vote on how large an axis is, and whoever differs is named.
"""

from __future__ import annotations

import io
import lzma
import math
import struct
import tokenize
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.catalog import bundled, path_of
from lstm_tutor.cell import Cell, Loss, bundled_cells, load_cell, losses
from lstm_tutor.document import Document, Path_, described, number_remedy, read
from lstm_tutor.problem import BadInput, Place, Problem, did_you_mean
from lstm_tutor.structure import FileWeights, GeneratedWeights, ScenarioFile, structure_problems

Array = NDArray[np.float64]
_LARGEST_NPZ = 64 * 1024 * 1024
# what zipfile, its decompressors and NumPy's header parser raise for damaged files
_DAMAGED = (
    *(ValueError, OSError, EOFError, LookupError, RuntimeError, MemoryError, SyntaxError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, tokenize.TokenError),
)
_ARRAYS = ("a number", "a list of numbers", "rows of numbers: [[…], […]]")
_WRITTEN = ("a number", "write a list: […, …]", "write one list per row: [[…], […]]")


@dataclass(frozen=True)
class Scenario:
    """One worked example, ready to be computed.

    Attributes:
        name: bundled name or file name.
        title, source, about: for people.
        cell: the forward equations.
        loss: the loss of a labelled time step.
        inputs: (time, input).
        labels: (time, hidden); rows of unlabelled steps are 0 and not used.
        labelled: (time,), whether a step has a label.
        parameters: every parameter with its true shape, by name.
        initial: every state before the first step, (hidden,).
        learning_rate: size of the update.
        truncate: window length of truncated backpropagation, or None.
    """

    name: str
    title: str
    source: str
    about: str
    cell: Cell
    loss: Loss
    inputs: Array
    labels: Array
    labelled: NDArray[np.bool_]
    parameters: Mapping[str, Array]
    initial: Mapping[str, Array]
    learning_rate: float = 0.1
    truncate: int | None = None

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return len(self.inputs)

    @property
    def sizes(self) -> dict[str, int]:
        """Size of each axis."""
        return {"input": self.inputs.shape[1], "hidden": self.labels.shape[1]}

    @property
    def constants(self) -> dict[str, float]:
        """The plain numbers that formulas name: N labelled entries, learning rate lr."""
        labels = int(self.labelled.sum()) * self.sizes["hidden"]
        return {"N": float(labels), "lr": self.learning_rate}

    def with_parameters(self, parameters: Mapping[str, Array]) -> Scenario:
        """Return the same scenario with other weights."""
        return replace(self, parameters=parameters)

    def cut_after(self, t: int) -> bool:
        """Whether truncation keeps gradients from passing from t+1 back to t."""
        return self.truncate is not None and t >= 0 and (t + 1) % self.truncate == 0


def load(name: str) -> Scenario:
    """Load a scenario by bundled name or by path.

    Raises:
        BadInput: every problem of the file, each with its position.
    """
    path = path_of(name)
    if path is None:
        remedy = did_you_mean(name, bundled())
        place = Place(name)
        message = "there is neither a bundled scenario nor a file of this name"
        raise BadInput([Problem(message, place, remedy=remedy)])
    shown = f"{path.stem}.yaml" if name in bundled() else name
    return build(read(path, "scenario", shown), path)


def build(document: Document, path: Path) -> Scenario:
    """Make a scenario of a YAML document; what it refers to is looked for beside the path.

    Raises:
        BadInput: every problem of the document, each with its position.
    """
    structure, problems = structure_problems(document)
    if structure is None:
        raise BadInput(problems)
    return _Builder(document, structure, path, problems).scenario()


@dataclass(frozen=True)
class _Entry:
    """An array of the file, before its shape is checked.

    Attributes:
        path: where it is in the file, or would be if it were not in a weights file.
        axes: the axes that it should have.
        array: its numbers.
        name: what it is called in a weights file; empty if it is not from one.
    """

    path: Path_
    axes: Axes
    array: Array
    name: str = ""

    @property
    def label(self) -> str:
        return self.name or ".".join(str(part) for part in self.path)

    @property
    def written(self) -> Path_:
        """The path of the entry where it is written: the array's or the weights file's."""
        return ("weights", "file") if self.name else self.path

    @property
    def group(self) -> Path_:
        """The entries that are changed together: all inputs, all of W, the initial C."""
        return self.path[: 1 if self.path[0] in ("inputs", "labels") else 2]

    def implied(self) -> dict[str, int]:
        """What the entry says about axis sizes, dropped axes of one unit included.

        A missing leading ``hidden`` axis means one hidden unit; a plain number means
        one entry on every axis.
        """
        shape = self.array.shape
        missing = len(self.axes) - len(shape)
        if missing < 0:
            return {}
        return dict(zip(self.axes, (1,) * missing + shape, strict=True))


@dataclass
class _Builder:
    """Turns a file of the right structure into arrays of the right sizes."""

    document: Document
    file: ScenarioFile
    path: Path
    problems: list[Problem] = field(default_factory=list)

    def scenario(self) -> Scenario:
        cell, loss = self._cell(), self._loss()
        inputs = self._rows("inputs", self.file.inputs, ("input",))
        labels = self._rows("labels", self.file.labels, ("hidden",), optional=True)
        self._same_length()
        self._ranges()
        if cell is None:
            raise BadInput(self.problems)
        weights = list(self._weights(cell))
        states = list(self._states(cell))
        rows = [row for row in (*inputs, *labels) if row is not None]
        sizes = self._sizes([*rows, *weights, *states])
        if self.problems or loss is None:
            raise BadInput(self.problems)
        return self._build(cell, loss, inputs, labels, weights, states, sizes)

    def _build(
        self,
        cell: Cell,
        loss: Loss,
        inputs: list[_Entry | None],
        labels: list[_Entry | None],
        weights: list[_Entry],
        states: list[_Entry],
        sizes: dict[str, int],
    ) -> Scenario:
        def full(entry: _Entry) -> Array:
            return _frozen(entry.array.reshape([sizes[axis] for axis in entry.axes]))

        def zero(axes: Axes) -> Array:
            return _frozen(np.zeros([sizes[axis] for axis in axes]))

        parameters = {"_".join(str(part) for part in e.path[1:]): full(e) for e in weights}
        if isinstance(self.file.weights, GeneratedWeights):
            parameters = _generated(self.file.weights, cell, sizes)
        given = {str(entry.path[-1]): full(entry) for entry in states}
        rows = [zero(("hidden",)) if entry is None else full(entry) for entry in labels]
        return Scenario(
            name=self.path.stem,
            title=_one_line(self.file.title) or self.path.stem,
            source=_one_line(self.file.source),
            about=_one_line(self.file.about),
            cell=cell,
            loss=loss,
            inputs=_frozen(np.stack([full(entry) for entry in inputs if entry])),
            labels=_frozen(np.stack(rows)),
            labelled=np.array([entry is not None for entry in labels]),
            parameters={name: parameters[name] for name in cell.parameters},
            initial={
                state: given.get(state, zero(cell.signals[state])) for state in cell.states
            },
            learning_rate=float(self.file.learning_rate),
            truncate=self.file.truncate,
        )

    def _problem(self, path: Path_, message: str, expected: str = "", remedy: str = "") -> None:
        place = self.document.place(path)
        self.problems.append(Problem(message, place, expected, remedy))

    def _cell(self) -> Cell | None:
        name = self.file.cell
        try:
            return load_cell(name, self.path.parent)
        except KeyError:
            remedy = did_you_mean(name, bundled_cells())
            expected = "the name of a cell, or the path of a .yaml file"
            self._problem(("cell",), f"there is no cell {name!r}", expected, remedy)
        except BadInput as error:
            for problem in error.problems:
                if problem.place.line is None:  # the file as a whole: point at its name here
                    message = f"{problem.place.file}: {problem.message}"
                    self._problem(("cell",), message, problem.expected, problem.remedy)
                else:
                    self.problems.append(problem)
        return None

    def _loss(self) -> Loss | None:
        known = losses()
        if self.file.loss not in known:
            remedy = did_you_mean(self.file.loss, known)
            self._problem(("loss",), f"there is no loss {self.file.loss!r}", remedy=remedy)
        return known.get(self.file.loss)

    def _rows(
        self, key: str, rows: Any, axes: Axes, *, optional: bool = False
    ) -> list[_Entry | None]:
        """Read one row per time step; a null row is None where that is allowed."""
        if not isinstance(rows, list):
            message = f"{key} is {described(rows)}"
            self._problem((key,), message, "a list with one row per time step")
            return []
        if not rows:
            self._problem((key,), f"{key} is an empty list", "one row per time step")
        if optional and rows and all(row is None for row in rows):
            self._problem(
                (key,), "no time step has a label", "at least one, or there is no loss"
            )
        entries: list[_Entry | None] = []
        for index, row in enumerate(rows):
            if row is None and optional:
                entries.append(None)
            else:
                entry = self._entry((key, index), axes, row)
                entries += [entry] if entry else []
        return entries

    def _same_length(self) -> None:
        inputs, labels = self.file.inputs, self.file.labels
        if not isinstance(inputs, list) or not isinstance(labels, list):
            return
        if inputs and labels and len(inputs) != len(labels):
            line = self.document.place(("inputs",)).line
            self._problem(
                ("labels",),
                f"labels has {_count(len(labels), 'row')} on the axis 'time'",
                f"{len(inputs)}, one per time step, as set by inputs (line {line})",
                "write null where a step has no label",
            )

    def _ranges(self) -> None:
        """Check the limits between which weights are drawn."""
        if not isinstance(self.file.weights, GeneratedWeights):
            return
        init = self.file.weights.init
        path = ("weights", "init")
        if init.scheme != "uniform":
            for key in sorted(init.model_fields_set & {"low", "high"}):
                message = f"weights.init.{key} has no effect with the scheme {init.scheme}"
                self._problem((*path, key), message, remedy="remove it, or use uniform")
        elif init.low > init.high:
            message = f"weights.init.low is {init.low:g}, more than weights.init.high"
            key = "low" if "low" in init.model_fields_set else "high"
            self._problem((*path, key), message, f"at most {init.high:g}")
        elif not math.isfinite(init.high - init.low):
            message = "weights.init.low and weights.init.high are too far apart"
            self._problem((*path, "high"), message, remedy="use smaller weights")

    def _entry(self, path: Path_, axes: Axes, value: Any) -> _Entry | None:
        """Read one array; every entry of it that is not a finite number is a problem."""
        before = len(self.problems)
        self._numbers(path, value, len(axes))
        if len(self.problems) > before:
            return None
        return _Entry(path, axes, np.array(value, dtype=float))

    def _numbers(self, path: Path_, value: Any, rank: int) -> None:
        label = ".".join(str(part) for part in path)
        if not isinstance(value, list):
            if isinstance(value, bool) or not isinstance(value, int | float):
                message = f"{label} is {described(value)}"
                self._problem(path, message, _ARRAYS[rank], number_remedy(value))
            elif not _finite(value):
                self._problem(path, f"{label} is {value}", "a finite number")
        elif not value:
            self._problem(path, f"{label} is an empty list", _ARRAYS[rank])
        elif rank == 0:
            self._problem(path, f"{label} is a list", "a number", "remove these brackets")
        elif rank == 2 and any(isinstance(row, list) for row in value):
            self._matrix(path, value)
        else:
            for index, item in enumerate(value):
                self._numbers((*path, index), item, rank - 1)

    def _matrix(self, path: Path_, rows: list[Any]) -> None:
        """Check the rows of a matrix; those of unusual length are problems."""
        lengths = [len(row) if isinstance(row, list) else 0 for row in rows]
        usual = Counter(filter(None, lengths)).most_common(1)
        for index, row in enumerate(rows):
            label = ".".join(str(part) for part in (*path, index))
            if not isinstance(row, list):
                self._problem((*path, index), f"{label} is {described(row)}", _ARRAYS[1])
                continue
            self._numbers((*path, index), row, 1)
            if row and len(row) != usual[0][0]:
                like = ".".join(str(part) for part in (*path, lengths.index(usual[0][0])))
                expected = f"{usual[0][0]}, as in {like}"
                message = f"{label} has {_count(len(row), 'number')}"
                self._problem((*path, index), message, expected)

    def _states(self, cell: Cell) -> Iterator[_Entry]:
        for state, value in self.file.initial.items():
            if state not in cell.states:
                self._unknown(("initial", state), cell.states, cell)
                continue
            entry = self._entry(("initial", state), cell.signals[state], value)
            if entry:
                yield entry

    def _unknown(self, path: Path_, known: Iterable[str], cell: Cell) -> None:
        key = str(path[-1])
        place = self.document.place(path, key=True)
        message = (
            f"unknown key {'.'.join(str(part) for part in path)!r} for the cell {cell.name}"
        )
        remedy = "write a space after the ':'" if ":" in key else did_you_mean(key, known)
        self.problems.append(Problem(message, place, remedy=remedy))

    def _weights(self, cell: Cell) -> Iterator[_Entry]:
        weights = self.file.weights
        if isinstance(weights, FileWeights):
            yield from self._weights_from(weights.file, cell)
        elif isinstance(weights, dict):
            yield from self._weight_blocks(weights, cell)

    def _weight_blocks(self, weights: Mapping[str, Any], cell: Cell) -> Iterator[_Entry]:
        blocks = {block: _gates_of(members) for block, members in cell.blocks.items()}
        self._match(("weights",), weights, blocks, cell)
        for block, gates in blocks.items():
            entries = weights.get(block)
            if entries is None:
                continue
            self._match(("weights", block), entries, gates, cell)
            for gate in gates:
                if gate in entries:
                    axes = cell.parameters[f"{block}_{gate}"]
                    entry = self._entry(("weights", block, gate), axes, entries[gate])
                    if entry:
                        yield entry

    def _match(self, path: Path_, have: Iterable[str], want: Iterable[str], cell: Cell) -> None:
        have, want = list(have), list(want)
        for key in have:
            if key not in want:
                self._unknown((*path, key), want, cell)
        missing = [key for key in want if key not in have]
        if missing:
            label = ".".join(str(part) for part in path)
            place = self.document.place(path, key=True)
            message = f"{label} lacks {', '.join(missing)}"
            expected = f"{', '.join(want)}, as set by the cell {cell.name}"
            self.problems.append(Problem(message, place, expected))

    def _weights_from(self, file: str, cell: Cell) -> Iterator[_Entry]:
        try:
            arrays = _read_npz(self.path.parent / file)
            yield from _split(arrays, cell, file)
        except _BadWeights as error:
            message = f"weights file {_short(file)}: {error}"
            self._problem(("weights", "file"), message)

    def _sizes(self, entries: list[_Entry]) -> dict[str, int]:
        """Let the entries vote on each axis' size and report those who differ."""
        sizes = {}
        for axis in ("input", "hidden"):
            decided = self._decided(axis, entries)
            if decided:
                sizes[axis], setter = decided
                for entry in entries:
                    self._differing(entry, axis, sizes[axis], setter)
        for entry in entries:
            if len(entry.array.shape) > len(entry.axes):
                shape = " × ".join(str(size) for size in entry.array.shape)
                expected = f"axes ({', '.join(entry.axes)})"
                self._problem(entry.written, f"{entry.label} has shape {shape}", expected)
        return sizes

    def _decided(self, axis: str, entries: list[_Entry]) -> tuple[int, str] | None:
        """Return an axis' size and which entry set it."""
        weights = self.file.weights
        if axis == "hidden" and isinstance(weights, GeneratedWeights):
            line = self.document.place(("weights", "hidden")).line
            return weights.hidden, f"weights.hidden (line {line})"
        votes = [(entry.implied()[axis], entry) for entry in entries if axis in entry.implied()]
        if not votes:
            return None
        size = _elected([(vote, entry.group) for vote, entry in votes])
        first = next(entry for vote, entry in votes if vote == size)
        return size, f"{first.label} (line {self.document.place(first.written).line})"

    def _differing(self, entry: _Entry, axis: str, size: int, setter: str) -> None:
        shape = _full_shape(entry)
        wrong = [
            index
            for index, name in enumerate(entry.axes)
            if name == axis and shape[index] != size
        ]
        if not wrong:
            return
        words = ("row", "column") if len(entry.axes) == 2 else ("number",)
        counts = " and ".join(_count(shape[index], words[index]) for index in wrong)
        dropped = len(entry.axes) - len(entry.array.shape)
        remedy = _WRITTEN[len(entry.axes)] if wrong[0] < dropped and not entry.name else ""
        message = f"{entry.label} has {counts} on the axis {axis!r}"
        self._problem(entry.written, message, f"{size}, as set by {setter}", remedy)


def _elected(votes: list[tuple[int, Path_]]) -> int:
    """Elect a size: each group has one vote, which its entries share; the first wins a tie."""
    members = Counter(group for _, group in votes)
    shares: dict[int, float] = {}
    for (size, group), count in Counter(votes).items():
        shares[size] = shares.get(size, 0) + count / members[group]
    return max(shares, key=lambda size: shares[size])


def _full_shape(entry: _Entry) -> tuple[int, ...]:
    shape = entry.array.shape
    return (1,) * (len(entry.axes) - len(shape)) + shape


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + "s" * (number != 1)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")


def _finite(value: int | float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _frozen(array: Array) -> Array:
    array = np.array(array, dtype=float)
    array.setflags(write=False)
    return array


def _gates_of(members: tuple[str, ...]) -> list[str]:
    return [member.partition("_")[2] for member in members]


def _generated(
    weights: GeneratedWeights, cell: Cell, sizes: dict[str, int]
) -> dict[str, Array]:
    """Draw every parameter in the cell's order from one seeded generator."""
    init = weights.init
    random = np.random.default_rng(init.seed)
    found = {}
    for name, axes in cell.parameters.items():
        shape = [sizes[axis] for axis in axes]
        if init.scheme == "uniform":
            array = random.uniform(init.low, init.high, shape)
        elif init.scheme == "glorot-uniform" and len(shape) == 2:
            limit = math.sqrt(6 / sum(shape))
            array = random.uniform(-limit, limit, shape)
        else:
            array = np.zeros(shape)
        found[name] = _frozen(array)
    return found


class _BadWeights(Exception):  # noqa: N818  # a state of the file, reported as such
    """A weights file that cannot be used; the message says why."""


def _read_npz(path: Path) -> dict[str, Array]:
    content = io.BytesIO(_content(path))
    try:
        with zipfile.ZipFile(content) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > _LARGEST_NPZ:
            raise _BadWeights(f"it holds {size:,} bytes; at most {_LARGEST_NPZ:,} are read")
        content.seek(0)
        with np.load(content, allow_pickle=False) as file:
            return {name: _finite_array(name, file) for name in file.files}
    except _DAMAGED:
        raise _BadWeights("it is not a NumPy .npz file, or damaged") from None


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise _BadWeights("it is a directory" if path.is_dir() else "it is no regular file")
        if path.exists() and path.stat().st_size > _LARGEST_NPZ:
            raise _BadWeights(f"it is too large; at most {_LARGEST_NPZ:,} bytes are read")
        return path.read_bytes()
    except FileNotFoundError:
        raise _BadWeights("there is no such file beside the scenario") from None
    except OSError as error:
        raise _BadWeights(error.strerror or str(error)) from None


def _finite_array(name: str, file: Mapping[str, Any]) -> Array:
    try:
        array = np.asarray(file[name])
    except _DAMAGED:  # pickled objects, too, or a shape that the file does not fill
        raise _BadWeights(f"the array {name} cannot be read as plain numbers") from None
    if array.dtype.kind not in "fiu":
        raise _BadWeights(f"the array {name} holds something other than real numbers")
    if not array.size:
        raise _BadWeights(f"the array {name} is empty")
    with np.errstate(over="ignore"):
        array = array.astype(float)
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        index = tuple(int(part) for part in bad[0])
        at = f"{name}[{', '.join(str(part) for part in index)}]" if index else name
        raise _BadWeights(f"{at} is {array[index]}, not a finite number")
    return array


def _split(arrays: dict[str, Array], cell: Cell, file: str) -> Iterator[_Entry]:
    """Give each parameter its array, from a block of its own or a stacked one."""
    known = [*cell.blocks, *cell.parameters]
    for name in arrays:
        if name not in known:
            remedy = did_you_mean(name, known)
            raise _BadWeights(f"the cell {cell.name} has no array {_short(name)}; {remedy}")
    for block, members in cell.blocks.items():
        stacked = _unstack(arrays[block], block, len(members)) if block in arrays else None
        for index, member in enumerate(members):
            if stacked is None and member not in arrays:
                raise _BadWeights(f"it lacks the array {block}, or one per gate ({member}, …)")
            if stacked is not None and member in arrays:
                raise _BadWeights(f"it holds {block} and {member}; one of them is too many")
            array = arrays[member] if stacked is None else stacked[index]
            path = ("weights", *member.split("_"))
            name = f"{member} in {_short(file)}"
            if stacked is not None:
                name = f"each gate's {block} in {_short(file)}"
            yield _Entry(path, cell.parameters[member], array, name)


def _unstack(array: Array, block: str, gates: int) -> Array:
    """Split a stacked block by gate: (gates, …) as it is, (gates·hidden, …) cut."""
    if array.ndim and array.shape[0] == gates:
        return array
    if array.ndim and array.shape[0] % gates == 0:
        return array.reshape(gates, array.shape[0] // gates, *array.shape[1:])
    shape = " × ".join(str(size) for size in array.shape) or "a single number"
    raise _BadWeights(f"{block} has shape {shape}; its first axis must hold the {gates} gates")
