"""What a recipe is made of: its type, its parts, its settings and its calibrated thresholds."""
