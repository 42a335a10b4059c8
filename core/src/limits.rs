//! Every limit, in one struct, each with its reason.

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident = $default:expr;)+) => {
        /// What a verifier is willing to spend and to believe.
        ///
        /// The defaults are the format's recommendation (SPEC 12). A host may set its own;
        /// the same struct bounds parsing, verifying and issuing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Limits { $($(#[doc = $doc])+ pub $name: u32,)+ }

        impl Default for Limits {
            fn default() -> Self { Self { $($name: $default,)+ } }
        }

        impl Limits {
            /// The names of all limits, in order, as every language spells them.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name),)+];

            /// Sets the limit called `name`; `None` when there is no such limit.
            #[must_use]
            pub fn with(mut self, name: &str, value: u32) -> Option<Self> {
                match name {
                    $(stringify!($name) => self.$name = value,)+
                    _ => return None,
                }
                Some(self)
            }

            /// Reads the limit called `name`.
            pub fn get(&self, name: &str) -> Option<u32> {
                match name { $(stringify!($name) => Some(self.$name),)+ _ => None }
            }
        }
    };
}

/// Whether `size` is above a limit.
pub(crate) fn exceeds(size: usize, limit: u32) -> bool {
    u32::try_from(size).map_or(true, |size| size > limit)
}

limits! {
    /// Delegations below the root. 8: the least AAT-02 §4.4 lets a verifier choose, and
    /// more than any agent framework nests sub-agents today.
    depth = 8;
    /// Bytes of one token. 8 KiB: 64 tools with a constraint each fit; HTTP servers take
    /// headers of that size.
    token_bytes = 8 * 1024;
    /// Bytes of a whole chain. 32 KiB: nine typical tokens are under 3 KiB; this leaves ten times that.
    chain_bytes = 32 * 1024;
    /// Bytes of a proof. 4 KiB: a proof is about 250 bytes, a long target URI the rest.
    proof_bytes = 4 * 1024;
    /// Bytes of the arguments as JSON. 256 KiB: a document handed to a tool; more belongs in a body digest.
    arguments_bytes = 256 * 1024;
    /// Nesting of argument and constraint values. 32: as deep as AAT-02 §9.10 recommends for constraints. Above 256 it
    /// counts as 256: reading is recursive.
    value_depth = 32;
    /// Tools in one token. 64: an MCP server lists a few dozen.
    tools = 64;
    /// Arguments named for one tool. 32: a function with more is not a tool.
    arguments = 32;
    /// Nesting of `all` and `any`. 8: nobody reads deeper; comparison recurses this far.
    constraint_depth = 8;
    /// Clauses inside one argument's constraint. 64: comparing two constraints costs the
    /// product of their clauses, so this keeps it under 4,096 steps.
    constraint_clauses = 64;
    /// Values and names compared in holding one call's arrays against the sets of `contains` and `subset`, over all links: all
    /// there are in the array, times what a look-up in the set takes (the bits of its size). 2,097,152: a comparison takes
    /// 2 to 9 ns, so the worst call some 20 ms; five thousand elements under nine links, three sets of thirty in each,
    /// take a third of it.
    comparisons = 2 * 1024 * 1024;
    /// Audiences in one token. 16: a token for more places than that is a bearer token in spirit.
    audiences = 16;
    /// Bytes of a name: issuer, principal, task, audience, tool, argument. 512: the longest URI anyone types.
    name_bytes = 512;
    /// Clock difference tolerated for `exp`, `nbf` and `iat`, in seconds. 30: requirement C7; AAT-02's MAX_IAT_SKEW.
    skew = 30;
    /// Age of a proof, in seconds. 30: long enough for a slow network, short enough for a small replay memory.
    proof_age = 30;
    /// How far ahead of our clock a proof may be dated, in seconds. 5: clocks kept by NTP differ by less.
    proof_ahead = 5;
    /// Life of a token (`exp` - `iat`), in seconds. 24 h: agents live for minutes; nothing here should last longer than a day.
    lifetime = 24 * 60 * 60;
    /// Bytes of a list of revocations or of a delta to one. 24 MiB: a million entries of 20 bytes take 20 million; an agent's life
    /// is short, and so is an entry's.
    revocation_bytes = 24 * 1024 * 1024;
    /// Life of a list of revocations (`exp` - `iat`), in seconds. 1 h: a verifier that is cut off permits for no longer than that;
    /// a service makes lists that live for 30 s.
    revocation_lifetime = 60 * 60;
}
