//! Believing a chain of AAT-02: steps 3 to 5 of the draft's §8, in its order.

use super::{
    Step, Token, missing,
    reading::{Read, Reading, into_link},
    wrong,
};
use crate::{
    authority::Authority,
    base64url,
    claims::Depths,
    code::Code,
    id::Digest,
    key::PublicKey,
    limits::Limits,
    link::{Link, Links},
    refusal::Refusal,
    rules,
    time::UnixTime,
    times::Times,
    trust::Trust,
    verify::{Signatures, check_revoked},
};
use alloc::{string::String, sync::Arc, vec::Vec};

/// Keys of anchors with another issuer than the token names that are tried all the same: only to tell a token that names the
/// wrong issuer (3k) from one that nobody known has signed (3b). Both are refused, so a stranger makes us check four
/// signatures at most beside those under the keys of the issuer it names.
const OTHER_KEYS: usize = 4;

/// Checks every token, root first, each under its parent.
pub(crate) fn verify(
    tokens: &[Arc<Token>],
    trust: &Trust,
    now: UnixTime,
    signatures: &mut dyn Signatures,
) -> Result<(Links, PublicKey), Refusal> {
    let mut links: Vec<Arc<Link>> = Vec::with_capacity(tokens.len());
    let mut anchor = None;
    for (index, token) in tokens.iter().enumerate() {
        let parent = links.last().map(|parent| parent.claims().holder.clone());
        let checked = match &parent {
            None => check_root(token, trust, now, signatures)
                .map(|(link, key)| (link, anchor.insert(key).clone())),
            Some(signer) => {
                check_child(&links, token, signer, trust, now, signatures).map(|link| (link, signer.clone()))
            }
        };
        let (link, signer) = checked
            .and_then(|(link, signer)| check_revoked(&links, &link, trust, now).map(|()| (link, signer)))
            .map_err(|refusal| refusal.at(index))?;
        signatures.believed(token, &link, &signer);
        links.push(link);
    }
    let links = Links::new(links).step("1")?;
    check_length(&links).step("5")?;
    Ok((links, anchor.ok_or(Code::EmptyChain)?))
}

/// Step 5: the leaf is as deep as there are links above it. By then it cannot be otherwise.
fn check_length(links: &Links) -> Result<(), Refusal> {
    let above = links.len().saturating_sub(1);
    let same = u32::try_from(above) == Ok(links.leaf().claims().depth);
    if same { Ok(()) } else { Err(Code::WrongDepth.into()) }
}

/// Step 3.
fn check_root(
    token: &Token,
    trust: &Trust,
    now: UnixTime,
    signatures: &mut dyn Signatures,
) -> Result<(Arc<Link>, PublicKey), Refusal> {
    let limits = trust.the_limits();
    token.check_header().step("3a")?;
    let key = anchor_of(token, trust, signatures).step("3b")?;
    let reading = Reading::of(token, limits);
    reading.whole.clone().step("3b")?;
    let times = times_of(&reading).step("3b")?;
    rules::begins_a_chain(reading.depth.clone().step("3c")?).step("3c")?;
    if reading.parent.is_some() {
        return Err(Refusal::new(Code::NotARoot).with_part("par_hash")).step("3d");
    }
    times.check_not_ended(now, 0).step("3e")?;
    times.check_issued(now, limits).step("3f")?;
    times.check_order().step("3g")?;
    check_length_of(&reading, &times, limits).step("3h")?;
    rules::ceiling_within(reading.max_depth.clone().step("3i")?, limits).step("3i")?;
    ok(&reading.id).step("3j")?;
    check_issuer(&reading, trust, &key).step("3k")?;
    ok(&reading.holder).step("3l")?;
    check_one_entry(&reading).step("3m")?;
    check_constraints(&reading).step("3n")?;
    check_profile(&reading, &times, trust, now)?;
    Ok((into_link(reading, token, true)?, key))
}

