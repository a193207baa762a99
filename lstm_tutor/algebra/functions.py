"""The table of functions: what each function of the formula language is, one row each.

Whoever reads, evaluates, derives, writes or explains a formula asks this table; to add a
function is to add a row. A row that is not whole is refused when the table is read. It is
long because the table is one.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Binary, Call, Expression, Number, total
from lstm_tutor.algebra.function import Domain, Form, Function, Kind, Misfit, Place, table

Array: TypeAlias = NDArray[Any]


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), written so that neither side overflows."""
    positive = np.real(x) >= 0
    small = np.exp(np.where(positive, -x, x))
    value: Array = np.where(positive, 1.0, small) / (1.0 + small)
    return value


def _hard_sigmoid(x: Array) -> Array:
    """relu6(x + 3) / 6, as keras.activations.hard_sigmoid (Keras 3) and torch.nn.Hardsigmoid
    define it; Keras 2 had another one, clip(0.2 * x + 0.5, 0, 1).
    """
    inner = np.where(np.real(x) >= 3, 1.0, x / 6 + 0.5)
    return np.where(np.real(x) <= -3, 0.0, inner)


def _larger(x: Array, y: Array) -> Array:
    return np.where((np.real(x) >= np.real(y)) | np.isnan(x), x, y)


def _vectors(x: Array, y: Array) -> Array:
    if np.ndim(x) > 1 or np.ndim(y) > 1:
        raise Misfit("outer takes two lists of numbers")
    return np.outer(x, y)


def _diagonal(x: Array) -> Array:
    if np.ndim(x) != 1:
        raise Misfit("diag takes a list of numbers")
    return np.diag(x)


def _softmax(x: Array, axis: int = 0) -> Array:
    """Return exp(x) over its sum, shifted so that it does not overflow."""
    small = np.exp(x - np.max(np.real(x), axis=axis, keepdims=True))
    return np.asarray(small / small.sum(axis=axis, keepdims=True))


def _softmax_radius(x: tuple[Array, Array]) -> Array:
    value = np.asarray(_softmax(x[0]))
    radius = np.broadcast_to(x[1], value.shape)
    return np.asarray(value * (radius + (value * radius).sum(0)))


def _exp_share(entries: tuple[Expression, ...], number: int) -> Expression:
    powers = tuple(Call("exp", (entry,)) for entry in entries)
    return Binary("/", powers[number], total(powers))


def _joined(x: Array, y: Array, axis: int = 0) -> Array:
    """Return two lists of numbers, one after the other; what stands before is alike."""
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim == y.ndim > 1:
        lead = np.broadcast_shapes(x.shape[:axis], y.shape[:axis])
        x, y = (np.broadcast_to(part, (*lead, *part.shape[axis:])) for part in (x, y))
    if x.ndim != y.ndim or not x.ndim:
        raise Misfit("concat takes two lists of numbers")
    return np.concatenate([x, y], axis=axis)


def _cut(x: Array, y: Array, axis: int, *, first: bool) -> Array:
    """Return as many entries as another list has, from the start or from the end."""
    if not np.ndim(x) or not np.ndim(y):
        raise Misfit("a part is one of a list of numbers")
    size, every = np.shape(y)[axis], np.shape(x)[axis]
    chosen = slice(0, size) if first else slice(every - size, every)
    if size > every:
        raise Misfit("the part is larger than the whole")
    return np.asarray(np.moveaxis(np.moveaxis(np.asarray(x), axis, 0)[chosen], 0, axis))


def _radii(pair: tuple[Array, Array]) -> Array:
    value, radius = pair
    return np.broadcast_to(radius, np.shape(value))


def _not_yet(_: Array) -> Array:
    raise Misfit("a sum over time is written out before it is evaluated")


def _outer_radius(x: tuple[Array, Array], y: tuple[Array, Array]) -> Array:
    (a, _), (b, _), ra, rb = x, y, _radii(x), _radii(y)
    return np.outer(np.abs(a), rb) + np.outer(ra, np.abs(b) + rb)


def _mean_of(entries: tuple[Expression, ...]) -> Expression:
    return Binary("/", total(entries), Number(len(entries)))


def _log(x: Array) -> Array:
    """Return the logarithm, 0 of 0: what 0**p changes with p."""
    zero = np.real(x) == 0
    return np.where(zero, 0.0, np.log(np.where(zero, 1.0, x)))


def _log_radius(x: tuple[Array, Array]) -> Array:
    value, radius = x
    low = np.maximum(value - radius, np.nextafter(0, 1))
    ends = np.maximum(_log(value + radius) - _log(value), _log(value) - np.log(low))
    return np.where(np.asarray(radius) == 0, 0.0, ends)


