"""Django's backend with a pool that gives out no connection whose other end has gone: a restart closes them all."""

from select import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from newsroom.lib.postgres.watching import POSTGRES


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Raises OperationalError at once while the database is known to be dead."""
        if not self.pool:
            return super().get_new_connection(conn_params)
        with POSTGRES.asking(PoolTimeout):
            connection = super().get_new_connection(conn_params)
            while _was_left(connection):
                connection.close()
                self.pool.putconn(connection)  # which replaces it
                connection = super().get_new_connection(conn_params)
        return connection


def _was_left(connection: Any) -> bool:
    """An idle connection has nothing to read but its end. Cheaper than a question to the server at each request."""
    return bool(select([connection.fileno()], [], [], 0)[0])
