"""``python -m bot.charts``: a drawing as JSON on standard input becomes a PNG on standard output."""

import sys

from bot.charts.drawing import Drawing
from bot.charts.painting import painted

if __name__ == "__main__":
    sys.stdout.buffer.write(painted(Drawing.model_validate_json(sys.stdin.buffer.read())))
