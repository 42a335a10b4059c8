//! Identities of other issuers: workloads that become agents, orchestrators that log in, users on whose behalf agents act.
//! A real issuer on a socket signs all of it.

use crate::{
    oidc::Issuer,
    support::{ISSUER, World, client::*, server::ResourceServer},
};
use keybound_bindings::generate_key;
use serde_json::{Value, json};

const TOOLS: &str = "https://tools.example";

/// A service that trusts an issuer.
struct Platform {
    world: World,
    issuer: Issuer,
    client: reqwest::Client,
}

fn policy(url: &str) -> String {
    let rule = |name: &str, kind: &str, issuer: &str, path: &str, rest: &str| {
        format!(
            "\n[[trust]]\nname = \"{name}\"\nissuer = \"{issuer}\"\nkind = \"{kind}\"\nkeys = {{ jwks_uri = \"{url}{path}\" }}\n\
            audience = \"{ISSUER}\"\nalgorithms = [\"RS256\", \"ES256\"]\n{rest}\n"
        )
    };
    let agent = |orchestrator: &str, task: &str, claims: &str| {
        format!(
            "role = \"agent\"\nclaims = {{ {claims} }}\n[trust.issue]\nworkflow = \"attested\"\n\
            orchestrator = \"{orchestrator}\"\ntask = \"{task}\"\nprincipal = \"{{sub}}\""
        )
    };
    let mut text = crate::support::policy();
    text.push_str(&format!(
        "\n[clients.external]\nroles = [\"orchestrator\"]\n\
        \n[workflows.attested]\norchestrators = [\"external\"]\naudiences = [\"{TOOLS}\"]\nagents = [\"{url}#system:serviceaccount:agents:*\", \
        \"{url}#repo:octo/agents:*\", \"{url}#function:*\", \"spiffe://test.example/ns/agents/*\"]\n\
        [workflows.attested.tools.read_invoice]\narguments = {{ invoice_id = {{ constraint_type = \"wildcard\" }} }}\n"
    ));
    let cluster = agent(
        "cluster",
        "{kubernetes.io/pod/uid}",
        "sub = \"system:serviceaccount:*\", \"kubernetes.io/namespace\" = \"agents\"",
    );
    text.push_str(&rule("cluster", "oidc", url, "/jwks", &cluster));
    text.push_str(&rule(
        "github",
        "oidc",
        url,
        "/jwks",
        &agent("github", "run-{run_id}", "repository = \"*\", ref = \"refs/heads/main\""),
    ));
    text.push_str(&rule(
        "functions",
        "oidc",
        url,
        "/jwks",
        &agent("functions", "call-{call}", "sub = \"function:*\""),
    ));
    let mesh = agent("mesh", "pod-{pod}", "sub = \"spiffe://test.example/*\"");
    text.push_str(&rule("mesh", "spiffe", "spiffe://test.example", "/spiffe-bundle", &mesh));
    let user = "role = \"user\"\nclaims = { email_verified = \"true\" }\n[trust.user]\nprincipal = \"{iss}#{sub}\"\ntier = \"tier\"\ngroups = \"groups\"";
    text.push_str(&rule("staff", "oidc", url, "/jwks", user));
    let orchestrator = "role = \"orchestrator\"\nclaims = { sub = \"orchestrator\", department = \"finance\" }\n[trust.client]\nclient = \"external\"";
    text.push_str(&rule("idp", "oidc", url, "/jwks", orchestrator));
    text
}

