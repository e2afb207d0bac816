"""What several pages draw: reading lists, answer bars, diffs, highlighted reviews, empty states."""
