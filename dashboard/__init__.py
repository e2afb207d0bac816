"""The pages: selections in, one call into the core, charts out. No computation lives here."""
