"""The part of Probes with pairs: reviews, their edits that turn the label, and whether a model follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.elements import diff_html, paging, public_copy, reading_list, review_html, steps, widgets
from dashboard.elements.review_html import Verdict
from dashboard.records import evaluations
from dashboard.records import paired as records
from dashboard.views.probes import edited_place as place
from dashboard.views.probes.edited_place import Place
from dashboard.wording import escape_markdown, format_difference, format_estimate
from sentiment_core import terminal
from sentiment_core.models import ModelCard
from sentiment_core.pairs import kinds
from sentiment_core.schema import LABEL_NAMES

if TYPE_CHECKING:
    from sentiment_core.pairs.records import PairedRun

TABLE_HEIGHT, ROW_HEIGHT, READING_HEIGHT, SHOWN_CHARACTERS = 270, 33, 330, 110


@dataclass(frozen=True)
class Asked:
    """A chosen model with its answers to the pairs."""

    name: str
    colour: str
    run: PairedRun


@widgets.show_fixable
def show(cards: Sequence[ModelCard]) -> None:
    """Draw the figures, the kinds of edits, and the pairs to read."""
    at = place.adopt()
    sets = records.sets(tuple(card.model_id for card in cards))
    if not sets:
        show_nothing_yet(cards)
        return
    fingerprint = pick_set(sets, at)
    asked = answered(cards, fingerprint)
    if asked:
        st.markdown(f"**{escape_markdown(answer(asked))}**")
        show_compared(asked)
    offer_missing(cards, asked, fingerprint)
    if asked:
        st.html(diff_html.STYLE)
        show_figures(asked)
        at = show_pairs(asked, replace(at, pairs=at.pairs and fingerprint))
    place.READER.settle(at)


def show_nothing_yet(cards: Sequence[ModelCard]) -> None:
    """Say what pairs show, where to get some, in which form, and the command."""
    with st.container(border=True):
        st.header("No pairs measured yet", anchor=False)
        st.write(
            "A review and a small edit of it that turns the opinion: a model that gets the first right and "
            "the second wrong knows its data rather than the language."
        )
        st.write(
            "Two public sets are made of IMDb reviews: the contrast sets of Gardner et al. 2020 and the "
            "counterfactual revisions of Kaushik et al. 2020. Your own edits work as well: a table with a "
            "pair in each row (columns original, edited, label), or a row for each side with a column "
            "batch_id."
        )
        name = cards[0].short_name if cards else "MODEL"
        command = terminal.command("sentiment_core", "evaluate", model=name, paired="pairs.tsv")
        st.code(command, language="bash", wrap_lines=True)
        st.caption("Two files whose rows belong together are named one after the other.")


def pick_set(sets: Mapping[str, str], at: Place) -> str:
    """Return the set of pairs to show, and draw the choice where there are several."""
    if at.pairs and at.pairs not in sets:
        st.caption(f":material/link_off: The pairs {escape_markdown(at.pairs)} are not in this workspace")
    chosen = at.pairs if at.pairs and at.pairs in sets else next(iter(sets))
    if len(sets) == 1:
        st.caption(escape_markdown(f"Pairs: {sets[chosen]}"))
        return chosen
    st.session_state[place.SET] = chosen
    st.selectbox(
        "Pairs", list(sets), key=place.SET, format_func=lambda name: sets.get(name, name),
        on_change=place.set_changed, width=420,
    )  # fmt: skip
    return chosen


def answered(cards: Sequence[ModelCard], fingerprint: str) -> list[Asked]:
    """Return the chosen models that answered these pairs."""
    colours = evaluations.model_colours()
    found = [(card, records.newest(card.model_id, fingerprint)) for card in cards]
    return [Asked(card.short_name, colours[card.model_id], run) for card, run in found if run is not None]


def answer(asked: Sequence[Asked]) -> str:
    """Return the first model's figures in a sentence."""
    first = asked[0]
    figures = first.run.figures
    both, before, after = (
        format_estimate(figures[name], with_n=False)
        for name in ("consistency", "accuracy_original", "accuracy_edited")
    )
    n = figures["consistency"].n
    of = f"of {n:,} pairs" if n > 1 else "of the one pair"
    return (
        f"{first.name} gets both sides of {both} {of} right: {before} of the originals, "
        f"{after} of their edits."
    )


