"""A YAML file as plain values: whichever parser reads it, the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstm_tutor
from lstm_tutor.files import document
from lstm_tutor.files.document import Document, Node, parse
from lstm_tutor.files.problem import BadInput

PACKAGE = Path(lstm_tutor.__file__).parent
TEXTS = [path.read_text("utf-8") for path in sorted(PACKAGE.rglob("cells/*.yaml"))]
PIECES = [*": -[]{},\"'#\n|>?!&*%@`", "a:b", "\t", "é", "1e3", "\\/", "---\n", "<<: 1", "[a:1]"]


@pytest.fixture(scope="module")
def in_words() -> Iterator[pytest.MonkeyPatch]:
    """Leave the quick parser out where a test says so."""
    patch = pytest.MonkeyPatch()
    yield patch
    patch.undo()


def _read(text: str, patch: pytest.MonkeyPatch, *, quick: bool) -> Document | str:
    """Read text, with the quick parser or without it; return what is wrong as text."""
    events = document._events
    with patch.context() as own:
        if not quick:
            own.setattr(document, "_events", lambda text, quick: events(text, quick=False))
        try:
            return parse(text, "f.yaml", "cell")
        except BadInput as error:
            return str(error)


def _plain(node: Node) -> object:
    """Return an entry with all places, but for that of nothing, which no message shows."""
    inside = [(key, _plain(value)) for key, value in node.inside.items()]
    keys = [(key, _plain(value)) for key, value in node.keys.items()]
    place = (node.line, node.column) if node.written else ()
    return place, node.value, node.style, node.text, inside, keys


@pytest.mark.parametrize("text", TEXTS)
def test_both_parsers_read_the_same(text: str, in_words: pytest.MonkeyPatch) -> None:
    """Values and places, of every cell that is bundled."""
    quick, slow = (_read(text, in_words, quick=quick) for quick in (True, False))
    assert isinstance(quick, Document)
    assert isinstance(slow, Document)
    assert _plain(quick.root) == _plain(slow.root)


@given(st.sampled_from(TEXTS), st.data())
def test_damaged_text_is_read_by_both_alike(
    in_words: pytest.MonkeyPatch, text: str, data: st.DataObject
) -> None:
    """What both can read has the same values, and what is wrong is said in the same words."""
    start = data.draw(st.integers(0, len(text) - 1))
    text = text[start : start + 300]
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(st.sampled_from(PIECES)) + text[place:]
    quick, slow = (_read(text, in_words, quick=quick) for quick in (True, False))
    if isinstance(quick, Document) and isinstance(slow, Document):
        assert _plain(quick.root) == _plain(slow.root)
    elif isinstance(quick, str):
        assert quick == slow
