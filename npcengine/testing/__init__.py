"""For tests of programs that use npcengine: virtual time, scripted servers, recordings."""

from npcengine.bridge.virtual import VirtualClock as VirtualClock
from npcengine.bridge.virtual import VirtualTimeLoop as VirtualTimeLoop
from npcengine.clock import ManualClock as ManualClock
from npcengine.testing.headless import go_headless as go_headless
from npcengine.testing.replayed import Replay as Replay
from npcengine.testing.scripted import ScriptedServer as ScriptedServer
from npcengine.testing.scripted import UnexpectedRequestError as UnexpectedRequestError
from npcengine.testing.waiting import wait_until as wait_until

__all__ = [
    "ManualClock",
    "Replay",
    "ScriptedServer",
    "UnexpectedRequestError",
    "VirtualClock",
    "VirtualTimeLoop",
    "go_headless",
    "wait_until",
]
