"""Review in the frame of the dashboard: what is said first, its parts, links to it, and hostile texts."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from attack_workspace import batch, reviews_of
from edge_texts import EDGE_TEXTS
from opened_pages import chosen, html_of, measured, opened
from probe_workspace import probed_reviews
from streamlit.testing.v1 import AppTest

from attacks.batches import verdicts as attack_verdicts
from dashboard.records import passports
from sentiment_core import data, embeddings, models
from sentiment_core.embeddings import keeping
from sentiment_core.embeddings.vectors import Vectors
from sentiment_core.evaluation import records
from sentiment_core.labels import suspects, verdicts

VIEW = "views/review/page.py"


def words_of(app: AppTest) -> str:
    kinds = (app.title, app.header, app.markdown, app.caption, app.info)
    return re.sub(r"\\(.)", r"\1", " ".join(item.value for kind in kinds for item in kind))


def table_with(app: AppTest, column: str) -> pd.DataFrame:
    return next(frame.value for frame in app.dataframe if column in frame.value)


def first_id(n: int = 60) -> str:
    return str(measured("tfidf", n)[1].frame["example_id"].iloc[0])


def with_vectors(split: str, fingerprint: str) -> Vectors:
    """Keep made vectors of a split, in which each review's neighbor is the next of its label."""
    rows = data.by_fingerprint(fingerprint).split(split)
    angle = np.linspace(0, 1, len(rows)) + 3 * rows["label"].to_numpy()
    vectors = np.zeros((len(rows), 384), np.float32)
    vectors[:, 0], vectors[:, 1] = np.cos(angle), np.sin(angle)
    made = Vectors(rows["example_id"].astype(str).to_numpy(object), vectors, rows["label"].to_numpy("int64"))
    keeping.keep(keeping.folder(fingerprint, split), made, 1.0, 100)
    return made


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


def test_the_first_screen_has_the_label_and_every_model_with_what_its_answer_was_worth(
    app: AppTest, full_workspace: Path
) -> None:
    name = first_id(4000)
    opened(app, VIEW, **chosen(4000), review=name)
    row = measured("tfidf", 4000)[1].frame.set_index("example_id").loc[name]
    shown = html_of(app)
    assert all(f"</span>{alias}</span>" in shown for alias in ("tfidf", "nbsvm", "bow"))
    assert f"probability of positive {row['prob_positive']:.4f}" in shown
    assert len(re.findall(r"Of reviews scored like this, [\d.]+ % were positive \[", shown)) == 3
    assert ("negative", "positive")[int(row["label"])] in words_of(app)
    assert "of 2 voters say the label is wrong." in words_of(app)
    assert "of 3 models say positive." in words_of(app)


def test_without_an_id_the_review_that_the_model_gets_most_wrong_is_shown(
    app: AppTest, tiny_workspace: Path
) -> None:
    frame = measured("tfidf", 60)[1].frame
    right = np.where(frame["label"] == 1, frame["prob_positive"], 1 - frame["prob_positive"])
    opened(app, VIEW, **chosen())
    assert app.text_input("review_id").value == frame["example_id"].iloc[int(right.argmin())]


def test_an_id_that_is_not_there_is_not_here_and_another_is_one_click_away(
    app: AppTest, tiny_workspace: Path
) -> None:
    opened(app, VIEW, **chosen(), review="<b>nope</b>")
    assert app.title[0].value == "Not here" and "it has 260 other reviews" in words_of(app)
    next(button for button in app.button if "most wrong" in button.label).click().run()
    assert not app.exception and app.title[0].value == "Review"


def test_another_review_is_read_by_its_id_and_by_a_step(app: AppTest, tiny_workspace: Path) -> None:
    names = measured("tfidf", 60)[1].frame["example_id"].astype(str).tolist()
    opened(app, VIEW, **chosen(), review=names[0])
    app.text_input("review_id").set_value(names[5]).run()
    assert app.query_params["review"] in (names[5], [names[5]])
    next(button for button in app.button if button.label == "Next").click().run()
    assert app.text_input("review_id").value == names[6]
    app.text_input("review_id").set_value("nobody").run()
    assert app.title[0].value == "Not here"


