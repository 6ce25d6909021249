"""Measures what the engine costs, beside what it could cost and what others cost.

Every number is a ratio taken in one run, interleaved, on one machine: digits differ from machine
to machine and from hour to hour, ratios hardly do (performance.md section 5 has the targets).
Nothing is imported here, because one of the clients runs in an environment without npcengine.
"""
