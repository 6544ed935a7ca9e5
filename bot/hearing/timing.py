"""Words that put a call off, hang it in doubt or say that it is past."""

from bot.hearing.phrases import phrases
from bot.hearing.tokens import Token

_DEFERRED = phrases(
    "tomorrow|next week|next month|next quarter|next year|later|eventually|someday|some day",
    "at some point|soon|one day|in a week|in two weeks|in a few weeks|in a month|on monday|on tuesday",
    "on wednesday|on thursday|on friday|down the line|in q1|in q2|in q3|in q4|next monday|next tuesday",
    "next wednesday|next thursday|next friday|in january|in february|in march|in april|in may|in june",
    "in july|in august|in september|in october|in november|in december|this summer|after monday",
    "after tuesday|after wednesday|after thursday|after friday|after the holidays|after lunch",
    "early next|in the new year|post|in future|in the future|in a few days|another time|another day",
    "the other way|after christmas|end of next|in a couple|monday|tuesday|wednesday|thursday|friday",
    "after the weekend|after new year|after tomorrow|in a bit|in a couple of weeks|in a couple of days",
    "once|after today|after easter|mid january|after q1|after thanksgiving",
)
_DEADLINE = phrases(
    "by|before|no later than|latest|ahead of",
)
PAST = phrases(
    "last week|last month|last quarter|last year|ago|back then|back in|in the past|previously",
    "earlier this year|last time|last monday|last tuesday|last wednesday|last thursday|last friday",
    "at the time|originally|the other day|last summer",
)
DOUBT = phrases(
    "maybe|perhaps|probably|i think|i guess|or so|roughly|tbc|tbd|give or take|iirc|afaik|i believe",
    "not sure|supposedly|apparently not|ish|hypothetically|right|for example|e g|as usual|every time",
    "each time|always|at best|at most|in theory",
)


def put_off(tokens: tuple[Token, ...], start: int, end: int) -> bool:
    """Whether it is for later. A deadline ("by Friday") is not."""
    for place in range(start, end):
        if _DEFERRED.at(tokens, place) is not None:
            before = max(start, place - 2)
            return _DEADLINE.within(tokens, before, place) is None
    return False
