"""The part of Evaluate about a model before and after its calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.elements import public_copy, widgets
from dashboard.elements.measured import Measured
from dashboard.views.evaluate.state import Rescaled
from dashboard.wording import escape_markdown
from sentiment_core import calibrating
from sentiment_core.calibration import scaling
from sentiment_core.models import ModelCard


@dataclass(frozen=True)
class Counterpart:
    """A model with the probabilities that it would have before its calibration, or after it.

    `title` says which; `fitted_here` whether the scaling was fitted to the reviews that are shown.
    """

    model: Measured
    title: str
    rescaled: Rescaled
    fitted_here: bool

    @property
    def name(self) -> str:
        """The name in the legend."""
        return f"{self.model.name}, {self.title}"


def counterparts(models: Sequence[Measured]) -> list[Counterpart]:
    """Return the other side of each model that is calibrated or was, unless it is itself shown."""
    shown = {model.card.model_id for model in models}
    return [found for model in models if (found := _counterpart(model, shown)) is not None]


def _counterpart(model: Measured, shown: set[str]) -> Counterpart | None:
    own = scaling.of_manifest(model.card.manifest)
    if own is not None:
        source = model.card.manifest[scaling.KEY]["source"]
        title = "before calibration"
        return None if source in shown else Counterpart(model, title, Rescaled(own, undo=True), False)
    made = next(iter(calibrating.calibrated_from(model.card)), None)
    found = scaling.of_manifest(made.manifest) if made else None
    if made is None or found is None or made.model_id in shown:
        return None
    title = f"calibrated (T = {found.temperature:.2f})"
    return Counterpart(model, title, Rescaled(found, undo=False), _fitted_here(made, model))


def _fitted_here(made: ModelCard, model: Measured) -> bool:
    fitted_to, shown = made.manifest[scaling.KEY]["data"], model.evaluation
    return (fitted_to["fingerprint"], fitted_to["split"]) == (shown.fingerprint, shown.split)


def offer(models: Sequence[Measured]) -> None:
    """Offer to calibrate the models that were not yet."""
    for model in models:
        known = scaling.KEY in model.card.manifest or calibrating.calibrated_from(model.card)
        if known or widgets.anything_running():
            continue
        if public_copy.button(
            f"Calibrate {escape_markdown(model.name)}",
            key=f"calibrate-{model.card.model_id}",
            icon=":material/tune:",
            help="Fits a temperature to the validation reviews and keeps a calibrated model beside this one. "
            "No label changes.",
        ):
            widgets.start_job(["calibrate", "--model", model.card.model_id], f"Calibrate {model.name}")
