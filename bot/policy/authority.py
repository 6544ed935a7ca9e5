"""Who may decide what: every such question of the bot, put to the policy in force. No I/O.

A question that is answered with no raises ``NotAllowed`` in words for the person; where a decision follows, the answer
comes with the request it was given for, so that the ledger can say what was decided on and under which policy.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

from bot.config import Config
from bot.deal import Json, Person, System
from bot.errors import NotAllowed
from bot.policy.cedar import Policy, Request, Verdict
from bot.policy.entities import (
    OURS,
    Place,
    Profile,
    Recorded,
    Standing,
    deciding,
    executing,
    of_bot,
    of_deal,
    of_field,
    of_record,
    standing_of,
    standing_then,
)
from bot.proposal import Approver, Missing, Proposal, SignIn, Stake

MOST_APPROVERS = 20
"""People whom a card names as those who may approve."""
_OURS_ALONE = "Only people of the company that runs this bot can ask it for actions."


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer with what it was given for."""

    policy: str  # digest
    request: Request
    verdict: Verdict

    def entry(self) -> dict[str, Json]:
        """What the ledger keeps of it."""
        return {
            "request": self.request.record(),
            "allowed": self.verdict.allowed,
            "by": list(self.verdict.policies),
        }


class Denied(NotAllowed):
    """The policy says no; ``decision`` says which one and to what."""

    def __init__(self, words: str, decision: Decision) -> None:
        super().__init__(words)
        self.decision = decision


class SignInNeeded(Denied):
    """The policy would say yes after a fresh sign-in."""


