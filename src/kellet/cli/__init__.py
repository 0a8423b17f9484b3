"""The command line: its verbs, and what several of them share."""

from kellet.cli.main import kellet, main

__all__ = ["kellet", "main"]
