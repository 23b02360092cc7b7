"""A process that SIGKILL ends right after something that lasts: a commit, a write of its own, an answer of Stripe's.
Between two of these nothing remains of what it did, so that to die after each is to die between any two statements."""

import os
import signal
from itertools import count

import stripe
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from members.patronage import client

WRITES = ("INSERT", "UPDATE", "DELETE")


def in_a_process(job):
    """Runs `job` in a process of its own and answers the signal that ended it, 0 where it came to its end."""
    connections.close_all()  # neither process may use the other's
    client._make_client.cache_clear()
    child = os.fork()
    if not child:
        try:
            job()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def dies_after(moment, job):
    """Whether `job` was ended right after its `moment`-th lasting act, from 1; False where it had fewer."""
    return in_a_process(lambda: _die_after(moment, job)) == signal.SIGKILL


def _die_after(moment, job):
    """In the child alone, which takes what is patched here with it."""
    acts = count(1)

    def note():
        if next(acts) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def followed(act):
        def act_and_note(self, *args, **kwargs):
            answer = act(self, *args, **kwargs)
            note()
            return answer

        return act_and_note

    def write_and_note(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if not connection.in_atomic_block and sql.lstrip().upper().startswith(WRITES):
            note()
        return answer

    BaseDatabaseWrapper._commit = followed(BaseDatabaseWrapper._commit)
    stripe.RequestsClient.request = followed(stripe.RequestsClient.request)
    with connection.execute_wrapper(write_and_note):
        job()
