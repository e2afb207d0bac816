from __future__ import annotations

import pandas as pd
import pytest
from made_reviews import made_reviews

from attacks.batches.selection import Selection, parsed, select
from attacks.schema import SliceError
from sentiment_core import models
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import DataError, ModelError
from sentiment_core.evaluation import records, review_order


@pytest.fixture(scope="module")
def dataset():
    rows = made_reviews(300, seed=9).assign(split="test", source="made")
    rows["text"] = [f"{text} {'Indeed so. ' * (n % 40)}".strip() for n, text in enumerate(rows["text"])]
    rows["label"] = rows["label"].where(
        rows.index % 7 > 0, 1 - rows["label"]
    )  # some that no model gets right
    return make_dataset("made", rows)


def ids(frame: pd.DataFrame) -> list[str]:
    return frame["example_id"].tolist()


def truth(dataset, model: str) -> dict[str, bool]:
    """Whether a model is right about each review, asked one by one."""
    rows = dataset.split("test")
    prob = models.load_model(model).predict_proba(rows["text"].tolist())[:, 1]
    return dict(zip(rows["example_id"], (prob >= 0.5) == (rows["label"] == 1), strict=True))


def test_equal_seeds_choose_equal_reviews_and_a_larger_n_only_adds(dataset):
    twenty = ids(select(dataset, "test", Selection(n=20, seed=3)))
    assert twenty == ids(select(dataset, "test", Selection(n=20, seed=3)))
    assert ids(select(dataset, "test", Selection(n=50, seed=3)))[:20] == twenty
    assert ids(select(dataset, "test", Selection(n=20, seed=4))) != twenty
    assert len(set(twenty)) == 20


def test_without_a_number_every_review_is_taken_once(dataset):
    everything = ids(select(dataset, "test", Selection(n=None)))
    assert sorted(everything) == sorted(ids(dataset.split("test")))
    assert len(select(dataset, "test", Selection(n=10_000))) == len(everything)


def test_n_counts_the_reviews_that_pass_the_filters(dataset):
    chosen = select(dataset, "test", Selection(n=15, min_words=50, max_words=70))
    assert len(chosen) == 15
    assert chosen["text"].str.split().str.len().between(50, 70).all()


@pytest.mark.parametrize("outcome", ["right", "wrong"])
@pytest.mark.parametrize("evaluated", [False, True])
def test_only_what_the_model_gets_right_or_wrong(dataset, shelve, outcome, evaluated):
    shelve("tfidf")
    if evaluated:
        records.evaluate("tfidf", dataset)
    chosen = select(dataset, "test", Selection(n=12, seed=1, outcome=outcome, model="tfidf"))
    right = truth(dataset, "tfidf")
    shuffled = ids(select(dataset, "test", Selection(n=None, seed=1)))
    assert ids(chosen) == [name for name in shuffled if right[name] == (outcome == "right")][:12]


def test_only_what_all_models_get_right(dataset, shelve):
    for family in ("tfidf", "nbsvm"):
        shelve(family)
    chosen = select(dataset, "test", Selection(n=None, right_by=("tfidf", "nbsvm")))
    both = [truth(dataset, name) for name in ("tfidf", "nbsvm")]
    assert set(ids(chosen)) == {name for name in both[0] if both[0][name] and both[1][name]}


def test_what_an_evaluation_tells_is_not_predicted_again(dataset, shelve, monkeypatch):
    shelve("tfidf")
    records.evaluate("tfidf", dataset)
    monkeypatch.setattr("attacks.batches.selection.predict_frame", None)
    assert len(select(dataset, "test", Selection(n=5, outcome="right", model="tfidf"))) == 5


def test_no_more_is_predicted_than_needed(dataset, shelve, monkeypatch):
    shelve("tfidf")
    asked: list[int] = []
    predict = records.predict_frame

    def counted(model, rows, **more):
        asked.append(len(rows))
        return predict(model, rows, **more)

    monkeypatch.setattr("attacks.batches.selection.predict_frame", counted)
    select(dataset, "test", Selection(n=5, outcome="right", model="tfidf"))
    assert sum(asked) < 100


def test_named_reviews_keep_their_order(dataset, tmp_path):
    wanted = ids(dataset.split("test"))[30:10:-1]
    assert ids(select(dataset, "test", Selection(n=None, ids=tuple(wanted)))) == wanted
    assert ids(select(dataset, "test", Selection(n=5, ids=tuple(wanted)))) == wanted[:5]
    lines = tmp_path / "ids.txt"
    lines.write_text("\n".join(wanted) + "\n\n")
    assert ids(select(dataset, "test", Selection(n=None, file=str(lines)))) == wanted


