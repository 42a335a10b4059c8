//! DPoP proofs: the twelve checks of RFC 9449 §4.3, the additive claim, nonces and replays.

mod bound;
mod claims;
mod fresh;
mod scene;
mod signed;
mod signing;

use super::topic::Topic;

const BODY: &[u8] = br#"{"amount":5}"#;
const ARGUMENTS: &str = r#"{"amount": 5.0, "to": "acme"}"#;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("dpop");
    t.note("Dpop", "a proof of RFC 9449, or what stands around it");
    t.note(
        "Misdirected",
        "made for another request, token or key; whoever captured it could use it elsewhere",
    );
    t.note(
        "Unbound",
        "covers less of the request than the server wants; what is not covered can be changed on the way",
    );
    signed::add(&mut t);
    claims::add(&mut t);
    bound::add(&mut t);
    fresh::add(&mut t);
    signing::add(&mut t);
    t
}
