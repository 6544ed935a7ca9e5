"""What every kind of action promises, whatever it writes."""

import inspect
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import bot.actions
from bot import app
from bot.action import Action, Ask, Needs, Preview, Question, kinds
from bot.actions.score_opportunities import ScoreOpportunities
from bot.batches.lines import Choice, Doubt, LeftOut, Line, Sheet
from bot.config import load as load_config
from bot.context import Context
from bot.deal import PORTFOLIO, Deal, Json, Message, System
from bot.errors import Invalid, Refused
from bot.handlers.commands import OWN
from bot.settings import load
from sandbox.world import World

NORTHWIND, AURORA, KESTREL = "006000000000001AAA", "006000000000006AAA", "006000000000004AAA"
ANA = "U0ANA"

WORDS: Mapping[str, str] = {"score": "82", "set": "next step Send the order form", "meet": "Pat next week"}
"""What follows a verb of /cosell, for verbs that take words."""
SAID: Mapping[str, str] = {
    "schedule_meeting": "Let's set up a joint call with Pat next week, 45 minutes.",
    "submit_referral": "Let's submit the referral to AWS.",
    "update_opportunity": "P2B came back at 82",
}
"""A message that calls for each kind. A new kind needs a line here, and one above if its verbs take words."""

_SHEET = Sheet(
    lines=(
        Line(number=2, id=NORTHWIND, deal="Northwind", account="001", after=(82, "2026-11-02"), why=("id",)),
        Line(number=3, id=AURORA, deal="Aurora", account="001", after=(77, "2026-11-02"), why=("id",)),
    ),
    doubts=(
        Doubt(
            number=4,
            company="Kestrel",
            key="kestrel",
            after=(12, "2026-11-02"),
            choices=(Choice(id=KESTREL, deal="Kestrel", account="001", company="Kestrel", why=("alike",)),),
        ),
    ),
    left=(LeftOut(number=5, company="Nobody", said="12", why="no account of ours is like it"),),
)
BATCH = ScoreOpportunities.of(_SHEET, names=("p2b_score", "p2b_date"), source="scores.csv", partner="aws")
"""What a file of scores calls for."""

every_kind = pytest.mark.parametrize("kind", kinds())


class Known:
    """Deals with everything that was read about them, and each kind of action on Northwind as a card would show it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._fitted: dict[str, tuple[Action, Deal]] = {}
        self.deals = {id: context.read(id, Needs(referral=True)) for id in (NORTHWIND, AURORA, KESTREL)}

    @property
    def northwind(self) -> Deal:
        """Northwind, as words are understood by."""
        return self.deals[NORTHWIND]

    def said(self, text: str, kind: str) -> Action | None:
        """What a message to the bot calls for."""
        at = self.northwind.as_of
        message = Message(
            text=text, author=ANA, channel="C0NORTHWIND", ts=f"{at.timestamp():.6f}", addressed=True, at=at
        )
        return kinds()[kind].suggest(message, self.northwind)

    def called_for(self, kind: str) -> Action:
        """What words, or a file, call for."""
        if kind == ScoreOpportunities.kind:
            return BATCH
        action = self.said(SAID[kind], kind)
        assert action is not None, f"nothing is heard in {SAID[kind]!r}"
        return action

    def asked(self, kind: str, verb: str) -> Action:
        """What a command asks for."""
        return kinds()[kind].ask(verb, WORDS.get(verb, ""), self.northwind, ANA)

    def fitted(self, kind: str) -> tuple[Action, Deal]:
        """The action that was said, fitted to the live facts that it needs, and these."""
        if kind not in self._fitted:
            action = self.called_for(kind)
            about = PORTFOLIO if action.many else NORTHWIND
            deal = self._context.read(about, action.needs())
            self._fitted[kind] = action.fit(deal), deal
        return self._fitted[kind]


@pytest.fixture(scope="module")
def known(redis_port: int) -> Iterator[Known]:
    """Read through the real adapters, once."""
    with World(redis=False) as world, pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(16) as pool:
        world.redis_port = redis_port
        for name in [n for n in os.environ if n.startswith(("AWS_", "SLACK_", "SALESFORCE_", "ACE_"))]:
            patch.delenv(name)
        for name, value in world.settings().items():
            patch.setenv(name, value)
        configured = load()
        reach = app.reach(
            configured, load_config(configured.cosell_config), pool, redis.Redis(port=redis_port)
        )
        yield Known(reach.context)


def shown(question: Question) -> Json:
    """What an untouched field of the form answers."""
    return question.initial if question.ask is not Ask.CHOICES else list(question.initial or ())


def untouched(action: Action, deal: Deal) -> dict[str, Json]:
    """The answers of a form that was opened and sent."""
    return {question.name: shown(question) for question in action.form(deal)}


def refusal(do: Callable[[], object]) -> Refused | None:
    """With what a call is refused; None when it is not."""
    try:
        do()
    except Refused as refused:
        return refused
    return None


# -- the class -----------------------------------------------------------------------------------------------------


def test_every_file_is_a_kind() -> None:
    """Nothing else lies in ``bot/actions/``, and no file is overlooked."""
    files = {path.stem for path in Path(bot.actions.__path__[0]).glob("*.py")} - {"__init__"}
    assert kinds().keys() == files


@every_kind
def test_a_kind_says_what_it_is(kind: str) -> None:
    """Its file's name, a title for people, the system it writes, a way to ask for it."""
    cls = kinds()[kind]
    assert cls.kind == kind == Path(inspect.getfile(cls)).stem
    assert cls.title.strip() == cls.title != ""
    assert isinstance(cls.system, System)
    assert cls.commands or cls.many


