"""Figures and words of records as the sentences of rules say them."""


def money(amount: float | None) -> str:
    """An amount with its thousands set apart; a record without one has none."""
    if amount is None:
        return "no amount"
    return f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.2f}"


def days(number: int) -> str:
    """So many days."""
    return "1 day" if number == 1 else f"{number:,} days"


def quoted(text: str, most: int = 120) -> str:
    """What a record says, in quotation marks and on one line."""
    said = " ".join(text.split())
    return f"“{said if len(said) <= most else said[: most - 1].rstrip() + '…'}”" if said else "nothing"
