"""Modules of PyTorch and layers of Keras as scenarios, and judged; neither is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from framework_modules import (
    INPUTS,
    MISTAKES,
    Module,
    Parameter,
    found,
    given,
    lstm_module,
    named,
)

import lstm_tutor as lt

X = np.arange(30.0).reshape(2, 5, 3) / 20


def _lstm(inputs: int = 3, hidden: int = 2, **attributes: Any) -> Module:
    own = {"num_layers": 1, "bidirectional": False, "batch_first": True, **attributes}
    random = np.random.default_rng(1)
    return named("LSTM", **own)(
        weight_ih_l0=random.normal(size=(4 * hidden, inputs)),
        weight_hh_l0=random.normal(size=(4 * hidden, hidden)),
        bias_ih_l0=random.normal(size=4 * hidden),
        bias_hh_l0=random.normal(size=4 * hidden),
    )


def _linear(outputs: int = 1, hidden: int = 2) -> Module:
    return named("Linear")(weight=np.ones((outputs, hidden)), bias=np.ones(outputs))


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize(("layers", "both"), [(1, False), (2, False), (2, True)])
def test_right_gradients_of_a_float32_module_are_all_right(layers: int, both: bool) -> None:
    """Of every layer and direction, each gradient is recognised, and none is called wrong."""
    assert found(layers, both, "") == (True, [])


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize(
    ("layers", "both", "mistake"),
    [
        (1, False, "no slope of tanh at the candidate"),
        (1, True, "carry by the forget gate of this step"),
        (2, False, "dU turned"),
    ],
)
def test_a_mistake_in_a_modules_gradients_is_found(
    layers: int, both: bool, mistake: str
) -> None:
    """What was planted is what is said; `python -m framework_modules` tries all ten."""
    right, said = found(layers, both, mistake)
    assert not right
    assert MISTAKES[mistake] in said[0]


def test_a_module_with_time_first_reads_arrays_as_it_does() -> None:
    """Without batch_first, inputs, labels and upstream are time × batch × units."""
    later = _lstm(batch_first=False)
    first = lt.compute(lt.scenario(weights=_lstm(), inputs=X, labels=X[..., :2]))
    turned = lt.scenario(
        weights=later, inputs=X.swapaxes(0, 1), labels=X.swapaxes(0, 1)[..., :2]
    )
    assert lt.compute(turned).loss == first.loss
    assert "time × batch × units" in " ".join(turned.told)


def test_labels_of_the_last_time_step_alone() -> None:
    """A list over time may hold None; one row for each sequence is asked about."""
    rows = np.array([[0.5, 1], [0, 0.25]])
    made = lt.scenario(weights=_lstm(), inputs=X, labels=[None] * 4 + [rows])
    assert made.labelled.tolist() == [[False, False]] * 4 + [[True, True]]
    with pytest.raises(lt.TutorError, match=r"write \[None\] \* 4 \+ \[rows\]"):
        lt.scenario(weights=_lstm(), inputs=X, labels=rows)


def test_an_array_as_upstream_is_the_gradient_of_the_output() -> None:
    """Whatever the output of the last page is called; initial states lose an axis of 1."""
    state = np.ones((1, 2, 2))
    made = lt.scenario(
        weights=named("Own")(rnn=_lstm(), fc=_linear()),
        inputs=X,
        upstream=X[..., :1],
        initial={"h": state, "C": state},
    )
    assert list(made.upstream) == ["s"]
    assert [layer.cell.name for layer in made.layers] == ["lstm", "linear"]


class _Relu(Module):
    pass


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (_lstm(proj_size=2), "projection"),
        (_lstm(num_layers=2, dropout=0.5), r"call \.eval\(\)"),
        (
            named("Own")(rnn=_lstm(), a=_Relu(), fc=_linear()),
            r"no page is known for a \(_Relu\)",
        ),
        (
            named("Own")(enc=_lstm(), dec=_lstm(2)),
            r"'as': 'enc'}, {'page': 'lstm', 'as': 'dec'",
        ),
        (named("Own")(rnn=_lstm(), fc1=_linear(2), fc2=_linear()), "only its code says"),
        (named("Embedding")(weight=np.ones((9, 3))), "give what it puts out as inputs"),
        (named("Other")(w=np.ones(3)), "no page is known for Other"),
    ],
)
def test_what_a_module_leaves_open_is_not_guessed(module: Module, said: str) -> None:
    """The message says which part it is, and what to write."""
    with pytest.raises(lt.TutorError, match=said):
        lt.scenario(weights=module, inputs=X)


def test_pages_that_are_named_find_their_arrays_by_those_names() -> None:
    """What the refusal of two recurrent parts suggests works, and the module is checked so."""
    module = named("Own")(enc=_lstm(), dec=_lstm(2))
    model = [{"page": "lstm", "as": "enc"}, {"page": "lstm", "as": "dec"}]
    trace = lt.compute(lt.scenario(weights=module, model=model, inputs=X))
    report = lt.check(trace, module)
    assert report and not report.unrecognised


def test_a_readout_of_classes_has_the_size_that_its_arrays_say() -> None:
    """Given softmax where the module has a linear layer, as with PyTorch's cross-entropy."""
    made = lt.scenario(
        model=["lstm", "softmax"],
        weights=named("Own")(rnn=_lstm(), fc=_linear(3)),
        inputs=X,
        labels=[[0, 1, 2, 0, 1], [2, 2, 1, 0, 0]],
        loss="cross-entropy",
    )
    assert made.sizes["classes"] == 3


