//! Each kind of mistake in a policy, with where it is. Beside it stands the text without the mistake, which is a policy.

use super::JWKS;
use crate::policy::{Policy, Problem, Role};

/// A small policy with a part of everything, one statement a line.
fn text() -> String {
    format!(
        r#"[clients.orch]
roles = ["orchestrator"]
jwks = '{JWKS}'
bearer = false
[clients.tools]
roles = ["resource_server"]
audiences = ["https://a.example"]
[workflows.w]
orchestrators = ["orch"]
audiences = ["https://a.example"]
ttl = {{ default = 300, min = 60, max = 600 }}
session = 3600
renewals = 12
depth = 2
heartbeat = 30
launch_ttl = 30
agents = ["spiffe://acme.example/ns/*"]
formats = ["cwt"]
principals = {{ required = true, tiers = ["pro"], groups = ["finance"] }}
[workflows.w.tools.pay]
arguments = {{ amount = {{ constraint_type = "range", max = 500 }} }}
category = "payments"
groups = ["finance"]
[rates.payments]
limit = 10
per = "day"
[[trust]]
name = "cluster"
issuer = "https://k8s.example"
kind = "oidc"
keys = {{ jwks_uri = "https://k8s.example/jwks" }}
audience = "https://issuer.example"
algorithms = ["RS256"]
role = "agent"
claims = {{ sub = "agents:*" }}
max_age = 600
issue = {{ workflow = "w", orchestrator = "cluster", task = "{{jti}}", principal = "{{sub}}" }}
[[trust]]
name = "staff"
issuer = "https://login.example"
kind = "oidc"
keys = {{ jwks = '{JWKS}' }}
audience = "https://issuer.example"
algorithms = ["ES256"]
role = "user"
user = {{ principal = "{{sub}}", tier = "tier", groups = "groups" }}
[[trust]]
name = "ci"
issuer = "spiffe://acme.example"
kind = "spiffe"
keys = {{ jwks = '{JWKS}' }}
audience = "https://issuer.example"
algorithms = ["ES256"]
role = "orchestrator"
claims = {{ sub = "spiffe://acme.example/ci" }}
client = {{ client = "orch" }}
"#
    )
}

#[test]
fn the_text_without_a_mistake_is_a_policy() {
    let policy = Policy::parse(&text()).unwrap();
    let client = policy.client("orch").unwrap();
    assert!(
        client.has(Role::Orchestrator)
            && !client.has(Role::Admin)
            && client.jwks().is_some()
            && !client.bearer()
    );
    assert_eq!(policy.client("tools").unwrap().audiences(), ["https://a.example"]);
    assert_eq!(policy.rate("payments").map(|rate| (rate.limit(), rate.per().as_str())), Some((10, "day")));
    assert_eq!(
        (policy.clients().count(), policy.workflows().count(), policy.rates().count(), policy.trust().len()),
        (2, 1, 1, 3)
    );
    assert_ne!(policy.digest(), Policy::parse(&format!("{}\n", text())).unwrap().digest());
    assert_eq!(Policy::parse(&text()).unwrap().digest(), policy.digest());
}

