"""Servers that are known by their host: their limits, their keys, and what they want to be told.

What is written here comes from their documentation (docs/reference/servers.md says which); nobody
here has tried them. Everybody else is taken for the least that any server does.
"""

import os

import msgspec

from npcengine.errors import UsageError
from npcengine.protocol.capabilities import SERIAL, Capabilities

__all__ = ["MODEL_VARIABLE", "OWN_MODEL", "Host", "host_for", "known_keys"]

OWN_MODEL = "npcengine"
"""What a request names where any name will do."""

MODEL_VARIABLE = "NPCENGINE_MODEL"
"""The environment variable that names the model for a server that somebody else runs."""


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one."""

    name: str = ""
    """What people call it; empty for a server that is not known."""
    capabilities: Capabilities = SERIAL
    key_variable: str = "NPCENGINE_TOKEN"
    """The environment variable that holds its key."""
    key_header: str = ""
    """A header of its own in which it is shown the key, besides ``Authorization``."""
    keys_from: str = ""
    """Where a player gets a key."""
    models: str = ""
    """What its models' names look like, for somebody who has given none."""

    def key(self, key_env: str | None) -> str:
        """Return the key from the environment, empty where there is none and none is needed.

        Args:
            key_env: The variable to look at; ``None`` for the usual one.

        Raises:
            UsageError: It is missing, or cannot be one.
        """
        variable = key_env or self.key_variable
        key = os.environ.get(variable, "").strip()
        if not key and self.name:
            raise UsageError(
                f"{self.name} wants a key, and {variable} is not set: "
                f"get one from {self.keys_from}, set the variable, and start again"
            )
        if not key and key_env is not None:
            raise UsageError(f"the key is to come from {variable}, which is not set: set it")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise UsageError(
                f"what {variable} holds cannot be a key: it has spaces or odd characters"
            )
        return key

    def headers(self, key: str) -> dict[str, str]:
        """Return what shows a key to it; nothing where there is none."""
        if not key:
            return {}
        return {
            "Authorization": f"Bearer {key}",
            **({self.key_header: key} if self.key_header else {}),
        }

    def model(self, given: str | None) -> str:
        """Return the model to name: the one that is given, else the environment's.

        Raises:
            UsageError: There is neither, and this server has no model that would do.
        """
        if named := (given or os.environ.get(MODEL_VARIABLE, "")).strip():
            return named
        if self.name:
            raise UsageError(
                f"{self.name} wants the name of a model ({self.models}): give one with "
                f"--model NAME (npc-demo, npcengine doctor), Bridge(model=...) or {MODEL_VARIABLE}"
            )
        return OWN_MODEL


_OPENAI = Host(
    name="OpenAI",
    capabilities=Capabilities(lanes=32, running=16, steering=True),
    key_variable="OPENAI_API_KEY",
    keys_from="https://platform.openai.com/api-keys",
    models="such as gpt-6-luna",
)
_XAI = Host(
    name="xAI",
    capabilities=Capabilities(age_limit_s=25 * 60),
    key_variable="XAI_API_KEY",
    keys_from="https://console.x.ai",
    models="such as those that https://docs.x.ai lists",
)
_VERCEL = Host(
    name="Vercel's AI Gateway",
    key_variable="AI_GATEWAY_API_KEY",
    keys_from="https://vercel.com, under AI Gateway",
    models="as PROVIDER/MODEL, such as openai/gpt-6-luna",
)
_AZURE = Host(
    name="Azure",
    key_variable="AZURE_OPENAI_API_KEY",
    key_header="api-key",
    keys_from="the resource's page in Azure's portal, under Keys and Endpoint",
    models="the name of your deployment",
)
_BY_HOST = {"api.openai.com": _OPENAI, "api.x.ai": _XAI, "ai-gateway.vercel.sh": _VERCEL}
_BY_DOMAIN = {".openai.azure.com": _AZURE, ".services.ai.azure.com": _AZURE}


def known_keys(key_env: str | None) -> list[str]:
    """Return the keys in the environment that may be shown to a server, for them to be kept secret.

    Args:
        key_env: A variable besides the usual ones.
    """
    hosts = (Host(), *_BY_HOST.values(), *_BY_DOMAIN.values())
    variables = dict.fromkeys([key_env or "", *(host.key_variable for host in hosts)])
    keys = (os.environ.get(variable, "").strip() for variable in variables if variable)
    return [key for key in keys if key]


def host_for(name: str) -> Host:
    """Return what is known of the server at a host's name."""
    name = name.lower().rstrip(".")
    if (known := _BY_HOST.get(name)) is not None:
        return known
    ends = (host for domain, host in _BY_DOMAIN.items() if name.endswith(domain))
    return next(ends, Host())
