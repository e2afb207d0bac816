from __future__ import annotations

import dataclasses
import json
import math
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from made_reviews import made_dataset, made_reviews
from scipy import stats

from attacks import __main__ as command_line
from attacks.gate import configuration, junit, measured, measuring
from attacks.gate.decision import FAIL, PASS, WARN, Criterion, Unmeasured, decide, decide_all, verdict_of
from attacks.probes import PROBES
from sentiment_core import __main__ as core_line
from sentiment_core import data, latency, models, statistics
from sentiment_core.data.storing import make_dataset
from sentiment_core.metrics import METRICS
from sentiment_core.training import train

ACCURACY = Criterion("accuracy", "Accuracy", True, 0.05, 0.02)


def shares(both: int, lost: int, won: int, neither: int) -> measured.Measured:
    old = [True] * (both + lost) + [False] * (won + neither)
    new = [True] * both + [False] * lost + [True] * won + [False] * neither
    return measured.of_shares(np.array(old), np.array(new))


def test_bounds_of_identical_answers_are_those_calculated_by_hand():
    # no discordant pair: -n d / sqrt(n d (1 - d)) = -z, so d = z^2 / (n + z^2)
    z = 1.6448536269514722
    low, high = measured.tango_bounds(0, 0, 100, 0.05)
    assert high == pytest.approx(z**2 / (100 + z**2)) and low == pytest.approx(-high)


@pytest.mark.parametrize(("lost", "won", "n"), [(1, 0, 44), (7, 3, 60), (2, 9, 100), (5, 5, 30)])
def test_at_its_bounds_the_score_statistic_with_a_searched_likelihood_is_the_quantile(
    lost: int, won: int, n: int
):
    for bound, quantile in zip(measured.tango_bounds(lost, won, n, 0.025), (1.96, -1.96), strict=True):
        assert _statistic(lost, won, n, bound) == pytest.approx(quantile, abs=0.01)


def _statistic(lost: int, won: int, n: int, delta: float) -> float:
    """Return the score statistic with the nuisance parameter found by search rather than by formula."""
    q = np.linspace(max(0.0, -delta), (1 - delta) / 2, 2_000_001)[1:-1]
    likelihood = lost * np.log(q + delta) + won * np.log(q) + (n - lost - won) * np.log(1 - 2 * q - delta)
    best = q[np.argmax(likelihood)]
    return float((lost - won - n * delta) / math.sqrt(n * (2 * best + delta - delta**2)))


def test_bounds_of_many_pairs_are_near_those_of_the_normal_distribution():
    low, high = measured.tango_bounds(300, 200, 10_000, 0.05)
    half = 1.645 * math.sqrt((0.05 - 0.01**2) / 10_000)
    assert (low, high) == (pytest.approx(0.01 - half, abs=2e-4), pytest.approx(0.01 + half, abs=2e-4))


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        ((900, 0, 0, 100), PASS),  # identical: the upper bound is 0.3 points
        ((27, 0, 0, 3), WARN),  # identical, but 30 reviews: the upper bound is 8.3 points
        ((800, 150, 10, 40), FAIL),  # 14 points lost
        ((800, 60, 20, 120), FAIL),  # 4 points lost: within the margin, no chance, more than matters
        ((800, 20, 60, 120), PASS),  # better
        ((80, 9, 5, 6), WARN),
    ],
)
def test_decisions_are_those_calculated_by_hand(pairs: tuple[int, int, int, int], verdict: str):
    found = decide(ACCURACY, shares(*pairs), 0.05)
    assert found.verdict == verdict
    assert (found.n_needed is not None) == (verdict == WARN)


def test_the_n_that_would_decide_does_decide():
    found = decide(ACCURACY, shares(80, 5, 4, 11), 0.05)
    assert found.verdict == WARN and found.n_needed
    times = math.ceil(found.n_needed / 100)
    assert decide(ACCURACY, shares(80 * times, 5 * times, 4 * times, 11 * times), 0.05).verdict == PASS


