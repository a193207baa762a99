"""README and docs say what the product does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command import shown
from documents import ROOT, answer, documents, refreshed
from typer.main import get_command

from lstm_tutor.cli import COMMANDS, app

README = (ROOT / "README.md").read_text("utf-8")
REFERENCE = (ROOT / "docs" / "commands.md").read_text("utf-8")


@pytest.mark.long
@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_console_blocks_show_what_the_commands_print(path: Path) -> None:
    """Refresh them with `python -m documents` in tests/support."""
    text = path.read_text("utf-8")
    assert refreshed(text) == text


@pytest.mark.long
def test_every_command_of_the_readme_runs(tmp_path: Path) -> None:
    """The table of commands can be copied line by line, with a file of one's own numbers;
    console blocks run some of them.
    """
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    (tmp_path / "numbers.txt").write_text("C[0] = 0.785726\ndC[0] = -0.0534837\n", "utf-8")
    commands = re.findall(r"^\| `(lstm-tutor [^`]+)` \|", README, re.M)
    assert len(commands) > 10
    compared = "".join(path.read_text("utf-8") for path in documents())
    for command in (one for one in commands if f"\n$ {one}\n" not in compared):
        _, *arguments = shlex.split(command)
        done = answer(arguments, tmp_path)
        assert done.code == 0, (command, done.err)


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", README, re.S))
def test_the_scenario_of_the_readme_is_good(text: str, tmp_path: Path) -> None:
    """The example of an own scenario can be copied as it is."""
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.trace.trace import compute

    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    trace = compute(load(str(path)))
    assert trace.loss_before is not None and trace.loss_after is not None
    assert trace.loss_after < trace.loss_before


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link names a file of the repository."""
    for target in re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("name", ["architecture", "CONTRIBUTING"])
def test_files_that_are_named_are_there(name: str) -> None:
    """From the top of the repository or package, or among the executor's or the tests."""
    text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    package = ROOT / "lstm_tutor"
    folders = [ROOT, package, package / "execution", ROOT / "tests"]
    file = r"`(?!\.venv|ruamel)([\w.]+/[\w./]*|\w+\.(?:py|yaml|md|txt|toml))`"
    named = re.findall(file, text)
    assert len(named) > 5
    for path in named:
        assert any((folder / path).exists() for folder in folders), path


def test_the_set_up_commands_are_one_line_each() -> None:
    """One installs and runs the main job, one installs and passes the tests."""
    run, test = re.findall(r"```sh\n(.*)\n```", README)
    assert run.endswith("lstm-tutor run")
    assert test.endswith("pytest")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    """README's table has it, its help an example, and docs/commands.md its help."""
    assert re.search(rf"^\| `lstm-tutor {name}\b", README, re.M)
    assert COMMANDS[name] in " ".join(shown(name, "--help").split())
    assert f"$ lstm-tutor {name} --help\n" in REFERENCE


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    """Each has a sentence in the help, which docs/commands.md shows."""
    shown_there = REFERENCE.partition(f"$ lstm-tutor {name} --help\n")[2].partition("```")[0]
    command = get_command(app((name,)))
    for parameter in getattr(command, "commands", {name: command})[name].params:
        words = str(getattr(parameter, "help", "") or "")
        assert words.endswith((".", "?", "]")), parameter.name
        assert " ".join(words.split())[:20] in " ".join(shown_there.split())
        for option in parameter.opts if parameter.param_type_name == "option" else ():
            assert re.search(rf"^  (-\w, )?{option}\b", shown_there, re.M), option


@pytest.mark.parametrize("width", ["60", "80"])
def test_the_list_of_commands_is_not_cut(width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What each does fits beside its name."""
    monkeypatch.setenv("COLUMNS", width)
    rows = shown("--help").partition("Commands:\n")[2].splitlines()[: len(COMMANDS)]
    assert [row.split()[0] for row in rows] == list(COMMANDS)
    assert all(row.endswith(".") and "..." not in row for row in rows)
