"""The wire: what may be said, how it is read, and the rules of a conversation.

Pure: no I/O, no clock, no randomness. Bytes come in, typed values go out. Split by direction,
seen from the game: :mod:`outgoing` is what a client may send, :mod:`incoming` what may arrive,
:mod:`items` what both carry. :mod:`lane` follows one response, :mod:`chain` one conversation.
"""
