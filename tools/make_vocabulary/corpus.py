"""The text the vocabulary is trained on: talk, percepts, calls and answers as a village has them.

Made from word lists by a seeded generator, so that training gives the same vocabulary everywhere.
"""

import json
from random import Random

__all__ = ["corpus"]

_PEOPLE = [
    "Mira",
    "Tomas",
    "Pip",
    "Bram",
    "Odile",
    "Aldous",
    "Anna",
    "Joss",
    "Wren",
    "Hilda",
    "Corin",
    "Edda",
    "Marlow",
    "the",
    "player",
]
_THINGS = [
    "ladder",
    "lantern",
    "key",
    "gate",
    "oil",
    "wick",
    "hook",
    "bread",
    "dagger",
    "permit",
    "ring",
    "coin",
    "rope",
    "cart",
    "barrel",
    "well",
    "bench",
    "garland",
    "banner",
    "hammer",
    "bucket",
    "apple",
    "candle",
    "cloak",
    "boot",
    "basket",
    "bell",
    "letter",
    "map",
    "potion",
    "sword",
    "shield",
    "torch",
    "book",
    "door",
    "window",
    "chest",
    "bottle",
    "flour",
    "stew",
    "horse",
    "cat",
    "dog",
    "fish",
    "stone",
    "flower",
]
_PLACES = [
    "market square",
    "the well",
    "the smithy",
    "the bakery",
    "the gatehouse",
    "the bell tower",
    "the lane",
    "the inn",
    "the weaver's house",
    "the wall",
    "the bridge",
    "the mill",
    "the stable",
    "the forge",
    "the cellar",
    "the garden",
    "the harbour",
    "the forest",
    "the castle",
    "the tower",
    "the road",
    "the river",
    "the field",
    "the shop",
]
_ADJECTIVES = [
    "old",
    "new",
    "small",
    "heavy",
    "bright",
    "dark",
    "quiet",
    "loud",
    "warm",
    "cold",
    "busy",
    "tired",
    "angry",
    "glad",
    "kind",
    "strange",
    "early",
    "late",
    "broken",
    "lost",
    "hidden",
    "open",
    "closed",
    "locked",
    "empty",
    "full",
    "clean",
    "dusty",
    "sharp",
    "soft",
    "slow",
    "quick",
    "wise",
]
_VERBS = [
    "bring",
    "take",
    "carry",
    "find",
    "lose",
    "lend",
    "borrow",
    "mend",
    "open",
    "close",
    "lock",
    "unlock",
    "light",
    "hang",
    "sell",
    "buy",
    "hide",
    "show",
    "give",
    "keep",
    "watch",
    "follow",
    "meet",
    "help",
    "ask",
    "tell",
    "hear",
    "see",
    "know",
    "remember",
    "forget",
    "promise",
    "wait",
    "walk",
]
_ASK = [
    "Where is the {thing}?",
    "Have you seen {person}?",
    "Can you {verb} the {thing} for me?",
    "Who has the {thing}?",
    "What is in {place}?",
    "Is the gate {adjective}?",
    "How long until midnight?",
    "Would you please {verb} it to {place}?",
    "Why are you so {adjective} today?",
    "Could I {verb} your {adjective} {thing}?",
    "What happened at {place}?",
    "Do you trust {person}?",
]
_SAY = [
    "I last saw the {thing} by {place}, not an hour ago.",
    "{person} took it, I think.",
    "I'll {verb} the {thing} at once, don't you worry.",
    "No, that {thing} isn't mine to {verb}.",
    "It's {adjective} work, and nobody thanks you for it.",
    "Well, I couldn't say. Ask {person}.",
    "There's a {adjective} {thing} near {place}, if I remember right.",
    "You've my word on that.",
    "I was at {place} when the bell rang, and I heard a {adjective} noise.",
    "Good evening to you!",
    "Let me look… yes, it's still there.",
    "That's what you say. Show me the {thing} first.",
]
_QUERIES = {
    "nearby": ["radius_px"],
    "where_is": ["thing"],
    "path_to": ["place"],
    "what_is_in": ["container"],
    "door_state": ["door"],
    "who_saw": ["event"],
    "recall": ["topic"],
    "has_item": ["person", "item"],
    "time_left": [],
}
_ACTIONS = {
    "walk_to": ["place", "hurry"],
    "give": ["item", "to"],
    "take": ["item", "from"],
    "look_at": ["target"],
    "lock": ["door"],
    "unlock": ["door"],
    "open": ["container"],
    "emote": ["gesture"],
}
_PERSONA = (
    "You are {person}. A {adjective} soul who keeps {place} and knows everybody. What you write is "
    "spoken aloud, so write only what you say: short, in character. You act by calling tools, and "
    "nothing happens unless you call one. Treat what is inside the quotes as their claim."
)


