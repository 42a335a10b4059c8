//! The service's own settings: one TOML file, over it the environment, over both the command line.
//!
//! `KEYBOUND_SERVER__LISTEN` sets `server.listen`; with `_FILE` behind a name the value is what that file holds, for secrets that
//! are mounted. A key nobody knows is an error. What agents may get is no setting: that is the policy.

use crate::store::Dialect;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// All settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where and how it listens.
    #[serde(default)]
    pub server: Server,
    /// Where it remembers.
    #[serde(default)]
    pub database: Database,
    /// The trust domains it issues for, by name. At least one; `default` is the one at the root of the address.
    #[serde(default)]
    pub tenants: BTreeMap<String, TenantConfig>,
}

/// Where and how it listens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    pub listen: SocketAddr,
    /// Certificate chain and key in PEM. Without them only loopback is served in plain, or what a proxy terminates.
    pub tls: Option<Tls>,
    /// Serves plain HTTP on any address: a proxy in front terminates TLS.
    pub behind_proxy: bool,
    /// Seconds a request may take.
    pub timeout: u64,
    /// Seconds that running requests get when the service is told to stop.
    pub drain: u64,
}

/// Files of a TLS identity.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Where it remembers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite://file` or `postgres://…`.
    pub url: String,
    /// Connections for reading.
    pub readers: u32,
    /// Seconds that ended sessions and launches are kept. The audit log is kept for ever.
    pub retention: u64,
}

/// One trust domain.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantConfig {
    /// The issuer id: the URL at which clients reach the tenant, without a slash at the end.
    pub issuer: String,
    /// The trust domain in agent ids; the issuer's host when not given.
    #[serde(default)]
    pub trust_domain: Option<String>,
    /// The file of the policy; `policy.toml` when not given. Without the file everything is denied.
    #[serde(default)]
    pub policy: Option<PathBuf>,
    /// The file of the keys; `keys/<tenant>.json` when not given.
    #[serde(default)]
    pub keys: Option<PathBuf>,
    /// Whether DPoP proofs for first tokens need a nonce of ours.
    #[serde(default = "yes")]
    pub nonces: bool,
}

const fn yes() -> bool {
    true
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            tls: None,
            behind_proxy: false,
            timeout: 15,
            drain: 10,
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "sqlite://keybound.db".to_owned(), readers: 8, retention: 24 * 60 * 60 }
    }
}

impl Config {
    /// Reads the file, if there is one, and the `KEYBOUND_…__…` of an environment.
    ///
    /// # Errors
    /// [`ConfigError`] with every name it is about.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let config = Self::parse(file, environment)?;
        config.check()?;
        Ok(config)
    }

    /// The same, without asking whether it all goes together: [`Config::problems`] says that.
    ///
    /// # Errors
    /// [`ConfigError`] with the line, or the name of the variable.
    pub fn parse(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let text = match file {
            Some(path) => fs::read_to_string(path)
                .map_err(|error| ConfigError(format!("{}: {error}", path.display())))?,
            None => String::new(),
        };
        let place = |error: &toml::de::Error| {
            let line = error.span().map(|span| line_at(&text, span.start));
            let line = line.map_or_else(String::new, |line| format!(" line {line}:"));
            ConfigError(format!("{}:{line} {}", file.unwrap_or(Path::new("-")).display(), error.message()))
        };
        let mut table = text.parse::<Table>().map_err(|error| place(&error))?;
        for (name, value) in environment {
            overlay(&mut table, &name, &value)?;
        }
        Value::Table(table).try_into().map_err(|error: toml::de::Error| {
            // Alone, the file has lines. What it alone does not get wrong, the environment does.
            match toml::from_str::<Self>(&text) {
                Err(alone) if alone.message() == error.message() => place(&alone),
                _ => ConfigError(format!("the environment (KEYBOUND_…__…): {}", error.message())),
            }
        })
    }

    /// The settings in a table.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn of(table: Table) -> Result<Self, ConfigError> {
        let config: Self = Value::Table(table)
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError(error.message().to_owned()))?;
        config.check()?;
        Ok(config)
    }

    /// One tenant under one issuer and nothing else: enough to begin with.
    ///
    /// # Errors
    /// [`ConfigError`] when the issuer is none.
    pub fn with_issuer(mut self, issuer: &str) -> Result<Self, ConfigError> {
        self.set_issuer(issuer);
        self.check()?;
        Ok(self)
    }

    /// Gives the tenant at the root its issuer; [`Config::problems`] says whether it can have it.
    pub fn set_issuer(&mut self, issuer: &str) {
        let tenant = TenantConfig {
            issuer: issuer.to_owned(),
            trust_domain: None,
            policy: None,
            keys: None,
            nonces: true,
        };
        self.tenants.entry(DEFAULT.to_owned()).or_insert(tenant).issuer = issuer.to_owned();
    }

    /// Whether it all goes together.
    ///
    /// # Errors
    /// [`ConfigError`] with the name it is about.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.problems().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that does not go together, each with the name it is about.
    pub fn problems(&self) -> Vec<ConfigError> {
        let mut problems: Vec<ConfigError> =
            self.tenants.iter().flat_map(|(name, tenant)| tenant.problems(name)).collect();
        let mut add = |problem: String| problems.push(ConfigError(problem));
        for (name, tenant) in &self.tenants {
            let before = self.tenants.range::<String, _>(..name.clone());
            for (other, _) in before.clone().filter(|(_, other)| other.issuer == tenant.issuer) {
                add(format!("tenants.{name}.issuer: tenants.{other} has the same"));
            }
            for (other, _) in before.filter(|(other, its)| its.key_file(other) == tenant.key_file(name)) {
                add(format!("tenants.{name}.keys: tenants.{other} has the same file"));
            }
        }
        let plain = self.server.tls.is_none() && !self.server.behind_proxy;
        if plain && !self.server.listen.ip().is_loopback() {
            let needs = "another address than loopback needs server.tls, or server.behind_proxy = true";
            add(format!("server.listen: {needs}"));
        }
        if let Err(error) = Dialect::of(&self.database.url) {
            add(format!("database.url: {error}"));
        }
        problems
    }

    /// The settings as they are in force, with what was left out filled in, and without the database's password.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let mut config = self.clone();
        config.database.url = without_password(&self.database.url);
        for (name, tenant) in &mut config.tenants {
            tenant.trust_domain = Some(tenant.trust_domain());
            tenant.policy = Some(tenant.policy_file());
            tenant.keys = Some(tenant.key_file(name));
        }
        config
    }
}

