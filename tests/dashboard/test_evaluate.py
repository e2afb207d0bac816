"""The Evaluate page in the frame of the dashboard, its charts, its tables and its sentences."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from opened_pages import chosen, html_of, measured, opened
from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score
from streamlit.testing.v1 import AppTest

from dashboard.session import desk_place
from dashboard.views.evaluate import charts, metric_table, state, wording
from dashboard.views.evaluate.metric_table import Column
from sentiment_core import data, models
from sentiment_core.evaluation import operating_points, records
from sentiment_core.evaluation.breakdowns import Gap
from sentiment_core.schema import Estimate

VIEW = "views/evaluate/page.py"
COLOURS = {"a": "#009E73", "b": "#B5548F"}


def cells_of(app: AppTest) -> list[tuple[str, int, dict[str, str]]]:
    """Return each link of the confusion tables: outcome in words, count, and the parameters it carries."""
    found = []
    for link in app.get("page_link"):
        match = re.fullmatch(r"\*\*([\d,]+).*\*\* ((?:true|false) \w+)", link.proto.label)
        if match:
            params = {name: values[0] for name, values in parse_qs(link.proto.query_string).items()}
            found.append((match[2], int(match[1].replace(",", "")), params))
    return found


def words_of(app: AppTest) -> str:
    """Return headings, sentences and captions as a reader sees them, without the markdown's escapes."""
    values = [element.value for element in (*app.markdown, *app.caption, *app.header)]
    return re.sub(r"\\(.)", r"\1", " ".join(values))


def slide(app: AppTest, threshold: float) -> AppTest:
    app.slider(state.THRESHOLD).set_value(threshold).run()
    assert not app.exception
    return app


# --- the page -------------------------------------------------------------------------------------


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


@pytest.mark.parametrize("threshold", [0.5, 0.37, 0.0, 1.0])
def test_the_cells_count_as_scikit_learn_counts_at_every_threshold(
    app: AppTest, tiny_workspace: Path, threshold: float
) -> None:
    slide(opened(app, VIEW, **chosen()), threshold)
    frame = measured("tfidf", 60)[1].frame
    (tn, fp), (fn, tp) = confusion_matrix(frame["label"], frame["prob_positive"] >= threshold)
    assert [count for _, count, _ in cells_of(app)] == [tn, fp, fn, tp]


def test_a_cell_opens_errors_with_its_outcome_model_data_and_threshold(
    app: AppTest, tiny_workspace: Path
) -> None:
    opened(app, VIEW, **chosen(), threshold="0.42")
    words, _, params = cells_of(app)[1]
    assert words == "false positives"
    assert params == chosen() | {"outcome": "false-positives", "threshold": "0.42"}


def test_the_second_models_cells_open_its_own_errors(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(b="nbsvm"))
    cells = cells_of(app)
    assert len(cells) == 8
    expected = {"model_a": models.resolve("nbsvm").model_id, "model_b": models.resolve("tfidf").model_id}
    assert cells[-1][2].items() >= expected.items()


def test_the_answer_about_two_models_is_the_paired_test_at_the_chosen_threshold(
    app: AppTest, full_workspace: Path
) -> None:
    slide(opened(app, VIEW, **chosen(4000, b="nbsvm")), 0.4)
    frames = (measured(alias, 4000)[1].frame for alias in ("tfidf", "nbsvm"))
    expected = records.compare(*frames, 0.4, metrics=state.COUNT_METRICS)
    assert expected.sentence("tfidf", "nbsvm") in words_of(app)


def test_the_links_to_disagreements_count_what_the_comparison_counts(
    app: AppTest, full_workspace: Path
) -> None:
    opened(app, VIEW, **chosen(4000, b="nbsvm"))
    compared = records.compare(*(measured(a, 4000)[1].frame for a in ("tfidf", "nbsvm")), metrics=[])
    labels = {link.proto.label for link in app.get("page_link")}
    assert f"only tfidf is wrong **{compared.only_b_right:,}**" in labels
    assert f"both are wrong **{compared.both_wrong:,}**" in labels


