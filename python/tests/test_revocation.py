"""Feeds, and the client that keeps them fresh, against a real service on the loopback."""

from __future__ import annotations

import asyncio
import copy
import http.client
import pickle
import threading
import time
from collections.abc import Callable

import pytest
import scene
from keybound import Malformed, PublicKey, Refusal, RevocationFeed, SigningKey, Trust, Untrusted
from keybound.revocation import RevocationClient
from list_service import DELTA, END, NOW, WHOLE, ListService, decide, feed, listed

PATIENCE = 5.0


def client(service: ListService, revocation: RevocationFeed, **options: object) -> RevocationClient:
    """Asks often, at the time of the lists."""
    settings: dict[str, object] = {"interval": 0.02, "clock": lambda: NOW, **options}
    return RevocationClient(service.url, revocation, **settings)  # type: ignore[arg-type]


def soon(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    return holds()


def test_a_feed_says_what_it_has() -> None:
    revocation = feed()
    assert (revocation.seq, revocation.expires, revocation.next_update, revocation.entries) == (None,) * 4
    assert decide(revocation) == "revocation.stale"
    revocation.apply(WHOLE, NOW)
    assert (revocation.seq, revocation.expires, revocation.next_update) == (7, END, END - 20)
    assert (revocation.entries, revocation.issuer, revocation.max_bytes) == (8, scene.ISSUER, 24 << 20)
    assert (decide(revocation), decide(revocation, END), decide(revocation, END + 1)) == ("ok", "ok", "revocation.stale")
    revocation.apply(DELTA, NOW)
    assert (revocation.seq, decide(revocation)) == (8, "revocation.revoked")


def test_what_is_refused_changes_nothing() -> None:
    revocation = feed()
    revocation.apply(WHOLE, NOW)
    for update, kind, code in [
        (b"", Malformed, "bytes.truncated"),
        (listed("older_list"), Untrusted, "revocation.rollback"),
        (listed("list_wrong_key"), Untrusted, "revocation.bad_signature"),
        (listed("delta_after_a_gap"), Untrusted, "revocation.gap"),
    ]:
        with pytest.raises(kind) as refused:
            revocation.apply(update, NOW)
        assert (refused.value.code, revocation.seq) == (code, 7)
    with pytest.raises(Untrusted, match="too old"):
        revocation.apply(WHOLE)  # the host's clock is years after the list


def test_wrong_types_are_type_errors() -> None:
    key = scene.issuer.public_key
    for build in (
        lambda: RevocationFeed(1, key),  # type: ignore[arg-type]
        lambda: RevocationFeed("i", scene.issuer),  # type: ignore[arg-type]
        lambda: RevocationFeed("i", key, limits=None),  # type: ignore[arg-type]
        lambda: feed().apply("text"),  # type: ignore[arg-type]
        lambda: scene.trust(revocation=None),
        lambda: scene.trust(revocation=[]),
        lambda: scene.trust(revocation=[key]),
        lambda: pickle.dumps(feed()),
        lambda: copy.deepcopy(feed()),
    ):
        with pytest.raises(TypeError):
            build()
    with pytest.raises(ValueError, match="key must be at least one key"):
        RevocationFeed("i", [])
    with pytest.raises(ValueError, match="limits.revocation_size does not exist"):
        RevocationFeed("i", key, limits={"revocation_size": 1})
    assert isinstance(scene.trust(revocation=[feed(), RevocationFeed("https://other.example", [key, key])]), Trust)
    assert repr(feed()) == "<keybound.RevocationFeed>"


def test_a_client_is_told_where_and_how() -> None:
    for url in ("file:///etc/passwd", "lists", "http://", "https://a.example/?x", "https://a.example/#x"):
        with pytest.raises(ValueError, match="url must be"):
            RevocationClient(url, feed())
    for options in ({"interval": 0}, {"timeout": -1}):
        with pytest.raises(ValueError, match="must be positive"):
            RevocationClient("https://a.example", feed(), **options)  # type: ignore[arg-type]


def test_nothing_is_permitted_before_the_first_list_and_a_poll_brings_what_is_revoked() -> None:
    with ListService() as service:
        revocation = feed()
        service.answers[""] = (503, b"")
        with client(service, revocation) as polling:
            assert not polling.wait(0.1)
            assert decide(revocation) == "revocation.stale"
            service.answers[""] = (200, WHOLE)
            assert polling.wait(PATIENCE)
            assert decide(revocation) == "ok"
            service.answers["7"] = (200, DELTA)
            assert soon(lambda: decide(revocation) == "revocation.revoked")
        assert {"/lists", "/lists?since=7"} <= set(service.asked)


def test_a_stream_brings_what_is_revoked_without_another_question() -> None:
    with ListService() as service:
        revocation = feed()
        with client(service, revocation, stream=True, interval=60, timeout=60) as following:
            assert following.wait(PATIENCE) and soon(lambda: len(service.asked) == 2)
            assert decide(revocation) == "ok"
            service.events.put(DELTA)
            assert soon(lambda: decide(revocation) == "revocation.revoked")
        assert service.asked == ["/lists", "/lists/stream?since=7"]


def test_a_gap_in_the_stream_fetches_the_whole_list() -> None:
    with ListService() as service:
        revocation = feed()
        with client(service, revocation, stream=True, interval=60, timeout=60) as following:
            assert following.wait(PATIENCE) and soon(lambda: len(service.asked) == 2)
            service.answers[""] = (200, listed("newer_list_control"))
            service.events.put(listed("delta_after_a_gap"))
            assert soon(lambda: revocation.seq == 8)
        assert service.asked == ["/lists", "/lists/stream?since=7", "/lists"]


def test_a_stream_that_breaks_is_taken_up_again() -> None:
    with ListService() as service:
        revocation = feed()
        with client(service, revocation, stream=True) as following:
            assert following.wait(PATIENCE)
            for _ in range(2):
                service.events.put(None)
            assert soon(lambda: service.asked.count("/lists/stream?since=7") >= 3)
            service.events.put(DELTA)
            assert soon(lambda: decide(revocation) == "revocation.revoked")


def test_a_gap_in_the_answer_fetches_the_whole_list() -> None:
    with ListService() as service:
        revocation = feed()
        revocation.apply(WHOLE, NOW)
        service.answers = {"7": (200, listed("delta_after_a_gap")), "": (200, listed("newer_list_control"))}
        client(service, revocation).fetch()
        assert (revocation.seq, service.asked) == (8, ["/lists?since=7", "/lists"])


def test_when_the_service_stops_calls_are_refused() -> None:
    with ListService() as service:
        revocation, clock = feed(), [NOW]
        failures: list[Exception] = []
        with client(service, revocation, clock=lambda: clock[0], on_error=failures.append) as polling:
            assert polling.wait(PATIENCE) and decide(revocation, clock[0]) == "ok"
            service.stop()
            assert soon(lambda: len(failures) > 1)
            clock[0] = END
            assert decide(revocation, clock[0]) == "ok"
            clock[0] += 1
            assert decide(revocation, clock[0]) == "revocation.stale"
            assert all(isinstance(failure, OSError) for failure in failures)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((200, listed("older_list")), "revocation.rollback"),
        ((200, listed("list_wrong_key")), "revocation.bad_signature"),
        ((200, listed("same_number_less")), "revocation.conflict"),
        ((200, b"<!doctype html>"), "envelope.wrong_tag"),
        ((200, b""), "bytes.truncated"),
        ((200, b"\xd2" * 4001), "bytes.too_large"),
        ((404, WHOLE), "the service answered 404"),
        ((302, b""), "the service answered 302"),
    ],
)
def test_what_is_no_newer_list_is_ignored_and_heard_of(answer: tuple[int, bytes], kind: str) -> None:
    with ListService() as service:
        revocation = feed(limits={"revocation_bytes": 4000})
        asking = client(service, revocation)
        asking.fetch()
        service.answers["7"] = answer
        with pytest.raises((Refusal, http.client.HTTPException)) as failed:
            asking.fetch()
        assert kind in (getattr(failed.value, "code", None), str(failed.value))
        assert (revocation.seq, decide(revocation)) == (7, "ok")
        service.answers["7"] = (200, DELTA)
        asking.fetch()
        assert decide(revocation) == "revocation.revoked"


