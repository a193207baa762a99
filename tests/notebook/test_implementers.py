"""What docs/implementers.md shows for frameworks and for C, run as it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import invoke

import lstm_tutor as lt

PAGE = (Path(lt.__file__).parent.parent / "docs" / "implementers.md").read_text("utf-8")
SECTION = PAGE[PAGE.index("### From a model to its first wrong value") :]
X = np.random.default_rng(1).normal(size=(4, 2, 3)).astype("float32")


def _block(language: str, number: int = 0) -> str:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)
    return found[number]


def _run(code: str, capsys: pytest.CaptureFixture[str], **names: Any) -> str:
    exec(code, {"lt": lt, "np": np, "x": X, **names})
    return capsys.readouterr().out


def test_a_dialect_of_ones_own(tmp_path: Path) -> None:
    """The character model's arrays, as its program has them, give its loss and gradients."""
    text = re.findall(r"```yaml\n(title: min-char-rnn\n.*?)```", PAGE, re.DOTALL)[0]
    (tmp_path / "chars.yaml").write_text(text, "utf-8")
    random = np.random.default_rng(4)
    shapes = {"Wxh": (3, 4), "Whh": (3, 3), "Why": (4, 3), "bh": (3, 1), "by": (4, 1)}
    own = {name: random.normal(size=shape) for name, shape in shapes.items()}
    hprev = random.normal(size=(3, 1))
    h, loss, dby = hprev, 0.0, np.zeros((4, 1))
    for letter, target in zip("hell", "ello", strict=True):
        x = np.eye(4)[["helo".index(letter)]].T
        h = np.tanh(own["Wxh"] @ x + own["Whh"] @ h + own["bh"])
        p = np.exp(own["Why"] @ h + own["by"])
        p /= p.sum()
        loss -= np.log(p["helo".index(target), 0])
        dby += p - np.eye(4)[["helo".index(target)]].T
    np.savez(tmp_path / "w.npz", hprev=hprev, **own)  # type: ignore[arg-type]
    np.savez(tmp_path / "mine.npz", dby=dby, loss=loss)
    path = tmp_path / "mine.yaml"
    path.write_text(
        "model: [rnn, softmax]\nloss: cross-entropy\n"
        "inputs: {text: hell, vocabulary: helo}\nlabels: {text: ello}\n"
        "weights: {file: w.npz, dialect: chars.yaml}\n",
        "utf-8",
    )
    answer = invoke("check", str(tmp_path / "mine.npz"), "--scenario", str(path))
    assert answer.code == 0, answer.out
    assert "2 values: 2 right" in answer.out


