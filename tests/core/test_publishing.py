"""A card says what runs measured and no more; what is pushed answers as the model does."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hub_server import REPOSITORY, serving
from huggingface_hub import EvalResult, constants
from huggingface_hub import ModelCard as HubCard
from huggingface_hub.utils import reset_sessions

from sentiment_core import calibrating, data, models, terminal
from sentiment_core.command_line import main
from sentiment_core.errors import ModelError, ReelcheckError, ResourceMissing
from sentiment_core.evaluation import records
from sentiment_core.labels import verdicts
from sentiment_core.publishing import carding, measured, metadata, pushing, repository, written
from sentiment_core.publishing.markdown import (
    NOT_MEASURED,
    Section,
    code,
    figure,
    names,
    plain,
    prose,
    rendered,
    selected,
)
from sentiment_core.schema import SPLITS, Estimate
from sentiment_core.storage import workspace
from sentiment_core.training import train

TOKEN = "hf_secretOfMine123"
HOSTILE = [
    "<script>alert(1)</script>",
    "[click](javascript:alert(1)) ![x](http://example.org/a.png)",
    "`code` | cell | **bold** _it_ ~~no~~ # head",
    "$x^2$ :red[danger] :material/delete: &lt; https://example.org www.example.org a@b.org",
    "1. one",
    "- item",
    "+ item",
    "--- \n# a\u2028b \u202edrow 😀 فيلم",
    "\\",
]


@pytest.fixture
def reviews(tmp_path):
    """Sixty short reviews, a third for each split; the first words tell the label of most."""
    words = {1: "wonderful and warm", 0: "dreadful and cold"}
    labels = [(n + (n % 7 == 0)) % 2 for n in range(60)]
    rows = [f"{words[n % 2]} film number {n},{label},{SPLITS[n % 3]}" for n, label in enumerate(labels)]
    file = tmp_path / "reviews.csv"
    file.write_text("\n".join(["text,label,split", *rows]) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def tfidf(reviews):
    """A linear model."""
    dataset = data.load(str(reviews))
    train.train("tfidf", dataset, alias="tfidf")
    return models.resolve("tfidf")


@pytest.fixture
def measured_tfidf(tfidf, reviews):
    records.evaluate("tfidf", data.load(str(reviews)), "test")
    return tfidf


def nothing(card):
    """Stand for the package above, which has measured nothing."""
    return [Section("robustness", "Robustness", (NOT_MEASURED,))]


def text_of(card, **which):
    return carding.text(card, carding.tree(card, nothing), **which)


def section_of(markdown, title):
    return re.search(rf"### {title}\n\n(.*?)(?=\n\n##|\Z)", markdown, re.DOTALL)[1].strip()


# --- the card ------------------------------------------------------------------------------------


def test_every_metric_is_the_one_of_the_runs_manifest_with_its_interval_and_n(measured_tfidf):
    (found,) = records.list_evaluations(measured_tfidf.model_id)
    rows = section_of(text_of(measured_tfidf), "Metrics").splitlines()
    kept = found.manifest["metrics"]["accuracy"]
    low, high = (f"{100 * kept[end]:.1f}" for end in ("ci_low", "ci_high"))
    assert f"| Accuracy | {100 * kept['value']:.1f} % [{low}, {high}], n = {kept['n']:,} |" in rows
    assert f"From `{found.run_id}`." in rows
    shown = set(re.findall(r"(?<![\w.])\d+\.\d+", "\n".join(rows[:-1])))
    known = {
        text
        for record in found.manifest["metrics"].values()
        for number in (record["value"], record["ci_low"], record["ci_high"])
        if number is not None
        for text in (f"{100 * number:.1f}", f"{number:.3f}")
    }
    assert shown <= known and len(rows) == 2 + len(measured.QUALITY) + 2


def test_what_no_run_measured_reads_not_measured(tfidf):
    markdown = text_of(tfidf)
    for title in ("Metrics", "Robustness", "Label quality", "Gate"):
        assert section_of(markdown, title) == NOT_MEASURED
    assert section_of(markdown, "Calibration").endswith(NOT_MEASURED)
    assert "| energy | not measured |" in section_of(markdown, "Size, time and energy")
    assert figure(None) == NOT_MEASURED
    assert figure(Estimate(float("nan"), float("nan"), float("nan"), 0, "a | b")) == "not measured: a \\| b"


def test_the_settings_and_data_are_those_of_the_models_manifest(tfidf):
    markdown, kept = text_of(tfidf), tfidf.manifest
    training, source = section_of(markdown, "Training"), section_of(markdown, "Training data")
    assert kept["data"]["fingerprint"] in source and f"| {kept['data']['n_train']:,} |" in source
    assert f"accuracy {kept['validation']['accuracy']:.4g}" in training
    assert f"C {kept['params']['C']:.4g}" in training
    assert str(workspace.home()) not in markdown


def test_verdicts_of_people_on_labels_are_counted_once_per_review(measured_tfidf, reviews):
    dataset = data.load(str(reviews))
    ids = dataset.split("test")["example_id"].tolist()
    for example_id, author in ((ids[0], "a"), (ids[0], "b"), (ids[1], "a")):
        verdicts.decide(dataset.fingerprint, example_id, verdicts.WRONG, author=author)
    assert "| 2 | 2 wrong |" in section_of(text_of(measured_tfidf), "Label quality")


def test_a_calibrated_model_says_so_and_starts_with_no_last_card(measured_tfidf, reviews):
    written.keep_last(measured_tfidf, "the card of the model itself")
    dataset = data.load(str(reviews))
    found = calibrating.measure(measured_tfidf, dataset, "temperature")
    card, _ = calibrating.keep(found)
    assert "temperature" in section_of(text_of(card), "Calibration")
    assert written.of(card).last == ""


def test_sections_are_a_tree_of_which_each_part_can_be_chosen(tfidf):
    tree = carding.tree(tfidf, nothing)
    assert names(selected(tree, only=["metrics", "terms"])) == [
        "figures",
        "metrics",
        "terms",
        "license",
        "citation",
    ]
    left = names(selected(tree, without=["figures", "limits"]))
    assert "metrics" not in left and "limits" not in left and "intended-use" in left
    markdown = text_of(tfidf, only=["citation"])
    assert "## Terms" in markdown and "## Use" not in markdown
    with pytest.raises(ReelcheckError, match="section 'nonsense' is not known; known: use, intended-use"):
        selected(tree, only=["nonsense"])


def test_the_metadata_comes_back_through_the_hubs_own_parser(measured_tfidf):
    written.write(measured_tfidf, license="apache-2.0")
    loaded = HubCard(text_of(measured_tfidf)).data
    (found,) = records.list_evaluations(measured_tfidf.model_id)
    assert loaded.license == "apache-2.0" and loaded.model_name == "tfidf"
    assert loaded.pipeline_tag == "text-classification" and loaded.library_name == "reelcheck"
    back = {one.metric_type: one for one in loaded.eval_results}
    assert all(isinstance(one, EvalResult) for one in back.values())
    defined = {name: kept.value for name, kept in found.metrics.items() if kept.defined}
    assert {name: one.metric_value for name, one in back.items()} == defined
    assert back["accuracy"].dataset_split == "test"
    assert back["accuracy"].dataset_revision == found.fingerprint


def test_evaluation_files_are_for_data_sets_of_the_hub_only(measured_tfidf, monkeypatch):
    assert metadata.evaluation_files(measured_tfidf) == {}
    (found,) = records.list_evaluations(measured_tfidf.model_id)
    monkeypatch.setitem(found.manifest["data"], "name", "imdb")
    monkeypatch.setattr(measured, "evaluations", lambda card: [found])
    ((path, text),) = metadata.evaluation_files(measured_tfidf).items()
    assert path == ".eval_results/stanfordnlp--imdb.yaml"
    ((entry),) = yaml.safe_load(text)
    accuracy = found.metrics["accuracy"]
    assert entry["dataset"] == {"id": "stanfordnlp/imdb", "task_id": "text-classification-test"}
    assert entry["value"] == pytest.approx(100 * accuracy.value) and figure(accuracy) in entry["notes"]


# --- texts of people -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_in_a_card_has_no_mark_that_is_read_and_loses_nothing(text):
    shown = plain(text)
    assert "\n" not in shown and "\u2028" not in shown and "\u202e" not in shown
    marks = re.sub(
        r"\\[!-/:-@\[-`{-~]", "", shown
    )  # CommonMark 2.4: a backslash makes any of these a character
    assert not re.search(r"[`*_{}\[\]#|~$<>&!\\]|://|:[a-z]|^(\d+[.)]|[-+=])(\s|$)|www\.|\w@\w", marks)
    if text.isprintable():
        assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown) == " ".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_of_data_or_model_breaks_neither_table_nor_metadata(text, measured_tfidf):
    (found,) = records.list_evaluations(measured_tfidf.model_id)
    for folder, record in ((measured_tfidf.folder, measured_tfidf.manifest), (found.folder, found.manifest)):
        changed = record | {"data": record["data"] | {"name": text}}
        workspace.write_json(folder / models.MANIFEST, changed)
    workspace.write_json(workspace.models_folder() / "aliases.json", {text: measured_tfidf.model_id})
    markdown = text_of(models.resolve(measured_tfidf.model_id))
    loaded, body = HubCard(markdown).data, carding.body_of(markdown)
    assert {one.dataset_name for one in loaded.eval_results} == {terminal.one_line(text)}
    assert loaded.model_name == terminal.one_line(text)
    assert f"\n# {plain(f'{text}: sentiment of movie reviews')}\n" in f"\n{body}"
    for line in section_of(markdown, "Metrics").splitlines():
        assert not line.startswith("|") or len(re.findall(r"(?<!\\)\|", line)) == 3
    assert "<script>" not in body and "](javascript" not in body.replace("\\]", "")


def test_prose_keeps_its_paragraphs_and_lists_and_nothing_else():
    assert prose("One.\nTwo.\n\n- a\n- <b>\r\n\r\n# head") == ("One.\nTwo.", "- a\n- \\<b\\>", "\\# head")
    assert prose("") == () and prose(" \n\n ") == ()


def test_code_cannot_be_ended_by_what_is_in_it():
    assert code("a ``` b", language="bash") == "````bash\na ``` b\n````"
    assert rendered([Section("a", "A", ("b",))]) == "## A\n\nb"


def test_what_people_write_is_kept_with_the_model_and_shown_as_text(tfidf):
    written.write(tfidf, {"limits": "<img src=x> " + "é" * 100, "citation": "Me 2026"}, "mit")
    markdown = text_of(tfidf)
    assert section_of(markdown, "Limits") == "\\<img src=x\\> " + "é" * 100
    assert section_of(markdown, "License") == "`mit`"
    written.write(tfidf, {"limits": ""})
    assert section_of(text_of(tfidf), "Limits").startswith("- It knows two answers")
    assert section_of(text_of(tfidf), "How to cite") == "Me 2026"
    with pytest.raises(ModelError, match="'Limits' has 5,001 characters; 5,000 are allowed"):
        written.write(tfidf, {"limits": "x" * 5001})
    with pytest.raises(ModelError, match="no identifier of the hub; give one such as"):
        written.write(tfidf, license="my own\nlicense: x")


def test_a_damaged_file_of_texts_is_one_line_and_hides_no_model(tfidf):
    (tfidf.folder / models.CARD).write_text('{"prose": ["x"]}')
    with pytest.raises(ModelError, match="card.json: .* remove card.json"):
        written.of(tfidf)
    assert [item.name for item in written.damaged()] == [tfidf.model_id]
    assert models.resolve("tfidf").model_id == tfidf.model_id


# --- commands ------------------------------------------------------------------------------------


def test_the_command_writes_the_whole_card_with_what_the_attacks_know(measured_tfidf, tmp_path, capsys):
    out = tmp_path / "card.md"
    assert main(["card", "--model", "tfidf", "--without", "cost", "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {"robustness", "probes", "bias", "toxicity"} <= set(said["sections"])
    assert out.read_text() == said["markdown"] and "### Robustness\n\nnot measured" in said["markdown"]
    assert main(["card", "--model", "tfidf", "--out", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.fixture
def without_attacks(monkeypatch):
    """No process of its own for what is not measured anyway."""
    monkeypatch.setattr(carding.tree, "__defaults__", (nothing,))


def test_a_dry_run_lists_what_would_go_and_writes_it_where_asked(
    measured_tfidf, without_attacks, tmp_path, capsys
):
    target = tmp_path / "published"
    argv = ["push", "--model", "tfidf", "--repo", REPOSITORY, "--dry-run", "--to", str(target), "--json"]
    assert main(argv) == 0
    said = json.loads(capsys.readouterr().out)
    on_disk = {path.name: path.stat().st_size for path in target.iterdir()}
    assert {file["path"]: file["bytes"] for file in said["files"]} == on_disk
    assert set(on_disk) == {"README.md", "manifest.json", "model.skops"} and said["pushed"] is None
    assert "OWNER/NAME" not in (target / "README.md").read_text()
    assert main(argv) == 2
    assert "is there already and not empty" in capsys.readouterr().err


def test_a_linear_model_is_loaded_from_what_was_published(measured_tfidf, tmp_path, monkeypatch):
    before = models.load_model("tfidf").predict_proba(["warm", "cold", ""])
    folder = tmp_path / "models" / measured_tfidf.model_id
    folder.mkdir(parents=True)
    repository.fill(folder, measured_tfidf, "card")
    monkeypatch.setenv("REELCHECK_HOME", str(tmp_path))
    np.testing.assert_array_equal(
        models.load_model(measured_tfidf.model_id).predict_proba(["warm", "cold", ""]), before
    )


def test_a_folder_of_this_machine_is_in_nothing_that_is_published(measured_tfidf, tmp_path):
    base = "/home/me/secret/my-base"
    params = measured_tfidf.manifest["params"] | {"base": base}
    changed = measured_tfidf.manifest | {"base": base, "params": params, "params_given": {"base": base}}
    workspace.write_json(measured_tfidf.folder / models.MANIFEST, changed)
    card = models.resolve("tfidf")
    (tmp_path / "out").mkdir()
    repository.fill(tmp_path / "out", card, text_of(card))
    for name in ("README.md", "manifest.json"):
        published = (tmp_path / "out" / name).read_text()
        assert "secret" not in published and "my-base" in published


@pytest.mark.parametrize("name", ["reviews", "a/b/c", "../x", "me/re views", "me/..", "/x", "http://a/b"])
def test_what_is_no_repository_is_refused_before_anything_is_made(name, tfidf, capsys):
    assert main(["push", "--model", "tfidf", "--repo", name, "--dry-run"]) == 2
    assert "is not of the form OWNER/NAME" in capsys.readouterr().err


# --- transformers --------------------------------------------------------------------------------

TEXTS = [
    "",
    "good",
    "A warm and witty film.",
    "I loved it 😀🎬",
    "فيلم رائع جدا",
    "<script>alert('film')</script>",
    "dull and cold " * 20,
    "The plot wanders. " * 2800,
]


def rescaled_by_hand(card, scale, shift):
    """Keep a calibration in a model's manifest, as if it had been fitted."""
    of = {"name": "x", "fingerprint": "0" * 16, "split": "validation", "n": 20}
    found = {"method": "platt", "scale": scale, "shift": shift, "source": card.model_id, "data": of}
    workspace.write_json(card.folder / models.MANIFEST, card.manifest | {"calibration": found})
    return models.resolve(card.model_id)


