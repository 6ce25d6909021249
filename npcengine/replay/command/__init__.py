"""The command ``npc-replay``: one module a verb, each thin over :mod:`npcengine.replay`."""
