"""Ports that are chosen now and bound a moment later."""

from newsroom.embedded.datafolder import DataFolder
from newsroom.embedded.ports import QUIET_PORTS, choose_ports, pick_port


def test_it_picks_where_no_outgoing_connection_lands():
    assert {pick_port() in QUIET_PORTS for _time in range(20)} == {True}


def test_it_keeps_a_port_and_replaces_what_is_no_port(tmp_path):
    folder = DataFolder(tmp_path)
    first = choose_ports(folder, ["postgres", "valkey"])
    assert len(set(first.values())) == 2
    assert choose_ports(folder, ["postgres", "valkey"]) == first
    (tmp_path / "ports.json").write_text('{"postgres": "many", "valkey": 99999999}')
    again = choose_ports(folder, ["postgres", "valkey"])
    assert all(port in QUIET_PORTS for port in again.values())
