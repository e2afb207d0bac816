"""A blend is the weighted sum of its members' log-odds, stays so, and says what it depends on."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from sentiment_core import __main__ as command_line
from sentiment_core import data, dependents, models
from sentiment_core.classifiers.base import Span
from sentiment_core.classifiers.blend import fitting
from sentiment_core.classifiers.blend.classifier import BlendClassifier
from sentiment_core.contracts import check_classifier
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import ModelError
from sentiment_core.evaluation import blended, prediction, records
from sentiment_core.explainers import EXPLAINERS
from sentiment_core.explanation.explaining import explain
from sentiment_core.explanation.passages import passage_of
from sentiment_core.storage import workspace
from sentiment_core.training import train

WORDS = {0: ("dull", "flat", "cold", "drab"), 1: ("warm", "witty", "lovely", "bright")}
SPLITS = ("train",) * 6 + ("validation",) * 3 + ("test",) * 3
TEXTS = [
    "",
    "good",
    "A warm and witty film.",
    "dull " * 10_000,
    "😀 <b>lovely</b>",
    "فيلم رائع",
    "flat\x00cold",
]


def reviews(name: str = "made", extra: str = "") -> data.Dataset:
    """120 reviews that a few words tell apart, one in ten of them labeled wrongly."""
    rng = np.random.default_rng(5)
    rows = []
    for n in range(120):
        truth = n % 2
        said = WORDS[truth if rng.random() > 0.1 else 1 - truth]
        first, second = rng.choice(said, 2)
        rows.append(
            (f"{name}-{n}", f"A {first} and {second} film{extra}, number {n}.", truth, SPLITS[n // 2 % 12])
        )
    frame = pd.DataFrame(rows, columns=["example_id", "text", "label", "split"]).assign(source=name)
    return make_dataset(name, frame)


@pytest.fixture
def dataset() -> data.Dataset:
    made = reviews()
    data.store(made)
    return made


@pytest.fixture
def members(dataset):
    return [train.train(name, dataset, alias=name) for name in ("tfidf", "nbsvm")]


@pytest.fixture
def blend(dataset, members):
    return train.train("blend", dataset, {"members": "tfidf,nbsvm"}, alias="mix")


def test_its_log_odds_are_the_weighted_sum_of_its_members(blend, members):
    weights = [row["weight"] for row in blend.manifest["members"]]
    by_hand = sum(
        weight * models.load_model(card.model_id).log_odds(TEXTS)
        for weight, card in zip(weights, members, strict=True)
    )
    loaded = models.load_model("mix")
    np.testing.assert_allclose(loaded.log_odds(TEXTS), by_hand, rtol=1e-9)
    np.testing.assert_allclose(loaded.predict_proba(TEXTS)[:, 1], expit(by_hand), rtol=1e-9)
    check_classifier(loaded)


def test_the_weights_are_those_of_a_penalized_regression_on_calibrated_members():
    """With a vanishing pull, shares of calibrated log-odds are a logistic regression without intercept."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 800)
    columns = (2 * labels - 1)[:, None] * [1.5, 0.7] + rng.normal(0, [2, 1.2], (800, 2))
    found = fitting.fit_weights(columns, labels, 1e-9)
    stock = LogisticRegression(C=1e9, fit_intercept=False, tol=1e-10).fit(columns, labels)
    np.testing.assert_allclose(found.values, stock.coef_[0], rtol=1e-3)
    for column, heat in zip(columns.T, found.temperatures, strict=True):
        alone = LogisticRegression(C=1e9, fit_intercept=False, tol=1e-10).fit(column[:, None], labels)
        assert 1 / heat == pytest.approx(alone.coef_[0, 0], rel=1e-3)
    pulled = fitting.fit_weights(columns, labels, 1e6)
    np.testing.assert_allclose(pulled.shares, 0.5, atol=1e-4)


