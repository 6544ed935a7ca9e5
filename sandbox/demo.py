"""One deal's story, played through the bot's own endpoints and confirmed in the stand-ins' own records."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from sandbox import lists
from sandbox.page import Page
from sandbox.world import DEFAULT_OPPORTUNITY, World

T = TypeVar("T")
CHANNEL = "C0NORTHWIND"
NAMES = {"U0ANA": "Ana", "U0MEI": "Mei", "U0COSELL": "cosell", "U0GUS": "Gus"}


class Unconfirmed(Exception):
    """A step of the story was not found in the records."""


class Stage:
    """Prints what happens as it happens, with the time of each step."""

    def __init__(self) -> None:
        self.out = Console(highlight=False)
        self.began = time.monotonic()

    @contextlib.contextmanager
    def step(self, doing: str) -> Iterator[Callable[[str], None]]:
        """A step with its time; what is told in it is printed below it, once it is true."""
        told: list[str] = []
        started = time.monotonic()
        with self.out.status(f"{doing} …"):
            yield told.append
        seconds = time.monotonic() - started
        self.out.print(Text.assemble(("✓ ", "green"), (f"{seconds:5.2f} s  ", "dim"), doing))
        for line in told:
            self.out.print(Text(f"            {line}", "cyan"))

    def says(self, who: str, words: str) -> None:
        """Somebody's words in the channel."""
        self.out.print(Text.assemble(("  ", ""), (f"{who:>7}  ", "bold"), words))


