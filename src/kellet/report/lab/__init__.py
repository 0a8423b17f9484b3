"""The lab: a page that answers while one drags."""
