"""The house's tasks: they claim, call a verb, record."""

from celery import shared_task

from newsroom.lib import health, letters


@shared_task
def send_letter(letter_id: int) -> None:
    """Safe to run twice: `letters.send` claims by a conditional update."""
    letters.send(letter_id)


@shared_task
def send_urgent_letter(letter_id: int) -> None:
    """As `send_letter`, on the queue that nothing slow stands in."""
    letters.send(letter_id)


@shared_task
def sweep_letters() -> None:
    """Finds what a lost wake-up left queued. Safe to run twice: each letter is claimed before it is sent."""
    letters.recover_letters()
    for letter in letters.due_letters():
        (send_urgent_letter if letter.is_urgent else send_letter).delay(letter.pk)


@shared_task(ignore_result=True)
def beat_heartbeat(part: str = "worker") -> None:
    """Sent by the clock, recorded by the worker that it is sent to: one key says that both live. Safe to run twice."""
    health.record_heartbeat(part)
