"""A whole bias report on tiny models: every table kept, planted bias caught, the commands' lines."""

from __future__ import annotations

import json
import math
import zlib

import numpy as np
import pandas as pd
import pytest
from made_reviews import made_reviews

from attacks import __main__ as command_line
from attacks.bias import detoxify, findings, readings
from attacks.bias import runs as bias_runs
from attacks.bias.counterfactuals import PAIR_COLUMNS, REPORT_COLUMNS
from attacks.bias.runs import ESTIMATES, list_bias, open_bias, run_bias, tables_from, tables_to
from attacks.bias.toxicity_report import TOXICITY_COLUMNS
from attacks.identities import ATTRIBUTES
from attacks.schema import SliceError
from attacks.slices.fairness import FAIRNESS_COLUMNS
from attacks.slices.weak import WEAK_COLUMNS
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import Cancelled, DataError, ModelError, RunError
from sentiment_core.evaluation import records
from sentiment_core.schema import Estimate
from sentiment_core.storage import runs

WOMEN = (
    "she|her|hers|herself|woman|girl|lady|actress|wife|widow|girlfriend|sister|mother|grandmother|daughter|"
    "granddaughter|niece"
)
TWO = ["gender-words", "religion"]


def film_reviews(n: int = 240, seed: int = 3) -> pd.DataFrame:
    """Return made reviews, half of which speak of a person, and some abusively."""
    rng = np.random.default_rng(seed)
    rows = made_reviews(n, seed)
    people = np.where(rng.random(n) < 0.5, " My wife said that she would see it again.", "")
    abuse = np.where(rng.random(n) < 0.4, " It is a damn long film, you idiot.", "")
    text = [f"{text}{who}{what}" for text, who, what in zip(rows["text"], people, abuse, strict=True)]
    return rows.assign(text=text, split="test", source="made")


@pytest.fixture(scope="module")
def dataset():
    return make_dataset("film-reviews", film_reviews())


def plant(monkeypatch, *, female: float = 0.0, abuse: float = 0.0) -> None:
    """Let the model's probabilities fall by so much where a woman is mentioned, or an abusive word."""

    def predict(model, examples, **options):
        text = examples["text"].str.lower()
        women = text.str.contains(rf"\b(?:{WOMEN})s?\b")
        words = text.str.contains(r"\b(?:damn|idiot)\b")
        noise = np.array([zlib.crc32(value.encode()) % 1000 / 1000 for value in text]) * 0.02
        prob = 0.7 - female * women - abuse * words + noise
        return examples.assign(prob_positive=prob.astype(float), n_tokens=10, truncated=False)

    monkeypatch.setattr(findings, "predict_frame", predict)


def test_a_run_keeps_every_table(shelve, dataset):
    card = shelve("tfidf")
    run = open_bias(run_bias("tfidf", dataset, attributes=TWO, reviews=20, seed=1))
    assert run.model_id == card.model_id and run.manifest["data"]["name"] == "film-reviews"
    assert run.evaluation == records.latest_evaluation(card.model_id, dataset.fingerprint).run_id
    assert (
        list(run.frame.columns) == [*PAIR_COLUMNS, "prob_positive"]
        and run.frame["prob_positive"].notna().all()
    )
    assert set(run.frame["attribute"]) == set(TWO)
    assert list(run.report.columns) == list(REPORT_COLUMNS)
    assert list(run.fairness.columns) == list(FAIRNESS_COLUMNS)
    assert list(run.weak.columns) == list(WEAK_COLUMNS)
    assert list(run.toxicity.columns) == ["judge", *TOXICITY_COLUMNS]
    assert {"text", "without", "others", "prob_without"} <= set(run.taken_out.columns)
    assert set(run.generalised["attribute"]) == set(TWO) and run.left_out["n"].sum() > 0
    for name, columns in ESTIMATES.items():
        for column in columns:
            assert all(isinstance(value, Estimate) for value in getattr(run, name)[column])
    assert "rating-low" not in set(run.fairness["slice"])  # the data says nothing of ratings
    assert [found.run_id for found in list_bias(card.model_id)] == [run.run_id] and list_bias("other") == []


