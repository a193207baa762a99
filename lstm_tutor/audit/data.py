"""What a scenario cannot show, as JSON."""

from __future__ import annotations

import json
import math

from lstm_tutor.audit.audit import Alike, Audit, Independent, Unseen
from lstm_tutor.scenario.scenario import Scenario

FORMAT = 1


def audit_json(audit: Audit, scenario: Scenario) -> str:
    """Return the findings as JSON, every mistake by its id."""
    data = {
        "format": FORMAT,
        "scenario": scenario.name,
        "digits": audit.digits,
        "asked": audit.asked,
        "tried": audit.tried,
        "unseen": [
            {"operator": one.kind, "change": one.change, "mistakes": _ids(one)}
            for one in audit.unseen
        ],
        "alike": [{"change": one.change, "mistakes": _ids(one)} for one in audit.alike],
        "independent": [
            {"gradients": one.gradients, "change": one.change, "mistakes": _ids(one)}
            for one in audit.independent
        ],
        "accidents": [
            {"id": one.id, "value": one.value, "causes": one.causes} for one in audit.accidents
        ],
        "saturated": [
            {"id": one.id, "function": one.function, "slope": one.slope}
            for one in audit.saturated
        ],
        "unreachable": [
            {
                "id": one.id,
                "label": one.label.tolist(),
                "reach": [_finite(one.reach.low), _finite(one.reach.high)],
                "loss": one.loss,
            }
            for one in audit.unreachable
        ],
    }
    return json.dumps(data, indent=1, allow_nan=False)


def _ids(found: Unseen | Alike | Independent) -> list[str]:
    return [mistake.id for mistake in found.mistakes]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
