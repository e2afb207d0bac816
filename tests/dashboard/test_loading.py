"""A model is loaded once for all visitors; nobody waits for one whose libraries take seconds to import."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import HOME
from opened_pages import html_of
from streamlit.testing.v1 import AppTest

from dashboard.records import evaluations, loading
from sentiment_core import classifiers, models

VIEW = "views/live/page.py"
UNDER_WAY = "loading the model (first use)"


@pytest.fixture
def slow_nbsvm(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Let nbsvm be loaded in the thread, and not be done before `go` is set; `loads` counts its loads."""
    slow = SimpleNamespace(go=threading.Event(), loads=0)
    family = classifiers.FAMILIES["nbsvm"]

    def load(folder: Path, model_id: str) -> object:
        slow.loads += 1
        assert slow.go.wait(60)
        return family.load(folder, model_id)

    monkeypatch.setitem(classifiers.FAMILIES, "nbsvm", replace(family, load=load, slow_to_load=True))
    yield slow
    slow.go.set()


def visit() -> AppTest:
    app = AppTest.from_file(str(HOME), default_timeout=60).run()
    app.switch_page(VIEW).run()
    assert not app.exception
    return app


def words_of(app: AppTest) -> str:
    return "\n".join(element.value.replace("\\", "") for element in app.caption)


def finished(alias: str) -> None:
    loading.started(models.resolve(alias).model_id).result(timeout=60)


def test_the_page_is_drawn_with_the_other_models_answers_while_one_is_loaded(
    tiny_workspace: Path, slow_nbsvm: SimpleNamespace
) -> None:
    app = visit()
    assert f"nbsvm: {UNDER_WAY}" in words_of(app)
    assert html_of(app).count("% positive") == 1
    slow_nbsvm.go.set()
    finished("nbsvm")
    app.run()
    assert UNDER_WAY not in words_of(app)
    assert html_of(app).count("% positive") == 2


def test_two_visitors_load_a_model_once(tiny_workspace: Path, slow_nbsvm: SimpleNamespace) -> None:
    visitors = visit(), visit()
    slow_nbsvm.go.set()
    finished("nbsvm")
    for visitor in visitors:
        assert html_of(visitor.run()).count("% positive") == 2
    assert slow_nbsvm.loads == 1


def test_a_page_that_needs_the_answer_waits_for_the_same_model(
    tiny_workspace: Path, slow_nbsvm: SimpleNamespace
) -> None:
    model_id = models.resolve("nbsvm").model_id
    under_way = loading.started(model_id)
    slow_nbsvm.go.set()
    assert evaluations.classifier(model_id) is under_way.result(timeout=60)
    assert slow_nbsvm.loads == 1


def test_a_damaged_model_is_one_line_and_the_others_answer(
    tiny_workspace: Path, slow_nbsvm: SimpleNamespace
) -> None:
    slow_nbsvm.go.set()
    file = models.resolve("nbsvm").folder / "model.skops"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"?")
    loading.started(models.resolve("nbsvm").model_id).exception(timeout=60)
    app = visit()
    assert words_of(app).count("is not the file that training wrote") == 1
    assert html_of(app).count("% positive") == 1
    file.write_bytes(whole)
    finished("nbsvm")
    assert html_of(app.run()).count("% positive") == 2


def test_what_is_no_trouble_of_the_model_is_not_hidden(
    tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(models, "load_model", broken)
    with pytest.raises(ZeroDivisionError):
        loading.failure(loading.started(models.resolve("tfidf").model_id))


def test_a_linear_model_answers_without_torch(tiny_workspace: Path) -> None:
    code = (
        "import sys; from sentiment_core import models;"
        "[models.load_model(name).predict_proba(['a fine film']) for name in ('tfidf', 'nbsvm')];"
        "print({'torch', 'transformers'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "set()"


def test_families_that_import_torch_say_that_loading_is_slow() -> None:
    assert {name for name, family in classifiers.FAMILIES.items() if family.slow_to_load} == {
        "transformer",
        "onnx",
        "blend",
    }
