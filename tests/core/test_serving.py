"""The API answers what the model answers, in the forms that clients speak."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from huggingface_hub import InferenceClient, constants
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import reset_sessions
from served import BAD, GOOD, workspace

from sentiment_core import models
from sentiment_core.classifiers.base import Classifier
from sentiment_core.commands import serve
from sentiment_core.serving.limits import Limits
from sentiment_core.serving.server import in_background

EDGES = [
    "x",
    "\N{GRINNING FACE} " * 3,
    "مرحبا فيلم",
    "<script>alert(1)</script>",
    "a\r\nb\x00c",
    "long film " * 5_000,
]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classifier]:
    with workspace(tmp_path_factory.mktemp("served")):
        yield models.load_model("warm")


@pytest.fixture(scope="module")
def address(classifier: Classifier) -> Iterator[str]:
    with in_background(["warm", "other"]) as address:
        yield address


@pytest.fixture(autouse=True)
def _clients_may_connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the hub's client reach this machine, though tests are offline."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    reset_sessions()
    yield
    reset_sessions()


def post(address: str, path: str, **body: Any) -> requests.Response:
    return requests.post(address + path, json=body, timeout=30)


def positive(labels: list[dict[str, Any]]) -> float:
    return next(one["score"] for one in labels if one["label"] == "positive")


@pytest.mark.parametrize("path", ["", "/models/warm"])
def test_the_hub_s_own_client_gets_both_labels_with_the_model_s_probabilities(address, classifier, path):
    found = InferenceClient(address + path).text_classification(GOOD)
    negative, positive = classifier.predict_proba([GOOD])[0]
    assert {one.label: one.score for one in found} == pytest.approx(
        {"negative": negative, "positive": positive}
    )
    assert found[0].score >= found[1].score


def test_the_hub_s_client_may_ask_for_one_label_and_for_raw_scores(address, classifier):
    client = InferenceClient(address)
    assert [one.label for one in client.text_classification(BAD, top_k=1)] == ["negative"]
    raw = {one.label: one.score for one in client.text_classification(GOOD, function_to_apply="none")}
    assert raw["positive"] - raw["negative"] == pytest.approx(classifier.log_odds([GOOD])[0])
    each = {one.label: one.score for one in client.text_classification(GOOD, function_to_apply="sigmoid")}
    assert each["positive"] == pytest.approx(1 / (1 + np.exp(-raw["positive"])))


def test_the_hub_s_client_hears_why_a_text_is_refused(address):
    with pytest.raises(HfHubHTTPError, match="inputs is empty"):
        InferenceClient(address).text_classification(" ")


def test_a_list_of_texts_gets_a_list_of_labels_each(address, classifier):
    found = post(address, "/", inputs=EDGES).json()
    np.testing.assert_allclose(
        [positive(one) for one in found], classifier.predict_proba(EDGES)[:, 1], atol=1e-12
    )


def test_text_embeddings_inference_answers_one_text_flat_and_a_batch_nested(address, classifier):
    expected = classifier.predict_proba([GOOD, BAD])[:, 1]
    assert positive(post(address, "/predict", inputs=GOOD).json()) == pytest.approx(expected[0])
    assert positive(post(address, "/predict", inputs=[GOOD]).json()) == pytest.approx(expected[0])
    batch = post(address, "/predict", inputs=[[GOOD], [BAD]]).json()
    assert [positive(one) for one in batch] == pytest.approx(list(expected))
    assert [len(one) for one in post(address, "/predict", inputs=[[GOOD]]).json()] == [2]


@pytest.mark.parametrize(
    "inputs", [["a", "b"], [["a", "b"]], [["a"], ["b", "c"]], ["a", "b", "c"], [["a"], []]]
)
def test_a_pair_of_texts_is_refused_in_a_line_that_says_how_a_batch_is_written(address, inputs):
    answer = post(address, "/predict", inputs=inputs)
    assert (answer.status_code, answer.json()["error_type"]) == (422, "Validation")
    assert '[["a"], ["b"]]' in answer.json()["error"]


def test_several_models_answer_by_alias_and_by_id(address, classifier):
    other = models_by_name(address)["other"]
    by_alias, by_id = (post(address, f"/models/{name}", inputs=GOOD).json() for name in ("other", other))
    assert by_alias == by_id != post(address, "/", inputs=GOOD).json()
    assert post(address, "/models/nobody", inputs=GOOD).status_code == 404


def models_by_name(address: str) -> dict[str, str]:
    return {one["name"]: one["model_id"] for one in requests.get(f"{address}/models", timeout=30).json()}


# --- what the documents show -----------------------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
DOCUMENTED = "http://127.0.0.1:8080"


def here(text: str, address: str) -> str:
    return text.replace(DOCUMENTED, address).replace("models/tfidf", "models/warm")


def test_the_python_lines_of_the_page_run(address, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(here(code, address), {})
    assert re.fullmatch(r"(negative|positive) 0\.\d+\n(negative|positive) 0\.\d+\n", capsys.readouterr().out)


def test_the_curl_lines_of_the_page_are_answered(address):
    lines = re.findall(r"^curl .*", PAGE, re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        program, _, header, _, body, target = shlex.split(here(line, address))
        headers = dict([header.split(": ")])
        assert requests.post(target, body.encode(), headers=headers, timeout=30).status_code == 200


def test_the_limits_of_the_page_are_those_in_force():
    rows = dict(re.findall(r"^\| `(--[\w-]+)` \| .* \| ([\d,]+|none) \|$", PAGE, re.MULTILINE))
    written = {option: int(value.replace(",", "").replace("none", "0")) for option, value in rows.items()}
    assert written == {
        f"--{option.replace('_', '-')}": getattr(Limits(), limit) for option, limit in serve.LIMITS.items()
    }
