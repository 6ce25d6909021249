"""The gateway's tokens: nothing of a text is lost, and the library that trained them agrees."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from npcengine.server import tokens
from npcengine.server.tokens import WORD, count_tokens, encode_tokens, split_words
from tools.make_vocabulary.__main__ import byte_letters

VOCABULARY = Path(tokens.__file__).with_name("vocabulary.json")

# What the gateway counts: template marks, JSON, prose; and whatever else people type.
PIECES = st.one_of(
    st.sampled_from(["<|user|>", "<|end|>", '{"type":"object"}', " the", "The", " ladder", "'s"]),
    st.sampled_from([" ", "  ", "\n", "\t", "\u3000", "\u2028", "1042", " 7", '",', "...", "\x00"]),
    st.sampled_from(["é", "走る", "ß", "\N{GRINNING FACE}", "\u0301", "²", "\u200b"]),
    st.text(max_size=6),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)
HALF_CHARACTERS = st.text(st.characters(exclude_categories=()), max_size=20)
SPACES = [chr(code) for code in range(0x3001) if chr(code).isspace()]


def bytes_of(text: str) -> list[bytes]:
    """A text's tokens, each as the bytes that it stands for."""
    stands_for = {token: part for part, token in tokens._tables().ids.items()}
    return [stands_for[token] for token in encode_tokens(text)]


@pytest.fixture(scope="module")
def library() -> Callable[[str], list[bytes]]:
    """The tokens' bytes as the training library makes them of the same file."""
    tokenizers = pytest.importorskip("tokenizers")
    bytes_by_letter = byte_letters()
    letters = {byte: letter for letter, byte in bytes_by_letter.items()}

    def spelt(latin: str) -> str:
        return "".join(letters[byte] for byte in latin.encode("latin-1"))

    merges = [
        (spelt(left), spelt(right))
        for left, right in json.loads(VOCABULARY.read_text("utf-8"))["merges"]
    ]
    known = dict.fromkeys([*letters.values(), *(left + right for left, right in merges)])
    vocabulary = {token: number for number, token in enumerate(known)}
    tokenizer: Any = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=merges))
    split: Any = tokenizers.pre_tokenizers
    tokenizer.pre_tokenizer = split.Sequence(
        [
            split.Split(tokenizers.Regex(WORD), behavior="isolated"),
            split.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )

    def encode(text: str) -> list[bytes]:
        return [
            bytes(bytes_by_letter[letter] for letter in token)
            for token in tokenizer.encode(text).tokens
        ]

    return encode


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Good evening, traveller. Where is the ladder?", id="prose"),
        pytest.param('player says: "I didn\'t!\\n"', id="speech"),
        pytest.param('<|call|>walk_to {"place":"well","n":12345}<|end|>', id="a call"),
        pytest.param('{"value":null,"grade":"fresh","as_of_tick":1042,"age_ms":0}', id="an answer"),
        pytest.param("  two  spaces \n\n and lines\t\r\n", id="space"),
        pytest.param("Où est l'échelle? はしごはどこですか。", id="other languages"),
        pytest.param("\N{FAMILY}\u200d\N{GRINNING FACE}\ufe0f", id="pictures"),
        pytest.param("the" * 300, id="a word without end"),
    ],
)
def test_a_text_has_the_tokens_that_the_library_finds(
    text: str, library: Callable[[str], list[bytes]]
) -> None:
    assert bytes_of(text) == library(text)


@given(TEXTS)
def test_any_text_has_the_tokens_that_the_library_finds(
    library: Callable[[str], list[bytes]], text: str
) -> None:
    assert bytes_of(text) == library(text)


@pytest.mark.parametrize("space", [pytest.param(one, id=f"U+{ord(one):04X}") for one in SPACES])
def test_both_take_the_same_characters_for_space(
    space: str, library: Callable[[str], list[bytes]]
) -> None:
    text = f'a{space} the{space}{space} "you'

    assert bytes_of(text) == library(text)


def test_a_word_takes_its_leading_space_along_and_numbers_come_in_threes() -> None:
    text = "Take 12345 steps,  then\n\nstop...\tNow"

    assert list(split_words(text)) == [
        *("Take", " 123", "45", " steps", ",", "  ", "then", "\n\n", "stop", "...", "\t", "Now"),
    ]


@given(TEXTS | HALF_CHARACTERS)
@example("\ud800")
def test_nothing_of_a_text_is_lost(text: str) -> None:
    assert "".join(split_words(text)) == text
    assert b"".join(bytes_of(text)) == text.encode("utf-8", "replace")


@given(TEXTS | HALF_CHARACTERS)
def test_a_text_has_as_many_tokens_as_are_counted_and_never_more_than_bytes(text: str) -> None:
    assert count_tokens(text) == len(encode_tokens(text)) <= len(text.encode("utf-8", "replace"))


@given(TEXTS, st.integers(40, 80))
def test_a_text_that_is_looked_at_in_slices_has_the_same_words(text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "SLICE", size)
        words = list(split_words(text * 5))

    assert words == re.findall(WORD, text * 5)


@given(TEXTS)
def test_words_are_tokenised_by_themselves(text: str) -> None:
    words = list(split_words(text))

    assert [list(split_words(word)) for word in words] == [[word] for word in words]
    assert [token for word in words for token in encode_tokens(word)] == encode_tokens(text)


@given(st.lists(TEXTS, max_size=4), st.data())
def test_a_text_cut_between_two_words_has_the_tokens_of_its_parts(
    texts: list[str], data: st.DataObject
) -> None:
    words = list(split_words("".join(texts)))
    cut = data.draw(st.integers(0, len(words)))
    before, after = "".join(words[:cut]), "".join(words[cut:])

    assert encode_tokens(before) + encode_tokens(after) == encode_tokens(before + after)


@given(TEXTS)
def test_a_text_has_the_same_tokens_the_second_time(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_known", {})
        first = encode_tokens(text)

        assert encode_tokens(text) == first
        patch.setattr(tokens, "_known", {})
        assert encode_tokens(text) == first


def test_the_ids_are_the_bytes_first_and_no_two_are_alike() -> None:
    ids = tokens._tables().ids

    assert sorted(ids.values()) == list(range(len(ids)))
    assert [ids[bytes([byte])] for byte in range(256)] == list(range(256))


def test_hostile_text_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, tuple[int, ...]] = {}
    monkeypatch.setattr(tokens, "_known", known)
    monkeypatch.setattr(tokens, "MAX_KNOWN_WORDS", 10)

    for text in ("x" * 10_000, "走" * 10_000, " " * 10_000, "1 22 333 a b c d e f g h i j"):
        count_tokens(text)

    assert len(known) == 10
    assert max(map(len, known)) < 100


class Counted(dict[tuple[bytes, bytes], int]):
    """Ranks that count how often they are looked at."""

    looks = 0

    def get(self, key: Any, default: Any = None) -> Any:
        self.looks += 1
        return super().get(key, default)

    def __getitem__(self, key: Any) -> int:
        self.looks += 1
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.looks += 1
        return super().__contains__(key)


def test_a_word_without_end_costs_as_much_as_it_is_long_and_not_its_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = tokens._tables()
    looks: list[int] = []

    for length in (500, 2_000):
        rank = Counted(tables.rank)
        monkeypatch.setattr(tokens, "_tables", lambda: SimpleNamespace(rank=rank, ids=tables.ids))  # noqa: B023
        count_tokens("the" * (length // 3))
        looks.append(rank.looks)

    assert 0 < looks[1] < 8 * looks[0]
