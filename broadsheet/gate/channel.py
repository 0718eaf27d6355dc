"""What Django tells on other hosts, by Redis, as soon as it is told.

A gate listens in a thread of its own. Whenever it begins to listen, and whenever the number of a
message shows that one was missed, it forgets every page and asks for the snapshot: what was told
meanwhile cannot be known. While Redis is away it serves what it holds, as long as pages are kept,
and tries again twice a second.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable

from broadsheet.counters.resp import (
    MOST_BYTES,
    Address,
    Answer,
    Broken,
    Connection,
    Refused,
    pack,
    read_address,
    read_answer,
)
from broadsheet.protocol import feed
from broadsheet.protocol.licences import Licences, UnreadableLicences
from broadsheet.protocol.rendition import ALL, Unreadable
from broadsheet.protocol.snapshot import Snapshot, UnreadableSnapshot

log = logging.getLogger(__name__)
AGAIN_SECONDS = 0.5
ASK_SECONDS = 5.0
"""After so much silence Redis is asked whether it is there."""
SILENT_SECONDS = 10.0
"""After so much silence it is not."""


class Subscription(Connection):
    """A connection on which Redis speaks unasked."""

    __slots__ = ("_held",)

    def __init__(self, address: Address) -> None:
        """Connect and subscribe. Raises ``Broken`` or ``Refused``."""
        super().__init__(address)
        self._held = b""
        self.say(pack("SUBSCRIBE", feed.name_channel(address.database)))

    def say(self, command: bytes) -> None:
        """Send a command whose answer ``hear`` will bring. Raises ``Broken``."""
        try:
            self._socket.sendall(command)
        except OSError as error:
            raise Broken(str(error)) from None

    def hear(self) -> Answer:
        """What Redis says next; ``None`` when it is silent for a moment.

        Raises ``Broken`` or ``Refused``.
        """
        while True:
            try:
                answer, end = read_answer(self._held, 0)
            except IndexError:
                pass
            except ValueError:
                raise Broken("what answers is no Redis") from None
            else:
                self._held = self._held[end:]
                return answer
            try:
                data = self._socket.recv(MOST_BYTES)
            except (BlockingIOError, TimeoutError, ssl.SSLWantReadError):
                return None
            except OSError as error:
                raise Broken(str(error)) from None
            if not data:
                raise Broken("closed by Redis")
            self._held += data


class Channel:
    """Follows the channel at ``url``; tells keys and snapshots as ``snapshot.Feed`` does.

    Raises ``WrongAddress``.
    """

    def __init__(
        self,
        url: str,
        *,
        on_purge: Callable[[list[str]], None],
        on_snapshot: Callable[[Snapshot], None],
        on_licences: Callable[[Licences], None] = lambda _told: None,
    ) -> None:
        self._address = read_address(url)
        self._on_purge = on_purge
        self._on_snapshot = on_snapshot
        self._on_licences = on_licences
        self._last: int | None = None
        self._trouble = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gate-channel", daemon=True)

    def start(self) -> None:
        """Listen until ``stop``."""
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (Broken, Refused) as trouble:
                self._tell_of_trouble(str(trouble))
            except Exception:
                log.exception("a change told by Redis could not be followed; beginning anew")
            self._stop.wait(AGAIN_SECONDS)

    def _listen(self) -> None:
        subscription = Subscription(self._address)
        try:
            heard_at = asked_at = time.monotonic()
            while not self._stop.is_set():
                said = subscription.hear()
                now = time.monotonic()
                if said is not None:
                    heard_at = now
                    self._take(said)
                elif now - heard_at > SILENT_SECONDS:
                    raise Broken(f"silent for {SILENT_SECONDS:.0f} s")
                elif now - max(heard_at, asked_at) > ASK_SECONDS:
                    asked_at = now
                    subscription.say(pack("PING"))
        finally:
            subscription.close()

    def _take(self, said: Answer) -> None:
        if not isinstance(said, list):
            raise Broken(f"{said!r} is no message")
        if said[0] == b"subscribe":
            self._last = None
            self._begin_anew()
            self._tell_of_trouble("")
        elif said[0] == b"message":
            self._take_message(said[2])

    def _take_message(self, message: bytes) -> None:
        try:
            count, keys = feed.read_message(message)
        except Unreadable as error:
            log.error("%s; all pages are forgotten", error)  # noqa: TRY400
            self._last = None
            self._begin_anew()
            return
        missed = self._last is not None and count != self._last + 1
        self._last = count
        if missed:
            log.warning("a change told by Redis was missed; all pages are forgotten")
            self._begin_anew()
        elif keys is None:
            self._fetch_documents()
        else:
            self._on_purge(list(keys))

    def _begin_anew(self) -> None:
        self._fetch_documents()
        self._on_purge([ALL])

    def _fetch_documents(self) -> None:
        connection = Connection(self._address)
        try:
            snapshot = connection.ask(pack("GET", feed.SNAPSHOT))
            licences = connection.ask(pack("GET", feed.LICENCES))
        finally:
            connection.close()
        if isinstance(snapshot, bytes):
            self._take_snapshot(snapshot)
        if isinstance(licences, bytes):
            self._take_licences(licences)

    def _take_snapshot(self, text: bytes) -> None:
        try:
            snapshot = Snapshot.decode(text.decode())
        except (UnreadableSnapshot, UnicodeDecodeError) as error:
            log.error("the snapshot in Redis cannot be read, the last one stands: %s", error)  # noqa: TRY400
        else:
            self._on_snapshot(snapshot)

    def _take_licences(self, text: bytes) -> None:
        try:
            told = Licences.decode(text.decode())
        except (UnreadableLicences, UnicodeDecodeError) as error:
            log.error("the licences in Redis cannot be read, the last ones stand: %s", error)  # noqa: TRY400
        else:
            self._on_licences(told)

    def _tell_of_trouble(self, trouble: str) -> None:
        if trouble and not self._trouble:
            log.error("changes on other hosts cannot be heard: %s", trouble)
        elif self._trouble and not trouble:
            log.warning("changes on other hosts are heard again")
        self._trouble = trouble
