"""Attack batches as run folders: sampled, run, resumed, judged, compared across models and exported."""