def test_no_two_kinds_answer_to_one_verb() -> None:
    """Nor to one of the bot's own."""
    verbs = [verb for kind in kinds().values() for verb in kind.commands]
    assert len({*verbs, *OWN}) == len(verbs) + len(OWN)


@every_kind
def test_a_verbs_usage_begins_with_the_verb(kind: str) -> None:
    """So that help shows what to type."""
    for verb, usage in kinds()[kind].commands.items():
        assert usage.split()[0] == verb == verb.lower()


# -- the value -----------------------------------------------------------------------------------------------------


@every_kind
def test_nothing_in_an_action_can_be_changed(known: Known, kind: str) -> None:
    """What was approved is what is written."""
    action, _ = known.fitted(kind)
    for name in type(action).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(action, name, None)


@every_kind
def test_nothing_can_be_slipped_into_an_action(known: Known, kind: str) -> None:
    """A field that the kind does not have is refused, not ignored."""
    action, _ = known.fitted(kind)
    with pytest.raises(ValidationError, match="extra_forbidden"):
        type(action).model_validate({**action.payload(), "surprise": 1})


@every_kind
def test_an_action_survives_the_ledger(known: Known, kind: str) -> None:
    """Through JSON and back it is the same value, with the same payload."""
    action, _ = known.fitted(kind)
    back = type(action).model_validate(json.loads(json.dumps(action.payload())))
    assert back == action
    assert back.payload() == action.payload()


# -- how it comes about --------------------------------------------------------------------------------------------


@every_kind
def test_a_kind_is_not_suggested_by_small_talk(known: Known, kind: str) -> None:
    """Nearly every message calls for nothing."""
    for text in ("Good morning!", "lol", "", "Thanks, that was quick", "Who is in the office on Friday?"):
        assert known.said(text, kind) is None


@every_kind
def test_every_verb_asks_for_its_kind(known: Known, kind: str) -> None:
    """On the same opportunity."""
    for verb in kinds()[kind].commands:
        action = known.asked(kind, verb)
        assert type(action) is kinds()[kind]
        assert action.payload()["opportunity"] == NORTHWIND


