"""Students: their loss is the one stated, they start from their teacher's layers, and a kill costs little."""

from __future__ import annotations

import functools
import json
import math

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.optimize import minimize
from scipy.special import expit
from transformers import DistilBertConfig, DistilBertForSequenceClassification

from sentiment_core import data, dependents, models
from sentiment_core.__main__ import main
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Teaching
from sentiment_core.classifiers.linear import pruning
from sentiment_core.classifiers.linear.ngrams import learn
from sentiment_core.classifiers.linear.soft_labels import weighted_rows
from sentiment_core.classifiers.transformer import distilling as student_networks
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.dropped_layers import kept_layers, only_layers
from sentiment_core.classifiers.transformer.length_grouping import trainer_class
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.classifiers.transformer.reading import Reader
from sentiment_core.distillation import answers, distilling, preparing, students, transfer
from sentiment_core.distillation.preparing import How
from sentiment_core.errors import Cancelled, DataError, ModelError
from sentiment_core.schema import Dataset
from sentiment_core.storage import journal
from sentiment_core.training import train
from sentiment_core.training_texts import TRAIN, TrainingTexts

WORDS = {1: ("warm", "witty", "lovely"), 0: ("dull", "flat", "cold")}
EDGE_TEXTS = [
    "",
    "a",
    "!!!",
    "😀🎬",
    "فيلم رائع جدا",
    "<script>alert('film')</script>",
    "The plot wanders. " * 2_800,
]


def made(n: int, split: str) -> pd.DataFrame:
    rows = [
        (
            f"{split}-{i}",
            f"A {WORDS[i % 2][i % 3]} and {WORDS[i % 2][(i // 2) % 3]} film, {split} {i}.",
            i % 2,
        )
        for i in range(n)
    ]
    return pd.DataFrame(rows, columns=["example_id", "text", "label"]).assign(split=split, source="made")


@pytest.fixture
def reviews() -> Dataset:
    frame = pd.concat([made(24, "train"), made(12, "validation"), made(8, "test")], ignore_index=True)
    return Dataset("made", "0123456789abcdef", frame)


def network(layers: int, seed: int = 3, width: int = 16) -> DistilBertForSequenceClassification:
    torch.manual_seed(seed)
    shape = DistilBertConfig(
        vocab_size=30522, dim=width, hidden_dim=32, n_layers=layers, n_heads=2, max_position_embeddings=64
    )
    return DistilBertForSequenceClassification(shape).eval()


@pytest.fixture(scope="module")
def tokenizer():
    return load_base("distilbert-minilm").tokenizer


def taught_by(classifier, n=3, **how) -> Teaching:
    return Teaching(lambda: classifier, np.zeros(n), np.full(n, 0.2), **how)


# --- the loss --------------------------------------------------------------------------------------


def test_with_hard_share_1_the_loss_is_the_cross_entropy_of_the_trainer(tokenizer, tmp_path):
    from transformers import TrainingArguments

    model, labels = network(1), torch.tensor([0, 1, 1])
    batch = tokenizer(["Dull.", "Warm.", "A lovely, lovely film."], padding=True, return_tensors="pt")
    lesson = student_networks.Lesson(taught_by(None, temperature=3.0), None, (), ())
    arguments = TrainingArguments(output_dir=str(tmp_path), use_cpu=True, report_to=[])
    stock = trainer_class()(model=model, args=arguments)
    ours = student_networks.student_trainer_class(lesson)(model=model, args=arguments)
    rows = torch.tensor([[label, 1.7, 1.0] for label in labels.tolist()])
    plain = stock.compute_loss(model, {**batch, "labels": labels})
    torch.testing.assert_close(ours.compute_loss(model, {**batch, "labels": rows}), plain)
    torch.testing.assert_close(ours.compute_loss(model, {**batch, "labels": labels}), plain)


def test_the_soft_part_is_the_divergence_from_the_teacher_times_the_square_of_the_temperature():
    temperature, teacher, student = 2.0, 1.5, (0.3, -0.4)
    p, q = (1 / (1 + math.exp(-odds / temperature)) for odds in (teacher, student[1] - student[0]))
    by_hand = temperature**2 * (p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q)))
    found = student_networks.loss_of(
        torch.tensor([student]), torch.tensor([1]), torch.tensor([teacher]), torch.tensor([0.0]), temperature
    )
    assert float(found) == pytest.approx(by_hand, rel=1e-5)


