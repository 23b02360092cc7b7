from newsroom.lib.models.audit import AuditEntry
from newsroom.lib.models.holds import Hold
from newsroom.lib.models.jobs import Job
from newsroom.lib.models.letters import Letter
from newsroom.lib.models.outbox import Outbox
from newsroom.lib.models.site_settings import SiteSettings

__all__ = ["AuditEntry", "Hold", "Job", "Letter", "Outbox", "SiteSettings"]
