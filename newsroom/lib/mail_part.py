"""The mail server as a part that may be dead: a silent one costs a worker ten seconds, and letters stand in the queue
that codes and Stripe's events share. So one letter finds out, and the others wait in the database."""

from newsroom.lib.resting import Part

MAIL = Part(ConnectionError, seconds=15)
