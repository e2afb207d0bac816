"""Public mode: every page shows results, says calmly what is switched off, and changes nothing."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from opened_pages import chosen, html_of
from streamlit.testing.v1 import AppTest

from dashboard import public
from dashboard.elements import explained_words
from dashboard.navigation import PAGES
from dashboard.session import listed, pace, visitor
from dashboard.session.pace import Bucket, TooFast
from sentiment_core.storage import protection

DASHBOARD = Path(public.__file__).parent
VIEWS = [view.file for views in PAGES.values() for view in views]
#: Files with buttons of Streamlit's own, with why none of them saves anything or starts a job in public.
HARMLESS = {
    "elements/explained_words.py": "explains in the session, as fast as the pace allows",
    "elements/keys.py": "its verdict buttons stand behind `switched_off`; the others read another text",
    "elements/review_filters.py": "clears filters",
    "elements/stopped_jobs.py": "stopped jobs are not listed in public",
    "elements/public_copy.py": "the button itself",
    "session/visitor.py": "signs in and out",
    "views/attack/compose.py": "behind `switched_off`",
    "views/attack/form.py": "behind `switched_off`",
    "views/attack/options.py": "behind `switched_off`",
    "views/attack/page.py": "goes back to the list",
    "views/attack/single.py": "behind `switched_off`",
    "views/bias/slices.py": "behind `switched_off`",
    "views/bias/toxicity.py": "chooses what is shown",
    "views/card/editing.py": "behind `switched_off`",
    "views/data/confirming.py": "a file cannot be brought in public",
    "views/data/drifted.py": "compares, and keeps nothing",
    "views/data/keeping.py": "behind `switched_off`",
    "views/data/source.py": "behind `switched_off`",
    "views/errors/page.py": "clears filters",
    "views/evaluate/page.py": "clears filters",
    "views/evaluate/widgets.py": "moves the threshold that is shown",
    "views/experiments/actions.py": "behind `switched_off`",
    "views/experiments/form.py": "behind `switched_off`",
    "views/improve/deciding.py": "promotion stands behind `switched_off`",
    "views/improve/ledger_list.py": "shows a decision; rolling back stands behind `switched_off`",
    "views/improve/teaching.py": "behind `switched_off`",
    "views/live/file.py": "answers a file in the session",
    "views/live/page.py": "resets the copy",
    "views/map/picked.py": "picks reviews in the session; keeping them is refused in one line",
    "views/probes/draft.py": "behind `switched_off`",
    "views/probes/own.py": "behind `switched_off`",
    "views/probes/page.py": "goes back to the chosen models",
    "views/review/asking.py": "loads a model",
    "views/review/page.py": "reads another review",
    "views/robustness/panel.py": "behind `switched_off`",
    "views/robustness/page.py": "clears filters",
    "views/tradeoffs/smaller.py": "behind `switched_off`",
}
ACTING = ("button", "form_submit_button", "file_uploader", "data_editor", "chat_input")


@pytest.fixture
def in_public(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(public.VARIABLE, "1")
    monkeypatch.setattr(pace, "_everybody", Bucket(*pace.EVERYBODY))
    yield
    protection.release()


def everything(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def all_words(app: AppTest) -> str:
    """Return what every element says, as the browser gets it, without Markdown's backslashes."""
    return "".join(str(element.proto) for element in [*app.main, *app.sidebar]).replace("\\", "")


