//! Target URIs, compared as RFC 9449 §4.3 wants it: after syntax- and scheme-based normalization (RFC 3986 §6.2.2 and
//! §6.2.3), without query and fragment.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

/// The normal form of an `http` or `https` URI; nothing for another scheme, for user information, and for what is no URI.
pub(super) fn normal(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at_checked(end)?;
    let mut out = scheme;
    out.push_str("://");
    out.push_str(&normal_authority(authority, default_port)?);
    out.push_str(&normal_path(without_query(after))?);
    Some(out)
}

/// Without query and fragment.
pub(super) fn without_query(uri: &str) -> &str {
    uri.split(['?', '#']).next().unwrap_or_default()
}

/// The path of a request target in its normal form: that of an absolute URI, or of the origin form (RFC 9112 §3.2), which
/// begins with a slash. Nothing for another form, and for a path with `.` or `..`: clients resolve those before they send,
/// and what a router makes of the rest nobody here can know.
pub(super) fn path_of(target: &str) -> Option<String> {
    let target = without_query(target);
    let path = if target.starts_with('/') {
        target
    } else {
        normal(target)?;
        let (_, rest) = target.split_once("://")?;
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
    };
    let path = normal_text(path)?;
    let climbs = path.split('/').any(|segment| matches!(segment, "." | ".."));
    (!climbs).then_some(path)
}

fn normal_authority(authority: &str, default_port: u16) -> Option<String> {
    // Whoever writes a user into a URI wants somebody to misread the host.
    if authority.contains('@') {
        return None;
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let is_literal = host.starts_with('[') && host.ends_with(']');
    if host.is_empty() || (host.contains(':') && !is_literal) {
        return None;
    }
    let mut out = normal_text(host)?.to_ascii_lowercase();
    if !port.is_empty() {
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        let port: u16 = if is_number { port.parse().ok()? } else { return None };
        if port != default_port {
            out.push(':');
            out.push_str(&port.to_string());
        }
    }
    Some(out)
}

/// A path without `.` and `..` (RFC 3986 §5.2.4); `/` for none.
fn normal_path(path: &str) -> Option<String> {
    let path = normal_text(path)?;
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            other => {
                kept.push(other);
                continue;
            }
        }
        // What is removed at the end leaves its slash.
        if is_last {
            kept.push("");
        }
    }
    Some(alloc::format!("/{}", kept.join("/")))
}

/// Percent-encoding in one form: upper case, and none of what needs none (RFC 3986 §2.3). Nothing for what a URI cannot hold.
fn normal_text(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            if !byte.is_ascii_graphic() {
                return None;
            }
            out.push(char::from(byte));
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let value = u8::try_from(digit(bytes.next())? << 4 | digit(bytes.next())?).ok()?;
        if value.is_ascii_alphanumeric() || matches!(value, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(value));
        } else {
            out.push_str(&alloc::format!("%{value:02X}"));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalent_uris_have_one_form() {
        for (uri, form) in [
            ("https://server.example.com/token", "https://server.example.com/token"),
            ("HTTPS://Server.EXAMPLE.com:443/token?a=b#c", "https://server.example.com/token"),
            ("https://server.example.com", "https://server.example.com/"),
            ("https://server.example.com?x", "https://server.example.com/"),
            ("https://server.example.com:/", "https://server.example.com/"),
            ("http://a:80/", "http://a/"),
            ("http://a:0080/", "http://a/"),
            ("http://a:443/", "http://a:443/"),
            ("https://a:8443/", "https://a:8443/"),
            ("https://a/%7euser/%e4%2F%2e%2E/b", "https://a/~user/%E4%2F../b"),
            ("https://a/x/%2e%2E/b", "https://a/b"),
            ("https://a/b/../c/./d", "https://a/c/d"),
            ("https://a/b/..", "https://a/"),
            ("https://a/b/.", "https://a/b/"),
            ("https://a/../../b", "https://a/b"),
            ("https://a//b/", "https://a//b/"),
            ("https://a/B%2fc", "https://a/B%2Fc"),
            ("https://[2001:DB8::1]:443/x", "https://[2001:db8::1]/x"),
            ("https://[::1]", "https://[::1]/"),
            ("https://%61.example/", "https://a.example/"),
        ] {
            assert_eq!(normal(uri).as_deref(), Some(form), "{uri}");
            assert_eq!(normal(form).as_deref(), Some(form), "{form}");
        }
    }

    #[test]
    fn different_uris_stay_different() {
        let forms = [
            "https://a/x",
            "http://a/x",
            "https://a/X",
            "https://a/x/",
            "https://a:444/x",
            "https://b/x",
            "https://a./x",
            "https://a/x;y",
            "https://a/%2Fx",
            "https://a//x",
        ];
        for (index, uri) in forms.iter().enumerate() {
            for other in &forms[..index] {
                assert_ne!(normal(uri), normal(other), "{uri} {other}");
            }
        }
    }

    #[test]
    fn what_is_no_http_uri_has_no_form() {
        for uri in [
            "",
            "/x",
            "a/x",
            "ftp://a/x",
            "https:/a/x",
            "https:///x",
            "https://",
            "https://:443/x",
            "https://user@a/x",
            "https://a:b/x",
            "https://a:99999/x",
            "https://a/%zz",
            "https://a/%4",
            "https://a/ x",
            "https://a/é",
            "https://a:1:2/x",
            "https://::1/x",
            "https://a\n/x",
        ] {
            assert_eq!(normal(uri), None, "{uri}");
        }
    }

    #[test]
    fn the_path_is_that_of_either_form() {
        for (target, path) in [
            ("/x?y=https://a/b", "/x"),
            ("https://internal:8080/x?y", "/x"),
            ("https://internal", "/"),
            ("/a/https://b/c", "/a/https://b/c"),
            ("//b/c", "//b/c"),
            ("/%7ea%2fb/..c/d..", "/~a%2Fb/..c/d.."),
        ] {
            assert_eq!(path_of(target).as_deref(), Some(path), "{target}");
        }
        for target in [
            "",
            "*",
            "x",
            ".evil.example/x",
            ":8443/x",
            "host:443",
            "x:/y",
            "ftp://a/x",
            "https://u@a/x",
            "/../x",
            "/a/..",
            "/a/./b",
            "/%2e%2E/x",
            "/.%2e/x",
            "https://a/../x",
            "/%zz",
            "/a b",
            "/é",
        ] {
            assert_eq!(path_of(target), None, "{target}");
        }
    }
}