/// 3h. From before 1970 until now is too long for any limit.
fn check_length_of(reading: &Reading, times: &Times, limits: &Limits) -> Result<(), Refusal> {
    if reading.began_before_1970 { Err(Code::BadLifetime.into()) } else { times.check_length(limits) }
}

/// The anchor whose key signed the root.
fn anchor_of(token: &Token, trust: &Trust, signatures: &mut dyn Signatures) -> Result<PublicKey, Refusal> {
    let hint = token.issuer_hint();
    let is_named = |issuer: &str| Some(issuer) == hint;
    let named: Vec<&PublicKey> =
        trust.anchors().filter(|(issuer, _)| is_named(issuer)).map(|(_, key)| key).collect();
    let mut others: Vec<&PublicKey> = Vec::new();
    for (_, key) in trust.anchors() {
        if others.len() < OTHER_KEYS && !named.contains(&key) && !others.contains(&key) {
            others.push(key);
        }
    }
    // Of the keys that should have signed, the last says why it did not; of others nobody expects it.
    let mut refusal = Refusal::new(Code::UnknownIssuer);
    for key in named {
        match signatures.check_token(token, key) {
            Ok(()) => return Ok(key.clone()),
            Err(reason) => refusal = reason,
        }
    }
    let other = others.into_iter().find(|key| signatures.check_token(token, key).is_ok());
    other.cloned().ok_or(refusal)
}

/// 3k: the issuer is that of an anchor with the key that verified.
fn check_issuer(reading: &Reading, trust: &Trust, key: &PublicKey) -> Result<(), Refusal> {
    let issuer = ok(&reading.issuer)?;
    let is_its = trust.keys_of(issuer).any(|candidate| candidate == key);
    if is_its { Ok(()) } else { Err(Code::WrongIssuer.into()) }
}

/// 3m: exactly one entry grants tools, in the right shape.
fn check_one_entry(reading: &Reading) -> Result<(), Refusal> {
    let details = ok(&reading.details)?;
    if details.is_empty || details.entries != 1 {
        return Err(wrong("authorization_details"));
    }
    details.shape.clone()
}

/// 3n, 4o: every constraint is well-formed, also of a tool that nobody calls.
fn check_constraints(reading: &Reading) -> Result<(), Refusal> {
    let details = ok(&reading.details)?;
    ok(&details.authority).map(drop)
}

/// `iat` and `exp`, and `nbf` where it can be read; where it cannot, [`check_profile`] says so in its turn.
fn times_of(reading: &Reading) -> Result<Times, Refusal> {
    Ok(Times {
        issued_at: reading.issued_at.clone()?,
        not_before: reading.not_before.as_ref().and_then(|read| read.as_ref().ok()).copied(),
        expires: reading.expires.clone()?,
    })
}

/// What the draft does not have: `nbf`, which RFC 7519 §4.1.5 has every reader honour, and identity, which a verifier asks
/// for or does not (SPEC 14.4).
fn check_profile(reading: &Reading, times: &Times, trust: &Trust, now: UnixTime) -> Result<(), Refusal> {
    if let Some(Err(refusal)) = &reading.not_before {
        return Err(refusal.clone());
    }
    times.check_ends_after_beginning()?;
    times.check_begun(now, trust.the_limits())?;
    if trust.requires_identity() { reading.check_identity() } else { Ok(()) }
}

