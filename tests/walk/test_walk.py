"""Walking: keys to positions, as a pure function; and what a walk looks like."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.layout import sheets
from lstm_tutor.render.line import Detail, View
from lstm_tutor.render.markdown import step_title
from lstm_tutor.render.sections import section
from lstm_tutor.scenario.loading import load
from lstm_tutor.terminal.decoder import Decoder
from lstm_tutor.trace.trace import Trace, compute
from lstm_tutor.walk.drawing import blocks, legend_line, screen
from lstm_tutor.walk.ledger import ledger
from lstm_tutor.walk.script import keys_of
from lstm_tutor.walk.walk import Showing, Walk, completions, legend, press

TRACE = compute(load("gomez"))
TWO = compute(load("two-units"))


def _walk(trace: Trace = TRACE) -> Walk:
    return Walk(trace, range(trace.first_computed, len(trace)), notations=tuple(notations()))


def _view(walk: Walk) -> View:
    return View(notation(walk.notations[0], walk.trace.scenario.cell), 6, Detail(walk.detail))


def _pressed(walk: Walk, *keys: str) -> Walk:
    for key in keys:
        walk = press(walk, key)
    return walk


def _id(walk: Walk) -> str:
    return walk.trace[walk.index].id


@pytest.mark.parametrize("key", ["enter", " ", "right", "n"])
def test_forward_keys_go_to_the_next_step(key: str) -> None:
    """From the first step to the second."""
    assert _id(_pressed(_walk(), key)) == "a@0"


@pytest.mark.parametrize("key", ["left", "b"])
def test_backward_keys_go_back(key: str) -> None:
    """From the second step to the first, where they mean nothing any more."""
    walk = _pressed(_walk(), "n", key)
    assert _id(walk) == "z_a@0"
    assert press(walk, key).at == 0


def test_arrows_go_by_time_step_and_phase() -> None:
    """Down to the start of the next group, up to the start of this or the one before."""
    walk = _pressed(_walk(), "down")
    assert _id(walk) == "z_a@1"
    assert _id(press(walk, "down")) == "L@0"
    assert _id(_pressed(walk, "n", "up")) == "z_a@1"
    assert _id(_pressed(walk, "up")) == "z_a@0"


def test_the_whole_walk_there_and_back() -> None:
    """Every step is met once in order, and once in reverse."""
    walk = _walk()
    there = [_id(walk)]
    while not walk.last:
        walk = press(walk, "enter")
        there.append(_id(walk))
    back = [_id(walk)]
    while walk.at:
        walk = press(walk, "b")
        back.append(_id(walk))
    assert there == [step.id for step in TRACE if step.phase != "given"]
    assert back == there[::-1]


def test_going_to_an_id_and_finding_a_symbol() -> None:
    """By typing it; a wrong one is said to be wrong, and nothing moves."""
    walk = _pressed(_walk(), *"gdC@0", "enter")
    assert _id(walk) == "dC@0"
    assert _id(_pressed(walk, *"/dC", "enter")) == "dC@-1"
    lost = _pressed(walk, *"gQ@7", "enter")
    assert (_id(lost), lost.message) == ("dC@0", "there is no step Q@7")
    assert "not part of this walk" in _pressed(walk, *"gx@0", "enter").message
    assert "computes Q" in _pressed(walk, *"/Q", "enter").message


def test_tab_completes_as_far_as_it_is_certain() -> None:
    """And what could follow is offered."""
    walk = _pressed(_walk(), *"gdelta", "tab")
    assert walk.prompt is not None
    assert walk.prompt.text == "delta"
    assert completions(walk)[:2] == ["delta@1", "deltaOut@1"]
    walk = _pressed(_walk(), *"gdeltaO", "tab")
    assert walk.prompt is not None
    assert walk.prompt.text == "deltaOut@"


def test_only_steps_of_the_walk_are_offered() -> None:
    """Whatever completion offers can be gone to."""
    some = replace(_walk(), indices=[3, 40, 41])
    for walk in (_walk(), some):
        offered = completions(_pressed(walk, "g"))
        assert offered
        for id_ in offered:
            assert _id(_pressed(walk, "g", *id_, "enter")) == id_


def test_prompts_can_be_corrected_and_left() -> None:
    """Backspace takes a letter back, escape the whole prompt."""
    assert _id(_pressed(_walk(), *"gdC@1", "backspace", "0", "enter")) == "dC@0"
    assert _pressed(_walk(), *"gdC", "escape").prompt is None
    assert _id(_pressed(_walk(), "g", "enter")) == "z_a@0"


def test_detail_and_notation_go_round() -> None:
    """After as many keys as there are choices, all is as before."""
    walk = _walk()
    assert press(walk, "d").detail == "arithmetic"
    assert _pressed(walk, *"ddd").detail == walk.detail
    assert press(walk, "t").notations[0] != walk.notations[0]
    assert _pressed(walk, *"t" * len(walk.notations)).notations == walk.notations


def test_another_notation_is_named() -> None:
    """The key says which one it came to, and the step is shown in it."""
    walk = press(_walk(), "t")
    assert walk.message == f"notation: {walk.notations[0]}"
    assert press(walk, "n").message == ""


@pytest.mark.long
@given(st.integers(6, 40), st.integers(40, 120))
def test_scrolling_shows_every_line_of_an_answer(height: int, width: int) -> None:
    """From the top to the end and back, with keys that the legend names while they work."""
    walk = _pressed(_walk(TWO), "g", *"dout@0", "enter", "w")
    view = _view(walk)
    whole = [line for line, _ in blocks(walk, view, width, None)]
    walk, rows = screen(walk, view, width, height)
    assert walk.reach == press(walk, "k").reach
    seen = [line for line, _ in rows]
    while walk.scrolled < walk.reach:
        assert "j" in dict(legend(walk)) or "j k" in dict(legend(walk))
        walk, rows = screen(press(walk, "j"), view, width, height)
        seen += [line for line, _ in rows]
    assert set(whole) <= set(seen)
    assert press(walk, "j").scrolled == walk.scrolled
    assert "j" not in [letter for keys, _ in legend(walk) for letter in keys.split()]
    while walk.scrolled:
        walk, rows = screen(press(walk, "k"), view, width, height)
    assert rows[0][0] == whole[0]
    assert press(walk, "n").scrolled == 0


def test_saving_names_a_file() -> None:
    """The name offered is the scenario's; the walk asks for the file to be written."""
    assert _pressed(_walk(), "s", "enter").save_to == "gomez-transcript.md"
    assert press(_pressed(_walk(), "s", "enter"), "n").save_to == ""


