"""Makes up values that fit a JSON schema, for a mind that has to call tools it knows nothing of.

:mod:`schemas` reads a schema, :mod:`demands` several as one, :mod:`ways` finds a way through its
choices. :mod:`maker` makes values, with :mod:`numbers`, :mod:`texts` and :mod:`patterns` for the
small ones (:mod:`syntax` reads patterns), and :mod:`fitting` checks them. Schemas come from
clients: all of it keeps to a :mod:`budget`.
"""

from npcengine.server.minds.invent.maker import invent

__all__ = ["invent"]
