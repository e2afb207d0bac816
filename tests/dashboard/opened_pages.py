"""The pages that read evaluations, opened on the made workspaces."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from sentiment_core import models
from sentiment_core.evaluation import records


def opened(app: AppTest, view: str, **params: str) -> AppTest:
    """Open a view under an address with these parameters."""
    for name, value in params.items():
        app.query_params[name] = value
    app.switch_page(view).run()
    assert not app.exception
    return app


def measured(alias: str, n: int) -> tuple[str, records.Evaluation]:
    """Return the URL's name of the data set with n reviews, and a model's evaluation on it."""
    model_id = models.resolve(alias).model_id
    record = next(r for r in records.list_evaluations(model_id) if r.manifest["n"] == n)
    return f"{record.fingerprint}-{record.split}", record


def chosen(n: int = 60, a: str = "tfidf", b: str = "") -> dict[str, str]:
    """Return the parameters that choose the data set with n reviews, and one model or two."""
    params = {"data": measured(a, n)[0], "model_a": models.resolve(a).model_id}
    return params | ({"model_b": models.resolve(b).model_id} if b else {})


def html_of(app: AppTest) -> str:
    """Return all that a page draws as HTML."""
    return "".join(element.proto.body for element in app.get("html"))
