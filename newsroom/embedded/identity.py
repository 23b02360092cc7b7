"""Which process a number stood for: told without the wall clock, which may be set between two starts."""

from pathlib import Path

import psutil

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def seconds_since_boot(process: psutil.Process) -> float:
    """When it was started. The kernel counts from the boot; psutil adds the boot's time, which moves with the clock."""
    return process.create_time() - psutil.boot_time()


def name_boot() -> str:
    """The same until the machine starts anew; where the kernel keeps no name for it, its time must do."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return f"{psutil.boot_time():.0f}"