def test_hard_and_soft_parts_are_mixed_row_by_row():
    logits = torch.tensor([[0.2, 0.9], [1.5, -1.0]])
    labels, log_odds = torch.tensor([1, 1]), torch.tensor([2.0, -1.0])
    shares = [(1.0, 1.0), (0.0, 0.0), (1.0, 0.0), (0.25, 0.75)]
    hard_0, soft_0 = (
        float(student_networks.loss_of(logits[:1], labels[:1], log_odds[:1], torch.tensor([h]), 1.5))
        for h in (1.0, 0.0)
    )
    hard_1, soft_1 = (
        float(student_networks.loss_of(logits[1:], labels[1:], log_odds[1:], torch.tensor([h]), 1.5))
        for h in (1.0, 0.0)
    )
    for first, second in shares:
        mixed = student_networks.loss_of(logits, labels, log_odds, torch.tensor([first, second]), 1.5)
        by_hand = first * hard_0 + (1 - first) * soft_0 + second * hard_1 + (1 - second) * soft_1
        assert float(mixed) == pytest.approx(by_hand / 2, rel=1e-5)


def test_the_difference_of_layers_is_relative_and_padding_does_not_count():
    teacher = torch.tensor([[[2.0, 0.0], [0.0, 2.0], [9.0, 9.0]]])
    student = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [-7.0, 0.0]]])
    mask = torch.tensor([[1, 1, 0]])
    assert float(student_networks.hidden_loss([teacher], [teacher], mask)) == 0
    # one of four numbers is off by 1; the teacher's mean square is 8 / 4
    assert float(student_networks.hidden_loss([student], [teacher], mask)) == pytest.approx((1 / 4) / 2)
    assert float(student_networks.hidden_loss([10 * student], [10 * teacher], mask)) == pytest.approx(1 / 8)


# --- layers ----------------------------------------------------------------------------------------


def test_the_layers_that_are_kept_are_the_first_the_last_and_some_between():
    assert [kept_layers(6, n) for n in (1, 2, 3, 6)] == [(5,), (0, 5), (0, 2, 5), (0, 1, 2, 3, 4, 5)]
    with pytest.raises(ValueError, match="7 of 6"):
        kept_layers(6, 7)


def test_the_embedded_base_with_fewer_layers_has_the_weights_of_those_layers():
    whole, fewer = (
        load_base(name).model.distilbert.state_dict() for name in ("distilbert-minilm", "distilbert-minilm-2")
    )
    assert all(
        torch.equal(fewer[f"transformer.layer.1.{part}"], whole[f"transformer.layer.5.{part}"])
        for part in ("attention.q_lin.weight", "output_layer_norm.bias")
    )
    assert len(fewer) < len(whole) and torch.equal(
        fewer["embeddings.word_embeddings.weight"], whole["embeddings.word_embeddings.weight"]
    )


def test_a_student_starts_from_its_teacher_s_layers_and_head(tokenizer):
    teacher, student = network(3), network(2, seed=4)
    lesson = student_networks.prepare(
        taught_by(TransformerClassifier("t", teacher, Reader(tokenizer, 32, "head")), hidden_states=True),
        student,
        tokenizer,
        {"adapter_rank": 0},
    )
    assert lesson.layers == lesson.started_from == (0, 2)
    expected = only_layers(teacher.state_dict(), (0, 2))
    assert all(torch.equal(tensor, expected[name]) for name, tensor in student.state_dict().items())


def test_where_layers_cannot_be_compared_that_is_said_in_a_line(tokenizer):
    teacher = TransformerClassifier("t", network(2, width=8), Reader(tokenizer, 32, "head"))
    with pytest.raises(ModelError, match="same width"):
        student_networks.prepare(
            taught_by(teacher, hidden_states=True), network(1), tokenizer, {"adapter_rank": 0}
        )
    student = network(1, seed=5)
    before = {name: tensor.clone() for name, tensor in student.state_dict().items()}
    lesson = student_networks.prepare(taught_by(teacher), student, tokenizer, {"adapter_rank": 0})
    assert lesson.started_from == () and all(
        torch.equal(before[name], part) for name, part in student.state_dict().items()
    )


