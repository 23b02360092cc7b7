"""`run`: the whole demo on a bare machine."""

import time
from collections.abc import Mapping

from newsroom.embedded.application import prepare_application, start_application
from newsroom.embedded.datafolder import FolderLock, describe_holder, locate_folder, read_holder
from newsroom.embedded.disk import check_disk, naming_full_disk
from newsroom.embedded.environment import check_given_servers, refuse_production
from newsroom.embedded.peers import Inbox, Sandbox, let_events_go
from newsroom.embedded.ports import check_port, parse_port
from newsroom.embedded.refusal import Refusal
from newsroom.embedded.stack import publish_services, start_stack
from newsroom.embedded.stale import end_stale_processes
from newsroom.embedded.supervisor import Stopped, Supervisor
from newsroom.embedded.terminal import say, style


def run_demo(environ: Mapping[str, str]) -> int:
    """Start everything, print the addresses and sign-ins, and stay until asked to stop. Raises Refusal."""
    refuse_production(environ)
    folder = locate_folder(environ)
    port = parse_port(environ.get("PORT") or "8000")
    if read_holder(folder) is not None:
        raise Refusal(describe_holder(folder))
    check_disk(folder)
    check_given_servers(environ)
    with naming_full_disk(folder), FolderLock(folder.make(), "run", port):
        # Only now: what a killed launcher left behind may still hold the port.
        end_stale_processes(folder)
        check_port(port)
        with Supervisor(folder) as supervisor:
            try:
                _run(supervisor, environ, port)
            except Stopped:
                say("\nStopping …")
            finally:
                folder.services.unlink(missing_ok=True)
    say(f"Stopped; the data stays in {folder.path}.")
    return 0


def _run(supervisor: Supervisor, environ: Mapping[str, str], port: int) -> None:
    began = time.monotonic()
    say(f"Starting in {supervisor.folder.path} …")
    handed = start_stack(supervisor, environ, mode="demo", port=port)
    say(f"  running: {', '.join(service.title for service in supervisor.services) or 'your own servers'}")
    publish_services(supervisor.folder, handed)
    prepare_application(supervisor, handed)
    sign_ins = start_application(supervisor, handed)
    for service in supervisor.services:
        if isinstance(service, Sandbox):
            let_events_go(service.url, handed["STRIPE_SECRET_KEY"])
    _announce(supervisor, handed["SITE_URL"].rstrip("/"), time.monotonic() - began)
    say(sign_ins)
    say(f"\n  {style('Ctrl-C stops everything; the data stays.', '2')}\n")
    supervisor.watch()


def _announce(supervisor: Supervisor, site: str, seconds: float) -> None:
    lines = [("Read", f"{site}/", ""), ("Edit", f"{site}/admin/", "")]
    for service in supervisor.services:
        if isinstance(service, Inbox):
            lines.append(("Mail it sends", f"{site}/inbox/", ""))
        if isinstance(service, Sandbox):
            lines.append(("Payments", f"{service.url}/", "  (sandbox: no money moves)"))
    say(f"\n  {style('Newsroom is up', '1')} after {seconds:.0f} s\n")
    for label, address, remark in lines:
        say(f"  {label:<16}{style(address, '4')}{remark}")
    say()
