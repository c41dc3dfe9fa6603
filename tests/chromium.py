"""The browser of the tests: this machine's own Chromium, never one that is downloaded."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# CI sets it: there a missing browser is a failure.
REQUIRED = "XINQIAO_BROWSER_REQUIRED"
REMEDY = "install it with `apt-get install chromium fonts-noto-cjk`, or set XINQIAO_CHROMIUM to its path"


def find_chromium() -> str | None:
    """Return the path of the browser, or None when there is none."""
    names = (os.environ.get("XINQIAO_CHROMIUM", ""), *NAMES)
    return next((path for name in names if name and (path := shutil.which(name))), None)


def browser_is_required() -> bool:
    """Tell whether browser tests must run here."""
    return os.environ.get(REQUIRED, "") not in {"", "0"}
