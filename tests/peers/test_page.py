"""What the page on servers says that the doctor found is what the doctor finds."""

import pytest

from tools.peers.page import PAGE, look_at_all, page_with

pytestmark = [pytest.mark.peers, pytest.mark.sockets, pytest.mark.slow]


def test_the_page_has_what_the_doctor_finds() -> None:
    page = PAGE.read_text("utf-8")

    assert page_with(look_at_all(), page) == page, "write it anew: python -m tools.peers page"
