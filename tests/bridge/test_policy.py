"""What a game allows its NPCs, from the model's call to the game's world."""

from pathlib import Path

import pytest

from npcengine import (
    Action,
    Bound,
    Bridge,
    Budget,
    Commit,
    Guardrails,
    Intention,
    Needs,
    Npc,
    Policy,
    Rate,
    UsageError,
)
from npcengine.policy.habits import WATCHED_FROM
from npcengine.protocol.capabilities import GATEWAY
from npcengine.testing import ScriptedServer
from tests.bridge.acts import FRAME, Json, Wave, call, done, says
from tests.bridge.test_bridge import bridge_to, frames, outputs


class Pay(Action, frozen=True):
    """Pay somebody."""

    needs = (Needs(query="has_item", where={"who": "to", "item": "for_item"}),)

    coins: int
    to: str
    for_item: str


def reeve(bridge: Bridge, guardrails: Guardrails | None = None) -> Npc:
    aldous = bridge.npc("Aldous", persona="A reeve.", actions=[Pay, Wave], guardrails=guardrails)

    @bridge.query
    def has_item(who: str, item: str) -> bool:
        """Whether somebody has a thing."""
        return (who, item) == ("player", "ring")

    aldous.tell("I have the ring.", by="player")
    return aldous


def served(*rounds: list[Json]) -> ScriptedServer:
    server = ScriptedServer()
    for number, items in enumerate((*rounds, [says("So.")]), start=1):
        server.answer(done(*items, number=number))
    return server


def pay(call_id: str, *, to: str = "player", item: str = "ring", coins: int = 2) -> Json:
    arguments = f'{{"to":"{to}","for_item":"{item}","coins":{coins}}}'
    return call("pay", arguments, call_id)


def ask(call_id: str, who: str, item: str) -> Json:
    return call("has_item", f'{{"who":"{who}","item":"{item}"}}', call_id)


def paid(intentions: list[Intention]) -> list[Action]:
    return [one.action for one in intentions if isinstance(one, Commit)]


# --- evidence -------------------------------------------------------------------------------------


def test_nobodys_word_is_enough_for_an_action_that_needs_evidence() -> None:
    server = served([pay("call_1")])
    with bridge_to(server) as bridge:
        reeve(bridge)
        seen = frames(bridge, 5)
        drops = bridge.stats.drops

    assert paid(seen) == []
    assert drops == {"unproven": 1}
    (output,) = outputs(server.requests[1])
    assert output["status"] == "failed"
    assert "has_item" in output["detail"]


def test_what_the_world_has_confirmed_in_this_turn_may_be_acted_on_once() -> None:
    server = served([ask("call_1", "player", "ring")], [pay("call_2"), pay("call_3")])
    with bridge_to(server) as bridge:
        reeve(bridge)
        seen = frames(bridge, 8)

    assert paid(seen) == [Pay(to="player", for_item="ring", coins=2)]


@pytest.mark.parametrize(("who", "item"), [("player", "crown"), ("Pip", "ring")])
def test_a_no_and_an_answer_about_something_else_prove_nothing(who: str, item: str) -> None:
    server = served([ask("call_1", who, item)], [pay("call_2", item="ring")])
    with bridge_to(server) as bridge:
        reeve(bridge)
        seen = frames(bridge, 8)

    assert paid(seen) == []


# --- guardrails -----------------------------------------------------------------------------------


def waves(rules: Guardrails, count: int, *, own: bool) -> tuple[int, dict[str, int]]:
    server = served([call("wave", "{}", f"call_{number}") for number in range(count)])
    policy = Policy() if own else Policy(guardrails=rules)
    with bridge_to(server, policy=policy) as bridge:
        reeve(bridge, rules if own else None)
        seen = frames(bridge, 6)
        return len(paid(seen)), bridge.stats.drops


@pytest.mark.parametrize("own", [False, True])
def test_an_action_that_is_not_allowed_does_not_happen(own: bool) -> None:
    rules = Guardrails(allowed=frozenset({"pay"}))

    assert waves(rules, 1, own=own) == (0, {"forbidden": 1})


@pytest.mark.parametrize("own", [False, True])
def test_no_more_happens_in_a_while_than_may(own: bool) -> None:
    rules = Guardrails(rates={"wave": Rate(2, 60_000)})

    assert waves(rules, 5, own=own) == (2, {"rate": 3})


def test_an_argument_out_of_its_bounds_is_refused_with_its_path() -> None:
    server = served([ask("call_1", "player", "ring")], [pay("call_2", coins=500)])
    rules = Guardrails(bounds={"pay": {"coins": Bound(at_least=0, at_most=5)}})
    with bridge_to(server, policy=Policy(guardrails=rules)) as bridge:
        reeve(bridge)
        seen = frames(bridge, 8)

    assert paid(seen) == []
    (output,) = outputs(server.requests[2])
    assert "$.coins must be at most 5" in output["detail"]


def test_a_rule_that_fits_no_action_is_reported_to_whoever_wrote_it() -> None:
    rules = Guardrails(bounds={"pay": {"coin": Bound(at_most=5)}})
    with bridge_to(ScriptedServer()) as bridge, pytest.raises(UsageError, match="'coin'"):
        reeve(bridge, rules)


