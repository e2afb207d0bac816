"""Files made to fill the memory or to take for ever are refused after the little that shows what they are."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest

from attacks.batches import selection
from attacks.composition.base import RecipeError
from attacks.own import probe_files, probes, recipes
from attacks.probes import ProbeError
from attacks.validity import thresholds
from dashboard.views.live import batch
from sentiment_core import data
from sentiment_core.data import cleaning
from sentiment_core.data.files import rows, tables, unpacking
from sentiment_core.data.files.bad_rows import LISTED_ROWS, BadRows
from sentiment_core.data.files.tables import TooManyRows, read_table
from sentiment_core.errors import DataError

ROWS = {
    "rows.csv": ("text\n", "a\n"),
    "rows.tsv": ("text\tx\n", "a\tb\n"),
    "rows.jsonl": ("", '{"text": "a"}\n'),
    "rows.txt": ("", "a\n"),
}


@pytest.fixture
def lines_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the lines that are taken from files."""
    taken = [0]
    following = rows.Lines.__next__

    def counted(lines: rows.Lines) -> str:
        taken[0] += 1
        return following(lines)

    monkeypatch.setattr(rows.Lines, "__next__", counted)
    return taken


@pytest.mark.parametrize("name", ROWS)
def test_reading_ends_at_the_row_that_is_one_too_many(name: str, lines_read: list[int]) -> None:
    head, row = ROWS[name]
    with pytest.raises(TooManyRows, match="more than 1,000 rows") as raised:
        read_table((head + row * 200_000).encode(), name, max_rows=1_000)
    assert raised.value.most == 1_000
    assert lines_read[0] < 2_100  # a TSV is looked at twice


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.txt"])
def test_blank_lines_are_not_read_without_end(name: str, lines_read: list[int]) -> None:
    head, row = ROWS[name]
    with pytest.raises(TooManyRows):
        read_table((head + row + "\n" * 200_000).encode(), name, max_rows=1_000)
    assert lines_read[0] < 5_000


def test_exactly_as_many_rows_as_are_allowed_are_read() -> None:
    assert len(read_table(("text\n" + "a\n" * 1_000).encode(), "rows.csv", max_rows=1_000)) == 1_000


