"""Whether a clause is about another deal than the channel's."""

from functools import lru_cache

from bot.deal import Deal
from bot.hearing.clauses import FILLERS, Clause
from bot.hearing.phrases import phrases, words
from bot.hearing.tokens import Kind, Sentence, Token, words_of

AWS = phrases(
    "aws partner central|partner central|aws ace|aws's ace|apn partner central|apn|ace pipeline|ace",
    "aws co-sell|amazon|aws team|aws side|aws folks|aws|aws's side|ace portal|aws portal",
    "aws partner team|amazon web services|apn portal",
)
"""Ways to name where a referral goes."""

LOOK_BACK = 40
"""How many tokens before a clause may still say what it is about."""

_ANOTHER = phrases(
    "other deal|other deals|another deal|other opp|other opportunity|another opp|another opportunity",
    "other account|another account|different deal|different account|different opp|wrong channel",
    "wrong deal|wrong thread|other customer|another customer|other customers|other accounts|sister deal",
    "all deals|every deal|all opps|all our deals|each deal|all accounts|other one|other project",
    "each opp|every opp|second deal|all the deals|all of our deals|any deal",
)
_DEAL_NOUNS = words("deal opp opportunity account referral project renewal lead workload customer pipeline")
_TOPIC_NOUNS = words("update news status side note recap notes deal opp account referral renewal front")
_ABOUT = words("for on re regarding about at of concerning")
_STRONG_ABOUT = words("for re regarding concerning")
_ORDINARY = words(
    # titles and small words that are written with a capital without being a customer's name
    "i i'm i'll i've i'd aws ace apn amazon p2b por crm sfdc salesforce slack zoom google teams meet "
    "chime outlook partner central co sell cosell legal finance security procurement sales marketing "
    "engineering product it hr qbr mbr map poc pov nda msa sow rfp rfi eod eow eoq eoy q1 q2 q3 q4 h1 "
    "h2 fy fy26 fy27 fy28 emea apac amer latam dach uk us usa eu nordics pdm psm pam sa sas ae aes sdr "
    "bdr csm ceo cto cfo cio ciso vp isv iso mrr arr acv tcv no any every update updates fyi news "
    "status note reminder heads ps edit monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november december jan feb mar "
    "apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun monday's today "
    "tomorrow christmas easter thanksgiving marketplace bedrock s3 ec2 sagemaker redshift lambda glue "
    "kinesis athena eks rds kafka snowflake databricks stage amount close next step propensity score "
    "sourced influenced led won lost now cet gmt utc est pst et pt bst new year leadership quick small "
    "meeting weekly daily latest pricing technical final short call joint some big another support ok "
    "okay yes great please thanks day days visibility full only opportunity review reviews the a an our "
    "we this that my your his her their they he she you all both one customer client exec execs "
    "execution team sync"
)
_PLAIN_PURPOSES = words(
    # "for co-sell support", "for legal": what follows "for" without being a customer, in lower case
    "this it us me them now the our a an that these today tomorrow tonight review approval validation "
    "visibility support funding credit credits co cosell legal sure real good everyone everybody all "
    "you him her aws ace amazon partner next another about around at least minutes max thirty sixty "
    "half internal external technical pricing discovery intro kickoff planning alignment mon tue wed "
    "thu fri monday tuesday wednesday thursday friday week this's architecture deep demo early late mid "
    "end discussing reviewing coordination sales pipeline customer"
)


def elsewhere(clause: Clause, deal: Deal) -> bool:
    """Whether this clause, or what its sentence begins with, names another account, customer or opportunity."""
    begins = max(0, clause.start - LOOK_BACK)
    return named_elsewhere(clause.tokens, begins, clause.end, deal) or titled_elsewhere(clause, deal)


def sets_topic(sentence: Sentence, deal: Deal) -> bool | None:
    """Whether a sentence turns what follows to another deal (True), back to this one (False), or neither (None)."""
    tokens = sentence.tokens
    if _ANOTHER.within(tokens, 0, len(tokens)) is not None:
        return True
    short = len(tokens) <= 6 and (sentence.heading or any(t.low in _TOPIC_NOUNS for t in tokens))
    if not short and not (sentence.heading and len(tokens) <= 12):
        return None
    if named_elsewhere(tokens, 0, len(tokens), deal) or any(_stranger(t, deal) for t in tokens[1:] or tokens):
        return True
    if (
        FILLERS.at(tokens, 0) is None
        and _stranger(tokens[0], deal)
        and (len(tokens) == 1 or tokens[1].low in _TOPIC_NOUNS or tokens[1].low == ":")
    ):
        return True
    return False if any(t.low in own_words(deal) for t in tokens) else None


