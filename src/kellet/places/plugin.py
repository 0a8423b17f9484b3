"""The plugin of pytest: its start waits for nothing of Kellet's, and what a test asks for is imported then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kellet.experiment.auditing import Audit


@pytest.fixture(scope="session")
def assert_no_tail_loss() -> Callable[..., Audit]:
    """Fails where data lost what a reference has: ``kellet.assert_no_tail_loss``."""
    from kellet.places import testing

    return testing.assert_no_tail_loss
