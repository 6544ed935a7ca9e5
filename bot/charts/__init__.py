"""The chart of a summary: how long actions took, as a picture and in words. Drawn in a process of its own."""

from bot.charts.chart import Chart, chart

__all__ = ["Chart", "chart"]