def test_an_adapter_is_refused_before_the_training_where_it_could_not_hold_the_student(tokenizer):
    teacher = TransformerClassifier("t", network(2, seed=8), Reader(tokenizer, 32, "head"))
    with pytest.raises(ModelError, match="embeddings were trained"):
        student_networks.prepare(taught_by(teacher), network(1), tokenizer, {"adapter_rank": 4})


# --- linear students -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "teaching",
    [
        {"log_odds": np.where(made(24, "train")["label"] == 1, np.inf, -np.inf), "hard_share": np.zeros(24)},
        {"log_odds": np.linspace(-3, 3, 24), "hard_share": np.ones(24), "temperature": 4.0},
    ],
)
@pytest.mark.parametrize("family", ["tfidf", "nbsvm"])
def test_a_linear_student_of_certain_answers_or_of_labels_alone_is_the_plain_fit(family, teaching, tmp_path):
    rows, validation = made(24, "train"), made(12, "validation")
    params = {**FAMILIES[family].default_params, "min_df": 1, "C": 4.0}
    for name in ("plain", "taught"):
        (tmp_path / name).mkdir()
    plain = FAMILIES[family].fit(rows, validation, params, tmp_path / "plain", scratch=tmp_path)
    taught = FAMILIES[family].distil(
        rows,
        validation,
        params,
        tmp_path / "taught",
        scratch=tmp_path,
        teaching=Teaching(lambda: None, **teaching),
    )
    assert taught.validation == pytest.approx(plain.validation, abs=2e-3)
    one, other = (FAMILIES[family].load(tmp_path / name, name) for name in ("plain", "taught"))
    np.testing.assert_allclose(other.log_odds(EDGE_TEXTS), one.log_odds(EDGE_TEXTS), atol=2e-2)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_logistic_regression_on_the_weighted_rows_minimizes_the_student_s_loss(temperature):
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(1)
    x, labels = rng.normal(size=(30, 4)), rng.integers(0, 2, 30)
    log_odds, hard = rng.normal(size=30) * 3, rng.choice([0.0, 0.3, 1.0], 30)
    x_1 = np.column_stack([x, np.ones(30)])

    def loss(w):
        z, p = x_1 @ w, expit(log_odds / temperature)
        entropy = lambda target, odds: np.logaddexp(0, odds) - target * odds  # noqa: E731
        soft = temperature**2 * entropy(p, z / temperature)
        return w @ w / 2 + 2.0 * np.sum(hard * entropy(labels, z) + (1 - hard) * soft)

    rows = weighted_rows(csr_matrix(x), labels, Teaching(lambda: None, log_odds, hard, temperature))
    fitted = LogisticRegression(C=2.0, solver="liblinear", fit_intercept=False, tol=1e-10, max_iter=10_000)
    fitted.fit(rows.features, rows.labels, sample_weight=rows.weights)
    by_hand = minimize(loss, np.zeros(5), tol=1e-12).x
    np.testing.assert_allclose(fitted.coef_[0], by_hand, atol=1e-4)


def test_a_pruned_vocabulary_counts_the_kept_n_grams_as_the_whole_one_does():
    texts = [*made(24, "train")["text"], "A film of a film, and of a cold film."]
    whole, counts = learn(texts, 3, 1)
    columns = np.sort(np.random.default_rng(2).permutation(whole.size)[:25])
    pruned, numbers = pruning.only(whole, columns)
    assert pruned.words == tuple(whole.words[number] for number in numbers)
    asked = [*texts, *EDGE_TEXTS]
    assert (pruned.counts(asked) != whole.counts(asked)[:, columns]).nnz == 0
    assert (counts[:, columns] != pruned.counts(texts)).nnz == 0
    assert 0 < len(pruned.words) < len(whole.words)


# --- the teacher's answers --------------------------------------------------------------------------


@pytest.fixture
def teacher(reviews) -> models.ModelCard:
    return train.train("tfidf", reviews, {"min_df": 1}, alias="teacher")


