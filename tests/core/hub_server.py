"""As much of the hub's protocol as a push and a download need, on this machine, with faults on demand."""

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
#: Of everything that can be fetched.
COMMIT = "0123456789abcdef0123456789abcdef01234567"
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
        published: files by path of the repositories that can be fetched, by OWNER/NAME, at COMMIT.
        sizes: of files, where the listing is to say something else than what they have.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.objects: dict[str, bytes] = {}
        self.faults: dict[str, list[int]] = {}
        self.requests: list[str] = []
        self.tokens: set[str | None] = set()
        self.private: bool | None = None
        self.published: dict[str, dict[str, bytes]] = {}
        self.sizes: dict[str, int] = {}


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
            if self.command != "POST" and "/resolve/" in path:
                return self._file(*path.strip("/").split("/resolve/"))
            if self.command == "GET" and path.startswith("/api/models/"):
                return self._about(path.removeprefix("/api/models/").partition("/revision/"))
            return self._answer(200, self._reply(path, body))

        def _about(self, asked: tuple[str, str, str]) -> None:
            repository, _, revision = asked
            if repository == REPOSITORY:
                return self._answer(200, self._reply("", b""))
            if repository not in store.published:
                return self._missing("RepoNotFound")
            if revision not in ("", "main", COMMIT):
                return self._missing("RevisionNotFound")
            siblings = [
                {"rfilename": name, "size": store.sizes.get(name, len(content))}
                for name, content in store.published[repository].items()
            ]
            return self._answer(200, {"id": repository, "sha": COMMIT, "siblings": siblings})

        def _file(self, repository: str, place: str) -> None:
            content = store.published.get(repository, {}).get(place.partition("/")[2])
            if content is None:
                return self._missing("EntryNotFound")
            about = {"X-Repo-Commit": COMMIT, "ETag": hashlib.sha256(content).hexdigest()}
            return self._send(200, content, about)

        def _missing(self, what: str) -> None:
            self._send(404, b"", {"X-Error-Code": what})

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
            self._send(status, json.dumps(record).encode(), {"Content-Type": "application/json"})

        def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
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