def test_live_takes_5000_rows_of_ten_million_and_keeps_only_those(lines_read: list[int]) -> None:
    content = b"t\n" + b"a\n" * 1_000_000
    tracemalloc.start()
    with pytest.raises(TooManyRows):
        batch.read_upload(content, "rows.csv", None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lines_read[0] <= batch.MAX_ROWS + 3
    assert peak < 5_000_000


WIDE = {
    "columns.csv": ",".join(f"c{n}" for n in range(20_000)).encode() + b"\n",
    "columns.tsv": "\t".join(f"c{n}" for n in range(20_000)).encode() + b"\n",
    "columns.jsonl": json.dumps({f"c{n}": 1 for n in range(20_000)}).encode(),
    "keys.jsonl": "".join(f'{{"text": "a", "{n}": 1}}\n' for n in range(1_000)).encode(),
}


@pytest.mark.parametrize("name", WIDE)
def test_a_file_of_too_many_columns_is_refused(name: str) -> None:
    with pytest.raises(DataError, match="more than 200 columns, the most that are read"):
        read_table(WIDE[name], name)


def test_a_table_of_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_CELLS", 5_000)
    with pytest.raises(DataError, match="more than 5,000 cells"):
        read_table(b"a,b\n" + b"1,2\n" * 4_000, "cells.csv")


def test_what_is_nested_in_json_counts_as_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_CELLS", 5_000)
    record = {"text": "a", "x": [[] for _ in range(6_000)]}
    with pytest.raises(DataError, match="more than 5,000 cells"):
        read_table(json.dumps(record).encode(), "nested.jsonl")
    record = {"text": "a", "x": {"y": {str(n): n for n in range(6_000)}}}
    with pytest.raises(DataError, match=r"more than \d,\d\d\d cells"):
        read_table(json.dumps(record).encode(), "nested.jsonl")


@pytest.mark.parametrize("letter", ["a", "\U0001f600", "ف"])
def test_a_cell_that_is_too_long_is_named_and_can_be_left_out(letter: str, tmp_path: Path) -> None:
    long = letter * (tables.MAX_CELL_CHARACTERS + 1)
    for name, content in {
        "long.csv": f"text,label\nfine,1\nbad,0\n{long},1\n",
        "long.jsonl": "".join(
            json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n"
            for text, label in (("fine", 1), ("bad", 0), (long, 1))
        ),
    }.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        with pytest.raises(
            DataError, match=r"1,000,\d\d\d characters|1,000,000 characters in one cell"
        ) as raised:
            data.load(str(tmp_path / name))
        assert len(str(raised.value)) < 300
        dataset = data.load(str(tmp_path / name), skip_bad=True)
        assert list(dataset.examples["text"]) == ["fine", "bad"]
        assert [item.count for item in dataset.dropped] == [1]


def test_a_text_of_as_many_characters_as_are_allowed_is_read() -> None:
    text = "a" * tables.MAX_CELL_CHARACTERS
    assert read_table(f"text\n{text}\n".encode(), "long.csv")["text"].iloc[0] == text


@pytest.mark.parametrize(
    "content",
    [
        b"text\n" + b"a" * 5_000_000,
        b"aa," * 2_000_000,
        b"text\n" + (b"aa," * 30_000 + b'"\n",') * 50,
        '\U0001f600{"text": "'.encode() + b"a" * 5_000_000,
    ],
    ids=["one line", "a header of commas", "a record of many lines", "one wide line"],
)
def test_a_row_without_end_is_refused_before_it_is_split(content: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(DataError, match="4,000,000 characters in one row"):
        read_table(content, "row.csv")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150_000_000


def test_an_open_quotation_mark_swallows_no_more_than_a_cell() -> None:
    with pytest.raises(DataError, match="row 2: more than 1,000,000 characters in one cell, or an open quot"):
        read_table(b'text\n"' + b"a\n" * 3_000_000, "quote.csv")


def test_bad_rows_are_counted_and_only_the_first_of_them_kept() -> None:
    bad = BadRows("bad.csv", skip=True)
    read_table(b"a,b\n" + b"1,2,3\n" * 5_000 + b"1,2\n", "bad.csv", bad=bad)
    assert [(item.why, item.count, len(item.examples)) for item in bad.report()] == [
        ("malformed row", 5_000, LISTED_ROWS)
    ]


def test_a_file_that_grows_while_it_is_read_is_read_up_to_the_limit(tmp_path, monkeypatch) -> None:
    (tmp_path / "grows.csv").write_bytes(b"text\n" + b"a\n" * 10_000)
    monkeypatch.setattr(tables, "_check_size", lambda size, *rest: None)
    assert len(tables.read_bytes(tmp_path / "grows.csv", "grows.csv", 100)) == 101


# --- Parquet ---------------------------------------------------------------------------------------


def _parquet(columns: dict[str, object], **options: object) -> bytes:
    out = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.table(columns), out, **{"compression": "zstd"} | options)
    return out.getvalue().to_pybytes()


def _run(value: str, n: int) -> bytes:
    """Return n rows of one value: a dictionary of one entry, and a run of it."""
    places = pyarrow.array(np.zeros(n, dtype=np.int8))
    return _parquet({"text": pyarrow.DictionaryArray.from_arrays(places, [value])}, row_group_size=n)


def _refused(content: bytes) -> str:
    before = pyarrow.total_allocated_bytes()
    tracemalloc.start()
    with pytest.raises(DataError) as raised:
        read_table(content, "hostile.parquet")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120_000_000
    assert pyarrow.total_allocated_bytes() - before < 150_000_000
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_kilobyte_that_unpacks_to_gigabytes_is_refused() -> None:
    content = _run("a" * 500, 5_000_000)
    assert len(content) < 300_000  # two gigabytes of text; a writer that repeats less needs a kilobyte
    assert "unpacks to more than 100 MB" in _refused(content)


def test_a_parquet_file_of_many_short_rows_ends_at_the_row_limit() -> None:
    assert "more than 500,000 rows" in _refused(_run("a", 5_000_000))


def test_a_page_that_is_compressed_a_thousandfold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "WORKING_BYTES", 30 * 1024**2)
    assert "unpacks to more than 30 MB" in _refused(_parquet({"text": ["a" * 60_000_000]}))


