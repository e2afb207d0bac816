"""A user's own slices: the language of queries, patterns that never end, names that are none."""

from __future__ import annotations

import json
import time

import pandas as pd
import pytest

from attacks import __main__ as command_line
from attacks.own import patterns
from attacks.own.slices import STORE, OwnSlice, mask_of, save_own
from attacks.schema import SliceError
from attacks.slices import queries
from attacks.slices.properties import PROPERTIES
from sentiment_core.storage import workspace

FRAME = pd.DataFrame(
    {
        "words": pd.array([10, 200, 400, None], dtype="Float64"),
        "digits": pd.array([20, 100, 500, 1], dtype="Float64"),
        "horror": pd.array([True, False, None, True], dtype="boolean"),
        "language": pd.array(["en", "de", None, "fr"], dtype="string"),
    }
)


def rows(query: str) -> list[bool | None]:
    return [None if pd.isna(value) else bool(value) for value in queries.rows(query, FRAME)]


@pytest.mark.parametrize(
    "query, expected",
    [
        ("words > 100", [False, True, True, None]),
        ("100 < words <= 200", [False, True, False, None]),
        ("100 >= words", [True, False, False, None]),
        ("words != 200", [True, False, True, None]),
        ("words < digits", [True, False, True, None]),
        ("horror", [True, False, None, True]),
        ("not horror", [False, True, None, False]),
        ("horror == True", [True, False, None, True]),
        ("horror != True", [False, True, None, False]),
        ("language == 'de'", [False, True, None, False]),
        ("'de' != language", [True, False, None, True]),
        ("language in ('de', 'fr')", [False, True, None, True]),
        ("language not in ['de', 'fr']", [True, False, None, False]),
        ("words in (10, 400)", [True, False, True, None]),
        ("words in (digits, 10)", [True, False, False, None]),
        ("words > -1.5e0", [True, True, True, None]),
        ("words > 1e999", [False, False, False, None]),
        # Kleene: what a missing value leaves open is missing, what it cannot change is not.
        ("horror or words > 100", [True, True, True, True]),
        ("horror and words > 500", [False, False, False, None]),
        ("not (horror and language == 'en')", [False, True, None, True]),
        (" words > 1 ", [True, True, True, None]),
    ],
)
def test_what_a_query_selects(query, expected):
    assert rows(query) == expected


def test_a_query_says_the_same_as_pandas_where_nothing_is_missing():
    whole = FRAME.dropna().reset_index(drop=True)
    query = "not horror and (words > 50 or digits == 20) and language != 'en'"
    assert list(queries.rows(query, whole)) == list(whole.eval(query))


@pytest.mark.parametrize(
    "query, message",
    [
        ("", "empty"),
        ("   ", "empty"),
        ("words.max() > 3", "a call|an attribute"),
        ("len(words) > 3", "a call"),
        ("__import__('os').system('true')", "a call"),
        ("words.values > 3", "an attribute"),
        ("words.__class__", "an attribute"),
        ("().__class__.__bases__", "an attribute"),
        ("__builtins__", "'__builtins__' is not known"),
        ("@words > 3", "cannot be read"),
        ("words = 3", "cannot be read"),
        ("(words := 3)", "an assignment"),
        ("words > (digits := 3)", "an assignment"),
        ("words[0] > 3", "square brackets"),
        ("lambda: words", "a function"),
        ("[w for w in words]", "not allowed"),
        ("words if horror else digits", "not allowed"),
        ("words + 1 > 3", "arithmetic"),
        ("words > 9 ** 999999999", "arithmetic"),
        ("words > 10 * 'a'", "arithmetic"),
        ("-words > 3", "not allowed"),
        ("~horror", "not allowed"),
        ("f'{words}' == 'a'", "not allowed"),
        ("language == b'de'", "not allowed"),
        ("words > 3j", "not allowed"),
        ("words is None", "`is`"),
        ("words == None", "not allowed"),
        ("words > -True", "not allowed"),
        ("...", "a value alone"),
        ("True", "a value alone"),
        ("3 > 2", "compares no column"),
        ("3 in (2, 3)", "compares no column"),
        ("words in digits", "without a list"),
        ("words in ()", "without a list"),
        ("words in ((1, 2), 3)", "not allowed"),
        ("*words", "cannot be read|not allowed"),
        ("words; digits", "cannot be read"),
        ("words > 3\x00", "cannot be read"),
        ("words >", "cannot be read"),
        ("(" * 250 + "horror" + ")" * 240, "cannot be read"),
        ("not " * 100 + "horror", "nested"),
        ("words > " + "1" * 400, "too large"),
        ("horror or " * 60 + "horror", "500 at most"),
        ("wrods > 3", "'wrods' is not known; known: words, digits, horror, language"),
        ("words", "compare it, as in words > "),
        ("language", "compare it, as in language == 'en'"),
        ("words > 'many'", "is a number and cannot be compared so"),
        ("horror > 3", "is a yes/no"),
        ("horror == 1", "is a yes/no"),
        ("language > 'a'", "holds texts"),
        ("language == 3", "holds texts"),
        ("words == language", "is a number"),
        ("горор", "'горор' is not known"),
    ],
)
def test_what_is_no_query_is_refused_in_one_line_and_never_run(query, message):
    with pytest.raises(SliceError, match=message) as refusal:
        queries.rows(query, FRAME)
    assert "\n" not in str(refusal.value)