def test_a_teacher_is_asked_about_each_text_once_even_if_it_is_interrupted(teacher, monkeypatch):
    monkeypatch.setattr(answers, "CHUNK_FOR_PROCESS", 4)
    loaded, asked = models.load_model("teacher"), []
    texts = [f"A lovely film, number {n}." for n in range(10)] + EDGE_TEXTS

    def counting(classifier, chunk):
        asked.extend(chunk)
        return classifier.log_odds(chunk)

    def stop_later(done, total, what):
        if len(asked) >= 8:
            raise Cancelled

    monkeypatch.setattr(answers, "answers_of", counting)
    with pytest.raises(Cancelled):
        answers.log_odds(teacher, texts, progress=stop_later)
    assert 0 < len(asked) < len(texts)
    np.testing.assert_array_equal(answers.log_odds(teacher, texts), loaded.log_odds(texts))
    assert sorted(asked) == sorted(texts)
    answers.log_odds(teacher, [*texts[::-1], texts[0]])
    assert len(asked) == len(texts) and answers.missing(teacher, [*texts, "new"]) == ["new"]


def test_a_damaged_line_of_kept_answers_costs_its_own_answers_only(teacher, monkeypatch):
    monkeypatch.setattr(answers, "CHUNK_FOR_PROCESS", 4)
    texts = [f"A flat film, number {n}." for n in range(12)]
    before = answers.log_odds(teacher, texts)
    file = answers._folder(teacher) / journal.FILE
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[0], lines[1].replace(b"0", b"1"), *lines[2:]]))
    assert answers.missing(teacher, texts) == texts[4:8]
    np.testing.assert_array_equal(answers.log_odds(teacher, texts), before)


def test_a_model_without_log_odds_is_asked_for_its_probabilities():
    class Sure:
        def predict_proba(self, texts):
            return np.array([[0.0, 1.0], [0.75, 0.25]])

    np.testing.assert_allclose(answers.answers_of(Sure(), ["a", "b"]), [700.0, -math.log(3)])


# --- transfer --------------------------------------------------------------------------------------


def test_transfer_texts_leave_out_what_is_held_out_or_trained_on(tmp_path):
    file = tmp_path / "notes.txt"
    held_out = "The same long review of a film that was neither good nor bad, told twice over."
    file.write_text("\n".join(["New.", "Known.", "New.", held_out, f"{held_out} Really."]), encoding="utf-8")
    found = transfer.read([str(file)], ["Known."], [held_out])
    assert found.rows["text"].tolist() == ["New."]
    assert sum(found.left_out.values()) == 4 and set(found.rows["split"]) == {"train"}


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_transfer_file_without_texts_is_refused_in_a_line(tmp_path, content):
    file = tmp_path / "empty.txt"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataError):
        transfer.read([str(file)], [], [])
    with pytest.raises(DataError):
        transfer.read([str(tmp_path / "missing.csv")], [], [])


# --- the whole -------------------------------------------------------------------------------------


