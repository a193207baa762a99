"""A computation as a file: transcript, JSON, CSV, arrays; a transcript computed anew.

Nothing is written to disk here.
"""
