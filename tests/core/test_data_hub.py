"""The hub's data set is fetched through the real client, from a server on this machine."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest

from sentiment_core import data
from sentiment_core.errors import ResourceMissing

REVISION = "0123456789abcdef0123456789abcdef01234567"
CARD = b"""---
configs:
- config_name: plain_text
  default: true
  data_files:
  - {split: train, path: plain_text/train-*}
  - {split: test, path: plain_text/test-*}
---
"""
LOAD = """
import json
from sentiment_core import data
from sentiment_core.errors import ReelcheckError
try:
    dataset = data.load("imdb")
    answer = {"rows": dataset.examples.values.tolist(), "missing": data.DATASETS["imdb"].available()}
except ReelcheckError as error:
    answer = {"error": type(error).__name__, "message": str(error)}
print(json.dumps(answer))
"""


def _parquet(texts):
    file = io.BytesIO()
    pd.DataFrame({"text": texts, "label": [0, 1]}).to_parquet(file, index=False)
    return file.getvalue()


FILES = {
    "README.md": CARD,
    "plain_text/train-00000-of-00001.parquet": _parquet(["A bore.<br />Truly.", "A joy."]),
    "plain_text/test-00000-of-00001.parquet": _parquet(["Dull.", "Bright."]),
}


class Hub(BaseHTTPRequestHandler):
    """What the hub's client asks for one data set, and no more."""

    def do_GET(self):
        path = self.path.split("?")[0]
        api, files = "/api/datasets/stanfordnlp/imdb", "/datasets/stanfordnlp/imdb/resolve/"
        if path.startswith(files):
            self._file(path.removeprefix(files).split("/", 1)[1])
        elif path.startswith(f"{api}/tree/"):
            self._json(self._tree((*path.removeprefix(f"{api}/tree/").split("/", 1), "")[1]))
        elif path.startswith(api):
            siblings = [{"rfilename": name} for name in FILES]
            self._json({"id": "stanfordnlp/imdb", "sha": REVISION, "private": False, "siblings": siblings})
        else:
            self._answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_GET

    def _file(self, name):
        if name not in FILES:
            return self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        tag = hashlib.sha1(FILES[name]).hexdigest()
        return self._answer(200, FILES[name], {"ETag": f'"{tag}"', "X-Repo-Commit": REVISION})

    def _tree(self, folder):
        inside = [name for name in FILES if name.startswith(folder) and (folder or "/" not in name)]
        entries = [
            {"type": "file", "path": name, "size": len(FILES[name]), "oid": "0" * 40} for name in inside
        ]
        return entries + ([] if folder else [{"type": "directory", "path": "plain_text", "oid": "0" * 40}])

    def _json(self, record):
        self._answer(200, json.dumps(record).encode(), {"Content-Type": "application/json"})

    def _answer(self, status, body, headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_official_splits_are_fetched_into_the_workspace_cleaned_and_kept(hub, tmp_path):
    fetched = _load(hub, tmp_path)
    assert fetched["rows"] == [
        ["imdb-train-00001", "A bore.\nTruly.", 0, "train", "imdb"],
        ["imdb-train-00002", "A joy.", 1, "train", "imdb"],
        ["imdb-test-00001", "Dull.", 0, "test", "imdb"],
        ["imdb-test-00002", "Bright.", 1, "test", "imdb"],
    ]
    wanted = {name.rpartition("/")[2] for name in FILES if name.endswith(".parquet")}
    assert {file.name for file in (tmp_path / "home" / "cache" / "hub").rglob("*.parquet")} == wanted
    assert [file for file in (tmp_path / "hf").rglob("*") if file.is_file()] == []
    without_hub = _load("http://127.0.0.1:9", tmp_path)
    assert without_hub == fetched | {"missing": None}


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "http://127.0.0.1:{silent}"])
def test_without_a_hub_a_message_comes_within_seconds(endpoint, tmp_path, silent_port):
    started = time.monotonic()
    answer = _load(endpoint.format(silent=silent_port), tmp_path)
    assert answer["error"] == "ResourceMissing" and "use 'imdb-embedded'" in answer["message"]
    assert time.monotonic() - started < 20  # the client's own patience is 23 to 46 s; much here is imports


def test_a_hub_that_does_not_have_it_is_quoted(tmp_path):
    class Empty(Hub):
        def do_GET(self):
            self._answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answer = _load(f"http://127.0.0.1:{server.server_port}", tmp_path)
    server.shutdown()
    server.server_close()
    assert "answers with status 404" in answer["message"]


def test_offline_is_said_without_trying(monkeypatch, tmp_path):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path)
    assert "HF_HUB_OFFLINE is set" in data.DATASETS["imdb"].available()
    with pytest.raises(ResourceMissing, match="could not be fetched from the hub"):
        data.load("imdb")


@pytest.fixture
def silent_port():
    """A port that takes connections and never answers."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _load(endpoint, folder):
    """Load in a process of its own: the client reads its settings when it is imported."""
    settings = {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "0"}
    settings |= {"REELCHECK_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD], env=os.environ | settings, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
