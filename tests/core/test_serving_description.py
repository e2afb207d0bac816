"""The API's description says what it takes and answers, and nothing that it allows breaks the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from served import GOOD, workspace

from sentiment_core.serving.limits import Limits
from sentiment_core.serving.server import Settings, in_background

#: Requests that schemathesis makes up for each address, as described and otherwise.
EXAMPLES = 10


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with (
        workspace(tmp_path_factory.mktemp("served")),
        in_background(["warm", "other"], Settings(limits=Limits(texts=8), log=lambda line: None)) as address,
    ):
        yield address


def test_schemathesis_finds_no_server_error_and_no_answer_that_is_not_described(address: str) -> None:
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    statuses: Counter[int] = Counter()

    def ask(case: schemathesis.Case) -> None:
        if "model" in case.path_parameters and statuses.total() % 4:
            case.path_parameters["model"] = "other"
        response = case.call()
        statuses[response.status_code] += 1
        # a text of spaces fits the description and is refused all the same
        case.validate_response(response, excluded_checks=[positive_data_acceptance])

    operations = [found.ok() for found in schema.get_all_operations()]
    modes = {"get": [GenerationMode.POSITIVE], "post": list(GenerationMode)}
    for operation, mode in ((one, mode) for one in operations for mode in modes[one.method]):
        bounded = settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        bounded(given(case=operation.as_strategy(generation_mode=mode))(ask))()
    print(f"{len(operations)} addresses, {statuses.total()} requests: {dict(statuses)}")
    assert len(operations) == 11 and statuses[200] > 30
    assert max(statuses) < 500


def test_what_is_asked_of_each_address_and_its_limits_can_be_read(address: str) -> None:
    description = requests.get(f"{address}/openapi.json", timeout=30).json()
    assert set(description["paths"]) == {
        "/", "/predict", "/explain", "/models", "/models/{model}", "/models/{model}/predict",
        "/models/{model}/explain", "/health", "/info", "/metrics",
    }  # fmt: skip
    info = requests.get(f"{address}/info", timeout=30).json()
    assert (info["max_client_batch_size"], info["max_concurrent_requests"]) == (8, 512)
    assert info["model_type"]["classifier"]["id2label"] == {"0": "negative", "1": "positive"}
    assert (info["models"], info["max_input_length"]) == (["warm", "other"], None)


class Tags(HTMLParser):
    """Counts the tags of a page, and collects what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.targets += [str(value) for name, value in attrs if name in ("href", "src")]


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_page_shows_every_address_and_loads_nothing(address: str, path: str) -> None:
    answer = requests.get(address + path, timeout=30)
    page = Tags()
    page.feed(answer.text)
    assert page.tags["h3"] == 11 and page.tags["script"] == 0 and page.targets == ["/openapi.json"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<h3><code>POST /models/{model}/predict</code></h3>" in answer.text


def test_metrics_are_in_the_format_of_prometheus_and_name_no_text(address: str) -> None:
    asked = f"{GOOD} asked for its metrics"
    requests.post(address, json={"inputs": [asked, asked]}, timeout=30)
    requests.get(f"{address}/models/{asked}", timeout=30)
    answer = requests.get(f"{address}/metrics", timeout=30)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    routes = {sample.labels["route"] for sample in families["reelcheck_requests"].samples}
    assert {"/", "/models/{model}"} <= routes and "metrics" not in " ".join(routes - {"/metrics"})
    counted = {sample.labels["model"] for sample in families["reelcheck_batch_texts"].samples}
    assert "warm" in counted and families["reelcheck_requests_in_flight"].samples[0].value == 1
