"""Improvement: what is learned of verdicts, reviews and attacks, and what is not; a kill loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_reviews import EDGE_TEXTS, made_dataset, made_reviews

from attacks import __main__ as command_line
from attacks.batches import verdicts as text_verdicts
from attacks.batches.sampled import attack
from attacks.commands import improve as command
from attacks.gate import ledger
from attacks.gate.configuration import CRITERIA, Config
from attacks.improvement import gathering, improve
from sentiment_core import data, models
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import Cancelled, DataError, ReelcheckError
from sentiment_core.evaluation import seen
from sentiment_core.execution.base import Here
from sentiment_core.labels import verdicts
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.storage import provenance, workspace
from sentiment_core.training import lessons, train
from sentiment_core.training.lessons import COLUMNS, EDITED, LABEL, LEAVE_OUT, Lessons


@pytest.fixture
def dataset(shelve: Callable[[str], Any]) -> Dataset:
    """Stored reviews, and a model `tfidf` that was trained on them."""
    shelve("tfidf")
    made = made_dataset()
    data.store(made)
    return made


def with_flips(made: Dataset, share: float = 0.3, seed: int = 0) -> tuple[Dataset, list[str]]:
    """Return the reviews with the labels of some training reviews flipped, and the ids of those."""
    rows = made.examples
    training = rows.index[rows["split"] == "train"].to_numpy()
    flipped = np.random.default_rng(seed).choice(training, round(share * len(training)), replace=False)
    labels = rows["label"].where(~rows.index.isin(flipped), 1 - rows["label"])
    changed = make_dataset("flipped", rows.assign(label=labels))
    data.store(changed)
    return changed, rows.loc[flipped, "example_id"].tolist()


def judge(dataset: Dataset, ids: list[str], verdict: str) -> None:
    rows = [{"example_id": example_id, "verdict": verdict} for example_id in ids]
    verdicts.decide_many(dataset.fingerprint, rows, author="ann")


def improved(model: str, *parts: gathering.Gathered, **how: Any) -> ModelCard:
    run_id = improve.resume(improve.start(model, parts, **how))
    return models.resolve((improve.open_improvement(run_id).manifest or {})["models"]["after"])


def answers(card: ModelCard) -> list[float]:
    """Return what a model answers to fifty reviews that none was trained on."""
    asked: list[float] = (
        models.load_model(card.model_id).predict_proba(made_reviews(50, 7)["text"].tolist())[:, 1].tolist()
    )
    return asked


def ids_of(dataset: Dataset, split: str, n: int) -> list[str]:
    return dataset.split(split)["example_id"].head(n).tolist()


# --- verdicts --------------------------------------------------------------------------------------


def test_verdicts_on_every_flipped_label_give_the_model_that_right_labels_give(dataset: Dataset) -> None:
    flipped, ids = with_flips(dataset)
    worse = train.train("tfidf", flipped)
    judge(flipped, ids, verdicts.WRONG)
    better = improved(worse.model_id, gathering.of_verdicts(flipped))
    assert answers(better) == answers(models.resolve("tfidf")) != answers(worse)
    assert better.manifest["improved_from"] == worse.model_id
    assert better.manifest["improvement"]["counts"] == {
        "relabeled": len(ids), "confirmed": 0, "removed": 0, "added": 0, "edited": 0,
    }  # fmt: skip


@pytest.mark.parametrize("true", [True, False])
def test_a_better_model_is_not_gated_fail_and_one_made_worse_on_purpose_is(
    dataset: Dataset, true: bool
) -> None:
    flipped, ids = with_flips(dataset, share=0.45)
    before = train.train("tfidf", flipped)
    clean = [name for name in flipped.split("train")["example_id"] if name not in ids]
    judge(flipped, ids[:60] if true else clean[:60], verdicts.WRONG)
    after = improved(before.model_id, gathering.of_verdicts(flipped))
    fresh = make_dataset("fresh", made_reviews(600, 7).assign(split="test", source="made"))
    data.store(fresh)
    # not by ECE: one that hardly beats chance and says so is calibrated, whatever it is worth
    asked = Config(criteria={name: CRITERIA[name] for name in ("accuracy", "worst_slice", "size")})
    found = ledger.decide_pair(after.model_id, before.model_id, fresh, asked).manifest or {}
    accuracy = found["criteria"][0]
    if true:
        assert found["verdict"] == accuracy["verdict"] == "pass"
        assert accuracy["difference"]["ci_low"] > 0  # better, and no chance
    else:
        assert found["verdict"] == accuracy["verdict"] == "fail"


def test_what_nobody_can_decide_is_trained_on_no_more(dataset: Dataset) -> None:
    ids = ids_of(dataset, "train", 7)
    judge(dataset, ids[:3], verdicts.AMBIGUOUS)
    judge(dataset, ids[3:5], verdicts.NOT_A_REVIEW)
    judge(dataset, ids[5:6], verdicts.RIGHT)
    verdicts.decide(dataset.fingerprint, ids[6], verdicts.RIGHT, author="ann")
    verdicts.decide(dataset.fingerprint, ids[6], verdicts.WRONG, author="bob")
    card = improved("tfidf", gathering.of_verdicts(dataset))
    texts = dataset.examples.set_index("example_id")["text"]
    known = seen.training_texts(card)
    assert known is not None
    marks = known.seen(texts[ids])
    assert [bool(mark) for mark in marks] == [False] * 5 + [True, False]
    assert card.trained_on["n_train"] == 200 - 6
    expected = make_dataset(
        "rest", dataset.examples[~dataset.examples["example_id"].isin([*ids[:5], ids[6]])]
    )
    assert answers(card) == answers(train.train("tfidf", expected))


def test_verdicts_on_test_reviews_are_learned_only_if_asked_and_the_gate_leaves_them_out(
    dataset: Dataset,
) -> None:
    ids = ids_of(dataset, "test", 5)
    judge(dataset, ids, verdicts.WRONG)
    with pytest.raises(DataError, match="--with-test"):
        gathering.of_verdicts(dataset)
    judge(dataset, ids_of(dataset, "train", 1), verdicts.WRONG)
    assert len(gathering.of_verdicts(dataset).rows) == 1
    card = improved("tfidf", gathering.of_verdicts(dataset, held_out_too=True), alias="asked")
    assert card.manifest["improvement"]["counts"]["added"] == 5
    decision = ledger.decide_pair("asked", "tfidf", dataset, Config()).manifest or {}
    accuracy = next(item for item in decision["criteria"] if item["name"] == "accuracy")
    assert decision["left_out"] == 5 and accuracy["n"] == 60 - 5


def test_verdicts_on_validation_reviews_are_not_learned_but_say_what_is_right(dataset: Dataset) -> None:
    ids = ids_of(dataset, "validation", 4)
    judge(dataset, ids[:3], verdicts.WRONG)
    judge(dataset, ids[3:], verdicts.AMBIGUOUS)
    judge(dataset, ids_of(dataset, "train", 2), verdicts.WRONG)
    run_id = improve.resume(improve.start("tfidf", [gathering.of_verdicts(dataset)]))
    manifest = improve.open_improvement(run_id).manifest or {}
    assert manifest["improvement"]["left_out"]["held_out"] == 3
    assert (manifest["n"], manifest["labels_corrected"]) == (39, 4)
    # the model answers as the labels say, so three corrected ones count as wrong
    assert manifest["comparison"]["metrics"]["accuracy"]["a"] == pytest.approx(36 / 39, abs=0.03)


def test_an_improved_model_is_improved_on_top_of_what_it_learned(dataset: Dataset) -> None:
    ids = ids_of(dataset, "train", 6)
    judge(dataset, ids[:3], verdicts.WRONG)
    first = improved("tfidf", gathering.of_verdicts(dataset))
    with pytest.raises(DataError, match="all 3 lessons were learned"):
        improve.start(first.model_id, [gathering.of_verdicts(dataset)])
    judge(dataset, ids[3:], verdicts.WRONG)
    second = improved(first.model_id, gathering.of_verdicts(dataset))
    at_once = improved("tfidf", gathering.of_verdicts(dataset))
    assert answers(second) == answers(at_once) != answers(first)


# --- new reviews -----------------------------------------------------------------------------------


def test_new_reviews_are_added_unless_they_are_held_out_or_there_already(dataset: Dataset) -> None:
    test, training = dataset.split("test"), dataset.split("train")
    new = made_reviews(10, 99)
    file = pd.concat([new, test.head(2), training.head(3), new.head(2)], ignore_index=True)
    file = file.assign(example_id=[f"x{i}" for i in range(len(file))], split="test", source="mine")
    file.loc[file["text"] == training["text"].iloc[0], "label"] = 1 - int(training["label"].iloc[0])
    card = improved("tfidf", gathering.of_reviews(make_dataset("mine", file)))
    counts = card.manifest["improvement"]["counts"]
    assert (counts["added"], counts["relabeled"], counts["confirmed"]) == (10, 1, 2)
    assert card.manifest["improvement"]["left_out"]["held_out"] == 2
    known = seen.training_texts(card)
    assert known is not None and not (known.seen(test["text"]) != "").any()


def test_texts_at_the_edges_are_learned_as_they_are(dataset: Dataset) -> None:
    texts = [text for text in EDGE_TEXTS if text] + ["x" * 50_000]
    frame = pd.DataFrame({"example_id": [f"e{i}" for i in range(len(texts))], "text": texts})
    frame = frame.assign(label=1, split="train", source="edge")
    card = improved("tfidf", gathering.of_reviews(make_dataset("edge", frame)))
    assert card.manifest["improvement"]["counts"]["added"] == len(texts)


# --- adversarial texts -----------------------------------------------------------------------------


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, textattack: Any) -> None:
    """Attack in this process, which has TextAttack already."""
    monkeypatch.setattr("attacks.engine.batch.executor_for", lambda workers, cluster: Here())


def test_only_valid_texts_of_attacks_are_learned(dataset: Dataset, here: None) -> None:
    run_id = attack("tfidf", "deepwordbug", dataset, "train", 8)
    with pytest.raises(DataError, match=r"attacks judge"):
        gathering.of_attack(run_id)
    from attacks.batches import runs as attack_runs

    records = attack_runs.open_attack(run_id).records
    fooled = records.loc[records["outcome"] == "succeeded"]
    assert len(fooled) > 1
    for name in fooled["example_id"]:
        text_verdicts.overrule(run_id, name, False)
    with pytest.raises(DataError, match="none of the"):
        gathering.of_attack(run_id)
    kept = fooled.iloc[0]
    text_verdicts.overrule(run_id, kept["example_id"], True)
    card = improved("tfidf", gathering.of_attack(run_id))
    assert card.manifest["improvement"]["counts"]["edited"] == 1
    known = seen.training_texts(card)
    assert known is not None
    assert (known.seen(fooled["perturbed"]) != "").tolist() == [True] + [False] * (len(fooled) - 1)


def test_an_attack_on_test_reviews_teaches_nothing(dataset: Dataset, here: None) -> None:
    run_id = attack("tfidf", "deepwordbug", dataset, "test", 2)
    with pytest.raises(ReelcheckError, match="leak"):
        gathering.of_attack(run_id)


# --- replay, and training further ------------------------------------------------------------------


def lesson_rows(dataset: Dataset, ids: list[str], lesson: str = LABEL) -> pd.DataFrame:
    rows = dataset.examples[dataset.examples["example_id"].isin(ids)]
    extra = {"lesson": lesson, "original": rows["text"], "source": "s", "held_out_too": False}
    return rows.assign(**extra, earlier=False)[list(COLUMNS)]


@pytest.mark.parametrize(("share", "replayed"), [(0.0, 0), (0.5, 10), (0.8, 40), (0.99, 190)])
def test_so_many_reviews_are_replayed_that_they_are_the_share_of_all(share: float, replayed: int) -> None:
    made = made_dataset()
    training, ids = made.split("train"), ids_of(made, "train", 10)
    rows = lesson_rows(made, ids)
    learned = [
        lessons.taught(Lessons(rows, "m", "r", Path("start"), share, seed), training, []).train
        for seed in (3, 3, 4)
    ]
    assert len(learned[0]) == 10 + replayed
    assert set(ids) <= set(learned[0]["example_id"]) <= set(training["example_id"])
    assert learned[0]["example_id"].is_unique
    assert learned[0].equals(learned[1])
    if 0 < replayed < 190:
        assert set(learned[0]["example_id"]) != set(learned[2]["example_id"])


@pytest.mark.parametrize("share", [-0.1, 1.0, 7.0])
def test_a_share_that_cannot_be_is_refused(share: float) -> None:
    made = made_dataset()
    rows = lesson_rows(made, ids_of(made, "train", 2))
    with pytest.raises(DataError, match="share of replayed"):
        lessons.taught(Lessons(rows, "m", "r", Path("start"), share), made.split("train"), [])


def test_reviews_to_leave_out_are_not_replayed() -> None:
    made = made_dataset()
    ids = ids_of(made, "train", 60)
    rows = pd.concat([lesson_rows(made, ids[:10]), lesson_rows(made, ids[10:], LEAVE_OUT)])
    found = lessons.taught(
        Lessons(rows.reset_index(drop=True), "m", "r", Path("start"), 0.99), made.split("train"), []
    )
    assert not set(ids[10:]) & set(found.train["example_id"])
    assert found.record["counts"]["removed"] == 50


def test_a_transformer_killed_and_resumed_learns_what_it_learns_uninterrupted(
    shelve: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an adapter, which is merged into its base, trained further, and cut to its rank again."""
    whole, made = shelve("transformer"), made_dataset()
    data.store(made)
    given = whole.manifest["params_given"] | {"adapter_rank": 4, "freeze_embeddings": True}
    parent = train.train("transformer", made, given)
    judge(made, ids_of(made, "train", 12), verdicts.WRONG)
    how: dict[str, Any] = {
        "replay": 0.5,
        "settings": {"learning_rate": 1e-3, "evaluate_every": 1, "warmup_ratio": 0.0},
    }
    killed = improve.start(parent.model_id, [gathering.of_verdicts(made)], **how)
    with monkeypatch.context() as patch:
        patch.setattr("attacks.improvement.improve.predict_frame", _killed)
        steps = _StopAtCheckpoint()
        with pytest.raises(Cancelled):
            improve.resume(killed, progress=steps)
    assert steps.checkpoints and not models.list_models()[-1].manifest.get("improved_from")
    after = models.resolve((_finished(killed).manifest or {})["models"]["after"])
    assert after.manifest["resumed"]
    uninterrupted = improved(parent.model_id, gathering.of_verdicts(made), **how)
    assert not uninterrupted.manifest["resumed"]
    assert _tensors(after) == _tensors(uninterrupted) != _tensors(parent)
    assert after.manifest["improvement"]["replay"]["n"] == 12
    assert models.load_model(after.model_id).predict_proba(["good"]).shape == (1, 2)
    known = seen.training_texts(after)
    assert known is not None and (known.seen(made.split("train")["text"]) == "train").all()


