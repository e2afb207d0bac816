"""The audit of explanations: against hand calculations, every order there is, and known models."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest

from sentiment_core import statistics
from sentiment_core.contracts.explainers import Praise
from sentiment_core.errors import Cancelled, DataError
from sentiment_core.explainers import EXPLAINERS
from sentiment_core.explanation import audit as audits
from sentiment_core.explanation import global_words, plausibility, stability
from sentiment_core.explanation.asking import Asker
from sentiment_core.explanation.base import Attribution
from sentiment_core.explanation.explaining import explain
from sentiment_core.explanation.faithfulness import Curve, faithfulness, search
from sentiment_core.explanation.passages import passage_of


class Pairs(Praise):
    """Words whose effects depend on each other: "very" counts only where "good" is, "bad" undoes it."""

    model_id = "pairs"

    def log_odds(self, texts):
        found = []
        for words in (text.split() for text in texts):
            score = 2.0 * ("good" in words) + 1.5 * ({"good", "very"} <= set(words)) - ("bad" in words)
            found.append(score - 0.4 * ("plot" in words) + 0.3 * ("film" in words and "plot" not in words))
        return np.array(found)


def curve_of(text: str, steps: int = 10) -> Curve:
    model = Pairs()
    return Curve(Asker(model, passage_of(model, text)), steps)


def area_by_hand(text: str, order: tuple[int, ...]) -> float:
    """The mean fall of the answer's probability while words are left out one at a time."""
    words = text.split()

    def probability(kept: list[str]) -> float:
        return float(1 / (1 + np.exp(-Pairs().log_odds([" ".join(kept)])[0])))

    whole = probability(words)
    drops = [
        whole - probability([word for place, word in enumerate(words) if place not in order[: end + 1]])
        for end in range(len(words))
    ]
    return float(np.mean(drops))


TEXT = "a very good film bad plot"


def test_the_area_of_an_order_is_the_mean_fall_of_the_probability():
    curve = curve_of(TEXT)
    for order in [(0, 1, 2, 3, 4, 5), (2, 1, 3, 0, 5, 4), (4, 5, 0, 1, 2, 3)]:
        assert curve.area(np.array(order)) == pytest.approx(area_by_hand(TEXT, order))


def test_a_wide_beam_finds_the_best_and_the_worst_of_all_orders():
    areas = [area_by_hand(TEXT, order) for order in itertools.permutations(range(6))]
    curve = curve_of(TEXT)
    assert search(curve, [], 1.0, 50) == pytest.approx(max(areas))
    assert -search(curve, [], -1.0, 50) == pytest.approx(min(areas))


def test_figures_lie_between_the_worst_and_the_best_order_found():
    model = Pairs()
    scores = {
        "right": np.array([0, 1.5, 3.5, 0.2, -1, -0.6]),
        "wrong": np.array([0, -1.5, -3.5, -0.2, 1, 0.6]),
    }
    found = faithfulness(Asker(model, passage_of(model, TEXT)), scores, beam=20)
    assert found.comprehensiveness["right"] > 0.95 and found.sufficiency["right"] < 0.05
    assert found.comprehensiveness["wrong"] < 0.05 and found.sufficiency["wrong"] > 0.95
    low, high = found.limits
    for name, (comprehensiveness, sufficiency) in found.raw.items():
        assert found.comprehensiveness[name] == pytest.approx((comprehensiveness - low) / (high - low))
        assert found.sufficiency[name] == pytest.approx((sufficiency - low) / (high - low))


def test_long_texts_lose_their_words_in_ten_steps_and_guides_are_never_better_than_the_limit():
    text = " ".join(["a very good film bad plot"] * 8)
    curve = curve_of(text)
    assert len(curve.sizes) == 10 and curve.sizes.sum() == 48
    rng = np.random.default_rng(0)
    guides = [rng.permutation(48) for _ in range(6)]
    assert search(curve, guides, 1.0, 3) >= max(curve.area(order) for order in guides) - 1e-12


def test_an_answer_that_no_word_changes_has_no_faithfulness():
    model = Praise()
    found = faithfulness(Asker(model, passage_of(model, "a plot of words")), {"any": np.arange(4.0)})
    assert math.isnan(found.comprehensiveness["any"])


