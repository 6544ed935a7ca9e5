"""Closed lists that AWS checks but its service model does not hold, and conversions that add nothing of their own."""

import re
from decimal import Decimal, InvalidOperation

from bot.deal import Json

USE_CASES = (
    "AI Machine Learning and Analytics",
    "Archiving",
    "Big Data: Data Warehouse / Data Integration / ETL / Data Lake / BI",
    "Blockchain",
    "Business Applications: Mainframe Modernization",
    "Business Applications & Contact Center",
    "Business Applications & SAP Production",
    "Centralized Operations Management",
    "Cloud Management Tools",
    "Cloud Management Tools & DevOps with Continuous Integration & Continuous Delivery (CICD)",
    "Configuration, Compliance & Auditing",
    "Connected Services",
    "Containers & Serverless",
    "Content Delivery & Edge Services",
    "Database",
    "Edge Computing / End User Computing",
    "Energy",
    "Enterprise Governance & Controls",
    "Enterprise Resource Planning",
    "Financial Services",
    "Healthcare and Life Sciences",
    "High Performance Computing",
    "Hybrid Application Platform",
    "Industrial Software",
    "IOT",
    "Manufacturing, Supply Chain and Operations",
    "Media & High performance computing (HPC)",
    "Migration / Database Migration",
    "Monitoring, logging and performance",
    "Monitoring & Observability",
    "Networking",
    "Outpost",
    "SAP",
    "Security & Compliance",
    "Storage & Backup",
    "Training",
    "VMC",
    "VMWare",
    "Web development & DevOps",
)
"""Project.CustomerUseCase, as the server spells it (ACE data model workbook)."""


def text(value: Json) -> str | None:
    """The value as text without blanks around it; None when nothing is left."""
    return (str(value).strip() or None) if value is not None else None


def amount(value: Json) -> str | None:
    """An amount as AWS takes it: a string of digits with two decimals; None for what is no amount."""
    if value is None or isinstance(value, bool):
        return None
    try:
        return format(Decimal(str(value)).quantize(Decimal("0.01")), "f")
    except InvalidOperation:
        return None


def duns(value: Json) -> str | None:
    """A D-U-N-S number without the blanks and hyphens it is printed with."""
    written = text(value)
    return re.sub(r"[\s-]", "", written) if written else None


def email(value: Json) -> str | None:
    """An e-mail address in lower case, the only form AWS takes."""
    written = text(value)
    return written.lower() if written else None


def e164(value: Json) -> str | None:
    """A phone number in E.164, where it names its country; None where the country would have to be guessed."""
    written = (text(value) or "").replace("(0)", "")
    bare = re.sub(r"[\s().\-/\u00a0\u2010-\u2013]", "", written)
    return bare if re.fullmatch(r"\+[1-9]\d{1,14}", bare, re.ASCII) else None
