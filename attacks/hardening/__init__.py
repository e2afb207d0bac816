"""Train on what fooled a model, and measure what that bought."""
