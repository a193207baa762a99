"""The tutor from Python and from a notebook."""

from __future__ import annotations

import doctest
import gc
import pickle
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from cProfile import Profile
from decimal import Decimal
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from mypy import api
from nbclient import NotebookClient
from typer.testing import CliRunner

import lstm_tutor as lt
from lstm_tutor.cli import app
from lstm_tutor.notebook import magic

PACKAGE = Path(lt.__file__).parent
_MODULES = sorted(path.stem for path in (PACKAGE / "notebook").glob("[a-z]*.py"))
_POSIX = ("termios", "tty", "fcntl", "readline", "resource", "pty", "curses")


def _python(code: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return found.stdout


def test_importing_the_package_loads_nothing_else() -> None:
    """`import lstm_tutor` is quick since NumPy and the rooms come when they are asked for."""
    code = "import sys, lstm_tutor; print('numpy' in sys.modules, 'rich' in sys.modules)"
    assert _python(code) == "False False\n"


@pytest.mark.long
def test_no_module_needs_posix_to_be_imported() -> None:
    """Every module is imported where termios, fcntl and the like are not to be had."""
    code = f"""
import sys, pkgutil, importlib
for name in {_POSIX!r}:
    sys.modules[name] = None
import lstm_tutor
for item in pkgutil.walk_packages(lstm_tutor.__path__, "lstm_tutor."):
    importlib.import_module(item.name)
"""
    assert _python(code) == ""


@pytest.mark.parametrize("name", ["", *_MODULES])
def test_the_examples_of_the_documentation_are_true(name: str) -> None:
    """Every docstring's example prints what it says."""
    module = import_module(f"lstm_tutor.notebook.{name}") if name else lt
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert failed == 0


@pytest.mark.long
def test_the_page_on_python_is_true() -> None:
    """Its examples print what they show; what is offered is made from the docstrings."""
    failed, tried = doctest.testfile(
        str(PACKAGE.parent / "docs" / "python.md"), False, optionflags=doctest.ELLIPSIS
    )
    assert (failed, tried > 3) == (0, True)


def test_everything_offered_is_there_and_a_room_does_not_hide_it() -> None:
    """`lt.check` stays the function, also after the room of that name was imported."""
    for name in ("check", "export", "audit", "worksheet"):
        import_module(f"lstm_tutor.{name}")
    assert all(getattr(lt, name) is not None for name in lt.__all__)
    assert callable(lt.check)
    assert callable(lt.export)
    assert set(lt.__all__) <= set(dir(lt))
    with pytest.raises(AttributeError):
        _ = lt.nothing  # type: ignore[attr-defined]


def test_a_step_has_value_formula_numbers_and_reason() -> None:
    """What the terminal shows of a step is there as attributes; its array is read-only."""
    step = lt.compute("gomez")["dC@0"]
    assert step.value.shape == (1,)
    assert step.formula.startswith("δC[0] = δout[0] ⊙ o[0]")
    assert "0.0180381" in step.substituted
    assert "because C[1]" in step.why()
    assert step.latex.startswith(r"\delta C_{0} = ")
    assert np.round(step, 4) == -0.0535
    with pytest.raises(ValueError, match="read-only"):
        step.value[0] = 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("δC[0]", "dC@0"),
        ("dC0", "dC@0"),
        ("∂L/∂c[1]", "dC@1"),
        ("weight_ih_l0.grad", "dW"),
        ("recurrent_kernel", "U"),
        ("da_prev", "deltaOut@-1"),
        ("Forward", ""),
        ("dQ[0]", ""),
    ],
)
def test_any_name_that_is_understood_is_a_key(name: str, id_: str) -> None:
    """Of every notation, framework and course; another is a KeyError."""
    trace = lt.compute("two-units")
    if id_:
        assert trace[name].id == id_
    else:
        with pytest.raises(KeyError, match="there is no step"):
            _ = trace[name]