def test_a_training_review_says_that_the_models_learned_it(app: AppTest, tiny_workspace: Path) -> None:
    fingerprint = measured("tfidf", 60)[1].fingerprint
    name = str(data.by_fingerprint(fingerprint).split("train")["example_id"].iloc[0])
    opened(app, VIEW, **chosen(), review=name)
    assert html_of(app).count("It was trained on this review.") == 2
    assert "the models learned this label in their training" in table_with(app, "Why")["Why"].tolist()
    suspects.suspects("tfidf", data.by_fingerprint(fingerprint), "train", refit=True)
    app.run()
    votes = table_with(app, "Who").set_index("Who")
    assert votes.loc["models", "The label is"] in ("right", "wrong")
    assert "tfidf out of fold" in votes.loc["confident learning", "Why"]


def test_the_nearest_reviews_come_with_their_labels_and_vote(app: AppTest, tiny_workspace: Path) -> None:
    fingerprint, name = measured("tfidf", 60)[1].fingerprint, first_id()
    opened(app, VIEW, **chosen(), review=name)
    assert any("Make the vectors of the test reviews" in button.label for button in app.button)
    vectors = with_vectors("test", fingerprint)
    app.run()
    assert not app.exception
    table = table_with(app, "near")
    by_hand = embeddings.nearest(vectors, vectors.of(name), 10, without=name)
    labels = dict(zip(vectors.example_ids, vectors.labels, strict=True))
    assert len(table) == 10
    assert table["label"].tolist() == [("negative", "positive")[labels[one]] for one, _ in by_hand]
    assert "0 of the 10 nearest reviews have the other label." in words_of(app)
    assert any("Make the vectors of the train reviews" in button.label for button in app.button)


def test_near_duplicates_with_another_label_are_said_first(app: AppTest, reelcheck_home: Path) -> None:
    from sentiment_core.training import train

    same = "I found the story wonderful and moving. It runs for two hours."
    rows = [(f"{same} {n}", n % 2, "test") for n in range(12)]
    rows += [
        (f"{word} film number {n}", n % 2, "train") for n in range(40) for word in (("bad", "good")[n % 2],)
    ]
    file = reelcheck_home / "same.csv"
    pd.DataFrame(rows, columns=["text", "label", "split"]).to_csv(file, index=False)
    dataset = data.load(str(file))
    train.train("tfidf", dataset, alias="tfidf")
    found = records.open_evaluation(records.evaluate("tfidf", dataset))
    with_vectors("test", dataset.fingerprint)
    opened(app, VIEW, data=f"{dataset.fingerprint}-test", model_a=found.model_id)
    assert re.search(r"10 near-duplicates of it, [1-9]\d* with the other label\.", words_of(app))


def test_peoples_verdicts_count_in_the_vote(app: AppTest, tiny_workspace: Path) -> None:
    fingerprint, name = measured("tfidf", 60)[1].fingerprint, first_id()
    verdicts.decide(fingerprint, name, "wrong", author="<i>eve</i>", note="<script>alert(1)</script>")
    opened(app, VIEW, **chosen(), review=name)
    table = table_with(app, "Who").set_index("Who")
    assert table.loc["people"].tolist() == ["wrong", "1 says wrong"]
    assert "1 of 3 voters say the label is wrong." in words_of(app) or "of 3 voters say" in words_of(app)
    assert "<script>" not in html_of(app)


def test_attacks_and_changed_copies_are_listed_with_the_way_to_the_diff_desk(
    app: AppTest, tiny_workspace: Path
) -> None:
    (first, *_), _ = reviews_of("tfidf", 2)
    run_id = batch("tfidf", ["succeeded", "failed"])
    batch("nbsvm", ["failed", "succeeded"], recipe="pwws")
    attack_verdicts.overrule(run_id, first.example_id, False)
    probed_reviews("tfidf", 2)
    opened(app, VIEW, **chosen(), review=first.example_id)
    assert "1 of 2 attacks fooled a model, 0 by a valid text." in words_of(app)
    table = table_with(app, "outcome")
    assert set(table["outcome"][:2]) == {"fooled, not valid", "not fooled"}
    assert table["what"].str.startswith("probe: ").sum() == len(table) - 2 > 0
    assert "<ins>zzz</ins>" in html_of(app) or "class='diff'" in html_of(app)


