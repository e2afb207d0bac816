"""The score card as an HTML table: value and interval in two lines, numbers aligned. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from dashboard.elements.scrolling import scrolling
from dashboard.records.stress import AttackScore, BiasScore, ProbeScore, attack_title
from dashboard.views.home.scorecard import BASELINE_ACCURACY, SEEN_MARK, TARGETS, ScoreRow
from dashboard.wording import (
    UNDEFINED,
    escape_html,
    format_bytes,
    format_estimate,
    format_interval,
    format_value,
)
from sentiment_core.schema import Estimate

#: Gives a link's parameters: what is chosen, with this model (by id) as the first one; "" leaves it.
Shared = Callable[[str], Mapping[str, str]]
COLUMNS = {
    "accuracy": "accuracy",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "roc_auc": "ROC AUC",
}
ATTACK_COLUMNS = ("under attack", "valid only")
PROBE_COLUMNS = ("probes",)
BIAS_COLUMNS = ("bias",)
FOOTNOTE = (
    "n: all reviews for accuracy, F1 and ROC AUC; those predicted positive for precision; the positive ones "
    "for recall."
)
REACHED = "✓ reaches the target."
ELSEWHERE = "The targets are for IMDb."
STYLE = """<style>
.score {width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; line-height: 1.35;}
.score th {font-weight: 500; font-size: .85em; opacity: .72; text-align: right; padding: 0 .7rem .4rem 0;}
.score td {text-align: right; padding: .6rem .7rem .6rem 0; vertical-align: top; white-space: nowrap;
  border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent);}
.score th:first-child, .score td:first-child {text-align: left; white-space: normal;}
.score th:last-child, .score td:last-child {padding-right: 0; white-space: normal;}
.score td:last-child {font-size: .82em; line-height: 1.6;}
.score td:last-child small {font-size: 1em; white-space: nowrap;}
.score small {display: block; font-size: .82em; opacity: .72;}
.score th small {opacity: 1;}
.score a {color: inherit; font-weight: 600;}
@media (max-width: 1100px) {.score td:first-child {min-width: 8.5rem;}}
.score i.dot {display: inline-block; width: .65em; height: .65em; border-radius: 50%; margin-right: .5em;}
.score tr.targets td {opacity: .85;}
.score .reached {font-weight: 650;}
</style>"""


def table_html(
    rows: Sequence[ScoreRow],
    colours: Mapping[str, str],
    shared: Shared,
    *,
    targets_apply: bool = True,
    under_attack: Mapping[str, AttackScore] | None = None,
    probed: Mapping[str, ProbeScore] | None = None,
    biased: Mapping[str, BiasScore] | None = None,
) -> str:
    """Return the score card as an HTML table; everything in it that anybody named is escaped.

    Figures that reach their targets are marked where `targets_apply`. There are columns for accuracy under
    attack, probes and bias (by model id) where any model has such a run.
    """
    attacked, asked, audited = under_attack or {}, probed or {}, biased or {}
    more = (
        *(ATTACK_COLUMNS if attacked else ()),
        *(PROBE_COLUMNS if asked else ()),
        *(BIAS_COLUMNS if audited else ()),
    )
    names = ("model", *COLUMNS.values(), *more, "size, speed", "trained on")
    small = {"under attack": f"<small>{escape_html(attack_title(attacked))}</small>"} if attacked else {}
    head = "".join(f"<th scope='col'>{name}{small.get(name, '')}</th>" for name in names)
    body = "".join(_row_html(row, colours, shared, targets_apply, attacked, asked, audited) for row in rows)
    body += _targets_html(len(more))
    table = f"<table class='score'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return STYLE + scrolling(table, "Score card: figures by model")


def _row_html(
    row: ScoreRow,
    colours: Mapping[str, str],
    shared: Shared,
    targets_apply: bool,
    attacked: Mapping[str, AttackScore],
    asked: Mapping[str, ProbeScore],
    audited: Mapping[str, BiasScore],
) -> str:
    link = escape_html("evaluate?" + urlencode(shared(row.model_id)))
    name = f"<a href='{link}' class='page-link' target='_self'>{escape_html(row.name)}</a>"
    name += f"<small>{escape_html(row.title)}</small>"
    dot = f"<i class='dot' style='background:{colours.get(row.model_id, 'currentColor')}'></i>"
    speed = UNDEFINED if math.isnan(row.reviews_per_second) else f"{row.reviews_per_second:,.0f}"
    rest = [
        f"<td>{format_bytes(row.size_bytes)}<small>{speed} reviews/s</small></td>",
        f"<td>{escape_html(row.trained_on)}<small>{row.n_train:,} reviews</small></td>",
    ]
    figures = [_figure_html(row, metric, targets_apply) for metric in COLUMNS]
    figures += _attack_html(attacked.get(row.model_id), shared) if attacked else []
    figures += [_probes_html(asked.get(row.model_id), row.model_id, shared)] if asked else []
    figures += [_bias_html(audited.get(row.model_id), row.model_id, shared)] if audited else []
    return f"<tr><td>{dot}{name}</td>{''.join(figures + rest)}</tr>"


def _attack_html(score: AttackScore | None, shared: Shared) -> list[str]:
    """Return the two cells of accuracy under attack; the first opens the batch on Robustness."""
    if score is None:
        return [f"<td title='not attacked with this recipe on these reviews'>{UNDEFINED}</td>"] * 2
    link = escape_html("robustness?" + urlencode({**shared(""), "runs": score.run_id}))
    raw = _attacked_value(score.raw)
    opened = f"<a href='{link}' class='page-link' target='_self'>{raw}</a>"
    cell = f"<td title='{format_estimate(score.raw)}'>{opened}"
    interval = f"<small>{format_interval(score.raw)}</small></td>"
    if not score.valid.defined:
        return [cell + interval, f"<td title='{escape_html(score.valid.reason)}'>{UNDEFINED}</td>"]
    valid = f"<td title='{format_estimate(score.valid)}'>{_attacked_value(score.valid)}"
    return [cell + interval, f"{valid}<small>{format_interval(score.valid)}</small></td>"]


def _probes_html(score: ProbeScore | None, model_id: str, shared: Shared) -> str:
    """Return the cell of the probes; it opens the model's matrix."""
    if score is None:
        return f"<td title='not probed'>{UNDEFINED}</td>"
    link = escape_html("probes?" + urlencode(shared(model_id)))
    held = f"{score.held}/{score.total} held"
    rest = f"<small>{score.unclear} unclear, {score.failed} failed</small>"
    return f"<td><a href='{link}' class='page-link' target='_self'>{held}</a>{rest}</td>"


