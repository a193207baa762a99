"""Stand-ins for modules of PyTorch and layers of Keras: what they offer, and nothing else.

`lstm_module` has float32 gradients of a backward pass written by hand here, into which one of
`MISTAKES` can be planted. ``python -m framework_modules`` compares the right one with PyTorch,
where that is installed, and has every mistake found in one and two layers and directions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
HIDDEN, INPUTS, STEPS = 3, 2, 4
MISTAKES = {  # and what the tutor says of each
    "no slope of tanh at the candidate": "derivative 1 -",
    "no slope of sigmoid at the forget gate": "1 - f",
    "no carry of the cell state": "comes back from the next time step",
    "carry by the forget gate of this step": "the time step is off",
    "no carry of the hidden state": "comes back from the next time step",
    "h of this step in dU": "the time step is off",
    "dU turned": "this is the transpose of",
    "no slope of tanh at the cell state": "derivative 1 - tanh(",
    "a for i at the candidate": "stands where",
    "only the last step in db": "Only the last time step",
}


class Module:
    """A module of PyTorch: parts and parameters by name."""

    def __init__(self, **parts: Any) -> None:
        self.training = True
        self.parts = parts

    def named_children(self) -> list[tuple[str, Any]]:
        return [(name, part) for name, part in self.parts.items() if isinstance(part, Module)]

    def named_parameters(self) -> Iterator[tuple[str, Any]]:
        for name, part in self.parts.items():
            if isinstance(part, Module):
                yield from ((f"{name}.{own}", value) for own, value in part.named_parameters())
            else:
                yield name, part


class Parameter:
    """An array with a gradient, as a tensor offers it."""

    def __init__(self, value: Array, grad: Array | None = None) -> None:
        self.value, self.grad = value, grad

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.value, dtype=dtype)


def named(name: str, **attributes: Any) -> type[Module]:
    """Return a class of modules that has a framework's name and attributes."""
    return type(name, (Module,), attributes)


def parameters(inputs: int, suffix: str, random: np.random.Generator) -> dict[str, Array]:
    """Return the arrays of one layer and direction of a torch.nn.LSTM."""
    shapes: dict[str, tuple[int, ...]] = {
        "weight_ih": (4 * HIDDEN, inputs),
        "weight_hh": (4 * HIDDEN, HIDDEN),
        "bias_ih": (4 * HIDDEN,),
        "bias_hh": (4 * HIDDEN,),
    }
    return {
        f"{name}{suffix}": random.normal(scale=0.6, size=shape).astype("float32")
        for name, shape in shapes.items()
    }


def lstm_module(
    layers: int, both: bool, x: Array, upstream: Array, mistake: str = ""
) -> Module:
    """Return a torch.nn.LSTM after `(output * upstream).sum().backward()`.

    Args:
        layers: how many layers.
        both: whether it runs in both directions.
        x: (time, input).
        upstream: (time, hidden), or twice as wide with both directions.
        mistake: which of `MISTAKES` its gradients have, in every layer and direction.
    """
    random = np.random.default_rng(7)
    ways = ("", "_reverse") if both else ("",)
    weights = {
        f"_l{layer}{way}": parameters(
            INPUTS if not layer else HIDDEN * len(ways), f"_l{layer}{way}", random
        )
        for layer in range(layers)
        for way in ways
    }
    kept: dict[str, dict[str, Array]] = {}
    h = x.astype("float32")
    for layer in range(layers):
        outputs = []
        for way in ways:
            own = weights[f"_l{layer}{way}"]
            kept[f"_l{layer}{way}"] = _forward(own, h[::-1] if way else h)
            output = kept[f"_l{layer}{way}"]["h"]
            outputs.append(output[::-1] if way else output)
        h = np.concatenate(outputs, axis=1)
    gradients: dict[str, Array] = {}
    dh = upstream.astype("float32")
    for layer in reversed(range(layers)):
        below = []
        for number, way in enumerate(ways):
            suffix = f"_l{layer}{way}"
            part = dh[:, number * HIDDEN :][:, :HIDDEN]
            slopes, dx = _backward(kept[suffix], part[::-1] if way else part, mistake)
            gradients |= {f"{name}{suffix}": value for name, value in slopes.items()}
            below.append(dx[::-1] if way else dx)
        dh = np.asarray(sum(below))
    arrays = {
        name: Parameter(value, gradients[name])
        for own in weights.values()
        for name, value in own.items()
    }
    kind = named("LSTM", num_layers=layers, bidirectional=both, batch_first=False)
    return kind(**arrays)


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _forward(own: dict[str, Array], x: Array) -> dict[str, Array]:
    w, u, b, c = own.values()
    h = np.zeros((len(x) + 1, HIDDEN), "float32")
    cells = np.zeros((len(x) + 1, HIDDEN), "float32")
    gates = np.zeros((len(x), 4, HIDDEN), "float32")
    for t, row in enumerate(x):
        z = (w @ row + b + u @ h[t] + c).reshape(4, HIDDEN)
        i, f, g, o = _sigmoid(z[0]), _sigmoid(z[1]), np.tanh(z[2]), _sigmoid(z[3])
        gates[t] = i, f, g, o
        cells[t + 1] = f * cells[t] + i * g
        h[t + 1] = o * np.tanh(cells[t + 1])
    return {"w": w, "u": u, "x": x, "h": h[1:], "before": h, "C": cells, "gates": gates}