def test_the_answers_are_the_models_own_and_each_text_is_read_once(shelve, dataset, monkeypatch):
    shelve("tfidf")
    asked: list[str] = []
    real = findings.predict_frame

    def predict(model, examples, **options):
        asked.extend(examples["text"])
        return real(model, examples, **options)

    monkeypatch.setattr(findings, "predict_frame", predict)
    run = open_bias(run_bias("tfidf", dataset, attributes=TWO, reviews=5))
    assert len(asked) == len(set(asked))
    said = real("tfidf", pd.DataFrame({"example_id": range(len(asked)), "text": asked}))
    expected = dict(zip(asked, said["prob_positive"], strict=True))
    assert list(run.frame["prob_positive"]) == [expected[text] for text in run.frame["text"]]
    assert list(run.taken_out["prob_without"]) == [expected[text] for text in run.taken_out["without"]]


def test_a_kept_evaluation_is_used_and_a_missing_one_is_made(shelve, dataset):
    card = shelve("tfidf")
    first = open_bias(run_bias("tfidf", dataset, attributes=TWO[1:], reviews=1))
    second = open_bias(run_bias("tfidf", dataset, attributes=TWO[1:], reviews=1, seed=1))
    assert first.evaluation == second.evaluation
    assert len(records.list_evaluations(card.model_id)) == 1


def test_tables_come_back_as_they_were(shelve, dataset):
    shelve("tfidf")
    examples = dataset.split("test")
    predictions = records.predict_frame("tfidf", examples)
    found = findings.measure("tfidf", examples, predictions, findings.attributes_named(TWO), reviews=9)
    read = tables_from(json.loads(json.dumps(tables_to(found))))
    for name, columns in ESTIMATES.items():
        before, after = getattr(found, name), read[name]
        assert list(before.columns) == list(after.columns) and len(before) == len(after)
        for column in set(before.columns) - set(columns):
            pd.testing.assert_series_equal(before[column], after[column], check_dtype=False)
        for column in columns:
            pairs = zip(before[column], after[column], strict=True)
            assert all(repr(a.to_json()) == repr(b.to_json()) for a, b in pairs)
    again = findings.measure("tfidf", examples, predictions, findings.attributes_named(TWO), reviews=9)
    pd.testing.assert_frame_equal(found.report, again.report)


def test_planted_bias_is_caught_with_sign_and_size(shelve, dataset, monkeypatch):
    shelve("tfidf")
    plant(monkeypatch, female=0.2, abuse=0.15)
    run = open_bias(run_bias("tfidf", dataset, attributes=["gender-words"], reviews=100))
    rows = run.report.set_index(["group", "source"])
    for source in ("templates", "reviews"):
        assert rows.loc[("female", source), "verdict"] == "treated lower"
        assert rows.loc[("female", source), "change"].value == pytest.approx(-0.1, abs=0.03)
    assert run.manifest["largest_change"]["attribute"] == "gender-words"
    alone = run.toxicity.query("measure == 'without the abuse' and label == 'all'").iloc[0]
    assert alone["verdict"] == "higher" and alone["difference"].value == pytest.approx(0.15, abs=0.02)


def test_a_model_without_bias_is_called_fair(shelve, dataset, monkeypatch):
    shelve("tfidf")
    plant(monkeypatch)
    run = open_bias(run_bias("tfidf", dataset, attributes=["gender-words"], reviews=100))
    assert set(run.report["verdict"]) == {"no difference found"}
    for change in run.report["change"]:
        assert change.ci_low <= 0 <= change.ci_high
    changed = run.toxicity.query("measure == 'without the abuse'")
    assert not changed["verdict"].isin(["higher", "lower"]).any()