def test_a_pattern_is_searched_without_regard_to_capitals():
    texts = ["A sequel.", "SEQUELS!", "prequel", "", "é ü 映画 🎬"]
    assert list(patterns.matches(r"\bsequels?\b", texts)) == [True, True, False, False, False]
    assert list(patterns.matches("映画|ü$", texts)) == [False, False, False, False, True]
    assert list(patterns.matches("a", [])) == []


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|aa)+$", r"(.*a){20}b$", r"^(\w+\s?)*$"])
def test_a_pattern_that_backtracks_for_ever_is_stopped_in_time(pattern):
    began = time.monotonic()
    with pytest.raises(SliceError, match="did not finish within 1 s"):
        patterns.matches(pattern, ["a" * 60 + " ! " + "word " * 60 + "!"] * 3, seconds=1.0)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    "pattern, message",
    [
        ("", "is empty"),
        ("(", "not a regular expression"),
        ("a**", "not a regular expression"),
        ("[z-a]", "not a regular expression"),
        ("a{99999999999999999999}", "not a regular expression"),
        ("x" * 301, "300 at most"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern, message):
    with pytest.raises(SliceError, match=message):
        patterns.check(pattern)


def test_a_pattern_cannot_take_all_memory():
    with pytest.raises(SliceError, match="memory|did not finish within"):
        patterns.matches("(?:a|b|(x))*y", ["ab" * 10_000_000], seconds=2.0)


def test_slices_are_kept_listed_replaced_and_deleted():
    save_own("long-men", query="words > 300 and not mentions_female")
    save_own("sequels", pattern="sequels?")
    assert [own.name for own in STORE.all().values()] == ["long-men", "sequels"]
    save_own("sequels", query="words < 10")
    assert STORE.open("sequels") == OwnSlice("sequels", "words < 10", None)
    STORE.delete("sequels")
    assert [own.name for own in STORE.all().values()] == ["long-men"]
    with pytest.raises(SliceError, match="'sequels' is not kept in this workspace; kept: long-men"):
        STORE.open("sequels")


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "../x",
        "a/b",
        "/etc/passwd",
        "a\x00b",
        "ünïcode",
        "Name",
        "a b",
        "1a",
        "a" * 41,
        "con.json",
        "-",
    ],
)
def test_names_that_are_no_names_touch_nothing(name, reelcheck_home):
    for use in (
        lambda: save_own(name, query="words > 1"),
        lambda: STORE.open(name),
        lambda: STORE.delete(name),
    ):
        with pytest.raises(SliceError) as refusal:
            use()
        assert "\n" not in str(refusal.value)
    assert not (reelcheck_home / "slices").exists()


def test_a_slice_of_the_project_keeps_its_name():
    with pytest.raises(SliceError, match="'long' already exists"):
        save_own("long", query="words > 1")


def test_a_slice_is_a_query_or_a_pattern_and_one_of_the_two():
    for given in ({}, {"query": "words > 1", "pattern": "a"}):
        with pytest.raises(SliceError, match="a query or a pattern"):
            save_own("both", **given)
    with pytest.raises(SliceError, match="half a character"):
        save_own("half", pattern="a\ud800")
    with pytest.raises(SliceError, match="'stars' is not known; known: words, "):
        save_own("stars", query="stars > 3")
    assert save_own("stars", query="stars > 3", columns=["stars"]).query == "stars > 3"


def test_files_that_are_damaged_are_no_slices():
    save_own("good", query="words > 1")
    folder = STORE.folder()
    (folder / "torn.json").write_text('{"name": "torn", "que')
    (folder / "list.json").write_text("[1, 2]")
    (folder / "both.json").write_text('{"query": "words > 1", "pattern": "a"}')
    (folder / "number.json").write_text('{"query": 3, "pattern": null}')
    (folder / "..strange name.json").write_text("{}")
    assert [own.name for own in STORE.all().values()] == ["good"]


def test_the_mask_of_a_slice():
    texts = pd.Series(["A sequel", "b", "SEQUEL", "c"], index=FRAME.index)
    assert list(mask_of(OwnSlice("a", pattern="sequel"), FRAME, texts)) == [True, False, True, False]
    assert list(mask_of(OwnSlice("a", query="digits > 50"), FRAME, texts)) == [False, True, True, False]
    with pytest.raises(SliceError, match="'rating' is not known"):
        mask_of(OwnSlice("a", query="rating > 5"), FRAME, texts)


def command(capsys, *arguments: str):
    code = command_line.main(["slices", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_command_saves_lists_and_deletes(capsys):
    code, out, _ = command(capsys, "save", "shouts", "--query", "capitals_share > 0.1")
    assert code == 0 and out.startswith("saved shouts (query: capitals_share > 0.1)")
    code, out, _ = command(capsys, "list", "--json")
    listed = json.loads(out)
    assert code == 0 and [item["name"] for item in listed["own"]] == ["shouts"]
    assert {item["name"] for item in listed["columns"]} == set(PROPERTIES)
    assert command(capsys, "list")[1].count("\n") > 40
    code, out, _ = command(capsys, "delete", "shouts")
    assert code == 0 and "deleted shouts" in out
    assert not list((workspace.home() / "slices").iterdir())


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("save", "x", "--query", "os.remove('a')"), "a call"),
        (("save", "../x", "--query", "words > 1"), "is not allowed"),
        (("save", "x", "--pattern", "(a+)+$"), "did not finish within"),
        (("save", "x", "--query", "stars > 1"), "'stars' is not known"),
        (("delete", "x"), "'x' is not kept"),
        (("show", "x", "--model", "tfidf", "--data", "imdb-embedded"), "'tfidf' is not known"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(capsys, arguments, message):
    code, _, err = command(capsys, *arguments)
    assert code == 2 and message in err and len(err.strip().splitlines()) == 1