def test_the_fewest_words_are_searched_on_a_click_and_kept(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), review=first_id())
    next(button for button in app.button if button.label.startswith("Search, at most")).click().run()
    assert not app.exception
    said = words_of(app)
    assert "the probability of positive goes from" in said or "No set of words was found" in said
    app.run()
    assert not any(button.label.startswith("Search, at most") for button in app.button)


def test_a_long_search_is_a_job(app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sentiment_core.jobs import jobs

    started: list[list[str]] = []
    monkeypatch.setattr(passports, "seconds_of_fewest", lambda *asked: 60.0)
    monkeypatch.setattr(jobs, "start", lambda argv, title, **k: started.append(argv) or "job")
    opened(app, VIEW, **chosen(), review=first_id())
    next(button for button in app.button if button.label.startswith("Search, at most")).click().run()
    fingerprint, model_id = measured("tfidf", 60)[1].fingerprint, models.resolve("tfidf").model_id
    assert started == [["flip", "--model", model_id, "--data", fingerprint, f"--id={first_id()}"]]


def test_a_slow_model_is_asked_when_somebody_waits_for_it(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentiment_core.jobs import jobs

    started: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title, **k: started.append(argv) or "job")
    monkeypatch.setattr(passports, "is_quick", lambda card: card.short_name != "tfidf")
    monkeypatch.setattr(passports, "may_have_dropout", lambda card: card.short_name == "tfidf")
    monkeypatch.setattr(passports, "has_dropout", lambda model_id: True)
    fingerprint = measured("tfidf", 60)[1].fingerprint
    name = str(data.by_fingerprint(fingerprint).split("train")["example_id"].iloc[0])
    opened(app, VIEW, **chosen(), review=name)
    assert "</span>tfidf</span>" not in html_of(app) and "</span>nbsvm</span>" in html_of(app)
    next(button for button in app.button if "and ask it" in button.label).click().run()
    assert not app.exception and "</span>tfidf</span>" in html_of(app)
    assert "class='marked'" in html_of(app)
    next(button for button in app.button if "30 times with dropout" in button.label).click().run()
    model_id = models.resolve("tfidf").model_id
    assert started == [["uncertainty", "--model", model_id, "--data", fingerprint, f"--id={name}"]]


@pytest.mark.parametrize(
    ("view", "params"),
    [("errors", {}), ("labels", {}), ("explain", {"part": "review"}), ("robustness", {})],
)
def test_pages_that_show_a_review_link_to_it(
    app: AppTest, tiny_workspace: Path, view: str, params: dict[str, str]
) -> None:
    batch("tfidf", ["succeeded"])
    opened(app, f"views/{view}/page.py", **chosen(), **params)
    links = [link.proto.page for link in app.get("page_link") if "Everything about" in link.proto.label]
    assert links and all("review" in link for link in links)


def test_live_links_to_the_review_that_was_pasted(app: AppTest, tiny_workspace: Path) -> None:
    fingerprint = measured("tfidf", 60)[1].fingerprint
    text = str(data.by_fingerprint(fingerprint).split("test")["text"].iloc[3])
    opened(app, "views/live/page.py", **chosen())
    assert not [link for link in app.get("page_link") if "Everything about" in link.proto.label]
    app.text_area("live_text").set_value(text).run()
    assert [link for link in app.get("page_link") if "Everything about" in link.proto.label]


def test_no_text_breaks_the_page_and_markup_stays_text(app: AppTest, reelcheck_home: Path) -> None:
    from sentiment_core.training import train

    texts = [text for text in EDGE_TEXTS.values() if text.strip()]
    rows = [(text, n % 2, "test") for n, text in enumerate(texts)]
    rows += [
        (f"{word} film number {n}", n % 2, "train") for n in range(40) for word in (("bad", "good")[n % 2],)
    ]
    file = reelcheck_home / "edges.csv"
    pd.DataFrame(rows, columns=["text", "label", "split"]).to_csv(file, index=False)
    dataset = data.load(str(file))
    train.train("tfidf", dataset, alias="tfidf")
    found = records.open_evaluation(records.evaluate("tfidf", dataset))
    for name in found.frame["example_id"]:
        opened(app, VIEW, data=f"{dataset.fingerprint}-test", model_a=found.model_id, review=str(name))
        assert app.title[0].value == "Review"
        assert "<script" not in html_of(app) and "<b>bold" not in html_of(app)
