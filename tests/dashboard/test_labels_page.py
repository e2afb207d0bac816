"""Label quality in the frame of the dashboard: suspects, verdicts by button and key, undo, and scores."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from opened_pages import chosen, html_of, measured, opened
from streamlit.testing.v1 import AppTest

from dashboard.views.labels import judging
from sentiment_core.labels import suspects, verdicts

VIEW = "views/labels/page.py"


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELCHECK_AUTHOR", "ann")


def words_of(app: AppTest) -> str:
    found = [item.value for kind in (app.markdown, app.caption, app.info) for item in kind]
    return re.sub(r"\\(.)", r"\1", " ".join(found))


def suspects_by_hand(n: int) -> list[str]:
    frame = measured("tfidf", n)[1].frame
    return suspects.judge(frame, frame["prob_positive"].to_numpy(float)).frame["example_id"].tolist()


def fingerprint(n: int) -> str:
    return measured("tfidf", n)[1].fingerprint


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


def test_the_most_suspect_label_is_read_first_and_a_verdict_leads_to_the_next(
    app: AppTest, full_workspace: Path
) -> None:
    opened(app, VIEW, **chosen(4000))
    names = suspects_by_hand(4000)
    app.text_input(f"{judging.NOTE}-{names[0]}").set_value("<b>irony</b> *x*").run()
    app.button("labels-wrong").click().run()
    app.button("labels-ambiguous").click().run()
    assert verdicts.agreed(fingerprint(4000)) == {names[0]: "wrong", names[1]: "ambiguous"}
    assert verdicts.current(fingerprint(4000))["note"].tolist() == ["<b>irony</b> *x*", ""]
    assert app.query_params["review"] in (names[2], [names[2]])
    assert "2 reviews are judged" in words_of(app)


def test_a_verdict_does_not_read_the_data_set_again(
    app: AppTest, full_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(app, VIEW, **chosen(4000))
    app.button("labels-right").click().run()
    read: list[str] = []
    monkeypatch.setattr("sentiment_core.data.by_fingerprint", lambda name: read.append(name))
    app.button("labels-wrong").click().run()
    assert not app.exception and not read
    assert len(verdicts.agreed(fingerprint(4000))) == 2


def test_undo_takes_back_the_last_verdict(app: AppTest, full_workspace: Path) -> None:
    opened(app, VIEW, **chosen(4000))
    app.button("labels-right").click().run()
    app.button("labels-undo").click().run()
    assert verdicts.agreed(fingerprint(4000)) == {}


def test_scores_under_corrected_labels_are_drawn_with_their_n(app: AppTest, full_workspace: Path) -> None:
    names = suspects_by_hand(4000)
    verdicts.decide(fingerprint(4000), names[0], "wrong", author="ann")
    verdicts.decide(fingerprint(4000), names[1], "ambiguous", author="ann")
    verdicts.decide(fingerprint(4000), names[0], "wrong", author="bob")
    opened(app, VIEW, **chosen(4000))
    table = app.dataframe[-1].value.set_index("model")
    assert table.loc["tfidf"].str.extract(r"n = ([\d,]+)")[0].tolist() == ["4,000", "4,000", "3,999"]
    assert "ann and bob agree on 1 of 1 reviews" in words_of(app)


def test_filters_are_in_the_address_and_are_followed_from_it(app: AppTest, full_workspace: Path) -> None:
    verdicts.decide(fingerprint(4000), suspects_by_hand(4000)[3], "right", author="ann")
    opened(app, VIEW, **chosen(4000), judged="judged")
    assert app.dataframe[0].value["verdict"].tolist() == ["right"]
    app.selectbox("labels_judged").set_value("disputed").run()
    assert "No suspect label matches these filters." in words_of(app)
    assert app.query_params["judged"] in ("disputed", ["disputed"])


def test_markup_in_a_review_or_a_note_is_text(app: AppTest, full_workspace: Path) -> None:
    name = suspects_by_hand(4000)[0]
    verdicts.decide(fingerprint(4000), name, "wrong", author="<i>eve</i>", note="<script>alert(1)</script>")
    opened(app, VIEW, **chosen(4000), review=name)
    assert "<script>" not in html_of(app)
    assert any("script" in caption.value and r"\<script\>" in caption.value for caption in app.caption)


def test_a_model_that_learned_these_labels_is_not_asked(
    app: AppTest, full_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentiment_core import data
    from sentiment_core.evaluation import records

    _, found = measured("tfidf", 60)
    records.evaluate("tfidf", data.by_fingerprint(found.fingerprint), "train")
    opened(app, VIEW, data=f"{found.fingerprint}-train", model_a=found.model_id)
    assert "tfidf was trained on 160 of these 160 reviews" in words_of(app)
    assert "--refit" in app.code[0].value
    assert [button.label for button in app.button] == ["Fit them"]
    assert "That takes about" in words_of(app)
    suspects.suspects(found.model_id, data.by_fingerprint(found.fingerprint), "train")
    app.run()
    assert not app.exception and "by 5 models of its settings" in words_of(app)


def test_a_verdict_that_cannot_be_kept_is_one_line_and_the_review_stays(
    app: AppTest, full_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(app, VIEW, **chosen(4000))
    app.text_input(judging.AUTHOR).set_value("a\u200db").run()
    app.button("labels-wrong").click().run()
    assert not app.exception and "printable characters" in app.toast[0].value

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(verdicts, "decide", full)
    app.text_input(judging.AUTHOR).set_value("ann").run()
    app.button("labels-wrong").click().run()
    assert not app.exception and app.toast[0].value == "Not kept: No space left on device"
    assert verdicts.agreed(fingerprint(4000)) == {}
