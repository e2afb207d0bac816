"""Models that answer over HTTP from elsewhere: the hub's inference, and endpoints of its two forms."""
