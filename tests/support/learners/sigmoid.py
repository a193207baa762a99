"""One answer after the last word, as a learner writes it in NumPy: a GRU and a sigmoid.

Independent of lstm_tutor. The corpus of mistakes edits single lines of this file's text.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def forward(x: Any, y: Any, labels: Any, P: Any, h0: Any) -> Any:
    zr, r, zz, z, q, zn, n = ({} for _ in range(7))
    h: Any = {-1: h0}
    s: Any = {}
    p: Any = {}
    L: Any = {}
    for t in range(len(x)):
        zr[t] = P["W_r"] @ x[t] + P["U_r"] @ h[t - 1] + P["b_r"]
        r[t] = sigmoid(zr[t])
        zz[t] = P["W_z"] @ x[t] + P["U_z"] @ h[t - 1] + P["b_z"]
        z[t] = sigmoid(zz[t])
        q[t] = P["U_n"] @ h[t - 1] + P["bh_n"]
        zn[t] = P["W_n"] @ x[t] + P["b_n"] + r[t] * q[t]
        n[t] = np.tanh(zn[t])
        h[t] = (1 - z[t]) * n[t] + z[t] * h[t - 1]
        s[t] = P["V"] @ h[t] + P["by"]
        p[t] = sigmoid(s[t])
        if t in labels:
            L[t] = -np.sum(y[t] * np.log(p[t]) + (1 - y[t]) * np.log(1 - p[t]))
    return (zr, r, zz, z, q, zn, n, h, s, p), L, sum(L.values())


def run(x: Any, y: Any, labels: Any, P: Any, initial: Any, lr: Any) -> Any:
    """Return every number by id; x and y are (time, …), labels the time steps with one."""
    T = len(x)
    (zr, r, zz, z, q, zn, n, h, s, p), L, loss = forward(x, y, labels, P, initial["h"])
    zero = np.zeros(len(initial["h"]))
    dp: Any = {}
    ds: Any = {}
    delta: Any = {}
    deltaOut: Any = {T - 1: zero}
    dout: Any = {}
    dz: Any = {}
    dn: Any = {}
    dq: Any = {}
    dr: Any = {}
    dx: Any = {}
    for t in range(T - 1, -1, -1):
        dp[t] = np.zeros(len(P["by"]))
        if t in labels:
            dp[t] = (1 - y[t]) / (1 - p[t]) - y[t] / p[t]
        ds[t] = dp[t] * p[t] * (1 - p[t])
        delta[t] = P["V"].T @ ds[t]
        dout[t] = delta[t] + deltaOut[t]
        dz[t] = dout[t] * (h[t - 1] - n[t]) * z[t] * (1 - z[t])
        dn[t] = dout[t] * (1 - z[t]) * (1 - n[t] ** 2)
        dq[t] = dn[t] * r[t]
        dr[t] = dn[t] * q[t] * r[t] * (1 - r[t])
        through = P["U_r"].T @ dr[t] + P["U_z"].T @ dz[t] + P["U_n"].T @ dq[t]
        deltaOut[t - 1] = through + dout[t] * z[t]
        dx[t] = P["W_r"].T @ dr[t] + P["W_z"].T @ dz[t] + P["W_n"].T @ dn[t]
    G = {name: np.zeros_like(value) for name, value in P.items()}
    for t in range(T):
        for g, d, over in (("r", dr, dr), ("z", dz, dz), ("n", dn, dq)):
            G[f"W_{g}"] = G[f"W_{g}"] + np.outer(d[t], x[t])
            G[f"U_{g}"] = G[f"U_{g}"] + np.outer(over[t], h[t - 1])
            G[f"b_{g}"] = G[f"b_{g}"] + d[t]
        G["bh_n"] = G["bh_n"] + dq[t]
        G["V"] = G["V"] + np.outer(ds[t], h[t])
        G["by"] = G["by"] + ds[t]
    new = {}
    for name in P:
        new[name] = P[name] - lr * G[name]
    _, L_new, loss_new = forward(x, y, labels, new, initial["h"])
    series = {
        "z_r": zr,
        "r": r,
        "z_z": zz,
        "z": z,
        "q": q,
        "z_n": zn,
        "n": n,
        "h": h,
        "s": s,
        "p": p,
        "L": L,
        "dp": dp,
        "ds": ds,
        "delta": delta,
        "deltaOut": deltaOut,
        "dout": dout,
        "dz": dz,
        "dn": dn,
        "dq": dq,
        "dr": dr,
        "dx": dx,
        "L'": L_new,
    }
    return {"series": series, "L": loss, "L'": loss_new, "G": G, "new": new}
