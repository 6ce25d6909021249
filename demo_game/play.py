"""The outer loop: events, a frame of the game, a picture, sixty times a second."""

import gc
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from demo_game.game import Game
from demo_game.paths import assets_folder, players_folder
from demo_game.pilot.pilot import Pilot
from demo_game.report import FrameTimes, make_report, write_report
from demo_game.taping import Taping
from demo_game.village.story import NOISE_AFTER_TICKS
from demo_game.village.tiled import read_map
from demo_game.village.units import TICKS_PER_S
from npcengine import Bridge, NpcEngineError, Recording, Status, TraceError

if TYPE_CHECKING:
    import pygame

__all__ = ["Options", "built_in_mind", "notice", "play"]

MAX_DT_S = 0.1
"""Longer frames (a dragged window, a breakpoint) are cut: nobody is teleported."""

AUTOPLAY_NOISE_AFTER_TICKS = 8 * TICKS_PER_S
FRAME_S = 1 / TICKS_PER_S
SCREENSHOT_SCALE = 2
NO_MINDS = "The village goes on by itself."


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says."""

    mind: str | None = None
    """An endpoint; ``None`` is the built-in one."""
    model: str | None = None
    seed: int = 7
    headless: bool = False
    autoplay: str | None = None
    """A scene that a pilot plays."""
    virtual: bool = False
    frames: int | None = None
    report: Path | None = None
    screenshot: Path | None = None
    overlay: bool = False
    record: Path | None = None


def play(options: Options) -> int:
    """Play until the window closes or the frames are over; return an exit code."""
    if options.headless:
        os.environ["SDL_VIDEODRIVER"] = "dummy"
        os.environ["SDL_AUDIODRIVER"] = "dummy"
    bridge, complaint = _bridge(options)
    with bridge:
        return _Show(options, bridge, complaint).run()


def built_in_mind(seed: int) -> str:
    """Return the endpoint of the built-in mind: the villagers' data, at a talker's pace."""
    data = assets_folder() / "minds"
    options = {"data": str(data), "seed": seed, "ttft_ms": 350, "tokens_per_s": 30}
    return f"local:rules?{urlencode(options)}"


def _bridge(options: Options) -> tuple[Bridge, str]:
    """Open the way to the minds; one that cannot be had leaves the village to its reflexes.

    Returns:
        The bridge, and why there are no minds behind it; empty if there are, or none were wanted.
    """
    endpoint = options.mind or built_in_mind(options.seed)
    virtual, seed = options.virtual, options.seed
    game = {"game": "lanternwick", "seed": seed, "noise_after_tick": _noise_after_tick(options)}
    record = Recording(path=options.record, game=game)
    try:
        bridge = Bridge(endpoint, model=options.model, virtual=virtual, seed=seed, record=record)
    except TraceError:
        raise
    except NpcEngineError as error:
        return Bridge("off:", virtual=virtual), str(error).rstrip(".")
    return bridge, ""


def _noise_after_tick(options: Options) -> int:
    return AUTOPLAY_NOISE_AFTER_TICKS if options.autoplay else NOISE_AFTER_TICKS


class _Show:
    """One run of the game, from the first frame to the last."""

    def __init__(self, options: Options, bridge: Bridge, complaint: str) -> None:
        import pygame

        from demo_game.keyboard import Keyboard
        from demo_game.screen.assets import Assets
        from demo_game.screen.stage import SIZE, Stage

        folder = assets_folder()
        chart = read_map(folder / "maps" / "village.tmj")
        pygame.init()
        pygame.display.set_caption("Lanternwick")
        scale = 1 if options.headless else 3
        window = pygame.display.set_mode((SIZE[0] * scale, SIZE[1] * scale), pygame.RESIZABLE)
        self._options = options
        self._bridge = bridge
        self._window = window
        self._picture = pygame.Surface(SIZE).convert()
        self._stage = Stage(chart, Assets(folder))
        self._keyboard = Keyboard(overlay=options.overlay)
        noise_after = _noise_after_tick(options)
        # A pilot saves and loads as well, but not over the evening that the player has kept.
        self._folder = tempfile.TemporaryDirectory() if options.autoplay else None
        slot = Path(self._folder.name) / "evening.npc" if self._folder is not None else None
        self._game = Game(chart, bridge, seed=options.seed, noise_after_tick=noise_after, slot=slot)
        self._pilot = Pilot(self._game, options.autoplay) if options.autoplay else None
        self._taping = Taping(
            self._game,
            players_folder() / "recordings",
            is_on_from_the_start=options.record is not None,
        )
        self._clock = pygame.time.Clock()
        self._times = FrameTimes()
        self._frames = 0
        self._frame_ms = 0.0
        self._status = Status("idle")
        self._complaint = complaint
        self._has_answered = False
        """Whether any mind has, so that there is nothing amiss with key, model and account."""
        self._failure = ""
        if complaint:
            _say(f"{complaint}. {NO_MINDS}")
        self._photo_taken = False
        self._is_complete = True

    def run(self) -> int:
        """Run to the end."""
        import pygame

        gc.collect()
        gc.freeze()  # what was loaded stays: the collector need not walk it in every frame
        try:
            while not self._keyboard.wants_to_leave and self._frames != self._options.frames:
                self._frame()
            self._finish()
        finally:
            gc.unfreeze()
            pygame.quit()
            if self._folder is not None:
                self._folder.cleanup()
        return 0 if self._is_complete else 1

    def _frame(self) -> None:
        import pygame

        dt = FRAME_S if self._options.virtual else min(self._clock.tick(60) / 1_000, MAX_DT_S)
        self._times.begin()
        game = self._game
        events = pygame.event.get()
        controls = self._keyboard.controls(events, pygame.key.get_pressed(), game)
        if self._pilot is not None:
            controls = self._pilot.controls()
        game.frame(dt, controls)
        self._stage.watch(game, overlay=self._keyboard.overlay)
        if self._keyboard.wants_recording:
            self._keyboard.wants_recording = False
            self._taping.switch()
        self._taping.watch()
        self._watch_link()
        self._watch_first_answers()
        # In virtual time nobody looks: only the picture that is kept is drawn.
        if not self._options.virtual:
            self._draw()
        self._maybe_photograph()
        self._frames += 1
        self._frame_ms = self._times.end()

    def _draw(self) -> None:
        import pygame

        from demo_game.screen.stage import Look

        look = Look(
            typed=self._keyboard.typed,
            overlay=self._keyboard.overlay,
            help=self._keyboard.help,
            notice=self._game.notice.text
            or notice(self._status, self._bridge.transport, self._complaint)
            or self._failure,
            frame_ms=self._frame_ms,
        )
        self._stage.draw(self._picture, self._game, look)
        _fit(self._picture, self._window)
        pygame.display.flip()

    def _watch_link(self) -> None:
        """Say once, in one line, what keeps the minds away, and when they are back."""
        status = self._bridge.status
        if status == self._status:
            return
        before, self._status = self._status, status
        if status.link in ("down", "refused") and self._bridge.transport != "none":
            _say(f"{status.detail.rstrip('.')}. {NO_MINDS}")
        elif status.link == "connected" and before.link in ("down", "refused"):
            _say("the minds are back")

    def _watch_first_answers(self) -> None:
        """Say why minds that can be reached do not answer, until one has: once a second is soon."""
        if self._has_answered or self._frames % TICKS_PER_S:
            return
        stats = self._bridge.stats
        self._has_answered = stats.turns_completed > 0
        failure = f"no mind has answered yet: {stats.last_failure.rstrip('.')}"
        if self._has_answered:
            self._failure = ""
        elif stats.last_failure and failure != self._failure:
            self._failure = failure
            _say(f"{failure}. {NO_MINDS}")

    def _maybe_photograph(self) -> None:
        """Keep the picture of the best moment, if this is it."""
        path, pilot = self._options.screenshot, self._pilot
        if path is None or self._photo_taken or pilot is None or not pilot.is_good_moment:
            return
        self._keep(path, self._photograph)

    def _keep(self, path: Path, write: Callable[[Path], None]) -> None:
        """Write a file; a disk that is full by now is said in a line, and the rest goes on."""
        import pygame

        try:
            write(path)
        except (OSError, pygame.error) as error:
            _say(f"{path} could not be written: {error}")
            self._is_complete = False

    def _photograph(self, path: Path) -> None:
        import pygame

        self._photo_taken = True
        self._draw()
        width, height = self._picture.get_size()
        large = pygame.transform.scale(
            self._picture, (width * SCREENSHOT_SCALE, height * SCREENSHOT_SCALE)
        )
        pygame.image.save(large, str(path))

    def _finish(self) -> None:
        options = self._options
        if options.screenshot is not None and not self._photo_taken:
            self._keep(options.screenshot, self._photograph)
        report = make_report(
            self._game,
            frames=self._frames,
            seed=options.seed,
            virtual=options.virtual,
            times=self._times,
        )
        if options.report is not None:
            self._keep(options.report, lambda path: write_report(path, report))
        if options.headless:
            scene = self._game.night_bell.progress
            _say(f"{self._frames} frames, scene A {scene}, world {str(report['world_hash'])[:16]}")


def notice(status: Status, transport: str, complaint: str) -> str:
    """Return what to tell the player; nothing where minds were switched off on purpose.

    Args:
        status: How the way to the minds is.
        transport: What carries it; ``none`` where there are no minds.
        complaint: Why the minds that were wanted could not be had.
    """
    if transport == "none":
        return f"{complaint}. {NO_MINDS}" if complaint else ""
    return status.detail if status.link in ("down", "refused", "closed") else ""


def _fit(picture: "pygame.Surface", window: "pygame.Surface") -> None:
    """Show a picture as large as it goes in whole steps, in the middle."""
    import pygame

    width, height = picture.get_size()
    room_x, room_y = window.get_size()
    scale = max(1, min(room_x // width, room_y // height))
    if scale == 1 and (room_x, room_y) == (width, height):
        window.blit(picture, (0, 0))
        return
    size = (width * scale, height * scale)
    window.fill((0, 0, 0))
    window.blit(
        pygame.transform.scale(picture, size), ((room_x - size[0]) // 2, (room_y - size[1]) // 2)
    )


def _say(line: str) -> None:
    sys.stderr.write(f"npc-demo: {line}\n")
    sys.stderr.flush()
