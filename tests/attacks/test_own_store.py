"""The one store of what users compose: listed, read, replaced, deleted; wrong files apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from attacks.own import probes, recipes, slices
from attacks.own.store import Store
from sentiment_core.errors import ReelcheckError


class ThingError(ReelcheckError):
    """A thing is wrong."""


def read(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        raise ThingError(f"{path.name} is empty")
    return text


@pytest.fixture
def store(reelcheck_home) -> Store[str]:
    return Store("thing", "things", (".new", ".old"), read, ThingError, "write one")


def test_nothing_is_there_before_something_is_saved(store, reelcheck_home):
    assert (store.names(), store.all(), store.wrong()) == ([], {}, {})
    with pytest.raises(
        ThingError, match="thing 'a' is not kept in this workspace; kept: none yet; write one"
    ):
        store.open("a")
    assert not (reelcheck_home / "things").exists()


def test_a_thing_replaces_the_older_one_whatever_its_suffix(store):
    store.save("a", "first", ".old")
    store.save("a", "second", ".new")
    assert [path.name for path in store.folder().iterdir()] == ["a.new"]
    assert store.all() == {"a": "second"}
    store.delete("a")
    assert store.names() == []


def test_of_two_files_of_one_name_the_first_suffix_counts_and_both_are_deleted(store):
    store.save("a", "x", ".new")
    (store.folder() / "a.old").write_text("y")
    assert store.names() == ["a"] and store.open("a") == "x"
    store.delete("a")
    assert list(store.folder().iterdir()) == []


def test_a_wrong_file_is_listed_hides_no_other_and_can_be_deleted(store):
    store.save("right", "\U0001f600 \u0645\u0631\u062d\u0628\u0627 <script>", ".new")
    store.save("wrong", " ", ".new")
    (store.folder() / ".being-written.new").write_text("")
    (store.folder() / "notes.txt").write_text("")
    assert store.names() == ["right", "wrong"]
    assert list(store.all()) == ["right"]
    assert store.wrong() == {"wrong.new": "wrong.new is empty"}
    with pytest.raises(ThingError, match="wrong.new is empty"):
        store.open("wrong")
    store.delete("wrong")
    assert store.names() == ["right"]


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\x00b", "b" * 10_000])
def test_no_name_leads_out_of_the_folder(store, name):
    store.save("a", "x", ".new")
    for use in (store.open, store.path_of, store.delete):
        with pytest.raises(ThingError, match="kept: a") as refusal:
            use(name)
        assert len(str(refusal.value)) < 200 and "\n" not in str(refusal.value)


def test_recipes_probes_and_slices_are_kept_by_it():
    kinds = {module.STORE.kind: module.STORE.place for module in (recipes, probes, slices)}
    assert kinds == {"recipe": "recipes", "probe": "probes", "slice": "slices"}