@pytest.mark.parametrize("adapter_rank", [0, 2])
def test_plain_transformers_gives_the_same_probabilities(adapter_rank, tiny_base, reviews, tmp_path):
    from transformers import pipeline

    settings = {"base": str(tiny_base), "epochs": 1.0, "max_length": 64, "learning_rate": 1e-3}
    settings |= {"adapter_rank": adapter_rank, "freeze_embeddings": bool(adapter_rank)}
    dataset = data.load(str(reviews))
    train.train("transformer", dataset, alias="tiny", params=settings)
    raw = models.load_model("tiny").predict_proba(TEXTS)
    card = rescaled_by_hand(models.resolve("tiny"), 0.7, 0.3)
    repository.fill(tmp_path, card, "card")
    classify = pipeline("text-classification", str(tmp_path), top_k=None, truncation=True, device="cpu")
    theirs = [{one["label"]: one["score"] for one in found} for found in classify(TEXTS)]
    ours = models.load_model(card.model_id).predict_proba(TEXTS)
    both = [[found["negative"], found["positive"]] for found in theirs]
    np.testing.assert_allclose(both, ours, atol=1e-5)
    log_odds = [np.log(found[:, 1] / found[:, 0]) for found in (raw, ours)]
    np.testing.assert_allclose(0.7 * log_odds[0] + 0.3, log_odds[1], atol=1e-4)
    assert classify.tokenizer.model_max_length == 64
    assert str(tiny_base.parent) not in text_of(card) + "".join(
        path.read_text() for path in tmp_path.glob("*.json") if path.name != "tokenizer.json"
    )


