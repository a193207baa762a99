"""What people call things whatever their source: templates and words, in no notation's file."""

from __future__ import annotations

from lstm_tutor.model.symbol import CARRY, DELTA, DGATES, DOUT

# How people write the gradient of X, and the value of X after the update.
GRADIENT = (
    *("d{}", "δ{}", "∂L/∂{}", "dL/d{}", "dLd{}", "dL#d{}", "dL#/d{}", "∂L#/∂{}", "dLoss/d{}"),
    *("dLossd{}", "dE/d{}", "dEd{}", "dJ/d{}", "dJd{}", "grad{}", "gradient{}", "delta{}"),
    *("∇{}", "{}grad", "{}.grad", "{}gradient", "gradientof{}", "gradof{}"),
)
NEW = ("{}'", "new{}", "{}new", "updated{}", "{}updated", "{}after")
NEW_GATE = ("{}'{}", "{}new{}", "{}new[{}]", "{}1[{}]")
# Words for quantities that every cell has; {} is the gate or the state.
OUTPUT_WORDS = ("h", "ht", "out", "output", "hidden", "hs", "H", "hprev")
PREDICTED_WORDS = (
    *(
        "y_hat",
        "ŷ",
        "yhat",
        "pred",
        "preds",
        "prediction",
        "predictions",
        "y_pred",
        "predicted",
    ),
    *("prob", "probs", "probability", "probabilities", "ps"),
)
"""What a model puts out: of a readout, or of the cell where there is none."""
SCORE_WORDS = ("score", "scores", "logit", "logits", "y", "ys", "yt", "o_t", "z_y", "zy")
OUT_WEIGHTS = (
    *("V", "Why", "W_hy", "Wy", "Wout", "W_out", "Whq", "Woh", "fc.weight", "linear.weight"),
    *("out.weight", "decoder.weight", "head.weight"),
)
OUT_BIASES = ("by", "bout", "b_out", "bq", "fc.bias", "linear.bias", "out.bias", "head.bias")
STATE_WORDS = ("state", "cell", "s", "cellstate", "cprev", "cs")
PROBABILITIES, SCORES = "probs", "scores"  # of the words above
ONLY_STATE_WORDS = ("state", "states", "s", "st")
"""The output of a cell that has no other state."""
PUT_OUT_WORDS = ("out", "output", "outputs")
CANDIDATE = "candidate"
CALLED = {
    "update gate": ("u", "ug"),
    CANDIDATE: (
        *("cell gate", "gates.cell", "gates.new", "cell input"),
        *(
            "new",
            "new state",
            "new memory",
            "h\u0303",
            "h~",
            "htilde",
            "hhat",
            "hcand",
            "ctilde",
        ),
        *("candidate state", "candidate cell", "cell candidate", "candidate cell state"),
    ),
}
"""What else a gate is called that a page calls so."""
GATE_WORDS = ("{}", "{}t", "{}gate", "gate{}", "g{}", "{}s", "{}list", "all{}")
PREACTIVATION_WORDS = ("z{}", "z{}t", "net{}", "{}pre", "pre{}", "{}in", "{}net", "{}raw")
LOSS_WORDS = ("L", "loss", "Loss", "E", "J", "cost", "error")
TOTAL_WORDS = ("total{}", "{}total", "sum{}", "{}sum", "{}es", "overall{}", "all{}")
INPUT_WORDS = ("x", "xt", "input", "inputs", "xs", "X")
LABEL_WORDS = ("y", "yt", "label", "labels", "target", "targets", "ys", "Y")
BLOCK_WORDS = {
    CARRY: ("deltaOut", "deltaout", "Δout", "dhnext", "dhfuture", "deltaouts"),
    DELTA: (
        *(
            f"{form}{word}"
            for form in ("dL#d", "dL#/d", "∂L#/∂")
            for word in ("h", "ht", "out")
        ),
        *("delta", "Δ", "deltaT", "Δt", "dhloss", "dy", "dLocal"),
    ),
    DOUT: ("dout", "δout", "dh", "dht", "dhtotal"),
    DGATES: ("dgates", "δgates", "dz", "δz", "∂L/∂z", "dLdz", "dnet", "deltagates"),
}
# Parameters by their axes: the block, then one gate of it ({} is the gate).
INPUT_WEIGHTS = (
    ("W", "Wx", "Wxh", "Wih"),
    ("W{}", "Wx{}", "W{}x", "Wi{}", "weight{}", "w{}"),
)
RECURRENT_WEIGHTS = (
    ("U", "Wh", "Whh", "R"),
    ("U{}", "Wh{}", "W{}h", "R{}", "u{}"),
)
BIASES = (("b", "bias"), ("b{}", "bias{}"))
