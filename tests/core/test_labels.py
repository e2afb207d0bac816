"""Suspected labels, people's verdicts, scores under corrected labels, and verdicts as files."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment_core import data
from sentiment_core.command_line import main
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import DataError, ModelError
from sentiment_core.labels import corrected, exchange, suspects, verdicts
from sentiment_core.schema import Dataset
from sentiment_core.training.train import train

EDGE_TEXTS = ("=SUM(A1)", "<script>alert(1)</script>", "🎬🔥😍", "فيلم رائع", "x " * 25_000)


def rows_of(texts: list[str], labels: list[int], split: str = "test") -> pd.DataFrame:
    names = [f"r{place}" for place in range(len(texts))]
    frame = pd.DataFrame({"example_id": names, "text": texts, "label": labels})
    return frame.assign(split=split, source="made")


@pytest.fixture
def dataset() -> Dataset:
    texts = [f"film number {n}" for n in range(15)] + list(EDGE_TEXTS)
    made = make_dataset("made", rows_of([text.strip() for text in texts], [0, 1] * 10))
    data.store(made)
    return made


# Suspects


def test_flips_are_what_confident_learning_says_by_hand() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 400)
    positive = np.clip(np.where(labels == 1, 0.8, 0.2) + rng.normal(0, 0.25, 400), 0.001, 0.999)
    found = suspects.judge(rows_of([f"t{n}" for n in range(400)], labels.tolist()), positive)
    # Northcutt et al. 2021, eq. 2: a review counts for another label where the probability of it
    # reaches the mean over the reviews that carry it; of several such labels the most probable one counts.
    both = np.column_stack([1 - positive, positive])
    means = [both[labels == k, k].mean() for k in (0, 1)]
    assert found.thresholds == pytest.approx(tuple(means))
    expected = {
        f"r{n}"
        for n in range(400)
        if both[n, 1 - labels[n]] >= means[1 - labels[n]] and both[n, 1 - labels[n]] > both[n, labels[n]]
    }
    assert set(found.frame.loc[found.frame["kind"] == suspects.FLIP, "example_id"]) == expected
    assert found.frame["score"].is_monotonic_increasing


def test_the_rest_of_what_the_model_contradicts_is_ambiguous() -> None:
    labels = [0] * 10 + [1] * 10
    positive = np.array([0.1] * 8 + [0.55, 0.95] + [0.9] * 9 + [0.45])
    frame = suspects.judge(rows_of(["t"] * 20, labels), positive).frame.set_index("example_id")
    assert frame["kind"].to_dict() == {
        "r9": suspects.FLIP,
        "r8": suspects.AMBIGUOUS,
        "r19": suspects.AMBIGUOUS,
    }
    assert "labeled negative; probability of positive 95.0 %" in frame.loc["r9", "reason"]


def words(rng: np.random.Generator, label: int) -> str:
    told = ("warm", "moving", "superb", "witty") if label else ("dull", "lazy", "awful", "tedious")
    neutral = ("film", "actor", "scene", "music", "plot", "camera")
    return " ".join([*rng.choice(told, 3), *rng.choice(neutral, 6), f"n{rng.integers(10**9)}"])


def planted(seed: int = 0, n: int = 600, share: float = 0.05) -> tuple[Dataset, set[str]]:
    """Reviews whose words give their label away, and the ids of those whose label was then turned."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    turned = rng.choice(n, int(n * share), replace=False)
    given = truth.copy()
    given[turned] = 1 - given[turned]
    rows = rows_of([words(rng, label) for label in truth], given.tolist(), "train")
    return make_dataset("planted", rows), {f"r{place}" for place in turned}


def test_planted_flips_in_the_training_data_are_found_out_of_fold() -> None:
    dataset, turned = planted()
    train("tfidf", dataset, alias="learned")
    found = suspects.suspects("learned", dataset, "all").frame
    flips = set(found.loc[found["kind"] == suspects.FLIP, "example_id"])
    assert len(flips & turned) / len(flips) >= 0.9
    assert len(flips & turned) / len(turned) >= 0.75
    assert len(set(found["example_id"]) & turned) / len(turned) >= 0.9


def test_out_of_fold_probabilities_come_from_models_that_did_not_see_the_review() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 200)
    # Each text is a word of its own, three times: only a model that saw it knows its label.
    dataset = make_dataset(
        "own words", rows_of([f"w{n} w{n} w{n}" for n in range(200)], labels.tolist(), "train")
    )
    train("bow", dataset, {"min_df": 1, "C": 100.0}, alias="memory")
    found = suspects.suspects("memory", dataset, "all")
    assert found.folds == 5
    told = found.frame.set_index("example_id")["prob_positive"]
    assert np.allclose(told, told.iloc[0], atol=0.1)