def test_a_scenario_made_of_arrays_can_be_kept_and_sent(tmp_path: Path) -> None:
    """Its YAML is a file that computes the same, whatever it was made of."""
    random = np.random.default_rng(5)
    weights = {"Wx": random.normal(size=(3, 8)), "Wh": random.normal(size=(2, 8))}
    made = lt.scenario(
        cell="lstm",
        inputs=random.normal(size=(2, 4, 3)),
        labels=random.normal(size=(2, 4, 2)),
        weights={**weights, "b": np.zeros(8)},
    )
    path = tmp_path / "kept.yaml"
    path.write_text(made.to_yaml(), "utf-8")
    assert lt.compute(str(path)).loss == lt.compute(made).loss


def test_arrays_of_a_dialect_are_written_and_are_right(tmp_path: Path) -> None:
    """As `export --dialect` writes them; a dialect without the page is one exception."""
    trace = lt.compute("two-units")
    lt.export(trace, tmp_path / "x.safetensors", dialect="onnx")
    assert lt.check(trace, tmp_path / "x.safetensors")
    for ending, dialect in ((".npz", "gomez"), (".json", "onnx"), (".npz", "nobody")):
        with pytest.raises(lt.TutorError):
            lt.export(trace, tmp_path / f"x{ending}", dialect=dialect)


def test_an_unknown_name_is_a_key_error_that_suggests() -> None:
    """A name that no step has is answered with one that exists."""
    with pytest.raises(KeyError, match="did you mean"):
        lt.compute("gomez")["dCC@0"]


