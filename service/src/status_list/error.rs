//! Why a status list, or a look into it, was refused.

use std::fmt;

/// Why a status list, or a look into it, was refused. All of them mean: do not accept the token (draft section 8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusListError {
    /// There is no such index.
    OutOfRange,
    /// The status needs more bits than the list has for one.
    BadStatus,
    /// Not 1, 2, 4 or 8 bits.
    BadBits,
    /// The list would be larger than the limit.
    TooLarge,
    /// Not one whole ZLIB stream in base64url.
    BadEncoding,
    /// The claims are not those of a status list token.
    BadClaims,
}

impl StatusListError {
    /// The stable text of the code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OutOfRange => "status_list.out_of_range",
            Self::BadStatus => "status_list.bad_status",
            Self::BadBits => "status_list.bad_bits",
            Self::TooLarge => "status_list.too_large",
            Self::BadEncoding => "status_list.bad_encoding",
            Self::BadClaims => "status_list.bad_claims",
        }
    }
}

impl fmt::Display for StatusListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfRange => "the index is outside the status list",
            Self::BadStatus => "the status does not fit the list",
            Self::BadBits => "a status list has 1, 2, 4 or 8 bits per status",
            Self::TooLarge => "the status list is larger than the limit",
            Self::BadEncoding => "the status list is not a ZLIB stream in base64url",
            Self::BadClaims => "the claims are not those of a status list",
        })
    }
}

impl std::error::Error for StatusListError {}
