"""As much of the hub's protocol as a push needs, on this machine, with faults on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REPOSITORY = "me/reviews"
#: Endings of files that go by LFS: to a store of their own, and into the commit by their hash.
LARGE = (".safetensors", ".skops")


class Store:
    """What was pushed, and the faults that are still to come.

    Attributes:
        files: content by path, of the last commit.
        objects: large files by SHA-256, whether or not a commit names them.
        faults: statuses that the next requests to these paths get; 0 drops the connection.
        requests: method and path of each request.
        tokens: the headers that said who asks.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.objects: dict[str, bytes] = {}
        self.faults: dict[str, list[int]] = {}
        self.requests: list[str] = []
        self.tokens: set[str | None] = set()
        self.private: bool | None = None


@contextmanager
def serving() -> Iterator[tuple[str, Store]]:
    """Yield the address of a hub, and its store."""
    store = Store()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(store))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", store
    server.shutdown()
    server.server_close()


def _handler(store: Store) -> type[BaseHTTPRequestHandler]:
    class Hub(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._met()

        do_GET = do_PUT = do_HEAD = do_POST  # noqa: N815

        def _met(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = self._chunks()
            path = self.path.split("?")[0]
            store.requests.append(f"{self.command} {path}")
            if not path.startswith("/lfs/"):
                store.tokens.add(self.headers.get("Authorization"))
            for part, statuses in store.faults.items():
                if part in path and statuses:
                    return self._fault(statuses.pop(0))
            return self._answer(200, self._reply(path, body))

        def _chunks(self) -> bytes:
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _reply(self, path: str, body: bytes) -> Any:
            api = f"/api/models/{REPOSITORY}"
            if path.startswith("/lfs/"):
                assert hashlib.sha256(body).hexdigest() == path.removeprefix("/lfs/")
                store.objects[path.removeprefix("/lfs/")] = body
                return {}
            record = json.loads(body) if body[:1] == b"{" and "/commit/" not in path else {}
            if path == "/api/repos/create":
                store.private = record.get("private")
                return {"url": f"{self._home()}/{REPOSITORY}"}
            if path == "/api/validate-yaml":
                return {"errors": [], "warnings": []}
            if path.startswith(f"{api}/preupload/"):
                return {"files": [_mode(file["path"]) for file in record["files"]]}
            if path == f"/{REPOSITORY}.git/info/lfs/objects/batch":
                return {"objects": [self._object(one) for one in record["objects"]]}
            if path.startswith(f"{api}/commit/"):
                store.files = _committed(body, store.objects)
                return {"commitUrl": f"{self._home()}/{REPOSITORY}/commit/{'0' * 40}", "commitOid": "0" * 40}
            return {"id": REPOSITORY, "sha": "0" * 40, "siblings": []}

        def _object(self, one: dict[str, Any]) -> dict[str, Any]:
            named = {"oid": one["oid"], "size": one["size"]}
            there = one["oid"] in store.objects
            upload = {"upload": {"href": f"{self._home()}/lfs/{one['oid']}"}}
            return named if there else named | {"actions": upload}

        def _home(self) -> str:
            return f"http://{self.headers['Host']}"

        def _fault(self, status: int) -> None:
            if not status:
                self.close_connection = True
                self.connection.shutdown(2)
                return
            self._answer(status, {"error": "no"})

        def _answer(self, status: int, record: Any) -> None:
            content = json.dumps(record).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Hub


def _mode(path: str) -> dict[str, Any]:
    return {"path": path, "uploadMode": "lfs" if path.endswith(LARGE) else "regular", "shouldIgnore": False}


def _committed(body: bytes, objects: dict[str, bytes]) -> dict[str, bytes]:
    files = {}
    for line in body.splitlines():
        entry = json.loads(line)
        if entry["key"] == "file":
            files[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
        if entry["key"] == "lfsFile":
            files[entry["value"]["path"]] = objects[entry["value"]["oid"]]
    return files
