"""The groups of reviews that a bias report compares."""