class Story:
    """The deal with Northwind Freight, from a sentence to a verified ledger."""

    def __init__(self, world: World, stage: Stage) -> None:
        self.world, self.stage, self.slack = world, stage, world.slack
        self.printed: set[tuple[str, str]] = set()

    def play(self) -> None:
        """Play it all; ``Unconfirmed`` at the first thing that the records do not show."""
        self.link()
        self.refer()
        self.follow_up()
        self.score()
        self.meet()
        self.audit()

    # -- the acts -------------------------------------------------------------------------------------------
    def link(self) -> None:
        """The channel is linked to its opportunity."""
        self.stage.says("Mei", f"/cosell link {DEFAULT_OPPORTUNITY}")
        self.slack.command("U0MEI", CHANNEL, "/cosell", f"link {DEFAULT_OPPORTUNITY}")
        with self.stage.step("the channel is linked to Northwind's opportunity"):
            self.seen(lambda m: "Northwind" in m["text"] and m.get("user") == "U0COSELL")

    def refer(self) -> None:
        """A sentence becomes a referral that AWS has."""
        self.say("U0ANA", "Lena has confirmed the budget. Let's submit the referral to AWS.")
        with self.stage.step("a card comes: what AWS would get, and what is missing") as tell:
            card = self.card("Submit referral to AWS")
            for line in self.findings(card):
                tell(line)
        with self.stage.step("Ana completes it in the form; nothing is invented for her"):
            self.press("U0ANA", card, "cosell.edit")
            view = self.wait(lambda: next(iter(self.slack.open_views("U0ANA")), None))
            answers = {
                "solutions": ["S-0051001"],
                "primary_needs": ["Co-Sell - Deal Support"],
                "use_case": "Big Data: Data Warehouse / Data Integration / ETL / Data Lake / BI",
                "delivery_models": ["SaaS or PaaS"],
                "sales_activities": ["Customer has shown interest in solution"],
            }
            asked = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
            answer = self.slack.submit(
                "U0ANA", view["id"], {name: value for name, value in answers.items() if name in asked}
            )
            self.confirm(
                answer.status == 200 and not self.slack.open_views("U0ANA"), "the form was not taken"
            )
            card = self.wait(lambda: self.approvable(card["ts"]))
        with self.stage.step("Ana approves; the approval is recorded before Slack gets its answer"):
            self.press("U0ANA", card, "cosell.approve")
        with self.stage.step("AWS has it: created, solution attached, submitted, read back") as tell:
            found = self.wait(self.referred, 60)
            status, reference = found["LifeCycle"]["ReviewStatus"], found["PartnerOpportunityIdentifier"]
            tell(f"{found['Id']}  {status}  reference {reference}")
        with self.stage.step("the thread has the result"):
            self.result(card, found["Id"])
        self.referral = found["Id"]

    def follow_up(self) -> None:
        """AWS's id goes into Salesforce, on a card of its own."""
        with self.stage.step("the next card is there already: AWS's id and status for Salesforce") as tell:
            card = self.card("Update Salesforce opportunity", self.referral)
            tell(self.referral)
        with self.stage.step("Ana approves, and Salesforce has it, changed by Ana") as tell:
            self.press("U0ANA", card, "cosell.approve")
            record = self.wait(lambda: self.crm("ACE_Opportunity_Id__c", self.referral), 30)
            tell(self.shown(record, "ACE_Opportunity_Id__c", "ACE_Status__c", "Partner_of_Record__c"))
            self.by_ana()
            self.result(card, "")

    def score(self) -> None:
        """A score that somebody mentions is in its field."""
        self.say(
            "U0ANA", "AWS sent the propensity list: P2B for us came back at 82, and it's partner sourced."
        )
        with self.stage.step("a card comes: before → after, with source and time"):
            card = self.card("Update Salesforce opportunity", "82")
        with self.stage.step("Ana approves, and Salesforce has the score, changed by Ana") as tell:
            self.press("U0ANA", card, "cosell.approve")
            record = self.wait(lambda: self.crm("P2B_Score__c", 82), 30)
            tell(self.shown(record, "P2B_Score__c", "P2B_Score_Date__c", "Partner_Attribution__c"))
            self.by_ana()
            self.result(card, "")

    def meet(self) -> None:
        """A meeting that fits both calendars, in both calendars."""
        self.say("U0ANA", "Let's set up a joint call with Pat next week, 45 minutes.")
        with self.stage.step("free time of both sides is read; the best slots come with why") as tell:
            card = self.card("Schedule joint meeting")
            for line in self.slots(card):
                tell(line)
        with self.stage.step("Ana approves, and the invitation is in both calendars") as tell:
            self.press("U0ANA", card, "cosell.approve")
            event = self.wait(self.invited, 30)
            theirs = self.world.calendar.event("pat.lindqvist@aws.example", event["id"])
            self.confirm(
                theirs is not None and theirs["start"] == event["start"], "Pat's calendar does not have it"
            )
            self.confirm(self.free(event), "somebody was busy at that time")
            tell(f"{event['summary']}  {event['start']['dateTime']}  {len(event['attendees'])} invited")
            self.result(card, "")

    def audit(self) -> None:
        """Nothing came twice, and the ledger is whole."""
        with self.stage.step("every result was told once, and every write was made once"):
            keys = [
                m["metadata"]["event_payload"]["key"]
                for m in self.slack.messages(CHANNEL)
                if m.get("metadata")
            ]
            self.confirm(len(keys) == len(set(keys)), "something was posted twice")
            self.confirm(
                len(self.world.partner_central.calls("CreateOpportunity")) == 1, "AWS was asked twice"
            )
        with self.stage.step("the ledger is walked from its first entry") as tell:
            environment = {**os.environ, **self.world.settings()}
            walked = subprocess.run(
                [sys.executable, "-m", "bot", "audit", "verify"],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            self.confirm(walked.returncode == 0, walked.stderr or walked.stdout)
            tell(walked.stdout.strip())

    # -- what people do -------------------------------------------------------------------------------------
    def say(self, user: str, words: str) -> None:
        """Somebody says something in the channel."""
        self.stage.out.print()
        self.stage.says(NAMES[user], words)
        self.slack.say(user, CHANNEL, words)

    def press(self, user: str, card: dict[str, Any], action: str) -> None:
        """Somebody presses a button; Slack must get its answer in three seconds."""
        answer = self.slack.press(user, CHANNEL, card["ts"], action)
        self.confirm(
            answer.status == 200 and answer.seconds < 3, f"the press was answered with {answer.status}"
        )

    # -- what is seen ---------------------------------------------------------------------------------------
    def card(self, title: str, containing: str = "") -> dict[str, Any]:
        """The newest card with this title that can be decided."""

        def look() -> dict[str, Any] | None:
            for message in reversed(self.slack.messages(CHANNEL)):
                words = text_of(message)
                if title in words and containing in words and actions_of(message):
                    return message
            return None

        return self.wait(look)

    def approvable(self, ts: str) -> dict[str, Any] | None:
        """The card, once it can be approved."""
        message: dict[str, Any] = self.slack.message(CHANNEL, ts)
        return message if "cosell.approve" in actions_of(message) else None

    def findings(self, card: dict[str, Any]) -> list[str]:
        """The first three of the details to complete, as the card words them."""
        lines = [line for text in texts_of(card, "findings.") for line in text.splitlines()]
        return [line.strip("• ").replace("*", "") for line in lines if line.startswith("•")][:3]

    def slots(self, card: dict[str, Any]) -> list[str]:
        """The offered times, each with why."""
        offers = (text.partition("\n") for text in texts_of(card, "option."))
        return [f"{when.split('*')[1]}: {why[:1].lower()}{why[1:]}" for when, _, why in offers]

    def seen(self, look: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message in the channel that fits."""
        return self.wait(lambda: next((m for m in self.slack.messages(CHANNEL) if look(m)), None))

    def result(self, card: dict[str, Any], containing: str) -> None:
        """The message in the thread that tells the result, with the card showing it too."""

        def look() -> dict[str, Any] | None:
            for message in self.slack.messages(CHANNEL):
                key = ((message.get("metadata") or {}).get("event_payload") or {}).get("key", "")
                mine = key == proposal_of(self.slack, card).replace(":card", ":result")
                if mine and containing in text_of(message):
                    return message
            return None

        told = self.wait(look, 30)
        self.stage.says("cosell", told["text"].split("\n")[0])

    def referred(self) -> dict[str, Any] | None:
        """Northwind's opportunity at AWS, once it is submitted with its solution."""
        for found in self.world.partner_central.opportunities():
            mine = found.get("PartnerOpportunityIdentifier") == DEFAULT_OPPORTUNITY
            if mine and found["LifeCycle"]["ReviewStatus"] == "Submitted":
                return dict(found)
        return None

    def crm(self, field: str, value: object) -> dict[str, Any] | None:
        """Northwind's opportunity in Salesforce, once a field has this value."""
        record: dict[str, Any] = self.world.salesforce.record(DEFAULT_OPPORTUNITY)
        return record if record.get(field) == value else None

    def by_ana(self) -> None:
        """Salesforce must say that Ana made the last change."""
        record = self.world.salesforce.record(DEFAULT_OPPORTUNITY)
        self.confirm(
            record["LastModifiedById"] == "005000000000001AAA", "Salesforce does not show Ana as the editor"
        )

    def shown(self, record: dict[str, Any], *fields: str) -> str:
        """Some fields of a record in a line."""
        return "  ".join(f"{field}={record.get(field)}" for field in fields)

    def invited(self) -> dict[str, Any] | None:
        """The event in Ana's calendar that the bot put there."""
        for event in self.world.calendar.events("ana.costa@brightlane.example"):
            if event.get("extendedProperties", {}).get("private", {}).get("cosell_key"):
                return dict(event)
        return None

    def free(self, event: dict[str, Any]) -> bool:
        """Whether the time of the event was free in both calendars."""
        start = datetime.fromisoformat(event["start"]["dateTime"])
        end = datetime.fromisoformat(event["end"]["dateTime"])
        for email in ("ana.costa@brightlane.example", "pat.lindqvist@aws.example"):
            for other in self.world.calendar.events(email):
                if other["id"] == event["id"] or "dateTime" not in other["start"]:
                    continue
                begins = datetime.fromisoformat(other["start"]["dateTime"])
                if begins < end and start < datetime.fromisoformat(other["end"]["dateTime"]):
                    return False
        return start > datetime.now(UTC) + timedelta(hours=1)

    def wait(self, look: Callable[[], T | None], timeout: float = 20) -> T:
        """What ``look`` finds, as soon as it finds something."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.02)
        raise Unconfirmed(f"nothing was found within {timeout:.0f} seconds")

    def confirm(self, true: bool, otherwise: str) -> None:
        """Go on only if it is so."""
        if not true:
            raise Unconfirmed(otherwise)


def text_of(message: Any) -> str:
    """All the text in a message or a block."""
    if isinstance(message, dict):
        own = [v for k, v in message.items() if k == "text" and isinstance(v, str)]
        return "\n".join(own + [text_of(v) for v in message.values() if isinstance(v, dict | list)])
    if isinstance(message, list):
        return "\n".join(text_of(part) for part in message)
    return ""


def texts_of(card: dict[str, Any], kind: str) -> list[str]:
    """The texts of the card's sections whose ids begin so."""
    return [
        b["text"]["text"] for b in card["blocks"] if b.get("block_id", "").startswith(kind) and "text" in b
    ]


def actions_of(message: dict[str, Any]) -> set[str]:
    """The action ids of a message's buttons."""
    return {
        element.get("action_id", "")
        for block in message.get("blocks") or []
        for element in [*block.get("elements", []), block.get("accessory") or {}]
        if element.get("type") == "button"
    } - {""}


def proposal_of(slack: Any, card: dict[str, Any]) -> str:
    """The key that a card was posted under."""
    return str(((card.get("metadata") or {}).get("event_payload") or {}).get("key", ""))


def play(once: bool) -> int:
    """Play the story; 0 when every step was confirmed. Without ``once`` everything keeps serving until Ctrl-C."""
    stage = Stage()
    out = stage.out
    try:
        with contextlib.ExitStack() as stack:
            out.print(Rule("Co-sell: one deal's story", style="dim"))
            with stage.step(
                "Redis and four stand-ins start: Slack, Salesforce, Google Calendar, AWS Partner Central"
            ):
                world = stack.enter_context(World(book=3000))
            with stage.step("the bot starts: web, worker, clock"):
                for part in ("serve", "worker", "clock"):
                    world.start(part)
                world.wait_ready()
            try:
                Story(world, stage).play()
            except (Unconfirmed, TimeoutError) as problem:
                out.print(f"[bold red]✗ Not confirmed:[/] {problem}")
                for part in ("serve", "worker", "clock"):
                    out.print(Text(world.log(part)[-1500:], "dim"))
                return 1
            seconds = time.monotonic() - stage.began
            out.print(Rule(f"confirmed in the stand-ins' own records, {seconds:.1f} s in all", style="green"))
            if not once:
                _keep_serving(world, stack.enter_context(Page(world)), out)
    except KeyboardInterrupt:
        out.print("Stopped.")
    return 0


def _keep_serving(world: World, page: Page, out: Console) -> None:
    path = world.folder / "settings.sh"
    path.write_text("".join(f"export {name}='{value}'\n" for name, value in world.settings().items()))
    out.print()
    out.print(
        Text.assemble("Go on in the browser, as anybody: ", (page.url, f"bold underline link {page.url}"))
    )
    out.print()
    out.print("Or in another terminal:", style="dim")
    out.print(f"    . {path}", style="dim", markup=False)
    out.print("    .venv/bin/cosell audit show", style="dim", markup=False)
    table, workbook, scores = (path.name for path in lists.write(world.book, world.folder))
    out.print(
        f"Long lists to try: drop {table} (or {workbook}) or {scores} from {world.folder} into #partner-aws.",
        style="dim",
        markup=False,
    )
    out.print(f"Logs of web, worker and clock are in {world.folder}. Ctrl-C stops it all.", style="dim")
    while True:
        time.sleep(3600)
