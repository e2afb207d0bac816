"""Contrast sets: the three forms in which they come, and figures by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import DataError
from sentiment_core.pairs import kinds, records, scoring, splitting
from sentiment_core.pairs.reading import read_pairs
from sentiment_core.pairs.scoring import evaluate_pairs, score_pairs
from sentiment_core.training import train as training

EXPECTED = [("a fine film", "a poor film", 1, 0), ("a dull film", "a droll film", 0, 1)]


@pytest.fixture
def trained(reelcheck_home):
    """A workspace with a model, `one`, that knows "superb" from "awful"."""
    words = [("superb", 1), ("awful", 0)] * 20
    rows = [
        (f"r{n}", f"{word} {n}", label, "train" if n < 30 else "validation", "made")
        for n, (word, label) in enumerate(words)
    ]
    frame = pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    training.train("tfidf", make_dataset("made", frame), {"min_df": 1}, alias="one")
    return reelcheck_home


def rows(pairs: pd.DataFrame) -> list[tuple[str, str, int, int]]:
    columns = ["original", "edited", "label_original", "label_edited"]
    return list(pairs[columns].itertuples(index=False, name=None))


def write(path, text: str):
    path.write_text(text)
    return path


def test_two_files_belong_together_row_by_row(tmp_path):
    one = write(tmp_path / "o.tsv", "Sentiment\tText\nPositive\ta fine film\nNegative\ta dull film\n")
    two = write(tmp_path / "e.tsv", "Sentiment\tText\nNegative\ta poor film\nPositive\ta droll film\n")
    assert rows(read_pairs(one, two)) == EXPECTED


def test_two_rows_of_one_number_are_a_pair_and_the_first_is_the_original(tmp_path):
    file = write(
        tmp_path / "p.tsv",
        "Sentiment\tText\tbatch_id\nPositive\ta fine film\t7\nNegative\ta dull film\t9\n"
        "Negative\ta poor film\t7\nPositive\ta droll film\t9\n",
    )
    pairs = read_pairs(file)
    assert rows(pairs) == EXPECTED and list(pairs["pair_id"]) == ["7", "9"]


@pytest.mark.parametrize(
    "text",
    [
        "original,edited,label\na fine film,a poor film,1\na dull film,a droll film,0\n",
        "Original,Edited,label_original,label_edited\na fine film,a poor film,pos,neg\n"
        "a dull film,a droll film,neg,pos\n",
        "text,contrast,sentiment\na fine film,a poor film,positive\na dull film,a droll film,negative\n",
    ],
)
def test_a_pair_a_row(tmp_path, text):
    assert rows(read_pairs(write(tmp_path / "p.csv", text))) == EXPECTED


def test_texts_are_cleaned_as_those_that_models_are_trained_on(tmp_path):
    file = write(tmp_path / "p.csv", "original,edited,label\nfine<br />film,poor &amp; dull,1\n")
    assert rows(read_pairs(file)) == [("fine\nfilm", "poor & dull", 1, 0)]


@pytest.mark.parametrize(
    "text, message",
    [
        ("text,label\na,1\n", "holds no pairs"),
        ("text,label,pair\na,1,x\nb,0,x\nc,1,y\n", "pair 'y' of column 'pair' has 1 rows"),
        ("original,edited,label\na,b,maybe\n", "row 2: label 'maybe' is not known; allowed: 0/1"),
        ("original,edited,label\na,,1\n", "pair '0' has an empty side"),
        ("original,edited\na,b\n", "label"),
    ],
)
def test_what_cannot_be_paired_is_said(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_pairs(write(tmp_path / "p.csv", text))


def test_two_files_of_unequal_length_are_refused(tmp_path):
    one = write(tmp_path / "o.csv", "text,label\na,1\nb,0\n")
    two = write(tmp_path / "e.csv", "text,label\nc,0\n")
    with pytest.raises(DataError, match="has 2 rows and e.csv 1"):
        read_pairs(one, two)


def pairs_of(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "pair_id": range(n),
            "original": [f"o{place}" for place in range(n)],
            "edited": [f"e{place}" for place in range(n)],
            "label_original": np.arange(n) % 2,
            "label_edited": 1 - np.arange(n) % 2,
        }
    )


def test_no_pairs_leave_every_figure_undefined_with_the_reason():
    found = score_pairs(pairs_of(0), [], [])
    assert all(math.isnan(figure.value) and figure.n == 0 for figure in found.figures.values())
    assert {figure.reason for figure in found.figures.values()} == {scoring.NO_PAIR}
    assert math.isnan(found.mcnemar_p) and found.frame.empty


def test_figures_by_hand():
    pairs = pairs_of(10)
    truth, turned = pairs["label_original"].to_numpy(float), pairs["label_edited"].to_numpy(float)
    original = np.where(np.arange(10) < 9, truth, 1 - truth)  # nine right
    edited = np.where(np.arange(10) >= 6, turned, 1 - turned)  # the last four right: three of them common
    found = score_pairs(pairs, original, edited)
    values = {name: figure.value for name, figure in found.figures.items()}
    assert values == pytest.approx(
        {
            "accuracy_original": 0.9,
            "accuracy_edited": 0.4,
            "consistency": 0.3,
            "flips_followed": 3 / 9,  # of the nine originals that are right
            "difference": -0.5,
        }
    )
    interval = stats.binomtest(3, 10).proportion_ci(method="wilson")
    consistency = found.figures["consistency"]
    assert (consistency.ci_low, consistency.ci_high, consistency.n) == (*map(pytest.approx, interval), 10)
    assert found.mcnemar_p == pytest.approx(stats.binomtest(6, 7, 0.5).pvalue)
    difference = found.figures["difference"]
    assert difference.ci_low < -0.5 < difference.ci_high <= 0


@pytest.mark.parametrize("constant", [0.0, 0.5, 1.0])
def test_a_constant_classifier_is_never_consistent(constant):
    found = score_pairs(pairs_of(20), np.full(20, constant), np.full(20, constant))
    assert found.figures["consistency"].value == 0
    assert found.figures["accuracy_original"].value == 0.5


def test_each_side_gets_the_answer_to_its_own_text(monkeypatch):
    def predict(model, examples, *, workers, progress):
        return examples.assign(prob_positive=examples["text"].str.startswith("o").astype(float))

    monkeypatch.setattr(scoring, "predict_frame", predict)
    found = evaluate_pairs("any", pairs_of(4))
    assert list(found.frame["prob_original"]) == [1.0] * 4 and list(found.frame["prob_edited"]) == [0.0] * 4


# --- kinds of edits -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("original", "edited", "expected"),
    [
        ("I enjoyed it.", "I did not enjoy it.", ("negation",)),
        ("It isn't slow.", "It is slow.", ("negation",)),
        ("A wonderful evening.", "A terrible evening.", ("turned",)),
        ("A wonderful evening.", "An evening.", ("sentiment",)),
        ("It was very long.", "It was somewhat long.", ("intensifier",)),
        ("I give it 3/10.", "I give it 9/10.", ("rating",)),
        ("It gets 3 out of 10", "It gets 8 out of 10", ("rating",)),
        ("The cast shines.", "The cast should shine.", ("hoped",)),
        ("A masterpiece of the genre.", 'A "masterpiece" of the genre.', ("sarcasm",)),
        ("The bus came.", "The tram came.", ("other",)),
        ("same", "same", ("other",)),
        ("", "<script>", ("other",)),
        ("فيلم جيد 🙂", "فيلم سيئ 🙁", ("other",)),
        ("Never dull. Cheap.", "Often terrible, awful. Cheap.", ("negation",)),
    ],
)
def test_what_an_edit_did_is_told_by_its_words(original, edited, expected):
    assert kinds.kinds_of(original, edited) == expected


def test_an_edit_of_several_places_is_of_several_kinds():
    found = kinds.kinds_of("A wonderful cast. I give it 9/10.", "An awful cast. I do not give it 2/10.")
    assert found == ("negation", "turned", "rating")
    assert kinds.split(kinds.joined(found)) == found


def test_a_very_long_text_is_told_in_time():
    original = "the plot and the cast " * 2_500
    assert kinds.kinds_of(original, original + "not") == ("negation",)


def test_stretches_are_those_that_differ():
    found = kinds.changed_stretches(
        "One good film, two dull films here.", "One bad film two films here at last"
    )
    assert found == [(("good",), ("bad",)), (("dull",), ()), ((), ("at", "last"))]


def test_figures_by_kind_count_a_pair_in_each_of_its_kinds():
    pairs = pairs_of(4)
    truth = pairs["label_original"].to_numpy(float)
    frame = score_pairs(pairs, truth, [1 - truth[0], truth[1], 1 - truth[2], 1 - truth[3]]).frame
    told = frame.assign(kinds=["negation; rating", "negation", "rating", "other"])
    found = scoring.by_kind(told)
    both = {name: (found[name]["consistency"].value, found[name]["consistency"].n) for name in found}
    assert both == {"negation": (0.5, 2), "rating": (1.0, 2), "other": (1.0, 1)}
    others = {name: (found[name]["without"].value, found[name]["without"].n) for name in found}
    assert others == {"negation": (1.0, 2), "rating": (0.5, 2), "other": (pytest.approx(2 / 3), 3)}


# --- two models, kept runs, parts -----------------------------------------------------------------


def test_two_models_are_compared_pair_by_pair():
    pairs = pairs_of(10)
    truth, turned = pairs["label_original"].to_numpy(float), pairs["label_edited"].to_numpy(float)
    weak = score_pairs(pairs, truth, np.where(np.arange(10) < 2, turned, 1 - turned)).frame
    strong = score_pairs(pairs, truth, np.where(np.arange(10) < 8, turned, 1 - turned)).frame
    found = scoring.compare(weak, strong)
    assert found["consistency"].estimate.value == pytest.approx(0.6)
    assert found["consistency"].p == pytest.approx(stats.binomtest(6, 6, 0.5).pvalue)
    assert found["accuracy_original"].estimate.value == 0 and found["accuracy_original"].p == 1
    said = scoring.sentences(found, "weak", "strong")
    assert (
        said[0]
        == "Accuracy, originals: weak and strong are equal, n = 10 pairs (may be chance (McNemar p = 1.00))."
    )
    assert said[2].startswith("Both right: strong is ahead of weak by 60.0 points [")
    with pytest.raises(DataError, match="other pairs"):
        scoring.compare(weak, score_pairs(pairs_of(9), truth[:9], turned[:9]).frame)


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_a_pair_is_in_one_part_only_and_so_are_pairs_with_a_common_text(share):
    pairs = pairs_of(40)
    pairs.loc[1, "original"] = pairs.loc[0, "original"]  # an original with two edits
    pairs.loc[2, "edited"] = f" {pairs.loc[1, 'edited']}  "
    trained, held_out = splitting.parts(pairs, share, seed=3)
    assert sorted([*trained["pair_id"], *held_out["pair_id"]]) == list(range(40))
    assert len(trained) - round(share * 40) in (0, 1, 2)
    together = trained["pair_id"].isin([0, 1, 2]).sum()
    assert together in (0, 3)


def test_parts_depend_on_the_seed_and_not_on_the_order_of_the_file():
    pairs = pairs_of(40)
    first = set(splitting.parts(pairs, 0.5)[0]["pair_id"])
    assert first == set(splitting.parts(pairs[::-1].reset_index(drop=True), 0.5)[0]["pair_id"])
    assert first != set(splitting.parts(pairs, 0.5, seed=1)[0]["pair_id"])


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, math.nan])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(DataError, match="give more than 0 and at most 1"):
        splitting.parts(pairs_of(4), share)


def test_a_measurement_on_pairs_is_kept_and_found_again(trained, capsys):
    from sentiment_core import __main__

    file = trained / "pairs.csv"
    texts = "a superb film,an awful film,1\nan awful day,a superb day,0\na superb cast,not a superb cast,1\n"
    file.write_text("original,edited,label\n" + texts)
    assert __main__.main(["evaluate", "--model", "one", "--paired", str(file), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    kept = records.open_paired(result["run_id"])
    assert kept.figures["consistency"].value == pytest.approx(2 / 3)
    assert result["figures"]["consistency"]["value"] == kept.figures["consistency"].value
    assert list(kept.frame["kinds"]) == ["turned", "turned", "negation"]
    negation = kept.by_kind["negation"]
    assert negation["consistency"].value == 0 and negation["without"].value == 1
    assert not any(kept.manifest["seen"].values()) and kept.title == "pairs.csv"
    assert records.latest(kept.model_id, kept.fingerprint).run_id == kept.run_id
    compare = ["compare", "one", "one", "--paired", str(file)]
    assert [__main__.main(compare), __main__.main([*compare, "--json"])] == [0, 0]
    assert len(records.list_paired()) == 1
    assert "Both right: one and one are equal, n = 3 pairs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--paired", "{file}", "--data", "imdb-embedded"], "leave --data out"),
        (["--paired", "{file}", "--paired-share", "2"], "give more than 0 and at most 1"),
        (["--paired", "{file}", "--paired-share", "1"], "no pair is held out"),
        (["--paired-share", "0.5"], "give --paired FILE too"),
        (["--paired", "{file}", "{file}", "{file}"], "3 files are given"),
    ],
)
def test_what_cannot_be_measured_is_one_line(trained, capsys, argv, said):
    from sentiment_core import __main__

    file = trained / "pairs.csv"
    file.write_text("original,edited,label\na,b,1\n")
    code = __main__.main(["evaluate", "--model", "one", *(part.format(file=file) for part in argv)])
    err = capsys.readouterr().err.strip()
    assert code == 2 and said in err and "\n" not in err
