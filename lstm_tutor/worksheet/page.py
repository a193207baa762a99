"""A sheet or its key as a web page to print: made of the Markdown, formulas as MathML.

Only the Markdown that `worksheet` writes is known here; what of it is foreign text has a
backslash before each character that means something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from lstm_tutor.algebra.expression import Expression, Symbol
from lstm_tutor.render.line import View
from lstm_tutor.render.mathml import pieces
from lstm_tutor.scenario.embedded import WORKSHEET

_MARK = "\x02"  # around the number of a formula: no text of a scenario has it
_INLINE = re.compile(
    rf"\\(?P<plain>.)|`(?P<code>[^`]*)`|\*\*(?P<bold>[^*]*)\*\*|(?P<line><br>)"
    rf"|(?P<blank>_{{8,}})|{_MARK}(?P<math>\d+){_MARK}"
)
_CELLS = re.compile(r"(?<!\\)\|")
_STYLE = """\
@page { size: A4; margin: 15mm }
:root { color-scheme: light }
body { font: 10.5pt/1.5 system-ui, sans-serif; color: #000; background: #fff;
  max-width: 190mm; margin: 0 auto; padding: 4mm }
h1 { font-size: 16pt; margin: 0 0 3mm } h3 { font-size: 11.5pt; margin: 6mm 0 2mm }
h3 { break-after: avoid } p { margin: 1.5mm 0 } ul { margin: 2mm 0; padding-left: 6mm }
table { border-collapse: collapse; margin: 2mm 0 4mm; width: 100% }
th { text-align: left; font-weight: 600; font-size: 9pt }
th, td { border: .3mm solid #999; padding: 1.2mm 2mm; vertical-align: top }
tr { break-inside: avoid } thead { display: table-header-group }
.given { width: auto } td:first-child code { white-space: nowrap }
code { font: 9pt/1.6 ui-monospace, monospace; overflow-wrap: anywhere }
.blank { display: inline-block; border-bottom: .3mm solid #000; height: 1.9em; max-width: 100% }
math { font-size: 11pt } hr { border: 0; border-top: .3mm solid #999; margin: 5mm 0 2mm }
.foot { font-size: 8.5pt; color: #444 }
"""


class Page:
    """Formulas as MathML, and the page that they stand in."""

    def __init__(self) -> None:
        self._formulas: dict[str, int] = {}

    def symbol(self, symbol: Symbol, view: View) -> str:
        """Write a symbol."""
        return self.kept("".join(pieces(symbol, view.notation)))

    def equation(self, target: Symbol, expression: Expression, view: View) -> str:
        """Write an equation."""
        (left,) = pieces(target, view.notation)
        first, *others = pieces(expression, view.notation)
        right = first.replace("<math>", '<math><mo form="infix">=</mo>', 1)
        return self.kept("".join([left, right, *others]))

    def sign(self, latex: str, unicode: str) -> str:
        """Write a sign."""
        del latex
        return self.kept(f"<math><mo>{unicode}</mo></math>")

    def kept(self, formula: str) -> str:
        """Keep a formula, and return what stands for it till the page is made."""
        number = self._formulas.setdefault(formula, len(self._formulas))
        return f"{_MARK}{number}{_MARK}"

    def page(self, markdown: str, language: str = "en") -> str:
        """Return the page of a sheet whose formulas were written by this object."""
        lines = markdown.split(f"\n{WORKSHEET}", maxsplit=1)[0].split("\n")
        title = re.sub(r"\\(.)", r"\1", lines[0].removeprefix("# "))
        body = "\n".join(self._blocks(lines))
        return (
            f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "style-src 'unsafe-inline'\">\n"
            f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style></head>\n"
            f"<body>\n{body}\n</body></html>\n"
        )

    def fragment(self, lines: Sequence[str]) -> str:
        """Return lines of Markdown as HTML without a page around them."""
        return "\n".join(self._blocks(lines))

    def _blocks(self, lines: Sequence[str]) -> Iterator[str]:
        number, foot = 0, False
        while number < len(lines):
            line = lines[number]
            end = number + 1
            if line.startswith(("|", "- ")):
                while end < len(lines) and lines[end].startswith(line[:1]):
                    end += 1
                own = lines[number:end]
                yield from self._table(own) if line[0] == "|" else self._list(own)
            elif line.startswith("#"):
                marks, _, text = line.partition(" ")
                yield f"<h{len(marks)}>{self._text(text)}</h{len(marks)}>"
            elif line == "---":
                yield "<hr>"
                foot = True
            elif line:
                yield f"<p{' class=foot' * foot}>{self._text(line)}</p>"
            number = end

    def _list(self, lines: Sequence[str]) -> Iterator[str]:
        yield "<ul>"
        yield from (f"<li>{self._text(line[2:])}</li>" for line in lines)
        yield "</ul>"

    def _table(self, lines: Sequence[str]) -> Iterator[str]:
        head, _, *body = ([self._text(cell.strip()) for cell in _cells(one)] for one in lines)
        kind = "" if head[0] == "id" else " class=given"
        yield f"<table{kind}><thead><tr>"
        yield from (f"<th scope=col>{cell}</th>" for cell in head)
        yield "</tr></thead><tbody>"
        for row in body:
            yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        yield "</tbody></table>"

    def _text(self, text: str) -> str:
        """Return a line's text marked up; all that is not known markup is text."""
        found, start = [], 0
        for match in _INLINE.finditer(text):
            found.append(escape(text[start : match.start()], quote=False))
            found.append(self._marked(match))
            start = match.end()
        return "".join([*found, escape(text[start:], quote=False)])

    def _marked(self, match: re.Match[str]) -> str:
        kind, own = match.lastgroup, match[match.lastgroup or 0]
        if kind == "math":
            return list(self._formulas)[int(own)]
        if kind == "line":
            return "<br>"
        if kind == "blank":
            return f'<span class="blank" style="width:{0.6 * len(own):.1f}em"></span>'
        inner = own if kind in ("plain", "code") else ""
        if kind == "bold":
            return f"<strong>{self._text(own)}</strong>"
        marked = escape(inner, quote=False)
        return f"<code>{marked}</code>" if kind == "code" else marked


def _cells(row: str) -> list[str]:
    return _CELLS.split(row)[1:-1]