def test_the_error_desk_s_own_export_can_be_attacked(dataset, shelve, tmp_path):
    shelve("tfidf")
    found = records.open_evaluation(records.evaluate("tfidf", dataset))
    rows = review_order.desk(dataset.split("test"), found.frame)
    shown = review_order.filtered(rows, review_order.Filters(outcome="errors", words_low=40))
    export = tmp_path / "errors.csv"
    export.write_bytes(review_order.to_csv(shown))
    by_file = select(dataset, "test", Selection(n=None, file=str(export)))
    by_filter = select(
        dataset, "test", Selection(n=None, model="tfidf", desk="outcome=errors&words_low=40&sort=loss")
    )
    assert ids(by_file) == ids(shown) == ids(by_filter)
    assert len(shown) > 3


def test_the_desk_s_filters_by_slices_and_training_data_select_the_same_reviews(dataset, shelve):
    shelve("tfidf")
    records.evaluate("tfidf", dataset)
    test = dataset.split("test").set_index("example_id")["text"]

    def chosen(desk):
        return set(ids(select(dataset, "test", Selection(n=None, model="tfidf", desk=f"outcome=all&{desk}"))))

    short = {name for name, text in test.items() if len(text.split()) < 100}
    assert chosen("slices=short") == short
    assert chosen("training=unseen") == set(test.index)
    rest = set(test.index) - short
    if rest:
        assert chosen("slices=not:short") == rest
    with pytest.raises(DataError, match="no review"):
        chosen("training=seen")
    with pytest.raises(SliceError, match="'none-such' is not in this workspace"):
        chosen("slices=none-such")


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(outcome="good"), "outcome is 'good'; allowed: any, right, wrong"),
        (Selection(n=0), "0 reviews were requested"),
        (
            Selection(ids=("nobody", "noone", "nix", "nil")),
            "nobody, noone, nix and 1 more are not in this split",
        ),
        (Selection(min_words=9000), "no review of 'made' test passes"),
        (Selection(outcome="right"), "name the model"),
    ],
)
def test_what_cannot_be_chosen_says_why(dataset, selection, message):
    with pytest.raises(DataError, match=message):
        select(dataset, "test", selection)


def test_a_split_without_reviews_and_a_model_that_is_not_there_are_named(dataset):
    with pytest.raises(DataError, match="no reviews in split 'train'"):
        select(dataset, "train", Selection())
    with pytest.raises(ModelError, match="'nobody' is not known"):
        select(dataset, "test", Selection(right_by=("nobody",)))


def test_a_table_without_ids_is_refused(dataset, tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text("text,label\ngood,1\n")
    with pytest.raises(DataError, match="no column example_id; it has 2 other columns"):
        select(dataset, "test", Selection(file=str(table)))


def test_a_selection_is_read_from_key_value_pairs():
    pairs = [
        "outcome=wrong",
        "words=50-200",
        "ids=a, b",
        "right-by=x,y",
        "file=f.txt",
        "desk=outcome=errors&a=b",
    ]
    assert parsed(pairs, n=7, model="m") == Selection(
        n=7,
        model="m",
        outcome="wrong",
        min_words=50,
        max_words=200,
        ids=("a", "b"),
        right_by=("x", "y"),
        file="f.txt",
        desk="outcome=errors&a=b",
    )
    assert (parsed(["words=-20"]).min_words, parsed(["words=-20"]).max_words) == (0, 20)
    assert parsed(["words=20-"]).max_words is None
    for wrong in ("words=few", "length=3", "outcome"):
        with pytest.raises(DataError):
            parsed([wrong])


def test_the_chosen_rows_are_examples(dataset):
    chosen = select(dataset, "test", Selection(n=3))
    assert list(chosen.columns[:5]) == ["example_id", "text", "label", "split", "source"]
    assert list(chosen.index) == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("ids.txt", "row-1\nrow-2\n".encode("utf-16"), "ids.txt is written in UTF-16; save it as UTF-8"),
        ("ids.txt", b"row-1\ncaf\xe9\n", "row 2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("ids", b"row-1\ncaf\xe9\n", "row 2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("ids.csv", b"example_id,note\nrow-1,caf\xe9\n", "byte 0xe9 is not UTF-8; save the file as UTF-8"),
    ],
)
def test_ids_in_another_encoding_are_refused_and_no_option_is_offered_that_is_not_there(
    dataset, tmp_path, name, content, message
):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        select(dataset, "test", Selection(file=str(tmp_path / name)))
    assert "--skip-bad" not in str(error.value)


def test_ids_in_a_file_without_an_ending_are_read_whatever_ends_their_lines(dataset, tmp_path):
    wanted = ids(dataset.split("test"))[:3]
    (tmp_path / "ids").write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(wanted).encode())
    assert ids(select(dataset, "test", Selection(n=None, file=str(tmp_path / "ids")))) == wanted
