"""The part of Attack that watches one batch: progress, success so far, the last texts, cancel and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import navigation, public
from dashboard.elements import diff_html, public_copy, widgets
from dashboard.records import attacks
from dashboard.session import selection as state
from dashboard.views.attack import state as attack_state
from dashboard.wording import escape_html, escape_markdown, format_estimate, format_seconds
from sentiment_core.jobs.jobs import JobStatus
from sentiment_core.schema import LABEL_NAMES

if TYPE_CHECKING:
    from attacks.batches.runs import AttackRun

POLL_SECONDS = 1.5
SHOWN_TEXTS = 4
#: Characters of a single review that need no box to scroll in.
SHORT_TEXT = 900
STYLE = f"""{diff_html.STYLE}<style>
.lately {{display: grid; grid-template-columns: max-content max-content 1fr;
  font-variant-numeric: tabular-nums; font-size: 0.88rem; line-height: 1.5;}}
.lately > div {{padding: 0.4rem 1rem 0.4rem 0;
  border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent);}}
.lately .what {{font-weight: 550;}}
.lately .faint {{opacity: 0.72;}}
</style>"""
LOADING = "loading the model and the recipe"


def show(job: JobStatus | None, run_id: str | None) -> None:
    """Draw one batch; while it runs, the drawing keeps itself up to date."""
    active = job is not None and job.active
    st.html(STYLE)
    st.fragment(_show, run_every=POLL_SECONDS if active else None)(
        job.run_id if job else None, run_id, active
    )


@widgets.show_fixable
def _show(job_id: str | None, run_id: str | None, was_active: bool) -> None:
    job = attacks.job(job_id) if job_id else None
    if run_id is None and job and attack_state.run_of(job):
        st.rerun()  # the batch has started: draw the whole page, which finds it by the job
    run = attacks.open_run(run_id) if run_id else None
    if was_active and (job is None or not job.active):
        st.rerun()  # draw the whole page, this time without polling
    _head(job, run)
    if run is not None:
        _figures(run)
        _lately(run)
    if job is not None and not job.active and job.state != "finished":
        _what_it_printed(job)


# --- what it is and how far it is -----------------------------------------------------------------


def _head(job: JobStatus | None, run: AttackRun | None) -> None:
    title = _title(job, run)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape_markdown(title)}**", width="stretch")
        _buttons(job, run)
    total = run.total if run else 0
    done = attacks.size(run) if run else 0
    share = done / total if total else 0.0
    st.progress(min(1.0, share))
    st.caption(escape_markdown(_state_in_words(job, run, done, total)))


def _title(job: JobStatus | None, run: AttackRun | None) -> str:
    if run is not None:
        return attacks.full_title(run).removesuffix(", not finished")
    return job.title if job else ""


def _state_in_words(job: JobStatus | None, run: AttackRun | None, done: int, total: int) -> str:
    count = f"{done:,} of {total:,} reviews" if total > 1 else ""
    if job is not None and job.active:
        if job.state == "queued":
            return job.message or "waiting for its turn"
        if not done:
            now = job.message or (LOADING if run else job.what) or "starting"
            return ", ".join(filter(None, (count, now)))
        left = f"{format_seconds(job.seconds_left)} left" if job.seconds_left is not None else ""
        if done >= total:
            return ", ".join(filter(None, (count, job.message or job.what, left)))
        return ", ".join(filter(None, (count, _rate(run), left, job.message)))
    if run is not None and run.finished:
        seconds = (run.manifest or {}).get("wall_seconds")
        finished = "finished" + (f" in {format_seconds(float(seconds))}" if seconds else "")
        return ", ".join(filter(None, (count, finished)))
    if run is not None and run.running:
        return ", ".join(filter(None, (count, "running in a terminal")))
    state = ": ".join(filter(None, (job.state, job.message))) if job else "not finished"
    kept = " Finished reviews are kept. Resume to attack the rest." if run is not None else ""
    return f"{', '.join(filter(None, (count, state))).removesuffix('.')}.{kept}"


def _rate(run: AttackRun | None) -> str:
    """Return the seconds per review, by the reviews' own time, without what other jobs took."""
    if run is None or run.records.empty:
        return ""
    seconds = float(run.records["seconds"].mean())
    return f"{format_seconds(seconds)} per review" if seconds > 0 else ""


def _buttons(job: JobStatus | None, run: AttackRun | None) -> None:
    if job is not None and job.active:
        if public_copy.button(
            "Cancel", icon=":material/stop_circle:", key="attack-cancel", disabled=job.stopping
        ):
            attack_state.cancel(job, run)
        return
    if run is not None and len(run.records):
        st.page_link(
            navigation.known_pages()["robustness"],
            label="Open in Robustness",
            icon=":material/arrow_forward:",
            query_params=state.shared_params() | {"runs": run.run_id},
        )
    if _can_resume(job, run) and public_copy.button(
        "Resume", type="primary", icon=":material/resume:", key="attack-resume"
    ):
        attack_state.watch(job=attack_state.resume(job, run), run=run.run_id if run else "")
        st.rerun()
    _resume_here(job, run)