@every_kind
def test_words_that_make_no_sense_are_refused(known: Known, kind: str) -> None:
    """In a sentence for the person who typed them."""
    for verb in kinds()[kind].commands:
        with pytest.raises(Refused) as refused:
            kinds()[kind].ask(verb, "¿ qwertz ]][[ 99999999", known.northwind, ANA)
        assert str(refused.value).strip()


# -- facts in, facts out -------------------------------------------------------------------------------------------


@every_kind
def test_a_preview_is_the_same_twice(known: Known, kind: str) -> None:
    """It depends on action and facts alone, and changes neither."""
    action, deal = known.fitted(kind)
    before = action.model_dump_json(), deal.model_dump_json()
    assert action.preview(deal) == action.preview(deal)
    assert (action.model_dump_json(), deal.model_dump_json()) == before


@every_kind
def test_a_preview_shows_the_same_of_what_the_ledger_kept(known: Known, kind: str) -> None:
    """Action and facts read back from JSON are drawn as they were."""
    action, deal = known.fitted(kind)
    back = type(action).model_validate(json.loads(json.dumps(action.payload())))
    kept = Deal.model_validate_json(deal.model_dump_json())
    assert back.preview(kept) == action.preview(deal)
    assert Preview.model_validate_json(action.preview(deal).model_dump_json()) == action.preview(deal)


@every_kind
def test_every_change_says_where_it_comes_from(known: Known, kind: str) -> None:
    """Source, time and label are there, each name is there once, and no fact is newer than the reading."""
    action, deal = known.fitted(kind)
    changes = action.preview(deal).changes
    assert changes
    assert len({change.name for change in changes}) == len(changes)
    latest = deal.as_of + timedelta(seconds=10)
    for change in changes:
        assert change.source.strip() and change.label.strip(), change
        assert change.as_of <= latest, change


@every_kind
def test_every_finding_says_how_to_mend_it(known: Known, kind: str) -> None:
    """What is wrong, and the one edit."""
    action, deal = known.fitted(kind)
    for finding in action.preview(deal).findings:
        assert finding.problem.strip() and finding.edit.strip() and finding.label.strip()


@every_kind
def test_a_card_names_the_versions_it_was_drawn_from(known: Known, kind: str) -> None:
    """An approval is bound to them."""
    action, deal = known.fitted(kind)
    assert action.preview(deal).versions == deal.versions != {}


@every_kind
def test_fitting_twice_changes_nothing_more(known: Known, kind: str) -> None:
    """What was fitted to these facts is as they have it."""
    action, deal = known.fitted(kind)
    fitted = action.fit(deal, deal)
    assert fitted == action
    assert fitted.fit(deal) == fitted


@every_kind
def test_what_it_is_about_stays(known: Known, kind: str) -> None:
    """Whoever says it again, and whenever it is fitted again, it is the same thing under way."""
    action, deal = known.fitted(kind)
    again = known.called_for(kind)
    back = type(action).model_validate(json.loads(json.dumps(action.payload())))
    assert action.subject() == back.subject() == action.fit(deal, deal).subject() == again.subject()


@every_kind
def test_a_check_passes_on_the_facts_it_was_fitted_to(known: Known, kind: str) -> None:
    """A card that can be shown can be decided on."""
    action, deal = known.fitted(kind)
    action.check(deal)


def altered(deal: Deal, how: str) -> Deal:
    """The deal as it is after something happened to it, or to the configuration."""
    match how:
        case "no facts":
            return deal.model_copy(update={"facts": {}})
        case "nothing in the facts":
            emptied = {n: f.model_copy(update={"value": None, "raw": None}) for n, f in deal.facts.items()}
            return deal.model_copy(update={"facts": emptied})
        case "nobody there":
            owner = deal.owner.model_copy(update={"active": False, "email": "", "username": ""})
            return deal.model_copy(update={"team": (), "contacts": (), "owner": owner})
        case "nothing read beside it":
            return deal.model_copy(update={"referral": None, "solutions": (), "availability": None})
        case "everybody busy" if (known := deal.availability) is not None:
            busy = dict.fromkeys(known.busy, (known.window,))
            return deal.model_copy(update={"availability": known.model_copy(update={"busy": busy})})
    return deal.model_copy(update={"as_of": deal.as_of + timedelta(days=400)})