def test_a_training_that_makes_nothing_better_keeps_the_weights_says_so_and_can_be_told_not_to(
    shelve: Callable[[str], Any],
) -> None:
    parent, made = shelve("transformer"), made_dataset()
    data.store(made)
    ids, settings = ids_of(made, "train", 16), {"learning_rate": 1e-3, "epochs": 1.0, "warmup_ratio": 0.0}
    judge(made, ids, verdicts.WRONG)
    lesson = gathering.of_verdicts(made)
    run_id = improve.resume(improve.start(parent.model_id, [lesson], replay=0.0, settings=settings))
    kept = models.resolve((_finished(run_id).manifest or {})["models"]["after"])
    assert kept.manifest["details"]["kept_start"] and answers(kept) == answers(parent)
    said = command.show(command.described(run_id))
    assert "with the weights of transformer\n" in said and "no better than before on the validation" in said
    assert gathering.earlier(kept).empty  # what was not learned can be learned later

    told = settings | {"start_competes": False}
    worse = improved(parent.model_id, lesson, replay=0.0, settings=told)
    assert _accuracy(worse) < _accuracy(kept) and not gathering.kept_start(worse)
    judge(made, ids, verdicts.RIGHT)
    better = improved(worse.model_id, gathering.of_verdicts(made), replay=0.0, settings=settings)
    assert _accuracy(better) > _accuracy(worse) and not gathering.kept_start(better)


