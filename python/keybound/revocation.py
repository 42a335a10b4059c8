"""Keeps a `RevocationFeed` fresh from the issuer's service, by polling or by its event stream.

    feed = RevocationFeed("https://issuer.example", list_key)
    verifier = Verifier(Trust(anchors, audience, revocation=feed))
    with RevocationClient("https://issuer.example/revocations", feed):
        ...

Address and key are configuration, never learned from a token. Nothing is believed because of where it came from: the feed
checks signature, number and time of every list, and when none arrives any more, calls are refused (`revocation.stale`).
"""

from __future__ import annotations

import asyncio
import binascii
import http.client
import random
import socket
import ssl
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from urllib.parse import urlsplit

from keybound import Refusal, RevocationFeed

__all__ = ["RevocationClient"]

MEDIA_TYPE = "application/keybound-revocations+cose"

_WHOLE_LIST_NEEDED = ("revocation.gap", "revocation.wrong_result")
"""What a refused delta says when only a whole list helps."""

_FIRST_DELAY = 0.5
"""Seconds before the first try after a failure; doubled each time, up to twice the interval: lists live for six of the default
intervals, so a service that comes back is heard before they end."""

_SILENCE = 3
"""Intervals without a byte after which a stream counts as broken. The service speaks once per interval."""


class RevocationClient:
    """Fetches lists in a daemon thread. `with` starts and closes it; so do `start` and `close`."""

    def __init__(
        self,
        url: str,
        feed: RevocationFeed,
        *,
        interval: float = 5.0,
        stream: bool = False,
        timeout: float = 5.0,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        """`url` serves the whole list, changes to it at `?since=` and events at `/stream`.

        `interval` is how often to ask, in seconds; with `stream=True` it is asked when the stream breaks. `timeout` bounds
        each request. `clock` is what lists are held against. `on_error` hears of each failure, in the client's
        thread; without it failures are silent here, and loud where calls are refused.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("url must be http(s)://host/path without query and fragment")
        if not (interval > 0 and timeout > 0):
            raise ValueError("interval and timeout must be positive")
        self._parts = parts
        self._feed = feed
        self._interval = interval
        self._stream = stream
        self._timeout = timeout
        self._ssl_context = ssl_context
        self._clock = clock
        self._on_error = on_error
        self._stop = threading.Event()
        self._first = threading.Event()
        self._thread: threading.Thread | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def start(self) -> RevocationClient:
        """Starts fetching, at once. Until the first list is there every call is refused; `wait` waits for it."""
        with self._lock:
            if self._stop.is_set():
                raise RuntimeError("a closed client does not start again")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="keybound-revocation", daemon=True)
                self._thread.start()
        return self

    def close(self) -> None:
        """Stops fetching and waits for the thread to end. What the feed holds goes on to count until it is too old."""
        self._stop.set()
        with self._lock:
            for connection in self._open:
                _interrupt(connection)
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def wait(self, timeout: float | None = None) -> bool:
        """Whether a list has been taken over by then."""
        return self._first.wait(timeout)

    def fetch(self) -> None:
        """Asks once, in this thread.

        Raises the feed's `Refusal` for what it does not believe, and `OSError` or `http.client.HTTPException` when the service
        cannot be reached. The list that was there before stays.
        """
        since = self._feed.seq
        try:
            self._apply(self._get("" if since is None else f"?since={since}"))
        except Refusal as refusal:
            if self._feed.seq != since:
                return  # the stream, or another thread, was quicker
            if since is None or refusal.code not in _WHOLE_LIST_NEEDED:
                raise
            self._apply(self._get(""))

    async def refresh(self) -> None:
        """`fetch`, without holding up the event loop."""
        await asyncio.to_thread(self.fetch)

    def __enter__(self) -> RevocationClient:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                self.fetch()
                failures = 0
                if self._stream:
                    self._follow()
                delay = self._interval * random.uniform(0.8, 1.0)
            except Exception as error:  # whatever it is, the next try may succeed, and no list means no permit
                if self._stop.is_set():
                    return
                failures += 1
                delay = _delay(failures, self._interval)
                if self._on_error is not None:
                    # Whoever listens must not end what keeps the list fresh.
                    with suppress(Exception):
                        self._on_error(error)
            self._stop.wait(delay)

    def _apply(self, update: bytes) -> None:
        self._feed.apply(update, int(self._clock()))
        self._first.set()

    def _get(self, query: str) -> bytes:
        with self._request(query, self._timeout, MEDIA_TYPE) as response:
            # One byte more than may be believed: the feed refuses it by its size.
            body = response.read(self._feed.max_bytes + 1)
        return body

    def _follow(self) -> None:
        """Takes over what the stream brings until it ends."""
        query = f"/stream?since={self._feed.seq}"
        with self._request(query, max(self._timeout, _SILENCE * self._interval), "text/event-stream") as response:
            for update in _events(response, self._feed.max_bytes):
                try:
                    self._apply(update)
                except Refusal as refusal:
                    if refusal.code not in _WHOLE_LIST_NEEDED:
                        raise
                    self._apply(self._get(""))
        raise http.client.HTTPException("the stream ended")

    @contextmanager
    def _request(self, query: str, timeout: float, accept: str) -> Iterator[http.client.HTTPResponse]:
        connection = self._connection(timeout)
        try:
            connection.connect()
            # The response takes the socket over, so it is kept here: `close` must be able to wake whoever reads.
            plain: socket.socket = connection.sock
            with self._lock:
                self._open.add(plain)
            try:
                if self._stop.is_set():
                    raise http.client.HTTPException("the client is closed")
                connection.request("GET", (self._parts.path or "/") + query, headers={"Accept": accept})
                with connection.getresponse() as response:
                    # A redirect is refused, too: the address is configuration.
                    if response.status != 200:
                        raise http.client.HTTPException(f"the service answered {response.status}")
                    yield response
            finally:
                with self._lock:
                    self._open.discard(plain)
        finally:
            connection.close()

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout)
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=self._ssl_context)


def _delay(failures: int, interval: float) -> float:
    """Seconds before the next try: not all verifiers at once, and never so late that lists would end."""
    longest = min(_FIRST_DELAY * 2.0 ** min(failures - 1, 16), 2 * interval)
    return longest * random.uniform(0.5, 1.0)


def _interrupt(connection: socket.socket) -> None:
    with suppress(OSError):  # it was closed already
        connection.shutdown(socket.SHUT_RDWR)


def _events(response: http.client.HTTPResponse, max_bytes: int) -> Iterator[bytes]:
    """The lists and deltas in a stream of server-sent events."""
    longest = max_bytes * 4 // 3 + 64
    event, data = "", ""
    while line := response.readline(longest + 1):
        if len(line) > longest or len(data) > longest:
            raise http.client.HTTPException("an event is too large")
        name, _, value = line.decode("ascii", "replace").rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event = value
        elif name == "data":
            data += value
        elif name == "" and not value and not line.startswith(b":"):
            if event == "revocations" and data:
                yield _decoded(data)
            event, data = "", ""


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise http.client.HTTPException("an event is not base64url") from error