# --- money ----------------------------------------------------------------------------------------


def test_what_minds_cost_is_added_up_from_the_games_own_price_list(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('currency = "USD"\n[models."mini*"]\ninput = 1\noutput = 10\n')
    server = ScriptedServer()
    usage = {"input_tokens": 1_000, "output_tokens": 100, "total_tokens": 1_100}
    response = {"id": "resp_1", "status": "completed", "output": [says("Aye.")], "usage": usage}
    server.answer({"type": "response.completed", "response": response})
    policy = Policy(budget=Budget(money_per_hour=1.0))
    with bridge_to(server, model="mini-1", policy=policy, prices=file) as bridge:
        reeve(bridge)
        frames(bridge, 3)
        spent = bridge.spent

    assert (spent.tokens, spent.money, spent.currency) == (1_100, 0.002, "USD")


def test_an_npc_with_a_budget_of_its_own_falls_silent_and_the_others_go_on() -> None:
    server = ScriptedServer(GATEWAY)
    for number in range(3):
        server.answer(done(says(f"Aye {number}."), number=number))
    with bridge_to(server) as bridge:
        poor = bridge.npc("poor", persona="A beggar.", budget=Budget(tokens_per_minute=1))
        rich = bridge.npc("rich", persona="A merchant.")
        for npc in (poor, rich, poor, rich):
            npc.tell("Hello?", by="player")
            frames(bridge, 3)

    assert (poor.speech, rich.speech) == ("Aye 0.", "Aye 2.")


def test_a_price_list_that_cannot_be_read_says_where_and_why(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('currency = "USD"\n[models."mini*"]\ninput = -1\noutput = 10\n')

    with pytest.raises(UsageError, match=r"mini\*.*input"):
        Bridge(ScriptedServer(), virtual=True, prices=file)
    with pytest.raises(UsageError, match="nowhere"):
        Bridge(ScriptedServer(), virtual=True, prices=tmp_path / "nowhere")


def test_a_killed_bridge_is_silent_and_a_revived_one_answers() -> None:
    server = ScriptedServer()
    with bridge_to(server) as bridge:
        aldous = reeve(bridge)
        bridge.kill("the bill")
        frames(bridge, 5)
        first = len(server.requests)
        server.answer(done(says("Aye.")))
        bridge.revive()
        aldous.tell("Well?", by="player")
        frames(bridge, 3)

    assert (first, aldous.speech) in ((0, "Aye."), (1, "Aye."))


# --- attention ------------------------------------------------------------------------------------


def test_only_who_matters_thinks() -> None:
    server = ScriptedServer()
    server.answer(done(says("Aye.")))
    with bridge_to(server) as bridge:
        aldous = bridge.npc("Aldous", persona="A reeve.")
        aldous.attend(5_000)
        frames(bridge, 2)
        aldous.notice("a noise")
        for _ in range(60):
            bridge.update(FRAME)
        before = len(server.requests)

        aldous.attend(10, on_screen=True, in_dialogue=True)
        frames(bridge, 4)

    assert before == 0
    assert len(server.requests) == 1
    assert server.requests[0]["input"][0]["role"] == "developer"


# --- earshot --------------------------------------------------------------------------------------


def test_words_reach_those_in_earshot_and_wake_whom_they_are_meant_for() -> None:
    server = ScriptedServer()
    server.answer(done(says("Aye.")))
    with bridge_to(server, policy=Policy(earshot_px=100)) as bridge:
        near, far, meant = (bridge.npc(name, persona="One.") for name in ("Ann", "Bob", "Cy"))

        heard = bridge.say(
            "A penny!", by="player", distances_px={near: 99, far: 101, meant: 1}, to=meant
        )
        frames(bridge, 4)

    assert heard == [near, meant]
    assert (near.speech, far.speech, meant.speech) == ("", "", "Aye.")
    assert len(server.requests) == 1


# --- foresight ------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefetch", [True, False])
def test_what_minds_mostly_ask_is_told_ahead_where_the_game_wants_it_and_the_hits_are_counted(
    prefetch: bool,
) -> None:
    server = ScriptedServer()
    asking = iter(range(100))
    with bridge_to(server, policy=Policy(prefetch=prefetch)) as bridge:

        @bridge.query(where="snapshot")
        def time_left(view: int) -> int:
            """Minutes until midnight."""
            return view

        bridge.publish(30)
        mira = bridge.npc("mira", persona="A baker.")

        def turn(*, asks: bool) -> None:
            number = next(asking)
            if asks:
                server.answer(done(call("time_left", "{}", f"call_{number}"), number=2 * number))
            server.answer(done(says("Soon."), number=2 * number + 1))
            mira.tell("How long?", by="player")
            frames(bridge, 4)

        for _ in range(WATCHED_FROM):
            turn(asks=True)
        before = bridge.stats
        for asks in (False, False, False, True):
            turn(asks=asks)
        after = bridge.stats

    server.check()
    assert (before.told_ahead, before.told_ahead_hit_rate) == (0, 1.0)
    assert (after.told_ahead, after.told_ahead_hit_rate) == ((4, 0.75) if prefetch else (0, 1.0))
    assert ("known_already" in str(server.requests[-2])) == prefetch