def test_a_member_that_only_harms_gets_no_weight_and_never_a_negative_one():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 500)
    good = (2 * labels - 1) * 1.5 + rng.normal(0, 1.5, 500)
    columns = np.column_stack([good, -good + rng.normal(0, 0.1, 500)])
    found = fitting.fit_weights(columns, labels, 1e-4)
    assert found.shares[0] > 0.9 and found.values[1] == pytest.approx(0, abs=2e-3) and found.values[1] >= 0


def test_validation_figures_are_of_weights_that_were_fitted_without_the_review():
    rng = np.random.default_rng(2)
    labels = np.array([0, 1] * 30)
    columns = rng.normal(0, 1, (60, 8))  # nothing to learn: only weights that saw a label can know it
    fitted = fitting.fit_weights(columns, labels, 1e-4)
    inside = fitting.log_loss(columns @ fitted.values, labels)
    outside = fitting.log_loss(fitting.out_of_fold(columns, labels, 1e-4, 0), labels)
    assert inside < outside
    assert inside < np.log(2)


def test_kept_evaluations_of_its_members_give_exactly_what_asking_them_gives(
    dataset, blend, members, monkeypatch
):
    asked = prediction.predict_frame("mix", dataset.split("test"))
    for card in members:
        records.evaluate(card.model_id, dataset)
    monkeypatch.setattr(prediction, "predict_here", None)  # whoever is asked now fails
    found = records.open_evaluation(records.evaluate("mix", dataset))
    pd.testing.assert_frame_equal(found.frame, asked, check_exact=True)
    assert found.manifest["kept"].keys() == {card.model_id for card in members}


def test_a_member_without_a_kept_evaluation_is_asked_and_the_others_are_not(
    dataset, blend, members, monkeypatch
):
    expected = prediction.predict_frame("mix", dataset.split("test"))
    records.evaluate("nbsvm", dataset)
    loaded = []
    load = blended.load_member
    monkeypatch.setattr(blended, "load_member", lambda *given: loaded.append(given[1]) or load(*given))
    found = records.open_evaluation(records.evaluate("mix", dataset))
    assert loaded == [0]
    pd.testing.assert_frame_equal(found.frame, expected, check_exact=True)


def test_kept_predictions_of_other_reviews_are_not_taken(dataset, blend, members):
    other = reviews("other", " indeed")
    records.evaluate("tfidf", other)
    records.evaluate("tfidf", dataset, "validation")
    assert "kept" not in records.open_evaluation(records.evaluate("mix", dataset)).manifest


def test_fitting_takes_kept_validation_answers_and_gives_the_same_blend(dataset, blend, members, monkeypatch):
    for card in members:
        records.evaluate(card.model_id, dataset, "validation")
    from sentiment_core.classifiers.linear.classifier import LinearClassifier

    monkeypatch.setattr(LinearClassifier, "predict_proba", None)
    again = train.train("blend", dataset, {"members": "tfidf,nbsvm"})
    assert again.model_id != blend.model_id
    assert again.manifest["members"] == blend.manifest["members"]


def test_an_alias_that_moves_changes_no_blend(dataset, blend, members):
    before = models.load_model("mix").predict_proba(TEXTS)
    models.set_alias("tfidf", members[1].model_id)
    np.testing.assert_array_equal(models.load_model("mix").predict_proba(TEXTS), before)
    assert blend.manifest["params"]["members"] == ",".join(card.model_id for card in members)
    assert blend.manifest["params_given"]["members"] == blend.manifest["params"]["members"]


def test_a_member_cannot_be_removed_before_the_blend(dataset, blend, members, capsys):
    with pytest.raises(ModelError, match=r"is a member of mix; remove what is made of it first"):
        dependents.remove("nbsvm")
    assert command_line.main(["models", "remove", "nbsvm", "--yes"]) == 2
    assert "is a member of mix" in capsys.readouterr().err
    dependents.remove("mix")
    dependents.remove("nbsvm")
    assert [card.model_id for card in models.list_models()] == [members[0].model_id]


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_a_blend_whose_member_is_gone_or_changed_says_so_in_one_line(dataset, blend, members, damage):
    file = next(members[0].folder.glob("*.skops"))
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(ModelError, match=f"member {members[0].model_id} of the blend cannot be used: "):
        models.load_model("mix")
    records.evaluate("nbsvm", dataset)
    with pytest.raises(ModelError, match="of the blend cannot be used"):
        records.evaluate("mix", dataset)  # nor from kept predictions


