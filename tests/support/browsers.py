"""Pages opened in a real Chromium, where it is at hand, and what it says of them."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
WHY = "Chromium is not installed"
_PATIENCE = 600  # seconds
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_DRIVER = """<!doctype html><meta charset="utf-8"><pre id="result"></pre><script type="module">
const pages = JSON.parse(document.getElementById("pages").textContent);
const found = [];
const Asked = (async () => {}).constructor;
for (const [text, code] of pages) {
  const frame = document.createElement("iframe");
  const loaded = new Promise((done) => frame.addEventListener("load", done));
  frame.width = WIDTH;
  frame.height = 640;
  frame.srcdoc = text;
  document.body.append(frame);
  await loaded;
  const ask = new Asked("page", code);
  const answer = ask(frame.contentDocument);
  found.push(await answer.catch((error) => String(error)));
  frame.remove();
}
document.getElementById("result").textContent = JSON.stringify(found);
</script>"""


def opened(address: str, flags: Sequence[str] = ()) -> tuple[str, list[str]]:
    """Return a page as it is once its script has run, and the messages in the console."""
    assert BROWSER
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}",
        ]
        command += [
            "--virtual-time-budget=20000",
            "--enable-logging=stderr",
            *flags,
            "--dump-dom",
            address,
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=_PATIENCE
        )
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


def asked(pages: Sequence[tuple[str, str]], folder: Path) -> list[Any]:
    """Return what code, the body of an async function of a document, finds in each page.

    The pages' policy is taken out, so that the code may do what it likes in them.
    """
    return answered(pages, folder)[0]


def answered(
    pages: Sequence[tuple[str, str]],
    folder: Path,
    *,
    policy: bool = False,
    flags: Sequence[str] = (),
    width: int = 320,
    axe: str = "",
) -> tuple[list[Any], list[str]]:
    """Return what code finds in each page, and the messages in the console.

    Args:
        pages: each a page, and the body of an async function of its document.
        folder: where the page that frames them is written.
        policy: whether the pages keep their policy.
        flags: of the browser.
        width: of the frames, in pixels.
        axe: the text of axe-core, for code that wants it.
    """
    bare = [(text if policy else _POLICY.sub("", text), code) for text, code in pages]
    held = json.dumps(bare).replace("<", "\\u003c")
    data = f'<script type="application/json" id="pages">{held}</script>'
    data += f'<script type="text/plain" id="axe">{axe}</script>' if axe else ""
    target = folder / "driver.html"
    target.write_text(
        _DRIVER.replace("WIDTH", str(width)).replace("<pre", f"{data}<pre", 1), "utf-8"
    )
    text, messages = opened(target.as_uri(), flags)
    result = re.search(r'<pre id="result">(.*?)</pre>', text, re.S)
    assert result, text[:1000]
    found: list[Any] = json.loads(html.unescape(result[1]))
    return found, messages
