"""What a device is called in a list of sign-ins: "Firefox on Windows" rather than what it sends as its User-Agent.

Only a name for people: nothing is decided by it, and what is not known is shown as it came.
"""

from __future__ import annotations

import re

# In this order: each of them also names those that stand below it.
_BROWSERS = {
    "Edge": r"\b(?:Edg|EdgA|EdgiOS)/",
    "Opera": r"\b(?:OPR|Opera)/",
    "Samsung Internet": r"\bSamsungBrowser/",
    "Firefox": r"\b(?:Firefox|FxiOS)/",
    "Chrome": r"\b(?:Chrome|CriOS|HeadlessChrome|Chromium)/",
    "Safari": r"\bVersion/.* Safari/",
}
_SYSTEMS = {
    "iPhone": r"\biPhone\b",
    "iPad": r"\biPad\b",
    "Android": r"\bAndroid\b",
    "Windows": r"\bWindows\b",
    "ChromeOS": r"\bCrOS\b",
    "macOS": r"\bMac OS X\b|\bMacintosh\b",
    "Linux": r"\bLinux\b|\bX11\b",
}


def called(told: str) -> str:
    """A short name for a browser by its User-Agent; what is no browser that we know is called what it calls itself."""
    browser, system = _first(_BROWSERS, told), _first(_SYSTEMS, told)
    return f"{browser} on {system}" if browser and system else told


def _first(names: dict[str, str], told: str) -> str:
    return next((name for name, sign in names.items() if re.search(sign, told)), "")
