"""Right numbers of a program that works less precisely than it keeps them.

So do mixed precision, matrix products in TF32, and layers that round inside. The numbers do
not show it by themselves. But every formula is then a little off, no mistake explains that,
and arithmetic of one coarser type explains nearly all of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from lstm_tutor.check.precise import Precisely, worked_in
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Judgement, Status, Verdicts
from lstm_tutor.model.symbol import is_new
from lstm_tutor.submission.arithmetic import ARITHMETIC

_FEWEST = 4  # unexplained values; fewer may well be slips
_SHARE = 0.25  # of all values, that are unexplained
_LEFT = 0.1  # of those, that coarser arithmetic need not explain
_CONFIRMED = 0.5  # of those, that must be right by it, not only too coarse to tell


def coarser(
    tutor: Tutor, precise: Precisely, verdicts: Verdicts
) -> tuple[str, Verdicts] | None:
    """Say which arithmetic explains what no mistake does, the finest one, and judge by it.

    None where there is no such, or where little is wrong or much of it is explained. New
    values of parameters do not count: what is left out of an update is as small.
    """
    givens, working = precise.givens, precise.working
    open_ = _open(verdicts)
    loose = [item for item in open_ if not item.diagnoses]
    many = max(_FEWEST, _SHARE * len(verdicts.judgements))
    if len(loose) < many or len(open_) - len(loose) > _LEFT * len(open_):
        return None
    for kind, arithmetic in ARITHMETIC.items():
        if arithmetic.digits < working.digits:
            found = tutor.diagnose(givens, worked_in(kind, working), deep=False)
            if len(_open(found)) <= _LEFT * len(open_) and _confirmed(open_, found):
                return kind, found
    return None


def _confirmed(open_: Sequence[Judgement], found: Verdicts) -> bool:
    """Whether most values that were wrong are right now: one that is so coarse that any
    number would do is no sign.
    """
    held = {id(item.given) for item in open_}
    right = sum(
        item.status in (Status.RIGHT, Status.ROUNDED)
        for item in found.judgements
        if id(item.given) in held
    )
    return right >= _CONFIRMED * len(open_)


def _open(verdicts: Verdicts) -> list[Judgement]:
    """Return the values that are wrong by themselves."""
    return [
        item
        for item in verdicts.judgements
        if item.status is Status.WRONG
        and not item.because
        and not is_new(item.given.place.name)
    ]
