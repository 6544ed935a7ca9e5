"""The report of a summary for people who are not in Slack: a page, a document to print, and a sheet of its actions."""

from bot.papers.behind import Address
from bot.papers.document import pdf
from bot.papers.page import html
from bot.papers.sheet import csv

__all__ = ["Address", "csv", "html", "pdf"]