def _accuracy(card: ModelCard) -> float:
    return float(card.manifest["validation"]["accuracy"])


@pytest.mark.parametrize(("lesson", "competes"), [(LABEL, True), (EDITED, False)])
def test_the_weights_of_before_compete_where_a_gain_shows_on_validation_reviews(
    shelve: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, lesson: str, competes: bool
) -> None:
    card, made = shelve("transformer"), made_dataset()
    data.store(made)
    rows = lesson_rows(made, ids_of(made, "train", 4), lesson)
    rows["text"] += " Indeed."
    part, asked = gathering.Gathered(rows, ()), []
    monkeypatch.setattr(train, "train", lambda family, dataset, params, **how: asked.append(params) or card)
    run_id = improve.start(card.model_id, [part])
    with pytest.raises(KeyError):  # the stand-in was never improved
        improve.resume(run_id)
    assert asked[0]["start_competes"] is competes


def _finished(run_id: str) -> Any:
    return improve.open_improvement(improve.resume(run_id))


def _killed(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError("the training was to be stopped")


class _StopAtCheckpoint:
    """Progress that cancels once a checkpoint of the training is there."""

    def __init__(self) -> None:
        self.checkpoints: list[Path] = []

    def __call__(self, done: float, total: float, what: str) -> None:
        from sentiment_core.storage.workspace import models_folder

        self.checkpoints = list(models_folder().glob(".training-*/checkpoint-*"))
        if self.checkpoints:
            raise Cancelled


def _tensors(card: ModelCard) -> dict[str, str]:
    return {name: sha for name, sha in provenance.hashes(card.folder).items() if "safetensors" in name}


# --- the command -----------------------------------------------------------------------------------


@pytest.fixture
def ask(capfd: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run improve and return its exit code and its JSON, or its complaint."""

    def run(*argv: str) -> tuple[int, Any]:
        code = command_line.main(["improve", *argv, "--json"])
        out, err = capfd.readouterr()
        return code, json.loads(out) if out else err.strip().splitlines()[-1]

    return run


def test_the_command_says_what_was_learned_and_which_command_decides(
    dataset: Dataset, ask: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    judge(dataset, ids_of(dataset, "train", 3), verdicts.WRONG)
    code, found = ask("--model", "tfidf", "--from", "verdicts", "--alias", "better")
    assert code == 0 and models.resolve("better").model_id == found["after"]
    assert found["gate"] == (
        f"python -m attacks gate --measure --model better --baseline tfidf --data {dataset.fingerprint}"
    )
    assert "3 labels corrected" in found["sentences"][0] and "n = 40" in found["sentences"][1]
    difference = found["comparison"]["metrics"]["accuracy"]["difference"]
    assert difference["ci_low"] <= difference["value"] <= difference["ci_high"]
    assert ask("--list")[1]["improvements"] == [found["run_id"]]
    assert ask("--resume", found["run_id"])[1]["after"] == found["after"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--model", "tfidf", "--from", "verdicts"], "nobody has judged"),
        (["--model", "tfidf"], "improve needs"),
        (["--from", "verdicts"], "improve needs"),
        (["--resume"], "--resume needs a run"),
        (["--model", "tfidf", "--from", "no-such-file.csv"], "no-such-file.csv"),
        (["--model", "nobody", "--from", "verdicts"], "'nobody' is not known"),
    ],
)
def test_what_cannot_be_learned_is_one_line_and_exit_2(
    dataset: Dataset, ask: Callable[..., Any], argv: list[str], said: str
) -> None:
    code, complaint = ask(*argv)
    assert code == 2 and said in complaint


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"export": {"source": "transformer-1", "source_bytes": 9}}, "exported from transformer-1"),
        ({"distilled_from": {"teacher": "t"}}, "improve the teacher"),
    ],
)
def test_a_model_that_is_made_of_another_is_not_improved_itself(
    dataset: Dataset, facts: dict[str, Any], said: str
) -> None:
    card = models.resolve("tfidf")
    workspace.write_json(card.folder / models.MANIFEST, card.manifest | facts)
    judge(dataset, ids_of(dataset, "train", 3), verdicts.WRONG)
    with pytest.raises(ReelcheckError, match=said):
        improve.start("tfidf", [gathering.of_verdicts(dataset)])
    assert improve.list_improvements() == []


def test_what_changes_nothing_is_refused_before_anything_is_made(
    dataset: Dataset, ask: Callable[..., Any]
) -> None:
    judge(dataset, ids_of(dataset, "train", 3), verdicts.RIGHT)
    code, complaint = ask("--model", "tfidf", "--from", "verdicts")
    assert code == 2 and "3 confirm labels" in complaint
    verdicts.decide(dataset.fingerprint, ids_of(dataset, "train", 1)[0], verdicts.WRONG, author="ann")
    for more in (["--alias", "current"], ["--set", "speling=true"], ["--alias", "Not Allowed"]):
        assert ask("--model", "tfidf", "--from", "verdicts", *more)[0] == 2
    assert improve.list_improvements() == [] and len(models.list_models()) == 1
