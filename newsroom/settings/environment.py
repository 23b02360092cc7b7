"""The environment, read once; `.env` beside manage.py is read first and what is already set wins."""

from pathlib import Path

from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)

NEWSROOM_MODE: str = env.str("NEWSROOM_MODE", "production")
IS_PRODUCTION = NEWSROOM_MODE not in ("demo", "test")
