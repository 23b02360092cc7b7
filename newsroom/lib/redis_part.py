"""Redis as a part that may be dead: each call of the cache, the page store and the limits waits a second at most, and
a dead Redis is asked once in three seconds, whoever wants it. One that answers slowly counts as dead when a thread has
waited for 0.8 s."""

from collections.abc import Callable
from typing import Any, TypeVar

from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import TimeoutError as RedisSilent
from redis.retry import Retry

from newsroom.lib.resting import Part

T = TypeVar("T")
DEATHS = (RedisGone, RedisSilent, OSError)
REDIS = Part(RedisGone, patience=0.8)


class AskOnce(Retry):
    """redis-py sends every command, connecting included, through its retry policy: this one tries once and remembers
    how it went."""

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 0)

    def call_with_retry(self, do: Callable[[], T], *given: Any, **named: Any) -> T:
        with REDIS.asking(*DEATHS):
            return super().call_with_retry(do, *given, **named)