class _Variable:
    """A variable of Keras: an array with a path."""

    def __init__(self, path: str, *shape: int) -> None:
        self.path = path
        self._array = np.random.default_rng(len(path)).normal(size=shape).astype("float32")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self._array, dtype=dtype)


class _Layer:
    """A layer of Keras."""

    @classmethod
    def called(cls, kind: str, *arguments: Any, **attributes: Any) -> _Layer:
        """Return a layer whose class has a name of Keras."""
        made: _Layer = type(kind, (cls,), {})(*arguments, **attributes)
        return made

    def __init__(self, name: str, weights: list[_Variable] | None = None, **more: Any) -> None:
        self.name = name
        self.weights = self.trainable_variables = self.trainable_weights = weights or []
        self.__dict__.update(more)


def tanh() -> None:
    """Stand for Keras's function of this name."""


def sigmoid() -> None:
    """Stand for Keras's function of this name."""


def relu() -> None:
    """Stand for Keras's function of this name."""


def linear() -> None:
    """Stand for Keras's function of this name."""


def _keras(name: str, inputs: int, hidden: int, **more: Any) -> _Layer:
    path = f"{name}/lstm_cell"
    weights = [
        _Variable(f"{path}/kernel", inputs, 4 * hidden),
        _Variable(f"{path}/recurrent_kernel", hidden, 4 * hidden),
        _Variable(f"{path}/bias", 4 * hidden),
    ]
    own = {"activation": tanh, "recurrent_activation": sigmoid} | more
    cell = _Layer.called("LSTMCell", "lstm_cell", weights, **own)
    return _Layer.called("LSTM", name, weights, cell=cell, **{**own, **more})


def _sequential(*layers: _Layer) -> _Layer:
    weights = [one for layer in layers for one in layer.weights]
    return _Layer.called("Sequential", "sequential", weights, layers=list(layers))


def _dense(name: str, inputs: int, outputs: int, activation: Any = linear) -> _Layer:
    weights = [_Variable(f"{name}/kernel", inputs, outputs), _Variable(f"{name}/bias", outputs)]
    return _Layer.called("Dense", name, weights, activation=activation)


@pytest.mark.long
def test_a_keras_model_is_a_scenario_whatever_its_layers_are_called() -> None:
    """Layers are read in the model's order, not in that of their names; gradients beside it."""
    net = _sequential(
        _keras("second", 3, 2), _keras("first", 2, 2), _dense("out", 2, 2), _dense("end", 2, 1)
    )
    made = lt.scenario(weights=net, inputs=X, upstream=X[..., :1])
    kernel = np.asarray(net.layers[0].weights[0])  # type: ignore[attr-defined]
    np.testing.assert_array_equal(made.parameters["second.W_i"], kernel[:, :2].T)
    trace = lt.compute(made)
    right = _keras_gradients(trace)
    report = lt.check(trace, net, right)
    assert report and not report.unrecognised
    right[0] = 2 * right[0]
    assert lt.check(trace, net, right).wrong[0] == "second.dW_a"
    with pytest.raises(lt.TutorError, match="1 gradient for 10 parameters"):
        lt.check(trace, net, right[:1])


