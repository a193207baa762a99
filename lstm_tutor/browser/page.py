"""The page itself: one file that holds everything, and asks for nothing outside.

What it shows can be read without its script; `verify` makes it anew and compares.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby, zip_longest
from pathlib import Path

from lstm_tutor.algebra.expression import Call, walk
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.browser.edits import mistakes_data
from lstm_tutor.browser.fields import fields, trained
from lstm_tutor.browser.ledger import Ledger
from lstm_tutor.browser.picture import MOST_TIMES, picture
from lstm_tutor.browser.program import program_data
from lstm_tutor.browser.script import MODULES, functions, script
from lstm_tutor.browser.script import PAGE as PAGE_SCRIPT
from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.model.symbol import Id
from lstm_tutor.render.facts import sizes_of
from lstm_tutor.render.line import View
from lstm_tutor.render.recipe import recipe
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.embedded import PAGE, PAGE_CLOSING, PAGE_END, PAGE_OPENING
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.plain import scenario_hash, scenario_yaml
from lstm_tutor.trace.trace import Trace

_HERE = Path(__file__).parent
_SCALES = (0.917, 1.3)  # of a picture: its signs keep 11 pixels
_BAR = """\
<nav class="walk" aria-label="Steps" hidden data-live>
<div class="tools">
<label class="mode"><span class="sr">What is asked</span><select id="mode">
<option value="">Read</option><option value="backward">Practise: backward</option>
<option value="all">Practise: everything</option>
<option value="last">Practise: last step</option></select></label>
<button id="find" type="button">Find</button>
<button id="open-help" type="button" aria-label="Keys and help">?</button></div>
<div class="steps"><button id="back" type="button" aria-label="Back">◀</button>
<div class="track"><p class="phases" aria-hidden="true">{phases}</p>
<p id="mini" aria-hidden="true"></p>
<input id="slider" type="range" min="0" max="{last}" value="0" aria-label="Step"></div>
<button id="next" type="button" aria-label="Next"><span>Next </span>▶</button></div>
</nav>
"""
_CARD = """\
<section class="side" id="step" aria-label="Current step" hidden data-live>
<p id="said" class="sr" aria-live="polite"></p>
<div id="card"><p class="where"></p><h2></h2>
<form id="ask" hidden><label for="answer">Its value</label>
<p><input id="answer" autocomplete="off" spellcheck="false" inputmode="text">
<button id="judge">Check</button>
<button id="hint" type="button">Hint</button></p></form>
<div id="verdict" role="status"></div>
<div class="lines"></div><div class="why"></div></div>
<div class="answers" hidden><button id="copy-answers" type="button">Copy my answers</button>
<button id="forget" type="button" data-name="Start again"
data-sure="Delete all my answers?">Start again</button>
<pre id="copied" tabindex="0" hidden></pre></div>
</section>
"""
_TRAINING = """\
<div id="training" data-loss="{}"><p>Update the weights
<button type="button" data-updates="1">once</button>
<button type="button" data-updates="10">10 times</button>
<button type="button" data-updates="100">100 times</button></p>
<svg id="losses" viewBox="0 0 320 90" preserveAspectRatio="none" role="img"
aria-label="Loss"><polyline points=""/></svg>
<p id="loss-said" role="status"></p></div>
"""
_HELP = """\
<dialog id="help" aria-labelledby="help-name"><h2 id="help-name">Keys</h2><dl>
<dt>→ or n</dt><dd>the next step</dd><dt>← or b</dt><dd>the step before</dd>
<dt>↓ ↑</dt><dd>the next or previous time step or phase</dd><dt>/ or g</dt><dd>find a step</dd>
<dt>w</dt><dd>show or hide why</dd><dt>l</dt><dd>this step in the ledger of all</dd>
<dt>Home End</dt><dd>the first and the last step</dd><dt>?</dt><dd>this list</dd></dl>
<p>In the picture, which is one stop of the tab key, arrows move from box to box; Enter goes
to its step.</p>
<p><label><input id="keys" type="checkbox" checked> Keys are on</label></p>
<form method="dialog"><p><button>Close</button></p></form></dialog>
"""


def page(trace: Trace, indices: Sequence[int], view: View, quiz: str = "") -> Iterator[str]:
    """Yield a page of the chosen steps, piece by piece.

    Args:
        trace: the computation.
        indices: which of its steps, in order.
        view: notation and digits.
        quiz: what it asks for as it opens, a value of `QuizName`; empty to open for reading.

    Raises:
        BadInput: if a page cannot compute a function of a formula.
    """
    _require_functions(trace)
    code = script([*MODULES, *PAGE_SCRIPT])
    drawing = picture(trace, view)
    yield _head(trace, code, drawing)
    yield f"<body>\n{recipe(PAGE, view, indices)}\n"
    yield _header(trace)
    phases = "".join(_phases(trace, indices))
    yield f"<main>\n{_about(trace)}{_BAR.format(phases=phases, last=len(indices) - 1)}"
    yield '<section class="drawing" aria-label="Picture">\n<div class="pic" tabindex="0">\n'
    yield drawing
    yield f"</div></section>\n{_CARD}{_legend(trace)}"
    yield from _given(trace, indices, view)
    yield '<section class="ledger" aria-label="Every step">\n<h2>Every step</h2>\n'
    yield from Ledger(trace, indices, view).parts()
    yield "</section>\n"
    yield _scenario(trace)
    yield f"</main>\n{_finder(trace, indices)}{_HELP}{PAGE_END}\n"
    program = program_data(trace, view)
    for equation in program["equations"]:
        del equation["caption"]  # the ledger has it
        for term in equation.get("terms", ()):
            del term["links"]  # and what they say, in words
    data = json.dumps(program, ensure_ascii=False, separators=(",", ":"))
    held = data.replace("<", "\\u003c")
    asked = f' data-quiz="{escape(quiz)}" data-check="{escape(_command(trace))}"'
    yield f'<script type="application/json" id="program"{asked}>{held}</script>\n'
    yield f'<script type="text/plain" id="mistakes">{_packed(trace, view)}</script>\n'
    yield f'<script type="module">{code}</script>\n</body></html>\n'


def _require_functions(trace: Trace) -> None:
    used = {
        node.function
        for equation in trace.program.equations()
        if equation.expression is not None
        for node in walk(equation.expression)
        if isinstance(node, Call) and FUNCTIONS[node.function].kind is not Kind.OVER_TIME
    }
    unknown = sorted(used - functions())
    if unknown:
        message = f"a page cannot compute {', '.join(unknown)} yet"
        remedy = "export to another format, or add a row to lstm_tutor/browser/functions.js"
        raise BadInput([Problem(message, Place(trace.scenario.name), remedy=remedy)])


def _head(trace: Trace, code: str, drawing: str) -> str:
    style = (_HERE / "page.css").read_text("utf-8") + _scaled(drawing)
    policy = (
        f"default-src 'none'; script-src '{_hash(code)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(trace.scenario.title)}</title>\n"
        f"<style>{style}</style></head>\n"
    )


def _scaled(drawing: str) -> str:
    """Return how far a picture is drawn smaller or larger to fill its frame."""
    width = float(drawing.partition(' width="')[2].partition('"')[0])
    least, most = (f"{scale * width:.0f}px" for scale in _SCALES)
    return f"@media screen{{#picture{{min-width:{least};max-width:{most}}}}}\n"


def _packed(trace: Trace, view: View) -> str:
    """Return the mistakes of a program, compressed, since they are many; by columns, since
    those are packed smaller than rows.
    """
    known = mistakes_data(trace, view)
    rows = [(int(number), *row) for number, own in known["edits"].items() for row in own]
    columns = list(zip_longest(*rows))
    whole = known | {"edits": {}, "columns": columns}
    data = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(data.encode(), 9)).decode()


def _command(trace: Trace) -> str:
    """Return the command that reads answers to this page."""
    scenario = trace.scenario
    known = scenario.name in bundled() and scenario_hash(load(scenario.name))
    named = scenario.name if known == scenario_hash(scenario) else "scenario.yaml"
    return f"lstm-tutor check answers.txt --scenario {named}"


def _hash(text: str) -> str:
    """Return what a content security policy calls a text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _header(trace: Trace) -> str:
    scenario = trace.scenario
    source = f"<p>{escape(scenario.source)}</p>" if scenario.source else ""
    return f"<header><h1>{escape(scenario.title)}</h1>\n{source}</header>\n"


