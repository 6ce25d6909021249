"""The game's side of the tools: what an NPC may do and ask, made from Python types."""
