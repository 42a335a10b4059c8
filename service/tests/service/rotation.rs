//! Signing keys come and go: with an overlap in which old tokens live on, or at once.

use crate::support::{World, client::*, server::ResourceServer};
use keybound_bindings::OsRandom;
use keybound_service::{
    audit::{VerifierKey, open_checkpoints},
    keys::{KeyFile, KeyRing},
};
use serde_json::Value;

const TOOLS: &str = "https://tools.example";

fn turn(world: &World, is_emergency: bool) {
    let tenant = world.app.tenant(world.tenant).unwrap();
    let mut file = KeyFile::read(&tenant.key_file).unwrap();
    let now = world.now().as_secs();
    if is_emergency {
        file.replace(&OsRandom, now).unwrap()
    } else {
        file.rotate(&OsRandom, now).unwrap()
    }
    file.write_over(&tenant.key_file).unwrap();
    tenant.set_keys(KeyRing::of(&KeyFile::read(&tenant.key_file).unwrap()).unwrap(), world.now()).unwrap();
}

async fn kids(world: &World) -> Vec<String> {
    let jwks = world.get("/.well-known/jwks.json").await.ok();
    let keys = jwks["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// L11: after a rotation old and new tokens are believed, by servers that were configured before and after it.
#[tokio::test]
async fn rotation_lets_old_tokens_live() {
    let world = World::new().await;
    let before = ResourceServer::new(&world, TOOLS).await;
    let old_kids = kids(&world).await;
    let mut agents = Vec::new();
    for format in [CWT, AAT, ACCESS] {
        agents.push((
            format,
            world.agent("close", "one", &[("resource", TOOLS), ("requested_token_type", format)]).await,
        ));
    }
    turn(&world, false);
    let new_kids = kids(&world).await;
    assert!(old_kids.iter().all(|kid| new_kids.contains(kid)) && new_kids.len() == old_kids.len() + 2);
    let after = ResourceServer::new(&world, TOOLS).await;
    before.refresh().await.unwrap();
    let believes = |server: &ResourceServer, format: &str, token: &str| match format {
        ACCESS => server.open(token).is_ok(),
        _ => server.verify(token).is_ok(),
    };
    for (format, agent) in agents {
        assert!(
            believes(&before, format, &agent.token) && believes(&after, format, &agent.token),
            "{format}"
        );
        assert!(world.is_active(&agent.token).await, "{format}");
        // The key that comes next was published before it signed: who knew it needs no news.
        let answer = world.renew(&agent, &[]).await.ok();
        let agent = agent.with(answer);
        assert!(
            believes(&before, format, &agent.token) && believes(&after, format, &agent.token),
            "{format}"
        );
    }
    // Once everything they signed has ended, the old keys go.
    world.clock.advance(3600 + 61);
    let last = kids(&world).await;
    assert!(
        last.len() == old_kids.len()
            && last.iter().filter(|kid| old_kids.contains(kid)).count() < old_kids.len()
    );
}

/// L11: in an emergency nothing that the old keys signed is believed any more, by the service at once, by servers as soon as they
/// read the keys again.
#[tokio::test]
async fn an_emergency_ends_what_the_old_keys_signed() {
    let world = World::new().await;
    for format in [CWT, AAT, ACCESS] {
        let world = world.clone();
        let orchestrator = world.orchestrator().await;
        let agent =
            world.agent("close", "one", &[("resource", TOOLS), ("requested_token_type", format)]).await;
        let other = world.other().agent("close", "one", &[]).await;
        assert!(world.is_active(&agent.token).await);
        turn(&world, true);
        assert!(!world.is_active(&agent.token).await, "{format}");
        let refused = world.renew(&agent, &[]).await.refused();
        assert!(
            matches!(
                refused.1.as_str(),
                "chain.unknown_issuer" | "access_token.unknown_key" | "chain.bad_signature"
            ),
            "{refused:?}"
        );
        let launch = serde_json::json!({ "workflow": "close", "task": "one" });
        assert_eq!(
            world.launch(&orchestrator, &launch).await.refused(),
            (401, "access_token.unknown_key".to_owned())
        );
        let server = ResourceServer::new(&world, TOOLS).await;
        let believed = if format == ACCESS {
            server.open(&agent.token).is_ok()
        } else {
            server.verify(&agent.token).is_ok()
        };
        assert!(!believed, "{format}");
        let fresh =
            world.agent("close", "one", &[("resource", TOOLS), ("requested_token_type", format)]).await;
        assert!(world.is_active(&fresh.token).await, "{format}");
        assert!(world.other().is_active(&other.token).await, "the other tenant has its own keys");
    }
}

/// The audit log goes on under the new key, and a checkpoint of the old one still opens under the published keys.
#[tokio::test]
async fn checkpoints_of_both_keys_open() {
    let world = World::new().await;
    world.agent("close", "one", &[]).await;
    let old = world.get("/audit/checkpoint").await.text();
    turn(&world, false);
    let new = world.get("/audit/checkpoint").await.text();
    let known = world.get("/.well-known/keybound").await.ok();
    let keys = known["audit"]["keys"].as_array().unwrap().iter();
    let keys: Vec<VerifierKey> = keys.map(|key| VerifierKey::parse(key.as_str().unwrap()).unwrap()).collect();
    assert_eq!(keys.len(), 3);
    assert_eq!(open_checkpoints(&[&old, &new], &keys).unwrap().len(), 2);
    assert_ne!(old.lines().last(), new.lines().last());
    assert!(open_checkpoints(&[&old], &keys[2..]).is_err() || open_checkpoints(&[&old], &keys[..1]).is_err());
}

/// The published keys are public: no seed of the file is in anything that can be asked for, and the file is its owner's alone.
#[tokio::test]
async fn the_file_of_keys_is_its_owners_alone() {
    let world = World::new().await;
    let file = &world.app.tenant("default").unwrap().key_file;
    let text = std::fs::read_to_string(file).unwrap();
    let secrets: Value = serde_json::from_str(&text).unwrap();
    let mut seeds = vec![secrets["pseudonyms"].as_str().unwrap(), secrets["nonces"].as_str().unwrap()];
    let entries = secrets["keys"].as_object().unwrap().values().flat_map(|keys| keys.as_array().unwrap());
    seeds.extend(entries.map(|entry| entry["seed"].as_str().unwrap()));
    assert_eq!(seeds.len(), 10);
    let published = [
        "/.well-known/keybound",
        "/.well-known/jwks.json",
        "/.well-known/spiffe-bundle",
        "/audit/checkpoint",
        "/metrics",
    ];
    for path in published {
        let answer = world.get(path).await.text();
        assert!(seeds.iter().all(|seed| !answer.contains(seed)), "{path}");
    }
    let everything = world.everything(&[]).await;
    assert!(seeds.iter().all(|seed| !everything.contains(seed)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(KeyFile::read(file).is_err());
    }
}
