//! Which rules a token may be judged by.

use super::{Code, Kind, Refused, Rule, json::text, jws::Jws};
use keybound::SpiffeId;

/// The rules for whoever a token says it is from. It says so, no more: each of them still has to [`verify`](super::verify) it.
///
/// # Errors
/// `attest.unknown_issuer` when there is none; `attest.too_large`, `attest.bad_token`, `attest.duplicate_member`.
pub fn rules_for<'r>(
    rules: impl IntoIterator<Item = &'r Rule>,
    token: &str,
) -> Result<Vec<&'r Rule>, Refused> {
    let jws = Jws::read(token)?;
    let issuer = text(&jws.claims, "iss");
    let subject = text(&jws.claims, "sub").and_then(|subject| SpiffeId::parse(subject).ok());
    let is_for = |rule: &&Rule| match rule.kind() {
        Kind::Oidc { issuer: ours } => issuer == Some(ours),
        Kind::Spiffe { trust_domain } => subject.as_ref().is_some_and(|id| id.trust_domain() == trust_domain),
    };
    let found: Vec<_> = rules.into_iter().filter(is_for).collect();
    if found.is_empty() { Err(Code::UnknownIssuer.into()) } else { Ok(found) }
}
