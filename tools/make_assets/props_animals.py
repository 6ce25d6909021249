"""Hens, ducks and a cat: three palettes of stillness that make a village breathe."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas
from tools.make_assets.foliage import contact_shadow


def hen() -> Canvas:
    """Return a white hen."""
    canvas = Canvas(15, 14)
    canvas.stamp(
        """
        ........DD..
        .......kDDk.
        .......k99kY
        kk.....k9k8Y
        k8k...k98Dk.
        k89kkk998k..
        k888999888k.
        .k8888877k..
        .k788877k...
        ..kk777k....
        ....Y.Y.....
        ...YY.YY....
        """,
        1,
        1,
    )
    contact_shadow(canvas, 7, 12, 5, 1)
    return canvas


def hen_pecking() -> Canvas:
    """Return a brown hen with her head in the grass."""
    canvas = Canvas(16, 12)
    canvas.stamp(
        """
        .kk.........
        kcvk........
        kcvvkkkk....
        .kvvvvcck...
        .kcvbbvcck..
        .kccvvccvDk.
        ..kccccxkvkD
        ...kkxxk.kkY
        ....Y.Y...Y.
        ...YY.YY....
        """,
        1,
        0,
    )
    contact_shadow(canvas, 7, 10, 5, 1)
    return canvas


def ducks() -> Canvas:
    """Return two ducks on the water."""
    canvas = Canvas(28, 13)
    for x, y in ((1, 1), (14, 4)):
        canvas.stamp(
            """
            ........wk..
            .......wrrk.
            ......kwkrYY
            .k....k99k..
            k7kkkkk67k..
            k776667765k.
            .k7766665k..
            .RkkkkkkkRR.
            """,
            x,
            y,
        )
    return canvas


def cat() -> Canvas:
    """Return the market's cat, sitting with its tail round its feet."""
    canvas = Canvas(14, 17)
    canvas.stamp(
        """
        ..k....k....
        ..kkkkkk....
        .kn1nn1nk...
        .knUnnUnk...
        .knnI1nnk...
        ..knnnnk....
        ..kn99nnk...
        .kn999nnk...
        .kn999nnnk..
        .kn99nnnnk..
        .knn9nnnnkk.
        .kn1nn1nnnk.
        ..k99k9knnk.
        ...kkkkkkk..
        """,
        1,
        1,
    )
    contact_shadow(canvas, 6, 15, 5, 1)
    return canvas
