"""The colors of models: by their place on the shelf, the same on every page and in every report."""

from __future__ import annotations

from collections.abc import Sequence

# Shades around the remaining Okabe-Ito hues, darkened or lightened until they reach 3:1 on both backgrounds;
# never the two label colours, so that a model is never mistaken for a verdict.
MODEL_COLOURS = (
    "#009E73", "#7B6CD9", "#A67C00", "#B5548F", "#4A90A4", "#8C6D5A", "#6E8B3D", "#777A85",
    "#D84854", "#C65FC6", "#18A818", "#9C5424",
)  # fmt: skip


def model_colours(model_ids: Sequence[str]) -> dict[str, str]:
    """Return a colour for each model by its place on the shelf, oldest first: the same on every page."""
    return {model_id: MODEL_COLOURS[i % len(MODEL_COLOURS)] for i, model_id in enumerate(model_ids)}
