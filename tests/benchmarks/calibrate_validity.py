"""How often the verdict is right: on edits that change a review's meaning, and on edits that do not.

    python tests/benchmarks/calibrate_validity.py PAIRS.tsv [--seed N] [--texts N] [--sets NAME]
    python tests/benchmarks/calibrate_validity.py ORIGINALS.tsv REVISIONS.tsv --sets revised

PAIRS.tsv has columns Text and batch_id; the two rows of a batch are a review and its minimal revision that
turns its sentiment round (Kaushik et al. 2020, CAD). Two files have them row by row (Gardner et al. 2020).
Those must not pass. "revised, one word" is one of a revision's replaced words alone, which often keeps the
meaning. Harmless edits are made here, from the same reviews: synonyms in a list of ours, and misspellings
inside a word. Those should pass.
"""

from __future__ import annotations

import argparse
import random
import string
from collections.abc import Callable

import pandas as pd

from attacks.language.word_alignment import REPLACED, Word, changed_words, is_punctuation, words_of
from attacks.schema import RECORD_COLUMNS
from attacks.validity import criteria
from attacks.validity.judging import judge
from sentiment_core.data.cleaning import clean_text
from sentiment_core.jobs.progress import TerminalProgress
from sentiment_core.statistics import wilson

#: Each pair means the same in most sentences about films and has the same form; ours.
SYNONYMS = """
film movie, movie film, films movies, movies films, great excellent, superb brilliant, brilliant superb,
awful terrible, terrible awful, horrible dreadful, funny amusing, boring dull, tedious boring, actor
performer, actors performers, beautiful lovely, stupid dumb, scary frightening, creepy eerie, weird odd,
odd weird, strange odd, begin start, started began, ending conclusion, quite rather, really truly, truly
really, big large, huge enormous, little small, kids children, children kids, think believe, perfect
flawless, simple plain, entire whole, whole entire, wonderful marvelous, amazing astonishing, fantastic
terrific, smart clever, probably likely, perhaps maybe, maybe perhaps, enjoyed liked, loved adored, hated
despised, watch view, watched viewed, kill murder, killed murdered, famous renowned, silly foolish, rich
wealthy, happy glad, tale story, story tale, shows displays, totally completely, completely totally,
however nevertheless, nice pleasant, crap rubbish, garbage trash, trash garbage, attempts tries, often
frequently, rarely seldom, almost nearly, nearly almost, fascinating captivating, mediocre average,
talented gifted, gorgeous stunning, script screenplay, director filmmaker, viewers spectators, buy
purchase, help assist, finally eventually, especially particularly, extremely exceedingly, realistic
lifelike, violent brutal, sad sorrowful
"""


_ARTICLES = ("a", "an", "A", "An")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--texts", type=int, default=120, help="reviews for each kind of harmless edit")
    parser.add_argument("--sets", default="", help="only the sets whose name begins so")
    args = parser.parse_args()
    reviews = revised_pairs(*args.files)
    rng = random.Random(args.seed)
    originals = [original for original, _ in reviews]
    sets = {
        "revised": reviews,
        "revised, one word": [(text, one_change(text, other, rng)) for text, other in reviews],
        **{
            f"{name}, {share:.0%}": [(text, edit(text, share, rng)) for text in originals[: args.texts]]
            for name, edit in {"synonyms": with_synonyms, "misspellings": with_misspellings}.items()
            for share in (0.02, 0.05, 0.1)
        },
    }
    for name, pairs in sets.items():
        if not name.startswith(args.sets):
            continue
        report(name, [(text, other) for text, other in pairs if text != other])


