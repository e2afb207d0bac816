"""The attack engine: one review in, one record out, the same for any number of workers."""
