"""What a manifest says of a training: settings, provenance, curves. Frames and figures; no streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard import charts
from dashboard.wording import format_bytes, format_seconds
from sentiment_core.calibration import scaling

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sentiment_core.models import ModelCard

#: A curve's name in a manifest -> its name on the page, in the order of the legend.
LOSSES = {"loss": "training", "eval_loss": "validation"}


def learning_curves(cards: Sequence[ModelCard]) -> pd.DataFrame:
    """Return the losses of models that learn in epochs: columns `model, reviews, epoch, loss`."""
    return losses({card.short_name: card.manifest["curves"] for card in cards if not is_converted(card)})


def is_converted(card: ModelCard) -> bool:
    """Whether the model is a converted copy: it was not trained, and its curves are those of its original."""
    return "export" in card.manifest


def n_validation(card: ModelCard) -> int:
    """Return how many reviews its validation figures are measured on; of a copy, those it was compared on."""
    measured = card.manifest["parity"] if is_converted(card) else card.trained_on
    return int(measured.get("n" if is_converted(card) else "n_validation") or 0)


def losses(curves: Mapping[str, Sequence[Mapping[str, float]]]) -> pd.DataFrame:
    """Return `learning_curves` of rows as manifests hold them, by the name of the model or of the job."""
    rows = [
        {"model": model, "reviews": name, "epoch": row["epoch"], "loss": row[key]}
        for model, found in curves.items()
        for key, name in LOSSES.items()
        for row in found
        if key in row and "epoch" in row
    ]
    return pd.DataFrame(rows, columns=["model", "reviews", "epoch", "loss"])


def learning_chart(curves: pd.DataFrame, colours: Mapping[str, str]) -> go.Figure:
    """Draw the losses over the epochs, from 0: validation solid with its points, training thin and dotted.

    A curve of one point is that point: a line through it cannot be seen.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for (model, reviews), rows in curves.groupby(["model", "reviews"], sort=False):
        validation = reviews == LOSSES["eval_loss"]
        figure.add_scatter(
            x=rows["epoch"],
            y=rows["loss"],
            name=f"{model}, {reviews}",
            mode="lines+markers" if validation or len(rows) == 1 else "lines",
            line={
                "color": colours.get(str(model), charts.REFERENCE_COLOUR),
                "width": 2.5 if validation else 1.5,
                "dash": "solid" if validation else "dot",
            },
        )
    charts.layout(figure, x_title="epoch", y_title="cross-entropy loss (nats)", height=260)
    figure.update_xaxes(rangemode="tozero")  # training begins there; the first loss is measured later
    return figure


def in_words(curves: pd.DataFrame) -> str:
    """Say where each model's validation loss is lowest, and whether training went on past it."""
    sentences = []
    for model, rows in curves[curves["reviews"] == LOSSES["eval_loss"]].groupby("model", sort=False):
        lowest = rows.loc[rows["loss"].idxmin()]
        sentence = (
            f"{model}: validation loss is lowest after epoch {lowest['epoch']:g} ({lowest['loss']:.3f})"
        )
        later = rows["epoch"].max() > lowest["epoch"]
        sentences.append(sentence + (", and rises after it." if later else ", at the end of training."))
    return " ".join(sentences)


def facts(cards: Sequence[ModelCard]) -> pd.DataFrame:
    """Return what is known of each training, a row a model."""
    return pd.DataFrame([_facts(card) for card in cards])


def _facts(card: ModelCard) -> dict[str, str]:
    manifest, data = card.manifest, card.trained_on
    return {
        "model": card.short_name,
        "trained on": f"{card.data_in_words} ({data['fingerprint']})" if data["name"] else card.data_in_words,
        "settings": _settings(card.used_params),
        "chosen on": f"{n_validation(card):,} validation reviews: {_figures(manifest['validation'])}",
        "calibration": scaling.in_words(manifest) or "none",
        "took": _took(manifest),
        "base": " ".join(filter(None, (manifest.get("base"), manifest.get("base_revision")))) or "none",
        "size": format_bytes(card.size_bytes),
        "made": card.created,
        "model id": card.model_id,
    }


def _took(manifest: Mapping[str, Any]) -> str:
    """Return how long the training took and on what; a converted copy was not trained."""
    seconds = manifest.get("seconds")
    return (
        "not trained: converted" if seconds is None else f"{format_seconds(seconds)} on {manifest['device']}"
    )


def _settings(params: Mapping[str, object]) -> str:
    """Return `c 4, ngrams 2`; a setting that was left empty says nothing."""
    return ", ".join(f"{name} {value}" for name, value in params.items() if value not in (None, ""))


def _figures(validation: Mapping[str, float | None]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in validation.items() if value is not None)
