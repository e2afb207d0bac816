"""Redaction: secrets that a message happens to quote are left out before it is printed or kept.

Libraries put into an error what they were called with: a header, an address, the environment. So every line
of ours goes through here on its way to a terminal, a log, a page or a file.
"""

from __future__ import annotations

import os
import re

#: What stands in the place of a secret.
HIDDEN = "[hidden]"
#: An environment variable whose name ends like this holds a secret: HF_TOKEN, REELCHECK_SERVE_KEY.
_NAME = re.compile(r"(TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.IGNORECASE)
#: Shorter values would hide ordinary words.
_SHORTEST = 8
#: Secrets by their form, and what is written instead: tokens of the hub, a name with a password in an
#: address, and headers.
_FORMS = (
    (re.compile(r"\bhf_[A-Za-z0-9]{16,}\b"), HIDDEN),
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"), HIDDEN),
    (
        re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*b?['\"]?)(bearer|basic)\s+[^\s'\",}]+"),
        rf"\1\2 {HIDDEN}",
    ),
)


#: What was told to be a secret in this process, whatever its variable is called.
_told: set[str] = set()


def hide(secret: str) -> None:
    """Leave this out of every message from now on: a token whose variable has a name of its own."""
    if len(secret) >= _SHORTEST:
        _told.add(secret)


def redacted(text: str) -> str:
    """Return the text with HIDDEN in the place of each secret of the environment, or in the form of one."""
    for secret in _secrets():
        if secret in text:
            text = text.replace(secret, HIDDEN)
    for form, instead in _FORMS:
        text = form.sub(instead, text)
    return text


def _secrets() -> list[str]:
    """Return the values of variables that hold secrets, the longest first: one may be a part of another."""
    named = (value.strip() for name, value in os.environ.items() if _NAME.search(name))
    return sorted({*_told, *(value for value in named if len(value) >= _SHORTEST)}, key=len, reverse=True)
