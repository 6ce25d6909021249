"""What the page on servers says of settings is what the code does."""

import re

import pytest

from npcengine import Capabilities
from npcengine.bridge.hosts import host_for
from npcengine.doctor.advice import as_python
from npcengine.transport.address import parse_address
from tools.peers.install import AGENTIC_VERSION, AIMOCK_VERSION
from tools.peers.page import BEGIN, END, PAGE, ROWS


def rows(text: str) -> dict[str, list[str]]:
    """The rows of the tables of a text, by their first cell."""
    lines = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")]
    return {first.strip(): [cell.strip() for cell in cells] for first, *cells in lines}


PAGE_TEXT = PAGE.read_text("utf-8")
UNTRIED = rows(PAGE_TEXT.partition("not tried by us")[2])


def test_each_field_of_the_record_is_explained() -> None:
    explained = rows(PAGE_TEXT.partition(BEGIN)[0])

    assert {f"`{field}`" for field in Capabilities.__struct_fields__} <= set(explained)


def test_the_table_of_what_was_found_has_every_row_and_the_versions_that_are_installed() -> None:
    table = PAGE_TEXT.partition(BEGIN)[2].partition(END)[0]

    assert set(rows(table)) >= {topic for topic, _ in ROWS}
    assert f"agentic-api {AGENTIC_VERSION} | aimock {AIMOCK_VERSION}" in table


@pytest.mark.parametrize("column", range(5))
def test_what_servers_are_taken_for_is_what_the_page_says(column: int) -> None:
    def cell(row: str) -> str:
        return UNTRIED[row][column].strip("`")

    url = cell("address").replace("RESOURCE", "tavern").replace("HOST", "127.0.0.1")
    host = host_for(parse_address(url).host)

    assert as_python(host.capabilities) == cell("taken for")
    assert cell("key") in (host.key_variable, "")


def test_the_addresses_are_whole_and_secure_but_for_this_machines() -> None:
    for address in UNTRIED["address"]:
        assert re.fullmatch(r"`(wss://[^`]+|ws://HOST:8080[^`]+)/responses`", address)
