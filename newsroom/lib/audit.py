"""Writing the audit trail."""

from typing import Any

import structlog
from django.db import models

from newsroom.lib.models import AuditEntry

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
    system ("stripe", "clock", "command"). `details` must hold no address and no secret."""
    context = structlog.contextvars.get_contextvars()
    return AuditEntry.objects.create(
        actor=actor if actor is not None and actor.pk else None,
        actor_label=str(actor)[:80] if actor is not None else actor_label,
        action=action,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        target_label=str(target)[:200] if target is not None else "",
        details=details,
        request_id=str(context.get("request_id", ""))[:60],
    )