@pytest.mark.parametrize(("lost", "won"), [(0.05, 0.0), (0.10, 0.05), (0.20, 0.15)])
def test_a_model_worse_than_the_margin_passes_in_at_most_5_percent_of_200_pairs(lost: float, won: float):
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(400, [0.9 - lost - won, lost, won, 0.1], size=200)
    passed = sum(decide(ACCURACY, shares(*map(int, row)), 0.05).verdict == PASS for row in drawn)
    assert passed <= stats.binom.ppf(0.995, 200, 0.05)  # a loss right at the margin: the hardest case


def test_a_clearly_better_model_passes_and_a_clearly_worse_one_never_does():
    rng = np.random.default_rng(1)
    better, worse = (
        rng.multinomial(400, p, size=200) for p in ([0.8, 0.03, 0.07, 0.1], [0.75, 0.12, 0.03, 0.1])
    )
    assert sum(decide(ACCURACY, shares(*map(int, row)), 0.05).verdict == PASS for row in better) >= 195
    assert not any(decide(ACCURACY, shares(*map(int, row)), 0.05).verdict == PASS for row in worse)


def test_cluster_robust_bounds_are_those_of_the_t_test_over_equal_clusters():
    rng = np.random.default_rng(2)
    by_cluster = rng.normal(0.1, 0.2, 20)
    found = measured.of_clusters(np.zeros(100), np.repeat(by_cluster, 5), np.repeat(np.arange(20), 5))
    expected = stats.t.interval(0.9, 19, by_cluster.mean(), stats.sem(by_cluster))
    assert found.bounds(0.05) == pytest.approx(expected)


def test_few_clusters_decide_nothing():
    found = measured.of_clusters(np.zeros(100), np.zeros(100), np.repeat(np.arange(5), 20), share=True)
    assert decide(Criterion("probes", "Probes", False, 0.02, 0.01), found, 0.05).verdict == WARN


def test_few_clusters_are_told_how_many_cases_would_be_enough():
    found = measured.of_clusters(np.zeros(100), np.zeros(100), np.repeat(np.arange(5), 20), share=True)
    needed = decide(Criterion("probes", "Probes", False, 0.9, 0.01), found, 0.05).n_needed
    assert needed is not None and needed >= 20 * measured.ENOUGH_CLUSTERS


def test_what_a_cost_is_up_to_its_budget_is_no_loss():
    old, new = np.array([10.0, 10, 10, 200, 200, 50]), np.array([20.0, 5, 100, 250, 100, 150])
    expected = [0, -0.5, 0, 0.25, -0.5, 0.5]  # by hand: of the larger of the old one and 100
    assert measured.beyond(old, new, 100.0).tolist() == pytest.approx(expected)
    size = configuration.CRITERIA["size"]
    for megabytes, verdict in ((6.6, PASS), (100.0, PASS), (124.0, PASS), (126.0, FAIL), (268.0, FAIL)):
        assert decide(size, measured.exact(2.7, megabytes, size.budget, "MB"), 0.05).verdict == verdict


def test_of_times_in_rounds_the_bounds_hold_the_ratio_that_both_were_drawn_with():
    rng = np.random.default_rng(4)
    criterion = configuration.CRITERIA["latency"]
    misses = 0
    for _ in range(100):
        load = rng.lognormal(0, 0.5, 40)  # the machine, which both meet in a round
        old, new = (200 * ratio * load * rng.lognormal(0, 0.1, 40) for ratio in (1.0, 1.2))
        found = measured.of_rounds(old, new, 0.0, "ms", resamples=400)
        low, high = found.bounds(0.025)
        misses += not low < 0.2 < high
        assert (
            decide(criterion, measured.of_rounds(old / 10, new / 10, 100.0, "ms", resamples=50), 0.05).verdict
            == PASS
        )
    assert misses <= 12  # 5 % asked for; 12 of 100 has a probability of 0.002
    assert found.old == pytest.approx(stats.gmean(old))


def test_overconfidence_fails_on_ece_and_the_same_probabilities_pass():
    rng = np.random.default_rng(3)
    p = rng.uniform(0.05, 0.95, 3000)
    truth = (rng.random(3000) < p).astype(int)
    ece = Criterion("ece", "ECE", False, 0.02, 0.01)
    same = measured.of_metric(METRICS["ece"], truth, p, p, resamples=300)
    sharp = measured.of_metric(METRICS["ece"], truth, p, np.where(p > 0.5, 0.99, 0.01), resamples=300)
    assert decide(ece, same, 0.05).verdict == PASS and decide(ece, sharp, 0.05).verdict == FAIL