/// What is replaced by what, where the problem is then, and a part of what is said.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    // Clients.
    ("[clients.orch]", "[clients.Orch]", "clients.Orch", "a name is"),
    (r#"roles = ["resource_server"]"#, "roles = []", "clients.tools.roles", "at least one role"),
    (
        r#"roles = ["resource_server"]"#,
        r#"roles = ["auditor"]"#,
        "clients.tools.audiences",
        "only a resource_server",
    ),
    (
        r#"["resource_server"]
audiences = ["https://a.example"]"#,
        r#"["resource_server"]
audiences = ["a.example"]"#,
        "clients.tools.audiences[0]",
        "absolute URI",
    ),
    ("jwks = '{\"keys\":[{", "jwks = '{\"keys\":[{\"d\":\"AA\",", "clients.orch.jwks", "private"),
    (r#""crv":"Ed25519""#, r#""crv":"X25519""#, "clients.orch.jwks", "no key for signatures"),
    (
        "bearer = false",
        "bearer = false\n[clients.two]\nroles = [\"admin\"]\njwks = '{\"keys\":[]}'",
        "clients.two.jwks",
        "has no key",
    ),
    (
        "bearer = false",
        "bearer = false\n[clients.two]\nroles = [\"admin\"]\njwks = 'x'",
        "clients.two.jwks",
        "not a JWK Set",
    ),
    (
        "bearer = false",
        "bearer = false\n[clients.two]\nroles = [\"admin\"]\njwks = '{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}'",
        "clients.two.jwks",
        "shared",
    ),
    // Workflows.
    ("[workflows.w]\n", "[workflows.\"w w\"]\n[workflows.w]\n", "workflows.\"w w\"", "a name is"),
    (
        r#"orchestrators = ["orch"]"#,
        r#"orchestrators = ["orch", "mallory"]"#,
        "workflows.w.orchestrators[1]",
        "no such client",
    ),
    (
        r#"orchestrators = ["orch"]"#,
        r#"orchestrators = ["tools"]"#,
        "workflows.w.orchestrators[0]",
        "role orchestrator",
    ),
    (
        "audiences = [\"https://a.example\"]\nttl",
        "audiences = [\"https://a.example\", \"https://a.example\"]\nttl",
        "workflows.w.audiences[1]",
        "twice",
    ),
    (
        "audiences = [\"https://a.example\"]\nttl",
        "audiences = [\"https://a.example#x\"]\nttl",
        "workflows.w.audiences[0]",
        "absolute URI",
    ),
    ("max = 600 }\nsession", "max = 3601 }\nsession", "workflows.w.ttl", "<= 3600"),
    ("min = 60,", "min = 59,", "workflows.w.ttl", "60 <="),
    ("default = 300", "default = 601", "workflows.w.ttl", "default <= max"),
    ("default = 300", "default = 59", "workflows.w.ttl", "min <= default"),
    ("default = 300, min = 60, max = 600", "max = 299", "workflows.w.ttl", "default 300"),
    ("session = 3600", "session = 599", "workflows.w.session", "at least ttl.max"),
    ("session = 3600", "session = 86401", "workflows.w.session", "60 to 86400"),
    ("renewals = 12", "renewals = 1441", "workflows.w.renewals", "at most 1440"),
    ("depth = 2", "depth = 6", "workflows.w.depth", "at most 5"),
    ("heartbeat = 30", "heartbeat = 3600", "workflows.w.heartbeat", "shorter than the session"),
    ("launch_ttl = 30", "launch_ttl = 31", "workflows.w.launch_ttl", "1 to 30"),
    ("launch_ttl = 30", "launch_ttl = 0", "workflows.w.launch_ttl", "1 to 30"),
    ("spiffe://acme.example/ns/*", "spiffe://*/ns", "workflows.w.agents[0]", "trust domain"),
    ("spiffe://acme.example/ns/*", "*", "workflows.w.agents[0]", "trust domain"),
    ("spiffe://acme.example/ns/*", "spiffe://acme.example*", "workflows.w.agents[0]", "trust domain"),
    (r#"formats = ["cwt"]"#, "formats = []", "workflows.w.formats", "at least one format"),
    ("required = true", "required = false", "workflows.w.principals.required", "need a user"),
    (r#"tiers = ["pro"]"#, r#"tiers = [""]"#, "workflows.w.principals.tiers[0]", "a group or tier"),
    // Tools.
    (
        "[workflows.w.tools.pay]",
        "[workflows.w.tools.\"pay it\"]",
        "workflows.w.tools.\"pay it\"",
        "a tool name",
    ),
    ("arguments = {", "# {", "workflows.w.tools.pay.arguments", "missing"),
    (
        r#"constraint_type = "range""#,
        r#"constraint_type = "between""#,
        "workflows.w.tools.pay.arguments",
        "constraint of a type",
    ),
    ("max = 500", "max = \"500\"", "workflows.w.tools.pay.arguments", "argument `amount`"),
    ("max = 500", "maximum = 500", "workflows.w.tools.pay.arguments", "argument `amount`"),
    ("max = 500", "max = 9007199254740993", "workflows.w.tools.pay.arguments", "exactly"),
    ("max = 500", "max = 1.00000000000000001", "workflows.w.tools.pay.arguments", "exactly"),
    ("max = 500", "max = inf", "workflows.w.tools.pay.arguments", "exactly"),
    ("max = 500", "max = 2026-11-24", "workflows.w.tools.pay.arguments", "date"),
    ("arguments = {", "arguments = [] # {", "workflows.w.tools.pay.arguments", "argument"),
    (
        r#"category = "payments""#,
        r#"category = "payment""#,
        "workflows.w.tools.pay.category",
        "no such category",
    ),
    (
        "groups = [\"finance\"]\n[rates",
        "groups = [\"a\\nb\"]\n[rates",
        "workflows.w.tools.pay.groups[0]",
        "a group or tier",
    ),
    ("[rates.payments]", "[rates._]\nlimit = 1\nper = \"day\"\n[rates.payments]", "rates._", "a name is"),
    // Trust.
    (r#"name = "staff""#, r#"name = "cluster""#, "trust[1].name", "one name"),
    (r#"name = "staff""#, r#"name = "Staff""#, "trust[1].name", "a name is"),
    ("issuer = \"https://k8s.example\"", "issuer = \"http://k8s.example\"", "trust[0].issuer", "https"),
    ("issuer = \"https://k8s.example\"", "issuer = \"k8s.example\"", "trust[0].issuer", "https"),
    (
        "issuer = \"spiffe://acme.example\"",
        "issuer = \"spiffe://acme.example/ci\"",
        "trust[2].issuer",
        "without path",
    ),
    (
        "issuer = \"spiffe://acme.example\"",
        "issuer = \"https://acme.example\"",
        "trust[2].issuer",
        "spiffe://",
    ),
    ("jwks_uri = \"https:", "jwks_uri = \"http:", "trust[0].keys", "https"),
    ("{ jwks_uri = \"https://k8s.example/jwks\" }", "{}", "trust[0].keys", "either"),
    (
        "{ jwks_uri = \"https://k8s.example/jwks\" }",
        "{ jwks_uri = \"https://k8s.example/jwks\", jwks = '{}' }",
        "trust[0].keys",
        "either",
    ),
    (
        "{ jwks_uri = \"https://k8s.example/jwks\" }",
        "{ jwks = '{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\",\"d\":\"AA\"}]}' }",
        "trust[0].keys",
        "private",
    ),
    (
        "audience = \"https://issuer.example\"\nalgorithms = [\"RS256\"]",
        "audience = \"\"\nalgorithms = [\"RS256\"]",
        "trust[0].audience",
        "empty",
    ),
    (r#"algorithms = ["RS256"]"#, "algorithms = []", "trust[0].algorithms", "at least one"),
    (r#"algorithms = ["RS256"]"#, r#"algorithms = ["RS256", "RS256"]"#, "trust[0].algorithms[1]", "twice"),
    (
        "algorithms = [\"ES256\"]\nrole = \"orchestrator\"",
        "algorithms = [\"EdDSA\"]\nrole = \"orchestrator\"",
        "trust[2].algorithms[0]",
        "SVIDs",
    ),
    (r#"claims = { sub = "agents:*" }"#, "", "trust[0].claims", "whose tokens"),
    (r#"claims = { sub = "agents:*" }"#, r#"claims = { sub = "*" }"#, "trust[0].claims", "whose tokens"),
    (
        r#"claims = { sub = "agents:*" }"#,
        r#"claims = { "a//b" = "x" }"#,
        "trust[0].claims.\"a//b\"",
        "name of a claim",
    ),
    (r#"claims = { sub = "agents:*" }"#, r#"claims = { sub = "" }"#, "trust[0].claims.sub", "a pattern"),
    ("max_age = 600", "max_age = 0", "trust[0].max_age", "1 to 86400"),
    ("role = \"agent\"", "role = \"user\"", "trust[0].role", "[trust.user]"),
    ("role = \"user\"", "role = \"agent\"\nclaims = { sub = \"a\" }", "trust[1].role", "[trust.issue]"),
    ("role = \"orchestrator\"", "role = \"agent\"", "trust[2].role", "[trust.issue]"),
    ("workflow = \"w\"", "workflow = \"x\"", "trust[0].issue.workflow", "no such workflow"),
    (
        "orchestrator = \"cluster\"",
        "orchestrator = \"orch\"",
        "trust[0].issue.orchestrator",
        "the name of a client",
    ),
    ("orchestrator = \"cluster\"", "orchestrator = \"a/b\"", "trust[0].issue.orchestrator", "1 to 64"),
    ("task = \"{jti}\"", "task = \"fixed\"", "trust[0].issue.task", "one task"),
    ("task = \"{jti}\"", "task = \"{jti}{sub}\"", "trust[0].issue.task", "between them"),
    ("task = \"{jti}\"", "task = \"{jti\"", "trust[0].issue.task", "without its"),
    (
        "principal = \"{sub}\", tier",
        "principal = \"all\", tier",
        "trust[1].user.principal",
        "all users would be one",
    ),
    ("tier = \"tier\"", "tier = \"\"", "trust[1].user.tier", "name of a claim"),
    (
        "client = { client = \"orch\" }",
        "client = { client = \"x\" }",
        "trust[2].client.client",
        "no such client",
    ),
];

#[test]
fn every_mistake_is_named_with_its_place() {
    for (from, to, at, what) in MISTAKES {
        let text = text();
        assert!(text.contains(from), "{from}");
        let wrong = text.replacen(from, to, 1);
        let error = Policy::parse(&wrong).expect_err(to);
        let is_it = |problem: &&Problem| problem.at() == *at && problem.what().contains(what);
        let problem = error.problems().iter().find(is_it).unwrap_or_else(|| panic!("{to}: {error}"));
        assert!(problem.line().is_some(), "{problem}");
    }
}

#[test]
fn unknown_keys_and_wrong_types_are_named_with_their_line() {
    for (from, to, what) in [
        ("bearer = false", "bear = false", "unknown field `bear`"),
        ("depth = 2", "dept = 2", "unknown field `dept`"),
        ("required = true", "require = true", "unknown field `require`"),
        ("default = 300", "standard = 300", "unknown field `standard`"),
        ("category = ", "categories = ", "unknown field `categories`"),
        ("limit = 10", "limits = 10", "unknown field `limits`"),
        ("max_age = 600", "max-age = 600", "unknown field `max-age`"),
        ("jwks_uri", "jwks_url", "unknown field `jwks_url`"),
        ("task = \"{jti}\"", "job = \"{jti}\"", "unknown field `job`"),
        ("tier = \"tier\"", "level = \"tier\"", "unknown field `level`"),
        ("{ client = \"orch\" }", "{ id = \"orch\" }", "unknown field `id`"),
        ("[rates.payments]", "[rate.payments]", "unknown field `rate`"),
        ("per = \"day\"", "per = \"week\"", "unknown variant `week`"),
        ("\"resource_server\"", "\"root\"", "unknown variant `root`"),
        ("[\"RS256\"]", "[\"none\"]", "unknown variant `none`"),
        ("[\"RS256\"]", "[\"HS256\"]", "unknown variant `HS256`"),
        ("depth = 2", "depth = -2", "invalid value: integer, expected u32"),
        ("depth = 2", "depth = \"secret\"", "invalid type: string, expected u32"),
        ("limit = 10", "# limit", "missing field `limit`"),
        ("depth = 2", "depth = 2\ndepth = 3", "duplicate key"),
        ("depth = 2", "depth = ", "expected"),
    ] {
        let text = text();
        assert!(text.contains(from), "{from}");
        let wrong = text.replacen(from, to, 1);
        let error = Policy::parse(&wrong).expect_err(to);
        let [problem] = error.problems() else { panic!("{to}: {error}") };
        assert!(problem.what().contains(what), "{to}: {error}");
        let line = text.split(from).next().unwrap().lines().count();
        assert!(
            problem.line().is_some_and(|found| found.abs_diff(line) <= 2),
            "{to}: {error}, about line {line}"
        );
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let wrong = text()
        .replace("depth = 2", "depth = 6")
        .replace("launch_ttl = 30", "launch_ttl = 31")
        .replace("max_age = 600", "max_age = 0");
    let error = Policy::parse(&wrong).unwrap_err();
    assert_eq!(error.problems().len(), 3, "{error}");
    let line = |key: &str| wrong.lines().position(|line| line.starts_with(key)).unwrap() + 1;
    assert_eq!(
        error.to_string(),
        format!(
            "line {}: workflows.w.depth: must be at most 5\nline {}: workflows.w.launch_ttl: must be 1 to 30 seconds\n\
             line {}: trust[0].max_age: must be 1 to 86400 seconds",
            line("depth"),
            line("launch_ttl"),
            line("max_age")
        )
    );
}

/// H4: the same `sub` at two issuers is two users.
#[test]
fn users_of_several_issuers_are_kept_apart() {
    let second = |issuer: &str, principal: &str| {
        format!(
            "{}\n[[trust]]\nname = \"guests\"\nissuer = \"{issuer}\"\nkind = \"oidc\"\nkeys = {{ jwks_uri = \"https://x.example\" }}\n\
             audience = \"a\"\nalgorithms = [\"RS256\"]\nrole = \"user\"\nuser = {{ principal = \"{principal}\" }}\n",
            text()
        )
    };
    let error = Policy::parse(&second("https://other.example", "{iss}#{sub}")).unwrap_err();
    assert_eq!(
        error.problems().iter().map(|problem| problem.at()).collect::<Vec<_>>(),
        ["trust[1].user.principal"]
    );
    let both = second("https://other.example", "{iss}#{sub}")
        .replace("principal = \"{sub}\", tier", "principal = \"{iss}#{sub}\", tier");
    assert!(Policy::parse(&both).is_ok());
    assert!(Policy::parse(&second("https://login.example", "{sub}")).is_ok(), "one issuer, one set of users");
}