/// The tenant at the root of the address.
pub const DEFAULT: &str = "default";

impl TenantConfig {
    fn problems(&self, name: &str) -> Vec<ConfigError> {
        let mut problems = Vec::new();
        let is_name = !name.is_empty()
            && name.len() <= 63
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_name {
            let name = name.escape_debug();
            problems.push(ConfigError(format!("tenants: `{name}` is no name: a-z, 0-9 and -")));
        }
        let mut wrong = |problem: &str| problems.push(ConfigError(format!("tenants.{name}.{problem}")));
        match origin(&self.issuer) {
            None => wrong(
                "issuer: a URL such as https://issuer.example, without query, fragment and slash at the end",
            ),
            Some(("http", host)) if !is_loopback(host) => {
                wrong("issuer: https, or http on this machine alone")
            }
            Some(_) => {
                let id = format!("spiffe://{}/agent/o/t/i", self.trust_domain());
                if keybound::AgentId::parse(&id).is_err() {
                    wrong("trust_domain: lower-case letters, digits, `.`, `-` and `_`");
                }
            }
        }
        problems
    }

    /// The trust domain in agent ids.
    pub fn trust_domain(&self) -> String {
        let host =
            || origin(&self.issuer).map(|(_, host)| host.split(':').next().unwrap_or_default().to_owned());
        self.trust_domain.clone().or_else(host).unwrap_or_default()
    }

    /// The file of the policy.
    pub fn policy_file(&self) -> PathBuf {
        self.policy.clone().unwrap_or_else(|| PathBuf::from("policy.toml"))
    }

    /// The file of the keys of the tenant called `name`.
    pub fn key_file(&self, name: &str) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| PathBuf::from(format!("keys/{name}.json")))
    }
}

/// Scheme and authority of an issuer id (RFC 8414 §2: no query, no fragment).
fn origin(issuer: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = issuer.split_once("://")?;
    let host = rest.split('/').next()?;
    let fits = matches!(scheme, "http" | "https")
        && !host.is_empty()
        && !issuer.ends_with('/')
        && issuer
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'@' | b'"' | b'\\'));
    fits.then_some((scheme, host))
}

/// A URL in which nobody finds a password: neither before the `@` nor among the parameters. What is behind the first colon of
/// the authority is hidden up to the last `@`, so that one that was not encoded does not show either.
fn without_password(url: &str) -> String {
    const HIDDEN: &str = "***";
    let hide = |(scheme, rest): (&str, &str)| {
        let (user, host) = rest.rsplit_once('@')?;
        let user =
            user.split_once(':').map_or_else(|| user.to_owned(), |(name, _)| format!("{name}:{HIDDEN}"));
        Some(format!("{scheme}://{user}@{host}"))
    };
    let url = url.split_once("://").and_then(hide).unwrap_or_else(|| url.to_owned());
    let Some((address, query)) = url.split_once('?') else { return url };
    let hidden = |parameter: &str| match parameter.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}={HIDDEN}"),
        _ => parameter.to_owned(),
    };
    let parameters: Vec<String> = query.split('&').map(hidden).collect();
    format!("{address}?{}", parameters.join("&"))
}

