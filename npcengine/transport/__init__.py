"""Carrying frames: the only place that imports ``websockets`` or ``h11``.

:mod:`link` is the one seam; everything above it can be tested without a socket
(:mod:`memory`). :mod:`dial` opens connections, :mod:`listen` accepts them, :mod:`websocket` is
what both then hold, and :mod:`beat` says when it reads. :mod:`sse` is the client's link where no
WebSocket gets through.
"""