impl Platform {
    async fn new() -> Self {
        let issuer = Issuer::start().await.unwrap();
        let world = World::with_policy(&policy(issuer.url())).await;
        Self { world, client: reqwest::Client::builder().no_proxy().build().unwrap(), issuer }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.issuer.url()));
        let request = request.header("content-type", "application/json").body(body.to_string());
        serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap_or_default()
    }

    /// A token as a platform writes it, for us unless `body` says otherwise, dated by the service's clock.
    async fn mint(&self, path: &str, body: Value) -> String {
        let now = self.world.now().as_secs();
        let mut claims = json!({ "iat": now, "nbf": now, "exp": now + 300 });
        let mut body = body;
        if let Some(more) = body["claims"].as_object() {
            claims.as_object_mut().unwrap().extend(more.clone());
        }
        body["claims"] = claims;
        if path != "/token" && body["audience"].is_null() {
            body["audience"] = json!(ISSUER);
        }
        self.post(path, &body).await["token"].as_str().unwrap().to_owned()
    }

    async fn attest(
        &self,
        key: &keybound::SigningKey,
        assertion: &str,
        more: &[(&str, &str)],
    ) -> crate::support::Answer {
        let mut form = vec![("grant_type", BEARER), ("assertion", assertion)];
        form.extend_from_slice(more);
        self.world.token(key, &form).await
    }
}

fn function(claims: Value) -> Value {
    let mut all = json!({ "aud": ISSUER, "sub": "function:resize", "call": "77" });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    json!({ "claims": all })
}

/// A8, A12, A13, I5: a workload with nothing but what its platform gives it obtains a credential; the audience, the issuer, the
/// time, the claims and the pattern of the workflow decide. In RS256 and ES256.
#[tokio::test]
async fn a_workload_becomes_an_agent_by_its_platforms_word() {
    let platform = Platform::new().await;
    for alg in ["RS256", "ES256"] {
        for (path, body, orchestrator, task) in [
            ("/kubernetes", json!({ "pod_uid": "b9c9a4ae-0e6d" }), "cluster", "b9c9a4ae-0e6d"),
            ("/github", json!({ "run_id": "4711" }), "github", "run-4711"),
            ("/spiffe", json!({ "claims": { "pod": "7" } }), "mesh", "pod-7"),
            ("/token", function(json!({})), "functions", "call-77"),
        ] {
            let mut body = body;
            body["alg"] = json!(alg);
            let key = generate_key().unwrap();
            let token = platform.mint(path, body).await;
            let answer = platform.attest(&key, &token, &[]).await.ok();
            let agent = Agent::new(key, answer);
            let id = keybound::AgentId::parse(agent.id()).unwrap();
            assert_eq!((id.orchestrator(), id.task()), (orchestrator, task), "{path}");
            let server = ResourceServer::new(&platform.world, TOOLS).await;
            let call = server.call(&agent.token, &agent.key, "read_invoice", &json!({ "invoice_id": "1" }));
            assert_eq!(call.unwrap().agent().unwrap().as_str(), agent.id());
            let record = platform.world.last_record("token.issued").await;
            assert_eq!(
                (&record["grant"], &record["orchestrator"]),
                (&json!("jwt_bearer"), &json!(orchestrator))
            );
            platform.world.renew(&agent, &[]).await.ok();
        }
    }
    let now = platform.world.now().as_secs();
    for (name, path, body, code) in [
        (
            "the default audience",
            "/kubernetes",
            json!({ "audience": ["https://kubernetes.default.svc.cluster.local"] }),
            "attest.wrong_audience",
        ),
        ("no audience", "/kubernetes", json!({ "claims": { "aud": null } }), "attest.wrong_audience"),
        ("another namespace", "/kubernetes", json!({ "namespace": "web" }), "attest.no_match"),
        ("expired", "/kubernetes", json!({ "claims": { "exp": now - 31 } }), "attest.expired"),
        ("too old", "/kubernetes", json!({ "claims": { "iat": now - 700 } }), "attest.too_old"),
        ("another repository", "/github", json!({ "repository": "octo/other" }), "policy.agent_not_allowed"),
        ("another branch", "/github", json!({ "ref": "refs/heads/evil" }), "attest.no_match"),
        (
            "another path",
            "/spiffe",
            json!({ "path": "/ns/web/sa/x", "claims": { "pod": "7" } }),
            "policy.agent_not_allowed",
        ),
        ("another domain", "/spiffe", json!({ "trust_domain": "evil.example" }), "attest.unknown_issuer"),
        (
            "another audience",
            "/spiffe",
            json!({ "audience": ["https://other.example"] }),
            "attest.wrong_audience",
        ),
        (
            "another issuer",
            "/token",
            function(json!({ "iss": "https://evil.example" })),
            "attest.unknown_issuer",
        ),
        ("a claim that is missing", "/token", function(json!({ "call": null })), "policy.claim_missing"),
        (
            "a claim that is no segment",
            "/token",
            function(json!({ "call": "../../x" })),
            "policy.claim_unusable",
        ),
        (
            "unsigned",
            "/token",
            json!({ "alg": "none", "claims": function(json!({}))["claims"] }),
            "attest.wrong_algorithm",
        ),
        (
            "a shared secret",
            "/token",
            json!({ "alg": "HS256", "claims": function(json!({}))["claims"] }),
            "attest.wrong_algorithm",
        ),
        ("a user", "/user", json!({}), "attest.no_match"),
    ] {
        let token = platform.mint(path, body).await;
        let before = platform.world.log_size().await;
        let answer = platform.attest(&generate_key().unwrap(), &token, &[]).await;
        let (status, got) = answer.refused();
        assert!(got == code && matches!(status, 400 | 403), "{name}: {status} {got}, expected {code}");
        assert_eq!(platform.world.last_record("token.denied").await["code"], got.as_str(), "{name}");
        assert_eq!(platform.world.log_size().await, before + 1);
    }
}