def test_the_audit_ranks_the_exact_explanation_above_chance_and_is_kept(reelcheck_home):
    rng = np.random.default_rng(3)
    words = "the film was long and it had a plot about some people in one town and a good end".split()  # noqa: SIM905
    rows = [" ".join(rng.permutation([*words, *["good"] * (n % 3)])) for n in range(12)]
    examples = pd.DataFrame({"example_id": [f"r{n}" for n in range(12)], "text": rows})
    rationales = [plausibility.Rationale("p", "a plot and a good film", 1, ((13, 17),))]
    names = ("exact", "occlusion", "random")
    request = audits.AuditRequest(
        "praise", [EXPLAINERS[name] for name in names], examples, {"name": "made"}, rationales
    )
    steps = []
    run_id = audits.audit(Praise(), request, lambda done, total, what: steps.append(done / total))
    found = audits.open_audit(run_id)
    assert steps == sorted(steps) and steps[-1] == 1
    exact, chance = (found.figure(name, "comprehensiveness") for name in ("exact", "random"))
    assert exact.n == 12 and exact.ci_low > chance.ci_high
    assert found.figure("exact", "sufficiency").value == pytest.approx(0, abs=1e-9)
    assert found.figure("occlusion", "agreement_exact").value == pytest.approx(1)
    assert found.figure("exact", "delta").value == pytest.approx(0, abs=1e-9)
    assert found.figure("exact", "average_precision").value == 1
    assert found.figure("exact", "stability").n == 12
    assert not found.figure("exact", "randomised").defined
    assert audits.most_faithful(found) in ("exact", "occlusion")
    assert [one.run_id for one in audits.list_audits("praise")] == [run_id]
    assert len(found.frame) == 12 * 3 + 3 and not audits.damaged_audits()
    (reelcheck_home / "runs" / "audit" / run_id / "results.parquet").write_bytes(b"x")
    assert audits.damaged_audits()
    audits.repair(run_id)
    assert not audits.damaged_audits()
    assert audits.open_audit(run_id).figure("exact", "comprehensiveness") == exact


def test_an_audit_that_was_stopped_resumes_and_finds_the_same(reelcheck_home):
    texts = ["a good film", "good good plot", "the end of a good film"]
    examples = pd.DataFrame({"example_id": ["a", "b", "c"], "text": texts})
    explainers = [EXPLAINERS["exact"], EXPLAINERS["random"]]
    request = audits.AuditRequest("praise", explainers, examples, {"name": "made"})

    def stop_at_the_third(done, total, what):
        if what.startswith("review 3"):
            raise Cancelled

    with pytest.raises(Cancelled):
        audits.audit(Praise(), request, stop_at_the_third)
    assert audits.list_audits() == []
    (folder,) = (reelcheck_home / "runs" / "audit").iterdir()
    measured = []
    run_id = audits.audit(Praise(), request, lambda done, total, what: measured.append(what))
    assert run_id == folder.name and not any(what.startswith("review 1") for what in measured)
    again = audits.audit(Praise(), request)
    assert again != run_id
    same = [*audits.COLUMNS[:5], "comprehensiveness", "sufficiency", "delta"]
    pd.testing.assert_frame_equal(audits.open_audit(again).frame[same], audits.open_audit(run_id).frame[same])


def test_without_a_method_above_chance_none_is_recommended():
    examples = pd.DataFrame({"example_id": ["a"], "text": ["a plot of words"]})
    request = audits.AuditRequest("praise", [EXPLAINERS["occlusion"], EXPLAINERS["random"]], examples, {})
    assert audits.most_faithful(audits.open_audit(audits.audit(Praise(), request))) is None


def test_an_audit_of_nothing_is_one_line():
    empty = pd.DataFrame({"example_id": [], "text": []})
    with pytest.raises(DataError, match="no review to audit"):
        audits.audit(Praise(), audits.AuditRequest("praise", [EXPLAINERS["exact"]], empty, {}))


# --- plausibility ----------------------------------------------------------------------------------


def attribution(text: str, scores: list[float]) -> Attribution:
    passage = passage_of(Praise(), text)
    return Attribution(
        "m", tuple(text[a:b] for a, b in passage.words), passage.words, np.array(scores), 0, 0, ""
    )


