"""The chart's colours: told apart by everybody, and read on the panel that the chart brings with it.

Blue and vermilion are of Okabe and Ito's palette ("Color Universal Design", 2008); the marks differ in form as well.
"""

PANEL = "#FAFAF8"
BORDER = "#868B93"  # bounds the panel in Slack's light and in its dark theme
INK = "#1D1C1D"
QUIET = "#55565A"
GRID = "#DEDEDA"
NOW = "#0067A3"
BEFORE = "#C25000"
REACH = "#6F757D"  # from the median to the 90th percentile