def test_a_module_of_pytorch(capsys: pytest.CaptureFixture[str]) -> None:
    """Its gradients and its outputs are right, where PyTorch is installed."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    module = torch.nn.LSTM(3, 2)
    x = torch.tensor(X)
    mine = module(x)[0].detach().numpy()
    found = _run(_block("python"), capsys, module=module, x=x, g=torch.ones(4, 2, 2), mine=mine)
    assert found.count(" values: ") == 2
    assert " wrong" not in found and "not recognised" not in found


def test_a_layer_of_keras(capsys: pytest.CaptureFixture[str]) -> None:
    """Its gradients and its outputs are right, where Keras and JAX are installed."""
    keras = pytest.importorskip("keras", reason="Keras is not installed")
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    if keras.backend.backend() != "jax":
        pytest.skip("Keras has another backend than JAX")
    layer = keras.layers.LSTM(2, return_sequences=True)
    mine = np.asarray(layer(X))
    others = [v.value for v in layer.non_trainable_variables]
    gradients = jax.grad(lambda own: layer.stateless_call(own, others, X)[0].sum())(
        [v.value for v in layer.trainable_variables]
    )
    names = {"layer": layer, "g": np.ones((4, 2, 2)), "gradients": gradients, "mine": mine}
    found = _run(_block("python", 1), capsys, **names)
    assert found.count(" values: ") == 2
    assert " wrong" not in found and "not recognised" not in found


@pytest.mark.long
def test_a_model_of_onnx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its outputs are right, where ONNX and its runtime are installed."""
    onnx = pytest.importorskip("onnx", reason="ONNX is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    helper, random = onnx.helper, np.random.default_rng(2)
    shapes = {"W": (1, 6, 3), "R": (1, 6, 2), "B": (1, 12)}
    kept = [
        onnx.numpy_helper.from_array(random.normal(size=shape).astype("float32"), name)
        for name, shape in shapes.items()
    ]
    node = helper.make_node("GRU", ["X", "W", "R", "B"], ["Y"], hidden_size=2)
    kind = onnx.TensorProto.FLOAT
    given = [helper.make_tensor_value_info("X", kind, X.shape)]
    output = [helper.make_tensor_value_info("Y", kind, None)]
    graph = helper.make_graph([node], "cell", given, output, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
    model.ir_version = 8
    monkeypatch.chdir(tmp_path)
    onnx.save(model, "model.onnx")
    code = _block("python", 2)
    lines = re.findall(r"# (\w+: .*)", code)
    Path("model.yaml").write_text("\n".join(["cell: gru-reset-before", *lines]), "utf-8")
    session = runtime.InferenceSession("model.onnx")
    found = _run(code, capsys, session=session)
    assert "read as ONNX's" in found
    assert " wrong" not in found and "not recognised" not in found


PROGRAM = """
#include <math.h>
#include <stdio.h>
{show}
static float s(float z) {{ return 1 / (1 + expf(-z)); }}
int main(void) {{
    const float x[2] = {{{x}}};
    const float w[4][2] = {{{w}}}, u[4] = {{{u}}}, b[4] = {{{b}}};
    float h = 0, c = 0;
    for (int t = 0; t < 2; t++) {{
        const float in[2] = {{t ? x2[0] : x[0], t ? x2[1] : x[1]}};
        float z[4];
        for (int g = 0; g < 4; g++) z[g] = w[g][0] * in[0] + w[g][1] * in[1] + u[g] * h + b[g];
        float a = tanhf(z[0]), i = s(z[1]), f = s(z[2]), o = s(z[3]);
        c = a * i + {carry};
        h = tanhf(c) * o;
        show("a", t, &a, 1); show("i", t, &i, 1); show("f", t, &f, 1); show("o", t, &o, 1);
        show("C", t, &c, 1); show("h", t, &h, 1);
    }}
    return 0;
}}
"""


@pytest.mark.long
@pytest.mark.parametrize(("carry", "wrong"), [("f * c", ""), ("i * c", "C@1")])
def test_a_program_in_c(carry: str, wrong: str, tmp_path: Path) -> None:
    """What it prints is read as it is; a wrong line of it is named."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        pytest.skip("there is no C compiler")
    scenario = lt.compute("gomez").scenario
    rows, own = scenario.inputs, scenario.parameters

    def listed(values: Any) -> str:
        return ", ".join(map(repr, np.ravel(values).tolist()))

    matrix = ", ".join(f"{{{listed(own[f'W_{gate}'])}}}" for gate in "aifo")
    text = PROGRAM.format(
        show=_block("c"),
        x=listed(rows[0]),
        w=matrix,
        u=listed([own[f"U_{gate}"] for gate in "aifo"]),
        b=listed([own[f"b_{gate}"] for gate in "aifo"]),
        carry=carry,
    ).replace("float h = 0", f"const float x2[2] = {{{listed(rows[1])}}};\n    float h = 0")
    (tmp_path / "lstm.c").write_text(text, "utf-8")
    command = [compiler, str(tmp_path / "lstm.c"), "-lm", "-o", str(tmp_path / "lstm")]
    subprocess.run(command, check=True, timeout=60)
    printed = subprocess.run([tmp_path / "lstm"], capture_output=True, check=True, timeout=20)
    answer = invoke("check", "-", "--scenario", "gomez", lines=printed.stdout)
    assert answer.code == bool(wrong), answer.out
    assert "not recognised" not in answer.out
    assert (f"\n{wrong} (yours:" in answer.out) is bool(wrong)
    assert ("i[1] stands where f[1] belongs" in answer.out) is bool(wrong)
