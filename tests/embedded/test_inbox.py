"""The Maildir behind /inbox/."""

import mailbox

from newsroom.embedded import inbox


def test_it_keeps_the_newest_letters(tmp_path, monkeypatch):
    monkeypatch.setattr(inbox, "KEPT", 3)
    maildir = inbox.Maildir(tmp_path)
    for number in range(5):
        maildir.deliver(f"Subject: {number}\n\n".encode())
    assert sorted(letter["Subject"] for letter in mailbox.Maildir(tmp_path)) == ["2", "3", "4"]


def test_it_counts_the_letters_of_the_last_start(tmp_path, monkeypatch):
    monkeypatch.setattr(inbox, "KEPT", 2)
    first = inbox.Maildir(tmp_path).deliver(b"Subject: old\n\n")
    (tmp_path / "new" / first).rename(tmp_path / "cur" / f"{first}:2,S")
    later = inbox.Maildir(tmp_path)
    for _ in range(2):
        later.deliver(b"Subject: new\n\n")
    assert [letter["Subject"] for letter in mailbox.Maildir(tmp_path)] == ["new", "new"]


def test_it_leaves_nothing_half_written(tmp_path):
    inbox.Maildir(tmp_path).deliver(b"Subject: x\n\n")
    assert list((tmp_path / "tmp").iterdir()) == []
