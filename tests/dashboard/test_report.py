"""A report says what the commands say, in one page that needs nothing else, and every text in it is inert."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sk
from attack_workspace import batch, reviews_of
from opened_pages import measured as measured_on
from probe_workspace import probed
from streamlit.testing.v1 import AppTest

from attacks import __main__ as attacks_line
from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.batches.selection import parsed
from attacks.bias import runs as bias_runs
from attacks.certificates import runs as certificate_runs
from attacks.certificates.schema import Certificate, CertificateSpec, Row
from attacks.gate import ledger
from attacks.gate.configuration import Config
from attacks.publishing import commands
from attacks.reporting import page, report, subject
from dashboard.records.evaluations import DataChoice
from dashboard.views.home import scorecard
from sentiment_core import __main__ as core_line
from sentiment_core import data, models
from sentiment_core.command_line import build_parser, load_commands
from sentiment_core.evaluation import records
from sentiment_core.metrics import METRICS
from sentiment_core.storage import journal, runs, workspace

MOST_BYTES = 3_000_000
HOSTILE = (
    '<script>alert(1)</script> "><img src=x onerror=alert(1)> | [a](javascript:alert(1)) مرحبا \u202edrow'
)
VOID = {"meta", "path", "circle", "br", "img", "link"}


@pytest.fixture(scope="module")
def _reported(_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("reported")
    shutil.copytree(_tiny, home, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(home))
        attack = batch("tfidf", ["succeeded"] * 3 + ["failed"] * 4 + ["skipped"])
        fooled = attack_runs.open_attack(attack).records.query("outcome == 'succeeded'")["example_id"]
        for example_id, valid in zip(fooled, (True, False, False), strict=True):
            verdicts.overrule(attack, example_id, valid)
        probed("nbsvm", ("vocabulary", "contrast"))
        dataset = data.by_fingerprint(records.list_evaluations()[0].fingerprint)
        bias_runs.run_bias("tfidf", dataset, attributes=["age"], reviews=1, workers=1)
        ledger.decide_pair("nbsvm", "tfidf", dataset, Config())
        certified("tfidf")
    return home


def certified(alias: str) -> None:
    """Keep certificates of four reviews: three hold with one word changed, of two it is known with five."""
    statuses = {1: ["certified"] * 3 + ["wrong"], 5: ["certified", "undecided", "broken", "wrong"]}
    examples, source = reviews_of(alias, 4)
    spec = CertificateSpec(models.resolve(alias).model_id, edits="letters", changes=(1, 5), data=source)
    folder = certificate_runs.open_certificate(certificate_runs.start(spec, examples)).folder
    for place, example in enumerate(examples):
        rows = tuple(Row(k, found[place], -0.5, -0.25) for k, found in statuses.items())
        journal.append(folder, Certificate(example.example_id, example.label, rows, 0.5).to_json())
    certificate_runs.repair(folder.name)


@pytest.fixture
def reported(_reported: Path, reelcheck_home: Path) -> Path:
    """Two models: both measured, one attacked and with a bias report, the other probed and decided on."""
    shutil.copytree(_reported, reelcheck_home, dirs_exist_ok=True)
    assert os.environ["REELCHECK_HOME"] == str(reelcheck_home)
    return reelcheck_home


def said(capsys: pytest.CaptureFixture[str], line: Any, *argv: str) -> dict[str, Any]:
    """Return what a command prints as JSON."""
    assert line.main([*argv, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def section_of(found: dict[str, Any], name: str) -> dict[str, Any]:
    def below(sections: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for section in sections:
            yield section
            yield from below(section["parts"])

    return next(section for section in below(found["sections"]) if section["name"] == name)


def tables_of(section: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for block in section["blocks"] if block["kind"] == "table"]


class Read(HTMLParser):
    """What a page is made of: tags with their attributes, and texts by tag."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))


# --- the figures are those of the commands -------------------------------------------------------


