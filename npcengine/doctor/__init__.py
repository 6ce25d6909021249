"""``npcengine doctor``: what is here, what is missing, and what a server can do.

``machine`` looks at this machine. ``probe`` finds out what a server can by trying it: each of the
``trials`` opens a connection of its own, over ``wire``, and writes down in ``server`` what it
found. ``advice`` turns that into settings, and ``report`` prints everything.
"""

from npcengine.doctor.command import doctor as doctor

__all__ = ["doctor"]
