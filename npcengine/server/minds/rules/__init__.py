"""A mind made of rules: no model, only data files, one a villager, and a general engine.

It sees what a model would see (instructions, tools, items) and nothing else; to learn anything
about the world it has to call a query. :mod:`data` reads the files, :mod:`hearing` finds out what
was meant (:mod:`words` knows some English), :mod:`program` and :mod:`play` run a plan,
:mod:`phrasing` finds words.
"""
