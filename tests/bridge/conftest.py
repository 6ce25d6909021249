import threading
from collections.abc import Generator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from npcengine.testing import wait_until


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Generator[None]:
    """Fail a test whose threads outlive it; those that cannot be ended are named by the test."""
    before = set(threading.enumerate())
    yield
    wait_until(lambda: set(threading.enumerate()) <= before)


@pytest.fixture(autouse=True)
def nothing_blocks_a_loop() -> Generator[BlockBuster]:
    """Fail a test in which anything blocks inside a coroutine."""
    with blockbuster_ctx() as detector:
        yield detector