def test_the_best_f1_button_moves_the_slider_to_where_no_threshold_does_better(
    app: AppTest, full_workspace: Path
) -> None:
    opened(app, VIEW, **chosen(4000))
    button = next(button for button in app.button if button.label.startswith("best F1"))
    button.click().run()
    frame = measured("tfidf", 4000)[1].frame
    scores = {
        t: f1_score(frame["label"], frame["prob_positive"] >= t) for t in np.arange(0.01, 1, 0.01).round(2)
    }
    at = app.slider(state.THRESHOLD).value
    assert f1_score(frame["label"], frame["prob_positive"] >= at) >= max(scores.values())


def test_dear_false_positives_raise_the_threshold_of_lowest_cost(app: AppTest, full_workspace: Path) -> None:
    opened(app, VIEW, **chosen(4000))
    cheap = state.suggestions(measured("tfidf", 4000)[1].run_id, 1, 1)["lowest cost"]
    app.number_input(state.COST_FP).set_value(10.0).run()
    label = next(button.label for button in app.button if button.label.startswith("lowest cost"))
    assert float(label.split()[-1]) > cheap
    assert "so the figures are optimistic" in words_of(app)


def test_figures_at_the_threshold_stand_beside_those_at_one_half(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), threshold="0.3")
    frame = measured("tfidf", 60)[1].frame
    html = html_of(app)
    for threshold in (0.3, 0.5):
        precision = precision_score(frame["label"], frame["prob_positive"] >= threshold)
        assert f"{100 * precision:.1f} %" in html
    recall = recall_score(frame["label"], frame["prob_positive"] >= 0.3)
    assert f"At 0.300, tfidf finds {100 * recall:.1f} %" in words_of(app)


def test_the_threshold_stands_in_the_address_only_when_moved(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen())
    assert "threshold" not in app.query_params
    slide(app, 0.25)
    assert "0.25" in app.query_params["threshold"]
    slide(app, 0.5)
    assert "threshold" not in app.query_params


@pytest.mark.parametrize("threshold", ["nan", "-1", "2", "<script>", "", "1e999"])
def test_a_bad_threshold_in_the_address_is_one_half(
    app: AppTest, tiny_workspace: Path, threshold: str
) -> None:
    opened(app, VIEW, **chosen(), threshold=threshold)
    assert app.slider(state.THRESHOLD).value == 0.5


def test_the_paired_test_of_the_probabilities_comes_when_it_is_finished(
    app: AppTest, tiny_workspace: Path
) -> None:
    opened(app, VIEW, **chosen(b="nbsvm"))
    runs = [measured(alias, 60)[1].run_id for alias in ("tfidf", "nbsvm")]
    state.comparison_under_way(*runs).result(timeout=60)
    app.run()
    assert html_of(app).count("nbsvm − tfidf") == 2
    assert "Computing the paired test" not in words_of(app)


