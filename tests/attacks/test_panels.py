"""Blind panels: what is drawn, what is kept, the figures by hand, and the thresholds that answers suggest."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from attacks.__main__ import main
from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.panels import answers, making, recalibration, results
from attacks.schema import AttackRecord, AttackSpec, Example
from attacks.validity.criteria import LEAST_SIMILARITY, MOST_CHANGED
from attacks.validity.judging import VERDICT_COLUMNS
from attacks.validity.stated import Thresholds, under
from sentiment_core.errors import DataError, RunError
from sentiment_core.statistics import difference_of_shares
from sentiment_core.storage import decisions, journal, runs, workspace

HOSTILE = "<script>alert(1)</script> *x* \u202e 🙂 فيلم"


@pytest.fixture
def run_id(shelve) -> str:
    """A finished batch of 20 reviews: 12 fooled, 6 not, one skipped, one errored; the first three valid."""
    model_id = shelve("tfidf").model_id
    outcomes = ["succeeded"] * 12 + ["failed"] * 6 + ["skipped", "errored"]
    examples = [Example(f"r{n}", f"{HOSTILE if n == 0 else 'a good film'} {n}", n % 2) for n in range(20)]
    folder = attack_runs.start(AttackSpec(model_id, "deepwordbug", data={"name": "made"}), examples)
    for example, outcome in zip(examples, outcomes, strict=True):
        perturbed = {"succeeded": f"edited {example.text}", "errored": ""}.get(outcome, example.text)
        record = AttackRecord(
            example.example_id, example.label, outcome, "", example.text, perturbed,
            0.9, 0.1, 10, 10, 5, 1, 0.1, 0,
        )  # fmt: skip
        journal.append(folder, dataclasses.asdict(record))
    run_id = attack_runs.resume(folder.name)
    plain = dict.fromkeys(VERDICT_COLUMNS, "") | {"similarity": 0.9, "pos_kept": 1.0, "grammar_added": 0}
    rows = [
        plain
        | {"example_id": f"r{n}", "valid": n < 3, "reasons": "" if n < 3 else "cannot be read: 'x'"}
        | {
            "criteria": "" if n < 3 else "readable",
            "similarity_around": 0.95 - n / 20,
            "share_changed": n / 20,
        }
        for n in range(12)
    ]
    workspace.write_parquet(verdicts.file_of(run_id), pd.DataFrame(rows, columns=list(VERDICT_COLUMNS)))
    return run_id


def read_all(panel: making.Panel, rater: str, says, writer) -> None:
    for row in panel.items.to_dict("records"):
        answers.decide(panel, row["item"], says(row), writer(row), rater=rater)


def right(row) -> str:
    return "positive" if row["label"] else "negative"


def as_made(row) -> str:
    return "machine" if row["adversarial"] else "person"


# --- what is drawn -------------------------------------------------------------------------------


def test_half_of_the_texts_are_attacked_and_no_review_is_read_twice(run_id):
    panel = making.open_panel(making.make(run_id, 16))
    items = panel.items
    assert (panel.n, items["adversarial"].sum(), items["example_id"].nunique()) == (16, 8, 16)
    assert list(items["item"]) == list(range(1, 17))
    records = attack_runs.open_attack(run_id).records.set_index("example_id")
    for row in items.to_dict("records"):
        source = records.loc[row["example_id"]]
        assert row["text"] == source["perturbed" if row["adversarial"] else "original"]
        assert (row["label"], row["original"]) == (source["label"], source["original"])
        assert source["outcome"] == "succeeded" if row["adversarial"] else source["outcome"] != "errored"


def test_the_seed_decides_what_is_drawn_and_the_order(run_id):
    first, again, other = (
        making.open_panel(making.make(run_id, 10, seed=seed)).items["text"].tolist() for seed in (1, 1, 2)
    )
    assert first == again != other
    ones = making.open_panel(making.make(run_id, 18, seed=3)).items["adversarial"]
    assert ones.tolist() not in (sorted(ones), sorted(ones)[::-1])


def test_valid_texts_only_are_those_that_the_criteria_let_pass(run_id):
    items = making.open_panel(making.make(run_id, 6, valid_only=True)).items
    assert set(items.loc[items["adversarial"], "example_id"]) == {"r0", "r1", "r2"}


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, "give 2 to"),
        (10_000, "give 2 to"),
        (30, "needs 15 adversarial texts to draw from, and the run has 12"),
    ],
)
def test_a_panel_that_cannot_be_drawn_says_why(run_id, n, said):
    with pytest.raises(RunError, match=said):
        making.make(run_id, n)


def test_the_largest_panel_can_be_drawn_and_no_larger_one(run_id):
    most = making.most_texts(run_id)
    assert most == 19 and making.open_panel(making.make(run_id, most)).n == 19
    with pytest.raises(RunError, match="other reviews"):
        making.make(run_id, most + 1)
    assert making.most_texts(run_id, valid_only=True) == 7


# --- what is kept --------------------------------------------------------------------------------


def test_answers_only_grow_a_later_one_counts_and_an_undo_is_a_line_too(run_id):
    panel = making.open_panel(making.make(run_id, 6))
    answers.decide(panel, 1, "positive", "person", rater="ann")
    answers.decide(panel, 2, "negative", "machine", rater="ann")
    answers.decide(panel, 1, "cannot-tell", "machine", rater="ann")
    answers.decide(panel, 1, "positive", "person", rater="bob")
    said = answers.current(panel.run_id)
    assert said[["item", "rater", "says", "writer"]].to_numpy().tolist() == [
        [2, "ann", "negative", "machine"],
        [1, "ann", "cannot-tell", "machine"],
        [1, "bob", "positive", "person"],
    ]
    assert answers.undo(panel, rater="ann") == 1
    assert answers.undo(panel, rater="nobody") is None
    said = answers.current(panel.run_id)
    assert said.loc[said["rater"] == "ann", "says"].tolist() == ["positive", "negative"]
    lines = (answers.folder_of(panel.run_id) / "journal.jsonl").read_text().splitlines()
    assert len(lines) == 5


def test_a_torn_line_loses_that_answer_alone(run_id):
    panel = making.open_panel(making.make(run_id, 6))
    for item in (1, 2):
        answers.decide(panel, item, "positive", "person", rater="ann")
    file = answers.folder_of(panel.run_id) / "journal.jsonl"
    file.write_bytes(file.read_bytes()[:-9])  # the writer was killed in the middle of the second line
    assert answers.current(panel.run_id)["item"].tolist() == [1]
    answers.decide(panel, 3, "positive", "person", rater="ann")
    assert answers.current(panel.run_id)["item"].tolist() == [1, 3] and answers.unreadable(panel.run_id) == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((0, "positive", "person", "ann"), RunError),
        ((7, "positive", "person", "ann"), RunError),
        ((1, "maybe", "person", "ann"), RunError),
        ((1, "positive", "ghost", "ann"), RunError),
        ((1, "positive", "person", "a\u200db"), DataError),
        ((1, "positive", "person", " "), DataError),
    ],
)
def test_an_answer_that_is_none_is_refused(run_id, answer, error):
    panel = making.open_panel(making.make(run_id, 6))
    *said, rater = answer
    with pytest.raises(error):
        answers.decide(panel, *said, rater=rater)
    assert answers.current(panel.run_id).empty


def test_a_removed_panel_takes_its_answers_along(run_id):
    panel = making.open_panel(making.make(run_id, 6))
    answers.decide(panel, 1, "positive", "person", rater="ann")
    assert answers.folder_of(panel.run_id) in runs.parts_of(panel.run_id)
    runs.remove(panel.run_id)
    assert not answers.folder_of(panel.run_id).exists() and making.list_panels() == []


# --- figures by hand -----------------------------------------------------------------------------


def test_figures_by_hand(run_id):
    panel = making.open_panel(making.make(run_id, 16))
    attacked = panel.items[panel.items["adversarial"]]
    misread, unnoticed = set(attacked["item"][:2]), set(attacked["item"][:5])
    read_all(
        panel,
        "ann",
        lambda row: "cannot-tell" if row["item"] in misread else right(row),
        lambda row: "machine" if row["adversarial"] and row["item"] not in unnoticed else "person",
    )
    found = results.results(panel).figures
    assert found["human_validity"].value == 6 / 8 and found["control"].value == 1
    interval = stats.binomtest(6, 8).proportion_ci(method="wilson")
    human = found["human_validity"]
    assert (human.ci_low, human.ci_high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert found["noticed"].value == 3 / 8 and found["false_alarms"].value == 0
    assert found["detectability"].value == 3 / 8
    assert found["detectability"].ci_low == pytest.approx(difference_of_shares(3, 8, 0, 8)[1])
    assert found["validity_lost"].value == 2 / 8
    valid = attacked["example_id"].isin(["r0", "r1", "r2"])
    assert found["automatic_validity"].value == valid.mean()
    assert "To people, 75.0 % [" in results.sentence(found)


def test_where_people_and_the_criteria_disagree_is_listed_with_the_reason(run_id):
    panel = making.open_panel(making.make(run_id, 16))
    read_all(panel, "ann", right, as_made)
    found = results.disagreements(results.results(panel).texts)
    attacked = panel.items[panel.items["adversarial"]]
    assert set(found["example_id"]) == set(attacked["example_id"]) - {"r0", "r1", "r2"}
    assert set(found["reasons"]) == {"cannot be read: 'x'"}


def test_of_several_readers_the_majority_counts_and_a_tie_cannot_tell(run_id):
    panel = making.open_panel(making.make(run_id, 6))
    for rater, says in (("ann", "positive"), ("bob", "positive"), ("eve", "negative")):
        answers.decide(panel, 1, says, "machine" if rater != "ann" else "person", rater=rater)
    for rater, says in (("ann", "positive"), ("bob", "negative")):
        answers.decide(panel, 2, says, "machine" if rater == "ann" else "person", rater=rater)
    texts = results.results(panel).texts.set_index("item")
    assert texts.loc[[1, 2, 3], "said"].tolist() == ["positive", "cannot-tell", ""]
    assert texts.loc[[1, 2, 3], "machine"].tolist() == [True, False, False]
    assert texts.loc[[1, 2, 3], "readers"].tolist() == [3, 2, 0]


def test_readers_are_compared_two_by_two(run_id):
    panel = making.open_panel(making.make(run_id, 16))
    read_all(panel, "ann", right, as_made)
    read_all(panel, "bob", right, lambda row: "person")
    found = results.results(panel)
    assert found.raters == {"ann": 16, "bob": 16}
    assert [(one.authors, one.n, one.same) for one in found.opinions] == [(("ann", "bob"), 16, 16)]
    assert found.opinions[0].kappa.value == 1
    assert (found.writers[0].same, found.writers[0].kappa.value) == (8, 0)


def test_before_anybody_reads_every_figure_is_undefined_with_a_reason(run_id):
    found = results.results(making.open_panel(making.make(run_id, 6)))
    assert all(not figure.defined and figure.reason for figure in found.figures.values())
    assert results.sentence(found.figures) == "Nobody has read an attacked text of this panel yet."
    assert all(not one.threshold.defined for one in recalibration.recalibrated(found.texts))


def test_a_panel_is_read_on_where_its_batch_is_gone(run_id):
    panel = making.open_panel(making.make(run_id, 6))
    runs.remove(run_id)
    read_all(panel, "ann", right, as_made)
    found = results.results(panel).figures
    assert found["human_validity"].value == 1 and not found["automatic_validity"].defined


# --- thresholds ----------------------------------------------------------------------------------


def judged(around, valid) -> pd.DataFrame:
    """Return adversarial texts with these similarities, and whether people call them valid."""
    return pd.DataFrame(
        {
            "readers": 1,
            "adversarial": True,
            "automatic": True,
            "human_valid": valid,
            "similarity_around": around,
            "share_changed": 1 - np.asarray(around),
        }
    )


def test_the_threshold_keeps_the_share_asked_for_of_what_people_call_valid():
    around = np.concatenate([np.linspace(0.01, 1.0, 100), [0.03, 0.5]])
    texts = judged(around, [True] * 100 + [False] * 2)
    meaning, share = recalibration.recalibrated(texts, keep=0.9)
    assert meaning.threshold.value == pytest.approx(0.11)  # ten of the hundred lie under it
    assert (meaning.kept.value, meaning.kept.n) == (0.9, 100)
    assert (meaning.passed.value, meaning.passed.n) == (0.5, 2)
    assert meaning.kept_today.value == pytest.approx(np.mean(np.linspace(0.01, 1.0, 100) >= LEAST_SIMILARITY))
    assert share.threshold.value == pytest.approx(0.89) and share.kept.value == pytest.approx(0.9)
    assert share.today == MOST_CHANGED


def test_the_threshold_s_interval_covers_the_true_quantile_as_often_as_it_says():
    rng = np.random.default_rng(0)
    n, inside = 60, []
    for _ in range(400):
        values = rng.uniform(size=n)
        found = recalibration.recalibrated(judged(values, [True] * n), keep=0.8)[0].threshold
        inside.append(found.ci_low <= 0.2 <= found.ci_high)
    assert np.mean(inside) > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400)


def test_few_texts_do_not_bound_a_threshold():
    found = recalibration.recalibrated(judged([0.6, 0.8, 0.9], [True] * 3))[0].threshold
    assert (found.value, found.ci_low, found.n) == (0.6, -1.0, 3)
    with pytest.raises(RunError, match="give more than 0 and at most 1"):
        recalibration.recalibrated(judged([0.6], [True]), keep=0)


def test_verdicts_under_stated_thresholds_change_those_two_criteria_alone(run_id):
    standing = verdicts.verdicts_of(run_id)
    verdicts.overrule(run_id, "r11", True)
    same = under(standing, Thresholds())
    assert same["valid"].tolist() == standing["valid"].tolist()
    strict = under(verdicts.verdicts_of(run_id), Thresholds(least_similarity=0.92, most_changed=0.04))
    by_id = strict.set_index("example_id")
    assert by_id.loc["r0", "valid"] and not by_id.loc["r1", "valid"]
    assert by_id.loc["r1", "criteria"] == "meaning; share"
    assert by_id.loc["r5", "criteria"] == "readable; meaning; share"
    assert by_id.loc["r11", "valid"] and not by_id.loc["r11", "automatic"]  # by hand


@pytest.mark.parametrize(
    "numbers", [{"least_similarity": 1.5}, {"most_changed": -0.1}, {"most_changed": 2.0}]
)
def test_thresholds_off_their_scale_are_refused(numbers):
    with pytest.raises(RunError, match="give"):
        Thresholds(**numbers)


# --- at a terminal -------------------------------------------------------------------------------


def test_a_panel_at_a_terminal(run_id, capsys):
    def said(*argv: str) -> dict:
        assert main(["panel", *argv, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    assert main(["panel", "list"]) == 0 and "no panels yet" in capsys.readouterr().out
    panel = said("make", run_id, "--n", "6", "--seed", "2")["panel"]
    texts = said("texts", panel)["texts"]
    assert [set(text) for text in texts] == [{"item", "text"}] * 6
    for text in texts:
        opinion = ["--says", "positive", "--writer", "machine"]
        said("answer", panel, "--text", str(text["item"]), *opinion, "--rater", "ann")
    assert said("undo", panel, "--rater", "ann")["text"] == 6
    assert said("list")["panels"][0]["raters"] == {"ann": 5}
    found = said("results", panel, "--keep", "0.9")
    assert found["figures"]["noticed"]["value"] == 1 and found["raters"] == {"ann": 5}
    assert {one["criterion"] for one in found["recalibration"]} == {"meaning", "share"} and not found["note"]
    valid_only = said("make", run_id, "--n", "4", "--valid")["panel"]
    assert "a looser one cannot be seen" in said("results", valid_only)["note"]
    for action in ("texts", "results"):
        assert main(["panel", action, panel]) == 0
        printed = capsys.readouterr().out
        assert "r0" not in printed.split() and "\u202e" not in printed


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (["panel", "make", "nowhere"], "is not known"),
        (["panel", "results", "nowhere"], "is not known"),
        (["panel", "results", "{run}"], "is no panel"),
        (["judge", "{run}", "--least-similarity", "7"], "a cosine"),
    ],
)
def test_what_cannot_be_done_is_one_line(run_id, capsys, argv, error):
    assert main([part.format(run=run_id) for part in argv]) == 2
    err = capsys.readouterr().err.strip()
    assert error in err and "\n" not in err


def test_a_batch_is_judged_under_stated_thresholds_and_what_is_kept_stays(run_id, capsys):
    before = verdicts.verdicts_of(run_id)
    assert main(["judge", run_id, "--least-similarity", "0.92", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["valid"], found["thresholds"]["in_force"]) == (1, False)
    assert found["figures"]["valid_success_rate"]["value"] == pytest.approx(1 / 18)
    pd.testing.assert_frame_equal(before, verdicts.verdicts_of(run_id))


def test_two_writers_at_once_lose_no_decision(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    log = decisions.Log(tmp_path / "log", {**decisions.SHAPE, "item": int})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: log.append([{"item": n, "author": "ann"}]), range(24)))
    assert sorted(entry.record["item"] for entry in log.entries()) == list(range(24))
    assert [entry.place for entry in log.entries()] == list(range(24))
