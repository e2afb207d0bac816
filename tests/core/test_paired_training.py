"""Training on pairs: what is added, what is left out, and that no pair is on both sides of a split."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from sentiment_core import __main__, models
from sentiment_core.data.storing import make_dataset, store
from sentiment_core.errors import DataError, ModelError
from sentiment_core.evaluation import seen
from sentiment_core.pairs import reading
from sentiment_core.training import paired_texts, seeds
from sentiment_core.training import train as training

LONG = "the plot turns on a lost letter and a train that never comes back to the village"


def a_dataset():
    """Return 30 training, 10 validation and 10 test reviews."""
    splits = ["train"] * 30 + ["validation"] * 10 + ["test"] * 10
    rows = [
        (f"r{n}", f"{'a warm' if n % 2 else 'a cold'} film of {n} minutes, where {LONG} in year {n}", n % 2)
        for n in range(50)
    ]
    frame = pd.DataFrame(rows, columns=["example_id", "text", "label"])
    return make_dataset("made", frame.assign(split=splits, source="made"))


def pairs_file(folder, rows):
    """Write (original, edited, label) as a file of pairs."""
    path = folder / "pairs.csv"
    pd.DataFrame(rows, columns=["original", "edited", "label"]).to_csv(path, index=False)
    return path


NEW = [(f"a superb evening number {n}", f"an awful evening number {n}", 1) for n in range(6)]


def test_both_sides_of_a_pair_join_the_training_with_their_own_labels(tmp_path):
    train = a_dataset().split("train")
    paired = paired_texts.read([pairs_file(tmp_path, NEW)], repeats=2)
    found = paired_texts.mixed_in(train, [], paired)
    mixed, record = found.train, found.record
    added = mixed[mixed["source"].str.startswith("paired")]
    assert (len(added), record["n"], record["pairs"]) == (24, 24, 6)
    assert mixed["example_id"].is_unique and list(mixed.columns) == list(train.columns)
    assert set(added.loc[added["text"].str.startswith("a superb"), "label"]) == {1}
    assert set(added.loc[added["text"].str.startswith("an awful"), "label"]) == {0}


def test_a_pair_near_a_held_out_review_is_left_out_whole_and_said(tmp_path):
    dataset = a_dataset()
    test = dataset.split("test")["text"]
    edit = test[0].replace("a cold", "a warm")  # nearly the held-out review itself
    rows = [*NEW, (test[1], "another text altogether, and a short one", 1), ("an unrelated text", edit, 0)]
    paired = paired_texts.read([pairs_file(tmp_path, rows)])
    card = training.train("tfidf", dataset, {"min_df": 1}, paired=paired)
    record = card.manifest["paired"]
    assert (record["pairs"], record["left_out"]["held_out"]) == (6, 2)
    assert "left out: 2 pairs with a text that equals, or nearly equals, a review that is held out" in (
        paired_texts.sentence(record)
    )
    marks = seen.marked(
        card, pd.Series([test[1], "another text altogether, and a short one", "an unrelated text"])
    )
    assert list(marks) == ["", "", ""]


def test_a_side_that_is_a_training_review_already_is_not_added_again(tmp_path):
    dataset = a_dataset()
    known = dataset.split("train")["text"][0]
    paired = paired_texts.read([pairs_file(tmp_path, [(known, "a hot film, that one", 0)])])
    found = paired_texts.mixed_in(dataset.split("train"), [], paired)
    mixed, record = found.train, found.record
    assert (mixed["text"] == known).sum() == 1
    assert (record["n"], record["left_out"]) == (1, {"held_out": 0, "duplicate": 1})


def test_where_nothing_is_left_that_is_said(tmp_path):
    dataset = a_dataset()
    held_out = dataset.split("test")["text"]
    paired = paired_texts.read([pairs_file(tmp_path, [(held_out[0], "x", 0)])])
    with pytest.raises(DataError, match=r"has no text to train on: 1 pairs with a text that equals"):
        training.train("tfidf", dataset, paired=paired)


def test_the_part_that_is_trained_on_and_the_part_that_is_measured_share_no_text(tmp_path, capsys):
    file, dataset = pairs_file(tmp_path, NEW), a_dataset()
    store(dataset)
    share = ["--paired", str(file), "--paired-share", "0.5"]
    argv = ["--data", dataset.fingerprint, "--family", "tfidf", "--set", "min_df=1", "--alias", "both"]
    assert __main__.main(["train", *argv, *share]) == 0
    assert "and on 6 texts of 3 pairs of pairs.csv (50 % of 6)" in capsys.readouterr().out
    assert __main__.main(["evaluate", "--model", "both", *share, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["n"] == 3 and not any(result["seen_in_training"].values())
    assert __main__.main(["evaluate", "--model", "both", "--paired", str(file)]) == 0
    assert "was trained on 3 of the 6 originals and 3 of the 6 edits" in capsys.readouterr().out


def test_another_edit_of_an_original_that_was_learned_is_said_and_left_out_of_a_comparison(tmp_path, capsys):
    file, dataset = pairs_file(tmp_path, NEW), a_dataset()
    training.train("tfidf", dataset, {"min_df": 1}, alias="plain")
    training.train("tfidf", dataset, {"min_df": 1}, alias="both", paired=paired_texts.read([file]))
    other = tmp_path / "other.csv"
    rows = [(NEW[0][0], "a cold evening number 0", 1), ("a warm day", "a cold day", 1)]
    pd.DataFrame(rows, columns=["original", "edited", "label"]).to_csv(other, index=False)
    assert __main__.main(["compare", "plain", "both", "--paired", str(other), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    seen_by = {side: result[side]["seen_in_training"] for side in "ab"}
    assert seen_by["a"] == {"originals": 0, "edits": 0, "other_edits": 0}
    assert seen_by["b"] == {"originals": 1, "edits": 0, "other_edits": 1}
    assert result["new"]["n"] == 1 and result["new"]["differences"]["consistency"]["difference"]["n"] == 1
    assert __main__.main(["compare", "plain", "both", "--paired", str(other)]) == 0
    printed = capsys.readouterr().out
    assert "on the pairs of whose originals neither learned an edit (1):" in printed
    assert "1 of the 2 originals in another edit" in printed


def test_a_model_that_learned_pairs_is_not_silently_fitted_without_them(tmp_path):
    card = training.train("tfidf", a_dataset(), paired=paired_texts.read([pairs_file(tmp_path, NEW)]))
    with pytest.raises(ModelError, match=r"pairs of pairs\.csv too, which are not kept"):
        paired_texts.check_fit_anew(card)
    paired_texts.check_fit_anew(training.train("tfidf", a_dataset()))


def test_trainings_on_other_pairs_have_other_hashes(tmp_path):
    dataset, file = a_dataset(), pairs_file(tmp_path, NEW)
    asked = [
        None,
        paired_texts.read([file]),
        paired_texts.read([file], share=0.5),
        paired_texts.read([file], repeats=2),
    ]
    hashes = [training.asked_for("tfidf", dataset, {}, paired=one)[1].hash for one in asked]
    assert len(set(hashes)) == 4
    assert reading.fingerprint(asked[1].pairs) != reading.fingerprint(asked[2].pairs)


def test_the_manifest_counts_reviews_of_the_data_set_apart_from_pairs(tmp_path):
    paired = paired_texts.read([pairs_file(tmp_path, NEW)])
    cards = seeds.train_seeds("tfidf", a_dataset(), {"min_df": 1}, [1, 2], paired=paired)
    assert [card.trained_on["n_train"] for card in cards] == [30, 30]
    assert [card.manifest["paired"]["n"] for card in cards] == [12, 12]
    assert len(seeds.same_setting(models.resolve(cards[0].model_id))) == 2


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--paired-share", "0.5"], "give --paired FILE too"),
        (["--paired", "{file}", "--paired-repeat", "0"], "give 1 or more"),
        (["--paired", "{file}", "--paired-share", "0"], "more than 0 and at most 1"),
        (["--paired", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_cannot_be_trained_on_is_one_line(tmp_path, capsys, argv, said):
    file = pairs_file(tmp_path, NEW)
    given = [part.format(file=file) for part in argv]
    code = __main__.main(["train", "--data", "imdb-embedded", "--family", "tfidf", *given])
    err = capsys.readouterr().err.strip()
    assert code == 2 and said in err and "\n" not in err
