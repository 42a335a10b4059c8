//! Where a token may be used, and who is asking.

use super::scene::{AUDIENCE, ELSEWHERE, Scene};
use super::topic::Topic;
use crate::forge::cbor::Item;
use crate::forge::token::audience;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("audience");
    t.note(
        "Audience",
        "a token or a call for somebody else; accepted, whoever receives a token could use it next door",
    );
    t.note("Unrestricted", "no link says where it may be used; only a verifier that shares its anchors with nobody may accept that");
    let two = Scene::of(2);
    let c = t.control("audience_ours", "the root is for us, the child inherits", "Audience", &two, |_| {});
    t.fault(
        &c,
        "call_for_another",
        "the call is for a party we are not",
        "Audience P7 P8",
        "call.not_our_audience",
        None,
        |s| s.request.audience = ELSEWHERE.into(),
    );
    t.fault(
        &c,
        "call_with_slash",
        "our name with a slash at its end",
        "Audience",
        "call.not_our_audience",
        None,
        |s| s.request.audience = format!("{AUDIENCE}/"),
    );
    t.fault(
        &c,
        "verifier_without_a_name",
        "a verifier that has no name is nobody's audience",
        "Audience I10",
        "call.not_our_audience",
        None,
        |s| s.trust.audience.clear(),
    );
    t.fault(
        &c,
        "root_for_another",
        "the root is for a party we are not",
        "Audience P7",
        "call.audience_not_granted",
        Some(0),
        |s| s.root().set(3, audience([ELSEWHERE])),
    );
    t.fault(
        &c,
        "root_for_a_prefix",
        "the root is for a name ours begins with",
        "Audience X4",
        "call.audience_not_granted",
        Some(0),
        |s| s.root().set(3, audience(["https://tools"])),
    );
    t.fault(
        &c,
        "audience_widened",
        "the child adds an audience its parent has not",
        "Audience",
        "chain.audience_widened",
        Some(1),
        |s| {
            s.leaf().set(3, audience([AUDIENCE, ELSEWHERE]));
        },
    );
    t.fault(
        &c,
        "audience_exchanged",
        "the child names only another audience",
        "Audience",
        "chain.audience_widened",
        Some(1),
        |s| s.leaf().set(3, audience([ELSEWHERE])),
    );
    let both = |s: &mut Scene| s.root().set(3, audience([AUDIENCE, ELSEWHERE]));
    let c = t.control(
        "audience_narrowed_to_us",
        "the root is for two, the child for us",
        "Audience",
        &two,
        |s| {
            both(s);
            s.leaf().set(3, audience([AUDIENCE]));
        },
    );
    t.fault(
        &c,
        "audience_narrowed_to_another",
        "the root is for two, the child for the other",
        "Audience",
        "call.audience_not_granted",
        Some(1),
        |s| s.leaf().set(3, audience([ELSEWHERE])),
    );
    let three = Scene::of(3);
    let c = t.control(
        "audience_inherited_twice",
        "the root is for two, the leaf for us",
        "Audience",
        &three,
        |s| {
            both(s);
            s.links[1].set(3, audience([AUDIENCE]));
            s.links[2].set(3, audience([AUDIENCE]));
        },
    );
    t.fault(
        &c,
        "audience_returns_in_the_grandchild",
        "the grandchild takes back an audience the middle gave up",
        "Audience",
        "chain.audience_widened",
        Some(2),
        |s| {
            s.links[2].set(3, audience([AUDIENCE, ELSEWHERE]));
        },
    );
    t.fault(
        &c,
        "audience_returns_past_a_silent_link",
        "the middle names none, the grandchild more than the root",
        "Audience",
        "chain.audience_widened",
        Some(2),
        |s| {
            s.links[0].set(3, audience([AUDIENCE]));
            s.links[1].drop(3);
            s.links[2].set(3, audience([AUDIENCE, ELSEWHERE]));
        },
    );
    let c = t.control(
        "audience_named_by_the_child",
        "the root names none, the child us",
        "Audience",
        &two,
        |s| {
            s.root().drop(3);
            s.leaf().set(3, audience([AUDIENCE]));
        },
    );
    t.fault(
        &c,
        "audience_named_by_nobody",
        "no link names an audience",
        "Unrestricted I4",
        "call.audience_not_granted",
        None,
        |s| s.leaf().drop(3),
    );
    t.control(
        "audience_named_by_nobody_where_optional",
        "no link names an audience, and the verifier does not ask",
        "Unrestricted",
        &two,
        |s| {
            s.root().drop(3);
            s.trust.audience_required = Some(false);
        },
    );
    let c = t.control(
        "verifier_with_two_names",
        "we go by two names, the token by one of them",
        "Audience",
        &two,
        |s| s.trust.audience.push(ELSEWHERE.into()),
    );
    t.fault(
        &c,
        "our_other_name_not_granted",
        "the call goes to our other name, the token does not",
        "Audience P7",
        "call.audience_not_granted",
        Some(0),
        |s| {
            s.request.audience = ELSEWHERE.into();
        },
    );
    let c = t.control(
        "optional_audience_still_checked",
        "no audience asked for, one named, ours",
        "Unrestricted",
        &two,
        |s| s.trust.audience_required = Some(false),
    );
    t.fault(
        &c,
        "optional_audience_for_another",
        "no audience asked for, but the one named is not ours",
        "Unrestricted",
        "call.audience_not_granted",
        Some(0),
        |s| {
            s.root().set(3, Item::Array(vec![Item::text(ELSEWHERE)]));
        },
    );
    t
}
