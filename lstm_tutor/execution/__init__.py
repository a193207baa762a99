"""The order of evaluation and the values: one array over time per symbol.

Steps, terms and notation are not known here.
"""