def test_a_parquet_file_of_too_many_columns_is_refused() -> None:
    assert "more than 200 columns" in _refused(_parquet({f"c{n}": [1] for n in range(2_000)}))


def test_a_list_of_millions_in_one_row_is_refused() -> None:
    n = 20_000_000
    values = pyarrow.array(np.zeros(n))
    tags = pyarrow.ListArray.from_arrays(pyarrow.array([0, n], pyarrow.int32()), values)
    assert "unpacks to more than" in _refused(_parquet({"text": ["fine"], "tags": tags}))


@pytest.mark.parametrize("cut", [4, 8, 100, 0.5, 0.9, 0.99])
def test_a_torn_parquet_file_is_one_line(cut: float) -> None:
    content = _parquet({"text": [f"review {n}" for n in range(2_000)]})
    with pytest.raises(DataError, match="torn.parquet is not a readable Parquet file"):
        read_table(content[: int(cut if cut > 1 else cut * len(content))], "torn.parquet")


def test_a_flipped_byte_anywhere_is_one_line_or_harmless() -> None:
    content = _parquet({"text": [f"review {n}" for n in range(50)]}, compression="snappy")
    for place in np.random.default_rng(0).integers(0, len(content), 12):
        flipped = bytearray(content)
        flipped[place] ^= 0xFF
        try:
            read_table(bytes(flipped), "flipped.parquet")
        except DataError as error:
            assert "\n" not in str(error)


def test_well_formed_parquet_is_read_as_pandas_reads_it(tmp_path: Path) -> None:
    n = 1_000
    frame = pd.DataFrame(
        {
            "text": [f"review {k}" for k in range(n)],
            "kind": pd.Categorical([("a", "b", "c")[k % 3] for k in range(n)]),
            "stars": [None if k == 700 else k for k in range(n)],
            "day": pd.date_range("2020-01-01", periods=n),
            "tags": [[str(k), "x"] for k in range(n)],
            "right": [k % 2 == 0 for k in range(n)],
        }
    )
    frame.to_parquet(tmp_path / "kinds.parquet")
    read = read_table(tmp_path / "kinds.parquet")
    expected = (
        pyarrow.parquet.read_table(tmp_path / "kinds.parquet").to_pandas(ignore_metadata=True).astype(object)
    )
    assert list(read.index) == list(range(1, n + 1))
    for name in frame.columns:
        assert [str(value) for value in read[name]] == [str(value) for value in expected[name]], name
        assert [type(value) for value in read[name]] == [type(value) for value in expected[name]], name


