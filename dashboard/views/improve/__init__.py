"""The page Improve: whether a new model may replace the old one, how a better one is made, and the ledger."""
