"""Abuse: which words count and which only look so, taking them out, and whether they drive a score."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from attacks.bias import detoxify
from attacks.bias.toxicity_report import (
    CORRELATION,
    ERROR_RATE,
    MEAN_SCORE,
    TAKEN_OUT,
    TOXICITY_COLUMNS,
    rewritten,
    toxicity_report,
)
from attacks.language import abuse, abuse_hashes
from attacks.language.abuse import INSULTS, SLURS, SWEARING, category_of, counts, toxic, without
from attacks.resources import places
from sentiment_core.errors import ResourceMissing

#: In rot13, so that the file can be read by anybody.
HARSH = {SWEARING: "shpxvat", INSULTS: "nffubyr", SLURS: "snttbg"}
ALSO_A_NAME = "qvpx"


def plain(word: str) -> str:
    turned = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")
    return word.translate(turned)


def test_harsh_words_are_kept_as_hashes_only():
    source = "".join(Path(str(module.__file__)).read_text() for module in (abuse, abuse_hashes))
    words = set(re.findall(r"[a-z]+", source.lower()))
    for category, hidden in HARSH.items():
        word = plain(hidden)
        assert category_of(word) == category and word not in words
    kept = [
        item for name, value in vars(abuse_hashes).items() if name.isupper() for item in str(value).split()
    ]
    assert len(kept) > 300 and len(set(kept)) == len(kept)
    assert all(re.fullmatch(r"[0-9a-f]{16}", item) for item in kept)
    mild = {word for words in abuse.MILD.values() for word in words.split()}
    assert not mild & {plain(word) for word in HARSH.values()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!!!",
        "A fine film about Scunthorpe and Cockermouth, shot in Essex.",
        "The classic assassin passes the grass with a cocktail; shiitake, therapist, analysis.",
        "Dick Tracy and Dick Van Dyke met Moby Dick.",
        "Jap. 1954, dir. Kurosawa",
        "The Homo sapiens of the title is a kick-ass hero from hell, bloody and queer.",
        "a chink in the armour, a nip of whisky, spick and span, niggardly, a snigger",
        "It sucks, it is stupid, dumb and idiotic.",  # opinions of a film
        "映画 🎬 فيلم",
    ],
)
def test_what_only_looks_like_abuse_is_none(text):
    assert toxic(text) == 0 and without(text) == text


def test_whole_words_count_in_any_capitals_and_in_the_usual_disguises():
    harsh = plain(HARSH[SWEARING])
    for form in (harsh, harsh.upper(), harsh.title(), f"*{harsh}*", f"({harsh}!)", f"{harsh}."):
        assert counts(f"so {form} so")[SWEARING] == 1, form
    assert toxic(f"un{harsh}ly {harsh}x") == 0
    assert toxic("What a load of s**t, a sh*t film, total F*CK") == 3
    assert counts("damn idiot idiot’s")[INSULTS] == 2
    assert toxic("5**2 is *not* a star** rating ***") == 0


def test_words_that_are_also_names_count_in_small_letters_only():
    name = plain(ALSO_A_NAME)
    assert counts(f"He is a {name}.") == {INSULTS: 1}
    assert toxic(f"{name.title()} is here, {name.upper()}") == 0


def test_abuse_is_taken_out_and_the_gaps_are_closed():
    assert without("What a damn good film, idiot!") == "What a good film,!"
    assert without("Crap. I say crap , twice.") == ". I say, twice."
    assert without("damn") == ""
    assert without("<br />damn<br />Two  spaces stay where nothing goes") != ""
    assert without("Two  spaces stay") == "Two  spaces stay"


def test_as_many_other_words_go_in_the_control():
    text = "The damn plot has crap dialogue, wooden actors, endless scenes and terrible music for hours"
    control = abuse.without_others(text, seed=1)
    assert toxic(control) == 2 and len(control.split()) == len(text.split()) - 2
    assert control == abuse.without_others(text, seed=1)
    assert {abuse.without_others(text, seed=seed) for seed in range(20)} != {control}
    assert abuse.without_others("damn, the", seed=0) == "damn, the"  # nothing else to take


def made(n: int, seed: int, drop: float = 0.0) -> pd.DataFrame:
    """Return answers that fall by `drop` (in logits) with each abusive word; abuse is commoner in blame."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, n)
    words = rng.poisson(np.where(label == 1, 0.1, 0.4))
    logit = rng.normal(2.0 * (2 * label - 1), 1.5) - drop * words
    return pd.DataFrame({"label": label, "prob_positive": 1 / (1 + np.exp(-logit)), "toxicity": words})


def taken_out(n: int, seed: int, drop: float = 0.0) -> pd.DataFrame:
    frame = made(4 * n, seed, drop).query("toxicity > 0").head(n)
    rng = np.random.default_rng(seed + 1)
    logit = np.log(frame["prob_positive"] / (1 - frame["prob_positive"]))
    columns = {
        "prob_without": logit + drop * frame["toxicity"] + rng.normal(0, 0.2, len(frame)),
        "prob_others": logit + rng.normal(0, 0.2, len(frame)),
    }
    return frame.assign(**{name: 1 / (1 + np.exp(-value)) for name, value in columns.items()})


