"""The backward step of an LSTM, as courses ask for it: gradients come from outside.

Independent of lstm_tutor. The corpus of mistakes edits single lines of this file's text.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def run(x: Any, up_h: Any, up_C: Any, P: Any, initial: Any) -> Any:
    """Return every number by id; up_h and up_C are (time, hidden), 0 where none comes."""
    T = len(x)
    z: Any = {"a": {}, "i": {}, "f": {}, "o": {}}
    a, i, f, o = ({} for _ in range(4))
    C: Any = {-1: initial["C"]}
    h: Any = {-1: initial["h"]}
    for t in range(T):
        for g in "aifo":
            z[g][t] = P[f"W_{g}"] @ x[t] + P[f"U_{g}"] @ h[t - 1] + P[f"b_{g}"]
        a[t] = np.tanh(z["a"][t])
        i[t] = sigmoid(z["i"][t])
        f[t] = sigmoid(z["f"][t])
        o[t] = sigmoid(z["o"][t])
        C[t] = a[t] * i[t] + f[t] * C[t - 1]
        h[t] = np.tanh(C[t]) * o[t]
    zero = np.zeros(len(initial["h"]))
    delta: Any = {}
    deltaOut: Any = {T - 1: zero}
    dout: Any = {}
    dC: Any = {}
    carry = zero
    d: Any = {"a": {}, "i": {}, "f": {}, "o": {}}
    dx: Any = {}
    for t in range(T - 1, -1, -1):
        delta[t] = up_h[t]
        dout[t] = delta[t] + deltaOut[t]
        dC[t] = dout[t] * o[t] * (1 - np.tanh(C[t]) ** 2) + up_C[t] + carry
        d["a"][t] = dC[t] * i[t] * (1 - a[t] ** 2)
        d["i"][t] = dC[t] * a[t] * i[t] * (1 - i[t])
        d["f"][t] = dC[t] * C[t - 1] * f[t] * (1 - f[t])
        d["o"][t] = dout[t] * np.tanh(C[t]) * o[t] * (1 - o[t])
        carry = dC[t] * f[t]
        deltaOut[t - 1] = np.sum([P[f"U_{g}"].T @ d[g][t] for g in "aifo"], axis=0)
        dx[t] = np.sum([P[f"W_{g}"].T @ d[g][t] for g in "aifo"], axis=0)
    dC[-1] = carry
    G = {name: np.zeros_like(value) for name, value in P.items()}
    for t in range(T):
        for g in "aifo":
            G[f"W_{g}"] = G[f"W_{g}"] + np.outer(d[g][t], x[t])
            G[f"U_{g}"] = G[f"U_{g}"] + np.outer(d[g][t], h[t - 1])
            G[f"b_{g}"] = G[f"b_{g}"] + d[g][t]
    series = {
        **{f"z_{g}": z[g] for g in "aifo"},
        "a": a,
        "i": i,
        "f": f,
        "o": o,
        "C": C,
        "h": h,
        "delta": delta,
        "deltaOut": deltaOut,
        "dout": dout,
        "dC": dC,
        **{f"d{g}": d[g] for g in "aifo"},
        "dx": dx,
    }
    return {"series": series, "G": G}
