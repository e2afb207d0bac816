"""The bracket on Robustness and on a review: what it draws and says can be counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attacks.certificates import figures, runs
from attacks.certificates.figures import Reach
from attacks.certificates.schema import Certificate, CertificateSpec, Row
from attacks.schema import Example
from dashboard.views.review import certified as of_review
from dashboard.views.robustness import certified
from sentiment_core import models
from sentiment_core.classifiers.linear import classifier
from sentiment_core.schema import Estimate
from sentiment_core.storage import journal

STATUSES = {1: ["certified"] * 3 + ["wrong"], 5: ["certified", "undecided", "broken", "wrong"]}
WITNESS = "<b>dreadful</b> film"


@pytest.fixture
def certificate(monkeypatch: pytest.MonkeyPatch) -> runs.CertificateRun:
    """A finished run of four reviews of a model that is on no shelf."""
    card = models.ModelCard("m-1", None, "TF-IDF", Path(), {"family": "tfidf", "files": {}})
    monkeypatch.setattr(models, "resolve", lambda name: card)
    examples = [Example(str(i), "<b>good</b> film", 1) for i in range(4)]
    source = {"name": "made", "fingerprint": "f", "split": "test"}
    run_id = runs.start(CertificateSpec("m-1", changes=(1, 5), data=source), examples)
    run = runs.open_certificate(run_id)
    for place, example in enumerate(examples):
        rows = tuple(
            Row(k, found[place], -0.5, -0.25, WITNESS if found[place] == "broken" else "")
            for k, found in STATUSES.items()
        )
        journal.append(run.folder, Certificate(example.example_id, 1, rows, 0.5).to_json())
    runs._finish(run, {})
    return runs.open_certificate(run_id)


def section() -> None:
    from dashboard.session import selection
    from dashboard.views.robustness import certified

    certified.draw(selection.selection())


def test_without_a_model_the_section_says_what_to_choose() -> None:
    app = AppTest.from_function(section, default_timeout=60).run()
    assert not app.exception
    assert app.header[0].value == certified.TITLE


def test_the_newest_certificate_is_drawn_with_its_n(certificate: runs.CertificateRun) -> None:
    app = AppTest.from_function(section, default_timeout=60).run()
    assert not app.exception
    said = " ".join(caption.value for caption in app.caption).replace("\\", "")
    assert "4 reviews of made test" in said and "up to 25.0 %" in said


def test_the_chart_has_both_ends_and_the_attacks(certificate: runs.CertificateRun) -> None:
    reach = Reach(5, 4, Estimate(0.5, 0.2, 0.8, 4), 1, 1, 2, ())
    drawn = certified.bracket_chart(
        certified.frame(certificate.brackets), certified.points({"PWWS": [reach]}), "#009E73"
    )
    upper, lower, points = drawn.data
    assert list(upper.x) == list(lower.x) == [1, 5]
    assert list(lower.y) == pytest.approx([75.0, 25.0]) and list(upper.y) == pytest.approx([75.0, 50.0])
    assert upper.line.dash != lower.line.dash
    assert (list(points.x), list(points.y)) == ([5], [50.0])


def test_a_sentence_says_what_an_attack_found_of_what_there_is() -> None:
    reaches = [
        Reach(k, 100, Estimate(0.5, 0.4, 0.6, 100), fooled, possible, possible + 2, ())
        for k, fooled, possible in ((1, 3, 4), (5, 46, 50))
    ]
    said = certified.found_sentence("PWWS", reaches)
    assert said.startswith(
        "PWWS finds 92 % [81, 97] of what there is to find with at most 5 words: 46 of the 50"
    )
    contradicted = Reach(1, 9, Estimate(0.5, 0.4, 0.6, 9), 1, 1, 1, ("r",))
    assert "certified" in certified.found_sentence("PWWS", [contradicted])


def test_a_review_s_radius_and_witness_are_said(certificate: runs.CertificateRun) -> None:
    def said(place: int) -> str:
        rows: list[dict[str, Any]] = certificate.rows[certificate.rows["example_id"] == str(place)].to_dict(
            "records"
        )
        return of_review.sentence(certificate, rows)

    assert "up to 5 words" in said(0) and "no text that turns it is known" in said(0)
    assert "up to 1 word turns" in said(2) and "at most 5 words changed" in said(2)
    assert "nothing to certify" in said(3)
    row = figures.closest(certificate.rows[certificate.rows["example_id"] == "2"].to_dict("records"))
    assert row is not None and row["witness"] == WITNESS


def test_linear_models_are_offered_the_certificate_by_search() -> None:
    from attacks.certificates import methods
    from dashboard.records import certificates
    from sentiment_core.classifiers import FAMILIES

    for name, family in FAMILIES.items():
        card = models.ModelCard("m", None, "", Path(), {"family": name})
        why = certificates.why_not(card)
        by_search = not why and methods.method_for(card).name == "search"
        assert by_search == (family.load is classifier.load), name
        assert "\n" not in why


def test_a_model_that_is_gone_still_has_its_certificates(certificate: runs.CertificateRun) -> None:
    from dashboard.records import certificates

    assert certificates.title(certificate).startswith("m-1")
