"""The forty colours of Lanternwick, and what each becomes in shadow and in light.

Shadows lean towards blue and purple, lights towards warm yellow, so that a picture keeps its
colour when the game multiplies it by the dusk. Every colour has a one-letter code for text art;
the letters follow the keyboard so that neighbours in a ramp are neighbours under the hand.
"""

from itertools import pairwise
from typing import Final

Ramp = tuple[int, ...]
"""Colour numbers from dark to light."""

CLEAR: Final = 0
"""The number of "no colour"; every other number is an opaque colour."""

_COLOURS: Final = (
    # code, name, colour
    ("k", "INK", "#17131f"),
    ("n", "NIGHT", "#2a2340"),
    ("m", "PLUM", "#473b5c"),
    ("1", "STONE1", "#625d7a"),
    ("2", "STONE2", "#878298"),
    ("3", "STONE3", "#b2abb0"),
    ("4", "STONE4", "#ded5ca"),
    ("q", "GREEN0", "#1c2f3c"),
    ("w", "GREEN1", "#284a49"),
    ("e", "GREEN2", "#3a674b"),
    ("r", "GREEN3", "#54824c"),
    ("t", "GREEN4", "#80a34e"),
    ("y", "GREEN5", "#b9c55c"),
    ("z", "WOOD1", "#41283a"),
    ("x", "WOOD2", "#683e3c"),
    ("c", "WOOD3", "#935f41"),
    ("v", "WOOD4", "#c08c4e"),
    ("b", "WOOD5", "#e5c07a"),
    ("5", "SAND1", "#856b67"),
    ("6", "SAND2", "#ae9176"),
    ("7", "SAND3", "#d2b88e"),
    ("8", "CREAM", "#f3e3bd"),
    ("9", "WHITE", "#fffaea"),
    ("A", "RED0", "#511f3b"),
    ("S", "RED1", "#862f42"),
    ("D", "RED2", "#bb4a44"),
    ("F", "RED3", "#e3804f"),
    ("Q", "BLUE0", "#272d57"),
    ("W", "BLUE1", "#364f86"),
    ("E", "BLUE2", "#4f7bad"),
    ("R", "BLUE3", "#85b3cb"),
    ("T", "ICE", "#c6e2dc"),
    ("Y", "GOLD1", "#eea43c"),
    ("U", "GOLD2", "#ffd868"),
    ("P", "ROSE1", "#733f7c"),
    ("O", "ROSE2", "#b0629b"),
    ("I", "ROSE3", "#ec9dae"),
    ("j", "SKIN1", "#985549"),
    ("h", "SKIN2", "#d28e6a"),
    ("l", "SKIN3", "#f3c398"),
)

CODES: Final[dict[str, int]] = {code: i for i, (code, _, _) in enumerate(_COLOURS, start=1)}
"""Text-art letter to colour number."""

_BY_NAME: Final = {name: i for i, (_, name, _) in enumerate(_COLOURS, start=1)}


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


RGB: Final[tuple[tuple[int, int, int], ...]] = (
    (0, 0, 0),
    *(_rgb(text) for _, _, text in _COLOURS),
)
"""Colour number to red, green, blue; entry 0 is unused."""

INK: Final = _BY_NAME["INK"]
NIGHT: Final = _BY_NAME["NIGHT"]
PLUM: Final = _BY_NAME["PLUM"]
CREAM: Final = _BY_NAME["CREAM"]
WHITE: Final = _BY_NAME["WHITE"]
ICE: Final = _BY_NAME["ICE"]
S1, S2, S3, S4 = (_BY_NAME[f"STONE{i}"] for i in range(1, 5))
G0, G1, G2, G3, G4, G5 = (_BY_NAME[f"GREEN{i}"] for i in range(6))
W1, W2, W3, W4, W5 = (_BY_NAME[f"WOOD{i}"] for i in range(1, 6))
E1, E2, E3 = (_BY_NAME[f"SAND{i}"] for i in range(1, 4))
R0, R1, R2, R3 = (_BY_NAME[f"RED{i}"] for i in range(4))
B0, B1, B2, B3 = (_BY_NAME[f"BLUE{i}"] for i in range(4))
Y1, Y2 = (_BY_NAME[f"GOLD{i}"] for i in range(1, 3))
P1, P2, P3 = (_BY_NAME[f"ROSE{i}"] for i in range(1, 4))
K1, K2, K3 = (_BY_NAME[f"SKIN{i}"] for i in range(1, 4))

STONE: Final[Ramp] = (NIGHT, PLUM, S1, S2, S3, S4)
GREEN: Final[Ramp] = (G0, G1, G2, G3, G4, G5)
WOOD: Final[Ramp] = (W1, W2, W3, W4, W5)
EARTH: Final[Ramp] = (PLUM, E1, E2, E3, CREAM, WHITE)
RED: Final[Ramp] = (R0, R1, R2, R3)
BLUE: Final[Ramp] = (B0, B1, B2, B3, ICE)
GOLD: Final[Ramp] = (W2, W3, Y1, Y2, WHITE)
ROSE: Final[Ramp] = (P1, P2, P3)
SKIN: Final[Ramp] = (W2, K1, K2, K3, CREAM)

_DARKER_CHAINS: Final = (
    (S4, S3, S2, S1, PLUM, NIGHT, INK),
    (G5, G4, G3, G2, G1, G0, INK),
    (W5, W4, W3, W2, W1, INK),
    (WHITE, CREAM, E3, E2, E1, PLUM),
    (R3, R2, R1, R0, INK),
    (ICE, B3, B2, B1, B0, INK),
    (Y2, Y1, W3),
    (P3, P2, P1, NIGHT),
    (K3, K2, K1, W1),
)


def _darker_table() -> bytes:
    table = bytearray(range(256))
    for chain in _DARKER_CHAINS:
        for light, dark in pairwise(chain):
            table[light] = dark
    return bytes(table)


def _lighter_table() -> bytes:
    table = bytearray(range(256))
    for chain in _DARKER_CHAINS:
        for light, dark in pairwise(chain):
            # A colour that ends two chains keeps the first: purples lighten towards stone.
            if table[dark] == dark:
                table[dark] = light
    return bytes(table)


DARKER: Final = _darker_table()
"""For ``bytes.translate``: every colour one step into shadow."""

LIGHTER: Final = _lighter_table()
"""For ``bytes.translate``: every colour one step into light."""
