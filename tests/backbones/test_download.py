"""Downloading official weights: only where it is allowed, whole or not at all, and nothing else is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from finxfer.backbones import download
from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import find_card
from finxfer.backbones.download import Source
from finxfer.backbones.official import install
from finxfer.errors import BadInput, Cancelled, Damaged
from finxfer.records.home import backbones_dir
from tests.backbones.made_checkpoint import checkpoint_bytes, pin

DATA = checkpoint_bytes()


@dataclass
class Hub:
    """A server of one file: how it behaves (the first `cuts` answers end half-way), and what it was asked."""

    url: str = ""
    data: bytes = DATA
    cuts: int = 0
    ranges: bool = True
    status: int = 200
    redirect: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A server on this machine that finxfer is told to ask, with downloads allowed."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.requests.append((self.path, dict(self.headers)))
            if hub.redirect and "cdn" not in self.path:
                self.send_response(302)
                self.send_header("Location", hub.redirect)
                self.end_headers()
                return
            wanted = self.headers.get("Range")
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and hub.ranges else 0
            body = hub.data[start:]
            self.send_response(hub.status if hub.status != 200 else 206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if hub.cuts:
                hub.cuts -= 1
                body = body[: len(body) // 2]
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("FINXFER_DOWNLOAD_HOST", hub.url)
    monkeypatch.setenv("FINXFER_ALLOW_DOWNLOADS", "yes")
    monkeypatch.setattr(download, "RETRY_PAUSE_SECONDS", 0.0)
    yield hub
    server.shutdown()
    server.server_close()


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    return pin(DATA, tmp_path / "shipped", monkeypatch)


def fetch(card: Card, stop_after: int = 10**9) -> tuple[Card, list[tuple[str, dict[str, object]]]]:
    """Installs by download; returns the card and what was reported."""
    told: list[tuple[str, dict[str, object]]] = []
    made = install(card, lambda kind, **more: told.append((kind, more)), lambda: len(told) > stop_after)
    return made, told


def refused(card: Card, match: str) -> BadInput:
    with pytest.raises(BadInput, match=match) as caught:
        fetch(card)
    assert caught.value.next
    assert list(backbones_dir().iterdir()) == []
    assert not find_card(card.id).available
    return caught.value


def test_a_download_brings_the_backbone_and_sends_nothing_but_the_request(pinned: Card, hub: Hub) -> None:
    made, told = fetch(pinned)
    assert made.available and find_card("tabicl-v2").available
    source = Source.from_json(pinned.source)
    ((path, headers),) = hub.requests
    assert path == f"/jingang/TabICL/resolve/{source.revision}/{source.file}"
    assert set(headers) <= {"Host", "User-Agent", "Accept-Encoding", "Connection"}
    assert headers["User-Agent"] == "finxfer"
    assert told[0] == ("message", {"text": f"Downloading {hub.url}{path} ({len(DATA) / 1e6:.0f} MB)"})
    assert [more for kind, more in told if kind == "progress"][-1] == {"done": len(DATA), "of": len(DATA)}
    assert {path.name for path in backbones_dir().iterdir()} == {"tabicl-v2"}


@pytest.mark.parametrize("value", ["no", ""])
def test_without_leave_nothing_is_asked_for(
    value: str, pinned: Card, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINXFER_ALLOW_DOWNLOADS", value)
    error = refused(pinned, "switched off")
    assert "--file" in error.next and "FINXFER_ALLOW_DOWNLOADS" in error.why
    assert hub.requests == []


def test_a_nonsensical_leave_is_told(pinned: Card, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINXFER_ALLOW_DOWNLOADS", "perhaps")
    refused(pinned, "must be one of no, yes")
    assert hub.requests == []


@pytest.mark.parametrize(("cuts", "ranges"), [(1, True), (2, True), (1, False)])
def test_a_lost_connection_is_taken_up_where_it_ended(
    cuts: int, ranges: bool, pinned: Card, hub: Hub
) -> None:
    hub.cuts, hub.ranges = cuts, ranges
    assert fetch(pinned)[0].available
    assert len(hub.requests) == cuts + 1
    assert hub.requests[1][1]["Range"] == f"bytes={len(DATA) // 2}-"


def test_a_connection_that_is_lost_for_good_leaves_nothing(pinned: Card, hub: Hub) -> None:
    hub.cuts = 100
    assert "nothing was kept" in refused(pinned, "connection was lost").next
    assert len(hub.requests) == download.ATTEMPTS


def test_no_network_is_told_with_what_to_do(pinned: Card, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINXFER_DOWNLOAD_HOST", "http://127.0.0.1:9")
    error = refused(pinned, "could not be reached")
    assert "proxy" in error.next and "--file" in error.next


def test_wrong_bytes_are_refused(pinned: Card, hub: Hub) -> None:
    hub.data = DATA[:-1] + bytes([DATA[-1] ^ 1])
    refused(pinned, "SHA-256")


def test_a_file_that_is_too_short_is_refused(pinned: Card, hub: Hub) -> None:
    hub.data = DATA[:-10]
    refused(pinned, "connection")


def test_no_more_is_read_than_the_file_has(pinned: Card, hub: Hub) -> None:
    hub.data = DATA + b"0" * 3_000_000
    made, told = fetch(pinned)
    assert made.available
    assert all(int(str(more["done"])) <= len(DATA) for kind, more in told if kind == "progress")


def test_a_server_that_refuses_is_quoted(pinned: Card, hub: Hub) -> None:
    hub.status = 404
    refused(pinned, "404")
    assert len(hub.requests) == 1


def test_a_redirect_is_followed(pinned: Card, hub: Hub) -> None:
    hub.redirect = f"{hub.url}/cdn/file"
    assert fetch(pinned)[0].available
    assert [path for path, _ in hub.requests][-1] == "/cdn/file"


def test_a_redirect_to_an_unencrypted_address_is_refused() -> None:
    asked = download.Request("https://example.org/file")
    with pytest.raises(BadInput, match="not encrypted"):
        download._SafeRedirects().redirect_request(asked, None, 302, "", None, "http://example.org/file")  # type: ignore[arg-type]


def test_a_redirect_to_a_local_file_is_refused(pinned: Card, hub: Hub, tmp_path: Path) -> None:
    hub.redirect = f"file://{tmp_path}/cdn"
    refused(pinned, "302")


def test_a_download_that_is_stopped_leaves_nothing(pinned: Card, hub: Hub) -> None:
    with pytest.raises(Cancelled):
        fetch(pinned, stop_after=0)
    assert list(backbones_dir().iterdir()) == []


def test_what_a_killed_download_left_is_taken_away_by_the_next(pinned: Card, hub: Hub) -> None:
    part = backbones_dir() / ".tabicl-v2.part"
    part.mkdir()
    (part / "half").write_bytes(b"0" * 100)
    assert fetch(pinned)[0].available
    assert {path.name for path in backbones_dir().iterdir()} == {"tabicl-v2"}


@pytest.mark.parametrize("address", ["ftp://mirror.example", "mirror.example", "file:///tmp"])
def test_an_address_of_another_kind_is_refused(
    address: str, pinned: Card, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINXFER_DOWNLOAD_HOST", address)
    refused(pinned, "FINXFER_DOWNLOAD_HOST")


@pytest.mark.parametrize(
    "change", [{"sha256": "abc"}, {"bytes": 0}, {"file": "../x"}, {"bytes": "many"}, {"more": 1}], ids=str
)
def test_a_source_of_nonsense_is_damage(change: dict[str, object], pinned: Card) -> None:
    with pytest.raises(Damaged):
        Source.from_json({**(pinned.source or {}), **change})