def test_a_listener_that_raises_does_not_end_the_client() -> None:
    def raising(_: Exception) -> None:
        raise RuntimeError("a listener's own fault")

    with ListService() as service:
        revocation = feed()
        service.answers[""] = (500, b"")
        with client(service, revocation, on_error=raising) as polling:
            assert soon(lambda: len(service.asked) > 1)
            service.answers[""] = (200, WHOLE)
            assert polling.wait(PATIENCE)


@pytest.mark.parametrize("stream", [False, True])
def test_close_ends_the_thread_at_once(stream: bool) -> None:
    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "keybound-revocation"]

    with ListService() as service:
        following = client(service, feed(), stream=stream, interval=60, timeout=60).start()
        assert following.start() is following
        assert following.wait(PATIENCE) and soon(lambda: len(service.asked) == 1 + stream)
        assert threads() == ["keybound-revocation"]
        began = time.monotonic()
        following.close()
        following.close()
        assert time.monotonic() - began < 1 and threads() == []
        with pytest.raises(RuntimeError, match="does not start again"):
            following.start()


def test_refresh_leaves_the_event_loop_free() -> None:
    async def refresh() -> list[str]:
        with ListService() as service:
            revocation = feed()
            asking = client(service, revocation)
            await asyncio.gather(asking.refresh(), asking.refresh())
            return [decide(revocation)]

    assert asyncio.run(refresh()) == ["ok"]


def test_a_key_of_ones_own_is_not_the_issuers() -> None:
    stranger: PublicKey = SigningKey.generate().public_key
    with ListService() as service:
        revocation = RevocationFeed(scene.ISSUER, stranger)
        with pytest.raises(Untrusted) as refused:
            client(service, revocation).fetch()
        assert refused.value.code == "revocation.bad_signature"
