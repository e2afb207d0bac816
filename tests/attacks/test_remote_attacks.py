"""A model behind an endpoint is attacked as the model itself, within budgets, and resumes after a fault."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from made_reviews import made_reviews

from attacks.batches import runs as attack_runs
from attacks.schema import AttackSpec, Example
from sentiment_core.adoption import endpoints
from sentiment_core.classifiers.remote import asking
from sentiment_core.errors import RemoteError
from sentiment_core.serving.server import in_background

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))
from endpoint_server import serving  # noqa: E402

COLUMNS = ["example_id", "outcome", "stopped_by", "perturbed", "queries", "model_calls", "words_changed"]


@pytest.fixture
def served(attack_model, monkeypatch):
    monkeypatch.setattr(asking, "WAIT_SECONDS", 0.0)
    near = attack_model("nbsvm")
    with serving(answer=lambda texts: near.predict_proba(texts)[:, 1]) as endpoint:
        yield endpoint


def examples(n):
    rows = made_reviews(n, seed=3)
    return [
        Example(str(i), text, int(label)) for i, (text, label) in enumerate(rows[["text", "label"]].values)
    ]


def spec(model, **more):
    return AttackSpec(model_id=model, recipe="deepwordbug", seed=1, **more)


def attack(model, n=4, **more):
    return attack_runs.open_attack(
        attack_runs.resume(attack_runs.start(spec(model, **more), examples(n)).name)
    )


def test_an_attack_through_an_endpoint_gives_what_an_attack_on_the_model_gives(served, shelve):
    near = attack(shelve("nbsvm").model_id).records
    endpoints.add({"url": served.url, "form": "tei"}, alias="far")
    run = attack("far")
    assert run.records[COLUMNS].equals(near[COLUMNS])
    [asked] = run.manifest["elsewhere"]
    assert asked["texts"] == sum(map(len, served.asked)) - 2  # two sentences showed what its labels mean
    assert asked["texts"] <= run.records["model_calls"].sum()


def test_an_attack_through_our_own_server_gives_what_an_attack_on_the_model_gives(shelve):
    near = attack(shelve("nbsvm").model_id, 2).records
    with in_background(["nbsvm"]) as address:
        endpoints.add({"url": address, "form": "tei"}, alias="far")
        far = attack("far", 2).records
    assert far[COLUMNS].equals(near[COLUMNS])
    np.testing.assert_allclose(far["prob_after"], near["prob_after"], rtol=0, atol=1e-6)


def test_no_more_texts_are_sent_than_a_query_budget_allows(served):
    endpoints.add({"url": served.url}, alias="far")
    served.asked.clear()
    run = attack("far", query_budget=7)
    assert (run.records["queries"] <= 7).all()
    assert sum(map(len, served.asked)) <= 4 * 7


def test_a_fault_ends_the_batch_with_how_to_resume_it_and_makes_no_review_an_error(served, shelve):
    endpoints.add({"url": served.url, "tries": 1}, alias="far")
    run_id = attack_runs.start(spec("far"), examples(4)).name
    original, sent = served.answer, []

    def failing(texts):
        sent.append(texts)
        if len(sent) > 40:
            served.faults = [None] * 3
        return original(texts)

    served.answer = failing
    with pytest.raises(RemoteError, match=f"gives no answer .*run --resume {run_id}"):
        attack_runs.resume(run_id)
    done = attack_runs.open_attack(run_id).records
    served.answer, served.faults = original, []
    attack_runs.resume(run_id)
    whole = attack_runs.open_attack(run_id).records
    assert 0 < len(done) < 4 and (whole["outcome"] != "errored").all()
    assert whole[COLUMNS].equals(attack(shelve("nbsvm").model_id).records[COLUMNS])


def test_a_budget_for_all_requests_ends_an_attack_in_one_line(served):
    endpoints.add({"url": served.url, "budget": 30}, alias="far")
    with pytest.raises(RemoteError, match="its budget is 30"):
        attack("far")
    assert sum(map(len, served.asked)) <= 30 + 2
