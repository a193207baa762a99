"""The structure of a scenario file, as a schema: which keys, which kinds of value.

Sizes that depend on other entries are not here; `lstm_tutor.scenario.sizes` checks them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
)

from lstm_tutor.model.composition import DIRECTIONS, LAYER

_NUMBER: dict[str, Any] = {"type": "number"}
_ARRAY: dict[str, Any] = {
    "anyOf": [
        _NUMBER,
        {"type": "array", "minItems": 1, "items": _NUMBER},
        {"type": "array", "minItems": 1, "items": {"type": "array", "items": _NUMBER}},
    ]
}
_ROW: dict[str, Any] = {"anyOf": _ARRAY["anyOf"][:2]}
_TEXT: dict[str, Any] = {"type": "string"}
_SPELLED: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {
        "text": {"anyOf": [_TEXT, {"type": "array", "minItems": 1, "items": _TEXT}]},
        "vocabulary": _TEXT,
    },
}
_LAID: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "oneOf": [{"required": ["file"]}, {"required": ["values"]}],
    "properties": {
        "file": {
            **_TEXT,
            "description": "a file of arrays, its path from the scenario's folder: .npy, .npz, "
            ".safetensors, .json",
        },
        "name": {**_TEXT, "description": "of the array, where the file has several"},
        "values": {"type": "array", "minItems": 1, "description": "the array itself"},
        "axes": {
            "type": "array",
            "minItems": 1,
            "maxItems": 4,
            "items": _TEXT,
            "description": "its axes in order, such as [input, batch, time]; without time "
            "inputs are one time step, and labels stand at the last one",
        },
    },
}


def _rows_of(row: dict[str, Any]) -> dict[str, Any]:
    """Describe one row per time step, of one sequence or of each of several; where else they
    may be: in a text, or in a file.
    """
    rows = {"type": "array", "minItems": 1, "items": row}
    batch = {"type": "array", "minItems": 1, "items": rows}
    return {"anyOf": [rows, batch, _SPELLED, _LAID]}


_ROWS = _rows_of(_ROW)
_LABELS = _rows_of({"anyOf": [*_ROW["anyOf"], {"type": "null"}]})
_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT}
_AXES: dict[str, Any] = {"type": "array", "maxItems": 2, "items": _TEXT}
_CELL_PAGE: dict[str, Any] = {
    **dict.fromkeys(("name", "title", "source", "about", "output"), _TEXT),
    "gates": {**_TEXTS, "description": "each gate and what it is called"},
    "names": {**_TEXTS, "description": "what other symbols and blocks are called"},
    "axes": {"type": "object", "additionalProperties": _AXES},
    "equations": {**_TEXT, "description": "of one time step, one a line"},
}
_LOSS_PAGE: dict[str, Any] = {
    **dict.fromkeys(("title", "about"), _TEXT),
    "labels": {"enum": ["numbers", "classes", "shares"]},
    "equation": {**_TEXT, "description": "such as L[t] = sum((h[t] - y[t])**2) / 2"},
}


def _named_or_written(entries: dict[str, Any], needed: list[str]) -> dict[str, Any]:
    """Describe a name or path, or what stands in such a file."""
    page = {"type": "object", "additionalProperties": False, "properties": entries}
    return {"anyOf": [_TEXT, {**page, "required": needed}]}


_CELL = _named_or_written(_CELL_PAGE, ["axes", "equations"])
_ANY_ENTRIES: dict[str, Any] = {"type": "object"}
_UPSTREAM = _ANY_ENTRIES
_INITIAL = _ANY_ENTRIES
_LAYER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["page"],
    "properties": {
        "page": _CELL,
        "as": {**_TEXT, "pattern": f"^{LAYER}$"},
        "direction": {"enum": list(DIRECTIONS)},
    },
}
_MODEL = {"type": "array", "minItems": 1, "items": {"anyOf": [*_CELL["anyOf"], _LAYER]}}
_LOSS = _named_or_written(_LOSS_PAGE, ["equation"])
TAKEN = ("init", "file", "dialect")
"""The keys of weights that are no blocks and no layers."""
_MEAN: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"enum": ["time", "batch"]},
}
_NUMBERS: dict[str, Any] = {"type": "object", "additionalProperties": _NUMBER}
_UPDATE_PAGE: dict[str, Any] = {
    **dict.fromkeys(("title", "source", "about"), _TEXT),
    "learning_rate": {**_NUMBER, "exclusiveMinimum": 0},
    "names": {**_TEXTS, "description": "what its quantities are called"},
    "settings": {**_NUMBERS, "description": "plain numbers that the equations name"},
    "initial": {**_NUMBERS, "description": "where what is kept starts; 0 if not given"},
    "equations": {**_TEXT, "description": "such as w' = w - lr * dw, one a line"},
}
_UPDATE_FILE = _named_or_written(_UPDATE_PAGE, ["equations"])
_UPDATE: dict[str, Any] = {
    "anyOf": [
        *_UPDATE_FILE["anyOf"],
        {
            "type": "object",
            "required": ["page"],
            "properties": {
                "page": _UPDATE_FILE,
                "initial": {"type": "object", "description": "what earlier epochs left"},
                "epoch": {"type": "integer", "minimum": 1},
            },
            "additionalProperties": {**_NUMBER, "description": "a setting of the page"},
        },
    ]
}
_LIMIT: dict[str, Any] = {**_NUMBER, "exclusiveMinimum": 0}
_CLIP: dict[str, Any] = {
    "anyOf": [
        *(
            {
                "type": "object",
                "additionalProperties": False,
                "required": [name],
                "properties": {name: _LIMIT},
            }
            for name in ("value", "norm")
        ),
        *_UPDATE["anyOf"],
    ]
}
_BLOCKS: dict[str, Any] = {
    "type": "object",
    "not": {"anyOf": [{"required": [key]} for key in TAKEN]},
}


class _Entries(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Init(_Entries):
    """How generated weights are drawn."""

    scheme: Literal["glorot-uniform", "uniform", "zeros"] = Field(
        description="glorot-uniform (within ±sqrt(6 / (columns + rows)), biases 0), "
        "uniform (from low to high) or zeros"
    )
    seed: int = Field(default=0, ge=0, description="the same seed gives the same weights")
    low: float = Field(default=-1.0, description="uniform: smallest weight")
    high: float = Field(default=1.0, description="uniform: largest weight")


Size = Annotated[int, Field(ge=1, le=4096)]
Hidden = Annotated[
    Annotated[Size, Tag("one")] | Annotated[dict[str, Size], Tag("each")],
    Discriminator(lambda value: "each" if isinstance(value, dict) else "one"),
]


class GeneratedWeights(_Entries):
    """Weights drawn by a scheme."""

    init: Init = Field(description="scheme, and if need be seed, low and high")
    hidden: Hidden | None = Field(
        default=None, description="number of hidden units, or one number for each layer"
    )
    outputs: int | None = Field(
        default=None, ge=1, le=4096, description="number of outputs of the readout"
    )
    sizes: dict[str, Size] = Field(
        default_factory=dict,
        description="sizes of other axes, by name, such as embed: 3 or r1.output: 2",
    )


class FileWeights(_Entries):
    """Weights read from a file of arrays."""

    file: str = Field(
        description="beside the scenario: .npz, .safetensors or .json; .h5, .keras and .onnx "
        "where h5py or onnx is installed. Without a dialect it has the arrays W, U, b stacked "
        "in the cell's gate order, or one array per gate: W_a, …"
    )
    dialect: str = Field(
        default="", description="whose arrays they are: pytorch, keras, onnx, … or a path"
    )
    prefix: str | list[str] = Field(
        default="",
        description="with a dialect: only arrays whose names begin so, such as lstm.",
    )


class LaidWeights(BaseModel):
    """Weights as the arrays of a framework or a course, by their names there."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)

    dialect: str = Field(description="whose arrays they are: pytorch, keras, … or a path")