def test_fitting_out_of_fold_resumes_where_it_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    from sentiment_core.classifiers import FAMILIES
    from sentiment_core.errors import Cancelled
    from sentiment_core.storage import workspace

    dataset, _ = planted(n=120)
    train("tfidf", dataset, alias="learned")
    whole = suspects.suspects("learned", dataset, "all", folds=3).frame
    assert suspects.of_folds("learned", dataset, "all", folds=3)[0].frame.equals(whole)
    for file in (workspace.cache_folder("out_of_fold")).glob("*/part-*.json"):
        file.unlink() if file.stem == "part-3" else None
        file.write_text("{", encoding="utf-8") if file.stem == "part-2" else None
    fitted: list[str] = []
    family = FAMILIES["tfidf"]

    def fit(*given: object, **named: object) -> object:
        if fitted:
            raise Cancelled("stopped")
        fitted.append("one")
        return family.fit(*given, **named)

    monkeypatch.setitem(FAMILIES, "tfidf", dataclasses.replace(family, fit=fit))
    with pytest.raises(Cancelled):
        suspects.suspects("learned", dataset, "all", folds=3)
    nothing, seconds = suspects.of_folds("learned", dataset, "all", folds=3)
    assert nothing is None and seconds > 0
    fitted.clear()
    assert suspects.suspects("learned", dataset, "all", folds=3).frame.equals(whole)
    assert fitted == ["one"]


def test_a_family_that_takes_long_is_fitted_only_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    from sentiment_core.classifiers import FAMILIES

    dataset, _ = planted(n=60)
    train("tfidf", dataset, alias="learned")
    slow = dataclasses.replace(FAMILIES["tfidf"], slow_to_load=True)
    monkeypatch.setitem(FAMILIES, "tfidf", slow)
    with pytest.raises(ModelError, match=r"fitting 5 such models takes about \d+ s; ask for it with --refit"):
        suspects.suspects("learned", dataset, "all")
    assert suspects.suspects("learned", dataset, "all", folds=2, refit=True).folds == 2
    assert suspects.suspects("learned", dataset, "all", folds=2).folds == 2  # known by now


def test_a_model_that_never_saw_the_reviews_answers_itself() -> None:
    dataset, _ = planted()
    train("tfidf", dataset, alias="learned")
    other, turned = planted(seed=9)
    found = suspects.suspects("learned", other, "all")
    assert found.folds == 0
    assert set(found.frame["example_id"]) >= turned


def test_reviews_that_the_model_saw_are_refused_where_fitting_is_not_wanted() -> None:
    dataset, _ = planted(n=100)
    train("tfidf", dataset, alias="learned")
    with pytest.raises(ModelError, match="was trained on"):
        suspects.suspects("learned", dataset, "all", refit=False)


# Verdicts


def test_the_last_word_of_each_person_counts_and_undo_brings_back_the_one_before(dataset: Dataset) -> None:
    name = dataset.fingerprint
    verdicts.decide(name, "r0", "wrong", author="ann")
    verdicts.decide(name, "r0", "ambiguous", author="ann", note="irony", tags=["irony", "irony", " "])
    verdicts.decide(name, "r0", "right", author="bob")
    assert verdicts.agreed(name) == {"r0": verdicts.DISPUTED}
    assert verdicts.current(name).set_index("author")["verdict"].to_dict() == {
        "ann": "ambiguous",
        "bob": "right",
    }
    undone = verdicts.undo(name, author="ann")
    assert undone is not None and (undone.verdict, undone.tags) == ("ambiguous", ("irony",))
    assert verdicts.current(name).set_index("author")["verdict"].to_dict() == {"ann": "wrong", "bob": "right"}
    assert verdicts.undo(name, author="ann") is not None
    assert verdicts.undo(name, author="ann") is None
    assert verdicts.agreed(name) == {"r0": "right"}
    assert [change.author for change in verdicts.history(name)] == ["ann", "ann", "bob", "ann", "ann"]


def test_a_withdrawn_verdict_does_not_count(dataset: Dataset) -> None:
    verdicts.decide(dataset.fingerprint, "r1", "wrong", author="ann")
    verdicts.decide(dataset.fingerprint, "r1", None, author="ann")
    assert verdicts.current(dataset.fingerprint).empty