def _resume_here(job: JobStatus | None, run: AttackRun | None) -> None:
    """Offer to resume without the cluster that a batch was sent to: it may be gone."""
    if job is None or run is None or "--cluster" not in job.argv or not _can_resume(job, run):
        return
    if public_copy.button("Resume on this machine", icon=":material/memory:", key="attack-resume-here"):
        attack_state.watch(job=attack_state.resume(None, run), run=run.run_id)
        st.rerun()


def _can_resume(job: JobStatus | None, run: AttackRun | None) -> bool:
    if run is not None:
        return not run.finished and not run.running
    return job is not None and job.state != "finished"


def _what_it_printed(job: JobStatus) -> None:
    from sentiment_core.jobs import jobs

    if public.is_public():
        return
    with st.expander("Log"):
        st.code(jobs.log_tail(job.run_id) or "nothing", language=None, wrap_lines=True)


# --- what it has found so far --------------------------------------------------------------------


def _figures(run: AttackRun) -> None:
    if attacks.is_single(run) or run.records.empty:
        return
    from attacks.figures import robustness

    number, so_far = robustness.counts(run.records), "" if run.finished else " so far"
    attacked = number["succeeded"] + number["failed"]
    fooled = robustness.share(number["succeeded"], attacked, "no review was attacked")
    under_attack = robustness.share(number["failed"], attacked + number["skipped"], "no review was tried")
    tried = run.records[run.records["outcome"].isin(("succeeded", "failed"))]
    shown = {
        f"Fooled{so_far}": format_estimate(fooled),
        f"Accuracy under attack{so_far}": format_estimate(under_attack),
        "Queries per review": _mean(float(tried["queries"].mean())),
        "Skipped, errors": f"{number['skipped']:,}, {number['errored']:,}",
    }
    columns = st.columns([4, 4, 2, 2], gap="small")
    for column, (label, value) in zip(columns, shown.items(), strict=True):
        column.caption(label)
        column.markdown(f"**{escape_markdown(value)}**")


def _mean(value: float) -> str:
    return f"{value:,.0f}" if value == value else "–"


def _lately(run: AttackRun) -> None:
    """Draw the latest texts, marked where they differ; a single review in full."""
    if attacks.is_single(run):
        show_single(run)
        return
    last = attack_state.last_records(run, SHOWN_TEXTS)
    if last:
        rows = "".join(_line(record) for record in last)
        st.caption("Latest texts")
        st.html(f"<div class='lately'>{rows}</div>")


def _line(record: dict[str, Any]) -> str:
    what = f"<div class='what'>{attacks.OUTCOME_WORDS[record['outcome']]}</div>"
    before, after = float(record["prob_before"]), float(record["prob_after"])
    probs = f"{100 * before:.0f} → {100 * after:.0f} %" if before == before and after == after else "–"
    title = f"probability of positive; truly {LABEL_NAMES[int(record['label'])]}"
    return f"{what}<div class='faint' title='{title}'>{probs}</div><div>{_text(record)}</div>"


def _text(record: dict[str, Any]) -> str:
    if record["outcome"] == "errored":
        return f"<span class='faint'>{escape_html(record['error'][:300])}</span>"
    if record["outcome"] == "skipped":
        return "<span class='faint'>the model was wrong before the attack</span>"
    return diff_html.snippets_html(record["original"], record["perturbed"])


def show_single(run: AttackRun) -> None:
    """Draw what became of one review that was typed by hand: in a sentence, and both versions."""
    if run.records.empty:
        return
    record = pd.Series(run.records.iloc[0]).to_dict()
    st.markdown(escape_markdown(single_in_words(record, attacks.model_name(run))))
    if record["outcome"] not in ("succeeded", "failed"):
        return
    columns = st.columns(2, gap="medium")
    versions = {"Original": diff_html.original_html, "After the attack": diff_html.perturbed_html}
    for column, (title, html) in zip(columns, versions.items(), strict=True):
        column.caption(title)
        with column.container(height=300 if len(record["original"]) > SHORT_TEXT else "content", border=True):
            st.html(html(record["original"], record["perturbed"]))


def single_in_words(record: dict[str, Any], model: str) -> str:
    """State the outcome of one review."""
    if record["outcome"] == "errored":
        return f"The attack failed with an error: {record['error']}"
    if record["outcome"] == "skipped":
        return f"{model} already gets this review wrong, so there is nothing to attack."
    before, after = (100 * float(record[name]) for name in ("prob_before", "prob_after"))
    changed = f"{int(record['words_changed']):,} of {int(record['words']):,} words changed"
    probs = f"its probability of positive went from {before:.1f} % to {after:.1f} %"
    effort = f"with {int(record['queries']):,} queries"
    if record["outcome"] == "succeeded":
        return f"{model} is fooled, with {changed}: {probs}, {effort}."
    stopped = f", stopped by its {record['stopped_by']}" if record["stopped_by"] else ""
    return f"{model} is not fooled{stopped}: {probs}, {effort}."