@pytest.mark.parametrize("key", ["escape", "tab", "x", "paste", "é", "backspace"])
def test_other_keys_change_nothing(key: str) -> None:
    """A lone escape and letters without meaning leave position and view alone."""
    walk = _pressed(_walk(), "n", "n")
    after = press(walk, key)
    assert replace(after, asked=0, message="").__dict__ == replace(walk, asked=0).__dict__


def test_the_legend_shows_what_is_possible_now() -> None:
    """No way back at the first step, none forward at the last, and a prompt's own keys."""
    first = _walk()
    last = replace(first, at=len(first.indices) - 1)
    assert "back" not in dict(map(reversed, legend(first)))  # type: ignore[arg-type]
    assert "next" not in [what for _, what in legend(last)]
    assert [what for _, what in legend(press(first, "g"))] == ["accept", "cancel", "complete"]


@given(st.lists(st.sampled_from([*"nbgwdtlsjk/?q0@C", "enter", "up", "down", "escape", "tab"])))
def test_any_keys_lead_to_a_walk_that_can_be_drawn(keys: list[str]) -> None:
    """The position stays inside, and lines and screens keep their size."""
    walk = _pressed(_walk(TWO), *keys)
    assert 0 <= walk.at < len(walk.indices)
    for width, height in ((40, 12), (80, 24), (120, 40)):
        after, drawn = screen(walk, _view(walk), width, height)
        assert len(drawn) == height
        assert 0 <= after.scrolled <= after.reach
        assert blocks(walk, _view(walk), width, None)
        assert columns(legend_line(walk, _view(walk), width)) <= width


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ("", ["enter"]),
        ("next\n", ["n"]),
        ("b", ["b"]),
        ("why", ["w"]),
        ("g dC@0", ["g", *"dC@0", "enter"]),
        ("/ dC", ["/", *"dC", "enter"]),
        ("nonsense", ["nonsense"]),
    ],
)
def test_a_line_of_a_script_stands_for_keys(line: str, keys: list[str]) -> None:
    """A key, its word, or a word with a text."""
    assert keys_of(line) == keys


def test_a_script_can_name_the_file_to_save() -> None:
    """The name typed replaces the one offered."""
    assert _pressed(_walk(), *keys_of("save mine.md")).save_to == "mine.md"


def test_the_ledger_fills_as_the_walk_goes() -> None:
    """What comes later is empty; the current value and its operands are marked."""
    walk = _pressed(_walk(), *"gC@1", "enter")
    lines = [line for line, _ in ledger(TRACE, TRACE[walk.index], _view(walk), 80)]
    rows = {line.split()[0]: line for line in lines}
    assert rows["C"].split() == ["C", "0", "*0.7857", ">1.518"]
    assert rows["a"].split() == ["a", "0.8178", "*0.8498"]
    assert rows["h"].split() == ["h", "0", "0.5363"]


def test_a_long_ledger_shows_the_time_steps_around() -> None:
    """It scrolls with the current time step and says where it goes on."""
    trace = compute(load("long-memory"))
    view = View(notation("gomez", trace.scenario.cell))
    for t in range(10):
        lines = [line for line, _ in ledger(trace, trace.find(f"C@{t}"), view, 44)]
        assert max(map(columns, lines)) <= 46
        assert f"t={t}" in lines[0]
    assert lines[0].startswith("<")


