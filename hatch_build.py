"""What the index shows of README.md: its links and pictures lead into the repository, at this version.

Where that is, whoever publishes says in KELLET_REPOSITORY, as `release.yml` does.  Without it a link is its words.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^)\s]+)\)")


def point(text: str, repository: str, version: str) -> str:
    """Text whose relative links are absolute, or gone where no repository is known."""

    def lead(found: re.Match[str]) -> str:
        picture, words, path = found.groups()
        if not repository:
            return "" if picture else words
        return f"{picture}[{words}]({repository}/{'raw' if picture else 'blob'}/v{version}/{path})"

    return LINK.sub(lead, text)


class CustomMetadataHook(MetadataHookInterface):
    """The readme and the addresses of a release."""

    def update(self, metadata: dict[str, Any]) -> None:
        root = Path(self.root)
        repository = os.environ.get("KELLET_REPOSITORY", "").rstrip("/")
        version = re.search(r'__version__ = "(.+)"', (root / "src/kellet/version.py").read_text(encoding="utf-8"))[1]
        text = (root / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": point(text, repository, version)}
        shown = f"{repository}/blob/v{version}"
        metadata["urls"] = (
            {
                "Repository": repository,
                "Documentation": f"{repository}/tree/v{version}/docs",
                "Changelog": f"{shown}/CHANGELOG.md",
                "Issues": f"{repository}/issues",
                "Security": f"{shown}/SECURITY.md",
            }
            if repository
            else {}
        )
