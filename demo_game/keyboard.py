"""Keys into controls: the only place that knows which key does what."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
import pygame

from demo_game.controls import Controls
from demo_game.game import Game
from demo_game.suggestions import suggestions

__all__ = ["Keyboard"]

MAX_TYPED = 200


class Held(Protocol):
    """Tells whether a key is down, as what ``pygame.key.get_pressed`` returns does."""

    def __getitem__(self, key: int, /) -> bool: ...


_HELD_X = {pygame.K_LEFT: -1, pygame.K_RIGHT: 1}
_HELD_Y = {pygame.K_UP: -1, pygame.K_DOWN: 1}
_LETTERS_X = {pygame.K_a: -1, pygame.K_d: 1}
_LETTERS_Y = {pygame.K_w: -1, pygame.K_s: 1}
_CHOICES = {pygame.K_1: 0, pygame.K_2: 1, pygame.K_3: 2}
_ENTER = (pygame.K_RETURN, pygame.K_KP_ENTER)


@dataclass
class Keyboard:
    """What the keys have come to so far."""

    typed: str | None = None
    """What is in the text field; ``None`` when it is closed."""
    overlay: bool = False
    help: bool = False
    wants_to_leave: bool = False
    wants_recording: bool = False
    """Whether F8 was pressed; whoever obeys sets it back."""
    _ignore_text: bool = field(default=False, repr=False)

    def controls(self, events: Iterable[pygame.event.Event], held: Held, game: Game) -> Controls:
        """Return what the player does in this frame.

        Args:
            events: This frame's, oldest first.
            held: Which keys are down.
            game: What the keys are about.
        """
        if game.talking_to is None:
            self.typed = None
        controls = Controls()
        for event in events:
            if event.type == pygame.QUIT:
                self.wants_to_leave = True
            elif event.type == pygame.KEYDOWN:
                controls = self._pressed(event.key, game, controls)
            elif event.type == pygame.TEXTINPUT:
                self._written(event.text, game)
        return self._with_steps(controls, held, game)

    def _pressed(self, key: int, game: Game, controls: Controls) -> Controls:
        self._ignore_text = False
        if key == pygame.K_F1:
            self.help = not self.help
        elif key == pygame.K_F3:
            self.overlay = not self.overlay
        elif key == pygame.K_F5:
            return Controls(save=True)
        elif key == pygame.K_F6:
            return Controls(switch_way=True)
        elif key == pygame.K_F8:
            self.wants_recording = True
        elif key == pygame.K_F9:
            return Controls(load=True)
        elif key == pygame.K_ESCAPE:
            return self._escape(game, controls)
        elif game.talking_to is not None:
            return self._pressed_in_talk(key, game, game.talking_to)
        elif key == pygame.K_e:
            self._ignore_text = True  # the letter that opened the conversation is not part of it
            name = game.nearest()
            return Controls(address=name) if name else Controls(take=game.within_reach())
        return controls

    def _escape(self, game: Game, controls: Controls) -> Controls:
        if self.typed is not None:
            self.typed = None
        elif self.help:
            self.help = False
        elif game.talking_to is not None:
            if game.troupe.can_be_stopped(game.talking_to):
                return Controls(interrupt=True)
            return Controls(address="")
        else:
            self.wants_to_leave = True
        return controls

    def _pressed_in_talk(self, key: int, game: Game, name: str) -> Controls:
        if key in _ENTER:
            words, self.typed = (self.typed or "").strip(), "" if self.typed is None else None
            return Controls(say=words or None)
        if key == pygame.K_BACKSPACE and self.typed is not None:
            self.typed = self.typed[:-1]
        elif key in _CHOICES and not self.typed:
            self._ignore_text = True
            self.typed = None
            choices = suggestions(game, name)
            if _CHOICES[key] < len(choices):
                chosen = choices[_CHOICES[key]]
                return Controls(say=chosen.text, give=chosen.gives, show=chosen.shows)
        elif key == pygame.K_SPACE and not self.typed and game.troupe.can_be_stopped(name):
            self._ignore_text = True
            return Controls(interrupt=True)
        return Controls()

    def _written(self, text: str, game: Game) -> None:
        if game.talking_to is None or self._ignore_text:
            return
        if text.isprintable():
            self.typed = ((self.typed or "") + text)[:MAX_TYPED]

    def _with_steps(self, controls: Controls, held: Held, game: Game) -> Controls:
        """Add the steps of the keys that are down; letters only walk when they do not write."""
        free = game.talking_to is None
        dx = sum(way for key, way in (_HELD_X | (_LETTERS_X if free else {})).items() if held[key])
        dy = sum(way for key, way in (_HELD_Y | (_LETTERS_Y if free else {})).items() if held[key])
        dx, dy = max(-1, min(1, dx)), max(-1, min(1, dy))
        return msgspec.structs.replace(controls, dx=dx, dy=dy, hold=bool(self.typed))
