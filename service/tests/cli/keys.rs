//! `keys`: what is shown, what takes over, and what happens when somebody else has the file.

use crate::{
    command::{Place, beside},
    support::World,
};
use keybound_service::audit::VerifierKey;
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

fn of<'a>(keys: &'a Value, purpose: &'a str, state: &'a str) -> Vec<&'a str> {
    let keys = keys["keys"].as_array().unwrap().iter();
    let wanted = keys.filter(|key| key["purpose"] == purpose && key["state"] == state);
    wanted.map(|key| key["kid"].as_str().unwrap()).collect()
}

/// Every secret of a file of keys.
fn secrets(path: &Path) -> Vec<String> {
    fn gather(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) if text.len() == 43 => found.push(text.clone()),
            Value::Array(values) => values.iter().for_each(|value| gather(value, found)),
            Value::Object(members) => members.values().for_each(|value| gather(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    gather(&serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap(), &mut found);
    found
}

#[tokio::test]
async fn public_halves_are_shown_and_nothing_secret() {
    let world = World::new().await;
    let shown = beside(&world, &["keys", "show", "--json"]).json();
    for purpose in ["authority", "access", "revocation", "audit"] {
        assert_eq!(
            (of(&shown, purpose, "active").len(), of(&shown, purpose, "next").len()),
            (1, 1),
            "{purpose}"
        );
    }
    // What is shown is what the service publishes.
    let published = world.get("/.well-known/keybound").await.ok();
    let anchors: Vec<&Value> =
        shown["keys"].as_array().unwrap().iter().filter(|key| key["purpose"] == "authority").collect();
    for (shown, published) in anchors.iter().zip(published["anchors"].as_array().unwrap()) {
        for member in ["kid", "jwk", "cose", "state"] {
            assert_eq!(shown[member], published[member]);
        }
    }
    let vkeys: Vec<&str> =
        shown["keys"].as_array().unwrap().iter().filter_map(|key| key["vkey"].as_str()).collect();
    assert_eq!(published["audit"]["keys"].as_array().unwrap().len(), vkeys.len());
    assert!(
        vkeys
            .iter()
            .all(|vkey| VerifierKey::parse(vkey).is_ok_and(|key| key.name() == "127.0.0.1:8420/audit"))
    );

    let text = beside(&world, &["keys", "show"]).ok();
    assert!(text.contains(vkeys[0]) && text.contains(anchors[0]["cose"].as_str().unwrap()), "{text}");
    let secrets = secrets(&world.folder.join("acme.json"));
    assert_eq!(secrets.len(), 10, "eight seeds and two secrets");
    for secret in &secrets {
        assert!(!text.contains(secret) && !shown.to_string().contains(secret));
    }
    fs::set_permissions(world.folder.join("acme.json"), fs::Permissions::from_mode(0o640)).unwrap();
    assert!(beside(&world, &["keys", "show"]).failed(1).contains("chmod 600"));
}

#[tokio::test]
async fn the_next_keys_take_over_and_those_before_live_on() {
    let world = World::new().await;
    let before = beside(&world, &["keys", "show", "--json"]).json();
    let rotated = beside(&world, &["keys", "rotate", "--json"]).json();
    assert_eq!(rotated["recorded"], true);
    let after = beside(&world, &["keys", "show", "--json"]).json();
    for purpose in ["authority", "access", "revocation", "audit"] {
        assert_eq!(of(&after, purpose, "active"), of(&before, purpose, "next"), "{purpose}");
        assert_eq!(of(&after, purpose, "retired"), of(&before, purpose, "active"), "{purpose}");
        assert_ne!(of(&after, purpose, "next"), of(&before, purpose, "next"), "{purpose}");
    }
    assert_eq!(fs::metadata(world.folder.join("acme.json")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(world.last_record("key.rotated").await["actor"], "operator");
    // The other tenant's are its own.
    let other = beside(&world, &["keys", "show", "--tenant", "other", "--json"]).json();
    assert!(of(&other, "authority", "retired").is_empty());
    beside(&world, &["audit", "verify"]).ok();
}

/// Keys must change also when the database is away, and then somebody must know that the log does not say so.
#[test]
fn without_a_database_keys_change_and_the_exit_code_says_that_it_is_not_all() {
    let place = Place::new();
    let keys = place.folder.join("keys/default.json");
    assert!(
        place.run(&["keys", "rotate"]).failed(1).contains("keys/default.json"),
        "there is none to rotate"
    );
    fs::create_dir(place.folder.join("keys")).unwrap();
    let made =
        keybound_service::keys::KeyFile::read_or_make(&keys, &keybound_bindings::OsRandom, 1_700_000_000);
    drop(made.unwrap());
    place.run(&["keys", "rotate"]).ok();
    fs::remove_file(place.folder.join("keybound.db")).unwrap();
    for (arguments, warning) in [
        (&["keys", "rotate", "--json"][..], "the log does not say so"),
        (&["keys", "replace", "--yes", "--json"], "not every agent is revoked"),
    ] {
        let before = fs::read_to_string(&keys).unwrap();
        let ran = place.run(arguments);
        assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap()["recorded"], false);
        assert!(ran.failed(3).contains(warning));
        assert_ne!(fs::read_to_string(&keys).unwrap(), before);
        assert!(!place.folder.join("keybound.db").exists());
    }
}

#[tokio::test]
async fn an_emergency_withdraws_every_key_and_every_agent() {
    let world = World::new().await;
    let agents = [
        world.agent("close", "close-1", &[("resource", "https://tools.example")]).await,
        world.agent("close", "close-2", &[("resource", "https://tools.example")]).await,
    ];
    let other = world.other().agent("close", "close-1", &[("resource", "https://tools.example")]).await;
    let before = beside(&world, &["keys", "show", "--json"]).json();
    let secrets_before = secrets(&world.folder.join("acme.json"));

    // Without the word nothing happens.
    let said = beside(&world, &["keys", "replace"]).failed(1);
    assert!(said.contains("--yes"), "{said}");
    assert_eq!(secrets(&world.folder.join("acme.json")), secrets_before);

    let replaced = beside(&world, &["keys", "replace", "--yes", "--json"]).json();
    assert_eq!((&replaced["agents_revoked"], &replaced["recorded"]), (&Value::from(2), &Value::from(true)));
    let after = beside(&world, &["keys", "show", "--json"]).json();
    for purpose in ["authority", "access", "revocation", "audit"] {
        assert!(of(&after, purpose, "retired").is_empty(), "{purpose}");
        for state in ["active", "next"] {
            // The next key was in the same file.
            for old in ["active", "next"] {
                assert_ne!(of(&after, purpose, state), of(&before, purpose, old), "{purpose}");
            }
        }
    }
    // Of the secrets only that of the pseudonyms is left: users are found in the log as before.
    let kept = secrets(&world.folder.join("acme.json"));
    assert_eq!(kept.iter().filter(|secret| secrets_before.contains(secret)).count(), 1);

    // As the list says to whoever asks.
    keybound_service::follow::catch_up(&world.app).await.unwrap();
    let tenant = world.app.tenant("default").unwrap();
    let list = replaced["revocation_seq"].as_u64().unwrap();
    assert!(tenant.feed.seq() >= list && list >= 2);
    for agent in &agents {
        let id = keybound::AgentId::parse(agent.id()).unwrap();
        assert!(tenant.feed.has(&keybound::revocation::RevokedId::agent(&id), world.now()));
        let trail = beside(&world, &["audit", "trail", "--agent", agent.id()]).ok();
        assert!(trail.contains("agent.revoked") && trail.contains("because key_compromise"), "{trail}");
    }
    let size = world.log_size().await;
    let records = world.records(size - 3).await;
    let done: Vec<&str> = records.iter().map(|record| record["operation"].as_str().unwrap()).collect();
    assert_eq!(done, ["key.emergency", "agent.revoked", "agent.revoked"]);
    assert_eq!(records[0]["actor"], "operator");
    // Nobody else is hit.
    assert!(world.other().is_active(&other.token).await);
    beside(&world, &["audit", "verify"]).ok();
}
