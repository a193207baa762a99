"""What to write where a scenario cannot have what people look for, by its name elsewhere."""

from __future__ import annotations

ENTRIES = {
    "layers": "name one page for each layer in 'model', such as [lstm, lstm]",
    "num_layers": "name one page for each layer in 'model', such as [lstm, lstm]",
    "bidirectional": "write {page: lstm, direction: both} in 'model'",
    "direction": "write {page: lstm, direction: backward} in 'model'",
    "hidden": "write it under 'weights', beside 'init'",
    "hidden_size": "the weights say it; or write weights.hidden beside weights.init",
    "readout": "write it last in 'model', such as [lstm, softmax]",
    "activation": "write the cell's equations in a file, and name its path after 'cell'",
    "batch": "write one level more in 'inputs': a list of sequences",
    "batch_size": "write one level more in 'inputs': a list of sequences",
    "vocabulary": "write inputs: {text: …, vocabulary: …}",
    "text": "write inputs: {text: …, vocabulary: …}",
    "epochs": "lstm-tutor run --epochs repeats the update",
    **dict.fromkeys(
        ("optimizer", "optimiser"), "write update: adam, or one of sgd, momentum, adagrad"
    ),
    **dict.fromkeys(("lr", "alpha", "eta", "step_size"), "it is called learning_rate"),
    **dict.fromkeys(
        ("clip_norm", "clipnorm", "global_clipnorm", "max_norm", "max_grad_norm"),
        "write clip: {norm: 5}",
    ),
    **dict.fromkeys(("clip_value", "clipvalue"), "write clip: {value: 5}"),
    **dict.fromkeys(
        ("clipping", "grad_clip", "gradient_clip", "gradient_clipping"),
        "write clip: {norm: 5}, or clip: {value: 5}",
    ),
    **dict.fromkeys(
        ("reduction", "average", "loss_reduction"),
        "write mean: [time, batch]; without it the loss is a sum",
    ),
    **dict.fromkeys(("momentum",), "write update: {page: momentum, momentum: 0.9}"),
    **dict.fromkeys(
        ("beta1", "beta2", "betas"), "write update: {page: adam, beta1: 0.9, beta2: 0.999}"
    ),
    **dict.fromkeys(("epsilon", "eps"), "write update: {page: adam, epsilon: 1e-8}"),
    "weight_decay": "write the update's equations in a file, and name it after 'update'",
    "attention": "it is not supported; a model is made of recurrent cells and readouts",
    "dropout": "nothing is left out at random here: write the weights that are used",
}
"""What to write, or to know, where a scenario cannot have an entry that people look for."""
