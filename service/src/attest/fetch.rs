//! Fetching a key set over HTTP, and nothing else.

use super::json::{object, text};
use reqwest::{Certificate, Client, ClientBuilder, Response, StatusCode, Url, header, redirect};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

/// An issuer in the same continent answers a handshake in a tenth of it.
const CONNECT: Duration = Duration::from_secs(2);

/// For everything, metadata and keys together: somebody waits for it.
const TOTAL: Duration = Duration::from_secs(5);

/// 512 KiB: a thousand keys.
const MAX_BYTES: usize = 512 * 1024;

/// Where a key set is, as configured.
#[derive(Debug)]
pub(super) struct Remote {
    client: Client,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Jwks(Url),
    Discovery { issuer: String, metadata: Url },
}

/// A document as it came.
pub(super) struct Document {
    pub(super) body: Vec<u8>,
    /// `max-age` of `Cache-Control` (RFC 9111 §5.2.2.1), in seconds.
    pub(super) max_age: Option<u64>,
}

impl Remote {
    /// A JWK Set at a URI.
    pub(super) fn jwks(uri: &str, roots: Option<&str>) -> Result<Self, &'static str> {
        let uri = endpoint(uri)?;
        Ok(Self { client: client(&uri, roots)?, place: Place::Jwks(uri) })
    }

    /// The JWK Set an issuer's metadata name. They are below the issuer's own path (OpenID Connect Discovery §4).
    pub(super) fn discovered(issuer: &str, roots: Option<&str>) -> Result<Self, &'static str> {
        if endpoint(issuer)?.query().is_some() {
            return Err("an issuer has no query");
        }
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let metadata = endpoint(&format!("{base}/.well-known/openid-configuration"))?;
        let client = client(&metadata, roots)?;
        Ok(Self { client, place: Place::Discovery { issuer: issuer.to_owned(), metadata } })
    }

    /// Fetches the set.
    ///
    /// # Errors
    /// A sentence: why it could not be had.
    pub(super) async fn fetch(&self) -> Result<Document, &'static str> {
        tokio::time::timeout(TOTAL, self.fetch_at_leisure()).await.unwrap_or(Err("no answer in 5 seconds"))
    }

    async fn fetch_at_leisure(&self) -> Result<Document, &'static str> {
        match &self.place {
            Place::Jwks(uri) => self.get(uri).await,
            Place::Discovery { issuer, metadata } => {
                let place = jwks_uri(&self.get(metadata).await?.body, issuer, metadata.scheme())?;
                self.get(&place).await
            }
        }
    }

    async fn get(&self, place: &Url) -> Result<Document, &'static str> {
        let answer = self.client.get(place.clone()).header(header::ACCEPT, "application/json").send().await;
        let answer = answer.map_err(|error| {
            if error.is_timeout() {
                "no connection in 2 seconds"
            } else {
                "no connection, or no trust in its certificate"
            }
        })?;
        match answer.status() {
            StatusCode::OK => {}
            status if status.is_redirection() => {
                return Err("the answer is a redirect, which is not followed");
            }
            _ => return Err("the answer is an error"),
        }
        let max_age = max_age(answer.headers());
        Ok(Document { body: body(answer).await?, max_age })
    }
}

async fn body(mut answer: Response) -> Result<Vec<u8>, &'static str> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| "the answer broke off")? {
        if body.len().saturating_add(chunk.len()) > MAX_BYTES {
            return Err("the answer is larger than 512 KiB");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

const PLAIN: &str = "keys come over HTTPS; over plain HTTP from a loopback address alone";

/// A place keys may come from.
fn endpoint(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "this is no URL")?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("a URL here has no user, no password and no fragment");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(PLAIN),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || literal.is_ok_and(|address| address.is_loopback())
}

/// A client that goes where it is sent and nowhere else. The system's proxy may carry TLS; plain HTTP stays on this machine, whatever
/// name service or proxy settings say.
fn client(place: &Url, roots: Option<&str>) -> Result<Client, &'static str> {
    let builder = Client::builder()
        .connect_timeout(CONNECT)
        .redirect(redirect::Policy::none())
        .referer(false)
        .user_agent("keybound");
    let builder = match (place.scheme(), roots) {
        ("https", None) => builder.https_only(true),
        ("https", Some(pem)) => {
            let roots = Certificate::from_pem_bundle(pem.as_bytes()).unwrap_or_default();
            if roots.is_empty() {
                return Err("the roots hold no certificate in PEM");
            }
            builder.https_only(true).tls_certs_only(roots)
        }
        _ => at_home(builder),
    };
    builder.build().map_err(|_| "TLS cannot be set up: no usable roots")
}