/// A13: the issuer exchanges its keys: tokens of the new ones are believed once they are published, those of dropped ones no more.
#[tokio::test]
async fn a_platform_exchanges_its_keys() {
    let platform = Platform::new().await;
    let key = generate_key().unwrap();
    let old = platform.mint("/kubernetes", json!({})).await;
    platform.attest(&key, &old, &[]).await.ok();
    platform.world.clock.advance(61);
    platform.post("/rotate", &json!({})).await;
    let new = platform.mint("/kubernetes", json!({})).await;
    platform.attest(&key, &new, &[]).await.ok();
    platform.attest(&key, &old, &[]).await.ok();
    platform.post("/rotate?drop=1", &json!({})).await;
    platform.world.clock.advance(61);
    let newest = platform.mint("/kubernetes", json!({})).await;
    platform.attest(&key, &newest, &[]).await.ok();
    assert_eq!(platform.attest(&key, &new, &[]).await.refused().1, "attest.unknown_key");
}

/// An issuer that cannot be reached is no reason to believe anybody, and says so.
#[tokio::test]
async fn an_issuer_that_is_gone_is_503() {
    let mut platform = Platform::new().await;
    let token = platform.mint("/kubernetes", json!({})).await;
    platform.issuer.stop().await;
    let answer = platform.attest(&generate_key().unwrap(), &token, &[]).await;
    assert_eq!(answer.refused(), (503, "attest.keys_unavailable".to_owned()));
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
}

/// A18: an agent that shows another platform identity when it renews is found out; the same one passes.
#[tokio::test]
async fn evidence_that_changed_is_found_out() {
    let platform = Platform::new().await;
    let key = generate_key().unwrap();
    let first = platform.mint("/kubernetes", json!({})).await;
    let answer = platform.attest(&key, &first, &[]).await.ok();
    let agent = Agent::new(key, answer);
    let other = platform.mint("/kubernetes", json!({ "service_account": "thief" })).await;
    let answer = platform.world.renew(&agent, &[("assertion", &other)]).await;
    assert_eq!(answer.refused(), (403, "token.evidence_changed".to_owned()));
    let record = platform.world.last_record("token.denied").await;
    assert_eq!((&record["code"], &record["agent"]), (&json!("token.evidence_changed"), &json!(agent.id())));
    let again = platform.mint("/kubernetes", json!({})).await;
    platform.world.renew(&agent, &[("assertion", &again)]).await.ok();
    // Who was launched without evidence has none to show later.
    let launched = platform.world.agent("close", "one", &[]).await;
    let answer = platform.world.renew(&launched, &[("assertion", &again)]).await;
    assert_eq!(answer.refused(), (403, "token.evidence_changed".to_owned()));
}

