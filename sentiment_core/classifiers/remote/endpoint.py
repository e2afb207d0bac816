"""An endpoint: where a model answers, in which form, and how much and how fast it may be asked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from sentiment_core import redaction
from sentiment_core.classifiers.remote import addresses
from sentiment_core.classifiers.remote.forms import FORMS
from sentiment_core.errors import ModelError, RemoteError
from sentiment_core.naming.outputs import Outputs, quoted

MOST_CHARACTERS = 500
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
#: What each number may be: from, to.
LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "batch_size": (1, 256),
        "timeout": (0.1, 600),
        "tries": (1, 10),
        "per_second": (0, 10_000),
        "parallel": (1, 16),
        "price": (0, 1e6),
        "budget": (0, 2**31 - 1),
    }
)


@dataclass(frozen=True)
class Endpoint:
    """A model behind an address, as its settings name it.

    Attributes:
        url: http or https, without a password, a query or a fragment; it is kept with the model.
        form: a name in FORMS.
        negative: what it calls the negative label; "" where that is not known yet.
        positive: the same of the positive one.
        token_env: the environment variable that holds the token, "" for none; the token itself is never kept.
        batch_size: texts in one request, at most.
        timeout: seconds that one request may take.
        tries: how often a request is made before it is given up.
        per_second: requests per second, by all processes of this workspace together; 0: no limit.
        parallel: requests on their way at a time, of one process.
        price: of 1,000 requests, in whatever currency the bill is.
        budget: texts that it may be asked in all; 0: no limit.
    """

    url: str = ""
    form: str = "hub"
    negative: str = ""
    positive: str = ""
    token_env: str = ""
    batch_size: int = 32
    timeout: float = 30.0
    tries: int = 5
    per_second: float = 0.0
    parallel: int = 1
    price: float = 0.0
    budget: int = 0

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Endpoint:
        """Return the endpoint that these settings name; ModelError where one of them cannot be."""
        found = cls(**{one.name: params[one.name] for one in fields(cls) if one.name in params})
        for one in fields(cls):
            if type(getattr(found, one.name)) is not type(one.default):
                raise ModelError(f"setting '{one.name}' of an endpoint is not {type(one.default).__name__}")
        if found.form not in FORMS:
            raise ModelError(f"form {quoted(found.form)} is not known; known: {', '.join(FORMS)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(found, name) <= high:
                raise ModelError(
                    f"{name} = {getattr(found, name)} is not possible; give {low:g} to {high:,.15g}"
                )
        if found.token_env and not _VARIABLE.fullmatch(found.token_env):
            raise ModelError(
                "token_env is the name of an environment variable (letters, digits, _), never the token"
            )
        return replace(found, url=_checked_url(found.url, bool(found.token_env)))

    @property
    def params(self) -> dict[str, Any]:
        """Return the settings."""
        return asdict(self)

    @property
    def host(self) -> str:
        """Return host and, where one is given, port: what is shown of an address."""
        return urlsplit(self.url).netloc

    @property
    def outputs(self) -> Outputs:
        """Return its label names."""
        return Outputs(self.negative, self.positive)

    def token(self) -> str:
        """Return the token, "" where none is needed; RemoteError where its variable is empty."""
        if not self.token_env:
            return ""
        found = os.environ.get(self.token_env, "").strip()
        if not found or not found.isascii() or not found.isprintable():
            what = "holds what is no token" if found else "is empty"
            raise RemoteError(f"{self.host} needs a token, and the variable {self.token_env} {what}; set it")
        redaction.hide(found)
        return found


def _checked_url(url: str, with_token: bool) -> str:
    """Return an address without a slash at its end.

    Raises:
        ModelError: it is not of http or https, holds a secret, or names what no endpoint is at.
    """
    printable = url.isascii() and url.isprintable() and not {*" \\<>\"'`"} & {*url}
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ModelError("the address is not valid; write it as https://HOST/PATH") from None
    if not printable or len(url) > MOST_CHARACTERS or parts.scheme not in ("http", "https") or not host:
        raise ModelError(f"address {quoted(url)} is not of http or https; write it as https://HOST/PATH")
    if "@" in parts.netloc or parts.query or parts.fragment or port == 0:
        raise ModelError(
            "an address with a password, a query or a fragment is not taken: it is kept with the model; give "
            "the token in an environment variable, and the variable's name (--token-env)"
        )
    if why := addresses.refused_literal(host):
        raise ModelError(f"{host} is not asked: {why}")
    if with_token and parts.scheme == "http" and not addresses.is_near(host):
        raise ModelError(f"the token would go to {host} unencrypted; give an https address")
    return url.rstrip("/")
