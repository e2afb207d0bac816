"""A model behind an address is put on the shelf by whoever typed it, and evaluated as any other."""

from __future__ import annotations

import json
import os
import time

import numpy as np
import pytest
from endpoint_server import by_words, serving
from served import workspace as workspace_to_serve

from sentiment_core import command_line, data, models
from sentiment_core.adoption import endpoints, shelving
from sentiment_core.classifiers.remote import asking, consent, usage
from sentiment_core.contracts.base import EDGE_TEXTS
from sentiment_core.errors import RemoteError
from sentiment_core.evaluation import records, unfinished
from sentiment_core.serving.server import Settings, in_background
from sentiment_core.storage import workspace


@pytest.fixture(autouse=True)
def person(tmp_path_factory, monkeypatch):
    """Be somebody who has allowed nothing yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("person")))


@pytest.fixture
def served(monkeypatch):
    monkeypatch.setattr(asking, "WAIT_SECONDS", 0.0)
    with serving() as endpoint:
        yield endpoint


def said(capsys, *argv, code=0):
    assert command_line.main([*argv, "--json"] if code == 0 else [*argv]) == code
    out, err = capsys.readouterr()
    return json.loads(out) if code == 0 else err


def add(capsys, served, *more):
    return said(capsys, "models", "add", served.url, "--alias", "far", *more)


def test_it_is_added_by_its_address_with_its_label_names_shown(capsys, served):
    result = add(capsys, served, "--form", "tei", "--price", "2", "--timeout", "5")
    assert result["outputs"] == "'NEGATIVE' is negative, 'POSITIVE' is positive"
    assert result["trained_on"] == {"name": "", "fingerprint": "", "n_train": 0}
    assert len(served.asked) == 1
    text = "A warm and witty film."
    answer = said(capsys, "predict", "--model", "far", "--text", text)
    assert answer["prob_positive"] == by_words([text])[0]
    assert "data that is not known" in models.resolve("far").data_in_words


def test_an_evaluation_counts_requests_and_cost_and_says_what_is_not_known(capsys, served, reviews):
    add(capsys, served, "--batch-size", "4", "--price", "2")
    result = said(capsys, "evaluate", "--model", "far", "--data", str(reviews), "--split", "test")
    [asked] = result["elsewhere"]
    assert asked["texts"] == result["n"] and asked["requests"] == -(-result["n"] // 4)
    assert asked["cost"] == asked["requests"] * 2 / 1000
    assert asked["host"] == served.url.removeprefix("http://")
    assert result["seen"] is None
    frame = records.open_evaluation(result["run_id"]).frame
    texts = data.load(str(reviews)).examples.set_index("example_id").loc[frame["example_id"], "text"]
    np.testing.assert_allclose(frame["prob_positive"], by_words(list(texts)), atol=1e-12)


def test_an_evaluation_that_breaks_off_asks_only_about_the_rest_when_it_is_repeated(capsys, served, reviews):
    add(capsys, served, "--batch-size", "8", "--tries", "1")
    dataset = data.load(str(reviews))
    before = len(served.asked)
    original = served.answer

    def failing(texts):
        if len(served.asked) - before > 4:
            served.faults = [None] * 3
        return original(texts)

    served.answer = failing
    with pytest.raises(RemoteError, match="gives no answer in 1 try"):
        records.evaluate("far", dataset, "test")
    first = [text for texts in served.asked[before:] for text in texts]
    served.answer, served.faults = original, []
    records.evaluate("far", dataset, "test")
    model_id = models.resolve("far").model_id
    asked = [text for texts in served.asked[before:] for text in texts]
    whole = dataset.split("test")["text"].nunique()
    assert 0 < len(first) < whole
    assert len(asked) < whole + len(first)  # what was kept is not asked again
    assert not unfinished.file_of(model_id).exists()


def test_what_is_kept_of_an_unfinished_prediction_holds_no_text_and_may_be_damaged(served, capsys):
    add(capsys, served)
    with unfinished.kept_until_whole(models.load_model("far")) as classifier:
        classifier.predict_proba(["A wonderful film."])
        kept = classifier.file.read_text()
        assert "wonderful" not in kept
        classifier.file.write_text(kept + '["cut sh\n[1, 2]\n["x", 7.0]\n[' + "[" * 5000)
    classifier.file.write_text("not ours\n")
    with unfinished.kept_until_whole(models.load_model("far")) as classifier:
        assert classifier.predict_proba(["A wonderful film."])[0, 1] == by_words(["A wonderful film."])[0]


def test_what_is_kept_is_not_used_a_day_later(served, capsys):
    add(capsys, served)
    file = unfinished.file_of(models.resolve("far").model_id)

    def break_off():
        far = models.load_model("far")
        with pytest.raises(KeyboardInterrupt), unfinished.kept_until_whole(far) as classifier:
            classifier.predict_proba(["x"])
            raise KeyboardInterrupt
        return len(served.asked)

    asked = break_off()
    assert break_off() == asked
    os.utime(file, (time.time() - unfinished.MOST_SECONDS - 60,) * 2)
    assert break_off() == asked + 1


def test_a_folder_from_elsewhere_is_not_asked_until_somebody_allows_it(capsys, served):
    """A workspace that somebody else made, opened by a person who allowed nothing."""
    add(capsys, served)
    consent.file().unlink()
    before = served.requests
    model_id = models.resolve("far").model_id
    err = said(capsys, "predict", "--model", "far", "--text", "x", code=2)
    assert "you have not allowed" in err and f"models allow {model_id}" in err and err.count("\n") == 1
    assert served.requests == before
    said(capsys, "models", "allow", "far")
    assert said(capsys, "predict", "--model", "far", "--text", "x")["prob_positive"] == 0.5


def test_a_changed_address_in_a_model_s_folder_is_damage(capsys, served):
    add(capsys, served)
    with serving() as other:
        file = models.resolve("far").folder / "endpoint.json"
        file.write_text(file.read_text().replace(served.url, other.url))
        assert "is not the file that training wrote" in said(capsys, "models", "allow", "far", code=2)
        assert "is damaged" in said(capsys, "predict", "--model", "far", "--text", "x", code=2)
        assert other.requests == 0


def test_only_a_model_elsewhere_can_be_allowed(capsys):
    near = shelving.Adopted("tfidf", "Near", {}, {}, {})
    shelving.put(near, lambda folder: (folder / "weights.json").write_text("{}"), alias="near")
    assert "asks no address" in said(capsys, "models", "allow", "near", code=2)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("http://169.254.169.254/latest",), "169.254.169.254 is not asked"),
        (("file:///etc/passwd",), "is not of http or https"),
        (("https://user:secret@h.example",), "with a password, a query or a fragment"),
        (("https://h.example", "--batch-size", "0"), "batch_size = 0 is not possible"),
        (("https://h.example", "--alias", "Far!"), "cannot be used"),
    ],
)
def test_what_cannot_be_added_is_one_line_and_allows_nothing(capsys, argv, message):
    err = said(capsys, "models", "add", *argv, code=2)
    assert message in err and err.count("\n") == 1 and "secret" not in err
    assert not consent.file().exists()
    assert models.list_models() == []


def test_a_damaged_count_of_requests_counts_from_the_start(capsys, served):
    add(capsys, served)
    model_id = models.resolve("far").model_id
    said(capsys, "predict", "--model", "far", "--text", "x")
    assert usage.read(model_id).requests == 2  # one of them to learn what its labels are called
    usage.file_of(model_id).write_text("{")
    said(capsys, "predict", "--model", "far", "--text", "x")
    assert usage.read(model_id).requests == 1


def test_its_weights_cannot_be_published_nor_its_address(capsys, served):
    add(capsys, served)
    err = said(capsys, "push", "--model", "far", "--repo", "me/far", "--dry-run", code=2)
    assert "there are no weights to publish" in err
    out = workspace.home() / "card.md"
    said(capsys, "card", "--model", "far", "--out", str(out))
    text = out.read_text()
    assert "token_env" not in text and served.url not in text
    assert "not recorded: the model was made elsewhere" in text
    assert "What it learned from is not recorded" in text


@pytest.mark.parametrize("form", ["hub", "tei"])
def test_our_own_server_is_asked_as_the_model_that_it_serves(form, tmp_path, monkeypatch):
    with workspace_to_serve(tmp_path):
        near = models.load_model("warm")
        with in_background(["warm"], Settings(key="a-key-of-many-letters")) as address:
            monkeypatch.setenv("FAR_KEY", "a-key-of-many-letters")
            endpoints.add({"url": address, "form": form, "token_env": "FAR_KEY"}, alias="far")
            far = models.load_model("far")
            texts = [text for text in (*EDGE_TEXTS, "Wonderful and warm.", "half \ud83d") if text.strip()]
            expected = near.predict_proba([text.replace("\ud83d", "\ufffd") for text in texts])
            np.testing.assert_allclose(far.predict_proba(texts), expected, rtol=0, atol=1e-6)
            assert far.usage.requests == 2
