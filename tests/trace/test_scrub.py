"""Secrets in lines: none is left, and nobody who counts characters gets another number."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.trace.scrub import Scrubber

SECRETS = [
    "Bearer abcdefghijklmnop",
    "sk-0123456789abcdefghij",
    "xai-0123456789abcdefghij",
    "eyJhbGciOiJ9.eyJzdWIiOiI.c2lnbmF0dXJl",
    "ghp_0123456789abcdefghijKLMN",
    "AKIAABCDEFGHIJKLMNOP",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_what_looks_like_a_key_is_overwritten(secret: str) -> None:
    scrubber = Scrubber()
    line = msgspec.json.encode({"said": f"my key is {secret} so"})

    scrubbed = scrubber.scrub(line)

    assert secret.encode() not in scrubbed
    assert len(scrubbed) == len(line)
    assert scrubber.found == 1


def test_words_that_only_begin_like_a_key_are_let_be() -> None:
    line = b'{"said": "ask-me-anything, bearer of news, sk-short"}'

    assert Scrubber().scrub(line) == line


# Texts that do not begin or end within what another one could be.
values = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=4, max_size=12)


@given(values, st.integers(0, 3), st.booleans())
def test_a_value_is_found_however_deeply_and_in_whichever_habit_it_is_quoted(
    value: str, depth: int, is_ascii: bool
) -> None:
    form: str = value
    for _ in range(depth):
        form = json.dumps({"text": f"<{form}>"}, ensure_ascii=is_ascii)
    line = json.dumps({"line": form}, ensure_ascii=is_ascii)

    inner = json.loads(Scrubber([value], ()).scrub(line.encode()))["line"]
    for _ in range(depth):
        inner = json.loads(inner)["text"][1:-1]

    # One star for each of its characters.
    assert inner == "*" * len(value)


def test_the_longer_of_two_values_is_taken_out_whole() -> None:
    assert Scrubber(["Anna", "Annabel"]).scrub(b"Annabel and Anna") == b"******* and ****"


def test_a_value_of_under_four_characters_is_let_be() -> None:
    assert Scrubber(["Bo"]).scrub(b"Bo books a boat") == b"Bo books a boat"


def test_spans_count_characters() -> None:
    assert list(Scrubber(["Zoë!"]).spans("ë Zoë! ë")) == [(2, 6)]