@pytest.mark.parametrize("key", ["dQ@0", "dC@9", 500, -500, 1.5, None, slice(2), ("dC", 0)])
def test_a_key_that_no_step_has_is_one_exception(key: Any) -> None:
    """A TutorError, a KeyError and an IndexError at once, and its message has no quotes."""
    trace = lt.compute("gomez")
    for kind in (lt.TutorError, KeyError, IndexError):
        with pytest.raises(kind, match=r"^(there is no step|a step is asked for)"):
            trace[key]
    assert trace[np.int64(3)].id == trace[3].id


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: lt.compute("gomez", digits=0),
        lambda: lt.compute("gomez", digits=True and 18),
        lambda: lt.compute("gomez", notation=None),  # type: ignore[arg-type]
        lambda: lt.check("gomez", {"dC0": 1}),  # type: ignore[arg-type]
        lambda: lt.check(lt.compute("gomez"), {"dC0": 1}, 3),  # type: ignore[arg-type]
        lambda: lt.audit("gomez"),  # type: ignore[arg-type]
        lambda: lt.gradcheck("gomez"),  # type: ignore[arg-type]
        lambda: lt.worksheet(lt.compute("gomez"), [3]),  # type: ignore[list-item]
        lambda: lt.train(lt.compute("gomez"), 1.5),  # type: ignore[arg-type]
        lambda: lt.export(lt.compute("gomez"), None),  # type: ignore[arg-type]
        lambda: lt.export("gomez", "x.json"),  # type: ignore[arg-type]
        lambda: lt.compute("gomez").plot(3),  # type: ignore[arg-type]
        lambda: lt.scenario(model=[object()], inputs=[[1]], weights={"init": {}}),
        lambda: lt.compute("nothing"),
        lambda: lt.scenario(cell="lstm", inputs=[[1]], weights={"init": {"scheme": "no"}}),
        lambda: lt.scenario(inputs=[[1]], weights={"kernel": np.ones((2, 2))}),
        lambda: lt.check(lt.compute("gomez"), "nothing.npz"),
        lambda: lt.export(lt.compute("gomez"), "x.docx"),
        lambda: lt.compute("gomez").plot("flow"),
        lambda: lt.compute("gomez").plot("loss", epochs=0),
        lambda: lt.train(lt.compute("gomez"), -1),
        lambda: lt.compute("gomez", notation="nobody"),
        lambda: lt.worksheet(lt.compute("gomez"), ["dQ"]),
    ],
)
def test_every_failure_is_one_exception(wrong: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A TutorError with the command line's message; nothing is printed, nothing exits."""
    with pytest.raises(lt.TutorError):
        wrong()
    assert capsys.readouterr() == ("", "")


@pytest.mark.long
def test_numbers_are_judged_at_the_digits_that_they_show() -> None:
    """A Python number counts at its digits, an array of a type to its last bits."""
    trace = lt.compute("gomez")
    right = float(trace["dC@0"].value[0])
    assert lt.check(trace, {"dC@0": round(right, 4)})
    assert lt.check(trace, {"dC@0": trace["dC@0"].value})
    assert lt.check(trace, {"dC@0": np.float32(trace["dC@0"].value)})
    assert not lt.check(trace, {"dC@0": np.array([right * 1.001])})
    nested = {"states": {"C": [0.786, 1.518]}, "text": "no number", "flag": True}
    assert lt.check(trace, nested)


@pytest.mark.long
def test_a_report_names_the_mistake_and_require_raises() -> None:
    """It is false, has the id, the sentence and the JSON, and raises with the whole text."""
    report = lt.check(lt.compute("gomez"), {"dC0": -0.05217892})
    assert not report
    assert report.wrong == ["dC@0"]
    assert report.diagnoses == ["f[0] stands where f[1] belongs: the time step is off."]
    assert report.to_dict()["first_wrong"] == "dC@0"
    with pytest.raises(AssertionError, match="you seem to have worked"):
        report.require()


@pytest.mark.parametrize(
    ("numbers", "right", "said"),
    [
        ({}, False, "0 values"),
        ({"dCC0": -0.0534837}, True, "recognised by its value"),
        ({"dCC0": 3.0}, False, "dCC0: not recognised"),
        ({"h0": 0.536313, "dC0": [1.0, 2.0]}, True, "it has 2 entries"),
        ({"h0": 0.536313, "dC0": None}, True, "it is None"),
        ({"h0": 0.536313, "dC0": []}, True, "it is empty"),
        ({"h0": 0.536313, "dC0": 1j}, True, "it has the type complex"),
        ({"W_a": [0.45, 0.25]}, True, "Nothing of it is computed"),
    ],
)
def test_what_is_required_was_judged(numbers: Any, right: bool, said: str) -> None:
    """A report is true as `check` exits with 0; a test with `require` cannot pass by a name
    that is not recognised, by a shape that does not fit, nor by what is given alone.
    """
    report = lt.check(lt.compute("gomez"), numbers)
    assert bool(report) is right
    if "by its value" in said:
        report.require()
        return
    with pytest.raises(AssertionError, match=said):
        report.require()


@pytest.mark.parametrize(
    "numbers",
    [
        {"C": [None, 1.5176]},
        {"C": {0: 0.785726, 1: 1.51763}},
        {("C", 0): 0.785726, ("C", 1): 1.51763},
        {"C0": "0.785726", "C1": "1.51763", "title": "no number", "done": True},
        {"grads": {"C": [np.array([0.785726]), 1.51763]}},
        {"C0": Decimal("0.785726")},
    ],
)
def test_variables_are_read_in_the_ways_that_programs_hold_them(numbers: Any) -> None:
    """What is missing in a list is left out; texts and other numbers count at their digits."""
    report = lt.check(lt.compute("gomez"), numbers)
    report.require()
    assert "C" in report.to_dict()["values"][0]["id"]


class Table:
    """A table of columns, as pandas has."""

    def __init__(self, **columns: Any) -> None:
        self._columns = columns

    def items(self) -> Any:
        return self._columns.items()


def test_a_table_is_read_by_its_columns() -> None:
    """It need be no mapping: a DataFrame is none; its rows are time steps."""
    table = Table(C=Table(**{"0": 0.785726, "1": 1.51763}), dC=[-0.0534837, -0.0711077])
    report = lt.check(lt.compute("gomez"), table)
    report.require()
    assert len(report.to_dict()["values"]) == 4


def test_a_worksheet_is_the_command_lines() -> None:
    """Without words it asks for the backward pass, with its digits; it shows itself short."""
    ours = lt.worksheet(lt.compute("gomez", digits=4))
    found = CliRunner().invoke(app(("worksheet",)), ["worksheet", "gomez"])
    assert ours == found.output
    assert ours == lt.worksheet(lt.compute("gomez", digits=4), "backward")
    assert "Worksheet of" in repr(ours)


@cache
def _trace() -> lt.Trace:
    return lt.compute("two-units")


def _checked(number: int) -> bool:
    """Judge a submission of a class, in which a few have a mistake."""
    numbers = {f"C@{t}": _trace()[f"C@{t}"].value for t in range(2)}
    numbers |= {"dW_a": _trace()["dW_a"].value * (2 if number % 97 == 9 else 1)}
    return bool(lt.check(_trace(), numbers))


@pytest.mark.long
def test_traces_and_reports_travel_between_processes() -> None:
    """They can be pickled, and submissions are checked in a pool."""
    trace = lt.compute("two-layers")
    again = pickle.loads(pickle.dumps(trace))
    assert repr(again) == repr(trace)
    report = lt.check(trace, {"L": trace.loss})
    assert pickle.loads(pickle.dumps(report)).text == report.text
    assert pickle.loads(pickle.dumps(lt)) is lt
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(_checked, range(30), chunksize=15))
    assert [number for number, right in enumerate(found) if not right] == [9]


