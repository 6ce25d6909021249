"""One gateway for everybody who means it harm: what one leaves behind, the next one meets."""

from collections.abc import Generator

import pytest

from tests.commands.programs import Served
from tests.hostile.siege import besieged


@pytest.fixture(scope="module")
def gateway() -> Generator[Served]:
    with besieged() as served:
        yield served
