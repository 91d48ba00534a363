"""Fetching weights that do not ship: a pinned file, downloaded only where the analyst allows it. No torch.

Only the standard library is used, so that what leaves the machine can be read here: requests for one file,
with a name of this program and, after a lost connection, the number of bytes that are there already. Proxies
are those of the environment (HTTPS_PROXY).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from finxfer.errors import BadInput, Cancelled, Damaged
from finxfer.settings import text

ATTEMPTS = 4
"""Connections at most; each goes on where the one before was lost."""
RETRY_PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 30.0
PART_BYTES = 1_000_000


@dataclass(frozen=True)
class Source:
    """One file at one commit of a Hugging Face repository.

    sha256, bytes: of the file. They decide what is accepted; the address only says where to look.
    """

    repository: str
    revision: str
    file: str
    sha256: str
    bytes: int

    @classmethod
    def from_json(cls, content: Any) -> Source:
        """Raises Damaged where `content` is not what a card's `source` holds."""
        try:
            source = cls(**content)
            if len(source.sha256) != 64 or int(source.bytes) <= 0 or "/" in source.file:
                raise ValueError(str(content)[:200])
        except (TypeError, ValueError) as error:
            why = f"Where its weights come from is malformed ({error})."
            raise Damaged("A card is not readable.", why, "Install finxfer again.") from None
        return source

    @property
    def host(self) -> str:
        """Address of the server, from the setting `download_host`; raises BadInput where it is none."""
        address = text("download_host").rstrip("/")
        parts = urlsplit(address)
        if parts.scheme not in ("https", "http") or not parts.netloc:
            raise BadInput(
                "The setting FINXFER_DOWNLOAD_HOST cannot be used.",
                f"Its value is {address[:80]!r}, but must begin with https:// and name a server.",
                "Correct it, or unset it to ask https://huggingface.co.",
            )
        return address

    @property
    def url(self) -> str:
        return f"{self.host}/{self.repository}/resolve/{self.revision}/{self.file}"


def downloads_allowed() -> bool:
    """The setting `allow_downloads`."""
    return text("allow_downloads") == "yes"


def download(
    source: Source, path: Path, report: Callable[..., None], should_stop: Callable[[], bool]
) -> None:
    """Write the file to `path`, `source.bytes` long; its checksum is for the reader to check.

    report: gets a "message" with the address, then "progress" events in bytes. Raises BadInput where
    downloads are not allowed, or the server cannot be reached or refuses; Cancelled when asked to stop.
    """
    if not downloads_allowed():
        raise BadInput(
            "Nothing was downloaded.",
            "Downloads are switched off: FINXFER_ALLOW_DOWNLOADS is not 'yes'.",
            f"Set it to yes, or bring {source.file} here by another way and give it with --file.",
        )
    url = source.url
    report("message", text=f"Downloading {url} ({source.bytes / 1e6:.0f} MB)")
    with path.open("wb") as target:
        for attempt in range(ATTEMPTS):
            had = target.tell()
            try:
                for part in _parts(url, had, source.bytes):
                    if should_stop():
                        raise Cancelled("The download was stopped.", "You asked for it.", "Start it again.")
                    target.write(part)
                    report("progress", done=target.tell(), of=source.bytes)
                return
            except _Lost as lost:
                # A connection that brought nothing will not do better in a moment.
                if target.tell() == had or attempt == ATTEMPTS - 1:
                    raise _unreachable(source, str(lost)) from None
            time.sleep(RETRY_PAUSE_SECONDS)


class _Lost(Exception):
    """The server could not be reached, or the connection ended too early."""


class _SafeRedirects(HTTPRedirectHandler):
    """Follows redirects, but never from an encrypted address to another kind."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise _refused(f"It points to {newurl[:80]}, which is not encrypted.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _parts(url: str, start: int, size: int) -> Iterator[bytes]:
    """The bytes of the file from `start` to its end, `size` in all. Raises _Lost or BadInput."""
    request = Request(
        url, headers={"User-Agent": "finxfer", **({"Range": f"bytes={start}-"} if start else {})}
    )
    try:
        response: HTTPResponse = build_opener(_SafeRedirects).open(request, timeout=TIMEOUT_SECONDS)
    except HTTPError as error:
        raise _refused(f"The server answered {error.code} {error.reason} to {url}.") from None
    except (OSError, HTTPException) as error:
        raise _Lost(getattr(error, "reason", None) or error) from None
    with response:
        # A server that does not know ranges sends everything again; what is here already is passed over.
        at = start if response.status == 206 else 0
        while at < size:
            try:
                part = response.read(min(PART_BYTES, size - at))
            except (OSError, HTTPException) as error:
                raise _Lost(error) from None
            if not part:
                raise _Lost(f"the connection ended after {at:,} of {size:,} bytes")
            at += len(part)
            fresh = part[max(0, start - (at - len(part))) :]
            if fresh:
                yield fresh


def _refused(why: str) -> BadInput:
    return BadInput(
        "The weights could not be downloaded.",
        why,
        "Try again later, or bring the file here by another way and give it with --file; nothing was kept.",
    )


def _unreachable(source: Source, reason: str) -> BadInput:
    return BadInput(
        "The weights could not be downloaded.",
        f"{source.host} could not be reached or the connection was lost ({reason[:200]}).",
        f"Check the network or the proxy (HTTPS_PROXY), or bring {source.file} here by another way and give "
        "it with --file; nothing was kept.",
    )
