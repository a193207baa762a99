"""Mistakes with the velocity of an update; see `operators`."""

from __future__ import annotations

from lstm_tutor.algebra.expression import Binary, Number, Parameter
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import Found, Result, Site
from lstm_tutor.model.symbol import EPOCH, gradient


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


def nadam(site: Site, setting: Setting) -> Found:
    """Nesterov's look ahead in Adam: the mean as it will be, with the gradient once more."""
    settings, weight = setting.scenario.updating.settings, setting.cell.weight_of
    match site:
        case Result(
            Binary("-", old, Binary("/", Binary("*", rate, Parameter() as mean), root))
        ):
            if "beta1" not in settings or mean.name == gradient(weight(mean.name)):
                return
            beta, own = Parameter("beta1"), Parameter(gradient(weight(setting.equation.target)))
            rest = Binary("-", Number(1), beta)
            power = Binary("**", beta, Parameter(EPOCH))
            more = Binary("/", Binary("*", rest, own), Binary("-", Number(1), power))
            ahead = Binary("+", Binary("*", beta, mean), more)
            step = Binary("/", Binary("*", rate, ahead), root)
            yield mean, ahead, Binary("-", old, step)


def velocity_added(site: Site, setting: Setting) -> Found:
    """The velocity added as it is, where the learning rate is part of it already."""
    match site:
        case Result(Binary("-", weight, Binary("*", Parameter("lr"), Parameter() as velocity))):
            line = setting.partners.equations.get(velocity.name)
            match line.expression if line is not None else None:
                case Binary("+", Binary("*", Parameter(), _), Parameter()):
                    yield velocity, velocity, Binary("+", weight, velocity)
