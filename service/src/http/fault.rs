//! An answer of no, before it is known in which form it goes out.

use crate::{
    attest,
    code::{Cause, Code},
    keys::SignerError,
    policy,
    store::{Denied, StoreError},
};
use axum::http::StatusCode;
use keybound::{Family, Refusal};
use std::fmt;

/// Why a request is refused. Of what was sent it shows the denied tool, argument or scope, and nothing else.
#[derive(Clone, Debug)]
pub struct Fault(Box<Inner>);

#[derive(Clone, Debug)]
pub(super) struct Inner {
    pub(super) cause: Cause,
    pub(super) status: StatusCode,
    pub(super) oauth: &'static str,
    pub(super) link: Option<usize>,
    pub(super) part: Option<String>,
    pub(super) tool: Option<String>,
    pub(super) argument: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) limit: Option<String>,
    pub(super) rule: Option<&'static str>,
    pub(super) retry_after: Option<u64>,
    pub(super) wants_nonce: bool,
}

impl Fault {
    fn new(cause: impl Into<Cause>, status: u16, oauth: &'static str) -> Self {
        Self(Box::new(Inner {
            cause: cause.into(),
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            oauth,
            link: None,
            part: None,
            tool: None,
            argument: None,
            scope: None,
            limit: None,
            rule: None,
            retry_after: None,
            wants_nonce: false,
        }))
    }

    /// About a parameter, by its name.
    #[must_use]
    pub fn about(mut self, parameter: &str) -> Self {
        self.0.part = Some(parameter.to_owned());
        self
    }

    /// Why.
    pub fn cause(&self) -> Cause {
        self.0.cause
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The rule of the policy that says no.
    pub fn rule(&self) -> Option<&'static str> {
        self.0.rule
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The same as the answer to a client whose credentials are refused, whatever about them is.
    pub(super) fn of_client(mut self) -> Self {
        // Who is only asked for our nonce is to try again with it (RFC 9449 §8).
        let is_final = self.0.status != StatusCode::TOO_MANY_REQUESTS && !self.0.wants_nonce;
        if self.0.status.is_client_error() && is_final {
            (self.0.status, self.0.oauth) = (StatusCode::UNAUTHORIZED, "invalid_client");
        }
        self
    }

    /// The same as the answer to a grant that is refused.
    pub(super) fn of_grant(mut self) -> Self {
        let is_of_client = self.0.oauth == "invalid_client";
        if self.0.status == StatusCode::UNAUTHORIZED && !is_of_client && !is_dpop(self.0.cause) {
            (self.0.status, self.0.oauth) = (StatusCode::BAD_REQUEST, "invalid_grant");
        }
        // RFC 6749 §5.2 has no other word for it.
        if self.0.oauth == "insufficient_scope" {
            self.0.oauth = "invalid_scope";
        }
        self
    }

    /// The same as the answer to whoever sent it in `Authorization`: a token that cannot be read is as good as none (RFC 6750 §3.1).
    pub(super) fn of_bearer(mut self) -> Self {
        if self.0.status == StatusCode::BAD_REQUEST {
            (self.0.status, self.0.oauth) = (StatusCode::UNAUTHORIZED, "invalid_token");
        }
        self
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::new(code, code.status(), code.oauth())
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let code = refusal.code();
        let (status, oauth) = match (is_dpop(code.into()), code.family()) {
            (true, _) if code == keybound::Code::DpopNonce => (400, "use_dpop_nonce"),
            (true, _) => (400, "invalid_dpop_proof"),
            (false, Family::Malformed) => (400, "invalid_request"),
            (false, Family::Untrusted) => (401, "invalid_token"),
            (false, Family::Denied) => (403, "insufficient_scope"),
        };
        let mut fault = Self::new(code, status, oauth);
        fault.0.link = refusal.link();
        fault.0.tool = refusal.tool().map(str::to_owned);
        fault.0.argument = refusal.argument().map(str::to_owned);
        fault.0.limit = refusal.limit().map(str::to_owned);
        fault.0.wants_nonce = code == keybound::Code::DpopNonce;
        fault
    }
}

/// Codes that are about the proof of a request rather than about a token.
fn is_dpop(cause: Cause) -> bool {
    cause.as_str().starts_with("dpop.") || cause.as_str().starts_with("proof.")
}

impl From<policy::Denial> for Fault {
    fn from(denial: policy::Denial) -> Self {
        let (status, oauth) = match (denial.kind(), denial.code()) {
            (policy::Kind::Invalid, _) => (400, "invalid_request"),
            (policy::Kind::Limited, _) => (429, "temporarily_unavailable"),
            (policy::Kind::Denied, policy::Code::AudienceNotAllowed) => (403, "invalid_target"),
            (policy::Kind::Denied, policy::Code::RenewalsExhausted | policy::Code::SessionEnded) => {
                (403, "invalid_grant")
            }
            (policy::Kind::Denied, _) if denial.tool().is_some() || denial.scope().is_some() => {
                (403, "invalid_scope")
            }
            (policy::Kind::Denied, _) => (403, "access_denied"),
        };
        let mut fault = Self::new(denial.code(), status, oauth);
        fault.0.rule = Some(denial.rule());
        fault.0.tool = denial.tool().map(str::to_owned);
        fault.0.argument = denial.argument().map(str::to_owned);
        fault.0.scope = denial.scope().map(str::to_owned);
        fault.0.limit = denial.limit().map(str::to_owned);
        fault
    }
}

impl From<attest::Refused> for Fault {
    fn from(refused: attest::Refused) -> Self {
        let code = refused.code();
        let (status, oauth) = match code.family() {
            _ if code == attest::Code::KeysUnavailable => (503, "temporarily_unavailable"),
            Family::Malformed => (400, "invalid_request"),
            Family::Untrusted | Family::Denied => (400, "invalid_grant"),
        };
        Self::new(code, status, oauth)
    }
}

impl From<Denied> for Fault {
    fn from(denied: Denied) -> Self {
        let mut fault = match denied.code {
            Cause::Service(code) => code.into(),
            Cause::Core(code) => Refusal::from(code).into(),
            Cause::Policy(policy::Code::RateLimited) => {
                Self::new(denied.code, 429, "temporarily_unavailable")
            }
            other => Self::new(other, 403, "invalid_grant"),
        };
        fault.0.limit = denied.category;
        fault.0.retry_after = denied.retry_after;
        fault
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the database did not take it");
        Self(Box::new(Inner { retry_after: Some(1), ..*Self::from(error.code()).0 }))
    }
}

impl From<SignerError> for Fault {
    fn from(error: SignerError) -> Self {
        tracing::error!(%error, "the signer did not sign");
        Code::SignerUnavailable.into()
    }
}

impl From<keybound_bindings::Failure> for Fault {
    fn from(failure: keybound_bindings::Failure) -> Self {
        tracing::error!(%failure, "the host gave nothing");
        Code::Internal.into()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.cause, self.0.cause.meaning())
    }
}

impl std::error::Error for Fault {}
