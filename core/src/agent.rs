//! Agent ids: SPIFFE IDs of one shape.

use crate::{code::Code, refusal::Refusal};
use alloc::{borrow::ToOwned, string::String};
use core::fmt;

/// `spiffe://trust-domain/agent/{orch_id}/{task_id}/{instance_id}`: one agent instance.
///
/// Characters and lengths are those of the SPIFFE-ID specification (§2): a trust domain of lower-case letters, digits,
/// `.`, `-` and `_`, at most 255 bytes; path segments of letters, digits, `.`, `-` and `_`, none empty, `.` or
/// `..`; at most 2,048 bytes in all; nothing percent-encoded, no port, user, query or fragment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentId(String);

pub(crate) const SCHEME: &str = "spiffe://";
const KIND: &str = "agent";
pub(crate) const MAX_BYTES: usize = 2048;
const MAX_TRUST_DOMAIN: usize = 255;

impl AgentId {
    /// Parses exactly this shape; nothing is normalized.
    ///
    /// # Errors
    /// `agent.bad_id`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        has_shape(text).map(|()| Self(text.to_owned())).ok_or_else(|| Code::BadAgentId.into())
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Who vouches for the agent.
    pub fn trust_domain(&self) -> &str {
        self.segment(0)
    }

    /// The orchestrator that launched it.
    pub fn orchestrator(&self) -> &str {
        self.segment(2)
    }

    /// The task it was launched for.
    pub fn task(&self) -> &str {
        self.segment(3)
    }

    /// The instance.
    pub fn instance(&self) -> &str {
        self.segment(4)
    }

    fn segment(&self, index: usize) -> &str {
        self.0.get(SCHEME.len()..).and_then(|rest| rest.split('/').nth(index)).unwrap_or_default()
    }
}

fn has_shape(text: &str) -> Option<()> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut segments = text.strip_prefix(SCHEME)?.split('/');
    let (domain, kind) = (segments.next()?, segments.next()?);
    if !is_trust_domain(domain) || kind != KIND {
        return None;
    }
    for _ in ["orchestrator", "task", "instance"] {
        segments.next().filter(|segment| is_segment(segment))?;
    }
    segments.next().is_none().then_some(())
}

/// SPIFFE-ID §2.1.
pub(crate) fn is_trust_domain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_TRUST_DOMAIN
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
}

/// SPIFFE-ID §2.2.
pub(crate) fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentId({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::AgentId;
    use alloc::format;

    #[test]
    fn the_parts_are_what_the_launcher_wrote() {
        let id = AgentId::parse("spiffe://prod.example/agent/orch-1/task.2/inst_3").unwrap();
        assert_eq!(id.trust_domain(), "prod.example");
        assert_eq!((id.orchestrator(), id.task(), id.instance()), ("orch-1", "task.2", "inst_3"));
    }

    #[test]
    fn twenty_and_more_malformed_variants_are_refused() {
        let long = format!("spiffe://a/agent/o/t/{}", "i".repeat(2048));
        let long_domain = format!("spiffe://{}/agent/o/t/i", "d".repeat(256));
        for text in [
            "",
            "spiffe://",
            "spiffe:///agent/o/t/i",
            "SPIFFE://a/agent/o/t/i",
            "http://a/agent/o/t/i",
            "spiffe://A/agent/o/t/i",
            "spiffe://a:8443/agent/o/t/i",
            "spiffe://user@a/agent/o/t/i",
            "spiffe://a/agents/o/t/i",
            "spiffe://a/agent/o/t",
            "spiffe://a/agent/o/t/",
            "spiffe://a/agent/o/t/i/",
            "spiffe://a/agent/o/t/i/j",
            "spiffe://a/agent//t/i",
            "spiffe://a/agent/./t/i",
            "spiffe://a/agent/o/../i",
            "spiffe://a/agent/o/t/%69",
            "spiffe://a/agent/o/t/i?x",
            "spiffe://a/agent/o/t/i#x",
            "spiffe://a/agent/o/t/i ",
            " spiffe://a/agent/o/t/i",
            "spiffe://a/agent/o/t/é",
            "spiffe://ä/agent/o/t/i",
            "spiffe://a/Agent/o/t/i",
            "spiffe://a/agent/o/t/i\0",
            "spiffe:/a/agent/o/t/i",
            &long,
            &long_domain,
        ] {
            assert!(AgentId::parse(text).is_err(), "{text}");
        }
    }
}
