"""Stalls and counters of the market square, and what is sold on them."""

from __future__ import annotations

from tools.make_assets.canvas import Canvas
from tools.make_assets.foliage import contact_shadow
from tools.make_assets.openings import awning
from tools.make_assets.palette import CODES, INK, NIGHT, R3, W1, W2, W3, W4, W5, Y1


def _stall(colours: str, goods: str) -> Canvas:
    """Draw a market stall: a counter with goods under a striped awning."""
    canvas = Canvas(58, 54)
    for x in (3, 51):
        canvas.rect(x, 8, 3, 43, W3)
        canvas.rect(x, 8, 1, 43, W4)
        canvas.rect(x + 2, 8, 1, 43, W1)
    canvas.rect(6, 22, 45, 12, NIGHT)
    canvas.rect(6, 22, 45, 3, INK)
    canvas.rect(2, 33, 53, 5, W4)
    canvas.rect(2, 33, 53, 1, W5)
    canvas.rect(2, 38, 53, 1, W1)
    canvas.rect(4, 39, 49, 12, W3)
    for i in range(4, 53):
        u = (i - 4) % 7
        if u == 6:
            canvas.rect(i, 39, 1, 12, W1)
        elif u == 0:
            canvas.rect(i, 39, 1, 12, W4)
        elif i > 40:
            canvas.rect(i, 39, 1, 12, W2)
    canvas.rect(4, 39, 49, 2, W2)
    canvas.rect(4, 50, 49, 1, W1)
    for i, item in enumerate(_GOODS[goods]):
        canvas.stamp(item, 5 + i * 12, 36 - len([r for r in item.split("\n") if r.strip()]))
    awning(canvas, 0, 4, 57, 15, colours)
    canvas.rect(1, 2, 55, 2, W4)
    canvas.rect(1, 3, 55, 1, W2)
    contact_shadow(canvas, 29, 51, 27, 2)
    return canvas


_GOODS = {
    "fruit": (
        "..FD.FD....\n.FDFDDFDFD.\nxFDDFDFDDDx\nvvvvvvvvvvc\ncccccccccxx",
        "..ty.ty....\n.ttetyetty.\nxtettettetx\nvvvvvvvvvvc\ncccccccccxx",
        "...YY......\n.DFYFDFFD..\nDFYYFDFFDSS\nDFYFFDFDDSS\n.DFFFDFDSS.",
        "..OP.OP....\n.OPOPPOPOP.\nxOPPOPOPPPx\nvvvvvvvvvvc\ncccccccccxx",
    ),
    "pots": (
        "..ccc...\n...c....\n.DFFDS..\nDFFFDDS.\nDFFDDDS.\n.DFDDS..",
        "..WWW.....\n..ERW.....\n.EERWWW...\nERRREWW...\nEEREEWW...\n.EEEWW....",
        "...vvv....\n..vbvvc...\n.vbvvccx..\n.vvvvccx..\n..vvccx...",
        ".UYY......\n..UY......\n.UUYYc....\nUU9UYYc...\nUUUYYcc...\n.UYYcc....",
    ),
    "cloth": (
        "IIIIIIIIO\nIOOOOOOOO\nPPPPPPPPP\nRRRRRRRRE\nREEEEEEEE\nWWWWWWWWW",
        "FFFFFFFFD\nFDDDDDDDD\nSSSSSSSSS\nUUUUUUUUY\nUYYYYYYYY\ncccccccccc",
        "..99.......\n.9988......\n998877.....\n988.77.....\n88877755...\n.77755.....",
        "tttttttte\nteeeeeeee\nwwwwwwwww\nIIIIIIIIO\nIOOOOOOOO\nPPPPPPPPP",
    ),
}


def stall_red() -> Canvas:
    """Return the fruit stall."""
    return _stall("SD79", "fruit")


def stall_blue() -> Canvas:
    """Return the potter's stall."""
    return _stall("WE79", "pots")


def stall_green() -> Canvas:
    """Return the cloth stall."""
    return _stall("we79", "cloth")


