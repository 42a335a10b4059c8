//! JWT-SVIDs: what a workload shows of its identity, and from whom (SPIFFE JWT-SVID). Evidence for an issuer; never a token of ours,
//! since SVIDs may not be signed with Ed25519.

use crate::{
    agent::{AgentId, MAX_BYTES, SCHEME, is_segment, is_trust_domain},
    code::Code,
    jose::{Algorithms, Es256, Es256Check, Jwks, Jws, claim},
    json::Members,
    limits::Limits,
    refusal::Refusal,
    time::UnixTime,
    times::Times,
};
use alloc::{borrow::ToOwned, string::String, sync::Arc, vec::Vec};
use core::fmt;

/// The name of a workload: `spiffe://trust-domain/path` (SPIFFE-ID §2), nothing normalized.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpiffeId(String);

impl SpiffeId {
    /// Parses a name with a path of at least one segment.
    ///
    /// # Errors
    /// `claims.wrong`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut segments = text.strip_prefix(SCHEME).unwrap_or_default().split('/');
        let domain = segments.next().unwrap_or_default();
        let path: Vec<&str> = segments.collect();
        let fits = text.len() <= MAX_BYTES
            && is_trust_domain(domain)
            && !path.is_empty()
            && path.iter().all(|segment| is_segment(segment));
        if fits { Ok(Self(text.to_owned())) } else { Err(claim::wrong("SPIFFE id")) }
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Who vouches for the workload.
    pub fn trust_domain(&self) -> &str {
        self.0.get(SCHEME.len()..).and_then(|rest| rest.split('/').next()).unwrap_or_default()
    }

    /// The agent of that name, if it has the shape of one.
    pub fn agent(&self) -> Option<AgentId> {
        AgentId::parse(&self.0).ok()
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpiffeId({})", self.0)
    }
}

/// What an issuer believes of JWT-SVIDs: one trust domain with its bundle, and the issuer's own names. Cheap to clone.
#[derive(Clone, Debug)]
pub struct JwtSvids(Arc<Rules>);

#[derive(Clone, Debug)]
struct Rules {
    trust_domain: String,
    audience: Vec<String>,
    bundle: Jwks,
    limits: Limits,
}

impl JwtSvids {
    /// SVIDs of `trust_domain` under its bundle, a JWK Set whose keys for this have `use` `jwt-svid` (SPIFFE bundle §4.2.2), for an
    /// issuer known by any of the names in `audience`.
    ///
    /// # Errors
    /// `claims.wrong` for a trust domain that is none; `jose.bad_key_set`, `key.private`, `json.*`.
    pub fn new<S: AsRef<str>>(
        trust_domain: &str,
        audience: impl IntoIterator<Item = S>,
        bundle: &[u8],
    ) -> Result<Self, Refusal> {
        if !is_trust_domain(trust_domain) {
            return Err(claim::wrong("SPIFFE id"));
        }
        let audience = audience.into_iter().map(|name| name.as_ref().to_owned()).collect();
        let (bundle, limits) = (Jwks::parse_for(bundle, "jwt-svid")?, Limits::default());
        Ok(Self(Arc::new(Rules { trust_domain: trust_domain.to_owned(), audience, bundle, limits })))
    }

    /// Reads the header and finds the keys. Of the algorithms that SVIDs may use, ES256 is to be had.
    ///
    /// # Errors
    /// `bytes.too_large`, `jose.*`, `envelope.*`; `access_token.unknown_key`.
    pub fn open(&self, svid: &str) -> Result<OpenedSvid, Refusal> {
        let types = ["", "JWT", "JOSE"];
        let jws = Jws::open_issued(svid, &types, Algorithms::ES256, &self.0.bundle, &self.0.limits)?;
        Ok(OpenedSvid { rules: self.clone(), jws })
    }
}

/// An SVID whose signature is still to be checked.
#[derive(Debug)]
pub struct OpenedSvid {
    rules: JwtSvids,
    jws: Jws,
}

impl OpenedSvid {
    /// The checks that a host has to make: one for each key that may have signed.
    pub fn es256(&self) -> impl Iterator<Item = &Es256Check> {
        self.jws.es256()
    }

    /// Decides (JWT-SVID §3, §4): signature, `sub` in the trust domain, `aud`, `exp`. The skew is that of native tokens.
    ///
    /// # Errors
    /// `access_token.bad_signature`; `json.*`, `claims.*`; `access_token.wrong_issuer` for another trust domain, `call.not_our_audience`,
    /// `time.*`.
    pub fn decide(self, es256: &dyn Es256, now: UnixTime) -> Result<SpiffeId, Refusal> {
        let payload = self.jws.verify(es256).map_err(|_| Code::AccessTokenSignature)?;
        judge(&self.rules.0, &Members::parse(&payload)?, now)
    }
}

fn judge(rules: &Rules, claims: &Members<'_>, now: UnixTime) -> Result<SpiffeId, Refusal> {
    let subject = SpiffeId::parse(&claim::text(claims, "sub")?)?;
    if subject.trust_domain() != rules.trust_domain {
        return Err(Refusal::new(Code::AccessTokenIssuer)
            .with_difference(&rules.trust_domain, subject.trust_domain()));
    }
    if !claim::audience(claims)?.iter().any(|name| rules.audience.contains(name)) {
        return Err(Code::NotOurAudience.into());
    }
    let expires = claim::time(claims, "exp")?.ok_or_else(|| claim::missing("exp"))?;
    let (issued_at, not_before) = (claim::time(claims, "iat")?, claim::time(claims, "nbf")?);
    let times = Times { issued_at: issued_at.unwrap_or(UnixTime::at_most(0)), not_before, expires };
    times.check_foreign(now, &rules.limits)?;
    Ok(subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_spiffe() {
        for (text, domain) in [
            ("spiffe://example.com/my-workload", "example.com"),
            ("spiffe://a_b-c.0/ns/default/sa/Web.1", "a_b-c.0"),
            ("spiffe://a/agent/o/t/i", "a"),
        ] {
            assert_eq!(SpiffeId::parse(text).unwrap().trust_domain(), domain);
        }
        assert!(SpiffeId::parse("spiffe://a/agent/o/t/i").unwrap().agent().is_some());
        assert!(SpiffeId::parse("spiffe://a/b").unwrap().agent().is_none());
        let long = alloc::format!("spiffe://a/{}", "b".repeat(2048));
        for text in [
            "",
            "spiffe://",
            "spiffe://a",
            "spiffe://a/",
            "spiffe:///b",
            "SPIFFE://a/b",
            "spiffe://A/b",
            "spiffe://a:1/b",
            "spiffe://u@a/b",
            "spiffe://a//b",
            "spiffe://a/./b",
            "spiffe://a/../b",
            "spiffe://a/b/",
            "spiffe://a/%62",
            "spiffe://a/b?c",
            "spiffe://a/b#c",
            "wimse://a/b",
            &long,
        ] {
            assert_eq!(
                SpiffeId::parse(text).map_err(|refusal| refusal.code()),
                Err(Code::WrongClaim),
                "{text}"
            );
        }
    }
}
