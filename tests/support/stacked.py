"""Right gradients as PyTorch has them: `python -m stacked [seeds]` counts who is accused.

PyTorch's own modules, in single and double precision, are handed in as arrays and printed at
4, 6 and 8 digits: no value may be called wrong, and every one must be judged.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from readings import accused
from styles import digits, listed

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.files.document import parse_data
from lstm_tutor.scenario.loading import build
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import compute

Array = NDArray[Any]
Arrays = dict[str, Array]
CASES: dict[str, list[Any]] = {
    "lstm": ["lstm"],
    "gru": ["gru"],
    "rnn": ["rnn"],
    "readout": ["lstm", "linear"],
    "two layers": ["lstm", "lstm"],
    "both directions": [{"page": "lstm", "direction": "both"}],
    "batch": ["lstm"],
}
TYPES = ("float32", "float64")
WRITES = {"npz": 0, "4 digits": 4, "6 digits": 6, "8 digits": 8}
_ORDER = {"lstm": "ifao", "gru": "rzn", "rnn": "h"}
_STEPS, _INPUTS, _HIDDEN, _OUTPUTS = 4, 3, 2, 3


def _page(case: str) -> str:
    first = CASES[case][0]
    return str(first["page"] if isinstance(first, dict) else first)


def _layers(case: str) -> list[tuple[str, str]]:
    """Return what stands before our ids of each layer, and behind PyTorch's names."""
    if case == "two layers":
        return [("l1.", "_l0"), ("l2.", "_l1")]
    if case == "both directions":
        return [("fw.", "_l0"), ("bw.", "_l0_reverse")]
    return [("", "_l0")]


@cache
def tutor(case: str, seed: int) -> Tutor:
    """Return the tutor of a case with random numbers."""
    random = np.random.default_rng(seed)
    width = _OUTPUTS if case == "readout" else _HIDDEN * (1 + (case == "both directions"))
    batch = (3,) if case == "batch" else ()

    def drawn(last: int) -> Any:
        return np.round(random.normal(size=(*batch, _STEPS, last)), 3).tolist()

    weights: dict[str, Any] = {"init": {"scheme": "uniform", "seed": seed}, "hidden": _HIDDEN}
    if case == "readout":
        weights["outputs"] = _OUTPUTS
    data = {"model": CASES[case], "weights": weights, "loss": "half-squared-error"}
    data |= {"inputs": drawn(_INPUTS), "labels": drawn(width)}
    path = Path(f"{case.replace(' ', '-')}-{seed}.yaml")
    return Tutor(compute(build(parse_data(data, path.name, "scenario"), path)))


def _weights(case: str, own: Mapping[str, Array]) -> Arrays:
    """Stack a scenario's parameters as PyTorch does."""
    found: Arrays = {}
    order = _ORDER[_page(case)]
    for before, behind in _layers(case):
        for name, block in (("weight_ih", "W"), ("weight_hh", "U"), ("bias_ih", "b")):
            rows = [own[f"{before}{block}_{gate}"] for gate in order]
            found[f"{name}{behind}"] = np.concatenate(rows)
        none = np.zeros_like(found[f"bias_ih{behind}"])
        if _page(case) == "gru":
            none[-_HIDDEN:] = own[f"{before}bh_n"]
        found[f"bias_hh{behind}"] = none
    if case == "readout":
        found |= {"linear.weight": own["V"], "linear.bias": own["by"]}
    return found


@cache
def arrays(case: str, seed: int, kind: str) -> Arrays:
    """Return what a module has after a backward pass, in PyTorch's names and shapes."""
    scenario = tutor(case, seed).trace.scenario
    page, dtype = _page(case), getattr(torch, kind)
    module: Any = getattr(torch.nn, page.upper())(
        _INPUTS,
        _HIDDEN,
        num_layers=2 if case == "two layers" else 1,
        bidirectional=case == "both directions",
    ).to(dtype)
    readout: Any = torch.nn.Linear(_HIDDEN, _OUTPUTS).to(dtype) if case == "readout" else None
    own = dict(module.named_parameters())
    if readout:
        own |= {f"linear.{name}": one for name, one in readout.named_parameters()}
    with torch.no_grad():
        for name, value in _weights(case, scenario.parameters).items():
            own[name].copy_(torch.tensor(value, dtype=dtype))
    x, y = (
        torch.tensor(np.swapaxes(one, 1, 2) if scenario.batch else one, dtype=dtype)
        for one in (scenario.inputs, scenario.labels)
    )
    output, last = module(x.requires_grad_())
    loss = (((readout(output) if readout else output) - y) ** 2).sum() / 2
    loss.backward()
    states = dict(zip(("h_n", "c_n"), last if page == "lstm" else (last,), strict=False))
    found = {"output": output, **states, "loss": loss, "input.grad": x.grad}
    found |= {f"{name}.grad": one.grad for name, one in own.items()}
    return {name: value.detach().numpy() for name, value in found.items()}


def written(values: Mapping[str, Array], number: int) -> tuple[bytes, str]:
    """Return values as a NumPy archive, or printed at so many digits."""
    if not number:
        buffer = io.BytesIO()
        np.savez(buffer, **values)  # type: ignore[arg-type]
        return buffer.getvalue(), "x.npz"
    lines = (f"{name}: {listed(value, digits(number))}" for name, value in values.items())
    return "\n".join(lines).encode(), "x.txt"


def judged(case: str, seed: int, kind: str, write: str) -> Checked:
    """Return what is said of a module's values in one way of writing."""
    content, name = written(arrays(case, seed, kind), WRITES[write])
    return checked(tutor(case, seed), submission_of(content, name))


def faults(seeds: range, cases: list[str]) -> Iterator[str]:
    """Yield which right values are called wrong, or are not judged."""
    for seed in seeds:
        for case in cases:
            for kind in TYPES:
                for write in WRITES:
                    found = judged(case, seed, kind, write)
                    where = f"{case}, seed {seed}, {kind}, {write}"
                    if accused(found):
                        yield f"{where}: accused {accused(found)[:5]} ({found.precision})"
                    if found.unrecognised or found.ignored:
                        names = [one.entry.name for one in found.unrecognised]
                        yield f"{where}: not judged {names[:5]} {found.ignored[:3]}"


def main() -> None:
    """Count over seeds from 0 on."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    found = 0
    for line in faults(range(count), list(CASES)):
        found += 1
        print(line, flush=True)
    files = count * len(CASES) * len(TYPES) * len(WRITES)
    print(f"{found} faults in {files} right files, seeds 0 to {count - 1}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