# --- the hub -------------------------------------------------------------------------------------


@pytest.fixture
def hub(monkeypatch):
    """A hub on this machine, which the client in this process talks to with a token."""
    with serving() as (address, store):
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(pushing, "WAIT_SECONDS", 0.01)
        reset_sessions()  # one made before is of a client that must not leave this machine
        yield store
    reset_sessions()


def pushed(capsys, *more):
    """Push tfidf by the command; return its exit code and all that it printed."""
    code_ = main(["push", "--model", "tfidf", "--repo", REPOSITORY, *more])
    return code_, "".join(capsys.readouterr())


def test_a_push_sends_every_file_with_the_clients_own_token(
    measured_tfidf, without_attacks, hub, tmp_path, capsys, caplog
):
    caplog.set_level(logging.DEBUG)
    done, said = pushed(capsys, "--private", "--to", str(tmp_path / "content"))
    assert done == 0 and hub.private is True
    content = {path.name: path.read_bytes() for path in (tmp_path / "content").iterdir() if path.is_file()}
    assert hub.files == content
    assert f"Bearer {TOKEN}" in hub.tokens
    kept = [path.read_bytes() for path in workspace.home().rglob("*") if path.is_file()]
    assert TOKEN not in said + caplog.text and not any(
        TOKEN.encode() in one for one in [*kept, *content.values()]
    )
    last = written.of(models.resolve("tfidf"))
    assert last.last.encode() == content["README.md"] and last.pushed_to == REPOSITORY