def _about(trace: Trace) -> str:
    about = [trace.scenario.about, f"{', '.join(sizes_of(trace.scenario))}."]
    return f'<p class="about">{escape(" ".join(filter(None, about)))}</p>\n'


def _phases(trace: Trace, indices: Sequence[int]) -> Iterator[str]:
    """Write the phases that stand above the slider, with how many steps each has."""
    for phase, steps in groupby(indices, key=lambda index: trace.key(index)[0].phase):
        count = len(list(steps))
        yield f'<span data-phase="{phase}" data-steps="{count}">{phase.capitalize()}</span>'


def _given(trace: Trace, indices: Sequence[int], view: View) -> Iterator[str]:
    """Write what may be changed, and the training strip where the weights are updated."""
    yield (
        '<details class="part given" hidden data-live><summary>Change the given numbers\n'
        "<span>everything is computed again at once</span></summary>\n"
        '<p id="complaint" role="status"></p>\n'
    )
    loss = trained(trace)
    yield _TRAINING.format(escape(loss)) if loss else ""
    yield '<p><button id="back-to-first" type="button" disabled>Put the numbers back</button>'
    yield '</p>\n<div id="fields">\n'
    yield from fields(trace, indices, view)
    yield "</div></details>\n"


def _finder(trace: Trace, indices: Sequence[int]) -> str:
    """Write the dialog that finds a step, with what all are called."""
    names = ""
    for equation, t in map(trace.key, indices):
        id_ = Id(equation.target, t)
        names += f'<option value="{escape(str(id_))}">{escape(equation.caption)}</option>'
    return (
        '<dialog id="finder" aria-labelledby="finder-name"><form method="dialog">\n'
        '<h2 id="finder-name">Find a step</h2>\n<label for="wanted">'
        "Its id, symbol or name, such as dC or forget gate</label>\n"
        '<p><input id="wanted" autofocus list="names" autocomplete="off" spellcheck="false">\n'
        '<button>Go there</button>\n<button class="close">Close</button></p>\n'
        f'<datalist id="names">{names}</datalist>\n'
        '<p id="unfound" role="status"></p></form></dialog>\n'
    )


def _legend(trace: Trace) -> str:
    """Say what the signs in the picture mean, and what it leaves out."""
    signs = (
        '<b class="key fwd"></b> value, forwards <b class="key grad"></b> gradient, backwards '
        "&ensp; ⊙ product, entry by entry &ensp; square: given, or a loss &ensp; pill: carried "
        "on &ensp; a function between two lines: it makes one number of the other."
    )
    steps = trace.scenario.steps
    rest = f" The first {MOST_TIMES} of {steps} time steps are drawn." * (steps > MOST_TIMES)
    return f'<p class="legend">{signs}{rest}</p>\n'


def _scenario(trace: Trace) -> str:
    """Write the scenario so that it can be read, copied, and computed from again."""
    lines = [escape(line, quote=False) for line in scenario_yaml(trace.scenario)]
    return (
        '<details class="part file"><summary>The scenario as a file '
        "<span>YAML</span></summary>\n"
        + "\n".join([PAGE_OPENING, *lines, PAGE_CLOSING])
        + '\n<p><button id="copy" type="button" hidden data-live>Copy as YAML</button></p>'
        + f"\n<p>SHA-256 <code>{scenario_hash(trace.scenario)}</code></p>\n</details>\n"
    )
