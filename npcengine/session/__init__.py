"""Minds at our end: one session an NPC, on shared sockets.

Everything that enters comes through one numbered :mod:`inbox`; everything that leaves goes through
the :mod:`outside` port. In between there is no I/O, no task, no lock and no clock: a session is a
function of its inbox, which is what makes an exact replay possible (ADR 0004).
"""
