import pytest

from newsroom.lib.jobs import advance_job, begin_job, finish_job

pytestmark = pytest.mark.django_db


def test_it_counts_what_several_workers_did(editor):
    job = begin_job("import", target_id=7, total=10, user=editor)
    assert (job.state, job.target_id, job.started_by) == ("waiting", "7", editor)
    advance_job(job.pk, 4)
    advance_job(job.pk, 6)
    job.refresh_from_db()
    assert (job.state, job.done, job.started_at is not None) == ("running", 10, True)


def test_it_keeps_when_it_began():
    job = begin_job("import")
    advance_job(job.pk, 1)
    job.refresh_from_db()
    began = job.started_at
    advance_job(job.pk, 1)
    job.refresh_from_db()
    assert job.started_at == began


@pytest.mark.parametrize(("error", "state"), [("", "done"), ("The file is not a CSV.", "failed")])
def test_it_ends_and_says_how(error, state):
    job = begin_job("import", total=1)
    finish_job(job.pk, error=error)
    job.refresh_from_db()
    assert (job.state, job.error, job.finished_at is not None) == (state, error, True)


def test_what_has_ended_advances_no_more():
    job = begin_job("import", total=2)
    finish_job(job.pk)
    advance_job(job.pk, 1)
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 0)
