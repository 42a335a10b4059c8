//! In which encoding a chain travels.

/// The encodings of the one semantic model. A chain is of one throughout, and so is the proof that goes with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// CWT claims in COSE_Sign1: compact, for the edge and between agents (SPEC 3 to 8).
    #[default]
    Cwt,
    /// JWS in the shape of draft-niyikiza-oauth-attenuating-agent-tokens-02, for the OAuth world (SPEC 14).
    #[cfg(feature = "jose")]
    Aat,
}

impl Format {
    /// All there are.
    pub const ALL: &'static [Self] = &[
        Self::Cwt,
        #[cfg(feature = "jose")]
        Self::Aat,
    ];

    /// The name every language spells it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cwt => "cwt",
            #[cfg(feature = "jose")]
            Self::Aat => "aat",
        }
    }

    /// The format called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.as_str() == name)
    }
}
