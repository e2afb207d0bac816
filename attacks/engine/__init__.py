"""The attack engine: one review in, one record out, the same whatever the number of workers."""