def test_a_model_that_was_not_measured_here_offers_to_be(
    app: AppTest, full_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("sentiment_core.jobs.jobs.start", lambda argv, title: started.append(argv))
    bow = models.resolve("bow").model_id
    opened(app, VIEW, data=measured("tfidf", 60)[0], model_a=bow)
    app.button[0].click().run()
    assert started[0][:3] == ["evaluate", "--model", bow]
    assert "--data" in started[0] and started[0][started[0].index("--data") + 1]


def test_a_typed_threshold_moves_the_slider_and_stands_in_the_address(
    app: AppTest, tiny_workspace: Path
) -> None:
    opened(app, VIEW, **chosen())
    app.number_input(state.TYPED).set_value(0.123).run()
    assert app.slider(state.THRESHOLD).value == 0.123
    assert "0.123" in app.query_params["threshold"]


def test_what_errors_cost_and_the_bins_stand_in_the_address(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen())
    app.number_input(state.COST_FP).set_value(10.0).run()
    assert "10" in app.query_params["cost_fp"]
    again = state.Place.from_params({"cost_fp": "10", "cost_fn": "<b>", "bins": "mass", "words_low": "9"})
    assert (again.cost_fp, again.cost_fn, again.bins, again.filters.words_low) == (10.0, 1.0, "mass", 9)
    assert again.to_params() == {"cost_fp": "10", "bins": "mass", "words_low": "9"}


@pytest.mark.parametrize(
    "filters",
    [
        {"slices": "not:long,exclamations"},
        {"slices": "negated"},
        {"words_low": "12"},
        {"search": "wonderful"},
    ],
)
def test_the_confusion_table_counts_the_rows_that_errors_lists_under_the_same_filters(
    app: AppTest, tiny_workspace: Path, filters: dict[str, str]
) -> None:
    opened(app, VIEW, **chosen(b="nbsvm"), threshold="0.6", **filters)
    if "No reviews match these filters." in words_of(app):
        return
    first = cells_of(app)
    assert 0 < sum(count for _, count, _ in first[:4]) <= 60
    for place, alias in ((0, "tfidf"), (4, "nbsvm")):
        other = "nbsvm" if alias == "tfidf" else "tfidf"
        runs = measured(alias, 60)[1].run_id, measured(other, 60)[1].run_id
        for _, count, params in first[place : place + 4]:
            there = desk_place.Place.from_params(params)
            assert params["model_a"] == models.resolve(alias).model_id
            assert len(desk_place.matching(*runs, there.threshold, there.filters)) == count


def test_figures_of_filtered_reviews_are_those_of_these_reviews_and_say_their_number(
    app: AppTest, full_workspace: Path
) -> None:
    opened(app, VIEW, **chosen(4000), slices="negated,not:long", source="north")
    # None of the made reviews holds a negation.
    assert "No reviews match these filters." in words_of(app)
    opened(app, VIEW, **chosen(4000), slices="not:negated", source="north")
    record = measured("tfidf", 4000)[1]
    frame = record.frame.merge(data.by_fingerprint(record.fingerprint).examples[["example_id", "source"]])
    north = frame[frame["source"] == "north"]
    (tn, fp), (fn, tp) = confusion_matrix(north["label"], north["prob_positive"] >= 0.5)
    assert [count for _, count, _ in cells_of(app)] == [tn, fp, fn, tp]
    assert "2,000 of 4,000 reviews" in words_of(app)
    assert f"{100 * (tn + tp) / 2000:.1f} %" in words_of(app)


def test_a_slice_that_is_not_here_is_named_and_left_out(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), slices="no-such-slice")
    assert "no-such-slice is not in this workspace" in words_of(app)
    assert sum(count for _, count, _ in cells_of(app)) == 60


def test_two_reviews_are_enough_for_a_page(app: AppTest, tiny_workspace: Path) -> None:
    path = tiny_workspace / "two.csv"
    pd.DataFrame({"text": ["superb", "\U0001f600 <script>"], "label": [1, 0]}).to_csv(path, index=False)
    records.evaluate("tfidf", data.load(str(path)))
    opened(app, VIEW, **chosen(2))
    assert sum(count for _, count, _ in cells_of(app)) == 2
    slide(app, 1.0)