@pytest.mark.slow
def test_a_thousand_submissions_are_checked_in_a_pool() -> None:
    """Each is judged by itself, whichever process takes it."""
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(_checked, range(1000), chunksize=50))
    assert [n for n, right in enumerate(found) if not right] == list(range(9, 1000, 97))


def test_a_right_submission_asks_for_no_other_reading() -> None:
    """What fits as it is read first is not read in every other way: a class is quick."""
    trace = _trace()
    numbers = {step.id: step.value for step in trace if step.id.startswith(("h@", "C@", "dW"))}
    lt.check(trace, numbers)
    profile = Profile()
    profile.runcall(lt.check, trace, numbers)
    calls = sum(entry.callcount for entry in profile.getstats())
    assert calls < 40_000  # all readings of it take ten times as many


@pytest.mark.long
def test_a_right_submission_leaves_nothing_to_a_search_for_garbage() -> None:
    """What is in a circle waits for one, and one of everything takes longer than a check."""
    trace = _trace()
    numbers = {step.id: step.value for step in trace if step.id.startswith(("h@", "dC", "dW"))}
    lt.check(trace, numbers)
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            lt.check(trace, numbers)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_nothing_shows_more_than_a_screenful() -> None:
    """Of a thousand time steps and 64 units each object shows at most 2,000 characters."""
    random = np.random.default_rng(1)
    trace = lt.compute(
        lt.scenario(
            cell="lstm",
            inputs=random.normal(size=(300, 8)),
            labels=random.normal(size=(300, 64)),
            weights={"init": {"scheme": "uniform", "low": -0.2, "high": 0.2}, "hidden": 64},
            title="<script>alert(1)</script>",
        )
    )
    report = lt.check(trace, {f"h@{t}": trace[f"h@{t}"].value for t in range(0, 300, 7)})
    steps = [trace["h@3"], trace["dW_a"], trace["W"], trace["dC@17"]]
    inner: tuple[object, ...] = (trace.inner, trace.inner.program, trace.scenario)
    inner += (trace.scenario.cell, trace.inner.find("dW_a"), trace.inner.program.derivation)
    wrong = lt.check(trace, {"h@3": trace["h@3"].value + 1, "<script>": np.ones(3)})
    small = lt.compute("gomez")
    others = (lt.gradcheck(small), lt.audit(small), lt.worksheet(small), lt.train(small, 500))
    for shown in (trace, report, wrong, *inner, trace.scenario.layers, *steps, *others):
        assert "\n" not in repr(shown)
        for method in ("__repr__", "_repr_html_", "_repr_markdown_"):
            if hasattr(shown, method):
                text = getattr(shown, method)()
                assert len(text) <= 2000, (shown, method)
                assert "<script>" not in text
    assert bool(report)


@pytest.mark.parametrize("what", ["gates", "gradient flow", "loss"])
@pytest.mark.parametrize("name", ["gomez", "two-layers", "both-directions", "batch-of-two"])
def test_a_picture_is_an_svg_with_a_text_alternative(
    what: str, name: str, tmp_path: Path
) -> None:
    """It can be read as XML, has a title and a description, stands on paper of its own, dark
    pages or not, and is written by `export`.
    """
    picture = lt.compute(name).plot(what, epochs=5)
    root = ElementTree.fromstring(picture.svg)
    texts = {child.tag.rpartition("}")[2]: child.text for child in root}
    assert texts["title"]
    assert texts["desc"]
    paper = next(child for child in root if child.tag.endswith("rect"))
    assert (paper.get("width"), paper.get("height"), paper.get("fill")) == (
        "100%",
        "100%",
        "#fff",
    )
    lt.export(picture, tmp_path / "p.svg")
    assert (tmp_path / "p.svg").read_text("utf-8") == picture.svg


