"""The gateway's HTTP side: the same responses as on WebSockets, and what is kept of them.

:mod:`routes` says what there is, :mod:`create` makes responses, :mod:`stored` looks after those
that are kept, :mod:`windows` works on contexts without answering them.
"""
