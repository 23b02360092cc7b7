"""The oldest servers that we run on; the launcher, which never imports Django, asks as the system checks do."""

OLDEST_POSTGRES = 15
OLDEST_REDIS = 7  # Valkey says which Redis it stands for


def is_postgres_too_old(version: int) -> bool:
    """`version` as libpq has it: 150004 is 15.4."""
    return version // 10000 < OLDEST_POSTGRES


def is_redis_too_old(version: str) -> bool:
    """Who does not tell, as with some providers, is taken at their word."""
    major = version.partition(".")[0]
    return major.isdigit() and int(major) < OLDEST_REDIS
