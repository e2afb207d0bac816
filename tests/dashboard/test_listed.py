"""What a page may name on the server: only what whoever runs it has listed."""

from __future__ import annotations

import argparse
import ast
import re
from pathlib import Path
from typing import Any

import pytest
from opened_pages import chosen, opened
from streamlit.testing.v1 import AppTest

from attacks.batches import selection
from attacks.commands import run as run_command
from dashboard.session import listed
from dashboard.views.attack import form, state
from dashboard.views.attack import plan as attack_plan
from dashboard.views.attack.plan import Batch, Single
from dashboard.views.experiments import plan as experiments_plan
from dashboard.views.experiments.plan import FineTune, Linear, Search
from sentiment_core.classifiers.transformer.classifier import DEFAULTS
from sentiment_core.errors import DataError, ReelcheckError
from sentiment_core.jobs import jobs

DASHBOARD = Path(listed.__file__).parents[1]
ATTACK = "views/attack/page.py"
#: Widgets that take free text, with why none of them names a file or an address.
FREE_TEXT = {
    "attack/compose.py": "a recipe's name, description and numbers",
    "attack/form.py": "review ids",
    "attack/options.py": "a recipe's number or one of its words",
    "attack/single.py": "a review",
    "bias/slices.py": "a slice's query and name",
    "bias/weak.py": "a slice's name",
    "card/editing.py": "parts of a model's card, and a license",
    "data/confirming.py": "a data set's name",
    "data/keeping.py": "a data set's name",
    "data/source.py": "a hub name that is checked to be neither a file nor a folder",
    "elements/review_filters.py": "words to search for",
    "errors/widgets.py": "words to search for",
    "experiments/actions.py": "a model's new name, and a note on it",
    "experiments/fields.py": "an alias, and a hub name that is checked to be no folder",
    "improve/deciding.py": "the reason of a promotion against the gate",
    "labels/judging.py": "a note, and tags",
    "live/file.py": "a column of the uploaded file",
    "live/page.py": "a review",
    "probes/draft.py": "a probe",
    "probes/own.py": "a probe's name",
    "review/page.py": "a review's id",
    "session/rater.py": "the reviewer's name",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A listed folder with an ids file, a model folder and links that lead out of it."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "deep" / "model").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.txt").write_text("secret-7\n")
    (outside / "config.json").write_text("{}")
    (inside / "ids.txt").write_text("a\n")
    (inside / ".hidden.txt").write_text("a\n")
    (inside / "notes.md").write_text("a\n")
    (inside / "deep" / "ids.csv").write_text("example_id\na\n")
    (inside / "deep" / "model" / "config.json").write_text("{}")
    (inside / "out.txt").symlink_to(outside / "secret.txt")
    (inside / "out").symlink_to(outside)
    (inside / "gone.txt").symlink_to(tmp_path / "nowhere")
    (inside / "loop").symlink_to(inside)
    monkeypatch.setenv(listed.FILES, str(inside))
    return inside.resolve()


def test_a_picker_offers_the_files_of_the_folder_and_no_link_that_leads_out(folder: Path) -> None:
    assert listed.files((".txt", ".csv")) == {
        str(folder / "deep" / "ids.csv"): "deep/ids.csv",
        str(folder / "ids.txt"): "ids.txt",
    }
    assert listed.model_folders() == {str(folder / "deep" / "model"): "deep/model"}


@pytest.mark.parametrize("name", ["", "/nowhere/at/all", "~nobody-here/x"])
def test_without_a_folder_nothing_is_offered(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(listed.FILES, name)
    assert listed.files((".txt",)) == {} and listed.model_folders() == {}


def test_clusters_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(listed.CLUSTERS, raising=False)
    assert listed.clusters() == []
    monkeypatch.setenv(listed.CLUSTERS, " tcp://a:1 ,,tcp://b:2,tcp://a:1")
    assert listed.clusters() == ["tcp://a:1", "tcp://b:2"]


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "out.txt",
        "../outside/secret.txt",
        "ids.txt",
        ".hidden.txt",
        "notes.md",
        "out/secret.txt",
    ],
)
def test_a_file_that_is_not_offered_starts_nothing(folder: Path, path: str) -> None:
    """What a browser sends is checked again: it need not be what the picker showed."""
    for named in (path, str(folder / path)):
        if named != str(folder / "ids.txt"):
            with pytest.raises(DataError, match="not available here"):
                attack_plan.check(Batch("m", "pwws", "d", "test", 5, file=named))
    attack_plan.check(Batch("m", "pwws", "d", "test", 5, file=str(folder / "ids.txt")))


def test_a_cluster_that_is_not_listed_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(listed.CLUSTERS, "tcp://10.0.0.1:8786")
    for address in ("tcp://203.0.113.7:8786", "tcp://10.0.0.1:8786,x:1", "tcp://10.0.0.1:878"):
        with pytest.raises(DataError):
            attack_plan.check(Batch("m", "pwws", "d", "test", 5, cluster=address))


@pytest.mark.parametrize(
    "data", ["/etc/passwd", "pyproject.toml", "--cluster=tcp://203.0.113.7:1", "../x.csv", "0" * 16]
)
def test_data_that_is_not_offered_starts_no_training(data: str) -> None:
    plans: list[Any] = [
        FineTune(data, DEFAULTS, None, 0, ""),
        Linear(data, "nbsvm", None, 0, ""),
        Search(data, "distilbert-minilm", 3, 5, 64, None, 0, ""),
    ]
    for plan in plans:
        with pytest.raises(DataError, match="not available here"):
            experiments_plan.check(plan)