@lru_cache(maxsize=256)
def _known(deal_id: str, name: str, account: str, people: tuple[str, ...]) -> frozenset[str]:
    return frozenset(words_of(" ".join((name, account, *people))))


def known_words(deal: Deal) -> frozenset[str]:
    """The words of names that belong to this deal: its own, the account's, the team's and the contacts'."""
    people = (
        [p.name for p in deal.team] + [p.company or "" for p in deal.team] + [s.name for s in deal.solutions]
    )
    people += [f"{c.first_name or ''} {c.last_name}" for c in deal.contacts]
    return _known(deal.id, deal.name, str(deal.value("account") or ""), tuple(people))


def own_words(deal: Deal) -> frozenset[str]:
    """The words of the deal's and the account's names."""
    return _known(deal.id, deal.name, str(deal.value("account") or ""), ())


def _stranger(token: Token, deal: Deal) -> bool:
    word = token.low.removesuffix("'s")
    return token.capital and word not in _ORDINARY and word not in known_words(deal)


def named_elsewhere(tokens: tuple[Token, ...], start: int, end: int, deal: Deal) -> bool:
    """Whether a stretch of a sentence names another deal, or a stranger in a customer's place."""
    if _ANOTHER.within(tokens, start, end) is not None:
        return True
    for place in range(start, min(end, len(tokens))):
        token = tokens[place]
        if token.kind is Kind.CHANNEL and place and tokens[place - 1].low in _ABOUT:
            return True
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        if _stranger(token, deal) and following is not None and following.low in _DEAL_NOUNS and place:
            return True
        if _stranger(token, deal) and place and token.low.endswith("'s") and following is not None:
            return True
        if following is None or token.low not in _ABOUT:
            continue
        name = place + 1
        if tokens[name].low in ("the", "our", "that") and name + 1 < len(tokens):
            name += 1
        if _stranger(tokens[name], deal) and (token.low in _STRONG_ABOUT or not _sequel(tokens, name)):
            return True
        if _whispered(tokens, place, name, deal):
            return True
    return False


def _sequel(tokens: tuple[Token, ...], place: int) -> bool:
    """Whether a capitalised word goes on as a title does ("at Meeting Room 4") rather than as a name."""
    return place + 1 < len(tokens) and tokens[place + 1].kind is Kind.NUMBER


def _whispered(tokens: tuple[Token, ...], place: int, name: int, deal: Deal) -> bool:
    """Whether a name in lower case follows "for": one unknown word, then the end, a mark or a deal's noun."""
    if tokens[place].low != "for" or tokens[name].kind is not Kind.WORD or tokens[name].capital:
        return False
    word = tokens[name].low.removesuffix("'s")
    if word in _PLAIN_PURPOSES or word in known_words(deal) or word in _DEAL_NOUNS:
        return False
    after = tokens[name + 1] if name + 1 < len(tokens) else None
    if name > place + 1:  # "for the contoso deal"
        return (
            after is not None
            and after.low in _DEAL_NOUNS
            and word not in _ORDINARY
            and word not in ("new", "whole")
        )
    return (
        after is None
        or after.kind is Kind.MARK
        or after.low in _DEAL_NOUNS
        or after.low in ("please", "now", "today")
    )


def titled_elsewhere(clause: Clause, deal: Deal) -> bool:
    """Whether the clause's sentence is titled with a stranger's name: "Contoso: …", "Kestrel - …"."""
    tokens = clause.tokens
    if clause.start == 0:
        return False
    for place in range(1, min(4, clause.start)):
        if tokens[place].low in (":", "-", "–", "—", "|"):
            return (
                FILLERS.at(tokens, 0) is None
                and _stranger(tokens[0], deal)
                and all(t.capital or t.low in _TOPIC_NOUNS for t in tokens[:place])
            )
    return False
