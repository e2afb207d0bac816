"""Verdicts kept beside the runs, decided by hand, used by transfer and by the archive's check."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from attack_frames import batch
from scipy import stats

from attacks.__main__ import main
from attacks.batches import archive, transfer, verdicts
from attacks.batches import runs as attack_runs
from attacks.figures.robustness import figures
from attacks.language import encoder
from attacks.schema import AttackRecord, AttackSpec, Example
from sentiment_core import data, models
from sentiment_core.errors import RunError
from sentiment_core.schema import Dataset
from sentiment_core.storage import journal, runs, workspace


@pytest.fixture(autouse=True)
def _alike(monkeypatch):
    monkeypatch.setattr(encoder, "similarities", lambda pairs: np.ones(len(pairs)))


@pytest.fixture
def run_id(shelve, attack_reviews) -> str:
    """A finished run of six reviews, whose adversarial texts are opposites or synonyms written by hand."""
    return finished(shelve("tfidf").model_id, attack_reviews)


def finished(model_id, reviews, fingerprint=None) -> str:
    """Write a run with hand-made records through the files of an interrupted one, and finish it."""
    classifier = models.load_model(model_id)
    rows = [row for row in reviews.head(6).to_dict("records")]
    spec = AttackSpec(model_id, "deepwordbug", data={"name": "made", "fingerprint": fingerprint})
    folder = attack_runs.start(spec, [Example(row["example_id"], row["text"], row["label"]) for row in rows])
    for place, row in enumerate(rows):
        other = reviews[reviews["label"] != row["label"]]["text"].iloc[place]
        fooled = place < 4
        perturbed = row["text"] + " story " + other if fooled else row["text"]
        before, after = classifier.predict_proba([row["text"], perturbed])[:, 1]
        record = AttackRecord(
            row["example_id"], row["label"], "succeeded" if fooled else "failed", "", row["text"], perturbed,
            float(before), float(after), 10, 10, 50, 3, 0.1, 0,
        )  # fmt: skip
        journal.append(folder, dataclasses.asdict(record))
    return attack_runs.resume(folder.name)


def test_a_run_is_judged_once_and_the_verdicts_are_kept(run_id, monkeypatch):
    assert verdicts.verdicts_of(run_id) is None
    first = verdicts.judge_run(run_id)
    assert len(first) == 4 and not first["by_hand"].any()
    monkeypatch.setattr(verdicts, "judge", lambda *_: pytest.fail("judged twice"))
    pd.testing.assert_frame_equal(verdicts.judge_run(run_id), first)


def test_other_criteria_judge_again(run_id, monkeypatch):
    verdicts.judge_run(run_id)
    monkeypatch.setattr(verdicts.criteria, "REVISION", verdicts.criteria.REVISION + 1)
    assert verdicts.verdicts_of(run_id) is None


def test_verdicts_made_with_wordnet_count_without_it_but_not_the_other_way_round(run_id, monkeypatch):
    there = True
    monkeypatch.setattr(verdicts.criteria.wordnet, "there", lambda: there)
    verdicts.judge_run(run_id)
    there = False
    assert len(verdicts.verdicts_of(run_id)) == 4
    verdicts.file_of(run_id).unlink()
    verdicts.judge_run(run_id)
    there = True
    assert verdicts.verdicts_of(run_id) is None


def test_a_verdict_by_hand_wins_changes_the_stamp_and_can_be_taken_back(run_id):
    judged = verdicts.judge_run(run_id)
    name, said = judged.loc[0, "example_id"], bool(judged.loc[0, "valid"])
    stamp = verdicts.stamp(run_id)
    verdicts.overrule(run_id, name, not said)
    standing = verdicts.verdicts_of(run_id).set_index("example_id")
    assert standing.loc[name, "valid"] == (not said)
    assert standing.loc[name, "automatic"] == said and standing.loc[name, "by_hand"]
    assert verdicts.stamp(run_id) != stamp
    assert verdicts.overrules(run_id) == {name: not said}
    verdicts.overrule(run_id, name, None)
    assert verdicts.overrules(run_id) == {}
    assert verdicts.verdicts_of(run_id)["valid"].tolist() == judged["valid"].tolist()


def test_a_verdict_by_hand_counts_in_the_figures(run_id):
    records = attack_runs.open_attack(run_id).records
    for name in records.loc[records["outcome"] == "succeeded", "example_id"]:
        verdicts.overrule(run_id, name, True)
    assert figures(records, verdicts.judge_run(run_id))["valid_success_rate"].value == 4 / 6
    verdicts.overrule(run_id, records["example_id"].iloc[0], False)
    assert figures(records, verdicts.judge_run(run_id))["valid_success_rate"].value == 3 / 6


def test_a_verdict_by_hand_needs_no_automatic_one(run_id):
    name = attack_runs.open_attack(run_id).spec.example_ids[0]
    verdicts.overrule(run_id, name, True)
    (row,) = verdicts.verdicts_of(run_id).to_dict("records")
    assert row["valid"] is True and row["by_hand"] and row["automatic"] is None


def test_a_review_or_run_that_is_not_there_cannot_be_decided(run_id):
    with pytest.raises(RunError, match="attacks no review 'nobody'"):
        verdicts.overrule(run_id, "nobody", True)
    for name in ("no-such-run", "../../etc/passwd"):
        with pytest.raises(RunError, match="not known"):
            verdicts.overrule(name, "x", True)


def test_damaged_verdicts_by_hand_are_named_and_damaged_automatic_ones_made_again(run_id):
    verdicts.judge_run(run_id)
    verdicts.file_of(run_id).write_bytes(b"not parquet")
    assert len(verdicts.judge_run(run_id)) == 4
    verdicts.file_by_hand(run_id).write_text("{")
    with pytest.raises(RunError, match="damaged"):
        verdicts.overrules(run_id)


def test_transfer_counts_by_hand():
    fooled = batch(
        {"outcome": "succeeded", "label": 1, "original": "++", "perturbed": "-"},
        {"outcome": "succeeded", "label": 1, "original": "++", "perturbed": "+"},
        {"outcome": "succeeded", "label": 0, "original": "-", "perturbed": "+"},
        {"outcome": "succeeded", "label": 0, "original": "+", "perturbed": "+"},
        {"outcome": "failed", "label": 1, "original": "++", "perturbed": "-"},
    )
    by_plus = {"other": lambda texts: np.array([float("+" in text) for text in texts])}
    (row,) = transfer.transfer({"a": fooled}, by_plus, {"a": "mine"}).to_dict("records")
    assert (row["source"], row["target"], row["own"], row["n"]) == ("a", "other", False, 3)
    assert row["value"] == pytest.approx(2 / 3)
    interval = stats.binomtest(2, 3).proportion_ci(method="wilson")
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((interval.low, interval.high))


def test_transfer_without_a_text_is_undefined_with_the_reason():
    always = {"other": lambda texts: np.zeros(len(texts))}
    wrong = batch({"outcome": "succeeded", "label": 1})
    none, never = transfer.transfer({"a": batch(), "b": wrong}, always, {"a": "m", "b": "m"}).to_dict(
        "records"
    )
    assert none["n"] == 0 and np.isnan(none["value"]) and "no text fooled" in none["reason"]
    assert "none of the originals" in never["reason"]


def test_a_transfer_of_runs_is_kept_and_found_again(run_id, shelve):
    other = shelve("nbsvm")
    assert transfer.newest_transfer([run_id]) is None
    kept = transfer.transfer_runs([run_id], [other.alias])
    matrix = transfer.newest_transfer([run_id]).set_index("target")
    own = matrix.loc[attack_runs.open_attack(run_id).spec.model_id]
    records = attack_runs.open_attack(run_id).records
    fooled = records[records["outcome"] == "succeeded"]
    right = ((fooled["prob_before"] >= 0.5) == fooled["label"]).sum()
    assert own["own"] and own["n"] == right
    assert not matrix.loc[other.model_id, "own"]
    assert runs.open_run(kept).finished
    with pytest.raises(RunError, match="4 of 4 successes have no verdict"):
        transfer.transfer_runs([run_id], valid_only=True)


def test_a_run_that_a_person_judged_in_full_needs_no_criteria(run_id, shelve):
    shelve("nbsvm")
    records = attack_runs.open_attack(run_id).records
    fooled = records.loc[records["outcome"] == "succeeded", "example_id"]
    verdicts.overrule(run_id, fooled.iloc[0], True)
    with pytest.raises(RunError, match="3 of 4 successes have no verdict"):
        transfer.transfer_runs([run_id], ["nbsvm"], valid_only=True)
    for example_id in fooled:
        verdicts.overrule(run_id, example_id, True)
    transfer.transfer_runs([run_id], ["nbsvm"], valid_only=True)
    assert (transfer.newest_transfer([run_id], valid_only=True)["n"] <= 4).all()


def test_one_verdict_by_hand_does_not_make_two_runs_comparable_by_valid_texts(
    run_id, shelve, attack_reviews, capsys
):
    other = finished(shelve("nbsvm").model_id, attack_reviews)
    for run in (run_id, other):
        verdicts.overrule(run, attack_runs.open_attack(run).records["example_id"].iloc[0], True)
    assert main(["compare", run_id, other, "--valid"]) == 0
    said = capsys.readouterr().out
    assert "by valid texts is undefined" in said and said.count("3 of 4 successes") == 2
    assert main(["compare", run_id, other, "--valid", "--json"]) == 0
    kept = json.loads(capsys.readouterr().out)
    assert kept["rate_a"]["value"] is None and kept["difference"]["value"] is None
    assert main(["compare", run_id, other]) == 0
    assert "equally often on" in capsys.readouterr().out


def test_a_matrix_of_valid_texts_counts_until_a_verdict_changes(run_id, shelve):
    shelve("nbsvm")
    verdicts.judge_run(run_id)
    transfer.transfer_runs([run_id], ["nbsvm"], valid_only=True)
    judged = verdicts.verdicts_of(run_id)
    matrix = transfer.newest_transfer([run_id], valid_only=True)
    assert (matrix["n"] <= judged["valid"].sum()).all()
    row = judged.iloc[0]
    verdicts.overrule(run_id, row["example_id"], not row["valid"])
    assert transfer.newest_transfer([run_id], valid_only=True) is None
    verdicts.overrule(run_id, row["example_id"], None)
    assert transfer.newest_transfer([run_id], valid_only=True) is not None


def test_an_untouched_run_holds(run_id):
    found = archive.check(run_id, sample=None)
    assert not found.stale and (found.n_checked, found.n_kept) == (4, 4)
    assert "holds" in found.sentence
    assert archive.check(run_id, sample=2).n_checked == 2


def test_a_model_trained_anew_in_its_place_makes_the_run_stale(run_id):
    card = models.resolve(attack_runs.open_attack(run_id).spec.model_id)
    manifest = workspace.read_json(card.folder / "manifest.json")
    name = next(iter(manifest["files"]))
    manifest["files"][name] = "0" * 64
    workspace.write_json(card.folder / "manifest.json", manifest)
    found = archive.check(run_id)
    assert found.stale and f"model has changed: {name}" in found.why and found.n_kept == 0


def test_a_model_that_is_gone_and_texts_that_get_another_answer_make_it_stale(run_id, shelve, monkeypatch):
    shelve("nbsvm")
    other = models.load_model("nbsvm")
    with monkeypatch.context() as patch:
        patch.setattr(archive.models, "load_model", lambda name: other)
        swapped = archive.check(run_id)
    assert swapped.stale and swapped.n_kept < swapped.n_checked and "no longer get" in swapped.why
    models_folder = models.resolve("tfidf").folder
    models_folder.rename(models_folder.with_name("gone"))
    gone = archive.check(run_id)
    assert gone.stale and "no longer in the workspace" in gone.why


def test_reviews_that_read_differently_make_it_stale(shelve, attack_reviews):
    frame = attack_reviews.assign(split="test", source="made")
    dataset = Dataset("made", data.storing.fingerprint_of(frame), frame)
    data.store(dataset)
    run_id = finished(shelve("tfidf").model_id, attack_reviews, dataset.fingerprint)
    assert not archive.check(run_id).stale
    path = workspace.datasets_folder() / dataset.fingerprint / "examples.parquet"
    frame.assign(text=frame["text"] + "!").to_parquet(path, index=False)
    manifest = workspace.read_json(path.with_name("manifest.json"))
    del manifest["sha256"]  # as an older version stored it; with a hash the change is damage
    workspace.write_json(path.with_name("manifest.json"), manifest)
    found = archive.check(run_id)
    assert found.stale and "data has changed: 6 reviews" in found.why


def test_the_commands_print_what_the_functions_return(run_id, shelve, capsys):
    shelve("nbsvm")
    for argv, expected in [
        (["judge", run_id], "of 4 adversarial texts are valid"),
        (["judge", run_id, "--review", "made-2-0", "--verdict", "valid"], "decided by hand"),
        (["show", run_id], "valid success rate"),
        (["transfer", run_id, "--model", "nbsvm", "--valid"], "on nbsvm: "),
        (["compare", run_id, run_id], "equally often"),
        (["check", run_id, "--all"], "This run holds"),
    ]:
        assert main(argv) == 0
        assert expected in capsys.readouterr().out
    assert main(["judge", run_id, "--review", "made-2-0"]) == 2
    assert "belong together" in capsys.readouterr().err
