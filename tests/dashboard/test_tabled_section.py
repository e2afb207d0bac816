"""The section with the table of every model under every recipe: its figures, and how one is made."""

from __future__ import annotations

import dataclasses

from streamlit.testing.v1 import AppTest

from attacks.tables import rows
from attacks.tables import runs as tables
from attacks.tables.spec import TableSpec
from sentiment_core.storage import runs

FIGURE = {"value": 0.25, "ci_low": 0.2, "ci_high": 0.3, "n": 40}


def a_table(model: str = "<b>model</b>") -> str:
    spec = TableSpec((model, "other"), ("pwws",), data={"name": "films", "fingerprint": "0"}, limit=40)
    record = runs.json_ready(dataclasses.asdict(spec))
    folder = runs.create(tables.KIND, runs.new_run_id("table", "films", record), record)
    row = {"recipe": "pwws", "run_id": "x", "n": 40, "of": 40, "counts": {"failed": 10}}
    row |= {"figures": dict.fromkeys(rows.FIGURES, FIGURE)}
    found = [
        row | {"model_id": model, "transfer": {"other": FIGURE}},
        row | {"model_id": "other", "transfer": {}},
    ]
    bracket = {"k": 5, "certified": FIGURE, "at_most": FIGURE}
    certified = [{"model_id": "other", "edits": "wordnet", "brackets": [bracket]}]
    runs.finish(folder, {"spec": record, "rows": found, "certified": certified, "n": 40})
    return folder.name


def section() -> None:
    from dashboard.session import selection
    from dashboard.views.robustness import tabled

    tabled.draw(selection.selection())


def test_without_a_table_the_command_is_shown() -> None:
    app = AppTest.from_function(section, default_timeout=60).run()
    assert not app.exception
    assert "python -m attacks table --models" in app.code[0].value


def test_a_table_shows_each_figure_with_its_interval_and_what_transfers() -> None:
    a_table()
    app = AppTest.from_function(section, default_timeout=60).run()
    assert not app.exception and not app.error
    figures, transfer, certified = (drawn.value for drawn in app.dataframe)
    assert figures["model"].tolist() == ["<b>model</b>", "other"]
    assert figures["under attack, %"].tolist() == ["25.0 [20.0, 30.0]"] * 2
    assert transfer.columns.tolist()[2:] == ["fool <b>model</b>, %", "fool other, %"]
    assert transfer["fool other, %"].tolist() == ["25.0 [20.0, 30.0], n = 40"]
    assert certified["certified, %"].tolist() == ["25.0 [20.0, 30.0], n = 40"]
    assert "The same 40 reviews of the films test split" in app.caption[0].value
