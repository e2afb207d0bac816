"""Models that somebody else made, put on the shelf as they are: of the hub by name, or behind an address."""
