"""People's files: what they hold, and how text becomes tokens."""
