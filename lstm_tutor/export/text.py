"""A computation as the text of a file, in the format that a suffix names."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from lstm_tutor.export.data import json_chunks
from lstm_tutor.export.figures import csv_rows
from lstm_tutor.export.transcript import transcript
from lstm_tutor.render.line import View
from lstm_tutor.trace.trace import Trace


def text_chunks(suffix: str, trace: Trace, indices: Sequence[int], view: View) -> Iterator[str]:
    """Yield the text piece by piece.

    Args:
        suffix: .json, .csv, or that of a transcript.
        trace: the computation.
        indices: which of its steps, in order.
        view: how a transcript writes them.
    """
    match suffix:
        case ".json":
            return json_chunks(trace, indices)
        case ".csv":
            return map(_csv_line, csv_rows(trace, indices))
    return transcript(trace, indices, view)


def _csv_line(row: Sequence[object]) -> str:
    stream = StringIO()
    csv.writer(stream, lineterminator="\n").writerow(row)
    return stream.getvalue()
