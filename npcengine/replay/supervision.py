"""The sessions of a recording, ready to be run again."""

import msgspec

from npcengine.errors import TraceError
from npcengine.policy.deadlines import Deadlines
from npcengine.policy.habits import Habits
from npcengine.policy.prices import Prices
from npcengine.policy.wallet import Budget, Wallet
from npcengine.protocol.capabilities import Capabilities
from npcengine.session.outside import Outside
from npcengine.session.supervisor import Supervisor
from npcengine.trace.records import Header

__all__ = ["Settings", "settings_of", "supervisor_for"]


class Settings(msgspec.Struct, frozen=True):
    """What a bridge was told when it was made, as far as its sessions care."""

    model: str
    capabilities: Capabilities
    deadlines: Deadlines
    budget: Budget
    prices: Prices
    stall_ms: float | None
    prefetch: bool
    tool_rounds: int


def settings_of(header: Header, *, name: str) -> Settings:
    """Return the settings that a recording was made with.

    Raises:
        TraceError: The header does not hold them, or nobody ever ran with them: a what-if is no
            recording of what was.
    """
    if header.retimed is not None:
        raise TraceError(name, f"it was never played: run {header.retimed.parent} again instead")
    try:
        return Settings(
            header.model,
            msgspec.json.decode(header.capabilities, type=Capabilities),
            msgspec.json.decode(header.deadlines, type=Deadlines),
            msgspec.json.decode(header.budget, type=Budget),
            msgspec.json.decode(header.prices, type=Prices),
            header.stall_ms,
            header.prefetch,
            header.tool_rounds,
        )
    except msgspec.DecodeError as error:
        raise TraceError(name, f"its header is damaged: {error}", line=1) from error


def supervisor_for(settings: Settings, outside: Outside) -> Supervisor:
    """Return sessions that have yet to meet anybody."""
    return Supervisor(
        outside,
        model=settings.model,
        capabilities=settings.capabilities,
        deadlines=settings.deadlines,
        wallet=Wallet(settings.budget, settings.prices),
        stall_ms=settings.stall_ms,
        tool_rounds=settings.tool_rounds,
        habits=Habits() if settings.prefetch else None,
    )
