"""Results of the field, redone: each paper's setting, its number beside ours, and whether they agree."""