fn at_home(builder: ClientBuilder) -> ClientBuilder {
    let addresses = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let builder =
        builder.no_proxy().resolve_to_addrs("localhost", &addresses.map(|address| (address, 0).into()));
    // No TLS here, so no roots either: a machine may have none.
    builder.tls_certs_only([])
}

/// Reads an issuer's metadata. They must be its own (OpenID Connect Discovery §4.3), and what was asked over TLS sends nobody into the
/// open.
fn jwks_uri(metadata: &[u8], issuer: &str, scheme: &str) -> Result<Url, &'static str> {
    let metadata = object(metadata).map_err(|_| "the metadata are not a JSON object")?;
    if text(&metadata, "issuer") != Some(issuer) {
        return Err("the metadata are those of another issuer");
    }
    let place = endpoint(text(&metadata, "jwks_uri").ok_or("the metadata name no jwks_uri")?)?;
    if place.scheme() == scheme { Ok(place) } else { Err("metadata and keys are not both over HTTPS") }
}

fn max_age(headers: &header::HeaderMap) -> Option<u64> {
    let said = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives = said.flat_map(|text| text.split(',')).filter_map(|text| text.split_once('='));
    let (_, age) = directives.find(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"))?;
    age.trim().trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_where_somebody_can_answer_for() {
        for text in [
            "https://a.example/jwks",
            "https://10.0.0.1/k",
            "http://127.0.0.1:1/k",
            "http://127.9.9.9/",
            "http://[::1]:8/",
            "http://localhost/k",
        ] {
            assert!(endpoint(text).is_ok(), "{text}");
        }
        for text in [
            "http://a.example/jwks",
            "http://10.0.0.1/k",
            "http://0.0.0.0/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost.a.example/",
            "http://127.0.0.1.a.example/",
            "http://127.0.0.1@a.example/",
            "https://u:p@a.example/",
            "https://a.example/#k",
            "file:///etc/keys",
            "ftp://127.0.0.1/",
            "a.example/jwks",
            "",
        ] {
            assert!(endpoint(text).is_err(), "{text}");
        }
    }

    #[test]
    fn metadata_are_of_their_own_issuer() {
        let metadata = br#"{"issuer":"https://a.example","jwks_uri":"https://b.example/k"}"#;
        let found =
            |metadata: &[u8], issuer| jwks_uri(metadata, issuer, "https").map(|place| place.to_string());
        assert_eq!(found(metadata, "https://a.example").as_deref(), Ok("https://b.example/k"));
        for (metadata, issuer) in [
            (&metadata[..], "https://a.example/"),
            (&metadata[..], "https://A.example"),
            (br#"{"issuer":"https://a.example"}"#, "https://a.example"),
            (br#"{"issuer":"https://a.example","jwks_uri":"http://b.example/k"}"#, "https://a.example"),
            (br#"{"issuer":"https://a.example","jwks_uri":"http://127.0.0.1/k"}"#, "https://a.example"),
            (
                br#"{"issuer":"x","issuer":"https://a.example","jwks_uri":"https://b.example/k"}"#,
                "https://a.example",
            ),
            (b"[]", "https://a.example"),
        ] {
            assert!(found(metadata, issuer).is_err());
        }
        assert!(Remote::discovered("https://a.example/?x=1", None).is_err());
    }

    #[test]
    fn max_age_is_found_among_others() {
        for (text, age) in [
            ("max-age=60", Some(60)),
            ("public, Max-Age=3600, must-revalidate", Some(3600)),
            ("max-age=\"5\"", Some(5)),
            ("s-maxage=60", None),
            ("no-store", None),
            ("max-age=-1", None),
            ("max-age=99999999999999999999", None),
        ] {
            let headers = header::HeaderMap::from_iter([(header::CACHE_CONTROL, text.parse().unwrap())]);
            assert_eq!(max_age(&headers), age, "{text}");
        }
    }
}
