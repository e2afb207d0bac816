"""Reviews picked by hand: named by what is in them, found again by their texts, safe where a file is not."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from attacks.own import named, picked, slices
from attacks.schema import SliceError

TEXTS = ["One film.", "Two films, and a <script>", "ثلاثة أفلام", "🎬" * 50, "word " * 10_000]


def properties(n):
    return pd.DataFrame(index=range(n))


def test_a_name_means_the_same_reviews_in_any_order_and_is_kept_once():
    name = picked.keep(TEXTS[:3])
    assert name == picked.keep(TEXTS[2::-1]) and name.startswith("picked:3-")
    assert picked.keep(TEXTS[:2]) != name
    assert len(list(picked.STORE.folder().iterdir())) == 2


def test_picked_reviews_are_a_slice_and_all_others_are_outside_of_it():
    name = picked.keep(TEXTS[1:4])
    texts = pd.Series(TEXTS)
    assert named.inside([name], properties(5), texts).tolist() == [False, True, True, True, False]
    assert named.inside([f"not:{name}"], properties(5), texts).tolist() == [True, False, False, False, True]
    assert named.columns_of([name]) == set()
    assert named.title_of(name) == "3 picked on the map"
    assert named.title_of(f"not:{name}") == "Not: 3 picked on the map"


def test_they_are_not_listed_among_a_users_slices():
    picked.keep(TEXTS)
    assert slices.STORE.all() == {} and slices.damaged_slices() == []


def test_nothing_cannot_be_picked_and_a_name_of_elsewhere_is_refused_in_one_line():
    with pytest.raises(SliceError, match="0 reviews are picked"):
        picked.keep([])
    for name in ("picked:3-0123456789ab", "picked:../../etc", "picked:"):
        assert not picked.is_kept(name)
        with pytest.raises(SliceError, match="not in this workspace"):
            named.definition(name)


@pytest.mark.parametrize(
    "content", ["{", '{"keys": ["zz"]}', '{"keys": []}', '{"keys": ["00000000000000000000"]}', "[]"]
)
def test_a_damaged_file_is_one_line_and_never_other_reviews(content):
    name = picked.keep(TEXTS[:2])
    (file,) = picked.STORE.folder().iterdir()
    file.write_text(content)
    with pytest.raises(SliceError) as caught:
        named.inside([name], properties(5), pd.Series(TEXTS))
    assert "\n" not in str(caught.value)


def test_other_keys_under_a_name_are_refused():
    name, other = picked.keep(TEXTS[:2]), picked.keep(TEXTS[2:4])
    paths = {one: picked.STORE.path_of(one.removeprefix(picked.START)) for one in (name, other)}
    paths[name].write_text(json.dumps(json.loads(paths[other].read_text())))
    with pytest.raises(SliceError, match="other reviews than its name says"):
        picked.mask(name, pd.Series(TEXTS))
