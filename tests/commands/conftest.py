"""One gateway for all tests that only ask it something."""

from collections.abc import Generator

import pytest

from tests.commands.programs import QUICK, Served, serving


@pytest.fixture(scope="session")
def gateway() -> Generator[Served]:
    """A gateway with the practice mind, as quick as it goes, that belongs to nobody."""
    with serving("--mind", QUICK, NPCENGINE_TOKEN="the-token-of-the-tests") as served:
        yield served
