"""An LSTM, trained by one step, as a learner writes it in NumPy from a textbook.

Independent of lstm_tutor: no equation of the project is used. `mistakes` edits single
lines of this file's text, so each line does one thing, and t - 1 and t + 1 are written out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Gates = dict[str, Array]  # one array per gate
Series = dict[int, Array]  # one array per time step
GATES = "aifo"


def sigmoid(z: Array) -> Any:
    return 1 / (1 + np.exp(-z))


def forward(x: Array, W: Gates, U: Gates, b: Gates, h0: Array, C0: Array) -> Any:
    """Run the cell over the sequence; h and C begin with the initial state, at -1."""
    z: dict[str, Series] = {"a": {}, "i": {}, "f": {}, "o": {}}
    a: Series = {}
    i: Series = {}
    f: Series = {}
    o: Series = {}
    C: Series = {-1: C0}
    h: Series = {-1: h0}
    for t in range(len(x)):
        for g in GATES:
            z[g][t] = W[g] @ x[t] + U[g] @ h[t - 1] + b[g]
        a[t] = np.tanh(z["a"][t])
        i[t] = sigmoid(z["i"][t])
        f[t] = sigmoid(z["f"][t])
        o[t] = sigmoid(z["o"][t])
        C[t] = a[t] * i[t] + f[t] * C[t - 1]
        h[t] = np.tanh(C[t]) * o[t]
    return z, a, i, f, o, C, h


def loss_of(h: Series, y: Array, labels: list[int], scale: float) -> tuple[Series, Any]:
    """Return the loss of every time step with a label, and their total."""
    L: Series = {}
    for t in labels:
        L[t] = scale * np.sum((h[t] - y[t]) ** 2)
    return L, sum(L.values())


def lstm(  # noqa: PLR0915 - one page, as a learner writes it
    x: Array,
    y: Array,
    labels: list[int],
    W: Gates,
    U: Gates,
    b: Gates,
    h0: Array,
    C0: Array,
    lr: float,
    loss: str,
    ends: Collection[int],
) -> dict[str, Any]:
    """Return every number of both passes and the update, by id.

    x is (time, input), y (time, hidden); labels are the time steps that have a label.
    W, U and b hold (hidden, input), (hidden, hidden) and (hidden,) per gate.
    Nothing comes back from later to the time steps in ends; the last is among them.
    """
    T = len(x)
    N = len(labels) * len(h0)
    scale = {"half-squared-error": 1 / 2, "squared-error": 1, "mean-squared-error": 1 / N}[loss]
    z, a, i, f, o, C, h = forward(x, W, U, b, h0, C0)
    L, L_total = loss_of(h, y, labels, scale)

    zero = np.zeros(len(h0))
    delta: Series = {}
    deltaOut: Series = {}
    dout: Series = {}
    dC: Series = {}
    da: Series = {}
    di: Series = {}
    df: Series = {}
    do: Series = {}
    dx: Series = {}
    d = {"a": da, "i": di, "f": df, "o": do}
    for t in range(T - 1, -2, -1):
        deltaOut[t] = zero
        if t not in ends:
            deltaOut[t] = np.sum([U[g].T @ d[g][t + 1] for g in GATES], axis=0)
        if t == -1:
            dC[-1] = dC[0] * f[0]
            break
        delta[t] = 2 * scale * (h[t] - y[t]) if t in labels else zero
        dout[t] = delta[t] + deltaOut[t]
        dC[t] = dout[t] * o[t] * (1 - np.tanh(C[t]) ** 2)
        if t not in ends:
            dC[t] = dC[t] + dC[t + 1] * f[t + 1]
        da[t] = dC[t] * i[t] * (1 - a[t] ** 2)
        di[t] = dC[t] * a[t] * i[t] * (1 - i[t])
        df[t] = dC[t] * C[t - 1] * f[t] * (1 - f[t])
        do[t] = dout[t] * np.tanh(C[t]) * o[t] * (1 - o[t])
        dx[t] = np.sum([W[g].T @ d[g][t] for g in GATES], axis=0)

    dW, dU, db, W_new, U_new, b_new = {}, {}, {}, {}, {}, {}
    for g in GATES:
        dW[g] = np.zeros_like(W[g])
        dU[g] = np.zeros_like(U[g])
        db[g] = np.zeros_like(b[g])
        for t in range(T):
            dW[g] = dW[g] + np.outer(d[g][t], x[t])
            dU[g] = dU[g] + np.outer(d[g][t], h[t - 1])
            db[g] = db[g] + d[g][t]
    for g in GATES:
        W_new[g] = W[g] - lr * dW[g]
        U_new[g] = U[g] - lr * dU[g]
        b_new[g] = b[g] - lr * db[g]
    h_new = forward(x, W_new, U_new, b_new, h0, C0)[-1]
    L_new, L_new_total = loss_of(h_new, y, labels, scale)

    out = {"L": L_total, "L'": L_new_total}
    for t in range(T):
        for g in GATES:
            out[f"z_{g}@{t}"] = z[g][t]
            out[f"d{g}@{t}"] = d[g][t]
        out[f"a@{t}"] = a[t]
        out[f"i@{t}"] = i[t]
        out[f"f@{t}"] = f[t]
        out[f"o@{t}"] = o[t]
        out[f"C@{t}"] = C[t]
        out[f"h@{t}"] = h[t]
        out[f"delta@{t}"] = delta[t]
        out[f"dout@{t}"] = dout[t]
        out[f"dx@{t}"] = dx[t]
    for t in labels:
        out[f"L@{t}"] = L[t]
        out[f"L'@{t}"] = L_new[t]
    for t in range(-1, T):
        out[f"deltaOut@{t}"] = deltaOut[t]
        out[f"dC@{t}"] = dC[t]
    for g in GATES:
        out[f"dW_{g}"] = dW[g]
        out[f"dU_{g}"] = dU[g]
        out[f"db_{g}"] = db[g]
        out[f"W_{g}'"] = W_new[g]
        out[f"U_{g}'"] = U_new[g]
        out[f"b_{g}'"] = b_new[g]
    return out
