"""Trains the gateway's vocabulary with the ``tokenizers`` library, and writes it to its place."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from npcengine.server.tokens import WORD
from tools.make_vocabulary.corpus import corpus

TARGET = Path(__file__).parents[2] / "npcengine" / "server" / "vocabulary.json"
SIZE = 2_048
LINES = 6_000


def train() -> list[tuple[str, str]]:
    """Return the merges, in order of rank, as byte strings written in Latin-1."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer: Any = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORD), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet: list[str] = pre_tokenizers.ByteLevel.alphabet()
    trainer: Any = trainers.BpeTrainer(
        vocab_size=SIZE, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(corpus(LINES), trainer)
    letters = byte_letters()
    merges: list[tuple[str, str]] = json.loads(tokenizer.to_str())["model"]["merges"]
    return [(_latin(left, letters), _latin(right, letters)) for left, right in merges]


def byte_letters() -> dict[str, int]:
    """Return the printable letter that byte-level BPE writes for each byte, and the byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    odd = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(256 + index): byte for index, byte in enumerate(odd)}


def _latin(token: str, letters: dict[str, int]) -> str:
    return bytes(letters[letter] for letter in token).decode("latin-1")


def encoded(merges: list[tuple[str, str]]) -> bytes:
    """Return the file's bytes."""
    return msgspec.json.format(msgspec.json.encode({"merges": merges}), indent=0) + b"\n"


def main() -> int:
    """Write the vocabulary, or check the one that is there."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.make_vocabulary",
        description=__doc__,
        epilog="needs: uv run --group vocabulary python -m tools.make_vocabulary",
    )
    parser.add_argument(
        "--check", action="store_true", help="exit 1 if the committed file would change"
    )
    options = parser.parse_args()
    data = encoded(train())
    if options.check:
        same = TARGET.exists() and TARGET.read_bytes() == data
        print("the vocabulary is up to date" if same else f"{TARGET.name} would change")
        return 0 if same else 1
    TARGET.write_bytes(data)
    print(f"{TARGET.name}: {len(data):,} bytes, {SIZE:,} tokens")
    return 0


if __name__ == "__main__":
    sys.exit(main())
