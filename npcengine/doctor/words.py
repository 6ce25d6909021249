"""What was found out about a server, in lines for people."""

from collections.abc import Iterable

from npcengine.doctor.advice import Advice
from npcengine.doctor.report import Finding, Verdict
from npcengine.doctor.server import Server

__all__ = ["in_words"]

_UNKNOWN_NAMES = {
    "wants_key": "key asked",
    "first_token_ms": "first token",
    "tokens_per_s": "speed",
    "calls": "calls",
    "continues": "continuing",
    "older": "older ids",
    "elsewhere_unstored": "elsewhere",
    "elsewhere_stored": "stored",
    "warm_up": "warm-up",
    "lanes_echoed": "lanes",
    "lanes": "lane names",
    "running": "running",
    "steering": "steering",
    "cancelling": "cancelling",
    "errors": "errors",
}


def in_words(server: Server, advice: Advice) -> Iterable[Finding]:
    """Return a finding for each thing that is known, what is not, and what to do."""
    if server.wants_key is False:
        yield Finding("open door", "note", "it asks for no key: whoever reaches it can use it")
    yield from _speed(server)
    yield from _chains(server)
    yield from _lanes(server)
    yield from _manners(server)
    asked = f"{server.requests} requests and {server.warm_ups} warm-ups were sent"
    yield Finding("asked", "ok", asked)
    for field, reason in server.unknown.items():
        yield Finding(_UNKNOWN_NAMES[field], "note", f"not found out: {reason}")
    minutes = advice.capabilities.age_limit_s / 60
    text = f"not found out, since that would take as long; taken for {minutes:.0f} minutes"
    yield Finding("age limit", "note", text)
    yield Finding("advice", "ok", advice.call)


def _speed(server: Server) -> Iterable[Finding]:
    if server.first_token_ms is not None:
        yield Finding("first token", "ok", f"{server.first_token_ms:.0f} ms")
    if server.tokens_per_s is not None:
        yield Finding("speed", "ok", f"{server.tokens_per_s:.0f} tokens/s")
    if server.usage is False:
        text = "not told: budgets of tokens and of money go by estimates"
        yield Finding("usage", "note", text)
    if server.sequence_numbers is False:
        yield Finding("numbering", "note", "events have no sequence_number")
    if server.calls is not None:
        yield _either(
            "calls",
            server.calls == "in pieces",
            "arguments come in pieces",
            "arguments come in one piece: bodies cannot begin before they are complete",
        )


def _chains(server: Server) -> Iterable[Finding]:
    if server.continues is not None:
        yield _either(
            "continuing",
            server.continues and server.remembers is not False,
            "only what is new has to be told",
            "ids are ignored, so everything has to be told each time"
            if server.continues
            else "everything has to be told each time",
        )
    if server.older is not None:
        kept = "kept" if server.older else "forgotten: the newest is the only one to go on from"
        yield Finding("older ids", "ok", kept)
    if server.elsewhere_unstored is not None and server.remembers is not False:
        kept = "knows them too" if server.elsewhere_unstored else "does not, as it should be"
        yield Finding("elsewhere", "ok", f"{kept} (what is not stored)")
    if server.elsewhere_stored is not None and server.remembers is not False:
        kept = (
            "any socket can go on from it" if server.elsewhere_stored else "not to be gone on from"
        )
        yield Finding("stored", "ok", kept)
    match server.warm_up:
        case "reads":
            yield Finding("warm-up", "ok", "is read ahead")
        case "answers":
            yield Finding("warm-up", "note", "is answered, which wastes what it costs")
        case "refuses":
            yield Finding("warm-up", "note", "is refused")
        case None:
            pass


def _lanes(server: Server) -> Iterable[Finding]:
    if server.lanes_echoed is None:
        return
    yield Finding(
        "lanes",
        "ok",
        "yes: many NPCs share a connection" if server.lanes_echoed else "no: one connection an NPC",
    )
    if server.lanes is not None:
        yield Finding("lane names", "ok", f"{server.lanes} a connection")
    if server.running is not None:
        yield Finding("running", "ok", f"{server.running} at once on a connection")


def _manners(server: Server) -> Iterable[Finding]:
    if server.steering is not None:
        taken = server.steering == "takes"
        text = "works" if taken else f"does not work ({server.steering})"
        yield Finding("steering", "ok" if taken else "note", text)
    if server.cancelling is not None:
        yield Finding("cancelling", "ok", f"response.cancel: it {server.cancelling}")
    if server.errors is not None:
        status = "with" if server.error_status else "without"
        yield Finding("errors", "ok", f"{server.errors}, {status} a status")
    for topic, kept in (
        ("bad JSON", server.bad_json_keeps_socket),
        ("binary frame", server.binary_keeps_socket),
    ):
        if kept is not None:
            yield _either(topic, kept, "leaves the socket open", "ends the socket")


def _either(topic: str, is_good: bool, good: str, otherwise: str) -> Finding:
    verdict: Verdict = "ok" if is_good else "note"
    return Finding(topic, verdict, good if is_good else otherwise)