def test_why_help_and_ledger_are_shown_on_demand() -> None:
    """Each is an answer about the current step; moving on shows the next step."""
    for key, showing in (("w", Showing.WHY), ("l", Showing.LEDGER), ("?", Showing.HELP)):
        walk = press(_walk(), key)
        assert walk.showing is showing
        assert press(walk, "n").showing is Showing.STEP


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"n", ["n"]),
        (b"nnb", ["n", "n", "b"]),
        (b"\r\n", ["enter", "enter"]),
        (b"\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"]),
        (b"\x1bOA", ["up"]),
        (b"\x1b[1;5C", ["right"]),
        (b"\x1b[5~\x1b[6~", ["page up", "page down"]),
        (b"\x1b[3~n", ["n"]),
        (b"\x7f\t", ["backspace", "tab"]),
        ("é→".encode(), ["é", "→"]),
        (b"\xff", ["\N{REPLACEMENT CHARACTER}"]),
        (b"\x1b[200~quit\x1b[201~n", ["paste:quit", "n"]),
        (b"\x00\x01", []),
    ],
)
def test_bytes_are_keys_however_they_are_split(data: bytes, keys: list[str]) -> None:
    """Fast typing arrives at once, a slow line splits sequences: no key is lost."""
    assert Decoder().feed(data) == keys
    slow = Decoder()
    assert [key for byte in data for key in slow.feed(bytes([byte]))] == keys


def test_a_lone_escape_is_a_key_when_nothing_follows() -> None:
    """After the wait for its rest."""
    decoder = Decoder()
    assert decoder.feed(b"\x1b") == []
    assert decoder.waiting
    assert decoder.flush() == ["escape"]
    assert not decoder.waiting


def _ledger(name: str, id_: str, width: int, notation_name: str = "gomez") -> list[str]:
    trace = compute(load(name))
    view = View(notation(notation_name, trace.scenario.cell))
    return [line for line, _ in ledger(trace, trace.find(id_), view, width)]


def test_a_ledger_is_of_one_layer_and_what_the_step_reads() -> None:
    """Its name stands in the corner; the layer above is a section of its own."""
    head, *rows = _ledger("two-layers", "l1.delta@1", 80)
    assert head[1:4] == "l1 "
    names = {row.split()[0] for row in rows[:-1]}
    assert {"l1.Δ", "l1.δh", "l2.δh"} <= names
    assert "l2.Δ" not in names


def test_a_batch_has_a_row_for_each_sequence() -> None:
    """Named by its number; the current step and its operands are marked in each."""
    rows = _ledger("batch-of-two", "dh@0", 80)
    for sequence in (0, 1):
        [row] = [row for row in rows if row.startswith(f"δh, sequence {sequence} ")]
        assert row.count(">") == 1


@pytest.mark.long
@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", ["hello", "two-layers", "both-directions", "gru-two-units"])
def test_a_ledger_keeps_to_the_width_and_breaks_no_number(name: str, width: int) -> None:
    """Entries that are left out are counted, and the sign for it is explained."""
    trace = compute(load(name))
    view = View(notation("gomez", trace.scenario.cell))
    for step in list(trace)[trace.first_computed :: 3]:
        lines = [line for line, _ in ledger(trace, step, view, width)]
        if width > 40:
            assert max(map(columns, lines)) <= width, step.id
        assert all(line.count("[") == line.count("]") for line in lines)
        assert ("+2 two" in " ".join(lines)) == any("+" in line for line in lines[1:-1])


def test_no_two_rows_of_a_ledger_have_one_name() -> None:
    """Where a notation tells the parts of a gradient by their times, these stay."""
    for chosen in notations():
        rows = _ledger("gomez", "dout@0", 120, chosen)
        names = [row.split("  ")[0] for row in rows[1:-1]]
        assert len(set(names)) == len(names)


def test_a_part_of_a_model_is_named_by_layer_and_direction() -> None:
    """Right to left where a layer does; the readout and the input have names too."""
    trace = compute(load("both-directions"))
    titles = {sheet.title for sheet in sheets(trace, range(len(trace)), _view_of(trace), 80)}
    assert {
        "Forward, fw, t = 1",
        "Forward, bw (right to left), t = 1",
        "Forward, readout, t = 1",
        "Backward, bw (left to right), t = 1",
        "Backward, input, t = 1",
    } <= titles
    assert step_title(trace.scenario, *trace.key(trace.position("bw.h@1"))) == (
        "Forward, bw (right to left), t = 1"
    )
    alone = compute(load("hello"))
    key = alone.key(alone.position("h@1"))
    assert section(alone.scenario, *key) == "forward, t = 1"


def _view_of(trace: Trace) -> View:
    return View(notation("gomez", trace.scenario.cell))
