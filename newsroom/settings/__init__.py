"""Settings: deployment facts come from the environment, editorial facts from SiteSettings (see docs/structure.md)."""

from newsroom.settings.accounts import *
from newsroom.settings.base import *
from newsroom.settings.delivery import *
from newsroom.settings.desk import *
from newsroom.settings.headers import *
from newsroom.settings.logs import *