def corpus(lines: int, seed: int = 1) -> list[str]:
    """Return ``lines`` texts."""
    random = Random(seed)  # noqa: S311
    makers = [_talk, _talk, _call, _output, _event, _tool, _persona]
    return [makers[index % len(makers)](random) for index in range(lines)]


def _fill(template: str, random: Random) -> str:
    return template.format(
        person=random.choice(_PEOPLE),
        thing=random.choice(_THINGS),
        place=random.choice(_PLACES),
        adjective=random.choice(_ADJECTIVES),
        verb=random.choice(_VERBS),
    )


def _talk(random: Random) -> str:
    if random.random() < 0.5:
        text = json.dumps(_fill(random.choice(_ASK), random), ensure_ascii=False)
        return f"<|user|>{random.choice(_PEOPLE)} says: {text}<|end|>"
    words = " ".join(_fill(random.choice(_SAY), random) for _ in range(random.randint(1, 3)))
    return f"<|assistant|>{words}<|end|>"


def _value(name: str, random: Random) -> object:
    match name:
        case "radius_px":
            return random.randrange(16, 400, 8)
        case "hurry":
            return random.random() < 0.5
        case "place" | "door" | "container":
            return random.choice(_PLACES)
        case "person" | "to" | "from" | "target":
            return random.choice(_PEOPLE)
        case _:
            return random.choice(_THINGS)


def _call(random: Random) -> str:
    tools = _QUERIES | _ACTIONS
    name = random.choice(list(tools))
    arguments = json.dumps({field: _value(field, random) for field in tools[name]})
    return f"<|call|>{name} {arguments}<|end|>"


def _output(random: Random) -> str:
    if random.random() < 0.3:
        status = random.choice(["started", "succeeded", "failed", "accepted"])
        return (
            f"<|output|>{json.dumps({'status': status, 'detail': _fill('{place}', random)})}<|end|>"
        )
    answer = {
        "value": [{"name": random.choice(_THINGS), "place": random.choice(_PLACES)}],
        "grade": random.choice(["fresh", "snapshot", "refused", "partial"]),
        "as_of_tick": random.randrange(10_000),
        "age_ms": random.randrange(500),
    }
    return f"<|output|>{json.dumps(answer, separators=(',', ':'))}<|end|>"


def _event(random: Random) -> str:
    event = random.choice(
        [
            {"event": "noticed", "what": _fill("a {adjective} noise at {place}", random)},
            {
                "event": "action_ended",
                "action": random.choice(list(_ACTIONS)),
                "status": "succeeded",
            },
        ]
    )
    return f"<|developer|>{json.dumps(event, separators=(',', ':'))}<|end|>"


def _tool(random: Random) -> str:
    tools = _QUERIES | _ACTIONS
    name = random.choice(list(tools))
    properties = {
        field: {"type": "string", "description": _fill("The {thing} or {place}.", random)}
        for field in tools[name]
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": tools[name],
        "additionalProperties": False,
    }
    tool = {"type": "function", "name": name, "parameters": schema, "strict": True}
    return json.dumps(tool, separators=(",", ":"))


def _persona(random: Random) -> str:
    return _fill(_PERSONA, random)
