"""Training on edited reviews: what is added, what is left out, and that held-out reviews never get in."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from sentiment_core import __main__, data, models
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import DataError, RunError
from sentiment_core.storage import provenance, runs
from sentiment_core.training import edited_reviews, seeds
from sentiment_core.training import train as training

OPENINGS = {1: "a warm and witty film", 0: "a dull and cold film"}


def a_dataset():
    """Return 40 training, 10 validation and 10 test reviews."""
    splits = ["train"] * 40 + ["validation"] * 10 + ["test"] * 10
    rows = [
        (f"r{i}", f"{OPENINGS[i % 2]} that runs for {i} minutes in row {i}", i % 2, split, "made")
        for i, split in enumerate(splits)
    ]
    return make_dataset(
        "made", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )


def a_run(rows, *, kind="attack", split="train", finished=True, name="one"):
    """Keep rows (example_id, label, outcome, original, perturbed) as a run, and return its id."""
    spec = {"model_id": "m", "recipe": "deepwordbug", "data": {"split": split}, "name": name}
    folder = runs.create(kind, runs.new_run_id(name, "m", spec), spec)
    frame = pd.DataFrame(rows, columns=list(edited_reviews.COLUMNS))
    frame.to_parquet(folder / "results.parquet", index=False)
    if finished:
        runs.finish(folder, {"spec": spec})
    return folder.name


def a_run_of_other_columns():
    folder = runs.create("evaluation", "20240101t000000000-evaluation-m", {"split": "train"})
    pd.DataFrame({"example_id": ["a"], "label": [1]}).to_parquet(folder / "results.parquet")
    runs.finish(folder, {})
    return folder.name


def a_run_without_a_table():
    folder = runs.create("job", "20240101t000000000-job-m", {"data": "text"})
    runs.finish(folder, {})
    return folder.name


def edits_of(dataset, n=4, outcome="succeeded"):
    """Return records for the first n training reviews, each with a letter more in its first word."""
    rows = dataset.split("train").head(n)
    return [
        (row.example_id, row.label, outcome, row.text, row.text.replace("film", f"fiilm{row.example_id}"))
        for row in rows.itertuples()
    ]


def test_the_manifest_names_the_runs_their_counts_and_their_hashes():
    dataset = a_dataset()
    run_id = a_run(edits_of(dataset))
    edited = edited_reviews.read([run_id], repeats=2)
    card = training.train("tfidf", dataset, adversarial=edited)
    added = card.manifest["adversarial"]
    results = runs.open_run(run_id).folder / "results.parquet"
    assert [(source["run_id"], source["n"], source["sha256"]) for source in added["runs"]] == [
        (run_id, 4, provenance.sha256(results))
    ]
    assert (added["n"], added["repeats"]) == (8, 2)
    assert card.trained_on["n_train"] == 40
    assert "adversarial" not in training.train("tfidf", dataset).manifest


def test_the_rows_are_learned_from_as_often_as_they_are_repeated():
    dataset = a_dataset()
    edited = edited_reviews.read([a_run(edits_of(dataset))], repeats=3)
    mixed, _ = edited_reviews.mixed_in(dataset.split("train"), [], edited)
    assert mixed["text"].str.contains("fiilm").sum() == 12
    assert mixed["example_id"].is_unique
    assert (mixed.groupby("text")["label"].nunique() == 1).all()


def test_trainings_on_other_runs_have_other_hashes():
    dataset = a_dataset()
    rows = edits_of(dataset)
    one, two = (edited_reviews.read([a_run(rows[:n], name=f"n{n}")]) for n in (2, 3))
    again = edited_reviews.read([str(one.sources[0]["run_id"])])
    hashes = [
        training.asked_for("tfidf", dataset, {}, edited)[1].hash
        for edited in (None, one, again, two, edited_reviews.read([one.sources[0]["run_id"]], repeats=2))
    ]
    assert hashes[1] == hashes[2]
    assert len(set(hashes)) == 4


def test_several_seeds_train_on_the_same_edited_reviews():
    dataset = a_dataset()
    edited = edited_reviews.read([a_run(edits_of(dataset))])
    cards = seeds.train_seeds("tfidf", dataset, {}, [1, 2], adversarial=edited)
    assert [card.manifest["adversarial"]["n"] for card in cards] == [4, 4]
    assert len(seeds.same_setting(models.resolve(cards[0].model_id))) == 2
    training.train("tfidf", dataset, {"seed": 3})
    assert len(seeds.same_setting(models.resolve(cards[0].model_id))) == 2


@pytest.mark.parametrize("split", ["validation", "test", None])
def test_a_run_on_held_out_reviews_is_refused(split):
    run_id = a_run(edits_of(a_dataset()), split=split)
    with pytest.raises(DataError, match="leak"):
        edited_reviews.read([run_id])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: [a_run([], finished=False)], "not finished"),
        (lambda: [a_run_of_other_columns()], "of kind 'evaluation' and holds no edited reviews"),
        (lambda: [a_run_without_a_table()], "of kind 'job' and holds no edited reviews"),
        (lambda: [a_run([])] * 2, "name each once"),
        (lambda: [], "0 runs"),
    ],
)
def test_a_run_that_cannot_be_used_is_refused_in_one_line(make, said):
    with pytest.raises(DataError, match=said) as caught:
        edited_reviews.read(make())
    assert "\n" not in str(caught.value)


def test_an_unknown_run_and_no_repeats_are_refused():
    with pytest.raises(RunError, match="not known"):
        edited_reviews.read(["nothing"])
    with pytest.raises(DataError, match="0 times"):
        edited_reviews.read([a_run([])], repeats=0)


def test_a_run_of_any_kind_offers_its_edited_reviews():
    dataset = a_dataset()
    run_id = a_run(edits_of(dataset), kind="paraphrase")
    assert len(edited_reviews.read([run_id]).rows) == 4


def test_failed_tries_are_used_only_when_asked_for():
    dataset = a_dataset()
    rows = edits_of(dataset, 2) + edits_of(dataset, 4, "failed")[2:]
    rows += [("r9", 1, "skipped", "t", "t"), ("r8", 0, "errored", "t", "")]
    run_id = a_run(rows)
    assert len(edited_reviews.read([run_id]).rows) == 2
    assert len(edited_reviews.read([run_id], failed=True).rows) == 4


def test_what_is_left_out_is_counted_by_its_reason():
    dataset = a_dataset()
    train, test = dataset.split("train"), dataset.split("test")
    first = train.iloc[0]
    copy_of_test = test["text"].iloc[0] + " indeed"
    train.loc[1, "text"] = copy_of_test  # a training review that nearly is a held-out one
    rows = [
        (first.example_id, first.label, "succeeded", first.text, "an edit of the first"),
        (first.example_id, first.label, "succeeded", first.text, "an edit of the first"),
        (first.example_id, first.label, "succeeded", first.text, train["text"].iloc[5]),
        (train["example_id"].iloc[1], 1, "succeeded", copy_of_test, "xa xwarm xand xwitty"),
        (train["example_id"].iloc[2], 0, "succeeded", train["text"].iloc[2], test["text"].iloc[3]),
        ("r2", 0, "succeeded", "another text than r2 has", "an edit of it"),
        ("elsewhere", 0, "succeeded", "a review of no data set", "an edit of that"),
    ]
    edited = edited_reviews.read([a_run(rows)])
    mixed, added = edited_reviews.mixed_in(train, list(test["text"]), edited)
    assert added["left_out"] == {"not_in_training": 2, "held_out": 2, "duplicate": 2}
    assert list(mixed["text"][len(train) :]) == ["an edit of the first"]


def test_rows_lent_to_validation_take_their_edits_with_them():
    frame = a_dataset().examples
    dataset = make_dataset("made", frame[frame["split"] != "validation"])
    edited = edited_reviews.read([a_run(edits_of(dataset, 40))])
    card = training.train("tfidf", dataset, adversarial=edited)
    assert card.manifest["adversarial"]["left_out"]["not_in_training"] == card.trained_on["n_validation"] > 0


@pytest.mark.parametrize("text", ["", "a", "!!!", "فيلم رائع", "😀", "<script>x</script>", "film " * 2000])
def test_edge_texts_are_mixed_in_or_left_out_without_an_error(text):
    dataset = a_dataset()
    row = dataset.split("train").iloc[0]
    edited = edited_reviews.read([a_run([(row.example_id, row.label, "edited", row.text, text)])])
    mixed, added = edited_reviews.mixed_in(dataset.split("train"), [row.text + " more", "?"], edited)
    assert len(mixed) == 40 + added["n"]


def test_an_empty_run_adds_nothing():
    edited = edited_reviews.read([a_run([])])
    mixed, added = edited_reviews.mixed_in(a_dataset().split("train"), ["x"], edited)
    assert (len(mixed), added["n"]) == (40, 0)


def test_the_command_trains_on_runs_and_says_so(capsys):
    dataset = a_dataset()
    data.store(dataset)
    run_id = a_run(edits_of(dataset))
    command = ["train", "--data", dataset.fingerprint, "--family", "tfidf", "--adversarial", run_id]
    assert __main__.main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["adversarial"]["n"] == 4
    assert __main__.main(command) == 0
    assert "4 edited ones of 1 run" in capsys.readouterr().out


def test_the_command_refuses_a_run_on_test_reviews_before_it_reads_the_data(capsys):
    run_id = a_run([], split="test")
    assert (
        __main__.main(["train", "--data", "nowhere.csv", "--family", "tfidf", "--adversarial", run_id]) == 2
    )
    assert "leak" in capsys.readouterr().err
