"""Which skill a step trains, by what its equation does; no cell's names are known here."""

from __future__ import annotations

from enum import StrEnum

from lstm_tutor.execution.program import Program
from lstm_tutor.model.equation import Equation, Phase, Role


class Skill(StrEnum):
    """What a learner can be good at, in the order of the computation."""

    FORWARD = "forward"
    LOSS = "loss"
    CARRY = "carry"
    GATES = "gate derivative"
    SUMS = "sums over time"
    UPDATE = "update"


_BY_PHASE = {
    Phase.GIVEN: Skill.FORWARD,
    Phase.FORWARD: Skill.FORWARD,
    Phase.LOSS: Skill.LOSS,
    Phase.GRADIENTS: Skill.SUMS,
    Phase.UPDATE: Skill.UPDATE,
}


def skill_of(program: Program, equation: Equation) -> Skill:
    """Return the skill that an equation trains.

    A gradient is one of the carry if a term comes from the next time step, or if it adds
    up named parts of which one does; other gradients are local derivatives.
    """
    if equation.phase is not Phase.BACKWARD:
        return _BY_PHASE[equation.phase]
    if equation.role is Role.CARRY or equation.carried:
        return Skill.CARRY
    carries = {e.target for e in program.derivation.backward if e.role is Role.CARRY}
    parts = {term.gradient.name for term in equation.terms if term.gradient and not term.links}
    return Skill.CARRY if parts & carries else Skill.GATES
