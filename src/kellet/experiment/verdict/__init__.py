"""What is left at the end, and whether that is a collapse."""