def in_two_languages(folder: Path, column: str) -> records.Evaluation:
    """Measure both models on 80 reviews: the English ones as trained on, half of the German ones turned."""
    rows = [("superb, wonderful" if n % 2 else "awful, dull", n % 2, "en") for n in range(40)]
    rows += [("superb, wonderful" if n % 2 else "awful, dull", n // 2 % 2, "German") for n in range(39)]
    frame = pd.DataFrame([*rows, ("no language", 1, None)], columns=["text", "label", column])
    frame.assign(text=[f"{text} {n}" for n, text in enumerate(frame["text"])]).to_csv(
        folder / "two.csv", index=False
    )
    for alias in ("nbsvm", "tfidf"):
        run_id = records.evaluate(alias, data.load(str(folder / "two.csv")))
    return records.open_evaluation(run_id)


def test_data_with_a_language_column_is_shown_by_language_with_its_gap(
    app: AppTest, tiny_workspace: Path
) -> None:
    record = in_two_languages(tiny_workspace, "Language")
    opened(app, VIEW, **chosen(80, b="nbsvm"))
    assert "By language" in words_of(app)
    assert "tfidf is best in English (n = 40) and worst in German (n = 39): a gap of" in words_of(app)
    assert "nbsvm is best in English" in words_of(app)
    tables = [frame.value for frame in app.dataframe if "group" in frame.value]
    table = next(table for table in tables if "English" in table["group"].tolist())
    german = record.frame[40:79]
    right = ((german["prob_positive"] >= 0.5) == german["label"]).mean()
    assert table["group"].tolist() == ["English", "German"] * 2
    assert table["n"].tolist() == [40, 39] * 2
    assert table["accuracy"].iloc[1] == pytest.approx(right)


def test_data_without_a_language_column_has_no_such_part(app: AppTest, tiny_workspace: Path) -> None:
    assert "By language" not in words_of(opened(app, VIEW, **chosen()))


# --- the charts -----------------------------------------------------------------------------------


@pytest.fixture
def answers() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 500)
    return label, np.clip(rng.normal(0.3 + 0.4 * label, 0.2), 0, 1)


def figures(label: np.ndarray, prob: np.ndarray, names: tuple[str, ...]) -> dict[str, go.Figure]:
    def each(make: Any, *args: Any) -> dict[str, pd.DataFrame]:
        return {name: make(label, prob, *args) for name in names}

    at = {name: operating_points.confusion_at(label, prob, 0.5) for name in names}
    groups = pd.DataFrame(
        {"group": ["x", "y"], "accuracy": [0.9, math.nan], "ci_low": 0.8, "ci_high": 0.95, "n": [9, 0]}
    )
    return {
        "roc": charts.roc(each(operating_points.roc_points), at, COLOURS),
        "pr": charts.precision_recall(each(operating_points.precision_recall_points), at, COLOURS),
        "reliability": charts.reliability(each(operating_points.reliability_table), COLOURS),
        "scores": charts.scores(each(operating_points.score_histogram), COLOURS, 0.5),
        "groups": charts.accuracy_by_group(dict.fromkeys(names, groups), COLOURS, "Length"),
    }


@pytest.mark.parametrize("chart", ["roc", "pr", "reliability", "scores", "groups"])
def test_every_chart_names_its_axes_and_keeps_each_models_colour(
    answers: tuple[np.ndarray, np.ndarray], chart: str
) -> None:
    figure = figures(*answers, ("a", "b"))[chart]
    titles = [axis.title.text for axis in (*figure.select_xaxes(), *figure.select_yaxes())]
    assert any(titles[: len(titles) // 2]) and any(titles[len(titles) // 2 :])
    for name, colour in COLOURS.items():
        drawn = [trace for trace in figure.data if trace.name == name]
        assert drawn
        assert all(colour in str(trace.to_plotly_json()) for trace in drawn)


def test_the_legend_stands_only_where_there_are_two_models(answers: tuple[np.ndarray, np.ndarray]) -> None:
    assert not any(figure.layout.showlegend for figure in figures(*answers, ("a",)).values())
    assert all(figure.layout.showlegend for figure in figures(*answers, ("a", "b")).values())


def test_the_operating_point_lies_on_the_curves(answers: tuple[np.ndarray, np.ndarray]) -> None:
    label, prob = answers
    drawn = figures(label, prob, ("a",))
    recall = 100 * recall_score(label, prob >= 0.5)
    precision = 100 * precision_score(label, prob >= 0.5)
    rocs, prs = (
        next(trace for trace in drawn[chart].data if "chosen" in (trace.name or ""))
        for chart in ("roc", "pr")
    )
    assert (rocs.y[0], prs.x[0], prs.y[0]) == pytest.approx((recall, recall, precision))


def test_a_chart_can_be_sent_even_where_a_rate_is_undefined() -> None:
    for label in (np.zeros(3, int), np.ones(3, int)):
        for figure in figures(label, np.array([0.1, 0.6, 0.9]), ("a",)).values():
            assert "Infinity" not in figure.to_json()


# --- tables and sentences -------------------------------------------------------------------------


def test_an_undefined_metric_is_a_dash_that_says_why() -> None:
    undefined = Estimate(math.nan, math.nan, math.nan, 0, "nothing is called positive")
    html = metric_table.table_html(["precision"], [Column("<b>m", {"precision": undefined})])
    assert "title='nothing is called positive'>–<" in html
    assert "&lt;b&gt;m" in html


def test_differences_are_points_with_their_interval() -> None:
    difference = {"f1": Estimate(-0.012, -0.019, -0.006, 4000), "mcc": Estimate(0.05, 0.01, 0.09, 4000)}
    html = metric_table.table_html(["f1", "mcc"], [Column("b − a", difference, difference=True)])
    assert "−1.2 points" in html and "[−1.9, −0.6]" in html and "n = 4,000" in html
    assert "+0.050" in html


def groups(*rows: tuple[str, float, float, float, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["group", "accuracy", "ci_low", "ci_high", "n"])


def test_best_and_worst_group_are_named_and_doubted_where_intervals_overlap() -> None:
    apart = groups(("50-99", 0.95, 0.94, 0.96, 900), ("100-149", 0.90, 0.88, 0.92, 900))
    close = groups(("50-99", 0.95, 0.90, 0.98, 90), ("100-149", 0.92, 0.87, 0.96, 90))
    assert wording.by_group("m", apart, "reviews of {} words").startswith(
        "m is best on reviews of 50-99 words (95.0 % [94.0, 96.0] n = 900) and worst on"
    )
    assert "overlap" not in wording.by_group("m", apart, "{}")
    assert "overlap" in wording.by_group("m", close, "{}")


def test_a_group_of_five_reviews_is_never_called_best() -> None:
    frame = groups(("a", 1.0, 0.57, 1.0, 5), ("b", 0.9, 0.88, 0.92, 900), ("c", 0.8, 0.78, 0.82, 900))
    assert "best on b" in wording.by_group("m", frame, "{}")
    assert "nothing to compare" in wording.by_group("m", frame[:1], "{}")


def test_a_gap_between_languages_has_both_numbers_of_reviews_and_is_doubted_where_chance_makes_it() -> None:
    real = Gap("English", "Thai", 900, 300, Estimate(0.125, 0.08, 0.17, 1200), 0.0005)
    assert wording.by_language("m", real) == (
        "m is best in English (n = 900) and worst in Thai (n = 300): a gap of 12.5 points [8.0, 17.0], "
        "unlikely to be chance (p < 0.001)."
    )
    chance = Gap("English", "Thai", 90, 30, Estimate(0.05, -0.08, 0.17, 120), 0.4)
    said = wording.by_language("m", chance)
    assert "[\u22128.0, 17.0], which may be chance (p = 0.40)" in said
    none = Gap("", "", 0, 0, Estimate(math.nan, math.nan, math.nan, 40, "fewer than two groups"), math.nan)
    assert wording.by_language("m", none) == "m: fewer than two groups, so there is no gap to report."


@pytest.mark.parametrize(
    ("said", "true", "expected"),
    [
        (0.9, 0.8, "overconfident"),
        (0.1, 0.2, "overconfident"),
        (0.8, 0.9, "underconfident"),
        (0.9, 0.9, "as often"),
    ],
)
def test_calibration_in_words_says_which_way_it_is_off(said: float, true: float, expected: str) -> None:
    frame = pd.DataFrame({"mean_prob": [said], "share_positive": [true], "n": [100]})
    words = wording.calibration("m", frame, Estimate(abs(said - true), 0.0, 0.2, 100))
    assert expected in words


def test_sureness_counts_answers_beyond_ninety_five_per_cent() -> None:
    label = np.array([0, 0, 1, 1, 1, 0])
    prob = np.array([0.01, 0.97, 0.99, 0.02, 0.5, 0.94])
    frame = operating_points.score_histogram(label, prob)
    assert "sure of 4 of 6 reviews; 2 of those answers are wrong" in wording.sureness("m", frame)
