"""The world of Lanternwick: whole numbers, no pictures, no minds.

Time is a count of ticks, sixty to a second; places are whole sixteenths of a pixel. The same seed
and the same deeds give the same village on every machine, tick for tick.
"""