def test_detoxify_is_a_second_judge_where_its_weights_are(shelve, dataset, monkeypatch, tmp_path):
    shelve("tfidf")
    monkeypatch.setattr(detoxify, "where", lambda: tmp_path)
    asked: list[str] = []

    def toxicities(texts, progress):
        asked.extend(texts)
        return np.array([0.97 if "damn" in text else 0.02 for text in texts])

    monkeypatch.setattr(detoxify, "toxicities", toxicities)
    run = open_bias(run_bias("tfidf", dataset, attributes=TWO[1:], reviews=150))
    judged = run.toxicity[run.toxicity["judge"] == "Detoxify"]
    assert len(asked) == 150 and len(judged) == 7 and set(run.toxicity["judge"]) == {"word list", "Detoxify"}
    errors = judged[judged["measure"] == "error rate"].iloc[0]
    assert errors["value"].n == sum("damn" in text for text in asked)
    assert readings.of_toxicity(errors.to_dict()).startswith("By Detoxify, all reviews: ")


def test_a_run_that_is_stopped_leaves_nothing_behind(shelve, dataset):
    shelve("tfidf")
    steps = iter(range(3))

    def progress(done, total, message):
        if "slices" in message or next(steps, None) is None:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_bias("tfidf", dataset, attributes=TWO, reviews=5, progress=progress)
    assert list_bias() == [] and runs.list_runs("bias") == []
    assert open_bias(run_bias("tfidf", dataset, attributes=TWO[1:], reviews=1)).report is not None


