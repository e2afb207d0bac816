"""The passport of one review: its parts against what was kept by hand, and the command."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "dashboard"))
from attack_workspace import batch  # noqa: E402

from attacks.__main__ import main
from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.own import slices as own_slices
from attacks.passport import stress, traits
from attacks.probing import perturbations
from attacks.probing import runs as probe_runs
from attacks.rewriting.pairing import REVIEWS
from sentiment_core import data, models
from sentiment_core.data.finding import review_of
from sentiment_core.errors import DamagedFile
from sentiment_core.evaluation import records
from sentiment_core.schema import Dataset
from sentiment_core.training import train

WORDS = (("wonderful and warm", 1), ("dreadful and cold", 0))


@pytest.fixture
def made(tmp_path: Path) -> Dataset:
    """A small workspace: one linear model, measured on sixty reviews."""
    parts = ["train"] * 40 + ["test"] * 60
    rows = [
        (f"{words} film number {n}", label, part)
        for n, part in enumerate(parts)
        for words, label in (WORDS[n % 2],)
    ]
    file = tmp_path / "reviews.csv"
    pd.DataFrame(rows, columns=["text", "label", "split"]).to_csv(file, index=False)
    dataset = data.load(str(file))
    train.train("tfidf", dataset, alias="tfidf")
    records.evaluate("tfidf", dataset)
    return dataset


def first_of(dataset: Dataset) -> str:
    return str(dataset.split("test")["example_id"].iloc[0])


def test_attacks_on_a_review_come_with_raw_and_valid_success(made):
    name = first_of(made)
    judged, failed = (
        batch("tfidf", ["succeeded", "succeeded"]),
        batch("tfidf", ["failed", "succeeded"], seed=1),
    )
    verdicts.overrule(judged, name, True)
    found = stress.attacks_on(made.fingerprint, name, attack_runs.list_attacks(), verdicts.verdicts_of)
    assert {(one.run_id, one.outcome, one.valid) for one in found} == {
        (judged, "succeeded", True),
        (failed, "failed", None),
    }
    assert {one.in_words for one in found} == {"fooled, valid", "not fooled"}
    assert stress.attacks_on("0" * 16, name, attack_runs.list_attacks(), verdicts.verdicts_of) == []
    assert (
        stress.attacks_on(made.fingerprint, "nobody", attack_runs.list_attacks(), verdicts.verdicts_of) == []
    )


def test_a_run_that_cannot_be_read_hides_no_other(made):
    name = first_of(made)
    batch("tfidf", ["succeeded"])
    batch("tfidf", ["failed"], seed=1)

    def damaged(run_id: str) -> pd.DataFrame:
        raise DamagedFile("verdicts.json", "it is not JSON")

    whole = stress.attacks_on(made.fingerprint, name, attack_runs.list_attacks(), verdicts.verdicts_of)
    assert len(whole) == 2
    assert stress.attacks_on(made.fingerprint, name, attack_runs.list_attacks(), damaged) == []


def test_changed_copies_of_a_review_come_from_probes_and_rewrites(made):
    name, rows = first_of(made), made.split("test").head(3)
    facts = {"fingerprint": made.fingerprint, "split": "test"}
    run = probe_runs.open_probe(
        probe_runs.run_probes("tfidf", perturbations.capabilities(rows, ["typos"]), data=facts)
    )
    found = stress.changes_of(made.fingerprint, name, [run], [])
    by_hand = run.frame[(run.frame["group"] == name) & (run.frame["order"] != 0)]
    assert [one.text for one in found] == by_hand["text"].tolist() and len(found) > 0
    assert found[0].prob_before == run.frame.loc[run.frame["group"] == name, "prob_positive"].iloc[0]
    assert found[0].what == f"{by_hand['title'].iloc[0]}, severity {by_hand['severity'].iloc[0]}"


@dataclasses.dataclass
class Report:
    """A bias run as far as it is read."""

    run_id: str
    model_id: str
    manifest: dict
    frame: pd.DataFrame


def test_a_rewrite_that_turns_the_answer_is_not_held(made):
    rows = [
        ("age", REVIEWS, "r", "age:r", "young", True, "a young man", 0.9),
        ("age", REVIEWS, "r", "age:r", "old", False, "an old man", 0.4),
        ("age", REVIEWS, "s", "age:s", "old", False, "another", 0.4),
    ]
    names = ["attribute", "source", "template", "set_id", "group", "original", "text", "prob_positive"]
    report = Report("run", "model", {"data": {"fingerprint": "f"}}, pd.DataFrame(rows, columns=names))
    (found,) = stress.changes_of("f", "r", [], [report])
    assert (found.what, found.held, found.prob_before, found.prob_after) == ("age: old", False, 0.9, 0.4)


def test_slices_of_a_review_are_those_of_the_whole_split_and_a_users_own(made):
    own_slices.save_own("films", pattern="film")
    own_slices.save_own("very-long", query="words > 1000")
    review = review_of(made, first_of(made))
    found = traits.slices_of(review, traits.counted(review))
    assert "short" in found and "films" in found and "very-long" not in found and "long" not in found
    assert traits.figures(traits.counted(review))["Words"] == len(review.text.split())


def test_the_command_prints_every_part_and_json_is_one_object(made, capsys):
    name = first_of(made)
    run_id = batch("tfidf", ["succeeded"])
    argv = ["review", "--data", made.fingerprint, "--id", name]
    assert main([*argv, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (answer,) = found["answers"]
    assert answer["name"] == "tfidf" and answer["worth"]["positive"]["n"] > 0 and answer["seen"] == ""
    assert found["label"] == "positive" and found["label_votes"]["votes"][3]["says"] == "right"
    assert found["attacks"][0]["run_id"] == run_id and found["neighbors_missing"] == ["train", "test"]
    kept = found["models"]["tfidf"]
    assert kept["fewest_words"]["found"] and kept["explanation"]["method"] == "exact"
    assert kept["dropout"] is None and found["disagreement"] is None
    assert main(argv) == 0
    said = capsys.readouterr().out
    assert f"{name} (" in said and "of reviews scored like it" in said and "deepwordbug on" in said


def test_a_damaged_model_hides_nothing_else(made, capsys):
    train.train("nbsvm", made, alias="nbsvm")
    (weights,) = models.folder_of("nbsvm").glob("model.skops")
    weights.write_bytes(weights.read_bytes()[:100])
    assert main(["review", "--data", made.fingerprint, "--id", first_of(made), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["not_asked"] == ["nbsvm"] and len(found["answers"]) == 1


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--id", "<b>nope</b>"], "has no review '<b>nope</b>'; it has 100 other reviews"),
        (["--id", "x", "--neighbors", "0"], "--neighbors is 0; give 1 to 100"),
    ],
)
def test_what_is_not_there_is_one_line(made, capsys, argv, words):
    assert main(["review", "--data", made.fingerprint, *argv]) == 2
    err = capsys.readouterr().err.strip().splitlines()
    assert words in err[-1]