def _keras_gradients(trace: lt.Trace) -> list[Any]:
    found: list[Any] = []
    for name in ("second", "first"):
        for block in "WUb":
            parts = [trace[f"{name}.d{block}_{gate}"].value for gate in "ifao"]
            found.append(np.concatenate(parts).T)
    for name in ("out", "end"):
        found += [trace[f"{name}.dV"].value.T, trace[f"{name}.dby"].value]
    return found


def test_labels_after_a_layer_without_sequences_are_those_of_the_last_time_step() -> None:
    """As Keras trains it: one row for each sequence."""
    net = _sequential(_keras("lstm", 3, 2, return_sequences=False), _dense("dense", 2, 1))
    made = lt.scenario(weights=net, inputs=X, labels=[[0.5], [0.25]])
    assert made.labelled[:, 0].tolist() == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (_keras("lstm", 3, 2, activation=relu), "activations relu and sigmoid"),
        (_keras("lstm", 3, 2, go_backwards=True), "turn inputs and labels round"),
        (_keras("lstm", 3, 2, stateful=True), "starts where its last call ended"),
        (_sequential(_keras("lstm", 3, 2), _dense("d", 2, 2, relu)), "activation relu"),
        (_sequential(_Layer("masking"), _keras("lstm", 3, 2)), "no page is known for masking"),
        (_Layer.called("LSTM", "lstm", [], cell=_keras("c", 3, 2).cell), "call it once"),  # type: ignore[attr-defined]
    ],
)
def test_what_a_keras_layer_does_otherwise_is_refused(layer: Any, said: str) -> None:
    """The message names the layer, and says what to write instead."""
    with pytest.raises(lt.TutorError, match=said):
        lt.scenario(weights=layer, inputs=X)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"inputs": X[..., :2]}, "a row of inputs has 2 numbers, and the weights read 3"),
        (
            {"labels": X},
            "has 3 numbers on the axis 'hidden'; expected: 2, as set by the weights",
        ),
        ({"weights": [np.ones(3)]}, "weights is a list, without names"),
    ],
)
def test_what_is_wrong_with_arrays_is_said_once_and_without_lines(
    entries: dict[str, Any], said: str
) -> None:
    """There is no file, so no line of one is shown."""
    with pytest.raises(lt.TutorError, match=said) as error:
        lt.scenario(**{"weights": _lstm(), "inputs": X, **entries})
    assert "line" not in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.long
def test_numbers_typed_into_a_float32_array_are_judged_at_their_digits() -> None:
    """A tensor of 0.536 is right for 0.536313, as the number is."""
    trace = lt.compute("gomez")
    assert lt.check(trace, {"h": np.array([[0.536], [0.772]], "float32")})
    assert not lt.check(trace, {"h": np.array([[0.536], [0.79]], "float32")})
    exact = np.array([trace[f"h@{t}"].value for t in (0, 1)], "float32")
    assert lt.check(trace, {"h": exact})


class _Brain:
    """A tensor of bfloat16 numbers, which NumPy does not have."""

    dtype = "torch.bfloat16"

    def __init__(self, value: Any) -> None:
        bits = np.asarray(value, "float32").view("uint32") + np.uint32(0x8000)
        self._value = (bits & np.uint32(0xFFFF0000)).view("float32")

    def float(self) -> Any:
        return self._value

    def numpy(self) -> Any:
        raise TypeError("Got unsupported ScalarType BFloat16")


@pytest.mark.long
def test_bfloat16_numbers_are_held_to_what_they_can_say() -> None:
    """They have three digits at most."""
    trace = lt.compute("two-units")
    assert lt.check(trace, {"h@1": _Brain(trace["h@1"].value)})
    assert not lt.check(trace, {"h@1": _Brain(trace["h@1"].value * 1.1)})


def test_what_is_no_numbers_at_all_is_refused() -> None:
    """A list, or a number without a name, is nothing to compare."""
    with pytest.raises(lt.TutorError, match="a value of type list"):
        lt.check(lt.compute("gomez"), [1, 2])


@pytest.mark.long
def test_gradients_without_parameters_beside_them_have_their_names() -> None:
    """A dict of parameters and one of gradients, as JAX has them."""
    x, upstream = given(1, False)
    module = lstm_module(1, False, x, upstream)
    held: dict[str, Parameter] = dict(module.named_parameters())
    trace = lt.compute(lt.scenario(weights=module, inputs=x, upstream=upstream))
    grads = {name: one.grad for name, one in held.items()}
    report = lt.check(trace, {name: one.value for name, one in held.items()}, grads)
    assert report and not report.unrecognised
    assert x.shape[1] == INPUTS
