"""Why a model answers as it does: which words carry its score."""
