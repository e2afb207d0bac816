"""Data: labeled reviews are brought, confirmed, described, measured, renamed and removed on a page."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from opened_pages import measured, opened
from streamlit.testing.v1 import AppTest

from dashboard.records import datasets
from dashboard.views.data import findings, plan, source
from sentiment_core import data, data_shelf
from sentiment_core.data import Reading, names
from sentiment_core.errors import DataError
from sentiment_core.jobs import jobs

VIEW = "views/data/page.py"
UPLOAD = "data_upload_0"


def three_classes(n: int = 12) -> bytes:
    rows = [
        f'"Film {i} <b>*is*</b> {word}",{word},{i}'
        for i, word in enumerate(["good", "bad", "so-so"] * (n // 3))
    ]
    return "\n".join(["review,verdict,year", *rows]).encode()


def brought(app: AppTest, content: bytes, name: str = "mine.csv") -> AppTest:
    app = opened(app, VIEW).file_uploader(UPLOAD).upload(name, content, "text/csv").run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    parts = (app.markdown, app.caption, app.success, app.error, app.info, app.warning)
    return "\n".join(element.value for kind in parts for element in kind)


def mapped(app: AppTest) -> AppTest:
    next(box for box in app.selectbox if box.label == "Label").set_value("verdict").run()
    for value, meaning in (("good", "positive"), ("bad", "negative"), ("so-so", "left out")):
        next(group for group in app.button_group if group.key.endswith(f"_{value}")).set_value(meaning).run()
    assert not app.exception
    return app


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note the jobs that would be started."""
    argvs: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title, module="": argvs.append(list(argv)) or "job")
    return argvs


def test_an_empty_workspace_says_what_is_missing_and_offers_one_button(
    app: AppTest, empty_workspace: Path
) -> None:
    opened(app, VIEW)
    assert "No reviews yet" in [header.value for header in (*app.header, *app.subheader)]
    assert [button.label for button in app.button if not button.disabled and button.key] == ["Make the demo"]
    assert app.file_uploader(UPLOAD)


def test_a_data_set_is_described_with_what_each_model_has_seen_of_it(
    app: AppTest, tiny_workspace: Path
) -> None:
    opened(app, VIEW)
    words = said(app)
    assert "60 reviews to measure on" in words and "No model was trained on any of the 60 reviews" in words
    table = app.table[0].value
    assert list(table["in its training data"]) == ["0 of 60", "0 of 60"]
    assert not [button for button in app.button if button.key == "data-measure"]


def test_a_sample_of_the_training_reviews_is_named_as_seen(
    app: AppTest, tiny_workspace: Path, tmp_path: Path
) -> None:
    trained = datasets.stored()[0].fingerprint
    rows = data.load(trained).split("train").head(20)[["text", "label"]]
    rows.to_csv(tmp_path / "seen.csv", index=False)
    fingerprint = data.load(str(tmp_path / "seen.csv")).fingerprint
    opened(app, VIEW, set=fingerprint)
    assert "was trained on 20 of these 20 reviews" in said(app)


def test_three_classes_are_mapped_by_hand_and_stored_under_a_name(
    app: AppTest, tiny_workspace: Path, started: list[list[str]]
) -> None:
    brought(app, three_classes())
    assert app.button("data-keep-measure").disabled
    mapped(app)
    assert "8 of 12 rows will be stored: 4 negative, 4 positive; split: 8 test" in said(app).replace("\\", "")
    assert "4 rows" in said(app) and "--negative" not in said(app)
    app.text_input[-1].set_value("Mine *of* May")
    app.button("data-keep-measure").click().run()
    assert not app.exception
    fingerprint = data_shelf.find("Mine *of* May")
    assert [argv[3:] for argv in started] == [["--data", fingerprint]] * 2
    assert app.query_params["set"] == fingerprint and app.selectbox("data_set").value == fingerprint
    kept = data.load(fingerprint).read
    assert kept and (kept.negative, kept.positive) == (("bad",), ("good",))
    again = opened(type(app)(app._script_path, default_timeout=60), VIEW, set=fingerprint)
    assert again.selectbox("data_set").value == fingerprint


def test_a_scale_is_not_stored_before_a_person_says_what_its_values_mean(
    app: AppTest, tiny_workspace: Path
) -> None:
    rows = "\n".join(f"film {i},{i % 5}" for i in range(20))
    brought(app, f"text,label\n{rows}\n".encode())
    assert app.button("data-keep").disabled and app.button("data-keep-measure").disabled
    groups = [group for group in app.button_group if group.key and group.key.startswith("data_value")]
    assert [group.value for group in groups] == [None] * 5 or [group.value for group in groups] == [[]] * 5


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02", b"text\n", b"\xff\xfet\x00e\x00", b'a,b\n"x,1\n', b"PK\x03\x04" + b"0" * 99],
)
def test_a_file_that_is_no_table_gives_a_line_and_stores_nothing(
    app: AppTest, tiny_workspace: Path, content: bytes
) -> None:
    before = len(datasets.stored())
    brought(app, content)
    assert app.error and all("\n" not in error.value for error in app.error)
    assert not [button for button in app.button if button.key == "data-keep" and not button.disabled]
    assert len(datasets.stored()) == before


