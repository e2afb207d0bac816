"""A model that answers from elsewhere is asked by a page only where a person wants that."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from opened_pages import chosen, html_of, opened
from streamlit.testing.v1 import AppTest

from sentiment_core import models
from sentiment_core.adoption import endpoints

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))
from endpoint_server import Endpoint, serving  # noqa: E402

LIVE = "views/live/page.py"


@pytest.fixture
def far(tiny_workspace: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """Serve a model, and put it on the shelf of the tiny workspace as `far`."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("person")))
    with serving() as served:
        endpoints.add({"url": served.url, "price": 2.0}, alias="far")
        served.asked.clear()
        yield served


def test_explain_asks_a_model_elsewhere_only_once_a_person_wants_that(app: AppTest, far: Endpoint) -> None:
    far_id = models.resolve("far").model_id
    opened(app, "views/explain/page.py", **chosen() | {"model_a": far_id})
    assert far.asked == [] and [one.label for one in app.toggle] == ["Ask far many times"]


def test_the_public_is_not_offered_to_send_texts_elsewhere(
    app: AppTest, far: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELCHECK_PUBLIC", "1")
    opened(app, LIVE)
    assert "Ask far too" not in [toggle.label for toggle in app.toggle]
    assert far.asked == []


def said(app: AppTest) -> str:
    return "\n".join(caption.value.replace("\\", "") for caption in app.caption)


def test_a_text_is_sent_elsewhere_only_once_a_person_wants_that(app: AppTest, far: Endpoint) -> None:
    opened(app, LIVE)
    assert far.asked == [] and ">far<" not in html_of(app)
    (switch,) = [toggle for toggle in app.toggle if toggle.label == "Ask far too"]
    assert far.url.removeprefix("http://") in switch.help.replace("\\", "")
    switch.set_value(True).run()
    assert not app.exception
    assert [len(texts) for texts in far.asked] == [1] and "words and signs" in html_of(app)
    assert "2 requests for 3 texts in " in said(app) and ", cost 0.004" in said(app)
    far.faults = [None]
    app.text_area(key="live_text").set_value("Another text.").run()
    assert not app.exception and not app.error
    assert "gives no answer in 1 try" in said(app)
    assert "tfidf" in html_of(app)