def _backward(run: dict[str, Array], dh: Array, mistake: str) -> tuple[dict[str, Array], Array]:
    steps = len(dh)
    dz, carry = np.zeros((steps, 4, HIDDEN), "float32"), np.zeros(HIDDEN, "float32")
    dx, back = np.zeros_like(run["x"]), np.zeros(HIDDEN, "float32")
    for t in reversed(range(steps)):
        i, f, g, o = run["gates"][t]
        after = run["gates"][min(t + 1, steps - 1), 1]
        tanh = np.tanh(run["C"][t + 1])
        dout = dh[t] + (0 if mistake == "no carry of the hidden state" else back)
        bent = 1 if mistake == "no slope of tanh at the cell state" else 1 - tanh**2
        through = f if mistake == "carry by the forget gate of this step" else after
        through = 0 if mistake == "no carry of the cell state" else through
        carry = dout * o * bent + carry * through
        partner = g if mistake == "a for i at the candidate" else i
        slope = 1 if mistake == "no slope of tanh at the candidate" else 1 - g**2
        gate = 1 if mistake == "no slope of sigmoid at the forget gate" else 1 - f
        dz[t] = (
            carry * g * i * (1 - i),
            carry * run["C"][t] * f * gate,
            carry * partner * slope,
            dout * tanh * o * (1 - o),
        )
        back = run["u"].T @ dz[t].ravel()
        dx[t] = run["w"].T @ dz[t].ravel()
    rows = dz.reshape(steps, -1)
    states = run["h"] if mistake == "h of this step in dU" else run["before"][:-1]
    du = rows.T @ states
    if mistake == "dU turned":
        du = np.concatenate([part.T for part in np.split(du, 4)])
    db = rows[-1] if mistake == "only the last step in db" else rows.sum(0)
    return {"weight_ih": rows.T @ run["x"], "weight_hh": du, "bias_ih": db, "bias_hh": db}, dx


def given(layers: int, both: bool) -> tuple[Array, Array]:
    """Return inputs, and gradients of the output."""
    random = np.random.default_rng(3)
    wide = HIDDEN * (2 if both else 1)
    return (
        random.normal(size=(STEPS, INPUTS)).astype("float32"),
        random.normal(size=(STEPS, wide)).astype("float32"),
    )


def found(layers: int, both: bool, mistake: str) -> tuple[bool, list[str]]:
    """Return whether gradients are all right, and what is said of them."""
    import lstm_tutor as lt

    x, upstream = given(layers, both)
    module = lstm_module(layers, both, x, upstream, mistake)
    trace = lt.compute(lt.scenario(weights=module, inputs=x, upstream=upstream))
    report = lt.check(trace, module)
    return bool(report) and not report.unrecognised, report.diagnoses


def main() -> None:
    """Try every module, and compare the right ones with PyTorch's."""
    for layers in (1, 2):
        for both in (False, True):
            for mistake in ("", *MISTAKES):
                right, said = found(layers, both, mistake)
                fine = right if not mistake else MISTAKES[mistake] in " ".join(said)
                print("ok" if fine else "MISSED", layers, both, mistake or "right", said[:1])
    try:
        _compare()
    except ImportError:
        print("PyTorch is not installed")


def _compare() -> None:
    import torch

    for layers in (1, 2, 3):
        for both in (False, True):
            x, upstream = given(layers, both)
            mine = dict(lstm_module(layers, both, x, upstream).named_parameters())
            module = torch.nn.LSTM(INPUTS, HIDDEN, layers, bidirectional=both)
            with torch.no_grad():
                for name, parameter in module.named_parameters():
                    parameter.copy_(torch.tensor(mine[name].value))
            (module(torch.tensor(x))[0] * torch.tensor(upstream)).sum().backward()
            off = max(
                float(np.abs(parameter.grad.numpy() - mine[name].grad).max())
                for name, parameter in module.named_parameters()
            )
            print(f"{layers} layers, both directions {both}: off by {off:.1e}")


if __name__ == "__main__":
    main()
