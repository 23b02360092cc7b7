"""Passwords and keys of the demo, made at random once and kept in the data folder."""

import json
import secrets
from dataclasses import asdict, dataclass, field, fields

from newsroom.embedded.datafolder import DataFolder, write_private
from newsroom.embedded.refusal import Refusal


@dataclass(frozen=True)
class Keys:
    database_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    redis_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    stripe_secret_key: str = field(default_factory=lambda: f"sk_test_sandbox_{secrets.token_hex(12)}")
    stripe_webhook_secret: str = field(default_factory=lambda: f"whsec_{secrets.token_hex(16)}")


def load_keys(folder: DataFolder) -> Keys:
    """Read the keys, making those that are missing. Raises Refusal when the file is damaged."""
    path = folder.path / "keys.json"
    known = {each.name for each in fields(Keys)}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        keys = Keys(**{name: str(value) for name, value in kept.items() if name in known})
    except FileNotFoundError:
        kept, keys = None, Keys()
    except (OSError, ValueError, AttributeError) as error:
        raise Refusal(f"{path} is damaged: delete it, and new keys are made at the next start.") from error
    if kept != asdict(keys):
        write_private(path, json.dumps(asdict(keys), indent=2))
    return keys
