"""README and docs say what the product does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from documents import ROOT, answer, documents, refreshed

README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_console_blocks_show_what_the_commands_print(path: Path) -> None:
    """Refresh them with `python -m documents` in the folder tests."""
    text = path.read_text("utf-8")
    assert refreshed(text) == text


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
    from lstm_tutor.scenario.scenario import load
    from lstm_tutor.trace.trace import compute

    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    assert compute(load(str(path))).loss_after < compute(load(str(path))).loss_before


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link names a file of the repository."""
    for target in re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_the_set_up_commands_are_one_line_each() -> None:
    """One installs and runs the main job, one installs and passes the tests."""
    run, test = re.findall(r"```sh\n(.*)\n```", README)
    assert run.endswith("lstm-tutor run")
    assert test.endswith("pytest")
