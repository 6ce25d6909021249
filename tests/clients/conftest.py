"""Interpreters that have a client in them."""

import pytest

from tests.clients.driving import client
from tools.clients.install import openai_python, python_in


@pytest.fixture(scope="session")
def sdk() -> str:
    """The interpreter that has the openai SDK, which is small enough to be installed here. Without
    a registry this fails, and says so: a skip would go unnoticed."""
    return openai_python()


@pytest.fixture(scope="session")
def agents() -> str:
    """The interpreter that has openai-agents."""
    return str(python_in(client("agents")))
