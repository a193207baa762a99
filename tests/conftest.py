"""How many examples hypothesis draws: few in the suite, many with a profile of its own.

`python -m pytest --hypothesis-profile whole` takes the many. No test is decided by the clock.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("suite", max_examples=30, deadline=None)
settings.register_profile("whole", max_examples=1000, deadline=None)
settings.load_profile("suite")
