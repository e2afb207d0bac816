"""The gate: whether a new model may replace an old one, by stated margins, and the ledger of decisions."""