def test_metrics_are_those_of_the_evaluations_and_differences_those_of_compare(
    reported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = said(capsys, attacks_line, "report", "--models", "tfidf", "nbsvm")
    (table,) = tables_of(section_of(found, "metrics"))
    assert table["head"] == ["metric", "tfidf", "nbsvm"]
    for column, alias in ((1, "tfidf"), (2, "nbsvm")):
        kept = measured_on(alias, 60)[1].manifest["metrics"]
        for row in table["rows"]:
            name = next(name for name, metric in METRICS.items() if metric.title == row[0])
            assert {key: row[column][key] for key in kept[name]} == kept[name]
    (differences,) = tables_of(section_of(found, "comparison"))
    best, other = differences["head"][0].removesuffix(" minus"), differences["rows"][0][0]
    compared = said(capsys, core_line, "compare", other, best)
    (row,) = differences["rows"]
    by_title = dict(zip(differences["head"], row, strict=True))
    for name in ("accuracy", "f1", "mcc"):
        expected = compared["metrics"][name]["difference"]
        assert {key: by_title[METRICS[name].title][key] for key in expected} == expected
    assert by_title[f"only {best} right"] == compared["disagreement"]["only_b_right"]
    sentences = [block["text"] for block in section_of(found, "comparison")["blocks"] if "text" in block]
    assert sentences == [compared["sentence"]]


def test_attacks_probes_bias_and_gate_are_those_of_their_runs(
    reported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = said(capsys, attacks_line, "report", "--models", "tfidf", "nbsvm")
    first, second = (models.resolve(alias).model_id for alias in ("tfidf", "nbsvm"))
    (batch_run,) = attack_runs.list_attacks()
    shown = said(capsys, attacks_line, "show", batch_run.run_id)["figures"]
    ((*_, before, under, valid),) = tables_of(section_of(found, f"robustness-{first}"))[0]["rows"]
    for cell, name in (
        (before, "accuracy_before"),
        (under, "accuracy_under_attack"),
        (valid, "valid_accuracy_under_attack"),
    ):
        assert {key: cell[key] for key in shown[name]} == shown[name]
    details = said(capsys, attacks_line, "show", batch_run.run_id, "--details")
    assert details["by_share_changed"][-1]["accuracy"] == shown["accuracy_under_attack"]["value"]
    assert {row["word"] for row in details["words"]} and len(details["positions"]) == 10
    (card,) = tables_of(section_of(found, "score-card"))
    row = dict(zip(card["head"], card["rows"][0], strict=True))
    assert row["valid texts only"]["value"] == 0.75  # 8 tried, 4 held, 2 of 3 that fooled do not count
    (certain,) = tables_of(section_of(found, f"certificates-{first}"))
    shares = [[row[2], *(cell["value"] for cell in row[3:])] for row in certain["rows"]]
    assert shares == [["at most 1", 0.75, 0.75, 0.0], ["at most 5", 0.25, 0.5, 0.25]]
    (origin,) = section_of(found, f"certificates-{first}")["blocks"][-1]["of"]
    assert origin["command"].endswith("--edits letters --k 1,5")
    (probing,) = tables_of(section_of(found, f"probes-{second}"))
    for row, kept in zip(probing["rows"], said_matrix(second), strict=True):
        assert row[0] == kept["title"] and row[2]["value"] == kept["failure_rate"]["value"]
    (bias,) = bias_runs.list_bias()
    changes = [row[3]["value"] for row in tables_of(section_of(found, f"bias-{first}"))[0]["rows"]]
    assert changes == [None if not c.defined else c.value for c in bias.report["change"]]
    decided = ledger.entries()[0]
    (ships,) = tables_of(section_of(found, "shipping"))
    assert ["nbsvm", "tfidf", decided["verdict"]] == ships["rows"][1][:3]
    assert ships["rows"][0][2] == "not decided"


def said_matrix(model_id: str) -> list[dict[str, Any]]:
    from attacks.probing import runs as probe_runs

    (run,) = probe_runs.list_probes(model_id)
    return list(run.manifest["matrix"])


def test_curves_counts_and_thresholds_agree_with_scikit_learn_and_the_command(
    reported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = said(capsys, attacks_line, "report", "--models", "tfidf")
    frame = measured_on("tfidf", 60)[1].frame
    labels, prob = frame["label"].to_numpy(), frame["prob_positive"].to_numpy()
    roc, precision = (block for block in section_of(found, "curves")["blocks"] if block["kind"] == "chart")
    (line,) = roc["series"]
    assert np.trapezoid(line["y"], line["x"]) == pytest.approx(sk.roc_auc_score(labels, prob))
    assert precision["dots"][0] == pytest.approx(
        [sk.recall_score(labels, prob >= 0.5), sk.precision_score(labels, prob >= 0.5)]
    )
    (counts,) = tables_of(section_of(found, "confusion"))
    assert [row[1:] for row in counts["rows"]] == sk.confusion_matrix(labels, prob >= 0.5).tolist()
    swept = said(capsys, core_line, "thresholds", "--model", "tfidf", "--data", frame_data())
    (table,) = tables_of(section_of(found, "thresholds"))
    rows = [[row[1], row[2], *row[4:6]] for row in table["rows"]]
    expected = [
        [one["rule"], one["threshold"], one["false_positives"], one["false_negatives"]]
        for one in swept["suggestions"]
    ]
    assert rows == expected


def frame_data() -> str:
    return records.list_evaluations()[0].fingerprint


def test_each_table_says_from_which_run_it_is_and_by_which_command(reported: Path) -> None:
    found = report.make(subject.choose(["tfidf", "nbsvm"])).to_json()
    for name in ("score-card", "comparison", "metrics", "curves", "confusion", "thresholds", "calibration"):
        used = [block for block in section_of(found, name)["blocks"] if block["kind"] == "origins"]
        assert used and all(one["field"] for block in used for one in block["of"]), name
        for one in (one for block in used for one in block["of"]):
            assert all(runs.folder_of(run_id).is_dir() for run_id in one["run_id"].split(", "))
            assert one["command"].startswith("python -m ")


@pytest.mark.parametrize(
    ("selection", "more"),
    [
        ({"n": 8, "seed": 0, "outcome": "any", "ids": [], "right_by": []}, {}),
        ({"n": 8, "outcome": "right", "min_words": 5, "max_words": 40}, {"seed": 3, "quick": True}),
        ({"n": None, "ids": ["a b", "--x"]}, {"params": {"max_edit_distance": 10}}),
    ],
)
def test_the_command_of_a_batch_asks_for_what_its_spec_says(
    tiny_workspace: Path, selection: dict[str, Any], more: dict[str, Any]
) -> None:
    run = attack_runs.open_attack(batch("tfidf", ["failed"], selection=selection, **more))
    line = shlex.split(commands.attack(run))
    parser = build_parser(load_commands(attacks_line.LINE), attacks_line.LINE)
    args = parser.parse_args(line[3:])
    assert line[:3] == ["python", "-m", "attacks"] and args.command == "run" and args.model == "tfidf"
    assert (args.recipe, args.budget, args.seed or 0) == ("deepwordbug", 500, more.get("seed", 0))
    assert bool(args.quick) == more.get("quick", False) and args.limit == selection["n"]
    assert args.set == ([f"{name}={value}" for name, value in more.get("params", {}).items()] or None)
    asked = parsed(args.select or [])
    usual = parsed([])
    for name in ("outcome", "min_words", "max_words", "ids"):
        given = selection.get(name) or getattr(usual, name)
        assert getattr(asked, name) == (tuple(given) if name == "ids" else given)
    assert data.by_fingerprint(args.data).fingerprint == run.spec.data["fingerprint"]


# --- one page that needs nothing else ------------------------------------------------------------


def test_the_page_is_whole_refers_to_nothing_outside_and_names_its_tables(reported: Path) -> None:
    html = page.html(report.make(subject.choose(["tfidf", "nbsvm"])))
    read = Read(html)
    assert read.open == [] and html.startswith("<!doctype html>")
    names = [str(found["id"]) for _, found in read.tags if "id" in found]
    assert len(names) == len(set(names))
    for tag, found in read.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "img", "base", "form"}
        assert not {"src", "srcset", "data", "action", "background"} & found.keys()
        assert not any(name.startswith("on") for name in found)
        if "href" in found:
            assert str(found["href"]).startswith("#") and str(found["href"])[1:] in names
        if tag == "th":
            assert found["scope"] in ("col", "row")
        if "aria-labelledby" in found:
            assert found["aria-labelledby"] in names
    assert "url(" not in html and "@import" not in html
    assert dict(read.tags)["html"] == {"lang": "en"}
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in read.tags}
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1 and all(after <= before + 1 for before, after in zip(levels, levels[1:]))  # noqa: B905


def test_html_markdown_and_json_have_the_same_sections(reported: Path) -> None:
    found = report.make(subject.choose(["tfidf", "nbsvm"]))

    def titles(sections: list[dict[str, Any]]) -> Iterator[str]:
        for section in sections:
            yield section["title"]
            yield from titles(section["parts"])

    expected = list(titles(found.to_json()["sections"]))
    written = re.findall(r"^##+ (.*)$", found.to_markdown(), re.MULTILINE)
    assert [title.replace("\\", "") for title in written] == [*expected, "This report"]
    read = Read(page.html(found))
    headed = [tag for tag, _ in read.tags if re.fullmatch("h[2-6]", tag)]
    assert len(headed) == len(expected) + 1
    for title in ("Score card", "May it ship?", "Attacks", "Label quality"):
        assert title in expected and any(text == title for _, text in read.texts)


def test_hostile_names_are_shown_as_they_are_and_run_nothing(reported: Path) -> None:
    card, (_, found) = models.resolve("tfidf"), measured_on("tfidf", 60)
    workspace.write_json(workspace.models_folder() / "aliases.json", {HOSTILE: card.model_id})
    changed = found.manifest | {"data": found.manifest["data"] | {"name": HOSTILE}}
    workspace.write_json(found.folder / "manifest.json", changed)
    made = report.make(subject.choose([card.model_id]))
    read = Read(page.html(made))
    assert read.open == [] and not {"script", "img"} & {tag for tag, _ in read.tags}
    assert not any(name.startswith("on") for _, attributes in read.tags for name in attributes)
    visible = "".join(text for _, text in read.texts)
    assert "<script>alert(1)</script>" in visible and "مرحبا" in visible and "\u202e" not in visible
    markdown = re.sub(r"```.*?```", "", made.to_markdown(), flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<script|(?<!\\)\]\(javascript", markdown)


def test_25_000_reviews_make_a_page_hardly_larger_than_60(reported: Path) -> None:
    small = len(page.html(report.make(subject.choose(["tfidf", "nbsvm"]))).encode())
    for seed, alias in enumerate(("tfidf", "nbsvm")):
        keep_evaluation(alias, 25_000, seed)
    chosen = subject.choose(["tfidf", "nbsvm"], data="many")
    assert chosen.reviews["n"] == 25_000
    large = len(page.html(report.make(chosen)).encode())
    assert large < MOST_BYTES and large < 3 * small


def keep_evaluation(alias: str, n: int, seed: int) -> None:
    """Keep an evaluation on n made reviews with accuracy alone, since the others take seconds."""
    rng = np.random.default_rng(seed)
    card, labels = models.resolve(alias), np.arange(n) % 2
    prob = 1 / (1 + np.exp(-rng.normal(3 * labels - 1.5, 1.5)))
    frame = pd.DataFrame(
        {
            "example_id": [f"r-{i}" for i in range(n)], "model_id": card.model_id, "label": labels,
            "prob_positive": prob, "predicted": (prob >= 0.5).astype(int), "n_tokens": 100,
            "truncated": False, "knows_nothing": False,
        }
    )  # fmt: skip
    place = {"name": "many", "fingerprint": "f" * 16, "split": "test", "n": n}
    spec = {"model_id": card.model_id, "fingerprint": "f" * 16, "split": "test"}
    accuracy = records.score(frame, metrics=("accuracy",))["accuracy"].to_json()
    facts = {"model_id": card.model_id, "data": place, "n": n, "metrics": {"accuracy": accuracy}}
    records._write(runs.new_run_id(records.KIND, alias, spec), spec, frame, facts)


# --- what is missing -----------------------------------------------------------------------------


def test_an_empty_workspace_and_wrong_names_are_one_line(
    reelcheck_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert attacks_line.main(["report"]) == 2
    assert "there is no model in this workspace" in capsys.readouterr().err
    assert attacks_line.main(["report", "--models", "nobody"]) == 2
    assert attacks_line.main(["report", "--out", str(tmp_path / "report.pdf")]) == 2
    assert "give .html, .md, .json" in capsys.readouterr().err
    assert attacks_line.main(["report", "--out", str(tmp_path / "none" / "report.html")]) == 2


def test_reviews_that_no_model_was_measured_on_are_refused_and_the_known_ones_named(
    reported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert attacks_line.main(["report", "--models", "tfidf", "--data", "imdb"]) == 2
    error = capsys.readouterr().err
    assert "measured on imdb" in error and "sentences.csv test" in error
    assert len(error.splitlines()) == 1


def test_what_was_not_measured_says_so_with_the_command_that_would(reported: Path, tmp_path: Path) -> None:
    shutil.rmtree(workspace.home() / "runs")
    made = report.make(subject.choose(["tfidf", "nbsvm"]))
    found, markdown, html = made.to_json(), made.to_markdown(), page.html(made)
    commands = [command for name in ("metrics", "curves") for command in missing(found, name)]
    assert any("evaluate --model tfidf --data " in command for command in commands)
    for card in made.subject.cards:
        for name, verb in (
            ("certificates", "attacks certify"),
            ("robustness", "attacks run"),
            ("probes", "attacks probe"),
            ("bias", "attacks bias"),
        ):
            (command,) = missing(found, f"{name}-{card.model_id}")
            assert command.startswith(f"python -m {verb} --model {card.short_name}")
            assert command in markdown and command in html
    assert "None of these models was measured" in html


def missing(found: dict[str, Any], name: str) -> list[str]:
    blocks = section_of(found, name)["blocks"]
    return [command for block in blocks if block["kind"] == "missing" for command in block["commands"]]


def test_a_damaged_evaluation_is_named_and_hides_no_other_models(reported: Path) -> None:
    (measured_on("tfidf", 60)[1].folder / "results.parquet").write_bytes(b"PAR1")
    found = report.make(subject.choose(["tfidf", "nbsvm"])).to_json()
    texts = [block["text"] for block in section_of(found, "summary")["blocks"]]
    assert any(text.startswith("Not readable: ") for text in texts)
    assert tables_of(section_of(found, "metrics"))[0]["head"] == ["metric", "nbsvm"]


def test_a_damaged_batch_is_named_and_hides_nothing_else(reported: Path) -> None:
    (run,) = attack_runs.list_attacks()
    (run.folder / "results.parquet").write_bytes(b"PAR1")
    found = report.make(subject.choose(["tfidf", "nbsvm"])).to_json()
    (block,) = section_of(found, f"robustness-{models.resolve('tfidf').model_id}")["blocks"]
    assert block["text"].startswith("Not readable: ") and "damaged" in block["text"]
    assert tables_of(section_of(found, f"bias-{models.resolve('tfidf').model_id}"))


# --- Home ----------------------------------------------------------------------------------------


def test_home_offers_the_report_that_the_command_writes(
    app: AppTest, reported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app.run()
    assert "Download a report" in [button.proto.label for button in app.get("download_button")]
    (_, found), ids = measured_on("tfidf", 60), [models.resolve(a).model_id for a in ("tfidf", "nbsvm")]
    choice = DataChoice("sentences.csv", found.fingerprint, found.split, 60)
    out = tmp_path / "report.html"
    assert attacks_line.main(["report", "--models", "tfidf", "nbsvm", "--out", str(out)]) == 0
    by_page, by_command = scorecard.report(ids, choice).decode(), out.read_text(encoding="utf-8")
    made = r"made \d{4}-\d\d-\d\d [\d:]+ UTC"
    assert re.sub(made, "", by_page) == re.sub(made, "", by_command)
    assert "wrote" in capsys.readouterr().out


def test_home_offers_no_report_where_nothing_was_measured(app: AppTest, empty_workspace: Path) -> None:
    app.run()
    assert not app.get("download_button")
