"""The server that is tried, and the table at the end."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.asking import long_input
from tests.conformance.talk import Answer, Socket
from tests.conformance.target import (
    KEY_VARIABLE,
    Target,
    key_from_environment,
    not_tried,
    our_gateway,
)
from tests.conformance.verdicts import Verdicts

HERE = Path(__file__).parent
FLOOD = 300

OURS = "npcengine serve"
VERDICTS = pytest.StashKey[Verdicts]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "which server is tried against docs/reference/wire.md")
    group.addoption(
        "--url",
        help=f"its base URL, http://HOST:PORT/v1; its key comes from {KEY_VARIABLE}. Default: our "
        "own gateway, started for the run, which has to pass wholly",
    )
    group.addoption("--model", default="npcengine", help="the model that requests name")
    group.addoption("--within-s", type=float, default=20.0, help="how long any event may take")
    group.addoption("--second-url", help="another server on the same store")
    group.addoption(
        "--age-limit-s",
        type=float,
        help="how old a connection of it may grow, if one can wait for that",
    )
    group.addoption("--server-name", help="what the table calls it; default: the URL")
    group.addoption(
        "--conformance-table", type=Path, metavar="FILE", help="write the table: .md or .json"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[VERDICTS] = Verdicts()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.sockets)


def _option(config: pytest.Config, name: str) -> Any:
    # Without this folder among pytest's arguments its options are not there.
    return config.getoption(name, None)


def _url(config: pytest.Config) -> str | None:
    url: str | None = _option(config, "url")
    return url


# --- the table --------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and _url(item.config) is None:
        _, _, reason = report.longrepr if isinstance(report.longrepr, tuple) else ("", 0, "?")
        report.outcome = "failed"
        report.longrepr = f"our own gateway has to pass wholly: {reason}"
    item.config.stash[VERDICTS].take(report)
    return report


def _is_asked_for(config: pytest.Config) -> bool:
    """Whether this folder was named: among all other tests nobody wants a table."""
    named = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    return any(path == HERE or HERE in path.parents for path in named)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    verdicts = config.stash[VERDICTS]
    if verdicts.is_empty() or not _is_asked_for(config):
        return
    name = _option(config, "server_name") or _url(config) or OURS
    terminalreporter.section(f"conformance of {name}")
    for line in verdicts.lines():
        terminalreporter.write_line(line)
    if (path := _option(config, "conformance_table")) is not None:
        verdicts.write(path, name)


# --- the servers ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file that our gateways share."""
    return str(tmp_path_factory.mktemp("conformance") / "store.db")


@pytest.fixture(scope="session")
def target(pytestconfig: pytest.Config, store: str) -> Generator[Target]:
    """The server that is tried."""
    if (url := _url(pytestconfig)) is None:
        with our_gateway("--store", store) as ours:
            yield ours
    else:
        model, within_s = _option(pytestconfig, "model"), _option(pytestconfig, "within_s")
        yield Target(url.rstrip("/"), key_from_environment(), model, within_s)


@pytest.fixture
def socket(target: Target) -> Generator[Socket]:
    """A connection of its own for each case."""
    with Socket(target) as socket:
        yield socket


@pytest.fixture(scope="session")
def second(pytestconfig: pytest.Config, target: Target, store: str) -> Generator[Target]:
    """Another server on the same store."""
    if _url(pytestconfig) is None:
        with our_gateway("--store", store, key=target.key) as ours:
            yield ours
    elif (url := _option(pytestconfig, "second_url")) is not None:
        yield replace(target, url=url.rstrip("/"))
    else:
        not_tried("no second server on the same store was named (--second-url)")


@pytest.fixture(scope="session")
def ageing(pytestconfig: pytest.Config, target: Target) -> Generator[Target]:
    """A server whose connections grow old while one waits."""
    if _url(pytestconfig) is None:
        limits = ("--limit", "age_s=1.5", "--limit", "grace_s=2")
        with our_gateway(*limits, mind="practice?ttft_ms=10&tokens_per_s=80") as ours:
            yield replace(ours, age_s=1.5)
    elif (age_s := _option(pytestconfig, "age_limit_s")) is not None:
        yield replace(target, age_s=age_s)
    else:
        not_tried("its connections may grow too old to wait for (--age-limit-s says how old)")


@pytest.fixture(scope="session")
def pinging(pytestconfig: pytest.Config, target: Target) -> Generator[Target]:
    """A server that does not take long to ask for a sign of life."""
    if _url(pytestconfig) is None:
        with our_gateway("--limit", "ping_every_s=0.3") as ours:
            yield ours
    else:
        yield target


@pytest.fixture(scope="session")
def http_only(pytestconfig: pytest.Config) -> Generator[Target]:
    """A server that wants to be spoken to over HTTP."""
    if _url(pytestconfig) is not None:
        not_tried("it would have to be told to take no WebSockets")
    with our_gateway("--limit", "connections=0") as ours:
        yield ours


@pytest.fixture(scope="session")
def flooded(target: Target) -> list[Answer]:
    """The first answers to far more requests on one lane than can wait."""
    with Socket(target) as socket:
        socket.create(long_input())
        for _ in range(FLOOD):
            socket.create()
        return socket.answers(5)