@pytest.mark.parametrize(
    "base", ["/etc", "tests", "--cluster=tcp://203.0.113.7:1", "../..", "~", ".", "tests/core"]
)
def test_a_base_that_is_a_folder_of_the_server_starts_no_training(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that looks like a hub name: a folder of the server's own wins over the hub."""
    monkeypatch.chdir(Path(__file__).parents[2])
    with pytest.raises(ReelcheckError):
        experiments_plan.check(FineTune("imdb-embedded", {**DEFAULTS, "base": base}, None, 0, ""))


def test_a_job_is_not_resumed_on_a_cluster_that_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "resume", lambda run_id: pytest.fail("it was resumed"))
    facts = dict.fromkeys(("done", "total", "seconds_left"), 0.0) | dict.fromkeys(
        ("title", "what", "message", "started", "updated"), ""
    )
    argv = ("run", "--cluster", "tcp://203.0.113.7:8786")
    with pytest.raises(DataError, match="not listed"):
        state.resume(jobs.JobStatus("j1", state="died", argv=argv, **facts), None)  # type: ignore[arg-type]


def test_attack_says_why_it_offers_no_cluster_and_no_file(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, ATTACK, **chosen())
    captions = " ".join(caption.value for caption in app.caption).replace("\\", "")
    assert listed.CLUSTERS in captions
    which = app.selectbox("attack_which")
    assert form.IN_A_FILE not in which.options
    assert listed.FILES in which.help.replace("\\", "")
    keys = {widget.key for kind in (app.text_input, app.selectbox) for widget in kind}
    assert "attack_cluster" not in keys and "attack_file" not in keys


def test_attack_takes_ids_from_a_listed_file(app: AppTest, tiny_workspace: Path, folder: Path) -> None:
    opened(app, ATTACK, **chosen())
    app.selectbox("attack_which").set_value(form.FILE).run()
    assert app.selectbox("attack_file").options == ["deep/ids.csv", "ids.txt"]
    app.selectbox("attack_file").set_value(str(folder / "ids.txt")).run()
    assert any(f"file={folder}/ids.txt" in code.value for code in app.code)


def test_an_address_does_not_choose_a_file_or_a_cluster(app: AppTest, tiny_workspace: Path) -> None:
    more = {
        name: "/etc/passwd" for name in ("file", "data", "cluster", "attack_file", "run", "job", "recipe")
    }
    opened(app, ATTACK, **(chosen() | more))
    assert not any("/etc/passwd" in code.value for code in app.code)
    assert not app.exception


@pytest.mark.parametrize("ending", [".txt", ".csv"])
def test_a_message_about_a_file_of_ids_quotes_none_of_its_content(
    tiny_workspace: Path, tmp_path: Path, ending: str
) -> None:
    from sentiment_core import data

    dataset = data.load(str(tiny_workspace / "sentences.csv"))
    known = dataset.split("test")["example_id"].iloc[0]
    file = tmp_path / f"ids{ending}"
    header = "example_id\n" if ending == ".csv" else ""
    file.write_text(f"{header}{known}\nroot:x:0:0\nroot:x:0:0\n")
    with pytest.raises(DataError) as refused:
        selection.select(dataset, "test", selection.Selection(file=str(file)))
    assert "root" not in str(refused.value) and known not in str(refused.value)
    assert "line 2, 3" in str(refused.value)


def test_a_file_that_is_no_list_of_ids_is_refused_without_its_content(
    tiny_workspace: Path, tmp_path: Path
) -> None:
    from sentiment_core import data

    dataset = data.load(str(tiny_workspace / "sentences.csv"))
    contents = {
        "a.csv": b"password,hunter2\n1,2\n",
        "b.txt": b"\xff\xfesecret\x00\n",
        "c.jsonl": b"secret:x:0:0\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError) as refused:
            selection.select(dataset, "test", selection.Selection(file=str(tmp_path / name)))
        assert not {"password", "hunter2", "secret"} & set(re.split(r"\W+", str(refused.value)))


@pytest.mark.parametrize(
    "text", ["--cluster=tcp://203.0.113.7:1", "--cluster", "-n", "--select=file=/etc/passwd"]
)
def test_no_text_from_a_page_becomes_an_option_of_its_command(text: str) -> None:
    parser = argparse.ArgumentParser()
    run_command.add_arguments(parser)
    single = parser.parse_args(Single("m", "random", text, "positive", params={"like": text}).argv[1:])
    assert (single.text, single.cluster, single.set) == (text, None, [f"like={text}"])
    some = parser.parse_args(Batch("m", "random", "d", "test", 5, ids=(text,)).argv[1:])
    assert (some.cluster, some.select) == (None, [f"ids={text}"])
    for plan in (
        Linear("imdb-embedded", "nbsvm", None, 0, alias=text),
        FineTune("imdb-embedded", {**DEFAULTS, "base": text}, None, 0, ""),
    ):
        with pytest.raises(ReelcheckError):
            experiments_plan.check(plan)


def test_every_widget_with_free_text_is_known_to_name_no_file_and_no_address() -> None:
    """A new one makes this fail: say above what it takes, or offer what is listed."""
    found = {f"{path.parent.name}/{path.name}" for path in DASHBOARD.rglob("*.py") if _takes_text(path)}
    assert found == set(FREE_TEXT)


def _takes_text(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            typed = any(word.arg == "accept_new_options" for word in node.keywords)
            if node.func.attr in ("text_input", "text_area", "chat_input") or typed:
                return True
    return False
