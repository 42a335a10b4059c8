//! Agents say that they live; those that are silent end, and an orchestrator sees it.

use crate::support::{ADMIN, MOVERS, World, client::*, server::ResourceServer};
use keybound_service::jobs::sweep;
use serde_json::json;

/// D8, L5: three missed intervals of thirty seconds end an agent, and not a second earlier; whoever beats lives.
#[tokio::test]
async fn a_silent_agent_loses_its_credentials() {
    let world = World::new().await;
    let more = [("ttl", "600")];
    let (silent, alive) =
        (world.agent("watched", "one", &more).await, world.agent("watched", "one", &more).await);
    let unwatched = world.agent("close", "one", &more).await;
    assert_eq!(silent.answer["heartbeat"], 30);
    let server = ResourceServer::new(&world, "https://tools.example").await;
    for second in [30, 60, 90] {
        world.clock.set(crate::support::START + second);
        assert_eq!(
            world.as_agent(&alive, "/heartbeat", &json!({ "state": "active" })).await.ok()["next"],
            30
        );
        sweep(&world.app, false).await.unwrap();
        assert!(world.is_active(&silent.token).await, "{second}");
    }
    world.clock.advance(1);
    let before = world.log_size().await;
    sweep(&world.app, false).await.unwrap();
    let records = world.records(before).await;
    assert_eq!(records.len(), 1);
    assert_eq!(
        (&records[0]["operation"], &records[0]["agent"], &records[0]["actor"], &records[0]["task"]),
        (&json!("agent.heartbeat_missed"), &json!(silent.id()), &json!("system"), &json!("one"))
    );
    server.refresh().await.unwrap();
    for (name, agent, is_alive) in
        [("silent", &silent, false), ("alive", &alive, true), ("unwatched", &unwatched, true)]
    {
        assert_eq!(world.is_active(&agent.token).await, is_alive, "{name}");
        assert_eq!(server.verify(&agent.token).is_ok(), is_alive, "{name}");
    }
    assert_eq!(world.as_agent(&silent, "/heartbeat", &json!({})).await.refused().1, "revocation.revoked");
    assert_eq!(world.renew(&silent, &[]).await.refused().1, "revocation.revoked");
    // A second sweep finds nothing.
    let before = world.log_size().await;
    sweep(&world.app, true).await.unwrap();
    assert_eq!(world.log_size().await, before);
}

/// L16: a session whose tokens have all expired is closed under another name than one that was revoked.
#[tokio::test]
async fn an_expired_session_is_closed_under_its_own_name() {
    let world = World::new().await;
    let (expiring, revoked) =
        (world.agent("close", "one", &[]).await, world.agent("close", "one", &[("ttl", "60")]).await);
    world.revoke("agent", revoked.id()).await.ok();
    world.clock.advance(299);
    sweep(&world.app, true).await.unwrap();
    let state =
        async |agent: &Agent| world.app.store().session("default", agent.id()).await.unwrap().unwrap().state;
    assert_eq!(state(&expiring).await, "live");
    world.clock.advance(1);
    sweep(&world.app, true).await.unwrap();
    let record = world.last_record("agent.expired").await;
    assert_eq!(record["agent"], expiring.id());
    assert_eq!((state(&expiring).await, state(&revoked).await), ("expired".into(), "operator".into()));
    // What ended is kept for a day, and then goes; the log stays.
    let size = world.log_size().await;
    world.clock.advance(24 * 3600 - 1);
    sweep(&world.app, true).await.unwrap();
    assert_eq!(world.dump("sessions").await.len(), 1, "the one that expired last");
    world.clock.advance(3600);
    sweep(&world.app, true).await.unwrap();
    for table in ["sessions", "launches", "used", "revocations", "statuses"] {
        assert!(world.dump(table).await.is_empty(), "{table}");
    }
    assert_eq!(world.log_size().await, size);
}

/// F6: state, last seen and misses are there for the orchestrator that launched the agent, and for an operator.
#[tokio::test]
async fn liveness_is_visible_to_those_who_launched() {
    let world = World::new().await;
    let agent = world.agent("watched", "one", &[]).await;
    world.clock.advance(10);
    let before = world.log_size().await;
    for (state, records) in [("idle", 1), ("idle", 0), ("completing", 1), ("active", 1)] {
        let size = world.log_size().await;
        world.as_agent(&agent, "/heartbeat", &json!({ "state": state })).await.ok();
        assert_eq!(world.log_size().await, size + records, "a change is recorded, a repetition is not");
    }
    assert_eq!(world.log_size().await, before + 3);
    world.as_agent(&agent, "/heartbeat", &json!({ "state": "idle" })).await.ok();
    world.clock.advance(65);
    for (client, seed, sees) in
        [("payables", crate::support::ORCHESTRATOR, 1), ("root", ADMIN, 1), ("movers", MOVERS, 0)]
    {
        let session = world.log_in(client, seed).await;
        let seen = world.get_as(&session, "/sessions?task=one").await.ok();
        let seen = seen["sessions"].as_array().unwrap();
        assert_eq!(seen.len(), sees, "{client}");
        for one in seen {
            assert_eq!(
                (&one["agent_id"], &one["activity"], &one["state"], &one["missed"], &one["heartbeat"]),
                (&json!(agent.id()), &json!("idle"), &json!("live"), &json!(2), &json!(30))
            );
            assert_eq!(one["last_seen"], crate::support::START + 10);
        }
    }
    for (body, code) in [
        (json!({ "state": "dead" }), "request.bad"),
        (json!({ "x": 1 }), "request.bad"),
        (json!(7), "request.bad"),
    ] {
        assert_eq!(world.as_agent(&agent, "/heartbeat", &body).await.refused(), (400, code.to_owned()));
        world.last_record("heartbeat.denied").await;
    }
    let metrics = world.get("/metrics").await.text();
    assert!(metrics.contains("keybound_heartbeats_total 5"), "{metrics}");
}
