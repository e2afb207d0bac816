"""The attack engine: one review at a time, many in parallel, resumable and exact."""
