"""What attacks, probes and bias reports did with the review."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from attacks.passport.stress import Attacked, Changed
from dashboard import navigation
from dashboard.elements import diff_html, reading_list
from dashboard.records import attacks
from dashboard.session import selection
from dashboard.views.review import place
from dashboard.views.review.known import Known
from dashboard.wording import escape_markdown, format_value

#: Which of them is read beside the review, by its key; forgotten with the review.
READ = "review_tested_read"
ROW_HEIGHT, TABLE_HEIGHT, TEXT_HEIGHT = 33, 300, 300


def draw(known: Known) -> None:
    """Draw a table of attacks and changed copies, and the one that is read beside the review."""
    st.header("Attacks, probes and rewrites", anchor=False)
    rows = _rows(known.attacks, known.changes)
    if not rows:
        st.caption("No attack, probe or bias report in this workspace was about this review.")
        _attack_link()
        return
    texts = {str(row["key"]): row for row in rows}
    chosen = str(st.session_state.get(READ))
    read = chosen if chosen in texts else next(iter(texts))
    _table(rows, read)
    _show(known, texts[read])


def _rows(attacked: Sequence[Attacked], changed: Sequence[Changed]) -> list[dict[str, object]]:
    """Return a row for each text that was made of the review; its key is unique among them."""
    names, recipes = attacks.model_names(), attacks.recipes()
    rows: list[dict[str, object]] = []
    for one in attacked:
        title = recipes[one.recipe].title if one.recipe in recipes else one.recipe
        rows.append(
            {
                "key": f"attack:{one.run_id}", "what": title, "model": names.get(one.model_id, one.model_id),
                "outcome": one.in_words, "before": one.prob_before, "after": one.prob_after,
                "original": one.original, "text": one.perturbed, "run": one.run_id, "raw": one.outcome,
            }
        )  # fmt: skip
    for number, other in enumerate(changed):
        held = {None: "–", True: "held", False: "failed"}[other.held]
        rows.append(
            {
                "key": f"{other.kind}:{other.run_id}:{number}", "what": f"{other.kind}: {other.what}",
                "model": names.get(other.model_id, other.model_id), "outcome": held,
                "before": other.prob_before, "after": other.prob_after, "original": None,
                "text": other.text, "run": "", "raw": "",
            }
        )  # fmt: skip
    return rows


def _table(rows: Sequence[dict[str, object]], read: str) -> None:
    frame = pd.DataFrame(rows)
    shown = frame[["what", "model", "outcome"]].assign(
        before=100 * frame["before"], after=100 * frame["after"]
    )
    columns = {
        "what": st.column_config.TextColumn("attack or change", width=220),
        "model": st.column_config.TextColumn("model", width=110),
        "outcome": st.column_config.TextColumn("outcome", width=150),
        "before": st.column_config.NumberColumn(
            "before", format="%.1f %%", width=80, help="Probability of positive"
        ),
        "after": st.column_config.NumberColumn("after", format="%.1f %%", width=80),
    }
    reading_list.draw(
        shown, frame["key"].tolist(), read, key="review-tested", pick=_read, columns=columns,
        tallest=TABLE_HEIGHT, row_height=ROW_HEIGHT, alt="Texts made of this review",
    )  # fmt: skip


def _read(key: str | None) -> None:
    place.READER.stay()
    if key:
        st.session_state[READ] = key


def _show(known: Known, row: dict[str, object]) -> None:
    """Draw one text with what was changed in it, and the way to where it is judged."""
    before, after = (format_value(float(str(row[name]))) for name in ("before", "after"))
    about = (
        f"{row['what']} on {row['model']}: {row['outcome']}, probability of positive {before} % -> {after} %."
    )
    st.caption(escape_markdown(about))
    original = known.review.text if row["original"] is None else str(row["original"])
    with st.container(height=TEXT_HEIGHT, border=True, key=f"review-tested-{row['key']}"):
        st.html(diff_html.STYLE + diff_html.perturbed_html(original, str(row["text"])))
    if row["run"]:
        st.page_link(
            navigation.known_pages()["robustness"],
            label="Open it in the diff desk",
            icon=":material/shield:",
            query_params=selection.shared_params()
            | {
                "runs": str(row["run"]),
                "outcome": str(row["raw"]),
                "text": f"{row['run']}:{known.review.example_id}",
            },
        )


def _attack_link() -> None:
    st.page_link(
        navigation.known_pages()["attack"],
        label="Attack reviews",
        icon=":material/bolt:",
        query_params=selection.shared_params(),
    )
