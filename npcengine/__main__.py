"""The command ``npcengine``: serve minds, and look whether everything is in order."""

import argparse
import sys
from collections.abc import Sequence

from npcengine.errors import NpcEngineError, UsageError

__all__ = ["main"]

_SERVE = """\
  npcengine serve                            practise with no model, on any free port
  npcengine serve --port 8000 --mind 'rules?data=assets/minds&tokens_per_s=80'
  npcengine serve --upstream http://127.0.0.1:11434 --model qwen3     a model of Ollama's
  npcengine serve --store minds.db           keep responses, for the next run and other gateways
  npcengine serve --limit running=1          as a server that answers one request at a time
  npcengine serve --stats                    print what each response took
  npcengine serve --stats --json             the same for programs
"""
_DOCTOR = """\
  npcengine doctor                           is this machine set up?
  npcengine doctor local:                    and does the built-in mind answer?
  npcengine doctor ws://127.0.0.1:8000/v1    and what can that server do?
  npcengine doctor wss://api.openai.com/v1/responses --model gpt-6-luna
                                             and that one, with the key in OPENAI_API_KEY?
  npcengine doctor ws://127.0.0.1:8000/v1 --thorough --json
                                             up to its limits, for programs
"""
_SCHEMA = """\
  npcengine schema game.actions              what is a model told, and how early can bodies begin?
  npcengine schema game/actions.py:WalkTo    the same of one action, of a file
  npcengine schema game.actions --json       the same for programs
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 good, 1 something is wrong, 2 wrong usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.command == "serve":
            from npcengine.server.serve import serve, serve_as_child

            if options.child:
                return serve_as_child(options.mind)
            return serve(
                _mind(options),
                options.host,
                options.port,
                stats=options.stats,
                as_json=options.json,
                store=options.store,
                limits=options.limit,
            )
        if options.command == "doctor":
            from npcengine.doctor import doctor

            return doctor(
                options.url, model=options.model, thorough=options.thorough, as_json=options.json
            )
        if options.command == "schema":
            from npcengine.schema import schema

            return schema(options.target, as_json=options.json)
    except NpcEngineError as error:
        sys.stderr.write(f"npcengine: {error}\n")
        return 2
    parser.print_help()
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npcengine",
        description="Minds for the NPCs of real-time games, over one persistent WebSocket.",
        epilog=f"examples:\n{_SERVE}{_DOCTOR}{_SCHEMA}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="run a gateway: any mind behind the Responses API, on WebSocket and HTTP",
        description="Run a gateway until Ctrl-C. The token comes from NPCENGINE_TOKEN, or is made "
        "and printed.",
        epilog=f"examples:\n{_SERVE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument(
        "--mind",
        default="practice",
        metavar="NAME[?OPTION=VALUE&…]",
        help="practice (no wits; calls whatever tools it is offered) or rules (plays villagers "
        "from data files; option data=DIR), which both take seed, ttft_ms and tokens_per_s; or "
        "upstream (asks a model's server), which --upstream stands for",
    )
    serve.add_argument(
        "--upstream",
        metavar="URL",
        help="a server of models that speaks OpenAI's API over HTTP: Ollama, llama.cpp, LM Studio, "
        "vLLM …; give the base URL that its clients take",
    )
    serve.add_argument(
        "--model", metavar="NAME", help="the upstream's model; default: what each request names"
    )
    serve.add_argument(
        "--upstream-key-env",
        metavar="NAME",
        help="the environment variable that holds the upstream's key, if it wants one",
    )
    serve.add_argument("--port", type=_port, default=0, help="0, the default, is any free one")
    serve.add_argument(
        "--host", default="127.0.0.1", help="default: %(default)s, this machine only"
    )
    serve.add_argument(
        "--store",
        metavar="PATH",
        help="keep responses in this SQLite file, made if it is not there; several gateways may "
        "share it. Default: in memory, gone with the gateway",
    )
    serve.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="change what one client may ask, such as age_s=600, or connections=0 to send "
        "everybody to HTTP; may be given several times. docs/reference/gateway.md lists them",
    )
    serve.add_argument(
        "--stats", action="store_true", help="print items and tokens processed against context size"
    )
    serve.add_argument(
        "--json", action="store_true", help="print JSON objects, one a line, instead of words"
    )
    serve.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    doctor = commands.add_parser(
        "doctor",
        help="look whether this machine is in order, and what a server can do",
        description="Print what is installed, what is not, and what to do about it. A server is "
        "tried with some short requests; what they may cost is said first. Ends with the settings "
        "to give to a bridge.",
        epilog=f"examples:\n{_DOCTOR}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    doctor.add_argument(
        "url", nargs="?", help="an endpoint to try: ws://, wss://, http(s)://, local:"
    )
    doctor.add_argument(
        "--model",
        metavar="NAME",
        help="the model to ask for there; default: that in NPCENGINE_MODEL",
    )
    doctor.add_argument(
        "--thorough",
        action="store_true",
        help="also look for limits that take many requests to find",
    )
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    schema = commands.add_parser(
        "schema",
        help="show what a model is told of a game's actions, and how early they can begin",
        description="Import a module, which must not start the game by that, and print each of its "
        "actions as a model gets it. Ends with 1 if an action's deciding fields come late.",
        epilog=f"examples:\n{_SCHEMA}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    schema.add_argument(
        "target",
        metavar="MODULE[:NAME]",
        help="a module or a .py file; NAME is one of its actions, or the function of a query",
    )
    schema.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _mind(options: argparse.Namespace) -> str:
    """Return the mind to serve, with what the options for an upstream say of it."""
    from npcengine.server.minds.registry import spec_with

    given = {"url": options.upstream, "model": options.model, "key_env": options.upstream_key_env}
    more = {name: text for name, text in given.items() if text is not None}
    mind: str = options.mind
    if options.upstream is not None and mind == "practice":
        mind = "upstream"
    if more and not mind.startswith("upstream"):
        raise UsageError(f"--upstream and --model are for --mind upstream, not for {mind!r}")
    return spec_with(mind, more)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is no port: say 0 to 65535")
    return port


if __name__ == "__main__":
    sys.exit(main())