/// Step 4, for one token under the links above it.
fn check_child(
    ancestors: &[Arc<Link>],
    token: &Token,
    signer: &PublicKey,
    trust: &Trust,
    now: UnixTime,
    signatures: &mut dyn Signatures,
) -> Result<Arc<Link>, Refusal> {
    let limits = trust.the_limits();
    let Some(parent) = ancestors.last() else { return Err(Code::EmptyChain.into()) };
    token.check_header().step("4a")?;
    signatures.check_token(token, signer).step("4b")?;
    let reading = Reading::of(token, limits);
    reading.whole.clone().step("4b")?;
    let Typed { depths, issuer, parent: of_parent, times } = check_types(&reading)?;
    check_is_of(&issuer, signer).step("4c")?;
    let (above, of_above) = (parent.claims().depths(), parent.claims().times());
    rules::follows(above, depths).step("4d")?;
    rules::within_ceiling(above, depths).step("4e")?;
    rules::within_limit(depths, limits).step("4f")?;
    rules::ceiling_kept(above, depths).step("4g")?;
    rules::ends_within(&of_above, &times).step("4h")?;
    times.check_not_ended(now, 0).step("4i")?;
    if reading.began_before_1970 {
        return Err(Code::BeginsBeforeParent).step("4j");
    }
    rules::begins_after(&of_above, &times).step("4j")?;
    times.check_issued(now, limits).step("4k")?;
    times.check_order().step("4l")?;
    rules::within_own_ceiling(depths).step("4m")?;
    check_one_entry_at_most(&reading).step("4n")?;
    check_constraints(&reading).step("4o")?;
    check_narrows(&reading, &parent.claims().authority)?;
    check_parent(&of_parent, parent.digest()).step("4q")?;
    check_profile(&reading, &times, trust, now)?;
    rules::begins_after_all(ancestors, &times)?;
    reading.into_child(token, ancestors, trust.requires_identity())
}

/// Claims of a child that are there, of their types.
struct Typed {
    depths: Depths,
    issuer: String,
    parent: String,
    times: Times,
}

/// 4b1 to 4b5.
fn check_types(reading: &Reading) -> Result<Typed, Refusal> {
    ok(&reading.id).step("4b1")?;
    ok(&reading.holder).step("4b2")?;
    ok(&reading.details).step("4b3")?;
    let (own, most) = (reading.depth.clone().step("4b4")?, reading.max_depth.clone().step("4b4")?);
    let issuer = reading.issuer.clone().step("4b5")?;
    let parent = reading.parent.clone().unwrap_or_else(|| Err(missing("par_hash"))).step("4b5")?;
    Ok(Typed { depths: Depths { own, most }, issuer, parent, times: times_of(reading).step("4b5")? })
}

fn ok<T>(read: &Read<T>) -> Read<&T> {
    read.as_ref().map_err(Clone::clone)
}

/// 4c, I1: the issuer of a child is the key that signed it.
fn check_is_of(issuer: &str, signer: &PublicKey) -> Result<(), Refusal> {
    if issuer == signer.jwk_thumbprint().to_uri() { Ok(()) } else { Err(Code::WrongIssuer.into()) }
}

/// 4n: at most one entry, in the right shape.
fn check_one_entry_at_most(reading: &Reading) -> Result<(), Refusal> {
    let details = ok(&reading.details)?;
    if details.entries > 1 {
        return Err(wrong("authorization_details"));
    }
    details.shape.clone()
}

/// 4p1 to 4p4, I4.
fn check_narrows(reading: &Reading, parent: &Authority) -> Result<(), Refusal> {
    let details = ok(&reading.details)?;
    let authority = ok(&details.authority)?;
    Authority::RULES.iter().try_for_each(|(label, rule)| rule(authority, parent).step(label))
}

/// 4q, I5: the child belongs to exactly this parent.
fn check_parent(claimed: &str, parent: Digest) -> Result<(), Refusal> {
    if claimed == base64url::encode(parent.as_bytes()) { Ok(()) } else { Err(Code::WrongParent.into()) }
}

/// What changes while nothing moves: the time. The draft gives `exp` no grace.
pub(crate) fn check_in_force(
    index: usize,
    times: &Times,
    now: UnixTime,
    limits: &Limits,
) -> Result<(), Refusal> {
    let (ended, issued) = if index == 0 { ("3e", "3f") } else { ("4i", "4k") };
    times.check_not_ended(now, 0).step(ended)?;
    times.check_issued(now, limits).step(issued)?;
    times.check_begun(now, limits)
}
