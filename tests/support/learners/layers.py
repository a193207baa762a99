"""Two plain recurrent layers and a linear readout, as a learner writes them in NumPy.

Independent of lstm_tutor. The corpus of mistakes edits single lines of this file's text.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def forward(x: Any, y: Any, labels: Any, P: Any, initial: Any) -> Any:
    z1: Any = {}
    h1: Any = {-1: initial["l1.h"]}
    z2: Any = {}
    h2: Any = {-1: initial["l2.h"]}
    s: Any = {}
    L: Any = {}
    for t in range(len(x)):
        z1[t] = P["l1.W_h"] @ x[t] + P["l1.U_h"] @ h1[t - 1] + P["l1.b_h"]
        h1[t] = np.tanh(z1[t])
        z2[t] = P["l2.W_h"] @ h1[t] + P["l2.U_h"] @ h2[t - 1] + P["l2.b_h"]
        h2[t] = np.tanh(z2[t])
        s[t] = P["V"] @ h2[t] + P["by"]
        if t in labels:
            L[t] = np.sum((s[t] - y[t]) ** 2) / 2
    return z1, h1, z2, h2, s, L, sum(L.values())


def run(x: Any, y: Any, labels: Any, P: Any, initial: Any, lr: Any) -> Any:
    """Return every number by id; x and y are (time, …), labels the time steps with one."""
    T = len(x)
    z1, h1, z2, h2, s, L, loss = forward(x, y, labels, P, initial)
    ds: Any = {}
    delta1: Any = {}
    delta2: Any = {}
    out1: Any = {T - 1: np.zeros(len(initial["l1.h"]))}
    out2: Any = {T - 1: np.zeros(len(initial["l2.h"]))}
    dout1: Any = {}
    dout2: Any = {}
    dh1: Any = {}
    dh2: Any = {}
    dx: Any = {}
    for t in range(T - 1, -1, -1):
        ds[t] = np.zeros(len(P["by"]))
        if t in labels:
            ds[t] = s[t] - y[t]
        delta2[t] = P["V"].T @ ds[t]
        dout2[t] = delta2[t] + out2[t]
        dh2[t] = dout2[t] * (1 - h2[t] ** 2)
        out2[t - 1] = P["l2.U_h"].T @ dh2[t]
        delta1[t] = P["l2.W_h"].T @ dh2[t]
        dout1[t] = delta1[t] + out1[t]
        dh1[t] = dout1[t] * (1 - h1[t] ** 2)
        out1[t - 1] = P["l1.U_h"].T @ dh1[t]
        dx[t] = P["l1.W_h"].T @ dh1[t]
    G = {name: np.zeros_like(value) for name, value in P.items()}
    for t in range(T):
        G["l1.W_h"] = G["l1.W_h"] + np.outer(dh1[t], x[t])
        G["l1.U_h"] = G["l1.U_h"] + np.outer(dh1[t], h1[t - 1])
        G["l1.b_h"] = G["l1.b_h"] + dh1[t]
        G["l2.W_h"] = G["l2.W_h"] + np.outer(dh2[t], h1[t])
        G["l2.U_h"] = G["l2.U_h"] + np.outer(dh2[t], h2[t - 1])
        G["l2.b_h"] = G["l2.b_h"] + dh2[t]
        G["V"] = G["V"] + np.outer(ds[t], h2[t])
        G["by"] = G["by"] + ds[t]
    new = {}
    for name in P:
        new[name] = P[name] - lr * G[name]
    L_new, loss_new = forward(x, y, labels, new, initial)[-2:]
    series = {
        "l1.z_h": z1,
        "l1.h": h1,
        "l2.z_h": z2,
        "l2.h": h2,
        "s": s,
        "L": L,
        "ds": ds,
        "l2.delta": delta2,
        "l2.deltaOut": out2,
        "l2.dout": dout2,
        "l2.dh": dh2,
        "l1.delta": delta1,
        "l1.deltaOut": out1,
        "l1.dout": dout1,
        "l1.dh": dh1,
        "dx": dx,
        "L'": L_new,
    }
    return {"series": series, "L": loss, "L'": loss_new, "G": G, "new": new}
