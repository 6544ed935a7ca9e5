"""``cosell setup``: what is asked, which answers can be taken, and how the files are written."""

from bot.setting_up.asking import Asker, Interview
from bot.setting_up.env_file import EnvFile
from bot.setting_up.people import Introducing
from bot.setting_up.whole import write_whole

__all__ = ["Asker", "EnvFile", "Interview", "Introducing", "write_whole"]
