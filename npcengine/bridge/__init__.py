"""The game's end: the only owner of a thread.

:class:`~npcengine.bridge.bridge.Bridge` lives on the frame thread, :mod:`engine` on the loop
thread. Between them are the :mod:`mailbox` (towards the game) and plain calls onto the loop
(towards the mind); nothing else crosses.
"""
