"""When a model should rather not answer: risk against coverage, guaranteed thresholds, conformal sets."""
