"""Pages opened in a real Chromium, where it is at hand: what they hold, say and show.

The browser is talked to over two pipes, in the DevTools protocol: keys are real keys there,
and each page has a store of its own.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
WHY = "Chromium is not installed"
_PATIENCE = 120.0  # seconds for one answer
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
    "--remote-debugging-pipe",  # reads commands from file 3, writes answers to file 4
)
_START = """
import fcntl, os, sys
reading, writing = (fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3])
os.dup2(reading, 3)
os.dup2(writing, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_CODES = {
    **{"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36},
    **{"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Delete": 46},
    "Backspace": 8,
}
_SHIFT = 8


class SilentError(Exception):
    """The browser gave no answer in time, or refused."""


class Browser:
    """A running Chromium, to be used in a `with` statement."""

    def __enter__(self) -> Self:
        assert BROWSER, WHY
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        reading, self._out = os.pipe()
        self._in, writing = os.pipe()
        command = [BROWSER, *_FLAGS, f"--user-data-dir={self._profile.name}"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(reading), str(writing), *command],
            pass_fds=(reading, writing),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(reading)
        os.close(writing)
        self._held = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError, SilentError):
            self.ask("Browser.close")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    def ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Return what a command of the protocol gives; events meanwhile are kept."""
        self._number += 1
        message: dict[str, Any] = {
            "id": self._number,
            "method": method,
            "params": parameters,
        } | ({"sessionId": session} if session else {})
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise SilentError(f"{method}: {answer['error']['message']}")
                found: dict[str, Any] = answer["result"]
                return found
            self.events.append(answer)

    def wait(self, method: str, session: str) -> None:
        """Wait for an event."""
        while True:
            for event in self.events:
                if event.get("method") == method and event.get("sessionId") == session:
                    self.events.remove(event)
                    return
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE
        while b"\0" not in self._held:
            ready, _, _ = select.select([self._in], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self._in, 1 << 20) if ready else b""
            if not part:
                raise SilentError(f"no answer after {_PATIENCE:.0f} seconds")
            self._held += part
        line, _, self._held = self._held.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        return found

    @contextlib.contextmanager
    def page(
        self,
        address: str,
        *,
        policy: bool = True,
        size: tuple[int, int] = (1280, 800),
        features: Sequence[tuple[str, str]] = (),
        media: str = "",
        scripts: bool = True,
    ) -> Iterator[Page]:
        """Open an address in a window with a store of its own.

        Args:
            address: what is opened.
            policy: whether the page's own policy holds.
            size: of the window, in pixels.
            features: of the medium, such as ("prefers-color-scheme", "dark").
            media: "print" for paper.
            scripts: whether scripts of the page run.
        """
        own = self.ask("Target.createBrowserContext")["browserContextId"]
        made = self.ask("Target.createTarget", url="about:blank", browserContextId=own)
        target = made["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable", session)
        self.ask("Page.setBypassCSP", session, enabled=not policy)
        self.ask("Emulation.setScriptExecutionDisabled", session, value=not scripts)
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", session, **metrics)
        self.ask(
            "Emulation.setEmulatedMedia",
            session,
            media=media,
            features=[{"name": name, "value": value} for name, value in features],
        )
        self.ask("Page.navigate", session, url=address)
        self.wait("Page.loadEventFired", session)
        try:
            yield Page(self, session)
        finally:
            self.ask("Target.disposeBrowserContext", browserContextId=own)
            self.events = [e for e in self.events if e.get("sessionId") != session]


class Page:
    """One open page."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return what a command of the protocol gives for this page."""
        return self._browser.ask(method, self._session, **parameters)

    def value(self, code: str) -> Any:
        """Return what code, the body of an async function of `page`, a document, returns.

        What it throws is returned as text.
        """
        whole = f"(async (page) => {{ {code}\n }})(document)"
        answer = self.ask(
            "Runtime.evaluate", expression=whole, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            return details.get("exception", {}).get("description", details["text"])
        return answer["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys: a sign, or a name such as Tab, Enter, ArrowDown; Shift+Tab."""
        for named in keys:
            key = named.removeprefix("Shift+")
            common: dict[str, Any] = {"key": key, "modifiers": _SHIFT * (named != key)}
            if key in _CODES:
                common["windowsVirtualKeyCode"] = _CODES[key]
            text = "\r" if key == "Enter" else key if len(key) == 1 else ""
            shown = {"text": text} if text else {}
            self.ask("Input.dispatchKeyEvent", type="keyDown", **common, **shown)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **common)

    def picture(self) -> bytes:
        """Return a picture of the window as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])

    @property
    def messages(self) -> list[str]:
        """What stands in the console."""
        self.value("return 0;")  # what comes before it has then arrived
        found = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            match event["method"], event["params"]:
                case "Runtime.consoleAPICalled", {"args": arguments}:
                    found.append(str([one.get("value") for one in arguments]))
                case "Runtime.exceptionThrown", {"exceptionDetails": details}:
                    found.append(str(details.get("exception", details).get("description")))
                case "Log.entryAdded", {"entry": entry}:
                    found.append(str(entry["text"]))
        return found


def asked(pages: Sequence[tuple[str, str]], folder: Path) -> list[Any]:
    """Return what code, the body of an async function of a document, finds in each page.

    Their policy does not hold, so that the code may do what it likes in them.
    """
    return answered(pages, folder)[0]


def answered(
    pages: Sequence[tuple[str, str]], folder: Path, *, policy: bool = False
) -> tuple[list[Any], list[str]]:
    """Return what code finds in each page, and the messages in the consoles.

    Args:
        pages: each the text of a page, and the body of an async function of its document.
        folder: where the pages are written.
        policy: whether the pages' policy holds.
    """
    found, messages = [], []
    target = folder / "page.html"
    with Browser() as browser:
        for text, code in pages:
            target.write_text(text, "utf-8")
            with browser.page(target.as_uri(), policy=policy, size=(320, 640)) as page:
                found.append(page.value(code))
                messages += page.messages
    return found, messages