def test_a_hub_that_fails_for_a_while_is_asked_again(measured_tfidf, without_attacks, hub, capsys):
    hub.faults = {"/repos/create": [500], "/commit/": [503, 0]}
    assert pushed(capsys)[0] == 0
    assert set(hub.files) == {"README.md", "manifest.json", "model.skops"}


def test_after_an_interruption_large_files_are_not_sent_again(measured_tfidf, without_attacks, hub, capsys):
    hub.faults = {"/commit/": [500] * pushing.TRIES}
    done, said = pushed(capsys)
    assert done == 2 and "it answers with status 500; the same command resumes" in said
    assert len(hub.objects) == 1 and hub.files == {} and written.of(measured_tfidf).last == ""
    sent = sum(request.startswith("PUT /lfs/") for request in hub.requests)
    assert pushed(capsys)[0] == 0
    assert sent == sum(request.startswith("PUT /lfs/") for request in hub.requests) == 1


@pytest.mark.parametrize(
    ("status", "why"),
    [(401, "set HF_TOKEN to a token that may write"), (403, "this token may not write there")],
)
def test_a_refusal_is_one_line_without_the_token(status, why, tfidf, without_attacks, hub, capsys):
    hub.faults = {part: [status] for part in ("/repos/create", "/preupload/")}
    done, said = pushed(capsys)
    (line,) = (line for line in said.splitlines() if line.startswith("error: "))
    assert done == 2 and why in line and TOKEN not in said and hub.files == {}


def test_without_a_hub_nothing_is_pushed_and_said_so(tfidf, without_attacks, hub, monkeypatch, capsys):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "cannot be reached" in pushed(capsys)[1]
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ResourceMissing, match="HF_HUB_OFFLINE is set"):
        pushing.push(Path("nowhere"), REPOSITORY)
