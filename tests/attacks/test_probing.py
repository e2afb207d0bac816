"""From answers to the matrix: rates, intervals, tests, runs and the command."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from made_reviews import made_reviews
from scipy import stats

from attacks import __main__ as command_line
from attacks.probes import PROBES, ProbeError
from attacks.probing import probe as probing
from attacks.probing import runs
from attacks.probing.base import Capability, Case
from attacks.probing.judging import right_class, unchanged
from attacks.probing.perturbations import capabilities
from attacks.probing.probe import by_template, failing, judged, matrix, probe
from attacks.probing.summary import MATRIX_COLUMNS, heterogeneity, rate, with_verdicts
from sentiment_core.errors import ModelError, RunError


def made(name: str, wrong: dict[str, tuple[int, int]]) -> tuple[Capability, list[Case], dict[str, float]]:
    """Return an MFT capability of positive texts, and answers: wrong of n cases a template."""
    cases, said = [], {}
    for template, (failed, n) in wrong.items():
        for place in range(n):
            text = f"{name} {template} {place}"
            cases.append(Case(text, text, template, 1, text))
            said[text] = 0.2 if place < failed else 0.9
    return Capability(name, name, "A test.", "MFT", lambda: cases, right_class), cases, said


def frame_of(*capabilities_made):
    said = {text: p for _, _, answers in capabilities_made for text, p in answers.items()}
    return judged([(item, cases) for item, cases, _ in capabilities_made], said)


def test_the_matrix_by_hand():
    table = matrix(frame_of(made("a", {"x": (1, 20), "y": (2, 20), "z": (0, 20)}), made("b", {"x": (9, 30)})))
    assert tuple(table.columns) == MATRIX_COLUMNS
    first, second = table.to_dict(orient="records")
    assert (first["n"], first["n_failed"], first["n_templates"]) == (60, 3, 3)
    assert first["failure_rate"].value == 0.05
    interval = stats.binomtest(3, 60).proportion_ci(method="wilson")
    assert (first["failure_rate"].ci_low, first["failure_rate"].ci_high) == pytest.approx(interval)
    assert (first["template_min"], first["template_max"]) == (0.0, 0.1)
    p = [stats.binomtest(k, n, 0.05, alternative="greater").pvalue for k, n in ((3, 60), (9, 30))]
    assert list(table["p"]) == pytest.approx(p)
    assert list(table["p_adjusted"]) == pytest.approx(stats.false_discovery_control(p))
    assert (first["verdict"], second["verdict"]) == ("unclear", "fails")  # 5 % [1.7, 13.7] leaves both open
    assert math.isnan(second["template_min"]) and math.isnan(second["heterogeneity_p"])
    assert not second["unreliable"]


@pytest.mark.parametrize(
    "failed, n, verdict",
    [(0, 8, "unclear"), (0, 72, "unclear"), (0, 73, "holds"), (1, 128, "holds"), (5, 112, "unclear"),
     (4, 60, "unclear"), (6, 96, "unclear"), (12, 100, "fails"), (0, 0, "does not apply")],
)  # fmt: skip
def test_a_verdict_needs_the_whole_interval_on_one_side_of_five_percent(failed, n, verdict):
    if n:
        interval = stats.binomtest(failed, n).proportion_ci(method="wilson")
        side = "holds" if interval.high < 0.05 else "fails" if interval.low > 0.05 else "unclear"
        assert side == verdict
    p = stats.binom.sf(failed - 1, n, 0.05) if n else math.nan
    table = with_verdicts(pd.DataFrame({"p": [p], "failure_rate": [rate(failed, n)]}))
    assert table["verdict"].tolist() == [verdict]


def test_templates_that_disagree_make_a_capability_unreliable():
    table = matrix(
        frame_of(
            made("a", {"x": (10, 10), "y": (0, 10), "z": (0, 10)}), made("b", {"x": (1, 10), "y": (0, 10)})
        )
    )
    assert list(table["unreliable"]) == [True, False]


def test_templates_that_fail_equally_often_are_rarely_called_unequal():
    rng = np.random.default_rng(5)
    found = [
        heterogeneity([[(int(rng.binomial(8, 0.3)), 8) for _ in range(10)]], rng) < 0.05 for _ in range(200)
    ]
    assert sum(found) <= 20  # 5 % expected: 10 of 200, and 20 is more than three standard deviations off


def test_heterogeneity_agrees_with_fisher_on_two_templates():
    for table in ([[7, 3], [2, 8]], [[5, 5], [4, 6]], [[9, 1], [1, 9]]):
        exact = stats.fisher_exact(table).pvalue
        counts = [(row[0], sum(row)) for row in table]
        assert heterogeneity([counts], np.random.default_rng(0)) == pytest.approx(exact, abs=0.03)


def test_no_two_templates_and_no_failure_at_all_are_told_apart():
    rng = np.random.default_rng(0)
    assert math.isnan(heterogeneity([[(1, 5)]], rng)) and math.isnan(heterogeneity([], rng))
    assert heterogeneity([[(0, 5), (0, 5)]], rng) == 1.0
    assert heterogeneity([[(5, 5), (5, 5)], [(0, 5), (0, 5)]], rng) == 1.0


def test_a_capability_that_never_applies_has_no_rate_and_says_why():
    cases = [Case("a", "a film", "t", None, "g", 0)]
    table = matrix(
        judged([(Capability("x", "X", "A test.", "INV", lambda: cases, unchanged), cases)], {"a film": 1.0})
    )
    figure = table["failure_rate"].iloc[0]
    assert not figure.defined and figure.n == 0 and figure.reason
    assert table["verdict"].iloc[0] == "does not apply"


def test_failing_cases_come_worst_first_with_their_original():
    cases = [
        Case("g/0", "one", "t", None, "g", 0),
        Case("g/1", "two", "t", None, "g", 1),
        Case("g/2", "three", "t", None, "g", 2),
    ]
    item = Capability("x", "X", "A test.", "INV", lambda: cases, unchanged)
    found = failing(judged([(item, cases)], {"one": 0.7, "two": 0.4, "three": 0.1}))
    assert list(found["text"]) == ["three", "two"]
    assert set(found["original"]) == {"one"} and set(found["prob_original"]) == {0.7}


def test_by_template_counts_each():
    table = by_template(frame_of(made("a", {"x": (1, 4), "y": (0, 3)})))
    assert list(table["n_failed"]) == [1, 0] and list(table["n"]) == [4, 3]


def test_a_model_is_asked_each_distinct_text_once(monkeypatch):
    asked: list[list[str]] = []

    def predict(model, examples, *, workers, cluster, progress):
        asked.append(list(examples["text"]))
        return examples.assign(prob_positive=0.9)

    monkeypatch.setattr(probing, "predict_frame", predict)
    found = probe("any", capabilities(made_reviews(5, seed=1), ["case", "typos"]))
    assert len(asked) == 1 and len(asked[0]) == len(set(asked[0]))
    assert set(asked[0]) == set(found["text"])
    assert found["held"].dropna().all()


def test_what_cannot_be_probed_is_said():
    with pytest.raises(ProbeError, match="no capability is given"):
        probe("any", [])
    with pytest.raises(ProbeError, match="'emoji' is given twice"):
        probe("any", [PROBES["emoji"], PROBES["emoji"]])
    reviews = pd.DataFrame({"example_id": ["a"], "text": ["Nobody is named."]})
    with pytest.raises(ProbeError, match="no case"):
        probe("any", capabilities(reviews, ["swaps"]))


def test_a_run_keeps_cases_and_matrix(shelve):
    card = shelve("tfidf")
    wanted = [PROBES["very-short"], *capabilities(made_reviews(6, seed=4), ["case"])]
    run = runs.open_probe(runs.run_probes("tfidf", wanted, data={"name": "made"}))
    assert run.model_id == card.model_id
    fresh = probe("tfidf", wanted)
    pd.testing.assert_frame_equal(run.frame, fresh)
    assert list(run.matrix["failure_rate"]) == list(matrix(fresh)["failure_rate"])
    assert list(run.matrix["capability"]) == ["very-short", "case", "case", "case"]
    assert [found.run_id for found in runs.list_probes(card.model_id)] == [run.run_id]
    assert runs.list_probes("another") == []
    with pytest.raises(RunError, match="is not known"):
        runs.open_probe("20260101t000000000-probe-x-00000000")


def command(capsys, *arguments: str):
    code = command_line.main(["probe", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_command_prints_a_line_a_capability(shelve, capsys, tmp_path):
    shelve("tfidf")
    code, out, _ = command(capsys, "--model", "tfidf", "--capability", "very-short", "emoji")
    assert code == 0 and "very-short" in out and "emoji" in out and "%" in out
    made_reviews(12, seed=6).assign(split="test").to_csv(tmp_path / "r.csv", index=False)
    data = ("--data", str(tmp_path / "r.csv"), "--reviews", "4")
    code, out, _ = command(capsys, "--model", "tfidf", "--capability", "typos", *data, "--json")
    result = json.loads(out)
    assert code == 0 and [row["severity"] for row in result["matrix"]] == [1, 2, 3]
    assert result["data"]["n"] == 4 and {row["n"] for row in result["matrix"]} == {4}


def test_the_command_runs_and_keeps_a_probe_of_ones_own(shelve, capsys, tmp_path):
    shelve("tfidf")
    file = tmp_path / "endings.csv"
    file.write_text("template,kind,expectation\nA superb ending.,MFT,positive\nA dull ending.,MFT,negative\n")
    code, out, _ = command(capsys, "--model", "tfidf", "--file", str(file), "--keep", "--json")
    assert code == 0 and [row["capability"] for row in json.loads(out)["matrix"]] == ["endings"]
    code, out, _ = command(capsys, "--model", "tfidf", "--capability", "endings", "--json")
    assert code == 0 and json.loads(out)["n"] == 2
    code, out, _ = command(capsys, "--list")
    assert code == 0 and "endings" in out and "sentence-order" in out


def test_the_command_asks_a_clusters_workers(shelve, capsys, monkeypatch):
    shelve("tfidf")
    asked: list[str | None] = []
    real = probing.predict_frame

    def predict(model, examples, *, cluster, **others):
        asked.append(cluster)
        return real(model, examples, **others)

    monkeypatch.setattr(probing, "predict_frame", predict)
    chosen = ("--model", "tfidf", "--capability", "very-short")
    assert command(capsys, *chosen, "--cluster", "tcp://10.0.0.1:8786")[0] == 0
    assert command(capsys, *chosen)[0] == 0
    assert asked == ["tcp://10.0.0.1:8786", None]


def test_a_cluster_that_does_not_answer_is_one_line(shelve, capsys, monkeypatch):
    shelve("tfidf")
    monkeypatch.setattr("sentiment_core.execution.cluster.SECONDS_TO_CONNECT", 1.0)
    chosen = ("--model", "tfidf", "--capability", "very-short", "--cluster", "tcp://127.0.0.1:1")
    code, _, err = command(capsys, *chosen)
    assert code == 2 and len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--model", "tfidf", "--capability", "typos"), "changes real reviews: add --data"),
        (("--model", "tfidf", "--capability", "irony"), "'irony' is not known"),
        (("--model", "tfidf", "--keep"), "--keep needs --file"),
        (
            (
                "--model",
                "nobody",
            ),
            "'nobody' is not known",
        ),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(shelve, capsys, arguments, message):
    shelve("tfidf")
    code, _, err = command(capsys, *arguments)
    assert code == 2 and message in err and len(err.strip().splitlines()) == 1


def test_a_misspelt_model_is_told_before_anything_else():
    with pytest.raises(ModelError):
        runs.run_probes("nobody", [PROBES["emoji"]])