def test_a_blend_whose_member_s_folder_is_gone_is_listed_as_damaged(blend, members):
    (members[0].folder / models.MANIFEST).unlink()
    (found,) = [item for item in models.damaged_models() if item.name == blend.model_id]
    assert found.what == f"its member {members[0].model_id} is missing"


@pytest.mark.parametrize(
    "members_in_file",
    [[], [{"model_id": "../../etc", "family": "tfidf"}], [{"model_id": "a-b", "family": "blend"}], "tfidf"],
)
def test_a_damaged_file_of_members_is_refused(blend, members_in_file):
    facts = {"files": {}, "weight": 1.0, "share": 1.0, "temperature": 1.0}
    rows = [row | facts for row in members_in_file] if isinstance(members_in_file, list) else members_in_file
    file = blend.folder / "blend.json"
    workspace.write_json(file, {"members": rows})
    manifest = json.loads((blend.folder / models.MANIFEST).read_text())
    from sentiment_core.storage.provenance import sha256

    sizes = {"files": {"blend.json": sha256(file)}, "size_bytes": file.stat().st_size}
    workspace.write_json(blend.folder / models.MANIFEST, manifest | sizes)
    with pytest.raises(ModelError, match=r"blend\.json is damaged|not the id of a model"):
        models.load_model("mix")


def wrong(dataset, given):
    with pytest.raises(ModelError) as caught:
        train.train("blend", dataset, {"members": given})
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_members_that_cannot_be_are_refused_in_one_line(dataset, blend):
    assert "model 'nothing' is not known; known: " in wrong(dataset, "tfidf,nothing")
    assert "needs two models or more, each once; given: tfidf" in wrong(dataset, "tfidf")
    assert "needs two models or more" in wrong(dataset, "")
    assert "each once" in wrong(dataset, "tfidf,tfidf")
    assert "'mix' is a blend itself; name the models that it is made of" in wrong(dataset, "mix,tfidf")
    with pytest.raises(ModelError, match="blend has no setting 'C'"):
        train.train("blend", dataset, {"members": "tfidf,nbsvm", "C": 1.0})


def test_a_member_that_was_trained_on_held_out_reviews_is_refused(dataset, members):
    other = dataset.examples.assign(
        split=dataset.examples["split"].replace({"validation": "train", "train": "validation"})
    )
    learned = make_dataset("swapped", other)
    train.train("bow", learned, alias="knows")
    assert "member 'knows' was trained on 30 of the 30 validation reviews of 'made'" in wrong(
        dataset, "tfidf,knows"
    )
    other = dataset.examples.assign(
        split=dataset.examples["split"].replace({"test": "train", "train": "test"})
    )
    train.train("bow", make_dataset("tested", other), alias="saw-the-test")
    assert "on 30 of the 30 test reviews" in wrong(dataset, "tfidf,saw-the-test")


def test_what_a_blend_has_seen_is_what_its_members_have_seen(dataset, members):
    other = reviews("other", " indeed")
    train.train("bow", other, alias="elsewhere")
    made = train.train("blend", dataset, {"members": "tfidf,elsewhere"})
    assert records.seen_before.marked(made, other.split("train")["text"]).tolist() == ["train"] * 60
    assert (
        records.seen_before.marked(made, dataset.split("validation")["text"]).tolist() == ["validation"] * 30
    )
    tuned = {row["model_id"]: row["tuned_on"] for row in made.manifest["members"]}
    assert sorted(tuned.values()) == [0, 30]