/// A22: an orchestrator logs in with the token of the company's own issuer; the service has no store of users.
#[tokio::test]
async fn an_orchestrator_logs_in_with_an_external_token() {
    let platform = Platform::new().await;
    let world = &platform.world;
    let claims = |department: &str| json!({ "claims": { "aud": ISSUER, "sub": "orchestrator", "department": department } });
    let key = generate_key().unwrap();
    let token = platform.mint("/token", claims("finance")).await;
    let answer = platform.attest(&key, &token, &[]).await.ok();
    assert_eq!((&answer["scope"], &answer["token_type"]), (&json!("launch"), &json!("DPoP")));
    let session = Session { key, token: answer["access_token"].as_str().unwrap().to_owned() };
    let launched = world.launch(&session, &json!({ "workflow": "attested", "task": "one" })).await.ok();
    assert_eq!(launched["orchestrator"], "external");
    world.register(&generate_key().unwrap(), launched["launch_token"].as_str().unwrap(), &[]).await.ok();
    let refused = world.launch(&session, &json!({ "workflow": "close", "task": "one" })).await.refused();
    assert_eq!(refused, (403, "policy.not_your_workflow".to_owned()));
    let stranger = platform.mint("/token", claims("sales")).await;
    assert_eq!(
        platform.attest(&generate_key().unwrap(), &stranger, &[]).await.refused(),
        (400, "attest.no_match".to_owned())
    );
    // Its own assertion does not stand for a client without keys.
    let assertion = world.assertion("external", 120);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", assertion.as_str()),
    ];
    assert_eq!(
        world.token(&generate_key().unwrap(), &form).await.refused(),
        (401, "client.refused".to_owned())
    );
    assert!(world.tables().await.iter().all(|table| !table.contains("user") && !table.contains("password")));
}

fn on_behalf<'a>(user: &'a str, agent: &'a Agent, format: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", EXCHANGE),
        ("subject_token", user),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ("actor_token", &agent.token),
        ("actor_token_type", agent.answer["issued_token_type"].as_str().unwrap()),
        ("requested_token_type", format),
        ("resource", TOOLS),
    ]
}

/// H1 to H4: user and agent are both in the token, each by itself; an invalid user's token is refused; one session acts for one
/// user; no token ends later than the one it came from.
#[tokio::test]
async fn an_agent_acts_on_behalf_of_one_user() {
    let platform = Platform::new().await;
    let world = &platform.world;
    let url = platform.issuer.url().to_owned();
    let ann = platform.mint("/user", json!({ "user": "ann" })).await;
    for format in [CWT, AAT, ACCESS] {
        let agent = world.agent("close", "one", &[]).await;
        world.clock.advance(10);
        let answer = world.token(&agent.key, &on_behalf(&ann, &agent, format)).await.ok();
        let token = answer["access_token"].as_str().unwrap();
        let server = ResourceServer::new(world, TOOLS).await;
        let principal = format!("{url}#ann");
        assert!(answer["expires_in"].as_u64().unwrap() <= 290, "no later than its parent");
        if format == ACCESS {
            let believed = server.open(token).unwrap();
            assert_eq!(believed.subject(), principal);
            assert_eq!(claims(token)["act"]["sub"], agent.id());
        } else {
            let permit =
                server.call(token, &agent.key, "read_invoice", &json!({ "invoice_id": "1" })).unwrap();
            assert_eq!(
                (permit.principal(), permit.agent().unwrap().as_str()),
                (Some(&*principal), agent.id())
            );
        }
        // H3: the servers learn who it is, the log a pseudonym.
        let tools = world.log_in("tools", crate::support::SERVER).await;
        let seen = world.introspect(&tools, token).await;
        assert_eq!((&seen["sub"], &seen["act"]["sub"]), (&json!(principal), &json!(agent.id())));
        let lines = world.record_lines(0).await;
        assert!(lines.iter().all(|line| !line.contains("#ann") && !line.contains("ann@")));
        let delegated: Vec<&String> = lines.iter().filter(|line| line.contains("token.delegated")).collect();
        assert!(delegated.last().unwrap().contains("\"principal\":\"p_"));
        // H4: its session comes to act for nobody else once it was launched for one.
        let bob = platform.mint("/user", json!({ "user": "bob" })).await;
        let launch = json!({ "workflow": "close", "task": "one", "subject_token": ann });
        let for_ann = world.agent_of(&launch, &[]).await;
        let refused = world.token(&for_ann.key, &on_behalf(&bob, &for_ann, format)).await.refused();
        assert_eq!(refused, (403, "policy.principal_not_allowed".to_owned()));
        world.token(&for_ann.key, &on_behalf(&ann, &for_ann, format)).await.ok();
        world.clock.set(crate::support::START);
    }
}

