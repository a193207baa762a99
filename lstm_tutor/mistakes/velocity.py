"""Mistakes with the velocity of an update; see `operators`."""

from __future__ import annotations

from lstm_tutor.algebra.expression import Binary, Parameter
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import Found, Result, Site


def nesterov(site: Site, setting: Setting) -> Found:
    """A step that looks ahead: of the velocity as it will be, by its own factor."""
    match site:
        case Result(Binary("-", weight, Binary("*", rate, Parameter() as velocity))):
            line = setting.partners.equations.get(velocity.name)
            match line.expression if line is not None else None:
                case Binary("+", Binary("*", Parameter() as share, _), gradient):
                    ahead = Binary("+", gradient, Binary("*", share, velocity))
                    step = Binary("*", rate, ahead)
                    yield velocity, ahead, Binary("-", weight, step)


def velocity_added(site: Site, setting: Setting) -> Found:
    """The velocity added as it is, where the learning rate is part of it already."""
    match site:
        case Result(Binary("-", weight, Binary("*", Parameter("lr"), Parameter() as velocity))):
            line = setting.partners.equations.get(velocity.name)
            match line.expression if line is not None else None:
                case Binary("+", Binary("*", Parameter(), _), Parameter()):
                    yield velocity, velocity, Binary("+", weight, velocity)
