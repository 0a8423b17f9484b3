"""Pages: colours, style and script, shared by all that is shown."""