def _weights_kind(value: Any) -> str:
    kinds = {"init": "init", "file": "file", "dialect": "laid"}
    found = (kind for key, kind in kinds.items() if isinstance(value, dict) and key in value)
    return next(found, "blocks")


Weights = Annotated[
    Annotated[GeneratedWeights, Tag("init")]
    | Annotated[FileWeights, Tag("file")]
    | Annotated[LaidWeights, Tag("laid")]
    | Annotated[dict[str, Any], Tag("blocks"), WithJsonSchema(_BLOCKS)],
    Discriminator(_weights_kind),
]


class ScenarioFile(_Entries):
    """A worked example: a cell with its inputs, labels and weights."""

    title: str = Field(default="", description="shown above the computation")
    source: str = Field(default="", description="where the example is from")
    about: str = Field(default="", description="what the example teaches")
    cell: Annotated[Any, WithJsonSchema(_CELL)] = Field(
        default=None, description="lstm, gru, rnn, or the path of a cell file"
    )
    model: Annotated[Any, WithJsonSchema(_MODEL)] = Field(
        default=None,
        description="the pages of the model, each reading the one before: [lstm, softmax]",
    )
    inputs: Annotated[Any, WithJsonSchema(_ROWS)] = Field(
        description="one row per time step; a plain number where there is one input; or a "
        "text, or an array whose axes are named: {axes: [input, batch], values: [[…]]}"
    )
    labels: Annotated[Any, WithJsonSchema(_LABELS)] = Field(
        default=None, description="one row per time step; null where a step has no label"
    )
    upstream: Annotated[Any, WithJsonSchema(_UPSTREAM)] = Field(
        default=None,
        description="instead of labels: the gradients that come from outside, such as "
        "h: [0.1, null]",
    )
    weights: Weights = Field(
        description="per block and gate, such as W: {a: [0.45, 0.25], …}; or init; or file"
    )
    initial: Annotated[Any, WithJsonSchema(_INITIAL)] = Field(
        default_factory=dict,
        description="initial states: before the first time step, or from right to left after "
        "the last; 0 where not given; of a state that is read from several time steps away "
        "by time step, such as h: {-1: 0.3, -2: 0.1}; or an array whose axes are named",
    )
    loss: Annotated[Any, WithJsonSchema(_LOSS)] = Field(
        default="half-squared-error",
        description="how a label is compared, by name, or the path of a loss file",
    )
    mean: Annotated[Any, WithJsonSchema(_MEAN)] = Field(
        default=None,
        description="over which labelled steps and sequences the loss is averaged, such as "
        "[time, batch]; by default it is a sum",
    )
    update: Annotated[Any, WithJsonSchema(_UPDATE)] = Field(
        default=None,
        description="sgd, momentum, adagrad, adam, or the path of a file; with settings "
        "{page: adam, beta1: 0.9}",
    )
    clip: Annotated[Any, WithJsonSchema(_CLIP)] = Field(
        default=None,
        description="clipping of the gradients before the update: {value: 5} or {norm: 5}",
    )
    learning_rate: float = Field(
        default=0.1, gt=0, description="size of the update; by default what its page says"
    )
    truncate: int | None = Field(
        default=None,
        ge=1,
        description="cut the sequence into windows of so many time steps; "
        "gradients do not cross a cut",
    )


def schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files, for editors."""
    found = ScenarioFile.model_json_schema()
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "lstm-tutor scenario"
    found["oneOf"] = [{"required": ["cell"]}, {"required": ["model"]}]
    return found