def counter() -> Canvas:
    """Return the bakery's outdoor counter with bread, a cloth and a jug."""
    canvas = Canvas(50, 26)
    canvas.rect(1, 8, 48, 5, W4)
    canvas.rect(1, 8, 48, 1, W5)
    canvas.rect(1, 13, 48, 1, W1)
    canvas.rect(3, 14, 44, 9, W3)
    for i in range(3, 47):
        u = (i - 3) % 8
        if u == 7:
            canvas.rect(i, 14, 1, 9, W1)
        elif u == 0:
            canvas.rect(i, 14, 1, 9, W4)
    canvas.rect(3, 14, 44, 2, W2)
    canvas.rect(3, 22, 44, 1, W1)
    canvas.stamp("999999999999\n9D99D99D99D8\n9D99D99D99D8\n.9D99D99D9D8\n..99.899.88.", 18, 10)
    canvas.stamp("..cccc..\n.cvbvvc.\ncvbvbvvc\ncvvbvvcx\n.ccccxx.", 4, 5)
    canvas.stamp("...vv...\n..vbbv..\n.vbvvvcc\ncccccccc\nx78787xx\n.xxxxxx.", 20, 3)
    canvas.stamp("..cc.cc.cc\n.cvvcvvcvv\ncvvcvvcvvc\n.cc.cc.cc.", 32, 6)
    canvas.stamp(".RRR.\nREEW.\n.RE..\nREEWW\nREEWW\n.EWW.", 43, 2)
    contact_shadow(canvas, 25, 23, 23, 2)
    return canvas


def dues_table() -> Canvas:
    """Return the reeve's table: ledger, ink, a strongbox and a pile of coins."""
    canvas = Canvas(40, 26)
    canvas.rect(1, 8, 37, 6, CODES["D"])
    canvas.rect(1, 8, 37, 1, R3)
    canvas.rect(1, 14, 37, 8, CODES["S"])
    canvas.rect(1, 21, 37, 1, CODES["A"])
    for i in range(1, 38, 6):
        canvas.rect(i + 5, 14, 1, 8, CODES["A"])
    for i in range(1, 38):
        if i % 3 != 2:
            canvas.dot(i, 15, Y1)
    canvas.rect(3, 22, 2, 3, W2)
    canvas.rect(34, 22, 2, 3, W2)
    canvas.stamp("k8888k8888k\nk8558k8558k\nk8888k8888k\nk8558k8588k\nkkkkkkkkkkk", 12, 7)
    canvas.stamp("..9\n.9.\nk9k\nkkk", 25, 6)
    canvas.stamp(".UU.\nUYUc\ncccc\nUYYc\ncccc", 30, 8)
    canvas.stamp("xcccccx\nxvvvvvx\nzzzUzzz\nxcc1ccx\nxxxxxxx", 3, 5)
    contact_shadow(canvas, 20, 23, 18, 2)
    return canvas


def noticeboard() -> Canvas:
    """Return the square's notice board with papers under a little roof."""
    canvas = Canvas(36, 38)
    for x in (4, 29):
        canvas.rect(x, 6, 3, 30, W3)
        canvas.rect(x, 6, 1, 30, W4)
        canvas.rect(x + 2, 6, 1, 30, W1)
    canvas.rect(2, 9, 32, 18, W2)
    canvas.rect(3, 10, 30, 16, W3)
    canvas.rect(3, 10, 30, 2, W2)
    canvas.stamp("88888888\n86666658\n88888888\n86665888\n88888888\n86D66888\n88888887", 5, 12)
    canvas.stamp("9999999\n9YYYYY9\n9YUUUY9\n9YUUUY9\n9YYYYY9\n9666669\n9999998", 15, 13)
    canvas.stamp("888888\n855588\n888888\n858558\n888887", 24, 12)
    canvas.stamp("77777\n75557\n77777", 25, 20)
    canvas.rect(0, 4, 36, 4, W3)
    for i in range(0, 36, 6):
        canvas.rect(i, 4, 1, 4, W1)
    canvas.rect(1, 2, 34, 2, W4)
    canvas.rect(1, 2, 34, 1, W5)
    canvas.rect(0, 8, 36, 1, W1)
    contact_shadow(canvas, 18, 35, 15, 2)
    return canvas