def test_a_blend_learns_nothing_from_training_reviews_and_says_so(dataset, blend):
    from sentiment_core.labels import suspects
    from sentiment_core.training.edited_reviews import Adversarial
    from sentiment_core.training.learning_curves import CurveRequest

    nothing = Adversarial(pd.DataFrame(), ())
    with pytest.raises(ModelError, match="a blend learns nothing from training reviews"):
        train.train("blend", dataset, {"members": "tfidf,nbsvm"}, adversarial=nothing)
    with pytest.raises(ModelError, match="learns nothing"):
        suspects.suspects("mix", dataset, "train", refit=True)
    with pytest.raises(ModelError, match="learns nothing"):
        CurveRequest(dataset, ("tfidf", "blend"), sizes=(10,), seeds=(0,)).spec()


def test_what_a_calibrated_blend_says_of_kept_predictions_is_what_it_says_itself(dataset, blend, members):
    for card in members:
        records.evaluate(card.model_id, dataset)
    scaled = {"calibration": {"method": "platt", "scale": 0.5, "shift": 0.1, "source": "x", "data": {}}}
    scaled["calibration"]["data"] = {"name": "made", "fingerprint": "f", "split": "validation", "n": 30}
    workspace.write_json(blend.folder / models.MANIFEST, dict(blend.manifest) | scaled)
    raw = train.train("blend", dataset, {"members": "tfidf,nbsvm"})
    itself = prediction.predict_frame("mix", dataset.split("test"))
    found = records.open_evaluation(records.evaluate("mix", dataset))
    pd.testing.assert_frame_equal(found.frame, itself, check_exact=True)
    plain = models.load_model(raw.model_id).log_odds(dataset.split("test")["text"].tolist())
    np.testing.assert_allclose(logit(found.frame["prob_positive"]), 0.5 * plain + 0.1, rtol=1e-6)


def test_a_calibrated_copy_is_no_member_and_its_source_is_named(dataset, members):
    calibrated = {"method": "temperature", "scale": 0.5, "shift": 0.0, "source": "tfidf-source"}
    calibrated["data"] = {"name": "made", "fingerprint": "f", "split": "validation", "n": 30}
    manifest = dict(members[0].manifest) | {"calibration": calibrated}
    workspace.write_json(members[0].folder / models.MANIFEST, manifest)
    assert "is a calibrated copy; name tfidf-source instead" in wrong(dataset, "tfidf,nbsvm")


class Says:
    """A classifier of one answer that reads so many characters of a text."""

    def __init__(self, name, prob_positive, reads=None):
        self.model_id, self.prob, self.max_tokens = name, prob_positive, reads

    def predict_proba(self, texts):
        return np.tile([1 - self.prob, self.prob], (len(texts), 1))

    def token_counts(self, texts):
        return np.array([len(text) for text in texts], dtype=np.int64)

    def spans(self, text):
        reads = len(text) if self.max_tokens is None else self.max_tokens
        return [
            span for span in (Span(0, reads, True), Span(reads, len(text), False)) if span.start < span.end
        ]


def test_tokens_are_those_of_the_member_that_reads_the_least():
    made = BlendClassifier("b", [Says("all", 0.6), Says("short", 0.7, 5), Says("long", 0.7, 9)], [1, 1, 1])
    assert made.max_tokens == 5
    assert made.token_counts(["twelve words"]).tolist() == [12]
    assert made.spans("twelve words") == [Span(0, 5, True), Span(5, 12, False)]
    assert made.log_odds(["x"])[0] == pytest.approx(logit(0.6) + 2 * logit(0.7))
    assert made.knows_nothing(["", "x"]).tolist() == [True, False]
    whole = BlendClassifier("w", [Says("a", 0.6), Says("b", 0.7)], [1, 1])
    assert whole.max_tokens is None and whole.spans("abc") == [Span(0, 3, True)]


def test_an_explanation_leaves_out_only_what_no_member_reads():
    text = "one two three four five six"
    both = BlendClassifier("b", [Says("short", 0.6, 7), Says("long", 0.7, 13)], [1, 1])
    assert [text[start:end] for start, end in passage_of(both, text).words] == ["one", "two", "three"]
    reads_all = BlendClassifier("b", [Says("short", 0.6, 7), Says("all", 0.7)], [1, 1])
    assert len(passage_of(reads_all, text).words) == 6


