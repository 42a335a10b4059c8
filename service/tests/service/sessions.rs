//! The life of an agent: launched, issued, renewed, released.

use crate::support::World;
use serde_json::json;

#[tokio::test]
async fn an_agent_is_launched_works_renews_and_is_released() {
    let world = World::new().await;
    let agent = world.agent("close", "close-2026-11", &[("resource", "https://tools.example")]).await;
    assert_eq!(agent.answer["token_type"], "PoP");
    assert_eq!(agent.answer["expires_in"], 300);
    let id = agent.answer["agent_id"].as_str().unwrap();
    assert!(id.starts_with("spiffe://acme.example/agent/payables/close-2026-11/"), "{id}");

    let tools = world.log_in("tools", crate::support::SERVER).await;
    assert_eq!(world.introspect(&tools, &agent.token).await["active"], true);

    world.clock.advance(225);
    let renewed = world.renew(&agent, &[]).await.ok();
    assert_ne!(renewed["access_token"], agent.answer["access_token"]);
    assert_eq!(renewed["renewals"], 1);
    let tools = world.log_in("tools", crate::support::SERVER).await;
    let before = agent.token.clone();
    assert_eq!(world.introspect(&tools, &before).await["active"], false);
    let fresh = agent.with(renewed);
    assert_eq!(world.introspect(&tools, &fresh.token).await["active"], true);

    world.as_agent(&fresh, "/release", &json!({})).await.ok();
    assert_eq!(world.introspect(&tools, &fresh.token).await["active"], false);
    let after = world.renew(&fresh, &[]).await;
    assert_eq!(after.refused().1, "revocation.revoked");
}
