"""A batch through a plain recurrent layer and softmax, as a learner writes it in NumPy.

Independent of lstm_tutor. The corpus of mistakes edits single lines of this file's text.
Every signal is (units, sequences).
"""

from __future__ import annotations

from typing import Any

import numpy as np


def softmax(s: Any) -> Any:
    e = np.exp(s - np.max(s))
    return e / np.sum(e, axis=0)


def forward(x: Any, y: Any, there: Any, P: Any, h0: Any) -> Any:
    z: Any = {}
    h: Any = {-1: h0}
    s: Any = {}
    p: Any = {}
    L: Any = {}
    for t in range(len(x)):
        z[t] = P["W_h"] @ x[t] + P["U_h"] @ h[t - 1] + P["b_h"][:, None]
        h[t] = np.tanh(z[t])
        s[t] = P["V"] @ h[t] + P["by"][:, None]
        p[t] = softmax(s[t])
        L[t] = -np.sum(y[t] * np.log(p[t]), axis=0) * there[t]
    return z, h, s, p, L, sum(np.sum(each) for each in L.values())


def run(x: Any, y: Any, labels: Any, P: Any, initial: Any, lr: Any) -> Any:
    """Return every number by id; labels says (time, sequences) where there is one."""
    T, there = len(x), labels
    B = x.shape[2]
    z, h, s, p, L, loss = forward(x, y, there, P, initial["h"])
    ds: Any = {}
    delta: Any = {}
    deltaOut: Any = {T - 1: np.zeros_like(initial["h"])}
    dout: Any = {}
    dh: Any = {}
    dx: Any = {}
    for t in range(T - 1, -1, -1):
        ds[t] = (p[t] - y[t]) * there[t]
        delta[t] = P["V"].T @ ds[t]
        dout[t] = delta[t] + deltaOut[t]
        dh[t] = dout[t] * (1 - h[t] ** 2)
        deltaOut[t - 1] = P["U_h"].T @ dh[t]
        dx[t] = P["W_h"].T @ dh[t]
    G = {name: np.zeros_like(value) for name, value in P.items()}
    for t in range(T):
        G["W_h"] = G["W_h"] + dh[t] @ x[t].T
        G["U_h"] = G["U_h"] + dh[t] @ h[t - 1].T
        G["b_h"] = G["b_h"] + np.sum(dh[t], axis=1)
        G["V"] = G["V"] + ds[t] @ h[t].T
        G["by"] = G["by"] + np.sum(ds[t], axis=1)
    G = {name: value * 1 for name, value in G.items()}
    new = {}
    for name in P:
        new[name] = P[name] - lr * G[name]
    L_new, loss_new = forward(x, y, there, new, initial["h"])[-2:]
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
    return {"series": series, "L": loss, "L'": loss_new, "G": G, "new": new, "B": B}
