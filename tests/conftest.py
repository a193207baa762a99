"""How much of a test is run: in a suite a sample, with ``--whole`` or named by path all.

There are two suites: of quick tests, and with ``--long`` of those that need half a second and
more, which are marked so. Of a test's cases a suite takes a few, spread evenly: all of a test
marked ``each``, one of a ``heavy`` one; of what hypothesis draws some; of a test marked
``slow`` nothing. No test is decided by the clock.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable

import pytest
from hypothesis import settings

_CASES = 3  # of a test, in the suite

settings.register_profile("suite", max_examples=5, deadline=None)
settings.register_profile("all", max_examples=30, deadline=None)
settings.register_profile("whole", max_examples=1000, deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="every case, not a sample of them")
    parser.addoption("--long", action="store_true", help="the suite of long tests")


def pytest_configure(config: pytest.Config) -> None:
    _keep_byte_code()
    config.addinivalue_line("markers", "each: quick; the suite takes every case of it")
    config.addinivalue_line("markers", "heavy: the suite takes one case of it")
    config.addinivalue_line("markers", "long: of the suite that --long takes")
    config.addinivalue_line("markers", "slow: taken with --whole, or where it is named by path")
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        config.option.whole = True
    if not config.getoption("hypothesis_profile", None):
        settings.load_profile("all" if config.option.whole else "suite")


def _keep_byte_code() -> None:
    """Let the processes that tests start compile every module once, not each anew."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        folder = os.environ["PYTHONPYCACHEPREFIX"] = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.whole:
        return
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if bool(item.get_closest_marker("long")) == config.option.long:
            cases[item.nodeid.partition("[")[0]].append(item)
    kept = {item for found in cases.values() for item in _sample(found)}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def _sample(cases: list[pytest.Item]) -> Iterable[pytest.Item]:
    """Return the first case, the last and some between; all of a quick test."""
    if cases[0].get_closest_marker("slow"):
        return []
    if cases[0].get_closest_marker("heavy"):
        return cases[len(cases) // 2 :][:1]
    if cases[0].get_closest_marker("each") or len(cases) <= _CASES:
        return cases
    last = len(cases) - 1
    return [cases[round(number * last / (_CASES - 1))] for number in range(_CASES)]
