"""Progress that a person can watch."""

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from newsroom.lib.models import Job


def begin_job(kind: str, *, target_id: int | str = "", total: int = 0, user: AbstractBaseUser | None = None) -> Job:
    return Job.objects.create(kind=kind, target_id=str(target_id), total=total, started_by=user)


def advance_job(job_id: int, done: int) -> None:
    """Adds `done` to the count; may be called by several workers at once."""
    Job.objects.filter(pk=job_id, state__in=(Job.State.WAITING, Job.State.RUNNING)).update(
        done=F("done") + done, state=Job.State.RUNNING, started_at=Coalesce(F("started_at"), Now())
    )


def finish_job(job_id: int, *, error: str = "") -> None:
    state = Job.State.FAILED if error else Job.State.DONE
    Job.objects.filter(pk=job_id).update(state=state, error=error, finished_at=timezone.now())