def test_a_certain_member_does_not_make_a_blend_infinite():
    made = BlendClassifier("b", [Says("sure", 1.0), Says("against", 0.0), Says("unsure", 0.7)], [1, 1, 1])
    assert made.log_odds(["x"])[0] == pytest.approx(logit(0.7), abs=1e-3)


def test_scaling_a_blend_scales_its_log_odds():
    made = BlendClassifier("b", [Says("a", 0.6), Says("b", 0.8)], [0.5, 0.5])
    before = made.log_odds(["x"])
    made.rescale(0.5, 0.25)
    np.testing.assert_allclose(made.log_odds(["x"]), 0.5 * before + 0.25)


def test_its_explanation_is_the_weighted_sum_of_its_members_explanations(blend, members):
    text = "A warm, witty film; not dull, <b>not cold</b> 😀, and lovely."
    (found,) = explain(models.load_model("mix"), [text], EXPLAINERS["by-member"], keep=False)
    parts = [
        row["weight"]
        * explain(models.load_model(card.model_id), [text], EXPLAINERS["exact"], keep=False)[0].scores
        for row, card in zip(blend.manifest["members"], members, strict=True)
    ]
    np.testing.assert_allclose(found.scores, sum(parts), atol=1e-9)
    assert abs(found.delta) < 1e-9
    assert EXPLAINERS["by-member"].lacking(models.load_model("tfidf"))


def test_texts_that_are_alike_get_the_same_answers(blend):
    loaded = models.load_model("mix")
    np.testing.assert_array_equal(loaded.alike()(TEXTS), loaded.log_odds(TEXTS))

    class Fast(Says):
        def alike(self):
            return lambda texts: np.full(len(texts), logit(self.prob))

        predict_proba = None

    made = BlendClassifier("b", [Fast("fast", 0.7), Says("plain", 0.6)], [0.5, 2.0])
    np.testing.assert_allclose(made.alike()(["x"]), 0.5 * logit(0.7) + 2 * logit(0.6))


def test_every_explainer_that_only_asks_explains_a_blend(blend):
    loaded = models.load_model("mix")
    few = {"lime": {"samples": 50}, "shap": {"evaluations": 50}}
    for name in ("by-member", "occlusion", "shap", "lime"):
        text = "A warm and witty film."
        (found,) = explain(loaded, [text], EXPLAINERS[name], few.get(name), keep=False)
        assert len(found.tokens) == 6 and np.isfinite(found.scores).all()


def test_the_command_trains_a_blend_by_aliases(dataset, members, capsys):
    argv = ["train", "--data", dataset.fingerprint, "--family", "blend", "--set", "members=tfidf, nbsvm"]
    assert command_line.main([*argv, "--alias", "mix", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["params"]["members"] == ",".join(card.model_id for card in members)
    assert made["title"] == "Blend of tfidf and nbsvm"
    assert command_line.main([*argv[:-1], "members=tfidf"]) == 2
    assert capsys.readouterr().err.count("\n") <= 2
    assert command_line.main(["predict", "--model", "mix", "--text", "A warm film."]) == 0
    assert command_line.main(["compare", "tfidf", "mix", "--data", dataset.fingerprint]) == 0


def test_its_size_is_that_of_what_answering_needs(blend, members):
    assert blend.size_bytes == blend.own_bytes + sum(card.size_bytes for card in members)
    assert blend.families == ("tfidf", "nbsvm") and models.damaged_models() == []


def test_as_many_processes_predict_as_the_slowest_of_its_members_is_worth(monkeypatch):
    monkeypatch.setattr(prediction, "usable_cores", lambda: 4)
    monkeypatch.setattr(prediction, "_has_gpu", lambda: False)
    assert prediction.worker_count(("transformer", "nbsvm"), 4000) == 4
    assert prediction.worker_count(("tfidf", "nbsvm"), 4000) == 1
