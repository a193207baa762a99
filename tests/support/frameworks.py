"""Values of PyTorch, Keras, Flax and ONNX Runtime, frozen in ``data/frameworks.json``.

``python -m frameworks`` makes them anew where these are installed: torch, keras with the
backend jax, flax, onnx and onnxruntime. Each case has the arrays as the framework names and
shapes them, inputs, what came out, and gradients of ``sum(upstream * output)``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Case = dict[str, Any]
FILE = Path(__file__).parents[1] / "data" / "frameworks.json"
_INPUTS, _HIDDEN, _STEPS, _SEQUENCES = 3, 2, 4, 2


def cases() -> dict[str, Case]:
    """Return the frozen cases, by name."""
    return {case["name"]: case for case in json.loads(FILE.read_text("utf-8"))["cases"]}


def _drawn(*shape: int, seed: int) -> Array:
    return np.round(np.random.default_rng(seed).normal(size=shape), 3)


def _case(name: str, dialect: str, model: list[Any], **rest: Any) -> Case:
    plain = {
        key: {one: np.asarray(value).tolist() for one, value in held.items()}
        if isinstance(held, dict)
        else np.asarray(held).tolist()
        for key, held in rest.items()
    }
    # Keras's recurrent layers round to float32 on the way, whatever their policy says
    precision = "float32" if dialect in ("keras", "onnx") else "float64"
    return {
        "name": name,
        "dialect": dialect,
        "precision": precision,
        "model": model,
        **plain,
    }


def _torch() -> Iterator[Case]:
    import torch

    torch.manual_seed(1)
    x = torch.tensor(_drawn(_STEPS, _SEQUENCES, _INPUTS, seed=1), requires_grad=True)
    for kind, page in (("LSTM", "lstm"), ("GRU", "gru"), ("RNN", "rnn")):
        for layers, both in (
            (1, False),
            (2, False),
            (3, False),
            (1, True),
            (2, True),
            (3, True),
        ):
            module = getattr(torch.nn, kind)(
                _INPUTS, _HIDDEN, num_layers=layers, bidirectional=both
            ).double()
            output, _ = module(x)
            upstream = _drawn(*output.shape, seed=2)
            x.grad = None
            (output * torch.tensor(upstream)).sum().backward()
            weights = {
                name: value.detach().numpy() for name, value in module.named_parameters()
            }
            gradients = {
                f"{name}.grad": value.grad.numpy() for name, value in module.named_parameters()
            }
            used = {"page": page, "direction": "both"} if both else page
            yield _case(
                f"torch-{page}-{layers}{'-both' if both else ''}",
                "pytorch",
                [used] * layers,
                weights=weights,
                inputs=x.detach().numpy().transpose(1, 0, 2),
                upstream=upstream.transpose(1, 0, 2),
                output=output.detach().numpy().transpose(1, 0, 2),
                gradients={**gradients, "input.grad": x.grad.numpy()},
            )


def _keras() -> Iterator[Case]:
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    config: Any = jax.config
    config.update("jax_enable_x64", True)
    import keras

    keras.config.set_dtype_policy("float64")
    keras.backend.set_floatx("float64")
    layers = keras.layers
    x = _drawn(_SEQUENCES, _STEPS, _INPUTS, seed=3)

    def many(layer: Any, **options: Any) -> Any:
        return layer(_HIDDEN, return_sequences=True, dtype="float64", **options)

    made: dict[str, tuple[list[Any], list[Any]]] = {
        "lstm": (["lstm"], [many(layers.LSTM)]),
        "gru": (["gru"], [many(layers.GRU, reset_after=True)]),
        "gru-before": (["gru-reset-before"], [many(layers.GRU, reset_after=False)]),
        "rnn": (["rnn"], [many(layers.SimpleRNN, unroll=True)]),
        "two": (["lstm", "gru"], [many(layers.LSTM), many(layers.GRU)]),
        "both": (
            [{"page": "lstm", "direction": "both"}, "linear"],
            [layers.Bidirectional(many(layers.LSTM)), layers.Dense(3, dtype="float64")],
        ),
        "three": (["lstm"] * 3, [many(layers.LSTM) for _ in range(3)]),
        "both-two": (
            [{"page": "lstm", "direction": "both"}, {"page": "gru", "direction": "both"}],
            [
                layers.Bidirectional(many(layers.LSTM)),
                layers.Bidirectional(many(layers.GRU, reset_after=True)),
            ],
        ),
        "gru-before-both": (
            [{"page": "gru-reset-before", "direction": "both"}],
            [layers.Bidirectional(many(layers.GRU, reset_after=False))],
        ),
    }
    for name, (model, stack) in made.items():
        net = keras.Sequential([keras.Input((_STEPS, _INPUTS)), *stack])
        for number, variable in enumerate(net.trainable_variables):
            variable.assign(_drawn(*variable.shape, seed=20 + number))
        output = np.asarray(net(x))
        upstream = _drawn(*output.shape, seed=4)
        values = [np.asarray(variable.value) for variable in net.trainable_variables]

        def loss(own: Any, net: Any = net, upstream: Array = upstream) -> Any:
            found, _ = net.stateless_call(
                own, [v.value for v in net.non_trainable_variables], x
            )
            return (found * upstream).sum()

        slopes = jax.grad(loss)([jax.numpy.asarray(value) for value in values])
        names = [variable.path for variable in net.trainable_variables]
        yield _case(
            f"keras-{name}",
            "keras",
            model,
            weights=dict(zip(names, values, strict=True)),
            inputs=x,
            upstream=upstream,
            output=output,
            gradients={
                f"{one}.gradient": np.asarray(slope)
                for one, slope in zip(names, slopes, strict=True)
            },
        )


def _flax() -> Iterator[Case]:
    import jax

    config: Any = jax.config
    config.update("jax_enable_x64", True)
    from flax import linen

    x = _drawn(_SEQUENCES, _STEPS, _INPUTS, seed=5)
    kinds = {"lstm": linen.OptimizedLSTMCell, "gru": linen.GRUCell, "rnn": linen.SimpleCell}

    def one(page: str) -> Any:
        return linen.RNN(kinds[page](_HIDDEN, dtype="float64", param_dtype="float64"))

    def dense() -> Any:
        return linen.Dense(3, dtype="float64", param_dtype="float64")

    def plain() -> Any:
        cell = linen.LSTMCell(_HIDDEN, dtype="float64", param_dtype="float64")
        return linen.RNN(cell)

    stacks: dict[str, tuple[list[Any], Any]] = {
        **{page: ([page], one(page)) for page in kinds},
        "plain-lstm": (["lstm"], plain()),
        "two": (["lstm", "gru"], linen.Sequential([one("lstm"), one("gru")])),
        "readout": (
            ["lstm", "lstm", "linear"],
            linen.Sequential([one("lstm"), one("lstm"), dense()]),
        ),
    }
    for name, (model, net) in stacks.items():
        weights = net.init(jax.random.PRNGKey(0), x)
        drawn = iter(range(10, 100))
        weights = jax.tree.map(
            lambda a, drawn=drawn: _drawn(*a.shape, seed=next(drawn)), weights
        )
        output = np.asarray(net.apply(weights, x))
        upstream = _drawn(*output.shape, seed=6)
        slopes = jax.grad(
            lambda own, net=net, upstream=upstream: (net.apply(own, x) * upstream).sum()
        )(weights)
        yield _case(
            f"flax-{name}",
            "flax",
            model,
            weights=_flat(weights),
            inputs=x,
            upstream=upstream,
            output=output,
            gradients={f"{name}.grad": value for name, value in _flat(slopes).items()},
        )


def _flat(tree: Any, before: str = "") -> dict[str, Array]:
    found: dict[str, Array] = {}
    for key, value in tree.items():
        name = f"{before}{key}"
        found |= _flat(value, f"{name}/") if hasattr(value, "items") else {name: value}
    return found


def _onnx() -> Iterator[Case]:
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    kinds: dict[str, tuple[str, int, dict[str, Any]]] = {
        "lstm": ("LSTM", 4, {}),
        "lstm-peephole": ("LSTM", 4, {}),
        "gru": ("GRU", 3, {"linear_before_reset": 1}),
        "gru-reset-before": ("GRU", 3, {"linear_before_reset": 0}),
        "rnn": ("RNN", 1, {}),
    }
    for page, (operator, gates, options) in kinds.items():
        for direction in ("forward", "bidirectional", "reverse"):
            both = direction == "bidirectional"
            sides = 2 if both else 1
            x = _drawn(_STEPS, _SEQUENCES, _INPUTS, seed=7).astype("float32")
            weights = {
                "W": _drawn(sides, gates * _HIDDEN, _INPUTS, seed=8),
                "R": _drawn(sides, gates * _HIDDEN, _HIDDEN, seed=9),
                "B": _drawn(sides, 2 * gates * _HIDDEN, seed=10),
            }
            inputs = ["X", "W", "R", "B"]
            if page == "lstm-peephole":
                weights["P"] = _drawn(sides, 3 * _HIDDEN, seed=11)
                inputs += ["", "", "", "P"]
            node = helper.make_node(
                operator,
                inputs,
                ["Y"],
                hidden_size=_HIDDEN,
                direction=direction,
                **options,
            )
            graph = helper.make_graph(
                [node],
                "cell",
                [helper.make_tensor_value_info("X", TensorProto.FLOAT, x.shape)],
                [helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)],
                [numpy_helper.from_array(v.astype("float32"), n) for n, v in weights.items()],
            )
            model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
            model.ir_version = 8
            session = onnxruntime.InferenceSession(model.SerializeToString())
            (output,) = session.run(None, {"X": x})
            way = {"bidirectional": "both", "reverse": "backward"}.get(direction, "")
            used = {"page": page, "direction": way} if way else page
            yield _case(
                f"onnx-{page}{'-' if way else ''}{way}",
                "onnx",
                [used],
                weights=weights,
                inputs=x.transpose(1, 0, 2),
                output=output.transpose(2, 0, 1, 3).reshape(_SEQUENCES, _STEPS, -1),
            )


_MAKERS: tuple[Callable[[], Iterator[Case]], ...] = (_torch, _keras, _flax, _onnx)


def main() -> None:
    """Write the cases of all frameworks anew."""
    made = [case for make in _MAKERS for case in make()]
    lines = ",\n".join(json.dumps(case) for case in made)
    FILE.write_text(f'{{"cases": [\n{lines}\n]}}\n', "utf-8")
    print(f"{len(made)} cases in {FILE.name}")


if __name__ == "__main__":
    main()
