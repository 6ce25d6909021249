"""The picture: drawn from the village as it is, sixty times a second, changing nothing.

Everything is drawn at 480 by 270 and scaled by whole numbers. The only package of the game that
imports pygame, and only what pygame and pygame-ce have in common.
"""
