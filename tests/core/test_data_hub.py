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
from sentiment_core.data import hub
from sentiment_core.errors import DataError, ResourceMissing

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

    repository, files = "stanfordnlp/imdb", FILES

    def do_GET(self):
        path = self.path.split("?")[0]
        api, files = f"/api/datasets/{self.repository}", f"/datasets/{self.repository}/resolve/"
        if path.startswith(files):
            self._file(path.removeprefix(files).split("/", 1)[1])
        elif path.startswith(f"{api}/tree/"):
            self._json(self._tree((*path.removeprefix(f"{api}/tree/").split("/", 1), "")[1]))
        elif path.startswith(api):
            siblings = [{"rfilename": name, "size": len(content)} for name, content in self.files.items()]
            self._json({"id": self.repository, "sha": REVISION, "private": False, "siblings": siblings})
        else:
            self._answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_GET

    def _file(self, name):
        if name not in self.files:
            return self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        tag = hashlib.sha1(self.files[name]).hexdigest()
        return self._answer(200, self.files[name], {"ETag": f'"{tag}"', "X-Repo-Commit": REVISION})

    def _tree(self, folder):
        inside = [name for name in self.files if name.startswith(folder) and (folder or "/" not in name)]
        entries = [
            {"type": "file", "path": name, "size": len(self.files[name]), "oid": "0" * 40} for name in inside
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
def server_of_imdb():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_official_splits_are_fetched_into_the_workspace_cleaned_and_kept(server_of_imdb, tmp_path):
    fetched = _load(server_of_imdb, tmp_path)
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


MARKS = b"""---
configs:
- config_name: de
  data_files: [{split: train, path: de/train.parquet}, {split: test, path: de/test.parquet}]
- {config_name: en, data_files: [{split: train, path: en/train.parquet}]}
---
"""


def _marked(texts, names):
    """Return a Parquet file with names of classes, as the datasets library writes it."""
    import datasets

    label = datasets.ClassLabel(names=names)
    features = datasets.Features({"utterance": datasets.Value("string"), "mark": label})
    part = datasets.Dataset.from_dict({"utterance": texts, "mark": [0, 1, -1][: len(texts)]}, features)
    file = io.BytesIO()
    part.to_parquet(file)
    return file.getvalue()


class Marked(Hub):
    """A data set with two configurations and classes the other way round, and a program that must not run."""

    repository = "someone/marks"
    files = {  # noqa: RUF012
        "README.md": MARKS,
        "marks.py": b"raise SystemExit('it ran')",
        "de/train.parquet": _marked(["Ein Genuss.", "Eine Qual.", "Ohne Urteil."], ["good", "bad"]),
        "de/test.parquet": _marked(["Wunderbar.", "Furchtbar."], ["good", "bad"]),
        "en/train.parquet": _marked(["A joy.", "A bore."], ["pos", "neg"]),
    }


@pytest.fixture
def marked():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Marked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


BY_NAME = """
import json
from sentiment_core import data
from sentiment_core.errors import ReelcheckError
from sentiment_core.schema import Reading
columns = {"text_column": "utterance", "label_column": "mark"}
told = Reading(**columns, negative=("bad",), positive=("good",))
answers = []
for name, how in [
    ("someone/marks", Reading(**columns)),
    ("someone/marks:fr", Reading(**columns)),
    ("someone/marks:en", Reading()),
    ("someone/marks:en", Reading(**columns)),
    ("someone/marks:de", Reading(**columns)),
    ("someone/marks:de", told),
    ("someone/else", Reading()),
]:
    try:
        found = data.load(name, reading=how)
        rows = found.examples[["text", "label", "split"]].values.tolist()
        answers.append([rows, found.read.notes, [[item.why, item.count] for item in found.dropped]])
    except ReelcheckError as error:
        answers.append(str(error))
print(json.dumps(answers))
"""


def test_any_data_set_of_two_classes_is_read_by_its_name(marked, tmp_path):
    several, unknown, unnamed, english, strange, german, missing = _load(marked, tmp_path, BY_NAME)
    assert "several configurations: 'de', 'en'; give one, such as someone/marks:de" in several
    assert "no configuration 'fr'; its own: 'de', 'en'" in unknown
    assert unnamed == english  # of two columns, one with names of classes, there is only one way
    assert english[0] == [["A joy.", 1, "train"], ["A bore.", 0, "train"]]
    assert "the file's own label names count, not the numbers: 0 is 'pos', 1 is 'neg'" in english[1]
    assert "0 (good), 1 (bad): neither negative nor positive; say which" in strange
    assert german[0] == [
        ["Ein Genuss.", 1, "train"],
        ["Eine Qual.", 0, "train"],
        ["Wunderbar.", 1, "test"],
        ["Furchtbar.", 0, "test"],
    ]
    assert german[2] == [["label '-1', neither --negative nor --positive", 1]]
    assert "'someone/else' needs the hub, which answers with status 404" in missing
    assert not list((tmp_path / "home").rglob("*.py"))


@pytest.mark.parametrize(
    "name",
    ["a/b/c", "../b", "a/..", "http://x/y", "a/b:c/d", "a/b.csv", "/a/b", "a//b", "a/b@main", "~/b", "a/"],
)
def test_what_is_no_name_of_a_data_set_is_never_asked_for(name, monkeypatch):
    monkeypatch.setattr(hub, "silence", lambda *_: pytest.fail("asked"))
    with pytest.raises(DataError, match="neither a known name nor a file"):
        data.load(name)


def test_a_file_comes_before_a_data_set_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_text("text,label\nfine,1\nbad,0\n")
    monkeypatch.setattr(hub, "silence", lambda *_: pytest.fail("asked"))
    with pytest.raises(DataError, match="format of file 'b' is not known"):
        data.load("a/b")


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


def _load(endpoint, folder, program=LOAD):
    """Load in a process of its own: the client reads its settings when it is imported."""
    settings = {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "0"}
    settings |= {"REELCHECK_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