@pytest.mark.parametrize("text", ["", "x" * 50_000, "🎬🔥", "فيلم جميل", "<script>alert(1)</script>"])
def test_any_text_can_be_brought_and_described(app: AppTest, tiny_workspace: Path, text: str) -> None:
    import pandas as pd

    rows = pd.DataFrame({"text": [text, "a dull film", "a warm film"], "label": [1, 0, 1]})
    brought(app, rows.to_csv(index=False).encode()).button("data-keep").click().run()
    assert not app.exception and not app.error
    assert "<script>" not in said(app)


def test_the_command_beside_a_file_reads_it_in_the_same_way(app: AppTest, tiny_workspace: Path) -> None:
    mapped(brought(app, three_classes(), "my $(file).csv"))
    line = next(code.value for code in app.code if "describe" in code.value).splitlines()[0]
    words = shlex.split(line)
    assert words[4:6] == ["describe", "my $(file).csv"]
    assert words[words.index("--negative") + 1] == "bad" and words[words.index("--positive") + 1] == "good"


def test_a_data_set_is_renamed_and_the_sidebar_says_the_new_name(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW)
    app.text_input(f"data_rename_{datasets.stored()[0].fingerprint}").set_value("q$1").run()
    next(button for button in app.button if button.label == "Rename").click().run()
    assert not app.exception and not app.error
    assert [box.options[0] for box in app.selectbox if box.key == "data"] == ["q$1 test"]


def test_removing_says_what_depends_on_it_and_asks_first(app: AppTest, tiny_workspace: Path) -> None:
    fingerprint = datasets.stored()[0].fingerprint
    opened(app, VIEW)
    assert "2 evaluation runs" in said(app) and "tfidf" in said(app)
    remove = next(button for button in app.button if button.label == "Remove")
    assert remove.disabled
    app.checkbox(f"data_sure_{fingerprint}").check().run()
    next(button for button in app.button if button.label == "Remove").click().run()
    assert not app.exception and datasets.stored() == []
    assert measured("tfidf", 60)[1].metrics["accuracy"].n == 60


def test_an_unknown_data_set_in_the_address_says_so(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, set="<b>0123</b>")
    assert "is not in this workspace" in said(app) and "<b>" not in said(app).replace("\\<", "")


def test_a_full_workspace_lists_every_data_set_with_the_models_measured(
    app: AppTest, full_workspace: Path
) -> None:
    opened(app, VIEW)
    table = next(frame.value for frame in app.dataframe if "measured" in frame.value)
    assert sorted(table["reviews"]) == [260, 4000] and "bow" in " ".join(table["measured"])
    assert any(button.key == "data-measure" for button in app.button) or "bow" in said(app)


# --- rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["dashboard/views", "../etc", "/etc/passwd", "a b/c", "x.csv", "owner/name.csv", ""]
)
def test_a_hub_name_names_nothing_of_this_machine(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    with pytest.raises(DataError):
        source.check_hub_name(name)


def test_a_mapping_is_complete_only_with_both_labels() -> None:
    found = data.preview(three_classes(), "mine.csv", Reading(label_column="verdict"))
    assert plan.mapped(Reading(), found, {"good": "positive", "bad": None, "so-so": "left out"}) is None
    assert plan.mapped(Reading(), found, {"good": "positive", "bad": "left out"}) is None
    full = plan.mapped(Reading(), found, {"good": "positive", "bad": "negative", "so-so": "left out"})
    assert full == Reading(negative=("bad",), positive=("good",))


def test_findings_say_what_to_look_at() -> None:
    assert findings.of_size(40).look and not findings.of_size(4_000).look
    assert findings.of_labels(95, 5).look and not findings.of_labels(50, 50).look
    said = [(finding.text, finding.look) for finding in findings.of_seen({"a": 12, "b": 0}, 40)]
    assert said == [("a was trained on 12 of these 40 reviews: its accuracy here is too high", True)]
    assert [finding.look for finding in findings.of_seen({"a": None}, 40)] == [True]


def test_names_that_people_gave_are_escaped_in_lists(app: AppTest, tiny_workspace: Path) -> None:
    names.give(datasets.stored()[0].fingerprint, "*x* <b>")
    opened(app, VIEW)
    assert all("<b>" not in text.replace("\\<", "") for text in (said(app),))


def test_new_reviews_are_compared_with_the_training_reviews_and_by_month(
    app: AppTest, tiny_workspace: Path
) -> None:
    rows = [
        f"2024-{1 + n % 2:02d}-{1 + n // 2:02d},{'fine' if n % 3 else 'dull'} series {n},{n % 2}"
        for n in range(50)
    ]
    content = "\n".join(["posted,text,label", *rows])
    stored = data.load_content(content.encode(), "months.csv")
    opened(app, "views/data/page.py", set=stored.fingerprint)
    assert "The new reviews differ" in said(app) or "ndecided" in said(app)
    figures = next(table.value for table in app.table if "in training" in table.value)
    assert "words per review" in figures["figure"].tolist()
    assert any("By month of column posted" in expander.label for expander in app.expander)
