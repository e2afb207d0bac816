"""Who may talk to the server: requests for its own names, from its own pages.

Streamlit checks names and origins only where a page opens its connection, and only if `server.allowedHosts`
is set. Here every request is checked by the same list: a foreign Host is how another site reaches a server
on this machine (DNS rebinding), a foreign Origin is another site's page. `docs/security.md` has the details.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

#: Components of ours are drawn in frames of our own; everybody else's frame stays empty.
HEADERS = (
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
FOREIGN_HOST = "This server does not serve that host name. To allow it, add it to server.allowedHosts.\n"
FOREIGN_ORIGIN = "This server does not accept requests from other sites.\n"


class Refusal(NamedTuple):
    """Why a request is rejected: an HTTP status and one line."""

    status: int
    line: str


class Doorway:
    """ASGI middleware that rejects foreign requests and stops other sites from framing the pages."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it; the server's own start and end pass unchecked."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif refusal := refused(scope["headers"]):
            await _refuse(scope, receive, send, refusal)
        else:
            await self.app(scope, receive, _with_headers(send))


def refused(headers: Iterable[tuple[bytes, bytes]]) -> Refusal | None:
    """Return why a request with these headers is rejected, None if it is accepted."""
    hosts, origins = (_values(headers, name) for name in (b"host", b"origin"))
    if len(hosts) != 1 or not is_host_allowed(hosts[0]):
        return Refusal(421, FOREIGN_HOST)
    if all(_is_own(origin, hosts[0]) for origin in origins):
        return None
    return Refusal(403, FOREIGN_ORIGIN)


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in headers if key.lower() == name]


def _is_own(origin: str, host: str) -> bool:
    """Whether a page of this origin is ours: served under the name that it asks, or listed."""
    try:
        served_from = urlsplit(origin).netloc
    except ValueError:
        return False
    return served_from.lower() == host.lower() or origin in config.get_option("server.corsAllowedOrigins")


async def _refuse(scope: dict[str, Any], receive: Any, send: Any, refusal: Refusal) -> None:
    if scope["type"] == "websocket":
        await receive()  # websocket.connect; closing before accepting it is HTTP 403
        await send({"type": "websocket.close", "code": 1008})
        return
    body = refusal.line.encode()
    kind = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": [*kind, *HEADERS]})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Any) -> Callable[[dict[str, Any]], Any]:
    """Add our headers to a response, in the place of its own of the same names."""

    async def sent(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            ours = {name for name, _ in HEADERS}
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in ours]
            message = message | {"headers": [*kept, *HEADERS]}
        await send(message)

    return sent