# --- texts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<" * 20_000 + "br>" * 20_000,
        "&#5" * 20_000 + "&#52;" + ";" * 20_000,
        "&" + "#038;" * 20_000,
        "&" + "amp;" * 20_000 + "lt;",
    ],
    ids=["breaks in breaks", "entities in entities", "numbers of ampersands", "names of ampersands"],
)
def test_marks_inside_marks_do_not_take_for_ever(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = [0]
    once = cleaning._clean_once

    def counted(given: str) -> str:
        rounds[0] += 1
        return once(given)

    monkeypatch.setattr(cleaning, "_clean_once", counted)
    cleaned = data.clean_text(text)
    assert rounds[0] <= cleaning.MOST_NESTED + 2
    assert data.clean_text(cleaned) == cleaned


# --- what else is read from a user's file ----------------------------------------------------------


@pytest.mark.parametrize("name", ["ids.txt", "ids"])
def test_a_file_of_ids_is_read_under_the_same_limits(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = pd.Series(["a", "b"])
    (tmp_path / name).write_bytes(b"a\n\n b \n\xe9\n")
    with pytest.raises(DataError, match="row 4: byte 0xe9"):  # the row is named, not quoted
        selection._ids_in(str(tmp_path / name), known)
    (tmp_path / name).write_bytes("\ufeffa\n\n b \n".encode())
    assert selection._ids_in(str(tmp_path / name), known) == ["a", "b"]
    monkeypatch.setattr(selection, "read_bytes", lambda path, name: tables.read_bytes(path, name, 4))
    with pytest.raises(DataError, match="over the limit"):
        selection._ids_in(str(tmp_path / name), known)


def test_pairs_to_calibrate_with_are_never_unpacked_nor_spread_out(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "pairs.tsv.gz").write_bytes(
        gzip.compress(b"Sentiment\tText\tbatch_id\n" + b"\0" * 10_000_000)
    )
    with pytest.raises(DataError, match="format of file .* is not known"):
        thresholds._pairs(tmp_path / "pairs.tsv.gz")
    rows = [f"kind {n}\ttext\t{n}\n" for n in range(5_000)]
    (tmp_path / "pairs.tsv").write_text(
        "Sentiment\tText\tbatch_id\n" + "Negative\tdull\t1\nPositive\tfine\t1\n" + "".join(rows)
    )
    assert thresholds._pairs(tmp_path / "pairs.tsv") == [("dull", "fine")]


PROBES = {
    "a bomb of aliases": "a: &a [x]\nb: [*a, *a]\n",
    "a deep list": "[" * 10_000,
    "a number of 10,000 digits": "kind: MFT\nper_template: " + "9" * 10_000,
    "a hexadecimal number": "kind: MFT\nper_template: 0x" + "f" * 10_000,
    "a slot of such numbers": "kind: MFT\nslots: {a: [0x" + "f" * 10_000 + "]}",
    "a number in base 60": "kind: " + "1:" + "59:" * 3_000 + "59",
    "infinity": "kind: MFT\ntemplates: [{text: fine, expectation: positive}]\nper_template: .inf",
    "a key of lists": "? [a, b]\n: c\n",
    "a NUL": "kind: MFT\ntitle: \0\n",
    "half a character": 'kind: MFT\ntitle: "\\ud83d"\ntemplates: []\n',
}


@pytest.mark.parametrize("what", PROBES)
def test_a_hostile_probe_is_one_line(what: str, tmp_path: Path) -> None:
    (tmp_path / "probe.yaml").write_text(PROBES[what])
    with pytest.raises(ProbeError) as raised:
        probes.read_own(tmp_path / "probe.yaml")
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 400


def test_a_probe_over_its_limit_is_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "probe.yaml").write_bytes(b"#" * (probe_files.MOST_BYTES + 1_000_000))
    assert len(probe_files.read(tmp_path / "probe.yaml")) == probe_files.MOST_BYTES + 1
    with pytest.raises(ProbeError, match="more than 256 KiB"):
        probes.read_own(tmp_path / "probe.yaml")


RECIPES = {
    "deep.json": '{"name": ' + "[" * 100_000,
    "deep.toml": "name = " + "[" * 5_000,
    "digits.json": '{"name": ' + "9" * 10_000 + "}",
    "large.json": json.dumps({"name": "large", "search": {"part": "beam", "beam_width": 10**400}}),
    "infinite.json": '{"name": "infinite", "search": {"part": "beam", "beam_width": 1e999}}',
    "hex.toml": 'name = "hex"\nsearch = {part = "beam", beam_width = 0x' + "f" * 10_000 + "}\n",
    "nameless.json": json.dumps({"name": "n" * 100_000}),
    "binary.json": "\ufffd\0\1",
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_hostile_recipe_is_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(RECIPES[name])
    with pytest.raises(RecipeError) as raised:
        recipes.read(tmp_path / name)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 400


def test_a_recipe_over_its_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "long.json").write_bytes(b" " * 1_000_000)
    with pytest.raises(RecipeError, match="over the limit"):
        recipes.read(tmp_path / "long.json")


@pytest.mark.parametrize(
    "number", ["1" + "0" * 400, "-1" + "0" * 400, "1e400", "Infinity", "NaN", "1" * 5_000]
)
def test_absurd_numbers_in_json_lines_are_kept_or_named(number: str, tmp_path: Path) -> None:
    lines = [f'{{"text": "fine", "label": 1, "n": {number}}}', '{"text": "bad", "label": 0, "n": 0.5}']
    (tmp_path / "numbers.jsonl").write_text("\n".join(lines))
    try:
        assert len(data.load(str(tmp_path / "numbers.jsonl")).examples) == 2
    except DataError as error:
        assert "row 1: not a JSON object" in str(error)
