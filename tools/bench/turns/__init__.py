"""``turns``: how early a game sees what a mind means to do, and how soon a mind is answered.

A gateway with a mind that follows a script (:mod:`.gateway`, :mod:`.mind`) and a game beside it
(:mod:`.game`), each in a fresh process, both noting when what passed them; :mod:`.figures` puts the
two notes together. The clock is the machine's, so their times compare.
"""