def _long(steps: int) -> lt.Trace:
    """Compute an LSTM of two units over so many time steps, each with a label."""
    random = np.random.default_rng(4)
    return lt.compute(
        lt.scenario(
            cell="lstm",
            inputs=random.normal(size=(steps, 1)),
            labels=random.normal(size=(steps, 2)),
            weights={
                "W": {gate: random.normal(size=(2, 1)) for gate in "aifo"},
                "U": {gate: random.normal(size=(2, 2)) for gate in "aifo"},
                "b": {gate: random.normal(size=2) for gate in "aifo"},
            },
        )
    )


def test_long_lines_have_a_strip_each_and_are_not_told_apart_by_dashes() -> None:
    """Dashes of a thousand corners look alike; a strip has its line's name beside it."""
    root = ElementTree.fromstring(_long(100).plot("gates").svg)
    lines = [child for child in root if child.tag.endswith("polyline")]
    assert len(lines) == 8
    assert not any(line.get("stroke-dasharray") for line in lines)
    corners = [str(line.get("points")).split() for line in lines]
    heights = [[float(one.partition(",")[2]) for one in line] for line in corners]
    assert all(max(above) < min(below) for above, below in pairwise(heights))


def test_a_flow_over_many_time_steps_shows_the_last_loss_and_counts_in_time_steps() -> None:
    """What reaches back from the last loss is what a long flow is looked at for."""
    picture = _long(100).plot("gradient flow")
    texts = [str(child.text) for child in ElementTree.fromstring(picture.svg)]
    assert "the loss of t = 99" in picture.svg
    assert "time step that is reached, one of every 3" in texts
    assert "90" in texts


def test_a_cell_without_gates_has_its_states_drawn_and_called_so() -> None:
    """The plain network of Elman has no gate."""
    assert "States over time" in lt.compute("rnn-two-units").plot("gates").svg


class LSTM:
    """What a framework's module offers: its class's name, sizes and named parameters."""

    num_layers = 2
    bidirectional = False

    def named_parameters(self) -> list[tuple[str, Any]]:
        random = np.random.default_rng(2)
        return [
            (name, random.normal(size=shape).astype("float32"))
            for layer, inputs in ((0, 3), (1, 2))
            for name, shape in (
                (f"weight_ih_l{layer}", (8, inputs)),
                (f"weight_hh_l{layer}", (8, 2)),
                (f"bias_ih_l{layer}", (8,)),
                (f"bias_hh_l{layer}", (8,)),
            )
        ]


def test_a_module_is_a_scenario_by_its_names_and_shapes() -> None:
    """Pages, layers and weights are taken from what a module offers; none is imported."""
    module = LSTM()
    given = lt.scenario(weights=module, inputs=np.ones((4, 3)))
    assert [layer.cell.name for layer in given.layers] == ["lstm", "lstm"]
    arrays = dict(module.named_parameters())
    both = arrays["bias_ih_l1"].astype(float) + arrays["bias_hh_l1"]
    np.testing.assert_allclose(given.parameters["l2.b_i"], both[:2])
    by_dict = lt.scenario(weights=arrays, inputs=np.ones((4, 3)))
    np.testing.assert_array_equal(by_dict.parameters["l1.W_a"], given.parameters["l1.W_a"])
    lt.compute(given)


@pytest.mark.slow
def test_the_notebook_of_the_first_example_runs(tmp_path: Path) -> None:
    """It works the example, is told its planted mistake, and shows pictures."""
    path = PACKAGE.parent / "docs" / "first-example.ipynb"
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [
        output.get("data", {})
        for cell in book.cells
        for output in cell.get("outputs", ())
        if output.output_type == "execute_result"
    ]
    texts = [data["text/plain"] for data in shown]
    assert "6 values: 6 right" in texts[3]
    assert "f[0] stands where f[1] belongs" in texts[4]
    assert "f[0] stands where f[1] belongs" in shown[4]["text/html"]
    assert sum("image/svg+xml" in data for data in shown) == 3


