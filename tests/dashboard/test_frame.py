from __future__ import annotations

import ast
import itertools
import math
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard import charts, wording
from sentiment_core.schema import Estimate

DASHBOARD = Path(charts.__file__).parent
BACKGROUNDS = {"light": "#FFFFFF", "dark": "#15151B"}


# --- figures in words ----------------------------------------------------------------------------


def test_a_rate_is_written_with_interval_and_n() -> None:
    estimate = Estimate(0.918, 0.910, 0.926, 4000)
    assert wording.format_estimate(estimate) == "91.8 % [91.0, 92.6] n = 4,000"


def test_a_metric_on_its_own_scale_has_no_per_cent() -> None:
    estimate = Estimate(0.2471, 0.2, 0.3, 100)
    assert wording.format_estimate(estimate, percent=False) == "0.247 [0.200, 0.300] n = 100"


def test_an_undefined_figure_is_a_dash_and_never_a_zero() -> None:
    assert wording.format_estimate(Estimate(math.nan, math.nan, math.nan, 4, "no positives")) == "–"


def test_a_figure_without_an_interval_shows_none() -> None:
    assert wording.format_estimate(Estimate(0.5, math.nan, math.nan, 2)) == "50.0 % n = 2"


@pytest.mark.parametrize(
    ("difference", "written"), [(0.012, "+1.2 points"), (-0.452, "−45.2 points"), (math.nan, "–")]
)
def test_differences_are_points_with_a_sign(difference: float, written: str) -> None:
    assert wording.format_points(difference) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.84, "0.8 s"),
        (45, "45 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (3000, "50 min"),
        (7500, "2 h 5 min"),
        (None, "–"),
    ],
)
def test_durations_are_read_at_a_glance(seconds: float | None, written: str) -> None:
    assert wording.format_seconds(seconds) == written


@pytest.mark.parametrize(
    ("size", "written"),
    [(0, "0 B"), (640_000, "640 kB"), (1_240_000, "1.2 MB"), (90_868_376, "91 MB"), (2e9, "2.0 GB")],
)
def test_sizes_have_the_unit_that_fits(size: float, written: str) -> None:
    assert wording.format_bytes(size) == written


def test_words_for_confidence_are_the_same_on_both_sides() -> None:
    for prob in np.linspace(0.501, 1, 60):
        positive, negative = wording.verdict_in_words(prob), wording.verdict_in_words(1 - prob)
        assert positive.replace("positive", "negative") == negative


@pytest.mark.parametrize("text", ["<b>x</b>", "[a](http://x)", "$x$ :red[y]", "# head", "a*b_c`d`", "ab"])
def test_markdown_signs_in_a_text_are_all_escaped(text: str) -> None:
    escaped = wording.escape_markdown(text)
    assert "".join(c for c in escaped if c != "\\") == text
    bare = [i for i, c in enumerate(escaped) if c in "<>[]()$:#*_`" and escaped[i - 1 : i] != "\\"]
    assert bare == []


# --- colours -------------------------------------------------------------------------------------


def _linear(colour: str) -> np.ndarray:
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    luminance = sorted(_linear(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other))
    return (luminance[1] + 0.05) / (luminance[0] + 0.05)


@pytest.mark.parametrize("theme", BACKGROUNDS)
@pytest.mark.parametrize("colour", [charts.NEGATIVE_COLOUR, charts.POSITIVE_COLOUR, *charts.MODEL_COLOURS])
def test_every_colour_stands_out_on_light_and_dark(colour: str, theme: str) -> None:
    assert _contrast(colour, BACKGROUNDS[theme]) >= 3


@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_a_button_is_legible_and_stands_out(theme: str) -> None:
    config = tomllib.loads((Path(charts.__file__).parent / ".streamlit" / "config.toml").read_text())
    primary = config["theme"][theme]["primaryColor"]
    assert _contrast(primary, "#FFFFFF") >= 4.5  # its label is white on both
    assert _contrast(primary, BACKGROUNDS[theme]) >= 3  # a fill or a frame, never text


#: Machado, Oliveira & Fernandes 2009, severity 1.0: what linear RGB becomes without one kind of cone.
CONES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def _lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(linear, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", CONES)
@pytest.mark.parametrize(
    "colours",
    [(charts.NEGATIVE_COLOUR, charts.POSITIVE_COLOUR), charts.MODEL_COLOURS[:3]],
    ids=["labels", "first three models"],
)
def test_colours_differ_without_red_or_green_cones(colours: tuple[str, ...], kind: str) -> None:
    seen = [_lab(np.array(CONES[kind]) @ _linear(colour)) for colour in colours]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 30


def test_a_model_keeps_its_colour_when_another_is_added() -> None:
    before, after = charts.model_colours(["a", "b"]), charts.model_colours(["a", "b", "c"])
    assert before.items() <= after.items()
    assert len(set(after.values())) == 3


def test_a_dozen_models_have_a_dozen_colours() -> None:
    assert len(set(charts.model_colours([str(i) for i in range(12)]).values())) == 12


def test_no_model_has_the_colour_of_a_label() -> None:
    assert not set(charts.MODEL_COLOURS) & {charts.NEGATIVE_COLOUR, charts.POSITIVE_COLOUR}


# --- charts --------------------------------------------------------------------------------------


def test_dots_carry_their_interval_and_axes_their_unit() -> None:
    frame = pd.DataFrame({"name": ["x"], "value": [0.9], "ci_low": [0.88], "ci_high": [0.93], "n": [100]})
    figure = charts.estimates_with_intervals(frame, colours={"x": "#009E73"}, x_title="accuracy, %")
    dot = figure.data[0]
    assert dot.x[0] + dot.error_x.array[0] == pytest.approx(93)
    assert dot.x[0] - dot.error_x.arrayminus[0] == pytest.approx(88)
    assert figure.layout.xaxis.title.text == "accuracy, %"
    assert dot.marker.color == "#009E73"


# --- what imports what ---------------------------------------------------------------------------


PURE = (
    "charts",
    "wording",
    "elements/answer_bars",
    "elements/highlighting",
    "views/data/charts",
    "views/data/findings",
    "views/home/score_table",
    "views/home/scorecard",
    "views/live/batch",
)


@pytest.mark.parametrize("module", PURE)
def test_what_is_drawn_is_made_without_streamlit(module: str) -> None:
    assert "streamlit" not in _imports(DASHBOARD / f"{module}.py")


def test_the_frame_loads_no_heavy_library() -> None:
    modules = (
        "navigation, charts, elements.widgets, elements.highlighting, elements.answer_bars, "
        "session.selection, views.home.scorecard, views.home.score_table, views.live.file"
    )
    heavy = "{'torch', 'transformers', 'textattack', 'datasets', 'evaluate', 'sklearn'}"
    imports = "".join(f"import dashboard.{module}\n" for module in modules.split(", "))
    code = f"import sys\n{imports}print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}
