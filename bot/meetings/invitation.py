"""What people outside the company read: title and agenda, made of the account, the topic and the next step alone."""

from bot.deal import Deal


def title(topic: str | None, deal: Deal) -> str:
    """``Northwind Freight: security review``."""
    return f"{_account(deal)}: {topic or 'joint call'}"


def agenda(topic: str | None, deal: Deal) -> str:
    """Account, topic and next step; angle brackets go because Google takes a description as HTML."""
    lines = [f"Joint call about {_account(deal)}."]
    if topic:
        lines.append(f"Topic: {topic}")
    if next_step := deal.value("next_step"):
        lines.append(f"Next step: {' '.join(str(next_step).split())}")
    return "\n".join(lines).translate({ord("<"): "‹", ord(">"): "›"})


def _account(deal: Deal) -> str:
    return " ".join(str(deal.value("account") or deal.name).split())