def test_the_report_has_each_figure_by_label():
    frame, changed = made(1000, 0, drop=0.5), taken_out(150, 0, drop=0.5)
    table = toxicity_report(frame, changed)
    assert tuple(table.columns) == TOXICITY_COLUMNS
    assert list(table.groupby("measure", sort=False).size().items()) == [
        (ERROR_RATE, 3),
        (MEAN_SCORE, 2),
        (CORRELATION, 2),
        (TAKEN_OUT, 3),
    ]
    row = table.set_index(["measure", "label"]).loc
    blame = frame[frame["label"] == 0]
    abused = blame["toxicity"] > 0
    figure = row[(MEAN_SCORE, "negative")]
    assert figure["value"].value == pytest.approx(blame["prob_positive"][abused].mean())
    assert figure["against"].value == pytest.approx(blame["prob_positive"][~abused].mean())
    wrong = blame["prob_positive"] >= 0.5
    figure = row[(ERROR_RATE, "negative")]
    assert figure["value"].value == pytest.approx(wrong[abused].mean())
    assert figure["difference"].value == pytest.approx(wrong[abused].mean() - wrong[~abused].mean())
    assert figure["difference"].ci_low <= figure["difference"].value <= figure["difference"].ci_high
    figure = row[(CORRELATION, "negative")]
    expected = stats.spearmanr(blame["prob_positive"], blame["toxicity"])
    assert figure["value"].value == pytest.approx(expected.statistic)
    assert figure["value"].ci_low < figure["value"].value < figure["value"].ci_high
    assert figure["p"] == pytest.approx(expected.pvalue)
    figure = row[(TAKEN_OUT, "all")]
    assert figure["value"].value == pytest.approx((changed["prob_without"] - changed["prob_positive"]).mean())
    assert figure["difference"].value == pytest.approx(
        (changed["prob_without"] - changed["prob_others"]).mean()
    )
    assert list(table["p_adjusted"]) == pytest.approx(stats.false_discovery_control(table["p"]))


@pytest.mark.slow
def test_a_model_that_abuse_does_not_move_is_rarely_said_to_be():
    reports = (toxicity_report(made(500, seed), taken_out(40, seed)) for seed in range(100))
    alarms = sum(bool(report["verdict"].isin(["higher", "lower"]).any()) for report in reports)
    # 5 % of 100 is 5; 12 is three standard deviations (2.2 each) above.
    assert alarms <= 12, alarms


@pytest.mark.slow
def test_a_model_that_abuse_moves_is_caught_with_the_right_sign():
    caught = dict.fromkeys((MEAN_SCORE, CORRELATION, TAKEN_OUT), 0)
    for seed in range(30):
        table = toxicity_report(made(1500, seed, drop=1.0), taken_out(100, seed, drop=1.0))
        verdicts = table.set_index(["measure", "label"])["verdict"]
        caught[MEAN_SCORE] += verdicts[(MEAN_SCORE, "negative")] == "lower"
        caught[CORRELATION] += verdicts[(CORRELATION, "negative")] == "lower"
        caught[TAKEN_OUT] += verdicts[(TAKEN_OUT, "all")] == "higher"
    assert min(caught.values()) >= 27, caught  # power: at least 90 % for a logit a word


def test_few_or_no_toxic_reviews_say_so():
    table = toxicity_report(made(200, 1).assign(toxicity=0), taken_out(40, 1).head(0))
    assert set(table["verdict"]) == {"too few"} and table["p"].isna().all()
    for row in table.to_dict(orient="records"):
        assert math.isnan(row["value"].value) and row["value"].reason
    assert toxicity_report(made(200, 1)).shape[0] == 7
    assert not toxicity_report(made(200, 1).head(0)).empty


def test_toxic_reviews_are_drawn_with_a_seed():
    examples = pd.DataFrame(
        {
            "example_id": [f"e{place}" for place in range(40)],
            "text": ["A damn fine film about trains."] * 20 + ["A fine film."] * 20,
            "label": [1] * 40,
        }
    )
    drawn = rewritten(examples, n=5, seed=3)
    assert len(drawn) == 5 and set(drawn["example_id"]) <= set(examples["example_id"][:20])
    assert set(drawn["without"]) == {"A fine film about trains."}
    assert all("damn" in text and len(text.split()) == 5 for text in drawn["others"])
    pd.testing.assert_frame_equal(drawn, rewritten(examples, n=5, seed=3))
    assert rewritten(examples.tail(20), n=5, seed=3).empty


@pytest.fixture
def empty_hub(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def test_without_detoxifys_weights_it_is_said_how_to_get_them(empty_hub):
    lacks = detoxify.missing_detoxify()
    assert lacks is not None and "toxic-bert" in lacks.what and "hf download" in lacks.how_to_get
    with pytest.raises(ResourceMissing, match="hf download unitary/toxic-bert"):
        detoxify.toxicities(["a"])


@pytest.mark.slow
def test_detoxify_runs_where_its_weights_are(empty_hub, tmp_path):
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    from attacks.resources.catalog import RESOURCES
    from sentiment_core.classifiers.transformer.pretrained import load_base

    torch.manual_seed(0)
    labels = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
    shape = BertConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label=dict(enumerate(labels)),
    )
    model = BertForSequenceClassification(shape).eval()
    model.save_pretrained(tmp_path / "model")
    load_base("distilbert-minilm").tokenizer.save_pretrained(tmp_path / "model")
    RESOURCES[detoxify.NAME].fetch(tmp_path / "model")
    assert detoxify.missing_detoxify() is None and places.hub_snapshot(detoxify.NAME) == detoxify.where()
    texts = ["a", "A much longer text about a film. " * 40, "", "b c"]
    found = detoxify.toxicities(texts)
    assert found.shape == (4,) and ((found > 0) & (found < 1)).all()
    assert list(found) == pytest.approx([float(detoxify.toxicities([text])[0]) for text in texts], abs=1e-5)
