"""A rule that fired: for which fact, on which deal, and why."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import AwareDatetime

from bot.deal import Frozen
from bot.rules import Rule


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that became true of a deal, and of which rule it is the fact."""

    rule: Rule
    fact: str  # what makes it the same fact when it is seen again
    why: str  # a sentence, as the card says it
    opportunity: str = ""  # Salesforce id; empty: of no deal of ours
    name: str = ""
    account: str = ""
    owner: str = ""  # Salesforce username
    stage: str = ""
    amount: float | None = None
    next_step: str = ""
    more: Mapping[str, str] = field(default_factory=dict)  # what else ``propose`` may fill in

    @property
    def id(self) -> str:
        """The same for the same rule and fact, however often and wherever from it is seen."""
        return hashlib.sha256(f"{self.rule.name}|{self.fact}".encode()).hexdigest()[:24]

    def firing(self, at: AwareDatetime) -> "Firing":
        """What is kept and told of it."""
        return Firing(
            id=self.id,
            rule=self.rule.name,
            when=self.rule.when.value,
            why=self.why,
            propose=self._words(),
            opportunity=self.opportunity,
            deal=self.name,
            owner=self.owner,
            stage=self.stage,
            amount=self.amount,
            next_step=self.next_step,
            review_status=self.more.get("review_status", ""),
            at=at,
        )

    def _words(self) -> str:
        if not self.rule.propose or not self.opportunity:
            return ""
        values = {
            "deal": self.name,
            "account": self.account,
            "stage": self.stage,
            "amount": "" if self.amount is None else f"{self.amount:.15g}",
            "next_step": self.next_step,
            **self.more,
        }
        return self.rule.propose.format_map({name: " ".join(value.split()) for name, value in values.items()})


class Firing(Frozen):
    """A rule's firing as it is kept until it is told: also for days, in a digest."""

    id: str
    rule: str  # its name
    when: str  # what kind of rule
    why: str  # a sentence
    propose: str  # words of /cosell, filled in; empty: it is only told
    opportunity: str
    deal: str
    owner: str  # Salesforce username
    stage: str
    amount: float | None
    next_step: str
    review_status: str = ""  # AWS's, where that is what happened
    at: AwareDatetime

    @property
    def said(self) -> str:
        """What the card says of its origin: the rule's name and why it fired."""
        return f"“{self.rule}”: {self.why}"
