"""What an NPC lived through, and what of it comes to mind when it is asked.

The scoring is that of the memory stream of generative agents (arXiv 2304.03442, section 4.1):
recency, importance and relevance, weighted equally. Three things differ. Recency counts from when
something happened, not from when it was last thought of, so that reading changes nothing. Each of
the three is from 0 to 1 as it stands and is not stretched over the candidates, so that one memory's
score does not hang on the others. Relevance is shared words, for there is no embedding here.
"""

import heapq
from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from npcengine.memory.history import MAX_GAME_MS, GameMs, History, Record, checked, clipped, encode
from npcengine.memory.words import relevances, words

__all__ = [
    "MAX_EPISODES",
    "MAX_RECALLED",
    "Episode",
    "EpisodeKind",
    "Episodes",
    "Remembered",
    "Weights",
]

MAX_EPISODES = 512
"""Episodes that one NPC keeps; recalling among so many takes about a millisecond."""
ROOM = 0.75
"""The part of :data:`MAX_EPISODES` that is left when the least of them are forgotten."""
MAX_TEXT_CHARS = 2_000
"""The longest text; as much as an NPC takes in of a speech."""
MAX_WHO_CHARS = 80
MAX_RECALLED = 20
"""The most that comes to mind at once."""

MS_PER_HOUR = 3_600_000

EpisodeKind: TypeAlias = Literal["heard", "saw", "did", "said"]


class Episode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing an NPC lived through."""

    at_ms: GameMs
    kind: EpisodeKind
    who: Annotated[str, Meta(max_length=MAX_WHO_CHARS)]
    """Who spoke or did it, or whom it was said to."""
    text: Annotated[str, Meta(max_length=MAX_TEXT_CHARS)]
    importance: Annotated[float, Meta(ge=0, le=1)]


class Weights(msgspec.Struct, frozen=True):
    """What counts for how much when something is to come to mind; see the top of this file."""

    recency: float = 1.0
    importance: float = 1.0
    relevance: float = 1.0
    decay_per_hour: float = 0.995
    """What an hour of game time leaves of recency: half in some six days. Where a game's day is
    twenty minutes long, 0.995**72 does the same over its days."""


class Remembered(msgspec.Struct, frozen=True):
    """One thing that came to mind, as it is told to the mind."""

    kind: EpisodeKind
    who: str
    text: str
    ago_s: int
    """Seconds of game time since."""


class Episodes:
    """What one NPC lived through, at most :data:`MAX_EPISODES`, oldest first."""

    def __init__(self, history: History, records: Sequence[Record] = ()) -> None:
        """Go on with ``records``, oldest first.

        Raises:
            msgspec.DecodeError: One of them is no episode.
        """
        self._history = history
        self._records = list(records)
        self._episodes = [_decoder.decode(record.body) for record in records]
        self._words = [_words_of(episode) for episode in self._episodes]
        self._make_room()

    @property
    def records(self) -> tuple[Record, ...]:
        """What there is to save, oldest first."""
        return tuple(self._records)

    @property
    def all(self) -> tuple[Episode, ...]:
        """All that is remembered, oldest first."""
        return tuple(self._episodes)

    def remember(
        self, kind: EpisodeKind, text: str, *, who: str, at_ms: int, importance: float = 0.5
    ) -> None:
        """Keep one thing more; text and name are cut to what fits.

        Args:
            kind: How the NPC came by it.
            text: What it was, in words that a query may share.
            who: Who spoke or did it, or whom it was said to.
            at_ms: Game time.
            importance: 0 to 1. The least important are forgotten first.

        Raises:
            UsageError: ``kind``, ``at_ms`` or ``importance`` is not one.
        """
        episode = checked(
            Episode,
            at_ms=at_ms,
            kind=kind,
            who=clipped(who, MAX_WHO_CHARS),
            text=clipped(text, MAX_TEXT_CHARS),
            importance=importance,
        )
        self._records.append(self._history.record("episode", encode(episode)))
        self._episodes.append(episode)
        self._words.append(_words_of(episode))
        self._make_room()

    def recall(
        self,
        about: str,
        *,
        now_ms: int,
        limit: int = 5,
        weights: Weights = Weights(),  # noqa: B008 - immutable
    ) -> list[Remembered]:
        """Return what comes to mind, the strongest first, of two alike the newer.

        Args:
            about: What it should be about; empty for whatever is recent and important.
            now_ms: Game time.
            limit: How many at most, and never more than :data:`MAX_RECALLED`.
            weights: What counts for how much.
        """
        relevant = relevances(about[:MAX_TEXT_CHARS], self._words)
        # Rounded, so that the last bit of a platform's `pow` or `log` cannot change an order.
        scored = [
            (
                round(
                    weights.recency * _recency(episode, now_ms, weights.decay_per_hour)
                    + weights.importance * episode.importance
                    + weights.relevance * relevance,
                    9,
                ),
                index,
            )
            for index, (episode, relevance) in enumerate(zip(self._episodes, relevant, strict=True))
        ]
        best = heapq.nlargest(max(0, min(limit, MAX_RECALLED)), scored)
        return [_told(self._episodes[index], now_ms) for _, index in best]

    def _make_room(self) -> None:
        """Forget what matters least when there is too much; of two alike the older."""
        if len(self._episodes) <= MAX_EPISODES:
            return
        now_ms = max(episode.at_ms for episode in self._episodes)
        decay = Weights().decay_per_hour
        worth = [
            (round(episode.importance + _recency(episode, now_ms, decay), 9), index)
            for index, episode in enumerate(self._episodes)
        ]
        keep = sorted(index for _, index in heapq.nlargest(int(MAX_EPISODES * ROOM), worth))
        self._records = [self._records[index] for index in keep]
        self._episodes = [self._episodes[index] for index in keep]
        self._words = [self._words[index] for index in keep]


_decoder = msgspec.json.Decoder(Episode)


def _words_of(episode: Episode) -> frozenset[str]:
    return words(f"{episode.who} {episode.text}")


def _recency(episode: Episode, now_ms: int, decay_per_hour: float) -> float:
    age_ms = min(max(0, now_ms - episode.at_ms), MAX_GAME_MS)
    return float(decay_per_hour ** (age_ms / MS_PER_HOUR))


def _told(episode: Episode, now_ms: int) -> Remembered:
    ago_s = max(0, now_ms - episode.at_ms) // 1_000
    return Remembered(episode.kind, episode.who, episode.text, ago_s)
