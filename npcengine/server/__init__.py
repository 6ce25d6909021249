"""The model end: a gateway that speaks the wire for any mind.

It never imports ``session`` or ``bridge``: sharing code between the two ends of a protocol hides
its bugs. :mod:`gateway` is the server, :mod:`connection` one client's socket with its lanes,
:mod:`context` the connection-scoped cache, :mod:`http` the same over plain HTTP, :mod:`store` what
outlives a connection, :mod:`minds` what answers.
"""