def report(name: str, pairs: list[tuple[str, str]]) -> None:
    """Print the pass rate of a set, of each criterion, and of other thresholds of similarity."""
    found = judge(as_records(pairs), TerminalProgress())
    print(f"{name}: {_rate(found['valid'])}")
    for criterion in criteria.CRITERIA:
        held = [criterion not in broken.split("; ") for broken in found["criteria"]]
        print(f"    {criterion:<16}{_rate(pd.Series(held))}")
    others = found["criteria"].str.replace("meaning", "").str.strip("; ") == ""
    for threshold in (0.6, 0.65, 0.7, 0.75, 0.8, 0.85):
        alike = found["similarity_around"] >= threshold
        print(
            f"    around >= {threshold:.2f}  alone {_rate(alike)}   with the others {_rate(alike & others)}"
        )
    for threshold in (0.9, 0.95, criteria.MORRIS_SENTENCE):
        print(f"    whole  >= {threshold:.2f}  alone {_rate(found['similarity'] >= threshold)}")
    for reasons in found.loc[~found["valid"], "reasons"].head(4):
        print(f"        {reasons[:160]}")


def revised_pairs(path: str, revisions: str | None = None) -> list[tuple[str, str]]:
    """Return (review, its revision), cleaned as data sets are."""
    frame = pd.read_csv(path, sep="\t")
    if revisions is not None:
        other = pd.read_csv(revisions, sep="\t")
        return list(zip(frame["Text"].map(clean_text), other["Text"].map(clean_text), strict=True))
    groups = [group["Text"].map(clean_text).tolist() for _, group in frame.groupby("batch_id")]
    return [(texts[0], texts[1]) for texts in groups if len(texts) == 2]


def as_records(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """Return the pairs as a batch in which every attack succeeded."""
    rows = [
        {"example_id": str(n), "outcome": "succeeded", "original": original, "perturbed": perturbed}
        for n, (original, perturbed) in enumerate(pairs)
    ]
    return pd.DataFrame(rows, columns=list(RECORD_COLUMNS))


def one_change(text: str, other: str, rng: random.Random) -> str:
    """Return the text with one of the revision's replaced words only; many of them keep the meaning."""
    words = [
        change
        for change in changed_words(text, other)
        if change.op == REPLACED and not is_punctuation(change.original + change.perturbed)
    ]
    if not words:
        return text
    change = rng.choice(words)
    return text[: change.original_start] + change.perturbed + text[change.original_end :]


def with_synonyms(text: str, share: float, rng: random.Random) -> str:
    """Return the text with about this share of its words replaced by synonyms."""
    pairs = dict(pair.split() for pair in SYNONYMS.split(","))
    return _edited(text, share, rng, lambda word: _in_case(word, pairs.get(word.lower(), word)))


def with_misspellings(text: str, share: float, rng: random.Random) -> str:
    """Return the text with this share of its words misspelt inside, words of five letters and more."""
    return _edited(text, share, rng, lambda word: _misspelt(word, rng) if len(word) > 4 else word)


def _edited(text: str, share: float, rng: random.Random, edit: Callable[[str], str]) -> str:
    words = words_of(text)
    articles = {
        after.start for before, after in zip(words, words[1:], strict=False) if before.text in _ARTICLES
    }
    able = [word for word in words if word.text.isalpha() and edit(word.text) != word.text]
    able = [word for word in able if word.start not in articles]  # "an awful" must not become "an terrible"
    chosen: list[Word] = rng.sample(able, min(len(able), max(1, round(share * len(words)))))
    for word in sorted(chosen, key=lambda word: -word.start):
        text = text[: word.start] + edit(word.text) + text[word.end :]
    return text


def _misspelt(word: str, rng: random.Random) -> str:
    place, letter = rng.randrange(1, len(word) - 2), rng.choice(string.ascii_lowercase)
    left, here, right = word[:place], word[place], word[place + 1 :]
    return rng.choice(
        [
            left + right[0] + here + right[1:],
            left + right,
            left + letter + right,
            left + letter + here + right,
        ]
    )


def _in_case(word: str, other: str) -> str:
    if word.isupper() and len(word) > 1:
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def _rate(passed: pd.Series) -> str:
    low, high = wilson(int(passed.sum()), len(passed))
    return f"{100 * passed.mean():5.1f} % [{100 * low:.1f}, {100 * high:.1f}] n = {len(passed)}"


if __name__ == "__main__":
    main()
