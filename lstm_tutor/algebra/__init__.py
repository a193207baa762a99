"""The formula language: nodes, parser, printer, values, axes, derivatives.

It knows nothing of recurrent cells, terminals or files.
"""