def show_compared(asked: Sequence[Asked]) -> None:
    """Draw the paired difference of two models, and what they had seen in training."""
    if len(asked) == 2:
        from sentiment_core.pairs import scoring

        found = records.compared(asked[0].run.run_id, asked[1].run.run_id)
        said = scoring.sentences({"consistency": found["consistency"]}, asked[0].name, asked[1].name)[0]
        st.markdown(escape_markdown(said))
    st.caption(escape_markdown(" ".join(f"{one.name}: {seen(one.run)}." for one in asked)))


def seen(run: PairedRun) -> str:
    """Say how many of the texts the model was trained on."""
    from sentiment_core.pairs import records as kept

    return kept.seen_sentence(run.manifest.get("seen"), int(run.manifest["n"]))


def offer_missing(cards: Sequence[ModelCard], asked: Sequence[Asked], fingerprint: str) -> None:
    """Offer to measure the chosen models that did not answer these pairs."""
    known = {one.run.model_id for one in asked}
    source = next(run for run in records.list_runs() if run.fingerprint == fingerprint)
    for card in (card for card in cards if card.model_id not in known):
        with st.container(border=True):
            st.write(escape_markdown(f"{card.short_name} is not measured on these pairs."))
            if widgets.anything_running():
                widgets.job_list(f"pairs-{card.model_id}")
            elif public_copy.button("Measure it", key=f"pairs-{card.model_id}", icon=":material/play_arrow:"):
                argv = ["evaluate", "--model", card.model_id, "--paired", source.run_id]
                widgets.start_job(argv, f"Measure {card.short_name} on {source.title}")


def show_figures(asked: Sequence[Asked]) -> None:
    """Draw the figures, and both right by kind of edit, a column a model."""
    from sentiment_core.pairs import scoring

    rows = [
        {"figure": title, **{one.name: _written(one, name) for one in asked}}
        for name, title in scoring.TITLES.items()
    ]
    # two models' intervals are too wide for tables beside each other
    figures, by_kind = (
        st.columns([9, 11], gap="medium") if len(asked) == 1 else (st.container(), st.container())
    )
    with figures:
        st.header("Figures", anchor=False)
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", alt="Figures on these pairs")
        st.caption(
            "Flips followed: of the pairs whose original the model gets right, those whose edit it gets "
            "right too. Intervals: 95 %."
        )
    with by_kind:
        st.header("Both right, by kind of edit", anchor=False)
        st.dataframe(
            pd.DataFrame(list(_kind_rows(asked))), hide_index=True, width="stretch",
            alt="Pairs with both sides right, by kind of edit",
        )  # fmt: skip
        st.caption("An edit of several kinds counts in each; “others” are the pairs without that kind.")


def _written(one: Asked, name: str) -> str:
    estimate = one.run.figures[name]
    if name != "difference" or not estimate.defined:
        return format_estimate(estimate)
    return format_difference(estimate)


def _kind_rows(asked: Sequence[Asked]) -> list[dict[str, str]]:
    rows = []
    for kind, about in kinds.KINDS.items():
        row = {"edit": about.title}
        for one in asked:
            figures = one.run.by_kind.get(kind)
            row[one.name] = format_estimate(figures["consistency"]) if figures else "no such edit"
            row[f"{one.name}, others"] = format_estimate(figures["without"]) if figures else ""
        rows.append(row)
    return rows


# --- the pairs -----------------------------------------------------------------------------------


def show_pairs(asked: Sequence[Asked], at: Place) -> Place:
    """Draw the list of pairs and the one that is read, and return the place."""
    st.header("Pairs", anchor=False)
    frame = asked[0].run.frame
    filters(frame)
    rows = matching(frame, at)
    if rows.empty:
        st.caption("No pair matches.")
        return at
    keys = rows["key"].tolist()
    page = paging.page_with(rows, keys, at.pair, at.page)
    pair = at.pair if at.pair in keys and at.pair else str(page.rows["key"].iloc[0])
    table(page, pair, asked)
    reading(asked, frame.iloc[int(pair)], keys, pair)
    return replace(at, page=page.number, pair=at.pair and pair)


