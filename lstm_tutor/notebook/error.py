"""The one exception of the Python surface, with the command line's message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lstm_tutor.files.problem import BadInput


class TutorError(ValueError):
    """Something that cannot be computed, read or written; the message says why."""

    def _render_traceback_(self) -> list[str]:
        """Show the message alone in a notebook: the place is in the tutor, not in the cell."""
        return [f"TutorError: {self}"]


class UnknownStepError(TutorError, KeyError, IndexError):
    """A key of a trace that no step has; caught as a mapping's or a list's is, too."""

    __str__ = Exception.__str__  # a KeyError shows its message in quotes


@contextmanager
def told() -> Iterator[None]:
    """Turn what a user can cause into the one exception."""
    try:
        yield
    except TutorError:
        raise
    except (BadInput, ArithmeticError) as error:
        raise TutorError(str(error)) from None
    except LookupError as error:
        if type(error) in (KeyError, IndexError):
            raise
        raise TutorError(str(error)) from None
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        raise TutorError(f"{name}{error.strerror or error}") from None