LOG = "log0"
SOFTMAX = "softmax"
SIGMOID = "sigmoid"
SUM, ROOT = "sum", "sqrt"
"""The logarithm in the slope of a power by its exponent: 0 of 0."""
FIRST, SECOND = "head", "tail"
"""The parts that the gradients of a joined list are."""
_PART: dict[str, Any] = {
    "arity": 2,
    "kind": Kind.PART,
    "derivatives": (),
    "derived": True,
    "by_shape": True,
}

FUNCTIONS = table(
    [
        Function(
            name="tanh",
            value=np.tanh,
            derivatives=("1 - out**2",),
            latex=Form(r"\tanh\left({}\right)"),
            monotone=True,
            taken_for=("sigmoid",),
        ),
        Function(
            name="sigmoid",
            value=sigmoid,
            derivatives=("out * (1 - out)",),
            unicode=Form("σ({})"),
            latex=Form(r"\sigma\left({}\right)"),
            monotone=True,
            real="1 / (1 + exp(-x))",
            never_zero=True,
            taken_for=("tanh",),
            parts=0.5,
        ),
        Function(
            name="relu",
            value=lambda x: np.where(np.real(x) <= 0, 0.0, x),
            derivatives=("step(x)",),  # 0 at 0, as every framework takes it
            monotone=True,
            kinks=("x",),
            taken_for=("tanh",),
            absorbs=("relu",),
        ),
        Function(
            name="hard_sigmoid",
            value=_hard_sigmoid,
            derivatives=("step(x + 3) * step(3 - x) / 6",),  # 0 at both corners, as PyTorch
            monotone=True,
            kinks=("x + 3", "x - 3"),
            taken_for=("sigmoid", "tanh"),
        ),
        Function(
            name="exp",
            value=np.exp,
            derivatives=("out",),
            latex=Form(r"\exp\left({}\right)"),
            monotone=True,
            never_zero=True,
        ),
        Function(
            name="log",
            value=np.log,
            derivatives=("1 / x",),
            latex=Form(r"\ln\left({}\right)"),
            monotone=True,
            domain=Domain(0.0, closed=False),
        ),
        Function(
            name="sqrt",
            value=np.sqrt,
            derivatives=("1 / (2 * out)",),
            unicode=Form("√({})"),
            latex=Form(r"\sqrt{{{}}}"),
            monotone=True,
            domain=Domain(0.0),
        ),
        Function(
            name="abs",
            value=lambda x: np.where(np.real(x) < 0, -x, x) + 0.0,  # + 0.0: never -0
            derivatives=("sign(x)",),  # 0 at 0
            latex=Form(r"\left\lvert {} \right\rvert"),  # a | would end a table's cell
            rounding=lambda x: x[1],
            kinks=("x",),
            absorbs=("abs",),
        ),
        Function(
            name="max",
            value=_larger,
            arity=2,
            # half each where they are equal, as PyTorch's maximum and JAX's
            derivatives=("(1 + sign(x - y)) / 2", "(1 + sign(y - x)) / 2"),
            latex=Form(r"\max\left({}, {}\right)"),
            monotone=True,
            kinks=("x - y",),
        ),
        Function(
            name="min",
            value=lambda x, y: -_larger(-x, -y),
            arity=2,
            derivatives=("(1 + sign(y - x)) / 2", "(1 + sign(x - y)) / 2"),
            latex=Form(r"\min\left({}, {}\right)"),
            monotone=True,
            kinks=("x - y",),
        ),
        Function(
            name="softmax",
            value=_softmax,
            kind=Kind.ALONG,
            derivatives=(),
            jacobian="diag(out) - outer(out, out)",
            latex=Form(r"\operatorname{{softmax}}\left({}\right)"),
            rounding=_softmax_radius,
            never_zero=True,
            entry=_exp_share,
        ),
        Function(
            name="concat",  # its gradients are parts: `head` and `tail`
            value=_joined,
            arity=2,
            kind=Kind.JOIN,
            derivatives=(),
            unicode=Form("[{}; {}]"),
            latex=Form(r"\left[{}; {}\right]"),
            rounding=lambda x, y: np.concatenate([_radii(x), _radii(y)]),
        ),
        Function(
            name="sum",
            value=np.sum,
            kind=Kind.REDUCTION,
            derivatives=("1",),
            unicode=Form("Σ({})"),
            latex=Form(r"\sum {}", Place.BEFORE),
            monotone=True,
            spelled=total,
        ),
        Function(
            name="mean",
            value=np.mean,
            kind=Kind.REDUCTION,
            derivatives=("1 / size(x)",),
            monotone=True,
            spelled=_mean_of,
        ),
        Function(
            name="step",  # 1 above 0, else 0: the slope of relu
            value=lambda x: np.where(np.real(x) > 0, 1.0, 0.0),
            derivatives=("0",),
            derived=True,
            monotone=True,
            kinks=("x",),
            absorbs=("relu", "step", "tanh"),
        ),
        Function(
            name="sign",  # 1 above 0, -1 below, 0 at 0: the slope of abs
            value=lambda x: np.sign(np.real(x)),
            derivatives=("0",),
            derived=True,
            monotone=True,
            kinks=("x",),
            absorbs=("sign", "tanh"),
        ),
        Function(
            name="size",  # how many entries
            value=np.size,
            kind=Kind.REDUCTION,
            derivatives=("0",),
            monotone=True,
            never_zero=True,
            spelled=lambda entries: Number(len(entries)),
            by_shape=True,
        ),
        Function(
            name=LOG,
            value=_log,
            derivatives=(),
            derived=True,
            unicode=Form("log({})"),
            latex=Form(r"\ln\left({}\right)"),
            rounding=_log_radius,
            domain=Domain(0.0),
        ),
        Function(
            name=FIRST,  # the part of a joined list that is the first one's
            value=lambda x, y, axis=0: _cut(x, y, axis, first=True),
            rounding=lambda x, y: _cut(_radii(x), y[0], 0, first=True),
            **_PART,
        ),
        Function(
            name=SECOND,
            value=lambda x, y, axis=0: _cut(x, y, axis, first=False),
            rounding=lambda x, y: _cut(_radii(x), y[0], 0, first=False),
            **_PART,
        ),
        Function(
            name="outer",
            value=_vectors,
            arity=2,
            kind=Kind.OUTER,
            derivatives=(),
            derived=True,
            unicode=Form("{} ⊗ {}", Place.BETWEEN),
            latex=Form(r"{} \otimes {}", Place.BETWEEN),
            rounding=_outer_radius,
        ),
        Function(
            name="diag",  # of a local derivative: what goes entry by entry, as a matrix
            value=_diagonal,
            kind=Kind.DIAGONAL,
            derivatives=(),
            derived=True,
            latex=Form(r"\operatorname{{diag}}\left({}\right)"),
            monotone=True,
        ),
        Function(
            name="fill",
            value=lambda value, like: np.broadcast_to(value, np.shape(like)),
            arity=2,
            kind=Kind.SPREAD,
            derivatives=(),
            derived=True,
            monotone=True,
            by_shape=True,
        ),
        Function(
            name="sum_t",
            value=_not_yet,
            kind=Kind.OVER_TIME,
            derivatives=(),
            derived=True,
            unicode=Form("Σ_t {}", Place.BEFORE),
            latex=Form(r"\sum_{{t}} {}", Place.BEFORE),
            monotone=True,
        ),
        Function(
            name="sum_ts",  # as a sum over time is written in a batch
            value=_not_yet,
            kind=Kind.OVER_TIME,
            derivatives=(),
            derived=True,
            unicode=Form("Σ_ts {}", Place.BEFORE),
            latex=Form(r"\sum_{{t,s}} {}", Place.BEFORE),
            monotone=True,
        ),
        Function(
            name="sum_s",  # over the sequences of a batch, once more in writing alone
            value=_not_yet,
            kind=Kind.OVER_TIME,
            derivatives=(),
            derived=True,
            unicode=Form("Σ_s {}", Place.BEFORE),
            latex=Form(r"\sum_{{s}} {}", Place.BEFORE),
            monotone=True,
        ),
    ]
)


def over_time(inner: Expression) -> Call:
    """Return the sum of a formula over all time steps."""
    return Call("sum_t", (inner,))


def over_all(inner: Expression) -> Call:
    """Return the sum over all time steps and sequences, as it is written in a batch."""
    return Call("sum_ts", (inner,))


def over_sequences(inner: Expression) -> Call:
    """Return the sum over all sequences, as it is written in a batch."""
    return Call("sum_s", (inner,))


def summed_over_time(node: Expression | None) -> Expression | None:
    """Return what is summed, if the formula is a sum over all time steps."""
    if isinstance(node, Call) and FUNCTIONS[node.function].kind is Kind.OVER_TIME:
        return node.arguments[0]
    return None
