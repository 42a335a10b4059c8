//! How a link differs from its parent, in words.

use alloc::string::String;
use core::fmt;

/// One way in which a link grants less than its parent.
///
/// `Display` says it in plain words on one line, such as ``argument `path` of `fs.read` narrowed``.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Narrowed {
    /// A tool is no longer granted.
    ToolDropped {
        /// The tool.
        tool: String,
    },
    /// An optional argument may no longer be given.
    ArgumentDropped {
        /// The tool.
        tool: String,
        /// The argument.
        argument: String,
    },
    /// Arguments that are not named may no longer be given.
    ArgumentsClosed {
        /// The tool.
        tool: String,
    },
    /// An argument must now be given.
    ArgumentRequired {
        /// The tool.
        tool: String,
        /// The argument.
        argument: String,
    },
    /// An argument has fewer values to choose from.
    ConstraintNarrowed {
        /// The tool.
        tool: String,
        /// The argument.
        argument: String,
    },
    /// The token is for fewer parties.
    Audience,
    /// The token begins later or ends sooner.
    Lifetime,
    /// Fewer delegations may follow.
    Depth,
    /// Another agent acts.
    Agent,
}

impl fmt::Display for Narrowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names come from tokens: escaped, so that a log line stays one line.
        match self {
            Self::ToolDropped { tool } => write!(f, "tool `{}` dropped", tool.escape_debug()),
            Self::ArgumentDropped { tool, argument } => {
                write!(f, "argument `{}` of `{}` dropped", argument.escape_debug(), tool.escape_debug())
            }
            Self::ArgumentsClosed { tool } => {
                write!(f, "arguments of `{}` closed to those named", tool.escape_debug())
            }
            Self::ArgumentRequired { tool, argument } => {
                write!(f, "argument `{}` of `{}` now required", argument.escape_debug(), tool.escape_debug())
            }
            Self::ConstraintNarrowed { tool, argument } => {
                write!(f, "argument `{}` of `{}` narrowed", argument.escape_debug(), tool.escape_debug())
            }
            Self::Audience => f.write_str("audience narrowed"),
            Self::Lifetime => f.write_str("lifetime shortened"),
            Self::Depth => f.write_str("fewer delegations allowed"),
            Self::Agent => f.write_str("another agent"),
        }
    }
}
