"""Whether a fooling text still means what the original meant."""