def test_a_run_that_is_killed_while_it_is_written_is_not_listed_and_does_not_harm(
    shelve, dataset, monkeypatch
):
    shelve("tfidf")
    monkeypatch.setattr(bias_runs, "tables_to", lambda found: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        run_bias("tfidf", dataset, attributes=TWO[1:], reviews=1)
    (left,) = runs.list_runs("bias")
    assert not left.finished and list_bias() == []
    with pytest.raises(RunError, match="is not a finished bias report"):
        open_bias(left.run_id)


def test_damaged_tables_are_said_to_be_so(shelve, dataset):
    shelve("tfidf")
    run = open_bias(run_bias("tfidf", dataset, attributes=TWO[1:], reviews=1))
    (run.folder / "tables.json").write_text("{}")
    with pytest.raises(RunError, match="damaged"):
        open_bias(run.run_id).report  # noqa: B018


def test_what_cannot_be_measured_is_said(shelve, dataset):
    with pytest.raises(ModelError):
        run_bias("nobody", dataset)
    shelve("tfidf")
    with pytest.raises(SliceError, match="'zodiac' is not known; known: gender-words"):
        run_bias("tfidf", dataset, attributes=["zodiac"])
    with pytest.raises(SliceError, match="reviews is 0"):
        run_bias("tfidf", dataset, reviews=0)
    with pytest.raises(DataError, match="no reviews in split 'train'"):
        run_bias("tfidf", dataset, "train")
    with pytest.raises(RunError, match="is not known"):
        open_bias("20260101t000000000-bias-x-00000000")


def test_every_figure_has_a_reading_that_says_its_n(shelve, dataset):
    shelve("tfidf")
    run = open_bias(run_bias("tfidf", dataset, attributes=TWO, reviews=10))
    for reading, table in (
        (readings.of_change, run.report),
        (lambda row: readings.of_gap(row, row["slice"]), run.fairness),
        (readings.of_weak, run.weak),
        (readings.of_toxicity, run.toxicity),
    ):
        for row in table.to_dict(orient="records"):
            text = reading(row)
            assert text.endswith(".") and "nan" not in text.lower().split() and "None" not in text, text


def test_readings_say_what_the_numbers_say():
    half = Estimate(-0.05, -0.08, -0.02, 40)
    row = {
        "group": "female",
        "source": "reviews",
        "n": 40,
        "change": half,
        "flips": Estimate(0.1, 0.04, 0.23, 40),
        "p_adjusted": 0.004,
        "verdict": "treated lower",
        "unreliable": False,
    }
    said = readings.of_change(row)
    assert "-5.0 points [-8.0, -2.0]" in said and "40 real reviews" in said and "less favorably" in said
    assert "10.0 % [4.0, 23.0] n = 40" in said and "p = 0.004" in said
    doubtful = readings.of_change(
        row | {"unreliable": True, "verdict": "no difference found", "p_adjusted": 0.3}
    )
    assert "may be chance (p = 0.30)" in doubtful and "do not rely on it" in doubtful
    assert readings.share(Estimate(math.nan, math.nan, math.nan, 0, "no review")) == "undefined (no review)"
    assert readings.points(Estimate(0.1, math.nan, math.nan, 1)) == "+10.0 points [no interval]"


def command(capsys, *arguments: str):
    code = command_line.main(["bias", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def file(tmp_path) -> str:
    film_reviews().to_csv(tmp_path / "film.csv", index=False)
    return str(tmp_path / "film.csv")


def test_the_command_prints_tables_or_json(shelve, capsys, file):
    shelve("tfidf")
    chosen = ("--model", "tfidf", "--data", file, "--reviews", "6", "--attribute", *TWO)
    code, out, _ = command(capsys, *chosen)
    assert code == 0
    for part in ("Gendered words", "female", "points", "left out", "Weakest slices", "abuse", "kept as"):
        assert part in out
    assert "nan" not in out.split()
    code, out, _ = command(capsys, *chosen, "--json")
    result = json.loads(out)
    assert code == 0 and {"report", "generalised", "left_out", "fairness", "weak", "toxicity"} <= set(result)
    assert len(result["readings"]["report"]) == len(result["report"])
    assert result["report"][0]["change"]["n"] > 0
    code, out, _ = command(capsys, "--list")
    assert code == 0 and all(name in out for name in ATTRIBUTES)


def test_the_command_passes_the_cluster_on(shelve, capsys, file, monkeypatch):
    shelve("tfidf")
    asked = {}
    monkeypatch.setattr(bias_runs, "run_bias", lambda *given, **options: asked.update(options) or _stop())
    assert command(capsys, "--model", "tfidf", "--data", file, "--cluster", "tcp://10.0.0.1:8786")[0] == 130
    assert asked["cluster"] == "tcp://10.0.0.1:8786"


def _stop():
    raise Cancelled


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--model", "nobody", "--data", "imdb-embedded"), "'nobody' is not known"),
        (("--model", "tfidf", "--attribute", "zodiac"), "'zodiac' is not known"),
        (("--model", "tfidf"), "no data is given"),
        (("--model", "tfidf", "--data", "imdb-embedded", "--reviews", "0"), "--reviews is 0"),
        (("--model", "tfidf", "--data", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(shelve, capsys, arguments, message):
    shelve("tfidf")
    code, _, err = command(capsys, *arguments)
    assert code == 2 and message in err and len(err.strip().splitlines()) == 1


def test_a_slice_of_ones_own_is_shown_with_its_gaps(shelve, capsys, file):
    shelve("tfidf")
    slices = ("--model", "tfidf", "--data", file)

    def run(*arguments: str):
        code = command_line.main(["slices", *arguments])
        return code, *capsys.readouterr()

    assert run("save", "wives", "--pattern", "my wife")[0] == 0
    code, out, _ = run("show", "wives", *slices, "--json")
    result = json.loads(out)
    expected = film_reviews()["text"].str.contains("My wife").sum()
    assert code == 0 and result["n"] == expected
    assert [row["metric"] for row in result["gaps"]][0] == "accuracy" and len(result["readings"]) == 5
    code, out, _ = run("show", "wives", *slices)
    assert code == 0 and f"{expected} of 240 reviews" in out
    assert run("show", "toxic", *slices)[0] == 0
    code, _, err = run("show", "rating-low", *slices)
    assert code == 2 and "is undefined for these reviews" in err
    code, out, _ = run("save", "labelled", "--query", "words > 20", "--data", file, "--json")
    assert code == 0 and json.loads(out)["n"] == 240
