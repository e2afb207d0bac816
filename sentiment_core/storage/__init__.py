"""Where results live, and how they are written so that no reader sees half a file."""
