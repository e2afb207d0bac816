"""Names that others gave: of repositories on the hub, and of a model's two outputs."""