def test_the_level_is_divided_by_the_criteria_that_are_measured():
    found = decide_all([(ACCURACY, shares(90, 0, 0, 10))] * 2 + [(ACCURACY, Unmeasured("no run", "cmd"))])
    assert [item.level for item in found[:2]] == [0.025, 0.025]
    assert found[2].verdict == WARN and found[2].command == "cmd" and "no run" in found[2].sentence


def test_what_is_not_measured_never_passes():
    assert verdict_of(decide_all([(ACCURACY, Unmeasured("no run", "cmd"))])) == WARN
    optional = Criterion("x", "X", True, 0.05, 0.02, required=False)
    measured_one = (ACCURACY, shares(9000, 0, 0, 1000))
    assert verdict_of(decide_all([measured_one, (optional, Unmeasured("no run", ""))])) == PASS
    assert verdict_of(decide_all([(optional, Unmeasured("no run", ""))])) == WARN


def test_junit_parses_whatever_a_name_holds(tmp_path: Path):
    texts = ["", "<script>&]]>\"'", "a\x00\x1b\ud800", "🎬 فيلم", "x" * 50_000]
    criteria = [
        {"name": text, "verdict": verdict, "sentence": text}
        for text in texts
        for verdict in (PASS, WARN, FAIL)
    ]
    junit.write(tmp_path / "gate.xml", {"criteria": criteria})
    suite = ElementTree.parse(tmp_path / "gate.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("15", "5", "5")
    assert suite.findall("testcase/failure")[1].text == texts[1]


def test_the_configuration_of_a_decision_can_be_written_and_read_again(tmp_path: Path):
    (tmp_path / "gate.toml").write_text(
        'alpha = 0.1\nrecipe = "pwws"\nattacked = 20\n[size]\nbudget = 5\n'
        "[accuracy]\nmargin = 0.02\nrequired = false\n"
    )
    config = configuration.read(tmp_path / "gate.toml")
    assert config.criteria["size"].budget == 5 and not config.criteria["accuracy"].required
    kept = json.loads(json.dumps(dataclasses.asdict(config)))
    assert configuration.of_record(kept) == config
    (tmp_path / "again.toml").write_text(configuration.text(config))
    assert configuration.read(tmp_path / "again.toml") == config


def test_the_default_configuration_says_what_the_defaults_are(tmp_path: Path):
    (tmp_path / "gate.toml").write_text(configuration.text(configuration.Config()), encoding="utf-8")
    assert configuration.read(tmp_path / "gate.toml") == configuration.Config()


@pytest.mark.parametrize(
    "text",
    [
        "speed = 1",
        "[accuracy]\nmargn = 0.1",
        "accuracy = 3",
        "[accuracy]\nmargin = -1",
        "[accuracy]\nmargin = nan",
        "[accuracy]\nrequired = 1",
        "alpha = 2",
        "attacked = 0",
        "queries = 1.5",
        "[size]\nbudget = -1",
        "[accuracy]\nbudget = 1",
        "data = 3",
        "[[[",
        "a = " + "[" * 5000,
        '"<script>\\u001b" = 1',
        "#" * 200_000,
    ],
)
def test_a_wrong_configuration_is_refused_in_one_line(tmp_path: Path, text: str):
    (tmp_path / "gate.toml").write_text(text, encoding="utf-8")
    with pytest.raises(configuration.GateError) as error:
        configuration.read(tmp_path / "gate.toml")
    assert "\n" not in str(error.value) and "\x1b" not in str(error.value) and len(str(error.value)) < 400


@pytest.mark.parametrize(("b", "c"), [(0, 1), (3, 9), (10, 10), (0, 20)])
def test_mcnemars_mid_p_is_the_exact_one_less_the_probability_of_what_was_seen(b: int, c: int):
    n, fewer = b + c, min(b, c)
    expected = 2 * stats.binom.cdf(fewer, n, 0.5) - stats.binom.pmf(fewer, n, 0.5)
    assert statistics.mcnemar_mid_p(b, c) == pytest.approx(min(1.0, expected))
    assert (
        statistics.mcnemar_mid_p(c, b) == statistics.mcnemar_mid_p(b, c)
        and statistics.mcnemar_mid_p(0, 0) == 1
    )


@pytest.fixture
def ask(capfd: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run the gate and return its exit code and its JSON, or its complaint."""

    def run(*argv: str) -> tuple[int, Any]:
        code = command_line.main(["gate", *argv, "--json"])
        out, err = capfd.readouterr()
        return code, json.loads(out) if out else err.strip()

    return run


@pytest.fixture
def pair(shelve: Callable[[str], Any]) -> list[str]:
    """A good model and one trained on flipped labels, and reviews of which neither was trained on any."""
    good = shelve("tfidf").model_id
    made = made_dataset()
    train_rows = made.examples.assign(label=lambda rows: 1 - rows["label"])
    bad = train.train("tfidf", make_dataset("flipped", train_rows))
    rows = made_reviews(400, 7).assign(split="test", source="made")
    fresh = make_dataset("fresh", pd.concat([rows], ignore_index=True))
    data.store(fresh)
    return [good, bad.model_id, fresh.fingerprint]


def test_a_model_made_worse_on_purpose_fails_and_is_not_promoted_without_a_reason(
    pair: list[str], ask: Callable[..., Any], tmp_path: Path
):
    good, bad, fresh = pair
    both = ("--model", bad, "--baseline", good, "--data", fresh)
    code, found = ask(*both, "--promote", "--junit", str(tmp_path / "gate.xml"))
    verdicts = {item["name"]: item["verdict"] for item in found["criteria"]}
    assert (code, found["verdict"], verdicts["accuracy"]) == (1, FAIL, FAIL)
    assert "override" in found["refused"] and "current" not in models.aliases()
    assert ElementTree.parse(tmp_path / "gate.xml").getroot().get("failures") != "0"
    code, found = ask(*both, "--promote", "--override", "a test")
    assert code == 1 and models.aliases()["current"] == bad
    code, back = ask("--rollback", found["promotion"])
    assert code == 0 and models.aliases()["current"] == good
    entries = ask("--list")[1]["ledger"]
    assert [item["action"] for item in entries] == ["rollback", "promotion", "decision", "decision"]
    assert entries[1]["override"] == "a test"
    assert ask("--rollback", found["promotion"])[0] == 2  # it is another model by now


def test_a_better_model_does_not_fail_and_is_promoted(pair: list[str], ask: Callable[..., Any]):
    good, bad, fresh = pair
    code, found = ask("--model", good, "--baseline", bad, "--data", fresh, "--promote")
    criteria = {item["name"]: item for item in found["criteria"]}
    assert (code, found["verdict"], criteria["accuracy"]["verdict"]) == (0, WARN, PASS)
    assert (
        criteria["probes"]["command"].startswith("python -m attacks probe") and criteria["probes"]["n"] == 0
    )
    assert models.aliases()["current"] == good


def test_a_smaller_model_keeps_what_the_gate_says_of_it_in_place_of_its_teacher_only(
    pair: list[str], ask: Callable[..., Any]
):
    good, small, fresh = pair
    ask("--model", small, "--baseline", good, "--data", fresh)
    assert models.GATE not in models.resolve(small).manifest  # it was not made from the other
    models.note(models.resolve(small), "distilled_from", {"model_id": good})
    found = ask("--model", small, "--baseline", good, "--data", fresh)[1]
    kept = models.resolve(small).manifest[models.GATE]
    assert (kept["run_id"], kept["verdict"]) == (found["run_id"], FAIL)
    assert [row["sentence"] for row in kept["criteria"]] == [row["sentence"] for row in found["criteria"]]
    ask("--model", good, "--baseline", small, "--data", fresh)
    assert models.GATE not in models.resolve(good).manifest
    assert models.load_model(small) is not None  # its files are as they were written


def test_what_is_missing_is_measured_once_and_reused(
    pair: list[str], ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    """The bias report and the attack are left out: they have tests of their own, and take long."""
    good, bad, fresh = pair
    monkeypatch.setattr("attacks.gate.measuring._attacks", lambda asked: [])
    monkeypatch.setattr("attacks.gate.measuring._bias", lambda asked, card: [])
    monkeypatch.setattr("attacks.gate.measuring.PROBES", dict(list(PROBES.items())[:1]))
    both = ("--model", good, "--baseline", bad, "--data", fresh)
    code, found = ask(*both, "--measure")
    criteria = {item["name"]: item for item in found["criteria"]}
    assert code == 0 and len(found["measured"]) == 5  # two evaluations, two probe runs, one timing
    assert criteria["latency"]["n"] == latency.ROUNDS and criteria["latency"]["verdict"] == PASS
    assert criteria["probes"]["n"] > 0 and criteria["attack_raw"]["n"] == 0
    assert ask(*both, "--measure")[1]["measured"] == []
    timed = latency.latest([bad, good], fresh, "test")
    assert timed is not None and latency.latest([bad, "another"], fresh, "test") is None
    old, new = (latency.milliseconds(timed, name) for name in (bad, good))
    assert len(old) == len(new) == latency.ROUNDS and (old > 0).all() and (new > 0).all()


def test_an_attack_that_both_met_is_not_asked_for_again(pair: list[str], monkeypatch: pytest.MonkeyPatch):
    good, bad, fresh = pair
    asked = measuring.Asked(models.resolve(bad), models.resolve(good), data.by_fingerprint(fresh))
    pieces = measuring.missing(asked)
    assert sum("under deepwordbug" in piece.what for piece in pieces) == 2
    assert measuring.expected_seconds(pieces) == sum(piece.seconds for piece in pieces) > 0

    class Stopped(Exception):
        pass

    def stop(done: float, total: float, what: str) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        measuring.measure(asked, stop)
    assert [piece.what for piece in measuring.missing(asked)] == [piece.what for piece in pieces]


def test_each_entry_of_the_ledger_has_the_command_that_makes_it_again(
    pair: list[str], ask: Callable[..., Any]
):
    good, bad, fresh = pair
    promoted = ask("--model", good, "--baseline", bad, "--data", fresh, "--promote")[1]["promotion"]
    ask("--rollback", promoted)
    commands = [entry["command"] for entry in ask("--list")[1]["ledger"]]
    decide_ = f"python -m attacks gate --model {good} --baseline {bad} --data {fresh}"
    assert commands == [
        f"python -m attacks gate --rollback {promoted}",
        decide_.replace("gate ", "gate --promote "),
        decide_,
    ]
    assert ask(*shlex.split(commands[1])[4:])[0] == 0


def test_the_mark_of_the_promoted_model_is_not_moved_without_a_decision(
    pair: list[str], ask: Callable[..., Any], capfd: pytest.CaptureFixture[str]
):
    good, bad, fresh = pair
    alias = ["models", "alias", "current"]
    assert core_line.main([*alias, good]) == 0  # there was none: nothing is replaced
    assert core_line.main([*alias, bad]) == 2
    complaint = capfd.readouterr().err.strip()
    assert "No decision of the gate" in complaint and "gate --measure" in complaint and "\n" not in complaint
    assert ask("--model", bad, "--baseline", good, "--data", fresh)[1]["verdict"] == FAIL
    assert core_line.main([*alias, bad]) == 2 and "may not replace" in capfd.readouterr().err
    assert models.aliases()["current"] == good
    assert core_line.main([*alias, bad, "--yes"]) == 0 and models.aliases()["current"] == bad
    capfd.readouterr()
    entries = ask("--list")[1]["ledger"]
    assert [entry["action"] for entry in entries] == ["promotion", "decision", "promotion"]
    for argv in (["rename", good, "current"], ["remove", "nobody"]):
        assert core_line.main(["models", *argv]) == 2


def test_what_is_missing_is_said_in_one_line(pair: list[str], ask: Callable[..., Any], tmp_path: Path):
    good, bad, _ = pair
    for argv in (["--model", bad], ["--model", bad, "--baseline", good], ["--rollback", "nothing"]):
        code, complaint = ask(*argv)
        assert code == 2 and "\n" not in complaint
    assert ask("--write-config", str(tmp_path / "gate.toml"))[0] == 0
    assert ask("--write-config", str(tmp_path / "gate.toml"))[0] == 2
