//! One proof, one call.

use super::scene::Scene;
use super::topic::Topic;
use crate::forge::cbor::Item;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("replay");
    t.note("Replay", "a proof that was used is used again");
    t.note("MemoryFull", "the memory cannot take the proof, so nobody could tell later that it was used");
    let two = Scene::of(2);
    let c = t.control("used_once", "a proof is good once", "Replay P15", &two, |_| {});
    t.fault(&c, "used_twice", "the same call a second time", "Replay P7 P12", "proof.replayed", None, |s| {
        s.times = 2
    });
    t.fault(
        &c,
        "memory_of_nothing",
        "a verifier that can remember no proof",
        "MemoryFull P13",
        "proof.memory_full",
        None,
        |s| s.trust.replay_capacity = Some(0),
    );
    let c =
        t.control("memory_of_one", "a verifier that can remember one proof", "MemoryFull P13", &two, |s| {
            s.trust.replay_capacity = Some(1)
        });
    t.fault(
        &c,
        "memory_of_one_used_twice",
        "what is in a full memory is known all the same",
        "Replay P13",
        "proof.replayed",
        None,
        |s| s.times = 2,
    );
    let c = t.control("used_once_over_http", "a bound call, once", "Replay", &two, |s| {
        s.over_http("POST", "https://tools.example/pay", b"");
        s.request.nonce = Some("00112233445566778899aabbccddeeff".into());
    });
    t.fault(
        &c,
        "used_twice_over_http",
        "a nonce does not excuse a second use",
        "Replay P11",
        "proof.replayed",
        None,
        |s| s.times = 2,
    );
    let c = t.control("used_at_the_end_of_the_window", "thirty seconds old, once", "Replay P6", &two, |s| {
        s.proof.claims.push((6, Some(Item::Int(super::scene::NOW as i64 - 30))));
    });
    t.fault(
        &c,
        "used_twice_at_the_end_of_the_window",
        "thirty seconds old, twice: still remembered",
        "Replay P6 P13",
        "proof.replayed",
        None,
        |s| s.times = 2,
    );
    let c = t.control("used_ahead_of_time", "five seconds ahead, once", "Replay P6", &two, |s| {
        s.proof.claims.push((6, Some(Item::Int(super::scene::NOW as i64 + 5))));
    });
    t.fault(
        &c,
        "used_twice_ahead_of_time",
        "five seconds ahead, twice",
        "Replay P6 P13",
        "proof.replayed",
        None,
        |s| s.times = 2,
    );
    t
}
