"""What a game writes for where its minds live, resolved to an endpoint."""

from npcengine.bridge.endpoints import Endpoint, NoEndpoint, RemoteEndpoint
from npcengine.bridge.fallback import Transport
from npcengine.bridge.hosts import OWN_MODEL
from npcengine.bridge.local import local_endpoint
from npcengine.errors import UsageError
from npcengine.protocol.capabilities import Capabilities

__all__ = ["endpoint_for", "model_for"]


def endpoint_for(
    spec: str | Endpoint,
    *,
    key_env: str | None,
    virtual: bool,
    transport: Transport,
    capabilities: Capabilities | None,
) -> Endpoint:
    """Return the endpoint that ``Bridge(spec)`` asks for.

    Raises:
        UsageError: It cannot be used; the text says why.
    """
    if not isinstance(spec, str):
        return spec
    scheme, _, rest = spec.partition(":")
    if scheme == "local":
        if virtual and rest.partition("?")[0] == "upstream":
            raise UsageError("virtual time needs a mind of our own, a server keeps its own time")
        return local_endpoint(rest, in_process=virtual, transport=transport)
    if scheme == "off":
        return NoEndpoint()
    if virtual:
        raise UsageError(f"virtual time needs a local: endpoint, {spec!r} keeps its own time")
    return RemoteEndpoint(spec, key_env=key_env, transport=transport, capabilities=capabilities)


def model_for(endpoint: Endpoint, given: str | None) -> str:
    """Return the model that requests name.

    Raises:
        UsageError: The endpoint wants one, and none was given.
    """
    if isinstance(endpoint, RemoteEndpoint):
        return endpoint.host.model(given)
    return given or OWN_MODEL
