"""Attack batches as run folders: drawn, run, resumed, judged, checked again and exported."""
