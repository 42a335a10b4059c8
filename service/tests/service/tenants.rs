//! Two tenants of one service: the same names on both sides, and nothing crosses.

use crate::support::{AUDITOR, ORCHESTRATOR, SERVER, World, client::*, server::ResourceServer};
use keybound_bindings::generate_key;
use serde_json::json;

/// A20: a token of one tenant is nothing to the other: not to its service, not to its resource servers.
#[tokio::test]
async fn tokens_do_not_cross() {
    let (ours, theirs) = sides().await;
    for format in [CWT, AAT, ACCESS] {
        let more = [("resource", "https://tools.example"), ("requested_token_type", format)];
        let agent = ours.agent("close", "close-1", &more).await;
        assert!(ours.is_active(&agent.token).await, "{format}");
        assert!(!theirs.is_active(&agent.token).await, "{format}");
        let (code, as_resource) = match format {
            ACCESS => ("access_token.unknown_key", "access_token.unknown_key"),
            _ => ("chain.unknown_issuer", "chain.unknown_issuer"),
        };
        let refused = theirs.renew(&agent, &[]).await.refused();
        assert_eq!(refused.1, code, "{format}");
        for path in ["/release", "/heartbeat"] {
            assert_eq!(
                theirs.as_agent(&agent, path, &json!({})).await.refused(),
                (401, code.to_owned()),
                "{format}"
            );
        }
        for (side, expected) in [(&ours, Ok(())), (&theirs, Err(as_resource))] {
            let server = ResourceServer::new(side, "https://tools.example").await;
            let believed = match format {
                ACCESS => server.open(&agent.token).map(drop),
                _ => server.verify(&agent.token).map(drop),
            };
            assert_eq!(believed, expected, "{format}");
        }
        ours.renew(&agent, &[]).await.ok();
    }
}

async fn sides() -> (World, World) {
    let ours = World::new().await;
    let theirs = ours.other();
    (ours, theirs)
}

/// A20: launches, client tokens and assertions stay where they were made.
#[tokio::test]
async fn launches_and_clients_do_not_cross() {
    let (ours, theirs) = sides().await;
    let orchestrator = ours.orchestrator().await;
    let launch = json!({ "workflow": "close", "task": "close-1" });
    let token = ours.launch_token(&orchestrator, &launch).await;
    let key = generate_key().unwrap();
    assert_eq!(theirs.register(&key, &token, &[]).await.refused(), (400, "launch.unknown".to_owned()));
    ours.register(&key, &token, &[]).await.ok();
    assert_eq!(
        theirs.launch(&orchestrator, &launch).await.refused(),
        (401, "access_token.unknown_key".to_owned())
    );
    ours.launch(&orchestrator, &launch).await.ok();
    let assertion = ours.assertion("payables", ORCHESTRATOR);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", assertion.as_str()),
    ];
    assert_eq!(theirs.token(&key, &form).await.refused(), (401, "client.refused".to_owned()));
    ours.token(&key, &form).await.ok();
}

/// A20, D3: what one tenant revokes, the other has not revoked, by whatever identical name.
#[tokio::test]
async fn revocations_do_not_cross() {
    let (ours, theirs) = sides().await;
    let (mine, yours) =
        (ours.agent("close", "close-1", &[]).await, theirs.agent("close", "close-1", &[]).await);
    ours.revoke("task", "close-1").await.ok();
    assert!(!ours.is_active(&mine.token).await && theirs.is_active(&yours.token).await);
    // Also when the other tenant's agent is named to the letter.
    ours.revoke("agent", yours.id()).await.ok();
    ours.revoke("token", yours.token_id()).await.ok();
    assert!(theirs.is_active(&yours.token).await);
    let server = ResourceServer::new(&theirs, "https://tools.example").await;
    assert!(server.verify(&yours.token).is_ok());
    theirs.revoke("token", yours.token_id()).await.ok();
    server.refresh().await.unwrap();
    assert_eq!(server.verify(&yours.token).err(), Some("revocation.revoked"));
    assert!(!theirs.is_active(&yours.token).await);
    // A list of one tenant is not taken by the verifiers of the other.
    let foreign = ours.get("/revocations").await;
    assert_eq!(
        server.feed.apply(&foreign.bytes, ours.now()).unwrap_err().code().as_str(),
        "revocation.wrong_issuer"
    );
}

/// A20: each has its own log, which the other's auditor does not see.
#[tokio::test]
async fn logs_do_not_cross() {
    let (ours, theirs) = sides().await;
    let (mine, yours) =
        (ours.agent("close", "close-1", &[]).await, theirs.agent("close", "close-1", &[]).await);
    for (side, own, other) in [(&ours, &mine, &yours), (&theirs, &yours, &mine)] {
        let reader = side.log_in("reader", AUDITOR).await;
        let page = side.get_as(&reader, "/audit/events?task=close-1&limit=1000").await.text();
        assert!(page.contains(own.id()) && !page.contains(other.id()));
        let of_other = format!("/audit/events?agent={}", other.id());
        assert_eq!(side.get_as(&reader, &of_other).await.ok()["records"], json!([]));
    }
    let reader = ours.log_in("reader", AUDITOR).await;
    let refused = theirs.get_as(&reader, "/audit/events").await.refused();
    assert_eq!(refused, (401, "access_token.unknown_key".to_owned()));
}

/// L13: one user has one pseudonym in a tenant, and another in the other.
#[tokio::test]
async fn a_user_has_one_pseudonym_in_each_tenant() {
    let (ours, theirs) = sides().await;
    let mut seen = Vec::new();
    for side in [&ours, &ours, &theirs, &theirs] {
        for user in ["https://idp.example#ann", "https://idp.example#bob"] {
            let launch = json!({ "workflow": "close", "task": "run", "principal": { "id": user } });
            side.agent_of(&launch, &[]).await;
            let record = side.last_record("token.issued").await;
            seen.push(record["principal"].as_str().unwrap().to_owned());
            assert!(seen.iter().all(|name| name.starts_with("p_")));
        }
    }
    let [ann, bob, ann_again, bob_again, ann_there, bob_there, ..] = seen.as_slice() else { panic!() };
    assert_eq!((ann, bob), (ann_again, bob_again));
    let all: std::collections::BTreeSet<_> = [ann, bob, ann_there, bob_there].into();
    assert_eq!(all.len(), 4);
}

/// There is no third tenant.
#[tokio::test]
async fn an_unknown_tenant_is_nowhere() {
    let world = World::new().await;
    for path in ["/t/nobody/.well-known/jwks.json", "/t/default2/revocations", "/t/"] {
        assert_eq!(world.get(path).await.refused(), (404, "request.not_found".to_owned()), "{path}");
    }
    world.get("/t/other/.well-known/jwks.json").await.ok();
    let metadata = world.get("/.well-known/oauth-authorization-server/t/other").await.ok();
    assert_eq!(metadata["issuer"], world.other().issuer.as_str());
    let session = world.log_in("tools", SERVER).await;
    let proof = world.proof(&session.key, "POST", "/introspect", Some(&session.token));
    let headers = [("dpop", proof.as_str()), ("authorization", &format!("DPoP {}", session.token))];
    world.form("/introspect", &headers, &[("token", "x")]).await.ok();
}
