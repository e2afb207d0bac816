"""The votes on one label, case by case."""

from __future__ import annotations

import pandas as pd

from sentiment_core.labels import suspects, verdicts
from sentiment_core.labels.votes import ABSENT, RIGHT, UNDECIDED, WRONG, Answered, ballot

NOBODY = pd.DataFrame(columns=list(verdicts.COLUMNS))


def said(*words: str) -> pd.DataFrame:
    rows = [("x", f"person {n}", word, "", (), "") for n, word in enumerate(words)]
    return pd.DataFrame(rows, columns=list(verdicts.COLUMNS))


def says(found):
    return [vote.says for vote in found.votes]


def test_three_of_four_say_the_label_is_wrong():
    models = [Answered("a", 0.9, "", suspects.FLIP), Answered("b", 0.8, "", suspects.FLIP)]
    found = ballot(0, models, said("right"), [1, 1, 0])
    assert says(found) == [WRONG, RIGHT, WRONG, WRONG]
    assert found.sentence == "3 of 4 voters say the label is wrong"
    assert found.to_json()["wrong"] == 3 and "2 of 3 are labeled positive" in found.votes[2].why


def test_a_model_that_learned_the_label_has_no_vote():
    found = ballot(1, [Answered("a", 0.1, "train", suspects.FLIP)], NOBODY, None)
    assert says(found) == [ABSENT] * 4 and found.sentence == "nobody has a vote on the label yet"
    assert "learned this label" in found.votes[3].why


def test_where_it_is_not_known_what_a_model_saw_it_has_no_vote():
    found = ballot(1, [Answered("a", 0.1, None)], NOBODY, [])
    assert says(found) == [ABSENT] * 4 and "not known whether" in found.votes[0].why


def test_a_tie_and_people_who_do_not_agree_are_undecided():
    models = [Answered("a", 0.9, "", ""), Answered("b", 0.1, "", suspects.AMBIGUOUS)]
    found = ballot(1, models, said("right", "wrong", "wrong"), [0, 1])
    assert says(found) == [UNDECIDED] * 4
    assert found.votes[1].why == "1 says right, 2 say wrong"
    assert found.sentence == "0 of 4 voters say the label is wrong"


def test_one_voter_says_in_the_singular():
    assert ballot(0, [], said("wrong"), None).sentence == "1 of 1 voter says the label is wrong"


def test_a_review_that_is_none_is_neither_right_nor_wrong():
    assert says(ballot(0, [], said(verdicts.NOT_A_REVIEW), None))[1] == UNDECIDED
