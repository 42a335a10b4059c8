//! The grammars of names: what may stand in a policy, an agent id, a token.

/// What a client, workflow, category or trust rule may be called.
pub(super) const NAME: &str =
    "a name is 1 to 64 of a-z, 0-9, `.`, `_` and `-`, and begins with a letter or a digit";

/// What a tool may be called.
pub(super) const TOOL: &str = "a tool name is 1 to 64 of A-Z, a-z, 0-9, `_`, `-`, `.` and `/`";

/// What a place that a token is for may be called.
pub(super) const AUDIENCE: &str =
    "an audience is an absolute URI without fragment, in printable ASCII, at most 512 bytes";

/// What a group or a tier may be called.
pub(super) const LABEL: &str = "a group or tier is 1 to 256 bytes without control characters";

const NAME_BYTES: usize = 64;

/// Bytes of a URI or a principal, as core's `Limits::name_bytes` has it.
const LONG_NAME_BYTES: usize = 512;

/// Bytes of a group or tier: directory services keep the name of a group below it.
const LABEL_BYTES: usize = 256;

/// Names that the operator gives. Also a segment of an agent id, so that a client can be the orchestrator in one.
pub(super) fn is_name(text: &str) -> bool {
    let is_first = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= NAME_BYTES
        && text.as_bytes().first().is_some_and(is_first)
        && text.bytes().all(|byte| is_first(&byte) || matches!(byte, b'.' | b'_' | b'-'))
}

/// Tool names as MCP writes them (SEP-986).
pub(super) fn is_tool_name(text: &str) -> bool {
    (1..=NAME_BYTES).contains(&text.len()) && text.bytes().all(|byte| is_segment_byte(byte) || byte == b'/')
}

/// One segment of an agent id (SPIFFE-ID §2.2), here of at most 64 bytes.
pub(super) fn is_segment(text: &str) -> bool {
    (1..=NAME_BYTES).contains(&text.len()) && !matches!(text, "." | "..") && text.bytes().all(is_segment_byte)
}

const fn is_segment_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// A user, as tokens name one: an issuer and a `sub`, which is ASCII of at most 255 bytes (OpenID Connect Core §2). No blanks.
pub(super) fn is_principal(text: &str) -> bool {
    (1..=LONG_NAME_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A group or a tier, as identity providers name one.
pub(super) fn is_label(text: &str) -> bool {
    (1..=LABEL_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// RFC 8707 §2: an absolute URI without fragment.
pub(super) fn is_audience(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'))
    };
    is_principal(text)
        && !text.contains('#')
        && text.split_once(':').is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
}

/// An issuer in OpenID Connect Discovery §3: a URL without query and fragment.
pub(super) fn is_issuer(text: &str) -> bool {
    is_protected_url(text) && !text.contains('?')
}

/// A URL that is safe to fetch keys from: over TLS, or on this machine. No user, no fragment.
pub(super) fn is_protected_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        _ => authority,
    };
    let is_safe = match scheme {
        "https" => is_host(host),
        "http" => matches!(host, "localhost" | "127.0.0.1" | "[::1]"),
        _ => false,
    };
    is_safe && is_principal(text) && !text.contains('#')
}

fn is_port(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_host(text: &str) -> bool {
    let is_ip6 = text.starts_with('[') && text.ends_with(']');
    let is_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !text.is_empty()
        && text.bytes().all(|byte| is_byte(byte) || (is_ip6 && matches!(byte, b'[' | b']' | b':')))
}

/// `spiffe://trust-domain`, and no path (SPIFFE-ID §2.1).
pub(super) fn is_trust_domain(text: &str) -> bool {
    text.strip_prefix("spiffe://").is_some_and(|domain| {
        (1..=255).contains(&domain.len())
            && domain.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
            })
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod tests {
    use super::*;

    /// A grammar, names that are in it, and others.
    type Row = (fn(&str) -> bool, &'static [&'static str], &'static [&'static str]);

    /// A grammar, and the most bytes of it.
    type Limit = (fn(&str) -> bool, usize);

    #[test]
    fn each_grammar_takes_its_names_and_no_others() {
        let table: [Row; 7] = [
            (is_name, &["a", "0", "monthly-close", "a.b_c-d"], &["", "A", "-a", ".a", "a/b", "a b", "é"]),
            (is_tool_name, &["pay_invoice", "fs/read", "A.b-1"], &["", "a b", "a:b", "é", "a*"]),
            (is_segment, &["a", "A.b_c-1", "..."], &["", ".", "..", "a/b", "a b", "a%20", "é"]),
            (is_principal, &["https://idp.example#u|1", "a@b.example"], &["", "a b", "a\n", "é", "a\0"]),
            (
                is_audience,
                &["https://tools.example", "urn:x:y", "spiffe://a/b"],
                &["", "tools.example", "https:", ":x", "1a:b", "https://a#b", "https://a b"],
            ),
            (
                is_issuer,
                &[
                    "https://idp.example",
                    "https://idp.example:8443/a",
                    "http://127.0.0.1:80",
                    "http://[::1]:1/x",
                ],
                &[
                    "http://idp.example",
                    "https://",
                    "https://u@idp.example",
                    "https://a?b",
                    "https://a#b",
                    "ftp://a",
                    "http://127.0.0.1.evil.example",
                    "http://localhost@evil.example",
                    "https://a:b:c",
                ],
            ),
            (
                is_trust_domain,
                &["spiffe://acme.example"],
                &["acme.example", "spiffe://", "spiffe://A", "spiffe://a/b"],
            ),
        ];
        for (is, yes, no) in table {
            yes.iter().for_each(|text| assert!(is(text), "{text}"));
            no.iter().for_each(|text| assert!(!is(text), "{text}"));
        }
        let limits: [Limit; 5] =
            [(is_name, 64), (is_tool_name, 64), (is_segment, 64), (is_principal, 512), (is_label, 256)];
        for (is, most) in limits {
            assert!(is(&"a".repeat(most)) && !is(&"a".repeat(most + 1)), "{most}");
        }
    }
}