class Authority:
    """Answers under the policy that is in force at the moment of each question."""

    def __init__(self, policy: Callable[[], Policy], config: Config) -> None:
        self._policy, self._config = policy, config

    def name(self, user: str) -> str:
        """What the configuration calls a Slack user; the id where it does not know them."""
        person = self._config.by_slack(user)
        return person.name if person is not None else user

    @property
    def digest(self) -> str:
        """Of the policy in force."""
        return self._policy().digest

    def _ask(self, request: Request) -> Decision:
        policy = self._policy()
        return Decision(policy=policy.digest, request=request, verdict=policy.ask(request))

    def standing(self, user: str, profile: Profile | None, roles: Iterable[str] = ()) -> Standing:
        """Somebody as the configuration and Slack know them now."""
        return standing_of(user, self._config.by_slack(user), profile, self._config.slack_team, roles)

    # -- asking ---------------------------------------------------------------------------------------------
    def may_address(self, user: str, team: str) -> None:
        """``NotAllowed`` for people of another workspace or company, by what Slack says with a press or a command."""
        self._may_ask(self.standing(user, _member(user, team)))

    def may_ask(self, user: str, profile: Profile | None) -> None:
        """``NotAllowed`` for guests, bots and deactivated people too, by what Slack says of them now.

        What they asked for would show values of the CRM that they have no account for.
        """
        self._may_ask(self.standing(user, profile))

    def _may_ask(self, who: Standing) -> None:
        decision = self._ask(of_bot(who, "ask"))
        if not decision.verdict.allowed:
            raise Denied(_OURS_ALONE, decision)

    def may_propose(
        self, who: Standing | None, kind: str, opportunity: str, stake: Stake, place: Place
    ) -> Decision:
        """That somebody's words or command make a proposal of this kind here; nobody's: a rule of the configuration."""
        decision = self._ask(of_deal(who, kind, "propose", opportunity, stake, place, {}))
        if decision.verdict.allowed:
            return decision
        if who is None:
            raise Denied("The policy does not let rules propose this here.", decision)
        raise Denied(f"{who.name} may not propose this here: {_words(who, decision)}.", decision)

    def visible(self, kind: str, names: Iterable[str], company: str, place: Place) -> frozenset[str]:
        """Those values of an action, by name, that people of another company may see."""
        who = Standing(id="partner", name=company, company=company, roles=("partner",))
        shared = self._config.sharing.get(kind, ())
        levels = {name: "partner" if name in shared else "internal" for name in names}
        return frozenset(
            name
            for name, level in levels.items()
            if self._ask(of_field(who, kind, name, level, place)).verdict.allowed
        )

    def may_see(self, proposal: Proposal, user: str, team: str) -> None:
        """``NotAllowed`` unless this user may see all of a proposal."""
        who = self._then(proposal, user, team)
        request = of_deal(
            who, proposal.kind, "see", proposal.opportunity, proposal.stake, place_of(proposal), {}
        )
        decision = self._ask(request)
        if not decision.verdict.allowed:
            raise Denied("The details are for people of the company that runs this bot.", decision)

    def reading(self, who: Standing) -> Callable[[Recorded], bool]:
        """Which recorded actions somebody may read; what was asked once is not asked again."""

        @cache
        def may_read(recorded: Recorded) -> bool:
            return self._ask(of_record(who, recorded)).verdict.allowed

        return may_read

    # -- approving ------------------------------------------------------------------------------------------
    def supposed(self, user: str, roles: Iterable[str] = ()) -> Standing:
        """Somebody as the configuration knows them, as if Slack had nothing against them."""
        return self.standing(user, _member(user, self._config.slack_team), roles)

    def approvers(
        self, proposal: Proposal, people: Iterable[Standing], persons: Mapping[str, Person]
    ) -> tuple[Approver, ...]:
        """Those of these people who may approve a proposal, in the order given; at most twenty.

        A sign-in that is still to come keeps nobody out.
        """
        able = ((who, self._decides(proposal, who, "approve", signed_in=True)) for who in people)
        allowed = ((who, decision) for who, decision in able if decision.verdict.allowed)
        return tuple(
            self._with_click(_approver(who, persons[who.id], decision.verdict.because), who, proposal)
            for who, decision in islice(allowed, MOST_APPROVERS)
        )

    def _with_click(self, approver: Approver, who: Standing, proposal: Proposal) -> Approver:
        """An approver with what the policy says of a click of theirs, for the moment it comes."""
        click = self._decides(proposal, who, "approve", signed_in=False)
        if not click.verdict.allowed:
            return approver
        return approver.model_copy(update={"under": click.policy, "by": click.verdict.policies})

    def may_approve(
        self, proposal: Proposal, user: str, team: str, sign_in: SignIn | None = None
    ) -> tuple[Approver, Decision]:
        """The approver that this Slack user is for a proposal, by what was known when its card was drawn."""
        approver = proposal.approver(user)
        who = self._then(proposal, user, team)
        decision = self._click(proposal, who, approver, sign_in)
        if not decision.verdict.allowed and decision.verdict.sign_in and approver is not None:
            raise SignInNeeded("This takes a fresh sign-in at your company.", decision)
        if not decision.verdict.allowed or approver is None:
            raise Denied(self._not_theirs(who, "approve", proposal), decision)
        return approver, decision

    def _click(
        self, proposal: Proposal, who: Standing, approver: Approver | None, sign_in: SignIn | None
    ) -> Decision:
        """What the policy says of a click: what it said of the very same question when the card was drawn, if it is
        still the policy in force; a question of another workspace's person, or of a sign-in, is another one."""
        policy = self._policy()
        if approver is None or sign_in is not None or who.company != OURS or approver.under != policy.digest:
            return self._decides(proposal, who, "approve", signed_in=sign_in is not None)
        verdict = Verdict(allowed=True, policies=approver.by, because=approver.why)
        return Decision(policy.digest, self._question(proposal, who, "approve", signed_in=False), verdict)

    def is_approver(self, proposal: Proposal, user: str, team: str) -> bool:
        """Whether this Slack user may approve a proposal, perhaps after signing in."""
        try:
            self.may_approve(proposal, user, team)
        except SignInNeeded:
            return True
        except NotAllowed:
            return False
        return True

    def may_change(self, proposal: Proposal, user: str, team: str) -> None:
        """``NotAllowed`` unless this user may edit or decline: an approver, or whoever asked for it on our side."""
        asked = proposal.origin.by == user and proposal.origin.company is None
        who = self._then(proposal, user, team)
        if asked and self._config.by_slack(user) is not None:
            decision = self._ask(of_bot(who, "ask"))
        else:
            decision = self._decides(proposal, who, "approve", signed_in=True)
        if not decision.verdict.allowed:
            raise Denied(self._not_theirs(who, "change", proposal), decision)

    def may_undo(self, proposal: Proposal, user: str, team: str) -> Decision:
        """``NotAllowed`` unless this user may have put back what was written; that is approved in its turn."""
        who = self._then(proposal, user, team)
        decision = self._decides(proposal, who, "undo", signed_in=False)
        if not decision.verdict.allowed:
            raise Denied(self._not_theirs(who, "undo", proposal), decision)
        return decision

    def may_override(self, proposal: Proposal, user: str, team: str) -> tuple[Approver, Decision]:
        """Whoever breaks the glass, as an approver; ``NotAllowed`` for everybody who is not authorised to."""
        who = self._then(proposal, user, team)
        decision = self._decides(proposal, who, "override", signed_in=False)
        person = self._config.by_slack(user)
        if not decision.verdict.allowed or person is None:
            raise Denied(f"You cannot override this: {_words(who, decision)}.", decision)
        return _approver(who, person, decision.verdict.because), decision

    # -- executing ------------------------------------------------------------------------------------------
    def may_execute(self, proposal: Proposal) -> Decision:
        """That the approvals that a proposal has are enough, right now, for exactly what it would write."""
        if any(approval.digest != proposal.digest for approval in proposal.approvals):
            raise NotAllowed("There is no approval for exactly this.")
        decision = self._executes(proposal, [approval.by for approval in proposal.approvals])
        if not decision.verdict.allowed:
            needs = " and ".join(decision.verdict.needs) or decision.verdict.because
            raise Denied(f"An approval is missing: {needs}.", decision)
        return decision

    def missing(self, proposal: Proposal) -> tuple[Missing, ...]:
        """The approvals that a proposal still needs, each with those who could give it."""
        given = [approval.by for approval in proposal.approvals]
        needed = self._needs(proposal, given)
        if not needed:
            return ()
        others = [a for a in proposal.approvers if a.slack not in {by.slack for by in given}]
        alone = {a.slack: self._needs(proposal, [*given, a]) for a in others}
        beside = [*given, *others[:1]]
        rest = self._needs(proposal, beside)
        together = {a.slack: self._needs(proposal, [*beside, a]) for a in others}
        return tuple(
            Missing(
                who=need,
                people=tuple(
                    a.slack
                    for a in others
                    if need not in alone[a.slack] or (need in rest and need not in together[a.slack])
                ),
            )
            for need in needed
        )

    def needed(self, proposal: Proposal) -> tuple[Missing, ...]:
        """The approvals that a proposal needs before anybody gave one; empty where any one of its approvers will do."""
        if all(not self._needs(proposal, [approver]) for approver in proposal.approvers):
            return ()
        return self.missing(proposal)

    def still_may(
        self, proposal: Proposal, stake: Stake, people: Mapping[str, Standing], persons: Mapping[str, Person]
    ) -> Decision:
        """That everybody who approved may still do so, as things are at the moment of the write.

        ``people`` are the approvers as Slack and the configuration know them now, by Slack id, ``stake`` the deal as it
        is. A person whose accounts are others than they were when they approved does not count either.
        """
        now = proposal.model_copy(update={"stake": stake})
        if not proposal.approvals:
            raise NotAllowed("There is no approval for exactly this.")
        standing = []
        for approval in proposal.approvals:
            who, person = people.get(approval.by.slack), persons.get(approval.by.slack)
            if who is None or person is None:
                raise NotAllowed(
                    f"{approval.by.name} may no longer approve this: nobody knows them any more."
                )
            decision = self._decides(now, who, "approve", signed_in=approval.sign_in is not None)
            if not decision.verdict.allowed:
                raise Denied(
                    f"{approval.by.name} may no longer approve this: {_words(who, decision)}.", decision
                )
            by = _approver(who, person, decision.verdict.because)
            if _accounts(by) != _accounts(approval.by):
                raise NotAllowed(f"{approval.by.name} may no longer approve this: their accounts changed.")
            standing.append(approval.model_copy(update={"by": by}))
        if proposal.override is not None:
            who = people.get(proposal.override.by.slack)
            if who is None or not self._decides(now, who, "override", signed_in=False).verdict.allowed:
                raise NotAllowed(f"{proposal.override.by.name} may no longer override a missing approval.")
        return self.may_execute(now.model_copy(update={"approvals": tuple(standing)}))

    # -- the bot as a whole ---------------------------------------------------------------------------------
    def may_stop(self, user: str, profile: Profile | None) -> None:
        """``NotAllowed`` unless the policy lets this person stop writes."""
        self._for_the_bot(user, profile, "stop", "Writes can be stopped by")

    def may_resume(self, user: str, profile: Profile | None) -> None:
        """``NotAllowed`` unless the policy lets this person resume them."""
        self._for_the_bot(user, profile, "resume", "Writes are resumed by")

    def may_change_policy(self, user: str, profile: Profile | None) -> Decision:
        """``NotAllowed`` unless the policy in force lets this person take part in changing it."""
        return self._for_the_bot(user, profile, "change_policy", "The policy is changed by")

    def _for_the_bot(self, user: str, profile: Profile | None, verb: str, words: str) -> Decision:
        self.may_ask(user, profile)
        decision = self._ask(of_bot(self.standing(user, profile), verb))
        if not decision.verdict.allowed:
            able = [
                person.name
                for person in self._config.people
                if person.slack and self._would(person, person.slack, verb)
            ]
            raise Denied(f"{words} {_or(able) or 'nobody in the configuration'}. Tell one of them.", decision)
        return decision

    def _would(self, person: Person, user: str, verb: str) -> bool:
        member = _member(user, self._config.slack_team)
        return not person.outsider and self._ask(of_bot(self.standing(user, member), verb)).verdict.allowed

    # -- behind them ----------------------------------------------------------------------------------------
    def explained(self, proposal: Proposal, who: Standing) -> Verdict:
        """What the policy says of this person's approval of a proposal, a sign-in granted."""
        return self._decides(proposal, who, "approve", signed_in=True).verdict

    def _then(self, proposal: Proposal, user: str, team: str) -> Standing:
        """Somebody who acts on a card: as they were found when it was drawn, if they were."""
        ours = bool(team) and team == self._config.slack_team
        approver = proposal.approver(user)
        if approver is not None:
            return standing_then(approver, ours)
        return self.standing(user, _member(user, team))

    def _decides(self, proposal: Proposal, who: Standing, verb: str, signed_in: bool) -> Decision:
        return self._ask(self._question(proposal, who, verb, signed_in))

    def _question(self, proposal: Proposal, who: Standing, verb: str, signed_in: bool) -> Request:
        context = deciding(proposal.stake, _system(proposal), proposal.origin.by, signed_in)
        place = place_of(proposal)
        return of_deal(who, proposal.kind, verb, proposal.opportunity, proposal.stake, place, context)

    def _executes(self, proposal: Proposal, approvers: Iterable[Approver]) -> Decision:
        signed_in = bool(proposal.approvals) and all(a.sign_in is not None for a in proposal.approvals)
        overridden = proposal.override is not None
        context = executing(
            proposal.stake, _system(proposal), proposal.origin.by, approvers, signed_in, overridden
        )
        place = place_of(proposal)
        return self._ask(
            of_deal(None, proposal.kind, "execute", proposal.opportunity, proposal.stake, place, context)
        )

    def _needs(self, proposal: Proposal, approvers: Iterable[Approver]) -> tuple[str, ...]:
        verdict = self._executes(proposal, approvers).verdict
        return () if verdict.allowed else verdict.needs or (verdict.because,)

    def _not_theirs(self, who: Standing, verb: str, proposal: Proposal) -> str:
        """Why somebody may not, for their eyes: one of ours is told who could."""
        if who.company != OURS:
            return "This is for the company that runs this bot to decide. Nothing was done."
        names = [f"{approver.name} ({approver.why})" for approver in proposal.approvers]
        if not names:
            names = ["Nobody in the configuration"]
        return f"You cannot {verb} this. {_or(names)} can."


def place_of(proposal: Proposal) -> Place:
    """The channel that a proposal is in, as it was when it was drawn."""
    return Place(id=proposal.channel, shared=proposal.stake.shared)


def _system(proposal: Proposal) -> System:
    return proposal.action_type.system


def _member(user: str, team: str) -> Profile:
    """An ordinary member of a workspace, as far as a signed payload of Slack tells."""
    return Profile(id=user, team=team, guest=False, bot=False, deleted=False)


def _approver(who: Standing, person: Person, why: str) -> Approver:
    return Approver(
        name=person.name,
        slack=who.id,
        email=person.email,
        salesforce=person.salesforce,
        calendar=person.calendar,
        why=why,
        roles=who.roles,
    )


def _accounts(approver: Approver) -> tuple[str | None, ...]:
    return approver.slack, approver.email, approver.salesforce, approver.calendar


def _words(who: Standing, decision: Decision) -> str:
    because = decision.verdict.because
    return because if because.startswith(("no policy", "the policy")) else f"{who.name} {because}"


def _or(names: Iterable[str]) -> str:
    return " or ".join(names)