@pytest.mark.parametrize(
    ("example_id", "verdict", "author", "said"),
    [
        ("r99", "right", "ann", "has no review"),
        ("r1", "maybe", "ann", "verdict 'maybe' is not known; known: right, wrong, ambiguous, not-a-review"),
        ("r1", "right", "", "name must have 1 to 80"),
        ("r1", "right", "a\x1b[31m", "printable"),
        ("r1", "right", "a" * 81, "name must have 1 to 80"),
    ],
)
def test_a_verdict_that_cannot_be_kept_is_refused(
    dataset: Dataset, example_id: str, verdict: str, author: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        verdicts.decide(dataset.fingerprint, example_id, verdict, author=author)
    assert verdicts.history(dataset.fingerprint) == []


def test_a_damaged_line_is_counted_and_hides_no_other(dataset: Dataset) -> None:
    for place in range(3):
        verdicts.decide(dataset.fingerprint, f"r{place}", "right", author="ann")
    file = verdicts.folder_of(dataset.fingerprint) / "journal.jsonl"
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([lines[0], lines[1].replace(b"right", b"wrong"), *lines[2:]]))
    assert verdicts.unreadable(dataset.fingerprint) == 1
    assert list(verdicts.agreed(dataset.fingerprint)) == ["r0", "r2"]


def _decide_many_times(fingerprint: str, author: str, times: int) -> None:
    for place in range(times):
        verdicts.decide(fingerprint, f"r{place % 20}", "right", author=author, note=str(place))


def test_a_thousand_verdicts_of_four_processes_are_all_kept(dataset: Dataset) -> None:
    context = multiprocessing.get_context("fork")
    people = [f"person {n}" for n in range(4)]
    workers = [
        context.Process(target=_decide_many_times, args=(dataset.fingerprint, person, 250))
        for person in people
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    changes = verdicts.history(dataset.fingerprint)
    assert len(changes) == 1000
    for person in people:
        assert [change.note for change in changes if change.author == person] == [str(n) for n in range(250)]


def test_kappa_is_scikit_learns() -> None:
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(5)
    a = rng.choice(list(verdicts.VERDICTS), 120)
    b = np.where(rng.random(120) < 0.7, a, rng.choice(list(verdicts.VERDICTS), 120))
    found = verdicts.cohens_kappa(a, b, resamples=200)
    assert found.value == pytest.approx(cohen_kappa_score(a, b))
    assert found.ci_low < found.value < found.ci_high and found.n == 120


def test_kappa_of_one_and_the_same_verdict_is_undefined_and_says_why() -> None:
    found = verdicts.cohens_kappa(["right"] * 5, ["right"] * 5)
    assert np.isnan(found.value) and "one and the same" in found.reason


# Scores


def test_scores_under_corrected_labels_are_those_counted_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "example_id": list("abcdef"),
            "label": [1, 1, 0, 0, 1, 0],
            "prob_positive": [0.9, 0.1, 0.2, 0.8, 0.7, 0.4],
        }
    )
    said = {"b": "wrong", "d": "ambiguous", "e": "not-a-review", "f": "right"}
    found = corrected.scores(frame, said, ("accuracy",))
    assert {way: (item["accuracy"].value, item["accuracy"].n) for way, item in found.items()} == {
        "given": (pytest.approx(4 / 6), 6),
        "corrected": (pytest.approx(4 / 5), 5),
        "decided": (1.0, 4),
    }


class Measured:
    """An evaluation, as far as scores need one."""

    def __init__(self, probabilities: list[float]) -> None:
        names = [f"r{place}" for place in range(len(probabilities))]
        self.frame = pd.DataFrame(
            {"example_id": names, "label": [1, 1, 1, 0], "prob_positive": probabilities}
        )


def test_a_change_of_places_is_said_and_a_tie_is_none() -> None:
    one, other = Measured([0.9, 0.9, 0.9, 0.9]), Measured([0.1, 0.1, 0.9, 0.1])
    found = corrected.rerankings([("one", one), ("other", other)], {"r0": "wrong", "r1": "wrong"})  # type: ignore[list-item]
    assert [item.sentence.split(";")[0] for item in found] == [
        "one leads other under the labels as given",
        "one leads other under the labels as given",
    ]
    assert corrected.rerankings([("one", one), ("other", other)], {"r0": "ambiguous"}) == []  # type: ignore[list-item]


# Files


