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
    **dict.fromkeys(
        ("mask", "masks", "masking", "lengths", "sequence_lengths", "sequence_lens"),
        "write null in 'labels' where a time step does not count; sequences of different "
        "lengths are scenarios of their own",
    ),
    "dropout": "nothing is left out at random here: write the weights that are used",
}
"""What to write, or to know, where a scenario cannot have an entry that people look for."""
USES = {
    **dict.fromkeys(
        ("merge", "merge_mode"),
        "both directions stand side by side at every time step (Keras's merge_mode 'concat'); "
        "other ways of merging are not supported",
    ),
    **dict.fromkeys(
        ("return_sequences", "return_state"),
        "every time step has an output; write null in 'labels' where it has no label",
    ),
    **dict.fromkeys(("go_backwards", "reverse"), "write direction: backward"),
    "bidirectional": "write direction: both",
    **dict.fromkeys(
        ("units", "hidden", "hidden_size"),
        "the weights say it; or write weights.hidden beside weights.init",
    ),
    "name": "it is called as",
    **dict.fromkeys(
        ("activation", "recurrent_activation", "nonlinearity"),
        "write the page's equations in a file, and name its path after 'page'",
    ),
    "dropout": ENTRIES["dropout"],
}
"""The same of the keys of a page in 'model'."""
_LINEAR = "write linear"
PAGES = {
    **dict.fromkeys(("dense", "fc", "affine", "projection", "output"), _LINEAR),
    **dict.fromkeys(("simplernn", "simple_rnn", "elman", "vanilla"), "write rnn"),
    **dict.fromkeys(("bilstm", "bidirectional"), "write {page: lstm, direction: both}"),
    "bigru": "write {page: gru, direction: both}",
    **dict.fromkeys(("peephole", "peephole-lstm"), "write lstm-peephole"),
    "embedding": "write the vectors as 'inputs'; or a page of your own with "
    "e[t] = E @ x[t], whose inputs are one-hot",
    "attention": ENTRIES["attention"],
    **dict.fromkeys(
        ("dropout", "batchnorm", "layernorm"),
        "leave it out, or write its equations in a file, and name its path",
    ),
}
"""The same of the names of pages."""
LOSSES = {
    **dict.fromkeys(("mse", "mse_loss", "mseloss"), "write mean-squared-error"),
    **dict.fromkeys(("sse", "l2", "squared"), "write squared-error, or half-squared-error"),
    **dict.fromkeys(
        (
            *("ce", "nll", "softmax", "crossentropy", "crossentropyloss", "log_loss"),
            *("categorical_crossentropy", "sparse_categorical_crossentropy"),
        ),
        "write cross-entropy, and end the model with softmax",
    ),
    **dict.fromkeys(
        ("bce", "bceloss", "binary_crossentropy"),
        "write binary-cross-entropy, and end the model with sigmoid",
    ),
    **dict.fromkeys(
        ("mae", "l1", "huber"),
        "write its equation in a file: equation: L[t] = sum(abs(h[t] - y[t]))",
    ),
}
"""The same of the names of losses."""
AXES = {
    **dict.fromkeys(("N", "B", "n", "m", "samples", "sequence", "sequences"), "batch"),
    **dict.fromkeys(("T", "t", "T_x", "L", "S", "seq", "steps", "timesteps"), "time"),
    **dict.fromkeys(("D", "d", "I", "n_x", "features", "F", "C", "V"), "input"),
    **dict.fromkeys(("H", "h", "n_a", "units", "U"), "hidden"),
    **dict.fromkeys(("O", "n_y", "K", "classes"), "output"),
}
"""What axes are called elsewhere, with their names here."""
