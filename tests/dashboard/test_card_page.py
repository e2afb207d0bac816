"""Card in the frame of the dashboard: the whole card, sections on and off, a person's texts, what changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attack_workspace import batch
from opened_pages import chosen, opened
from probe_workspace import probed
from streamlit.testing.v1 import AppTest

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.bias import runs as bias_runs
from attacks.probing import runs as probe_runs
from attacks.publishing import __main__ as by_process
from attacks.publishing import stress
from dashboard.views.card import contents, place, publishing
from sentiment_core import data, models
from sentiment_core.errors import RunError
from sentiment_core.evaluation import records
from sentiment_core.publishing import written
from sentiment_core.publishing.markdown import NOT_MEASURED, figure, rendered
from sentiment_core.schema import Estimate

VIEW = "views/card/page.py"
HOSTILE = "<script>alert(1)</script> [a](javascript:alert(1)) :red[x] $y$ | z"


def card_on(app: AppTest) -> str:
    """Return the card as the page shows it."""
    return next(item.value for item in app.markdown if "### Intended use" in item.value)


def open_card(app: AppTest, **more: str) -> AppTest:
    return opened(app, VIEW, **chosen(60), **more)


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


def test_a_model_that_was_only_evaluated_says_what_was_not_measured(
    app: AppTest, tiny_workspace: Path
) -> None:
    open_card(app)
    (said,) = [item.value for item in app.markdown if item.value.startswith("**Not measured:**")]
    for title in ("Robustness", "Probes", "Bias", "Toxicity", "Label quality", "Gate"):
        assert title in said and f"### {title}\n\n{NOT_MEASURED}" in card_on(app)
    (found,) = records.list_evaluations(models.resolve("tfidf").model_id)
    assert f"| Accuracy | {figure(found.metrics['accuracy'])} |" in card_on(app)
    commands = [item.value for item in app.code]
    assert "python -m sentiment_core card --model tfidf --out card.md" in commands
    assert any("push --dry-run" in command for command in commands)


def test_sections_are_left_out_by_a_click_and_by_a_link(app: AppTest, tiny_workspace: Path) -> None:
    open_card(app, without="gate,nonsense,cost")
    assert "### Gate" not in card_on(app) and "### Size" not in card_on(app)
    pills = app.get("button_group")[0]
    assert "gate" not in app.session_state[place.SECTIONS]
    pills.set_value([name for name in app.session_state[place.SECTIONS] if name != "limits"]).run()
    assert "### Limits" not in card_on(app)
    assert app.query_params["without"] in (["limits,gate,cost"], "limits,gate,cost")
    assert any("--without limits,gate,cost" in item.value for item in app.code)


def test_a_persons_texts_are_kept_shown_as_text_and_make_a_difference(
    app: AppTest, tiny_workspace: Path
) -> None:
    open_card(app)
    app.button("card-keep").click().run()
    assert not app.exception and any(item.value == "Nothing changed." for item in app.markdown)
    limits = next(area for area in app.text_area if area.label == "Limits")
    limits.set_value(HOSTILE)
    app.text_input[0].set_value("apache-2.0")
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception
    kept = written.of(models.resolve("tfidf"))
    assert dict(kept.prose) == {"limits": HOSTILE} and kept.license == "apache-2.0"
    assert "\\<script\\>" in card_on(app) and "<script>" not in card_on(app)
    (diff,) = [item.value for item in app.code if item.language == "diff"]
    assert "+license: apache-2.0" in diff and "-- It knows two answers" in diff
    app.text_input[0].set_value("not a license")
    next(button for button in app.button if button.label == "Save").click().run()
    assert [item.value for item in app.error] and written.of(models.resolve("tfidf")).license == "apache-2.0"


def test_what_attacks_probes_and_bias_found_is_in_the_card_as_their_runs_have_it(
    app: AppTest, tiny_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = models.resolve("tfidf")
    attack = batch("tfidf", ["succeeded"] * 3 + ["failed"] * 4 + ["skipped"])
    fooled = attack_runs.open_attack(attack).records.query("outcome == 'succeeded'")["example_id"].tolist()
    for example_id, valid in zip(fooled, (True, False, False), strict=True):
        verdicts.overrule(attack, example_id, valid)
    probe = probe_runs.list_probes()[0] if probed("tfidf", ("vocabulary", "contrast")) else None
    dataset = data.by_fingerprint(records.list_evaluations(card.model_id)[0].fingerprint)
    bias = bias_runs.run_bias("tfidf", dataset, attributes=["age"], reviews=1, workers=1)
    sections = {section.name: rendered([section]) for section in stress.sections(card)}
    # 8 tried: 4 held, 3 fooled of which 1 text is valid, 1 was wrong before.
    raw, valid = ("50.0 % [21.5, 78.5], n = 8", "75.0 % [40.9, 92.9], n = 8")  # Wilson of 4/8 and 6/8
    assert f"| {raw} | {valid} |" in sections["robustness"] and f"From `{attack}`." in sections["robustness"]
    assert "| 87.5 % [" in sections["robustness"]
    assert probe is not None
    for row in probe.manifest["matrix"]:
        rate = figure(Estimate.from_json(row["failure_rate"]))
        assert f"| {row['title']} | {row['kind']} | {rate} |" in sections["probes"]
    assert f"From `{bias}`." in sections["bias"]
    for change in bias_runs.open_bias(bias).report["change"]:
        assert figure(change).replace(" %", " points", 1) in sections["bias"]
    open_card(app)
    assert all(text.split("\n\n", 1)[1] in card_on(app) for text in sections.values())
    assert by_process.main(card.model_id) == 0  # what the core's command asks
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == list(sections)


def test_a_damaged_batch_is_reported_and_not_called_unmeasured(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", ["succeeded", "failed"])
    (attack_runs.open_attack(run_id).folder / "results.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunError, match="damaged"):
        stress.sections(models.resolve("tfidf"))
    assert by_process.main("tfidf") == 2
    open_card(app)
    (error,) = app.error
    assert run_id.split("-")[0] in error.value


def test_a_difference_names_only_what_went_and_came() -> None:
    assert publishing.difference("a\nb\nc\n", "a\nB\nc\n") == ["@@ -1,3 +1,3 @@", " a", "-b", "+B", " c"]
    assert publishing.difference("a", "a") == []


def test_all_measured_is_said() -> None:
    assert contents.in_words([]) == "Every section has its figures."