def test_token_f1_and_average_precision_by_hand():
    found = attribution("dull and very long film", [-3.0, 0.0, -1.0, 2.0, -2.0])
    rationale = plausibility.Rationale("r", "dull and very long film", 0, ((0, 4), (14, 18)))
    truth = plausibility.marked(found.offsets, rationale)
    assert truth.tolist() == [True, False, False, True, False]
    scores = plausibility.toward_label(found, 0)
    assert plausibility.token_f1(scores, truth, 0.4) == pytest.approx(0.5)  # of dull and film, one is marked
    assert plausibility.average_precision(scores, truth) == pytest.approx((1 + 2 / 5) / 2)
    assert math.isnan(plausibility.token_f1(scores, np.zeros(5, dtype=bool), 0.4))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 1 of marked.jsonl cannot be used: it is not JSON"),
        ('{"text": "a", "label": 2, "spans": []}', "label is 0 or 1"),
        ('{"text": "a", "label": 1, "spans": [[0, 5]]}', "pairs of offsets"),
        ('{"text": "a", "label": 1, "spans": [[0]]}', "pairs of offsets"),
        ('{"text": "a", "label": 1}', "'spans' is missing"),
        ("", "holds no review"),
    ],
)
def test_a_wrong_file_of_rationales_is_one_line(tmp_path, line, words):
    file = tmp_path / "marked.jsonl"
    file.write_text(line)
    with pytest.raises(DataError) as error:
        plausibility.read_rationales(file)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_rationales_are_read(tmp_path):
    file = tmp_path / "marked.jsonl"
    lines = [
        {"id": "x", "text": "A dull film.", "label": 0, "spans": [[2, 6]]},
        {"text": "b", "label": 1, "spans": []},
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    first, second = plausibility.read_rationales(file)
    assert (first.example_id, first.spans) == ("x", ((2, 6),)) and second.example_id == "2"


# --- stability -------------------------------------------------------------------------------------


def test_a_synonym_keeps_capitals_and_the_rest():
    assert stability.with_synonym("The Movie, a movie") == "The Film, a movie"
    assert stability.with_synonym("<b>nothing</b> here") is None
    assert all(stability.SYNONYMS[other] for other in stability.SYNONYMS.values())


def test_rank_correlation_is_scipy_s_and_of_a_constant_undefined():
    assert stability.correlation(np.array([1.0, 2, 3, 4]), np.array([10.0, 20, 30, 35])) == pytest.approx(1)
    assert math.isnan(stability.correlation(np.ones(4), np.arange(4.0)))
    assert math.isnan(stability.correlation(np.arange(2.0), np.arange(2.0)))


def test_random_weights_are_a_copy(tiny_base):
    from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
    from sentiment_core.classifiers.transformer.pretrained import load_base
    from sentiment_core.classifiers.transformer.reading import Reader

    loaded = load_base(str(tiny_base))
    model = TransformerClassifier("tiny", loaded.model, Reader(loaded.tokenizer, 32, "head"))
    before = model.log_odds(["a good film"])
    other = stability.randomised(model)
    assert other is not None and other.log_odds(["a good film"]) != pytest.approx(before)
    assert model.log_odds(["a good film"]) == pytest.approx(before)
    assert stability.randomised(Praise()) is None


# --- words, and their figures ----------------------------------------------------------------------


def test_words_are_counted_once_per_review_with_all_their_uses():
    texts = ["good good film", "a good film", "plot", "good plot", "good", "good end"]
    found = explain(Praise(), texts, EXPLAINERS["exact"], keep=False)
    explained = [
        global_words.Explained(str(n), one, n % 2, int(one.value > 0)) for n, one in enumerate(found)
    ]
    table = global_words.words_table(explained)
    assert table["word"].tolist() == ["good"]  # the others are in fewer than five reviews
    row = table.iloc[0]
    assert (row["reviews"], row["uses"], row["total"]) == (5, 6, 6.0)
    assert row["mean"] == pytest.approx(6 / 5) and row["ci_low"] <= row["mean"] <= row["ci_high"]
    assert global_words.toward(table, True, 3)["word"].tolist() == ["good"]
    assert global_words.toward(table, False, 3).empty


def test_words_of_errors_point_to_the_wrong_answer():
    texts = [f"good film {n}" for n in range(6)]
    found = explain(Praise(), texts, EXPLAINERS["exact"], keep=False)
    explained = [global_words.Explained(str(n), one, 0, 1) for n, one in enumerate(found)]
    table = global_words.words_table(explained, errors_only=True)
    assert dict(zip(table["word"], table["mean"], strict=True)) == {"good": 1, "film": 0}
    assert global_words.words_table(explained[:0]).empty


def test_a_mean_has_its_n_and_an_interval_that_covers_the_truth():
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(100):
        found = statistics.mean(rng.exponential(2.0, 60), "none", resamples=500, seed=seed)
        covered += found.ci_low <= 2 <= found.ci_high
    assert 85 <= covered <= 100
    assert statistics.mean(np.array([1.0, np.nan]), "none").n == 1
    assert statistics.mean(np.array([np.nan]), "none").reason == "none"