def test_a_student_goes_on_the_shelf_with_its_teacher_and_what_it_costs(reviews, teacher, tmp_path, capsys):
    data.store(reviews)
    notes = tmp_path / "notes.txt"
    notes.write_text("A warm note.\nA cold note.\n", encoding="utf-8")
    argv = [
        "distil",
        "--teacher",
        "teacher",
        "--student",
        "nbsvm",
        "--data",
        reviews.fingerprint,
        "--alias",
        "small",
    ]
    assert main([*argv, "--transfer", str(notes), "--features", "9", "--set", "min_df=1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    card = models.resolve(result["model_id"])
    record = card.manifest["distilled_from"]
    assert (card.alias, record["model_id"], record["n_answers"], record["n_transfer"]) == (
        "small",
        teacher.model_id,
        26,
        2,
    )
    assert (card.trained_on["n_train"], card.manifest["details"]["features"]) == (24, 9)
    assert record["measured"]["difference"]["n"] == 12 and record["measured"]["ms_per_review"] > 0
    seen = TrainingTexts.read(card.folder).seen(["A warm note.", "A new one."])
    assert seen.tolist() == [TRAIN, ""]
    dependents.remove("teacher")
    assert models.load_model("small").predict_proba(EDGE_TEXTS).shape == (len(EDGE_TEXTS), 2)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--student", "tiny"], "student 'tiny' is not known; known: tfidf"),
        (["--student", "./nowhere"], "is not known"),
        (["--student", "tfidf"], "choose another student"),
        (["--student", "nbsvm", "--temperature", "0"], "above 0"),
        (["--student", "nbsvm", "--hard-share", "1.5"], "from 0 to 1"),
        (["--student", "nbsvm", "--ask", "0"], "1 or more"),
        (["--student", "nbsvm", "--features", "-1"], "1 or more"),
        (["--student", "nbsvm", "--hidden-states"], "hidden states"),
        (["--student", "minilm-3", "--features", "5"], "no n-grams"),
        (["--student", "nbsvm", "--set", "depth=3"], "no setting 'depth'"),
        (["--student", "nbsvm", "--teacher", "nobody"], "'nobody' is not known"),
        (["--student", "nbsvm", "--transfer", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_cannot_be_distilled_is_refused_in_one_line(given, said, reviews, teacher, capsys):
    data.store(reviews)
    assert main(["distil", "--teacher", "teacher", "--data", reviews.fingerprint, *given]) == 2
    error = capsys.readouterr().err.strip()
    assert said in error and error.count("\n") == 0


def test_the_time_is_estimated_without_making_anything(reviews, teacher, capsys):
    data.store(reviews)
    argv = ["distil", "--teacher", "teacher", "--student", "nbsvm", "--data", reviews.fingerprint]
    assert main([*argv, "--estimate", "--json"]) == 0
    estimate = json.loads(capsys.readouterr().out)["estimate"]
    parts = [estimate[f"{part}_seconds"] for part in ("asking", "training", "measuring")]
    assert estimate["n_asked"] == 36 and estimate["seconds"] == pytest.approx(sum(parts), abs=0.2)
    assert min(parts) >= 0 and len(models.list_models()) == 1 and answers.kept(teacher) == {}


def test_the_teacher_can_be_asked_about_a_part_of_the_reviews(reviews, teacher):
    prepared = preparing.prepare(
        "teacher", students.student_named("nbsvm"), reviews, How(ask=5), {"min_df": 1}
    )
    assert len(prepared.asked) == 5 + 12
    lesson = distilling._taught(prepared, np.ones(5)).teaching
    assert (lesson.hard_share == 1).sum() == 19 and (lesson.hard_share == How.hard_share).sum() == 5


@pytest.fixture
def pair(reviews, tokenizer, tmp_path):
    """A teacher of three layers on the shelf, and a base of two in a folder."""
    for layers in (3, 2):
        network(layers).save_pretrained(tmp_path / f"base-{layers}")
        tokenizer.save_pretrained(tmp_path / f"base-{layers}")
    settings = {"max_length": 16, "epochs": 1.0, "threads": 1, "logging_steps": 1}
    train.train("transformer", reviews, {**settings, "base": str(tmp_path / "base-3")}, alias="deep")
    student = students.student_named(str(tmp_path / "base-2"))
    more = {"batch_size": 4, "evaluate_every": 2, "epochs": 2.0}
    return functools.partial(preparing.prepare, "deep", student, reviews, params={**settings, **more})


def test_a_killed_distillation_resumes_to_the_same_student(pair):
    prepared = pair(how=How(hidden_states=True))

    whole = models.load_model(distilling.distil(prepared).model_id)
    seen = []

    def stop_once(done, total, what):
        seen.append(what)
        if len([said for said in seen if "fine-tuning" in said]) == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        distilling.distil(prepared, progress=stop_once)
    card = distilling.distil(prepared, resume=True)
    resumed = models.load_model(card.model_id)
    assert card.manifest["resumed"] and card.manifest["details"]["started_from_layers"] == [0, 2]
    np.testing.assert_allclose(resumed.log_odds(EDGE_TEXTS), whole.log_odds(EDGE_TEXTS), atol=1e-6)


def test_a_student_that_was_fitted_and_not_measured_is_measured_on_resume(pair, monkeypatch):
    prepared = pair(how=How(ask=6))
    with monkeypatch.context() as patched:
        patched.setattr(distilling, "measured", _killed)
        with pytest.raises(KeyboardInterrupt):
            distilling.distil(prepared)
    with monkeypatch.context() as patched:
        patched.setattr(train, "train", _killed)
        card = distilling.distil(prepared, resume=True, alias="shallow")
    assert card.alias == "shallow" and card.manifest["distilled_from"]["measured"]["n_timed"] == 12
    assert not list(models.models_folder().glob(".distilling-*"))


def _killed(*args, **kwargs):
    raise KeyboardInterrupt