@pytest.mark.slow
def test_the_homework_notebook_marks_a_right_and_a_wrong_answer() -> None:
    """Its cells with points pass with the solution; without a factor only the one that asks
    for it fails, with the mistake in words, and what follows from it counts as right.
    """
    path = PACKAGE.parent / "docs" / "homework.ipynb"
    book = nbformat.read(path, as_version=4)
    marked = {"dc = dout * o": ["state"], "da = dc * i": ["candidate"], "": []}
    for kept, failing in marked.items():
        names: dict[str, Any] = {}
        failed = []
        for cell in (one for one in book.cells if one.cell_type == "code"):
            wrong = "\n".join(
                line.partition(" * (1 -")[0] if kept and line.startswith(kept) else line
                for line in cell.source.split("\n")
            )
            try:
                exec(wrong, names)
            except AssertionError as error:
                failed.append(cell.id)
                assert "derivative" in str(error)
        assert failed == failing, kept


class _Shell:
    """What IPython's shell offers to an extension."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.magics: dict[str, Any] = {}

    def register_magic_function(self, function: Any, kind: str, name: str) -> None:
        self.magics[name] = function

    def run_cell(self, cell: str) -> Any:
        exec(cell, self.user_ns)
        return type("Result", (), {"success": True})()


@pytest.mark.long
def test_the_magics_check_a_cells_variables_and_run_a_command() -> None:
    """`%%check` judges what a cell assigned, and `%lstm_tutor` shows what a command says."""
    shell = _Shell()
    lt.load_ipython_extension(shell)
    shell.user_ns["old"] = 3.0
    report = shell.magics["check"]("gomez", "dC0 = -0.05217892\nname = 'x'\n")
    assert report.wrong == ["dC@0"]
    assert "gradient at the cell state" in repr(shell.magics["lstm_tutor"]("why dC@0"))
    with pytest.raises(lt.TutorError, match="no numbers"):
        magic.check_variables("gomez", {"a": "b"}, {})


USER = """
import numpy as np

import lstm_tutor as lt

trace: lt.Trace = lt.compute("two-units", digits=5)
value: float = float(trace["L"].value)
report: lt.Report = lt.check(trace, {"h@0": np.zeros(2)})
wrong: list[str] = report.wrong
losses: list[float] = lt.train(trace, 3)
picture: lt.Picture = trace.plot("loss", epochs=2)
sheet: str = lt.worksheet(trace, ["dC"], key=True)
"""


@pytest.mark.slow
def test_the_types_are_those_that_a_users_file_is_checked_with(tmp_path: Path) -> None:
    """What is offered passes mypy --strict as it is documented; another type does not."""
    (tmp_path / "user.py").write_text(USER, "utf-8")
    (tmp_path / "wrong.py").write_text(f"{USER}number: int = trace.loss\n", "utf-8")
    names = [str(tmp_path / "user.py"), str(tmp_path / "wrong.py")]
    output, _, _ = api.run(["--strict", *names])
    # by their names: of an unchanged file mypy repeats what it said, with the path it had then
    own = re.compile(r"\b(user|wrong)\.py:\d+: error")
    lines = [line for line in output.splitlines() if own.search(line)]
    assert len(lines) == 1
    assert "wrong.py" in lines[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("why dC@0", "δC[0] = δout[0] ⊙ o[0]"),
        ("nothing", "No such command 'nothing'"),
        ("--help", "Usage:"),
        ("why nothing", "there is no step 'nothing'"),
    ],
)
def test_a_command_in_a_notebook_prints_as_a_page_does(line: str, said: str) -> None:
    """With its symbols, and what is wrong as on a terminal."""
    assert said in magic._output(line.split())


def test_an_error_in_a_notebook_is_its_message() -> None:
    """IPython asks an exception how it is shown; the tutor's own lines help nobody."""
    with pytest.raises(lt.TutorError) as error:
        lt.compute("nothing")
    (shown,) = error.value._render_traceback_()
    assert shown.startswith("TutorError: nothing: there is neither")
