"""The connection-scoped cache: a continuation costs what is new, however long the conversation."""

from npcengine.server.tally import TurnWork
from tests.server.table import TOOLS, Client, Json, ParrotMind, make_gateway, run, text_in


def test_a_continuation_works_on_the_new_items_only() -> None:
    work: list[TurnWork] = []
    mind = ParrotMind()

    async def main() -> Json:
        gateway = make_gateway(mind)
        gateway.tally.report = work.append
        client = Client(gateway)
        end = await client.ask("round 0", tools=TOOLS, instructions="Be kind.", store=False)
        for number in range(1, 30):
            end = await client.ask(
                f"round {number}",
                tools=TOOLS,
                instructions="Be kind.",
                store=False,
                previous_response_id=end["response"]["id"],
            )
        return end

    end = run(main())

    assert text_in(end) == "round 29"
    assert mind.read_items == 60, "each item was read once"
    assert [w.new_items for w in work] == [1] * 30
    assert [w.context_items for w in work] == list(range(1, 60, 2))
    assert work[0].new_tokens == work[0].context_tokens
    assert max(w.new_tokens for w in work[1:]) <= 12, "tools and history are not tokenised again"
    usage = end["response"]["usage"]
    assert usage["input_tokens"] == work[-1].context_tokens
    cached = usage["input_tokens_details"]["cached_tokens"]
    assert cached == work[-1].context_tokens - work[-1].new_tokens


def test_a_full_resend_costs_everything_and_comes_to_the_same() -> None:
    work: list[TurnWork] = []

    async def main() -> tuple[str, str]:
        gateway = make_gateway()
        gateway.tally.report = work.append
        client = Client(gateway)
        end = await client.ask("one", store=False)
        incremental = await client.ask(
            "everything", previous_response_id=end["response"]["id"], store=False
        )
        history: list[Json] = [
            {"role": "user", "content": "one"},
            *end["response"]["output"],
            {"role": "user", "content": "everything"},
        ]
        full = await Client(gateway).ask(history, store=False)
        return text_in(incremental), text_in(full)

    incremental, full = run(main())

    assert incremental == full == "one / one / everything"
    assert work[1].context_tokens == work[2].context_tokens
    assert work[1].new_tokens < work[2].new_tokens == work[2].context_tokens


def test_changed_tools_are_looked_at_again_and_known_ones_are_not() -> None:
    work: list[TurnWork] = []

    async def main() -> None:
        gateway = make_gateway()
        gateway.tally.report = work.append
        client = Client(gateway)
        for tools in (TOOLS, TOOLS, TOOLS[:1], TOOLS):
            await client.ask("hello", tools=tools)

    run(main())

    tokens = [w.new_tokens for w in work]
    assert tokens[0] > tokens[2] > tokens[1] == tokens[3]
