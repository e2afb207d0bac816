"""A base named on the hub is fetched through the hub's own protocol, here from a server on loopback."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path):
    """A server that knows one model, `someone/tiny-distilbert`, and speaks what the hub client asks."""
    files = _tiny_model_files(tmp_path / "served")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(files))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def test_a_base_is_fetched_from_the_hub_and_its_revision_is_recorded(hub, tmp_path):
    said = _load("someone/tiny-distilbert", hub, tmp_path / "home")
    assert said == {"revision": COMMIT, "architecture": "DistilBertForSequenceClassification", "labels": 2}


def test_a_base_fetched_once_needs_no_hub_again(hub, tmp_path):
    _load("someone/tiny-distilbert", hub, tmp_path / "home")
    again = _load("someone/tiny-distilbert", "http://127.0.0.1:9", tmp_path / "home")
    assert again["revision"] == COMMIT


def test_a_name_the_hub_does_not_know_is_said_in_one_line(hub, tmp_path):
    assert "the hub has no model 'someone/else'" in _load("someone/else", hub, tmp_path / "home")["error"]


LOADER = """
import json, sys
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.errors import ReelcheckError
try:
    base = load_base(sys.argv[1])
    model = base.model
    said = {"revision": base.revision, "architecture": type(model).__name__, "labels": model.num_labels}
except ReelcheckError as error:
    said = {"error": str(error)}
print(json.dumps(said))
"""


def _load(name, endpoint, home):
    """The hub client reads its address at import, so each call is a process of its own."""
    environment = os.environ | {
        "HF_ENDPOINT": endpoint,
        "REELCHECK_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", LOADER, name], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _tiny_model_files(folder):
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    from sentiment_core.classifiers.transformer.pretrained import load_base

    torch.manual_seed(0)
    shape = DistilBertConfig(vocab_size=30522, dim=16, hidden_dim=16, n_layers=1, n_heads=1)
    DistilBertForSequenceClassification(shape).save_pretrained(folder)
    load_base("distilbert-minilm").tokenizer.save_pretrained(folder)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def _handler(files):
    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            parts = self.path.split("?")[0].strip("/").split("/")
            if parts[:4] == ["api", "models", "someone", "tiny-distilbert"]:
                known = {"id": "someone/tiny-distilbert", "sha": COMMIT}
                return self._answer(
                    json.dumps(known | {"siblings": [{"rfilename": n} for n in files]}).encode()
                )
            if parts[:3] == ["someone", "tiny-distilbert", "resolve"] and parts[-1] in files:
                return self._answer(files[parts[-1]])
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _answer(self, content):
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", hashlib.sha256(content).hexdigest())
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *args):
            pass

    return Hub
