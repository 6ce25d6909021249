"""Peers are started for the tests that want them, and fail those tests when they are not there."""

import pytest

from tools.peers.install import NoPeersError, path


@pytest.fixture(scope="session", autouse=True)
def peers() -> None:
    """Say in one line what is missing. Who asks for these tests wants them run, not skipped."""
    for peer in ("agentic-server", "llmock"):
        try:
            path(peer)
        except NoPeersError as error:
            pytest.exit(str(error), returncode=1)