def matching(frame: pd.DataFrame, at: Place) -> pd.DataFrame:
    """Return the pairs that pass the filters, with their place in the run as their key."""
    rows = frame.assign(key=[str(number) for number in range(len(frame))])
    original, edited = rows["right_original"].astype(bool), rows["right_edited"].astype(bool)
    passes = {"failed": ~(original & edited), "edit": original & ~edited, "right": original & edited}
    has = [not at.edit or at.edit in kinds.split(cell) for cell in rows["kinds"]]
    return rows[passes.get(at.sides, original | True) & pd.Series(has, index=rows.index)]


def filters(frame: pd.DataFrame) -> None:
    """Draw which pairs are listed."""
    said = [kinds.split(cell) for cell in frame["kinds"]]
    counts = {kind: sum(kind in some for some in said) for kind in kinds.KINDS}
    titles = {"": "all kinds"} | {
        kind: f"{about.title} ({counts[kind]:,})" for kind, about in kinds.KINDS.items()
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Kind of edit", list(titles), key=place.EDIT, format_func=lambda kind: titles.get(kind, kind),
            on_change=place.filters_changed, width=300,
            help=escape_markdown(" ".join(f"{kind.title}: {kind.rule}" for kind in kinds.KINDS.values())),
        )  # fmt: skip
        st.selectbox(
            "Show", list(place.SIDES), key=place.LISTED, format_func=place.SIDES.__getitem__,
            on_change=place.filters_changed, width=220,
        )  # fmt: skip


def table(page: paging.Page, pair: str, asked: Sequence[Asked]) -> None:
    """Draw one page of pairs, the one being read marked."""
    rows = page.rows
    shown = pd.DataFrame(
        {
            "edit": [", ".join(kinds.KINDS[kind].title for kind in known(cell)) for cell in rows["kinds"]],
            "original": 100 * rows["prob_original"],
            "edited": 100 * rows["prob_edited"],
            "text": rows["original"].str.slice(0, SHOWN_CHARACTERS),
        }
    )
    config = st.column_config
    help_ = f"{asked[0].name}: probability of positive"
    columns = {
        "edit": config.TextColumn("Kinds of edit", width=300),
        "original": config.NumberColumn("Original", format="%.1f %%", width=80, help=help_),
        "edited": config.NumberColumn("Edit", format="%.1f %%", width=80, help=help_),
        "text": config.TextColumn("Original review", width=420),
    }
    reading_list.draw(
        shown, rows["key"].tolist(), pair, key="probes_pairs", pick=place.read, columns=columns,
        tallest=TABLE_HEIGHT, row_height=ROW_HEIGHT, alt="Pairs that pass the filters; pick a row to read it",
    )  # fmt: skip
    reading_list.turner(page, "probes-pairs", place.turn)


def known(cell: str) -> list[str]:
    """Return the kinds of a pair that this version knows."""
    return [kind for kind in kinds.split(cell) if kind in kinds.KINDS]


def reading(asked: Sequence[Asked], row: pd.Series, keys: Sequence[str], pair: str) -> None:
    """Draw one pair: its place in the list, and both sides with the words that differ, and the answers."""
    with st.container(horizontal=True, vertical_alignment="center"):
        steps.draw("probes-pairs", keys, pair, now=lambda: place.here().pair, go=place.read)
    before, after = str(row["original"]), str(row["edited"])
    columns = st.columns(2, gap="medium")
    for column, side, html in (
        (columns[0], "original", diff_html.original_html(before, after)),
        (columns[1], "edited", diff_html.perturbed_html(before, after)),
    ):
        with column:
            title = "Original" if side == "original" else "Edit"
            st.caption(f"{title}, truly {LABEL_NAMES[int(row[f'label_{side}'])]}")
            st.html(review_html.verdicts_html([_verdict(one, int(pair), side) for one in asked]))
            with st.container(height=READING_HEIGHT, border=True, key=f"probes-pair-{side}-{pair}"):
                st.html(html)


def _verdict(one: Asked, pair: int, side: str) -> Verdict:
    row = one.run.frame.iloc[pair]
    return Verdict(one.name, one.colour, float(row[f"prob_{side}"]), 0.5, bool(row[f"right_{side}"]))
