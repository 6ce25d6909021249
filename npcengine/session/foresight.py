"""Answers that are told along with a stimulus, because the mind would ask for them anyway."""

import msgspec

from npcengine.policy.habits import Habits, Question
from npcengine.protocol.items import Message
from npcengine.session.outside import Outside
from npcengine.session.tally import Tally
from npcengine.world.percepts import known_already
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Toolbox

__all__ = ["Foresight"]

_encode = msgspec.json.Encoder().encode


class Foresight:
    """What one NPC's turns are watched for, and told ahead (loop thread).

    Only ``snapshot`` queries: they can be answered at once, from the last published view.
    """

    def __init__(self, npc: str, habits: Habits | None, outside: Outside, tally: Tally) -> None:
        self._npc = npc
        self._habits = habits
        self._outside = outside
        self._tally = tally
        self._stimulus: str | None = None
        self._asked: set[Question] = set()
        self._told: set[Question] = set()
        self._is_watched = True
        """Whether nothing was told ahead in this turn."""

    def begin(self, stimulus: str, tools: Toolbox) -> list[Message]:
        """A turn begins; return what is told ahead in it."""
        self._stimulus, self._asked, self._told = stimulus, set(), set()
        if self._habits is None:
            return []
        messages: list[Message] = []
        for name, text in self._habits.foresee(stimulus, self._outside.luck()):
            query = tools.by_name.get(name)
            if not isinstance(query, QuerySpec) or query.where != "snapshot":
                continue
            arguments = self._outside.read(self._npc, query, text.decode())
            answer = self._outside.look(self._npc, query, arguments)
            if answer is not None:
                self._told.add((name, text))
                messages.append(known_already(name, text, answer))
        self._tally.told_ahead += len(messages)
        self._is_watched = not messages
        return messages

    def asked(self, query: QuerySpec, arguments: msgspec.Struct) -> None:
        """A question is asked in this turn."""
        question = query.name, _encode(arguments)
        self._asked.add(question)
        if question in self._told:
            self._told.discard(question)
            self._tally.asked_all_the_same += 1

    def abandon(self) -> None:
        """The turn is broken off: it tells nothing of what follows its stimulus."""
        self._stimulus = None

    def over(self) -> None:
        """The turn has come to its own end."""
        if self._habits is not None and self._stimulus is not None and self._is_watched:
            self._habits.watched(self._stimulus, self._asked)
        self._stimulus = None