/// H2: what is wrong with the user's token, or with the pair.
#[tokio::test]
async fn an_invalid_users_token_is_refused() {
    let platform = Platform::new().await;
    let world = &platform.world;
    let now = world.now().as_secs();
    let agent = world.agent("close", "one", &[]).await;
    for (name, body, code) in [
        ("for another client", json!({ "audience": "web-app" }), "attest.wrong_audience"),
        ("expired", json!({ "claims": { "exp": now - 31 } }), "attest.expired"),
        ("unverified", json!({ "claims": { "email_verified": false } }), "attest.no_match"),
        (
            "of another issuer",
            json!({ "claims": { "iss": "https://evil.example" } }),
            "attest.unknown_issuer",
        ),
    ] {
        let user = platform.mint("/user", body).await;
        let answer = world.token(&agent.key, &on_behalf(&user, &agent, CWT)).await;
        assert_eq!(answer.refused().1, code, "{name}");
        assert_eq!(world.last_record("token.denied").await["grant"], "on_behalf_of", "{name}");
    }
    let workload = platform.mint("/kubernetes", json!({})).await;
    assert_eq!(
        world.token(&agent.key, &on_behalf(&workload, &agent, CWT)).await.refused().1,
        "attest.no_match"
    );
    let user = platform.mint("/user", json!({})).await;
    let form = on_behalf(&user, &agent, CWT);
    let thief = generate_key().unwrap();
    assert_eq!(world.token(&thief, &form).await.refused().1, "proof.not_the_holder");
    let alone: Vec<_> = form.iter().copied().filter(|(name, _)| !name.starts_with("actor")).collect();
    assert_eq!(world.token(&agent.key, &alone).await.refused().1, "request.missing_parameter");
    // Only workflows that say so act on behalf of users.
    let watched = world.agent("watched", "one", &[]).await;
    let refused = world.token(&watched.key, &on_behalf(&user, &watched, CWT)).await.refused();
    assert_eq!(refused, (403, "policy.on_behalf_of_not_allowed".to_owned()));
    world.token(&agent.key, &form).await.ok();
}