def _bias_html(score: BiasScore | None, model_id: str, shared: Shared) -> str:
    """Return the cell of the largest change among groups with a difference; it opens Bias and slices."""
    if score is None:
        return f"<td title='bias not measured on these reviews'>{UNDEFINED}</td>"
    link = escape_html("bias?" + urlencode(shared(model_id)))
    if score.change is None:
        return f"<td><a href='{link}' class='page-link' target='_self'>none found</a></td>"
    moved = "below" if score.change.value < 0 else "above"
    hint = escape_html(f"{score.attribute}: {score.group}, {format_estimate(score.change)}")
    value = f"{format_value(abs(score.change.value))} points"
    small = f"<small>{escape_html(score.group)} {moved}</small>"
    return f"<td title='{hint}'><a href='{link}' class='page-link' target='_self'>{value}</a>{small}</td>"


def _attacked_value(estimate: Estimate) -> str:
    return f"{format_value(estimate.value)} %"


def _figure_html(row: ScoreRow, metric: str, targets_apply: bool) -> str:
    estimate = row.metrics.get(metric)
    if estimate is None or not estimate.defined:
        reason = estimate.reason if estimate else "not measured on these reviews"
        return f"<td title='{escape_html(reason)}'>{UNDEFINED}</td>"
    value = f"{format_value(estimate.value)} %"
    if targets_apply and estimate.value >= TARGETS[metric]:
        value = f"<span class='reached'>{value} ✓</span>"
    if metric == "accuracy" and row.seen and row.flattered:
        value = f"<span title='{escape_html(row.seen.sentence)}'>{value} {SEEN_MARK}</span>"
    return f"<td title='{format_estimate(estimate)}'>{value}<small>{format_interval(estimate)}</small></td>"


def _targets_html(more_columns: int) -> str:
    targets = "".join(f"<td>{format_value(TARGETS[metric])} %</td>" for metric in COLUMNS)
    baseline = f"baseline {format_value(BASELINE_ACCURACY).removesuffix('.0')} % accuracy"
    name = f"<td>target<small>{baseline}</small></td>"
    return f"<tr class='targets'>{name}{targets}{'<td></td>' * (2 + more_columns)}</tr>"
