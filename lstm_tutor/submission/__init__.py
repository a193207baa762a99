"""What a person has at hand (printed numbers, a notebook, a table, arrays) as named numbers.

Reads text and files, never runs them. Nothing here knows a scenario or which number is right.
`reading.py` begins; a form of print is known in one module:

- ``tensor([…])``, a value and where it ends: `numbers/bracketed.py`
- around a name and its value, ``State(t=0, h=…)``, ``num [1:2]``: `around.py`
- what people write beside values, commas, fractions, ticks, shown working: `plain.py`
- numbers and arrays of other languages, ``1.2D-3``, ``{{1, 2}}``: `numerals.py`
- a matrix in rows without brackets, as of MATLAB, R, Julia: `rows.py`
- tables: with blanks, as of pandas, `columns.py`; Markdown `markdown.py`; CSV `table.py`
- names before values and time steps above them, the rest of a text: `printed.py`
- keys in keys, of JSON and YAML: `tree.py`; a sheet in HTML: `page.py`; cells: `notebook.py`
"""
