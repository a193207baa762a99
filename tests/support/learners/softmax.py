"""A character model, as a learner writes it in NumPy: a plain RNN, softmax, cross-entropy.

Independent of lstm_tutor. The corpus of mistakes edits single lines of this file's text.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def softmax(s: Any) -> Any:
    e = np.exp(s - np.max(s))
    return e / np.sum(e)


def forward(x: Any, y: Any, labels: Any, P: Any, h0: Any) -> Any:
    z: Any = {}
    h: Any = {-1: h0}
    s: Any = {}
    p: Any = {}
    L: Any = {}
    for t in range(len(x)):
        z[t] = P["W_h"] @ x[t] + P["U_h"] @ h[t - 1] + P["b_h"]
        h[t] = np.tanh(z[t])
        s[t] = P["V"] @ h[t] + P["by"]
        p[t] = softmax(s[t])
        if t in labels:
            L[t] = -np.sum(y[t] * np.log(p[t]))
    return z, h, s, p, L, sum(L.values())


def run(x: Any, y: Any, labels: Any, P: Any, initial: Any, lr: Any) -> Any:
    """Return every number by id; x and y are (time, …), labels the time steps with one."""
    T = len(x)
    z, h, s, p, L, loss = forward(x, y, labels, P, initial["h"])
    zero = np.zeros(len(initial["h"]))
    ds: Any = {}
    delta: Any = {}
    deltaOut: Any = {T - 1: zero}
    dout: Any = {}
    dh: Any = {}
    dx: Any = {}
    for t in range(T - 1, -1, -1):
        ds[t] = np.zeros(len(P["by"]))
        if t in labels:
            ds[t] = p[t] - y[t]
        delta[t] = P["V"].T @ ds[t]
        dout[t] = delta[t] + deltaOut[t]
        dh[t] = dout[t] * (1 - h[t] ** 2)
        deltaOut[t - 1] = P["U_h"].T @ dh[t]
        dx[t] = P["W_h"].T @ dh[t]
    G = {name: np.zeros_like(value) for name, value in P.items()}
    for t in range(T):
        G["W_h"] = G["W_h"] + np.outer(dh[t], x[t])
        G["U_h"] = G["U_h"] + np.outer(dh[t], h[t - 1])
        G["b_h"] = G["b_h"] + dh[t]
        G["V"] = G["V"] + np.outer(ds[t], h[t])
        G["by"] = G["by"] + ds[t]
    new = {}
    for name in P:
        new[name] = P[name] - lr * G[name]
    L_new, loss_new = forward(x, y, labels, new, initial["h"])[-2:]
    series = {
        "z_h": z,
        "h": h,
        "s": s,
        "p": p,
        "L": L,
        "ds": ds,
        "delta": delta,
        "deltaOut": deltaOut,
        "dout": dout,
        "dh": dh,
        "dx": dx,
        "L'": L_new,
    }
    return {"series": series, "L": loss, "L'": loss_new, "G": G, "new": new}
