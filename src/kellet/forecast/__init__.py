"""What becomes of a loop without running it."""
