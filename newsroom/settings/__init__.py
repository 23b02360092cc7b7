"""Settings: deployment facts come from the environment, editorial facts from SiteSettings (see docs/structure.md)."""

from newsroom.settings.accounts import *  # noqa: F403
from newsroom.settings.base import *  # noqa: F403
from newsroom.settings.delivery import *  # noqa: F403
from newsroom.settings.desk import *  # noqa: F403
from newsroom.settings.headers import *  # noqa: F403
from newsroom.settings.logs import *  # noqa: F403
