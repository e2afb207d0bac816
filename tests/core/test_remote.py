"""A model behind an endpoint answers as it is served; a faulty one is one clear line, and costs no time."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from endpoint_server import by_words, serving

from sentiment_core.classifiers.remote import consent, forms
from sentiment_core.classifiers.remote.asking import WAIT_SECONDS, Asker
from sentiment_core.classifiers.remote.classifier import RemoteClassifier
from sentiment_core.classifiers.remote.endpoint import Endpoint
from sentiment_core.classifiers.remote.labels import settled
from sentiment_core.classifiers.remote.line import MOST_BYTES, Line
from sentiment_core.classifiers.remote.usage import Counter
from sentiment_core.contracts.base import EDGE_TEXTS
from sentiment_core.contracts.classifiers import check_classifier
from sentiment_core.errors import ModelError, RemoteError

TEXTS = [
    "A wonderful film.",
    "A dull film.",
    "",
    "Warm, witty, lovely.",
    "😀 فيلم",
    "<b>flat</b>",
    "half \ud83d",
]
LABELED = {"negative": "NEGATIVE", "positive": "POSITIVE"}


@pytest.fixture
def served():
    with serving() as endpoint:
        yield endpoint


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self):
        self.now, self.slept = 1000.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def asker(served, clock=None, near=True, **settings):
    clock = clock or Clock()
    endpoint = Endpoint.of({**LABELED, "url": served.url, "timeout": 5.0, **settings})
    line = Line(endpoint.url, near=near, timeout=endpoint.timeout, parallel=endpoint.parallel)
    return Asker(endpoint, line, Counter(now=clock), sleep=clock.sleep, clock=clock)


def remote(served, clock=None, **settings):
    return RemoteClassifier("far", asker(served, clock, **settings))


@pytest.mark.parametrize("form", list(forms.FORMS))
def test_it_answers_as_the_model_that_is_served(served, form):
    found = remote(served, form=form, batch_size=2).predict_proba(TEXTS)
    expected = np.where([not text.strip() for text in TEXTS], 0.5, by_words(TEXTS))
    np.testing.assert_allclose(found[:, 1], expected, rtol=0, atol=1e-12)
    assert [len(texts) for texts in served.asked] == [2, 2, 2]  # the blank one is not sent


@pytest.mark.parametrize("form", list(forms.FORMS))
def test_it_keeps_what_every_classifier_promises(served, form):
    check_classifier(remote(served, form=form, parallel=3, batch_size=4), EDGE_TEXTS)


def test_equal_texts_are_sent_once_and_requests_stay_small(served):
    long = "word " * 20_000
    remote(served).predict_proba(["a b", "a b", long, long + "x", "a b"])
    assert [len(texts) for texts in served.asked] == [2, 1]


def test_label_names_are_found_by_asking_and_shown(served):
    endpoint, said = settled(asker(served, negative="", positive=""))
    assert endpoint.outputs == ("NEGATIVE", "POSITIVE")
    assert said == "'NEGATIVE' is negative, 'POSITIVE' is positive"


@pytest.mark.parametrize(
    ("names", "given", "said"),
    [
        (("LABEL_0", "LABEL_1"), {}, "does not say which is positive; .*--positive LABEL"),
        (("1 star", "2 stars", "3 stars"), {}, "has 3 labels .* two are needed"),
        (
            ("LABEL_0", "LABEL_1"),
            {"positive": "LABEL_2"},
            "has no label 'LABEL_2'; its labels: 'LABEL_0', 'L",
        ),
        (("a", "b"), {"positive": "a", "negative": "a"}, "cannot be both"),
    ],
)
def test_label_names_that_are_not_clear_are_asked_for(served, names, given, said):
    served.names = names
    with pytest.raises(ModelError, match=said):
        settled(asker(served, **{"negative": "", "positive": "", **given}))


def test_a_mapping_that_turns_praise_into_blame_is_doubted(served):
    served.names = ("LABEL_0", "LABEL_1")
    endpoint, said = settled(asker(served, negative="", positive="label_0"))
    assert endpoint.outputs == ("LABEL_1", "LABEL_0")
    assert said.endswith("it finds praise no more 'LABEL_0' than blame: are the labels right?")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_fault_that_passes_is_tried_again_with_growing_waits(served, status):
    clock = Clock()
    served.faults = [(status, {}, b"{}")] * 3
    found = remote(served, clock).predict_proba(["A wonderful film."])
    assert found[0, 1] == by_words(["A wonderful film."])[0]
    assert clock.slept == [WAIT_SECONDS, 2 * WAIT_SECONDS, 4 * WAIT_SECONDS]


def test_it_waits_as_long_as_the_endpoint_asks(served):
    clock = Clock()
    served.faults = [
        (429, {"Retry-After": "17"}, b""),
        (503, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, b""),
    ]
    remote(served, clock).predict_proba(["x"])
    assert clock.slept == [17.0, 0.0]


def test_it_waits_while_the_hub_loads_a_model(served):
    clock = Clock()
    bodies = (b'{"error": "loading", "estimated_time": 20.5}', b'{"estimated_time": "soon"}', b"[" * 9_999)
    served.faults = [(503, {}, body) for body in bodies]
    remote(served, clock).predict_proba(["x"])
    assert clock.slept == [20.5, 2 * WAIT_SECONDS, 4 * WAIT_SECONDS]


def test_an_endpoint_that_asks_for_an_hour_is_not_waited_for(served):
    clock = Clock()
    served.faults = [(503, {"Retry-After": "3600"}, b"")]
    with pytest.raises(RemoteError, match="asks to wait 3,600 s .*status 503"):
        remote(served, clock).predict_proba(["x"])
    assert clock.slept == []


def test_it_gives_up_after_its_tries(served):
    served.faults = [None] * 9
    with pytest.raises(RemoteError, match="gives no answer in 3 tries: .*; what is done is kept"):
        remote(served, tries=3).predict_proba(["x"])
    assert served.requests == 3


def test_nobody_there_is_one_line():
    with serving() as gone:
        pass
    with pytest.raises(RemoteError, match="gives no answer in 2 tries: it cannot be reached"):
        remote(gone, tries=2).predict_proba(["x"])


def test_an_answer_that_does_not_come_in_time_is_one_line(served):
    served.faults = [(200, {"Content-Length": "100"}, b"[")]
    with pytest.raises(RemoteError, match="in 1 try: no answer within 0.2 s"):
        remote(served, tries=1, timeout=0.2).predict_proba(["x"])


def test_an_answer_that_drips_ends_at_the_time_limit(served, monkeypatch):
    classifier = remote(served, tries=1, timeout=5.0)
    moments = iter([0.0, 1.0, 6.0, 7.0, 8.0])
    classifier.asker.line.clock = lambda: next(moments)
    served.faults = [(200, {}, b"[" * 100_000)]
    with pytest.raises(RemoteError, match="no whole answer within 5 s"):
        classifier.predict_proba(["x"])


ROW = [{"label": "NEGATIVE", "score": 0.25}, {"label": "POSITIVE", "score": 0.75}]
WRONG = {
    "not JSON": (b"<html>hello</html>", "not JSON"),
    "compressed": (b"\x1f\x8b\x08", "not JSON"),
    "nested without end": (b"[" * 100_000, "not JSON"),
    "an object": (b'{"error": "secret text"}', "a list of labels for each of 2 texts"),
    "too few rows": (json.dumps([ROW]).encode(), "a list of labels for each of 2 texts"),
    "flat": (json.dumps(ROW).encode(), "a list of labels for each of 2 texts"),
    "no labels": (b"[[], []]", "the labels none"),
    "numbers": (b"[[1, 2], [3, 4]]", "no label and score"),
    "NaN": (json.dumps([[{"label": "POSITIVE", "score": float("nan")}]] * 2).encode(), "no label and score"),
    "a score of 2": (json.dumps([[{"label": "POSITIVE", "score": 2}]] * 2).encode(), "no label and score"),
    "true": (json.dumps([[{"label": "POSITIVE", "score": True}]] * 2).encode(), "no label and score"),
    "a label twice": (json.dumps([[ROW[0], ROW[0]]] * 2).encode(), "a label twice"),
    "other labels": (json.dumps([[{"label": "toxic", "score": 1.0}]] * 2).encode(), "the labels 'toxic'"),
    "one label only": (json.dumps([ROW[:1]] * 2).encode(), "the labels 'NEGATIVE'"),
    "a third label": (json.dumps([[*ROW, {"label": "x", "score": 0}]] * 2).encode(), "'x'"),
    "each by itself": (json.dumps([[ROW[1], {**ROW[0], "score": 0.75}]] * 2).encode(), "sum to 1.5"),
}


@pytest.mark.parametrize("content, said", WRONG.values(), ids=list(WRONG))
def test_an_answer_of_another_shape_is_one_line_that_quotes_none_of_it(served, content, said):
    served.faults = [(200, {}, content)]
    with pytest.raises(RemoteError, match=said) as raised:
        remote(served).predict_proba(["x", "y"])
    assert "secret" not in str(raised.value)
    assert served.requests == 1


def test_an_answer_in_chunks_is_read_whole_and_the_connection_is_used_again(served):
    rows = json.dumps([ROW] * 2).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (rows[:7], rows[7:])) + b"0\r\n\r\n"
    served.faults = [(200, {"Transfer-Encoding": "chunked"}, chunks)]
    classifier = remote(served)
    assert classifier.predict_proba(["x", "y"])[:, 1].tolist() == [0.75, 0.75]
    classifier.predict_proba(["z"])
    assert classifier.asker.line._pool.num_connections == 1


def test_an_endless_answer_is_not_read(served):
    served.faults = [(200, {"Content-Length": str(10**12)}, b" " * (MOST_BYTES + 2**17))]
    with pytest.raises(RemoteError, match="more than 1 MiB"):
        remote(served).predict_proba(["x"])


@pytest.mark.parametrize("status", [413, 422])
def test_a_request_that_is_too_much_is_made_in_parts(served, status):
    texts = ["A dull film.", "A warm film.", "Flat.", "Lovely."]
    served.faults = [(status, {}, b"")] * 2
    found = remote(served).predict_proba(texts)
    np.testing.assert_allclose(found[:, 1], by_words(texts), atol=1e-12)
    assert [len(some) for some in served.asked] == [1, 1, 2]


@pytest.mark.parametrize("status", [400, 413, 422, 424])
def test_a_text_that_is_refused_is_an_error_of_that_text_alone(served, status):
    served.faults = [(status, {}, b"")]
    with pytest.raises(ModelError, match=f"refuses a text .status {status}."):
        remote(served).predict_proba(["x"])


@pytest.mark.parametrize("status", [404, 405, 410])
def test_an_address_where_no_model_is_ends_everything(served, status):
    served.faults = [(status, {}, b"")]
    with pytest.raises(RemoteError, match="refuses the request .*; is this its address, and its form"):
        remote(served).predict_proba(["x", "y"])


def test_what_does_not_speak_tls_is_one_line(served):
    served.url = served.url.replace("http:", "https:")
    with pytest.raises(RemoteError, match="its certificate, or its encryption, is not accepted"):
        remote(served, tries=1).predict_proba(["x"])
    assert served.requests == 0


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(served, status):
    with serving() as elsewhere:
        served.faults = [(status, {"Location": elsewhere.url}, b"")]
        with pytest.raises(RemoteError, match=f"elsewhere .status {status}., which is not followed"):
            remote(served).predict_proba(["x"])
        assert elsewhere.requests == 0


def test_the_token_comes_from_the_environment_and_is_written_nowhere(served, monkeypatch, tmp_path):
    monkeypatch.setenv("FAR_TOKEN", "hf_secret")
    classifier = remote(served, token_env="FAR_TOKEN")
    classifier.predict_proba(["x"])
    assert served.tokens == ["Bearer hf_secret"]
    assert "hf_secret" not in json.dumps(classifier.endpoint.params)
    served.faults = [(401, {}, b"")]
    with pytest.raises(RemoteError, match="the token in FAR_TOKEN is not accepted") as raised:
        classifier.predict_proba(["y"])
    assert "hf_secret" not in str(raised.value)


@pytest.mark.parametrize("value", ["", " ", "two\nlines", "köder"])
def test_a_token_that_is_none_is_said_before_anything_is_sent(served, monkeypatch, value):
    monkeypatch.setenv("FAR_TOKEN", value)
    with pytest.raises(RemoteError, match="the variable FAR_TOKEN (is empty|holds what is no token)"):
        remote(served, token_env="FAR_TOKEN").predict_proba(["x"])
    assert served.requests == 0


def test_no_more_requests_are_made_per_second_than_are_allowed(served):
    clock = Clock()
    remote(served, clock, per_second=4.0, batch_size=1).predict_proba(["a", "b", "c"])
    assert clock.slept == [0.25, 0.25]


def test_a_limit_holds_for_processes_together(tmp_path):
    clock = Clock()
    one, other = (Counter(tmp_path / "far.json", clock) for _ in range(2))
    how = {"again": False, "per_second": 2.0, "budget": 10, "host": "far"}
    assert [one.begin(4, **how), other.begin(4, **how), one.begin(2, **how)] == [0.0, 0.5, 1.0]
    assert one.so_far() == other.so_far()
    with pytest.raises(RemoteError, match="was asked about 10 texts, and its budget is 10"):
        other.begin(1, **how)
    assert other.so_far().texts == 10


def test_requests_seconds_and_cost_are_counted(served):
    clock = Clock()
    classifier = remote(served, clock, batch_size=2, price=1.5)
    served.faults = [(503, {}, b"")]
    classifier.predict_proba(["a", "b", "c"])
    assert (classifier.usage.requests, classifier.usage.texts, classifier.usage.retries) == (3, 5, 1)
    assert classifier.usage.cost(1.5) == 0.0045


def test_a_budget_ends_the_asking_before_the_request(served):
    classifier = remote(served, budget=3, batch_size=2)
    with pytest.raises(RemoteError, match="was asked about 2 texts, and its budget is 3"):
        classifier.predict_proba(["a", "b", "c", "d"])
    assert served.asked == [["a", "b"]]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "ftp://x.example/"}, "not of http or https"),
        ({"url": "file:///etc/passwd"}, "not of http or https"),
        ({"url": "x.example"}, "not of http or https"),
        ({"url": ""}, "not of http or https"),
        ({"url": "https://x.example/ y"}, "not of http or https"),
        ({"url": "https://x.example/\r\nHost: y"}, "not of http or https"),
        ({"url": "https://"}, "not of http or https"),
        ({"url": "https://x.example:99999"}, "is not valid"),
        ({"url": "https://me:secret@x.example"}, "with a password, a query or a fragment"),
        ({"url": "https://x.example/?key=secret"}, "with a password, a query or a fragment"),
        ({"url": "http://x.example", "token_env": "T"}, "unencrypted; give an https address"),
        ({"form": "grpc"}, "form 'grpc' is not known; known: hub, tei"),
        ({"batch_size": 0}, "batch_size = 0 is not possible; give 1 to 256"),
        ({"timeout": float("nan")}, "timeout = nan is not possible"),
        ({"token_env": "hf_x y"}, "the name of an environment variable"),
        ({"tries": "5"}, "'tries' of an endpoint is not int"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_line(settings, said):
    with pytest.raises(ModelError, match=said) as raised:
        Endpoint.of({"url": "https://x.example", **settings})
    assert "secret" not in str(raised.value)


def test_what_was_allowed_is_the_persons_and_covers_the_token_s_variable_too(reelcheck_home):
    endpoint = Endpoint.of({"url": "https://x.example/model"})
    with pytest.raises(ModelError, match="asks https://x.example/model, which you have not allowed"):
        consent.check(endpoint, "far")
    consent.give(endpoint)
    assert consent.check(endpoint, "far") is False
    with pytest.raises(ModelError, match="and sends it the token in AWS_SECRET_ACCESS_KEY"):
        consent.check(replace(endpoint, token_env="AWS_SECRET_ACCESS_KEY"), "far")
    assert not consent.file().is_relative_to(reelcheck_home)
    consent.file().write_text("[")
    with pytest.raises(ModelError, match="not allowed"):
        consent.check(endpoint, "far")