def test_every_button_that_acts_is_drawn_by_the_one_that_public_mode_switches_off() -> None:
    found = set()
    for path in sorted(DASHBOARD.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                by = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
                if node.func.attr in ACTING and by not in ("public_copy", "page_keys", "keys"):
                    found.add(path.relative_to(DASHBOARD).as_posix())
    assert found - set(HARMLESS) == set(), "use public_copy.button, or say in HARMLESS why not"
    assert set(HARMLESS) - found == set()


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_in_public_shows_results_names_no_folder_and_changes_nothing(
    app: AppTest, tiny_workspace: Path, in_public: None, view: str
) -> None:
    before = everything(tiny_workspace)
    for name, value in chosen(b="nbsvm").items():
        app.query_params[name] = value
    app.switch_page(f"views/{view}/page.py").run()
    assert not app.exception and not app.error
    words = all_words(app)
    assert str(tiny_workspace) not in words
    assert words.count(public.WHAT) <= 1
    assert everything(tiny_workspace) == before


@pytest.mark.parametrize("view", ["home", "data", "attack", "experiments", "probes", "improve"])
def test_a_page_that_would_offer_an_action_says_once_that_it_is_switched_off(
    app: AppTest, empty_workspace: Path, in_public: None, view: str
) -> None:
    app.switch_page(f"views/{view}/page.py").run()
    assert not app.exception
    assert all_words(app).count(public.WHAT) == 1
    assert not {"Make the demo", "Start training", "Start the batch"} & {one.label for one in app.button}


def test_what_a_page_tries_all_the_same_is_one_calm_line(
    app: AppTest, tiny_workspace: Path, in_public: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A button that somebody forgets to switch off: the storage refuses, and the page says why."""
    from dashboard.elements import public_copy

    monkeypatch.setattr(public_copy, "switched_off", lambda place: False)
    before = everything(tiny_workspace)
    app.query_params.update(chosen())
    app.switch_page("views/attack/page.py").run()
    app.button("attack-start").click().run()
    assert not app.exception
    assert [error.value.replace("\\", "") for error in app.error] == [public.WHAT]
    assert everything(tiny_workspace) == before


def test_outside_of_public_nothing_is_switched_off(app: AppTest, tiny_workspace: Path) -> None:
    app.query_params.update(chosen())
    app.switch_page("views/attack/page.py").run()
    assert public.WHAT not in all_words(app)
    assert app.button("attack-start")


@pytest.mark.parametrize(
    ("value", "on"), [("", False), ("0", False), ("1", True), ("yes", True), (" ", False)]
)
def test_whatever_is_set_but_0_switches_it_on(value: str, on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(public.VARIABLE, value)
    assert public.is_public() is on


def test_what_the_operator_listed_is_not_offered_in_public(
    in_public: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ids.txt").write_text("a\n")
    monkeypatch.setenv(listed.FILES, str(tmp_path))
    monkeypatch.setenv(listed.CLUSTERS, "tcp://10.0.0.1:8786")
    assert listed.files((".txt",)) == {} and listed.clusters() == []


# --- Live ----------------------------------------------------------------------------------------


def live(app: AppTest, text: str) -> AppTest:
    app.switch_page("views/live/page.py").run()
    return app.text_area("live_text").set_value(text).run()


def test_live_answers_in_public_and_stores_nothing(
    app: AppTest, tiny_workspace: Path, in_public: None
) -> None:
    before = everything(tiny_workspace)
    live(app, "I found the zebra superb.")
    assert html_of(app).count("class='figure'>") == 2
    assert any("nothing is stored" in caption.value for caption in app.caption)
    app.file_uploader("live_file").upload("mine.csv", b"text\nzebra fine\n", "text/csv").run()
    next(one for one in app.button if one.label == "Answer 1 text").click().run()
    assert not app.exception and everything(tiny_workspace) == before


def test_live_answers_so_many_texts_a_minute_and_says_when_the_next(
    app: AppTest, tiny_workspace: Path, in_public: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "VISITOR", (2.0, 1e-3))
    live(app, "one")  # the example that stands there at first counts as well
    assert not app.info
    app.text_area("live_text").set_value("two").run()
    assert app.info[0].value.startswith("This public copy answers you about 0 texts a minute")
    app.text_area("live_text").set_value("one").run()  # asked before: a page asks anew at every click
    assert not app.info and html_of(app).count("class='figure'>") == 2


def test_a_file_in_public_has_fewer_rows(app: AppTest, tiny_workspace: Path, in_public: None) -> None:
    app.switch_page("views/live/page.py").run()
    rows = "text\n" + "fine\n" * (pace.MOST_ROWS + 1)
    app.file_uploader("live_file").upload("mine.csv", rows.encode(), "text/csv").run()
    assert f"the limit here is {pace.MOST_ROWS}" in app.error[0].value.replace("\\", "")


def test_an_explanation_of_a_typed_text_is_kept_only_where_its_writer_wants_that(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explained_words, "_cost", lambda *asked: "")  # AppTest finds an option by its words
    kept = tiny_workspace / "cache" / "explanations"
    live(app, "I found the story dull.")
    assert any("are not stored" in caption.value for caption in app.caption)
    for wanted in (False, True):
        app.toggle("live_keep").set_value(wanted)
        app.text_area("live_text").set_value(f"I found the story superb, {wanted}.").run()
        next(one for one in app.selectbox if one.label == "Method").set_value("occlusion").run()
        next(one for one in app.button if one.label == "Explain").click().run()
        assert not app.exception
        assert any("Toward positive" in caption.value for caption in app.caption)
        assert kept.exists() is wanted


# --- how many texts ------------------------------------------------------------------------------


def test_an_allowance_is_used_up_and_fills_up_again() -> None:
    own, everybody = Bucket(3, 0.5, seen=0.0), Bucket(100, 1, seen=0.0)
    for _ in range(3):
        pace.spend(own, everybody, 1, now=0.0)
    assert own.wait(1, now=0.0) == 2.0  # one text at half a text a second
    with pytest.raises(TooFast, match="answers you about 30 texts a minute; try again in 2 s"):
        pace.spend(own, everybody, 1, now=0.0)
    assert own.wait(1, now=2.0) == 0.0
    pace.spend(own, everybody, 1, now=2.0)
    assert own.wait(3, now=1_000.0) == 0.0  # never more than it holds
    assert everybody.left == 97 + 2 - 1 + 0


def test_all_visitors_together_have_an_allowance_and_none_is_charged_for_a_refusal() -> None:
    own, everybody = Bucket(10, 1, seen=0.0), Bucket(1, 0.1, seen=0.0)
    pace.spend(own, everybody, 1, now=0.0)
    with pytest.raises(TooFast, match="all visitors together about 6 texts a minute; try again in 10 s"):
        pace.spend(own, everybody, 1, now=0.0)
    assert own.left == 9.0


def test_what_is_larger_than_the_allowance_takes_all_of_it() -> None:
    own, everybody = Bucket(10, 1, seen=0.0), Bucket(100, 1, seen=0.0)
    pace.spend(own, everybody, 1_000, now=0.0)
    assert own.left == 0.0 and math.isclose(own.wait(1_000, now=4.0), 6.0)


@pytest.mark.parametrize(("length", "texts"), [(0, 1), (4_999, 1), (5_000, 2), (50_000, 11)])
def test_a_long_text_counts_as_several(length: int, texts: int) -> None:
    assert pace.weight("a" * length) == texts


# --- sign-in -------------------------------------------------------------------------------------

AUTH = {
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": "not-a-secret",
    "client_id": "reelcheck",
    "client_secret": "not-a-secret",
    "server_metadata_url": "https://sign-in.example/.well-known/openid-configuration",
}


def test_where_sign_in_is_configured_a_stranger_sees_no_page(app: AppTest, tiny_workspace: Path) -> None:
    app.secrets["auth"] = AUTH
    app.switch_page("views/home/page.py").run()
    assert not app.exception
    words = all_words(app)
    assert "Sign in" in words or "Sign-in" in words
    assert "tfidf" not in words and not app.sidebar.selectbox


@pytest.mark.parametrize(
    ("claims", "may"),
    [
        ({"email": "Ann@Example.org"}, True),
        ({"email": "bob@example.org"}, False),
        ({"email": "bob@team.example"}, True),
        ({"email": "bob@team.example.evil"}, False),
        ({"email": "bob@evil.team.example"}, False),
        ({"email": "ann@example.org", "email_verified": False}, False),
        ({"email": "ann@example.org", "email_verified": True}, True),
        ({"name": "Ann"}, False),
        ({"email": "@team.example"}, False),
        ({}, False),
    ],
)
def test_only_listed_visitors_are_let_in(
    claims: dict[str, object], may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(visitor.VARIABLE, "ann@example.org, @team.example")
    assert visitor.is_listed(claims) is may
    monkeypatch.delenv(visitor.VARIABLE)
    assert visitor.is_listed(claims)
