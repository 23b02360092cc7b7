"""Writing the audit trail."""

from typing import Any

import structlog
from celery import current_task
from django.db import models

from newsroom.lib.models import AuditEntry

TASK = "task:"

MISSING_ACTOR_LABEL = "system"


def record(
    action: str,
    *,
    actor: Any = None,  # a Member or None; members stands above this room
    actor_label: str = MISSING_ACTOR_LABEL,
    target: models.Model | None = None,
    **details: Any,
) -> AuditEntry:
    """Writes one entry in the caller's transaction. `actor` is the person; else `actor_label` says which part of the
    system ("stripe", "clock", "command"). `details` must hold no address and no secret. What led to it is the request,
    or what is bound in its place (an event, a repair); else the task."""
    cause = structlog.contextvars.get_contextvars().get("request_id") or _task()
    return AuditEntry.objects.create(
        actor=actor if actor is not None and actor.pk else None,
        actor_label=str(actor)[:80] if actor is not None else actor_label,
        action=action,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        target_label=str(target)[:200] if target is not None else "",
        details=details,
        request_id=str(cause)[:60],
    )


def _task() -> str:
    """The task that runs, such as `task:sweep_checkouts`; empty outside of one."""
    name = getattr(current_task, "name", None) if current_task else None
    return f"{TASK}{name.rpartition('.')[2]}" if name else ""
