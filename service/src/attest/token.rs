//! One token under one rule.

use super::{
    Algorithm, Code, Kind, Refused, Rule,
    json::{text, whole},
    jws::Jws,
};
use keybound::{
    Digest, SpiffeId,
    json::{Object, Value},
};
use std::fmt;

/// How far ahead of our clock an issuer may date a token, in seconds: requirement C7. What has expired gets nothing.
const AHEAD: u64 = 30;

/// The longest subject. 2048 bytes: that of a SPIFFE ID (SPIFFE-ID §2.3), and more than any other issuer writes.
const MAX_SUBJECT: usize = 2048;

/// Checks a token against a rule at a time, fetching the issuer's keys when they are due.
///
/// # Errors
/// Every `attest.*` code but `attest.no_match`, `attest.other_evidence` and `attest.bad_rule`.
pub async fn verify(rule: &Rule, token: &str, now: u64) -> Result<Verified, Refused> {
    let jws = Jws::read(token)?;
    let algorithm = rule.takes(&jws.algorithm)?;
    check_type(rule, &jws.typ)?;
    // Said, not proved yet: but the keys to prove it with are those of this issuer, so another one ends here.
    let identity = Identity::of(rule, &jws.claims)?;
    check_signature(rule, algorithm, &jws, now).await?;
    let times = Times::read(&jws.claims, rule.max_age.is_some())?;
    check_audience(&jws.claims, &rule.audience)?;
    times.check(rule.max_age, now)?;
    let claims = Value::Object(jws.claims).to_json();
    Ok(Verified {
        rule: rule.name().to_owned(),
        issuer: identity.issuer,
        subject: identity.subject,
        claims: serde_json::from_str(&claims).map_err(|_| Code::BadToken)?,
        expires: times.expires,
        issued_at: times.issued_at,
        id_hash: *Digest::of(jws.signed.as_bytes()).as_bytes(),
    })
}

/// RFC 8725 §3.11: a token of another kind is not this kind. JWT-SVID §2.3 knows two names, access tokens theirs (RFC 9068 §2.1).
fn check_type(rule: &Rule, typ: &str) -> Result<(), Refused> {
    let takes = match (typ, &rule.kind) {
        ("" | "JWT", _) | ("JOSE", Kind::Spiffe { .. }) => true,
        ("at+jwt" | "application/at+jwt", Kind::Oidc { .. }) => rule.access_tokens,
        _ => false,
    };
    if takes { Ok(()) } else { Err(Code::WrongType.into()) }
}

/// Who vouches, and for whom.
struct Identity {
    issuer: String,
    subject: String,
}

impl Identity {
    fn of(rule: &Rule, claims: &Object) -> Result<Self, Refused> {
        let subject = text(claims, "sub").filter(|text| !text.is_empty() && text.len() <= MAX_SUBJECT);
        let subject = subject.ok_or(Refused::because(Code::BadClaim, "sub"))?.to_owned();
        match &rule.kind {
            Kind::Oidc { issuer } => {
                let said = text(claims, "iss").ok_or(Refused::because(Code::BadClaim, "iss"))?;
                if said != issuer {
                    return Err(Code::UnknownIssuer.into());
                }
            }
            // `iss` is no claim of JWT-SVIDs: the trust domain of the subject says whose bundle counts (JWT-SVID §3).
            Kind::Spiffe { trust_domain } => {
                let id = SpiffeId::parse(&subject).map_err(|_| Code::BadSubject)?;
                if id.trust_domain() != trust_domain {
                    return Err(Code::WrongTrustDomain.into());
                }
            }
        }
        Ok(Self { issuer: rule.issuer(), subject })
    }
}

async fn check_signature(rule: &Rule, algorithm: Algorithm, jws: &Jws<'_>, now: u64) -> Result<(), Refused> {
    let key_id = jws.key_id.as_deref();
    let keys = rule.keys.with(algorithm, key_id, now).await?;
    let mut candidates = keys.candidates(algorithm, key_id).into_iter();
    let verifies = candidates.any(|key| key.verify(algorithm, jws.signed.as_bytes(), &jws.signature).is_ok());
    if verifies { Ok(()) } else { Err(Code::BadSignature.into()) }
}

/// `aud` is one name or a list of them (RFC 7519 §4.1.3); ours must be there, to the letter.
fn check_audience(claims: &Object, ours: &str) -> Result<(), Refused> {
    let names = match claims.get("aud") {
        Some(Value::Array(names)) => names.as_slice(),
        Some(name) => std::slice::from_ref(name),
        None => return Err(Code::WrongAudience.into()),
    };
    if !names.iter().all(|name| matches!(name, Value::Text(_))) {
        return Err(Refused::because(Code::BadClaim, "aud"));
    }
    let is_ours = names.iter().any(|name| matches!(name, Value::Text(name) if name == ours));
    if is_ours { Ok(()) } else { Err(Code::WrongAudience.into()) }
}

/// The times of a token, in whole seconds.
struct Times {
    expires: u64,
    issued_at: Option<u64>,
    not_before: Option<u64>,
}

impl Times {
    fn read(claims: &Object, needs_issued_at: bool) -> Result<Self, Refused> {
        let required = |name| whole(claims, name).ok_or(Refused::because(Code::BadClaim, name));
        let optional = |name| claims.get(name).map(|_| required(name)).transpose();
        let issued_at = if needs_issued_at { Some(required("iat")?) } else { optional("iat")? };
        Ok(Self { expires: required("exp")?, issued_at, not_before: optional("nbf")? })
    }

    fn check(&self, max_age: Option<u64>, now: u64) -> Result<(), Refused> {
        // RFC 7519 §4.1.4: on or after it, no more.
        if self.expires <= now {
            return Err(Code::Expired.into());
        }
        let latest = now.saturating_add(AHEAD);
        if [self.issued_at, self.not_before].into_iter().flatten().any(|time| time > latest) {
            return Err(Code::NotYetValid.into());
        }
        let age = self.issued_at.map(|issued_at| now.saturating_sub(issued_at));
        if max_age.is_some_and(|max_age| age.is_none_or(|age| age > max_age)) {
            return Err(Code::TooOld.into());
        }
        Ok(())
    }
}

/// An identity somebody trusted vouches for. Made by [`verify`] alone.
#[derive(Clone, PartialEq)]
pub struct Verified {
    rule: String,
    issuer: String,
    subject: String,
    claims: serde_json::Value,
    expires: u64,
    issued_at: Option<u64>,
    id_hash: [u8; 32],
}

impl Verified {
    /// The name of the rule it holds under.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Who vouches: the issuer, or `spiffe://` and the trust domain.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// For whom: `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// All its claims, an object.
    pub const fn claims(&self) -> &serde_json::Value {
        &self.claims
    }

    /// When it expires, in seconds since 1970.
    pub const fn expires(&self) -> u64 {
        self.expires
    }

    /// When it was issued, if it says so. A rule with a greatest age makes it.
    pub const fn issued_at(&self) -> Option<u64> {
        self.issued_at
    }

    /// SHA-256 of what was signed: the token's name, the same however its signature is written.
    pub const fn id_hash(&self) -> &[u8; 32] {
        &self.id_hash
    }

    /// A claim by its name, or by its JSON Pointer (RFC 6901) when that begins with a slash: `/kubernetes.io/namespace`.
    pub fn claim(&self, name: &str) -> Option<&serde_json::Value> {
        if name.starts_with('/') { self.claims.pointer(name) } else { self.claims.get(name) }
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified(under {:?})", self.rule)
    }
}
