"""``sockets``: what two thousand idle sockets, and as many idle lanes, cost one gateway.

A gateway of npcengine in a fresh process (:mod:`.gateway`), and a client beside it that opens
connections and leaves them alone (:mod:`.client`), while another talks: memory is read from
``/proc``, so this needs Linux.
"""
