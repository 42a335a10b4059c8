//! In which form authority is handed out.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The forms of a token that the service can issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TokenFormat {
    /// CWT in COSE_Sign1, `keybound::Format::Cwt`.
    #[serde(rename = "cwt")]
    Cwt,
    /// JWS of AAT-02, `keybound::Format::Aat`.
    #[serde(rename = "aat")]
    Aat,
    /// An OAuth access token (RFC 9068) for resource servers that know nothing else.
    #[serde(rename = "at+jwt")]
    AccessToken,
}

impl TokenFormat {
    /// All there are.
    pub const ALL: &'static [Self] = &[Self::Cwt, Self::Aat, Self::AccessToken];

    /// The name in policies, requests and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cwt => "cwt",
            Self::Aat => "aat",
            Self::AccessToken => "at+jwt",
        }
    }

    /// The format called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.as_str() == name)
    }
}

impl fmt::Display for TokenFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