def test_verdicts_survive_a_csv_and_reach_another_copy_of_the_data_by_text(
    dataset: Dataset, tmp_path: Path
) -> None:
    for place in range(15, 20):  # the edge texts, a formula among them
        verdicts.decide(dataset.fingerprint, f"r{place}", "wrong", author="ann", note="=1+1", tags=["a", "b"])
    out = tmp_path / "verdicts.csv"
    assert main(["labels", "export", "--data", dataset.fingerprint, "--out", str(out)]) == 0
    renamed = dataset.examples.assign(example_id=[f"other-{n}" for n in range(20)])
    copy = make_dataset("copy", renamed)
    data.store(copy)
    assert exchange.import_file(out, copy, author="bob") == exchange.Imported(5, 0, 0)
    now = verdicts.current(copy.fingerprint)
    assert list(now["example_id"]) == [f"other-{n}" for n in range(15, 20)]
    assert set(now["author"]) == {"ann"} and set(now["tags"]) == {("a", "b")}


def public(name: str, given: int, guessed: int, neutral: int, off_topic: int) -> dict[str, object]:
    votes = {"given": given, "guessed": guessed, "neutral": neutral, "off-topic": off_topic}
    labels = {"given_original_label": "Negative", "our_guessed_label": "Positive"}
    return {"id": name, "url": "somewhere", **labels, "mturk": votes}


def test_the_public_json_is_read_by_majority_and_matched_by_the_files_text(
    dataset: Dataset, tmp_path: Path
) -> None:
    items = [
        public("test/neg/0_1", 5, 0, 0, 0),
        public("test/neg/1_1", 1, 4, 0, 0),
        public("test/neg/2_1", 0, 1, 3, 1),
        public("test/neg/3_1", 1, 1, 0, 3),
        public("test/neg/4_1", 2, 2, 1, 0),
        public("test/neg/9_1", 5, 0, 0, 0),
        public("../../outside", 5, 0, 0, 0),
    ]
    folder = tmp_path / "aclImdb" / "test" / "neg"
    folder.mkdir(parents=True)
    for place in range(5):
        (folder / f"{place}_1.txt").write_text(f"film number\n{place}", encoding="utf-8")
    (tmp_path / "outside.txt").write_text("film number 7", encoding="utf-8")
    file = tmp_path / "mturk.json"
    file.write_text(json.dumps(items), encoding="utf-8")
    found = exchange.import_file(file, dataset, author="crowd", texts=tmp_path / "aclImdb")
    assert found == exchange.Imported(5, 2, 0)
    assert verdicts.agreed(dataset.fingerprint) == {
        "r0": "right",
        "r1": "wrong",
        "r2": "ambiguous",
        "r3": "not-a-review",
        "r4": "ambiguous",
    }


def test_our_json_is_read_back(dataset: Dataset, tmp_path: Path) -> None:
    for author, verdict in (("ann", "wrong"), ("bob", "wrong"), ("cat", "right")):
        verdicts.decide(dataset.fingerprint, "r3", verdict, author=author)
    items = exchange.to_json(dataset)
    assert items[0]["given_original_label"] == "Positive"
    assert items[0]["mturk"] == {"given": 1, "guessed": 2, "neutral": 0, "off-topic": 0}
    file = tmp_path / "ours.json"
    file.write_text(exchange.as_text(items), encoding="utf-8")
    assert exchange.import_file(file, dataset, author="all") == exchange.Imported(1, 0, 0)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("v.csv", "a,b\n1,2\n", "needs a column verdict"),
        ("v.csv", "example_id,verdict\nr1,perhaps\n", "verdict 'perhaps' is not known"),
        ("v.csv", "example_id,verdict\nnobody,right\n", "none of its 1 rows"),
        ("v.json", '{"id": 1}', "not in the form of cleanlab/label-errors"),
        ("v.json", "[", "not in the form of cleanlab/label-errors"),
    ],
)
def test_a_file_without_usable_verdicts_is_one_line_and_exit_2(
    dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert main(["labels", "import", str(tmp_path / name), "--data", dataset.fingerprint]) == 2
    error = capsys.readouterr().err.strip()
    assert said in error and "\n" not in error
    assert verdicts.history(dataset.fingerprint) == []


def test_the_command_lists_suspects_and_writes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset, _ = planted(n=200)
    train("tfidf", dataset, alias="learned")
    out = tmp_path / "suspects.csv"
    line = ["labels", "suspects", "--model", "learned", "--data", dataset.fingerprint, "--split", "all"]
    data.store(dataset)
    assert main([*line, "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    written = pd.read_csv(out)
    assert list(written.columns[:3]) == ["example_id", "score", "kind"]
    assert list(written["example_id"]) == [row["example_id"] for row in said["suspects"]]
    assert said["n"] == 200 and said["folds"] == 5
