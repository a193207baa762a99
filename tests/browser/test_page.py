"""Pages for a browser: whole, right, harmless, and read back by the other commands."""

from __future__ import annotations

import json
import re
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from command import invoke

from lstm_tutor.browser.page import page
from lstm_tutor.check.source import source_of
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import notation
from lstm_tutor.export.verification import verify
from lstm_tutor.files.document import parse
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.embedded import PAGE_CLOSING, PAGE_END, PAGE_OPENING
from lstm_tutor.scenario.loading import build, load
from lstm_tutor.scenario.plain import scenario_hash, scenario_yaml
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import Trace, compute

PATH = Path("page.html")
HOSTILE = "</pre></script><script>alert(1)</script><img src=x onerror=alert(1)>&lt;`'\"]]>-->"


@cache
def _trace(name: str) -> Trace:
    return compute(load(name))


def written(trace: Trace, name: str = "gomez", *, whole: bool = True) -> str:
    """Return a page, or what of it is to be read, without what it only computes with."""
    found = ""
    for piece in page(trace, range(len(trace)), View(notation(name, trace.scenario.cell))):
        found += piece
        if PAGE_END in piece and not whole:
            break
    return found


class _Outline(HTMLParser):
    """What elements a page has, and whether they are closed in order."""

    VOID = frozenset({"meta", "input", "br", "link", "rect", "path", "circle"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _outline(text: str) -> _Outline:
    outline = _Outline()
    outline.feed(text)
    outline.close()
    assert outline.open == []
    return outline


@pytest.mark.heavy
@pytest.mark.parametrize("name", bundled())
def test_a_page_verifies_and_its_values_are_read_as_right(name: str) -> None:
    """Computed anew, all its numbers are right, and `check` reads all steps but blocks."""
    trace = _trace(name)
    text = written(trace, whole=False)
    assert verify(text, PATH).differences == ()
    found = source_of(text.encode(), str(PATH), None)
    assert found.right
    assert scenario_hash(found.trace.scenario) == scenario_hash(trace.scenario)
    rows = sum(bool(step.rows) for step in trace)
    assert len(submission_of(text.encode(), str(PATH)).entries) >= len(trace) - rows


@pytest.mark.long
@pytest.mark.parametrize("name", ["gomez", "two-layers", "upstream"])
def test_a_page_is_well_formed_and_asks_for_nothing_outside(name: str) -> None:
    """Elements close in order, each fragment leads to a step, and no address is in it."""
    trace = _trace(name)
    text = written(trace)
    outline = _outline(text)
    ids = [found["id"] for _, found in outline.found if "id" in found]
    assert len(ids) == len(set(ids))
    assert {f"/{id_}" for id_ in trace.ids()} <= set(ids)
    links = {str(found["href"]) for tag, found in outline.found if tag == "a"}
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert not re.search(r"https?://(?!www\.w3\.org/)", text)
    assert not [1 for _, found in outline.found if {"src", "style", "onclick"} & found.keys()]


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("name", notations())
def test_a_page_is_written_in_every_notation(name: str) -> None:
    """Its elements close in order, and it verifies."""
    text = written(_trace("one-step"), name)
    _outline(text)
    assert verify(text, PATH).differences == ()


@pytest.mark.long
def test_the_first_page_stays_small() -> None:
    """It goes by mail and loads on a phone."""
    assert len(written(_trace("gomez")).encode()) <= 250_000


@pytest.mark.long
def test_a_changed_digit_is_found() -> None:
    """The step with a number that is not as computed is named."""
    text = written(_trace("gomez"), whole=False)
    (found,) = verify(
        text.replace("<output>-0.0534837<", "<output>-0.0534836<"), PATH
    ).differences
    assert (found.step, "-0.0534836" in found.found) == ("dC@0", True)


def test_the_scenario_comes_back() -> None:
    """What stands in the page is the YAML of the scenario, letter by letter."""
    text = written(_trace("two-layers"), whole=False)
    block = text.partition(f"{PAGE_OPENING}\n")[2].partition(f"\n{PAGE_CLOSING}")[0]
    assert unescape(block).split("\n") == list(scenario_yaml(_trace("two-layers").scenario))


def hostile() -> Trace:
    """Return a computation whose texts are markup and script."""
    lines = "\n".join(scenario_yaml(_trace("one-step").scenario))
    own = "\n".join(f"{key}: {json.dumps(HOSTILE)}" for key in ("title", "source", "about"))
    lines = own + "\n" + re.sub(r"^(title|source|about): .*\n", "", lines, flags=re.M)
    return compute(build(parse(lines, "own.yaml", "scenario"), Path("own.yaml")))


@pytest.mark.long
def test_texts_of_a_scenario_mean_nothing_to_a_browser() -> None:
    """Whatever a title, a source or an about says stays text."""
    text = written(hostile())
    calm = _outline(written(_trace("one-step")))
    tags = [tag for tag, _ in _outline(text).found if tag in ("script", "img")]
    assert tags == [tag for tag, _ in calm.found if tag in ("script", "img")]
    assert verify(text, PATH).differences == ()


@pytest.mark.long
def test_a_page_is_exported_by_its_suffix(tmp_path: Path) -> None:
    """`export -o x.html` writes it, and `verify` says that it is right."""
    target = tmp_path / "x.html"
    assert invoke("export", "one-step", "-o", str(target)).code == 0
    assert "are right" in invoke("verify", str(target)).out