/// H5, I6: a user gets the tools that their groups entitle to, from their own token's claims.
#[tokio::test]
async fn a_users_groups_decide_which_tools_there_are() {
    let platform = Platform::new().await;
    let world = &platform.world;
    let orchestrator = world.orchestrator().await;
    for (tier, groups, expected) in [
        ("pro", vec!["finance"], Ok("pay_invoice read_invoice")),
        ("pro", vec!["staff"], Ok("read_invoice")),
        ("free", vec!["finance"], Err("policy.principal_not_allowed")),
    ] {
        let user = platform.mint("/user", json!({ "tier": tier, "groups": groups })).await;
        let launch = json!({ "workflow": "tiered", "task": "one", "subject_token": user });
        let answer = world.launch(&orchestrator, &launch).await;
        match expected {
            Ok(scope) => {
                let token = answer.ok()["launch_token"].as_str().unwrap().to_owned();
                let agent = world.register(&generate_key().unwrap(), &token, &[]).await.ok();
                assert_eq!(agent["scope"], scope);
            }
            Err(code) => assert_eq!(answer.refused(), (403, code.to_owned())),
        }
    }
    let user = platform.mint("/user", json!({ "tier": "pro", "groups": ["staff"] })).await;
    let tools = json!({ "pay_invoice": { "invoice_id": { "constraint_type": "wildcard" } } });
    let asks = json!({ "workflow": "tiered", "task": "one", "subject_token": user, "tools": tools });
    let answer = world.launch(&orchestrator, &asks).await;
    assert_eq!(answer.refused(), (403, "policy.not_entitled".to_owned()));
    assert_eq!(answer.json()["tool"], "pay_invoice");
}

/// B20, B21: one call with tools and a time to live, and the workload's token as proof, gives a credential for each tool; without
/// the token, or with a proof of nobody, it gives none.
#[tokio::test]
async fn a_workload_gets_a_credential_for_each_tool() {
    let platform = Platform::new().await;
    let exact = |id: &str| {
        json!({ "type": "attenuating_agent_token", "locations": [TOOLS],
            "tools": { "read_invoice": { "invoice_id": { "constraint_type": "exact", "value": id } } } })
    };
    let details = json!([exact("1"), exact("2"), exact("3")]).to_string();
    let more =
        [("authorization_details", details.as_str()), ("ttl", "120"), ("requested_token_type", ACCESS)];
    let key = generate_key().unwrap();
    let token = platform.mint("/kubernetes", json!({})).await;
    let answer = platform.attest(&key, &token, &more).await.ok();
    let credentials = answer["credentials"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> =
        credentials.iter().map(|one| one["token_id"].as_str().unwrap()).collect();
    assert_eq!((credentials.len(), ids.len()), (3, 3));
    for (credential, id) in credentials.iter().zip(["1", "2", "3"]) {
        assert_eq!(credential["expires_in"], 120);
        let said = claims(credential["access_token"].as_str().unwrap());
        assert_eq!(
            (&said["aud"], &said["sub"]),
            (&json!([TOOLS]), &json!("system:serviceaccount:agents:runner"))
        );
        assert_eq!(said["act"]["sub"], answer["agent_id"]);
        assert_eq!(said["authorization_details"][0]["tools"]["read_invoice"]["invoice_id"]["value"], id);
    }
    let mut form = vec![("grant_type", BEARER)];
    form.extend(more);
    assert_eq!(
        platform.world.token(&key, &form).await.refused(),
        (400, "request.missing_parameter".to_owned())
    );
    form.push(("assertion", &token));
    assert_eq!(platform.world.form("/token", &[], &form).await.refused(), (400, "dpop.missing".to_owned()));
}

/// D2, D4: what was made on behalf of a user goes with its agent, and an access token also with the token it was made from.
#[tokio::test]
async fn what_is_on_behalf_of_a_user_goes_with_the_agents_token() {
    let platform = Platform::new().await;
    let world = &platform.world;
    let user = platform.mint("/user", json!({})).await;
    for format in [ACCESS, CWT, AAT] {
        for level in ["token", "agent"] {
            let agent = world.agent("close", "one", &[]).await;
            let answer = world.token(&agent.key, &on_behalf(&user, &agent, format)).await.ok();
            let token = answer["access_token"].as_str().unwrap();
            assert!(world.is_active(token).await);
            world.revoke(level, if level == "token" { agent.token_id() } else { agent.id() }).await.ok();
            assert!(!world.is_active(&agent.token).await);
            assert!(!world.is_active(token).await, "{format} {level}");
        }
    }
}