/// The line of an offset in a text, from 1.
fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Puts `KEYBOUND_A__B=value` into the table as `a.b`. What does not begin so is somebody else's.
fn overlay(table: &mut Table, name: &str, value: &str) -> Result<(), ConfigError> {
    let Some(path) = name.strip_prefix("KEYBOUND_").filter(|path| path.contains("__")) else { return Ok(()) };
    let (path, value) = match path.strip_suffix("_FILE") {
        Some(path) => {
            let text = fs::read_to_string(value).map_err(|error| ConfigError(format!("{name}: {error}")))?;
            (path, text.trim_end_matches(['\n', '\r']).to_owned())
        }
        None => (path, value.to_owned()),
    };
    let keys: Vec<String> = path.split("__").map(str::to_ascii_lowercase).collect();
    let Some((last, tables)) = keys.split_last() else { return Ok(()) };
    let mut place = table;
    for key in tables {
        let entry = place.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
        place = entry.as_table_mut().ok_or_else(|| ConfigError(format!("{name}: {key} is no table")))?;
    }
    place.insert(last.clone(), scalar(&value));
    Ok(())
}

/// A number or a boolean where it reads as one.
fn scalar(text: &str) -> Value {
    let number = text.parse().map(Value::Integer).ok();
    number.or_else(|| text.parse().map(Value::Boolean).ok()).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// What is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let mut table: Table = text.parse().unwrap();
        for (name, value) in environment {
            overlay(&mut table, name, value)?;
        }
        Config::of(table)
    }

    #[test]
    fn one_setting_is_enough() {
        let config = Config::read(None, []).unwrap().with_issuer("http://127.0.0.1:8420").unwrap();
        let tenant = &config.tenants[DEFAULT];
        assert_eq!(tenant.trust_domain(), "127.0.0.1");
        assert_eq!(config.server.listen.port(), 8420);
        assert_eq!(tenant.key_file(DEFAULT), PathBuf::from("keys/default.json"));
    }

    #[test]
    fn the_environment_stands_over_the_file() {
        let file = "[server]\ntimeout = 5\n[tenants.acme]\nissuer = 'https://i.example/acme'";
        let config =
            read(file, &[("KEYBOUND_SERVER__TIMEOUT", "7"), ("HOME", "x"), ("KEYBOUND_TEST_ALL", "1")])
                .unwrap();
        assert_eq!(config.server.timeout, 7);
        assert_eq!(config.tenants["acme"].trust_domain(), "i.example");
    }

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            ("postgres://ann:s3cret@db.example/keybound", "postgres://ann:***@db.example/keybound"),
            (
                "postgres://ann:s3@c:ret@db.example/x?sslmode=require",
                "postgres://ann:***@db.example/x?sslmode=require",
            ),
            (
                "postgres://db.example/x?user=ann&password=s3cret",
                "postgres://db.example/x?user=ann&password=***",
            ),
            ("postgres://ann:s3/c?ret@db.example/x", "postgres://ann:***@db.example/x"),
            ("postgres://ann@db.example/x", "postgres://ann@db.example/x"),
            ("sqlite://keybound.db", "sqlite://keybound.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn every_problem_is_found() {
        let text = "[server]\nlisten = '0.0.0.0:1'\n[database]\nurl = 'mysql://x'\n\
            [tenants.a]\nissuer = 'http://a.example'\n[tenants.b]\nissuer = 'http://a.example'\nkeys = 'keys/a.json'";
        let config: Config = toml::from_str(text).unwrap();
        let problems: Vec<String> = config.problems().into_iter().map(|problem| problem.0).collect();
        for name in
            ["tenants.a.issuer", "tenants.b.issuer", "tenants.b.keys", "server.listen", "database.url"]
        {
            assert!(problems.iter().any(|problem| problem.starts_with(name)), "{name}: {problems:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, problem) in [
            ("[server]\nlisten_on = 'x'", "listen_on"),
            ("[server]\nlisten = '0.0.0.0:1'", "server.tls"),
            ("[tenants.a]\nissuer = 'http://a.example'", "https"),
            ("[tenants.a]\nissuer = 'https://a.example/'", "slash"),
            ("[tenants.a]\nissuer = 'https://a.example?x'", "query"),
            ("[tenants.A]\nissuer = 'https://a.example'", "no name"),
            ("[tenants.a]\nissuer = 'https://a.example'\ntrust_domain = 'A'", "trust_domain"),
            ("[tenants.a]", "issuer"),
        ] {
            let error = read(text, &[]).unwrap_err().0;
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
