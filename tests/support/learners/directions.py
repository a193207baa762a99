"""A plain recurrent layer in both directions, as a learner writes it in NumPy.

Independent of lstm_tutor. The corpus of mistakes edits single lines of this file's text.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def forward(x: Any, y: Any, labels: Any, P: Any, initial: Any) -> Any:
    T = len(x)
    z1: Any = {}
    h1: Any = {-1: initial["fw.h"]}
    z2: Any = {}
    h2: Any = {T: initial["bw.h"]}
    join: Any = {}
    s: Any = {}
    L: Any = {}
    for t in range(T):
        z1[t] = P["fw.W_h"] @ x[t] + P["fw.U_h"] @ h1[t - 1] + P["fw.b_h"]
        h1[t] = np.tanh(z1[t])
    turned = range(T - 1, -1, -1)
    for t in turned:
        z2[t] = P["bw.W_h"] @ x[t] + P["bw.U_h"] @ h2[t + 1] + P["bw.b_h"]
        h2[t] = np.tanh(z2[t])
    for t in range(T):
        join[t] = np.concatenate([h1[t], h2[t]])
        s[t] = P["V"] @ join[t] + P["by"]
        if t in labels:
            L[t] = np.sum((s[t] - y[t]) ** 2) / 2
    return z1, h1, z2, h2, join, s, L, sum(L.values())


def run(x: Any, y: Any, labels: Any, P: Any, initial: Any, lr: Any) -> Any:
    """Return every number by id; x and y are (time, …), labels the time steps with one."""
    T, H = len(x), len(initial["fw.h"])
    z1, h1, z2, h2, join, s, L, loss = forward(x, y, labels, P, initial)
    zero = np.zeros(H)
    ds: Any = {}
    djoin: Any = {}
    delta1: Any = {}
    delta2: Any = {}
    out1: Any = {T - 1: zero}
    out2: Any = {0: zero}
    dout1: Any = {}
    dout2: Any = {}
    dh1: Any = {}
    dh2: Any = {}
    dx: Any = {}
    for t in range(T):
        ds[t] = np.zeros(len(P["by"]))
        if t in labels:
            ds[t] = s[t] - y[t]
        djoin[t] = P["V"].T @ ds[t]
        delta1[t] = djoin[t][:H]
        delta2[t] = djoin[t][H:]
    for t in range(T - 1, -1, -1):
        dout1[t] = delta1[t] + out1[t]
        dh1[t] = dout1[t] * (1 - h1[t] ** 2)
        out1[t - 1] = P["fw.U_h"].T @ dh1[t]
    onwards = range(T)
    for t in onwards:
        dout2[t] = delta2[t] + out2[t]
        dh2[t] = dout2[t] * (1 - h2[t] ** 2)
        out2[t + 1] = P["bw.U_h"].T @ dh2[t]
        dx[t] = P["fw.W_h"].T @ dh1[t] + P["bw.W_h"].T @ dh2[t]
    G = {name: np.zeros_like(value) for name, value in P.items()}
    for t in range(T):
        G["fw.W_h"] = G["fw.W_h"] + np.outer(dh1[t], x[t])
        G["fw.U_h"] = G["fw.U_h"] + np.outer(dh1[t], h1[t - 1])
        G["fw.b_h"] = G["fw.b_h"] + dh1[t]
        G["bw.W_h"] = G["bw.W_h"] + np.outer(dh2[t], x[t])
        G["bw.U_h"] = G["bw.U_h"] + np.outer(dh2[t], h2[t + 1])
        G["bw.b_h"] = G["bw.b_h"] + dh2[t]
        G["V"] = G["V"] + np.outer(ds[t], join[t])
        G["by"] = G["by"] + ds[t]
    new = {}
    for name in P:
        new[name] = P[name] - lr * G[name]
    L_new, loss_new = forward(x, y, labels, new, initial)[-2:]
    series = {
        "fw.z_h": z1,
        "fw.h": h1,
        "bw.z_h": z2,
        "bw.h": h2,
        "join": join,
        "s": s,
        "L": L,
        "ds": ds,
        "djoin": djoin,
        "fw.delta": delta1,
        "fw.deltaOut": out1,
        "fw.dout": dout1,
        "fw.dh": dh1,
        "bw.delta": delta2,
        "bw.deltaOut": out2,
        "bw.dout": dout2,
        "bw.dh": dh2,
        "dx": dx,
        "L'": L_new,
    }
    return {"series": series, "L": loss, "L'": loss_new, "G": G, "new": new}
