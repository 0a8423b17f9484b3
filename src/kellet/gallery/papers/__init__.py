"""Papers, one a file: what was claimed, and a few lines that do it again; beside it the experiment, if it is a loop."""
