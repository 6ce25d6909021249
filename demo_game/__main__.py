"""The command ``npc-demo``: play Lanternwick."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from demo_game.pilot.scenes import SCENES
from demo_game.play import Options, play

__all__ = ["main"]

_EXAMPLES = """\
examples:
  npc-demo                              play, with the built-in minds; no key, no network
  npc-demo --mind local:practice        villagers that try out all they can do
  npc-demo --mind 'local:upstream?url=http://127.0.0.1:11434&model=qwen3'
                                        minds from a model of Ollama's, llama.cpp's, LM Studio's …
  npc-demo --mind ws://127.0.0.1:8000/v1 --model my-model
                                        minds from any Responses endpoint; its key is taken from
                                        the environment (NPCENGINE_TOKEN)
  npc-demo --mind wss://api.openai.com/v1/responses --model gpt-6-luna
                                        minds from OpenAI; the key is in OPENAI_API_KEY. Others
                                        that are known: wss://api.x.ai/v1/responses (XAI_API_KEY),
                                        wss://ai-gateway.vercel.sh/v1/responses
                                        (AI_GATEWAY_API_KEY), and Azure (AZURE_OPENAI_API_KEY) at
                                        wss://RESOURCE.openai.azure.com/openai/v1/responses
  npc-demo --headless --autoplay --frames 1800 --report report.json --screenshot shot.png
                                        let a scripted player play scene A, with no window
  npc-demo --headless --autoplay --frames 1800 --virtual
                                        the same story in virtual time, as fast as it goes

keys: arrows or WASD walk, E talks and takes, 1-3 say what is suggested, letters type, Enter says
it, Space interrupts, Esc leaves, F1 helps, F3 looks into the minds, F8 records the evening
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    if not _has_pygame():
        sys.stderr.write("npc-demo: it needs pygame or pygame-ce: pip install 'npcengine[demo]'\n")
        return 2
    return play(
        Options(
            mind=options.mind,
            model=options.model,
            seed=options.seed,
            headless=options.headless,
            autoplay=options.autoplay,
            virtual=options.virtual,
            frames=options.frames,
            report=options.report,
            screenshot=options.screenshot,
            overlay=options.overlay,
            record=options.record,
        )
    )


def _has_pygame() -> bool:
    """Whether there is a whole pygame; taking one of two away leaves an empty shell of a module."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        import pygame
    except ImportError:
        return False
    return hasattr(pygame, "init")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say in one line what is wrong with the command; the whole of it is in ``--help``."""
        self.exit(2, f"{self.prog}: {message}\n")


def _frame_count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number of frames, 1 or more, is not {text!r}")
    return int(text)


def _file_to_write(text: str) -> Path:
    """Return a path that can be written to as things are: the run's evidence ends up there."""
    path = Path(text)
    if not text or path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a file")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {str(path.parent)!r}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written to")
    return path


def _picture_to_write(text: str) -> Path:
    path = _file_to_write(text)
    if path.suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .png")
    return path


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="npc-demo",
        description="Lanternwick: an evening in a village where everybody has a mind.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--mind",
        metavar="ENDPOINT",
        help="where minds come from: local:MIND, ws://, wss://, http(s)://, or off: for none",
    )
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="the model's name, where the endpoint wants one; default: that in NPCENGINE_MODEL",
    )
    parser.add_argument("--seed", type=int, default=7, help="decides all that is left to luck")
    parser.add_argument("--overlay", action="store_true", help="begin with the mind overlay (F3)")
    parser.add_argument(
        "--record",
        type=_file_to_write,
        metavar="FILE",
        help="record all of it for npc-replay (.npctrace, or .jsonl to read it)",
    )
    automatic = parser.add_argument_group("without a player")
    automatic.add_argument("--headless", action="store_true", help="no window and no sound")
    automatic.add_argument(
        "--autoplay",
        nargs="?",
        const="evening",
        choices=SCENES,
        metavar="SCENE",
        help=f"a scripted player plays a scene ({', '.join(SCENES)}); by default the evening",
    )
    automatic.add_argument("--frames", type=_frame_count, metavar="N", help="end after N frames")
    automatic.add_argument(
        "--virtual", action="store_true", help="virtual time, one process: the same on every run"
    )
    automatic.add_argument(
        "--report", type=_file_to_write, metavar="FILE", help="write what happened as JSON"
    )
    automatic.add_argument(
        "--screenshot",
        type=_picture_to_write,
        metavar="FILE",
        help="keep a picture of a good moment (PNG)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
