"""The noun phrases of a call for a referral, each read to its end."""

from bot.deal import Deal
from bot.hearing.deals import AWS, own_words
from bot.hearing.phrases import words
from bot.hearing.tokens import Kind, Token

TO = words("to into in with on through via at over")
_ARTICLES = words("the a an this that our their its")
_PRONOUNS = words("this it that these them")
_ADJECTIVES = words("new whole entire co sell official formal aws ace partner apn amazon joint customer")
_DEAL_HEADS = words("deal opp opportunity account lead one project")
_REFERRAL_HEADS = words("referral")
_QUALIFIED_HEADS = words("submission registration request opp opportunity record entry sell deal referral")


def referral_at(tokens: tuple[Token, ...], place: int, deal: Deal) -> tuple[bool, int] | None:
    """Read a noun phrase that means the referral: whether it names AWS or co-sell, and where it ends."""
    article = qualified = False
    while place < len(tokens) and tokens[place].kind is Kind.WORD:
        low = tokens[place].low.removesuffix("'s")
        next_low = tokens[place + 1].low if place + 1 < len(tokens) else ""
        if low in _REFERRAL_HEADS:
            return qualified, place + 1 + (
                next_low in ("request", "submission", "form") and next_low != "form"
            )
        if qualified and low in _QUALIFIED_HEADS and next_low not in _QUALIFIED_HEADS:
            return True, place + 1
        if not article and tokens[place].low in _ARTICLES:
            article = True
        elif (named := AWS.at(tokens, place)) is not None:
            qualified, place = True, named[1] - 1
        elif low in ("co", "sell"):
            qualified = qualified or low == "sell"
        elif low not in _ADJECTIVES and low not in own_words(deal) and low not in _DEAL_HEADS:
            return None
        place += 1
    return None


def deal_at(tokens: tuple[Token, ...], place: int, deal: Deal) -> tuple[bool, int] | None:
    """Read a noun phrase that means this deal: whether it is more than a pronoun, and where it ends."""
    start, named = place, False
    while place < len(tokens) and tokens[place].kind is Kind.WORD:
        low = tokens[place].low.removesuffix("'s")
        if place == start and tokens[place].low in (_ARTICLES | _PRONOUNS):
            place += 1
        elif low in _DEAL_HEADS or low in own_words(deal):
            named, place = True, place + 1
        elif low in ("new", "whole", "entire") and not named:
            place += 1
        else:
            break
    pronoun = place == start + 1 and tokens[start].low in _PRONOUNS
    return (named, place) if named or pronoun else None


def destination_at(tokens: tuple[Token, ...], place: int) -> tuple[bool, int] | None:
    """Read "to AWS", "into Partner Central": whether it names the system rather than the company, and the end."""
    start = place
    while place < len(tokens) and tokens[place].low in TO and place - start < 2:
        place += 1
    if place == start:
        return None
    if place < len(tokens) and tokens[place].low in ("the", "our"):
        place += 1
    named = AWS.at(tokens, place)
    if named is None:
        return None
    words = {token.low for token in tokens[place : named[1]]}
    end = named[1]
    if end < len(tokens) and tokens[end].low in ("/", "(", "via", "through", "in"):
        further = AWS.at(tokens, end + 1)
        end = further[1] if further is not None else end
    return bool(words & {"ace", "central", "apn"}), end
