"""The section on hardening: what it draws can be counted, and without a hardening it says how to make one."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from attacks.hardening import figures
from dashboard.views.robustness import hardening
from sentiment_core.storage import runs

ROWS = [
    ("clean", False, 0.91, 0.90, 0.92, 0.909, 0.90, 0.92, -0.001, -0.004, 0.002, 0.7, 4000),
    ("deepwordbug", True, 0.17, 0.11, 0.26, 0.52, 0.42, 0.62, 0.35, 0.25, 0.45, 1e-9, 100),
    ("unheard-of", False, 0.20, 0.13, 0.29, 0.21, 0.14, 0.30, 0.01, -0.05, 0.07, 1.0, 100),
]
FRAME = pd.DataFrame(ROWS, columns=list(figures.COLUMNS))


def a_hardening(name: str = "one") -> str:
    spec = {"model_id": "before-id", "recipe": "deepwordbug", "settings": {"spelling": True}, "name": name}
    folder = runs.create("hardening", runs.new_run_id("harden", name, spec), spec)
    added = {"n": 361, "runs": [{}], "left_out": {"held_out": 1}}
    manifest = {
        "spec": spec,
        "models": {"before": "before-id", "after": "after-id"},
        "adversarial": added,
        "figures": FRAME.to_dict("records"),
    }
    runs.finish(folder, manifest)
    return folder.name


def section() -> None:
    from dashboard.session import selection
    from dashboard.views.robustness import hardening

    hardening.draw(selection.selection())


def test_without_a_hardening_the_command_is_shown() -> None:
    app = AppTest.from_function(section, default_timeout=60).run()
    assert not app.exception
    assert "python -m attacks harden" in app.code[0].value


def test_the_newest_hardening_is_told_in_sentences_and_others_can_be_picked() -> None:
    first, second = a_hardening("one"), a_hardening("two")
    app = AppTest.from_function(section, default_timeout=60).run()
    assert not app.exception
    assert app.selectbox[0].value == second
    said = " ".join(caption.value for caption in app.caption).replace("\\", "")  # escapes of Markdown
    assert "17.0 % before, 52.0 % after, +35.0 points" in said
    assert "361 edited ones" in said
    assert "spelling = True" in said
    app.selectbox[0].set_value(first).run()
    assert not app.exception


def test_each_measure_has_a_dot_before_and_one_after_with_their_intervals() -> None:
    frame = FRAME.assign(title=FRAME["measure"])
    figure = hardening.before_and_after(frame, ("#009E73", "#7B6CD9"))
    before, after = figure.data
    assert list(before.x) == pytest.approx([91.0, 17.0, 20.0])
    assert list(after.x) == pytest.approx([90.9, 52.0, 21.0])
    assert list(after.error_x.array) == pytest.approx([1.1, 10.0, 9.0])
    assert list(after.error_x.arrayminus) == pytest.approx([0.9, 10.0, 7.0])
    assert before.marker.symbol != after.marker.symbol
    assert list(figure.layout.yaxis.ticktext) == ["clean", "deepwordbug", "unheard-of"]


def test_the_table_says_the_same_in_percent_and_points() -> None:
    table = hardening.table(FRAME.assign(title="x"))
    assert table["after, %"].iloc[1] == "52.0 [42.0, 62.0]"
    assert table["difference, points"].iloc[0] == "-0.1 [-0.4, +0.2]"
