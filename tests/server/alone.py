"""Being the database's only guest, as a restore demands."""

from django.db import connection

from newsroom.site.backups.database import count_others
from tests.server.front import wait_until

_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND backend_type = 'client backend'
"""


def be_alone():
    """Ends the connections that threads and servers of earlier tests have left open."""
    with connection.cursor() as cursor:
        cursor.execute(_END_OTHERS)
    wait_until(lambda: count_others() == 0)