CHANGED = (
    "no facts",
    "nothing in the facts",
    "nobody there",
    "nothing read beside it",
    "everybody busy",
    "much later",
)


@pytest.mark.parametrize("how", CHANGED)
@every_kind
def test_a_check_only_ever_refuses(known: Known, kind: str, how: str) -> None:
    """Whatever became of the deal, in words."""
    action, deal = known.fitted(kind)
    refused = refusal(lambda: action.check(altered(deal, how)))
    assert refused is None or str(refused).strip()


@every_kind
def test_a_check_on_another_deal_only_ever_refuses(known: Known, kind: str) -> None:
    """Beside a deal that the action was not made for, it says so or finds nothing wrong."""
    action, _ = known.fitted(kind)
    for deal in known.deals.values():
        refused = refusal(lambda deal=deal: action.check(deal))  # type: ignore[misc]  # bound at once
        assert refused is None or str(refused).strip()


@pytest.mark.parametrize("how", CHANGED)
@every_kind
def test_whatever_became_of_the_deal_a_card_can_be_drawn(known: Known, kind: str, how: str) -> None:
    """Fit, preview and form go through, so that the card can say what has changed."""
    action, deal = known.fitted(kind)
    now = altered(deal, how)
    fitted = action.fit(now, deal)
    assert fitted.preview(now).headline
    assert all(question.label for question in fitted.form(now))


# -- the form ------------------------------------------------------------------------------------------------------


@every_kind
def test_a_form_asks_each_question_once(known: Known, kind: str) -> None:
    """Prefilled with something that can be chosen."""
    action, deal = known.fitted(kind)
    questions = action.form(deal)
    assert questions
    assert len({question.name for question in questions}) == len(questions)
    for question in questions:
        if question.options:
            chosen = question.initial if isinstance(question.initial, list) else [question.initial]
            assert {one for one in chosen if one is not None} <= {value for value, _ in question.options}


@every_kind
def test_a_form_sent_as_it_was_opened_changes_nothing(known: Known, kind: str) -> None:
    """Or each question that cannot stay as it is is named, and no other."""
    action, deal = known.fitted(kind)
    edited: list[Action] = []
    refused = refusal(lambda: edited.append(action.answered(untouched(action, deal), deal)))
    if refused is None:
        assert edited == [action]
        return
    assert isinstance(refused, Invalid)
    assert refused.problems.keys() <= {q.name for q in action.form(deal) if q.problem}


@every_kind
def test_no_answers_change_nothing(known: Known, kind: str) -> None:
    """Questions left out stay as they are."""
    action, deal = known.fitted(kind)
    assert action.answered({}, deal) == action


@every_kind
def test_answers_do_not_change_the_action_itself(known: Known, kind: str) -> None:
    """They make another."""
    action, deal = known.fitted(kind)
    before = action.model_dump_json()
    refusal(lambda: action.answered(untouched(action, deal), deal))
    assert action.model_dump_json() == before


nonsense = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.text("0123456789.-T:+Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@every_kind
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nonsense_in_a_form_is_named_at_its_question(known: Known, kind: str, data: st.DataObject) -> None:
    """Whatever JSON is answered, it is taken or refused with a sentence; nothing else comes of it."""
    action, deal = known.fitted(kind)
    names = [question.name for question in action.form(deal)]
    answers = data.draw(st.dictionaries(st.sampled_from([*names, "surprise"]), nonsense, max_size=4))
    edited: list[Action] = []
    refused = refusal(lambda: edited.append(action.answered(answers, deal)))
    if refused is not None:
        assert isinstance(refused, Invalid)
        assert refused.problems and all(sentence.strip() for sentence in refused.problems.values())
    for one in edited:
        assert type(one).model_validate(json.loads(json.dumps(one.payload()))) == one
        assert one.preview(deal).headline
