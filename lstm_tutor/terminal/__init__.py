"""Streams, keys, exit codes and files that are written: what commands share.

No mathematics, and no command.
"""
