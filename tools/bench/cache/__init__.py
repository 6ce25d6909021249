"""``cache``: a loop of tool calls, over a WebSocket that keeps its context and over HTTP.

A gateway with a mind that calls a tool thirty times (:mod:`.gateway`, :mod:`.mind`), a relay that
stands for the distance (:mod:`.relay`), and a client: npcengine's whole engine
(:mod:`.client_npcengine`) or the official SDK (:mod:`.client_openai`). What is compared differs in
nothing but the wire and the client: the mind, its speed, the conversation and the work that the
gateway does on a token are the same, and no time in the tables is a model's: it was measured.
"""
