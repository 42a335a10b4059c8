//! The audit log: one record an operation, whole and in order, and found by whoever asks the right question.

use crate::support::{AUDITOR, SERVER, World, client::*, policy, policy::jwks};
use keybound::Digest;
use keybound_bindings::generate_key;
use keybound_service::{
    audit::{
        Exporter, Frontier, Header, Operation, Record, VerifierKey, leaf_hash, open_checkpoints, render,
        verify, verify_consistency, verify_inclusion,
    },
    jobs::sweep,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TOOLS: &str = "https://tools.example";

/// Which records an action leaves.
struct Watch<'a> {
    world: &'a World,
    at: u64,
    seen: BTreeSet<String>,
}

impl Watch<'_> {
    /// Since the last look there are exactly these.
    async fn saw(&mut self, operations: &[&str]) -> Vec<Value> {
        let records = self.world.records(self.at).await;
        let found: Vec<&str> = records.iter().map(|record| record["operation"].as_str().unwrap()).collect();
        assert_eq!(found, operations);
        self.at += records.len() as u64;
        self.seen.extend(operations.iter().map(|name| (*name).to_owned()));
        records
    }
}

/// E1: every operation, done and refused, leaves exactly one record under its own name.
#[tokio::test]
async fn every_operation_leaves_one_record() {
    let users = "https://idp.example";
    let text = format!(
        "{}\n[[trust]]\nname = \"staff\"\nissuer = \"{users}\"\nkind = \"oidc\"\nkeys = {{ jwks = '{}' }}\naudience = \"{}\"\n\
        algorithms = [\"Ed25519\"]\nrole = \"user\"\n[trust.user]\nprincipal = \"{{iss}}#{{sub}}\"\n",
        policy(),
        jwks(140),
        crate::support::ISSUER
    );
    let world = World::with_policy(&text).await;
    let mut log = Watch { world: &world, at: 0, seen: BTreeSet::new() };
    let first = world.records(0).await;
    assert_eq!(first[0]["operation"], "log.started");
    log.at = first.len() as u64;
    log.seen.extend(first.iter().map(|record| record["operation"].as_str().unwrap().to_owned()));

    let payables = world.orchestrator().await;
    log.saw(&["token.issued"]).await;
    let tools = world.log_in("tools", SERVER).await;
    let mail = world.log_in("mail", crate::support::MAIL).await;
    let root = world.log_in("root", crate::support::ADMIN).await;
    let movers = world.log_in("movers", crate::support::MOVERS).await;
    log.saw(&["token.issued"; 4]).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", "x.y.z"),
    ];
    world.token(&payables.key, &form).await.refused();
    log.saw(&["client.denied"]).await;

    let launch = json!({ "workflow": "close", "task": "one" });
    let token = world.launch_token(&payables, &launch).await;
    log.saw(&["launch.created"]).await;
    world.launch(&payables, &json!({ "workflow": "empty", "task": "one" })).await.refused();
    world.launch(&payables, &json!({ "surprise": 1 })).await.refused();
    log.saw(&["launch.denied"; 2]).await;
    world.launch(&tools, &launch).await.refused();
    world.post("/launch", &[], &launch).await.refused();
    log.saw(&["client.denied"; 2]).await;

    let key = generate_key().unwrap();
    let answer = world.register(&key, &token, &[]).await.ok();
    let agent = Agent::new(key, answer);
    log.saw(&["token.issued"]).await;
    world.register(&agent.key, &token, &[]).await.refused();
    log.saw(&["launch.used_twice"]).await;
    world.register(&agent.key, "kbl_unknown", &[]).await.refused();
    log.saw(&["token.denied"]).await;

    let old = agent.token.clone();
    let answer = world.renew(&agent, &[]).await.ok();
    let agent = agent.with(answer);
    log.saw(&["token.renewed"]).await;
    world.renew(&agent, &[("scope", "nothing")]).await.refused();
    log.saw(&["token.denied"]).await;
    let exchange = |token: &str, resource: &str| {
        [
            ("grant_type", EXCHANGE),
            ("subject_token", token),
            ("subject_token_type", CWT),
            ("requested_token_type", ACCESS),
            ("resource", resource),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    for (token, resource, operation) in [
        (&agent.token, TOOLS, "token.exchanged"),
        (&agent.token, "https://evil.example", "token.denied"),
        (&old, TOOLS, "token.denied"),
    ] {
        let form = exchange(token, resource);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        world.token(&agent.key, &form).await;
        log.saw(&[operation]).await;
    }
    let now = world.now().as_secs();
    let user =
        json!({ "iss": users, "sub": "ann", "aud": crate::support::ISSUER, "iat": now, "exp": now + 60 });
    let user = jws(&key_of(140), "JWT", &user);
    for (subject, operation) in [(user.as_str(), "token.delegated"), ("x.y.z", "token.denied")] {
        let form = [
            ("grant_type", EXCHANGE),
            ("subject_token", subject),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
            ("actor_token", &agent.token),
            ("actor_token_type", CWT),
        ];
        let answer = world.token(&agent.key, &form).await;
        assert_eq!(answer.status.is_success(), operation == "token.delegated", "{answer:?}");
        log.saw(&[operation]).await;
    }
    let form = [("grant_type", BEARER), ("assertion", user.as_str())];
    world.token(&agent.key, &form).await.refused();
    log.saw(&["token.denied"]).await;

    let only_tools = world.agent("close", "one", &[("resource", TOOLS)]).await;
    log.at = world.log_size().await;
    world.introspect(&tools, &only_tools.token).await;
    log.saw(&[]).await;
    world.introspect(&mail, &only_tools.token).await;
    log.saw(&["introspection.denied"]).await;
    world.form("/introspect", &[], &[("token", "x")]).await.refused();
    log.saw(&["client.denied"]).await;

    let revoke = async |session: &Session| {
        let proof = world.proof(&session.key, "POST", "/revoke", Some(&session.token));
        let headers = [("dpop", proof.as_str()), ("authorization", &format!("DPoP {}", session.token))];
        world.form("/revoke", &headers, &[("token", &only_tools.token)]).await
    };
    revoke(&movers).await.refused();
    log.saw(&["revocation.denied"]).await;
    assert_eq!(revoke(&payables).await.status, 200);
    log.saw(&["token.revoked"]).await;
    let revocation = |level: &str| json!({ "level": level, "id": "nobody" });
    world.as_client(&root, "/admin/revocations", &revocation("task")).await.ok();
    log.saw(&["revocation.added"]).await;
    for (session, level) in [(&root, "planet"), (&root, "agent"), (&payables, "task")] {
        world.as_client(session, "/admin/revocations", &revocation(level)).await.refused();
        log.saw(&["revocation.denied"]).await;
    }

    let uses = |permitted: bool, count: u64, tool: &str| json!([{ "token": agent.token, "tool": tool, "audience": TOOLS, "permitted": permitted, "count": count }]);
    for (body, operation) in [
        (uses(true, 1, "read_invoice"), "use.reported"),
        (uses(true, 500, "read_invoice"), "use.aggregated"),
        (uses(false, 1, "delete_all"), "use.denied"),
        (uses(false, 2, "delete_all"), "report.denied"),
        (json!([]), "report.denied"),
    ] {
        world.as_client(&tools, "/audit/uses", &body).await;
        log.saw(&[operation]).await;
    }
    world.as_client(&mail, "/audit/uses", &uses(true, 1, "read_invoice")).await.refused();
    log.saw(&["report.denied"]).await;

    let watched = world.agent("watched", "one", &[]).await;
    log.at = world.log_size().await;
    world.as_agent(&watched, "/heartbeat", &json!({ "state": "idle" })).await.ok();
    log.saw(&["heartbeat.state"]).await;
    world.as_agent(&watched, "/heartbeat", &json!({ "state": "idle" })).await.ok();
    log.saw(&[]).await;
    world.as_agent(&watched, "/heartbeat", &json!({ "state": "dead" })).await.refused();
    world.post("/heartbeat", &[], &json!({})).await.refused();
    log.saw(&["heartbeat.denied"; 2]).await;
    world.post("/release", &[], &json!({})).await.refused();
    log.saw(&["release.denied"]).await;
    world.as_agent(&agent, "/release", &json!({})).await.ok();
    log.saw(&["agent.released"]).await;
    world.clock.advance(91);
    sweep(&world.app, true).await.unwrap();
    log.saw(&["agent.heartbeat_missed"]).await;
    world.clock.advance(300);
    sweep(&world.app, true).await.unwrap();
    log.saw(&["agent.expired"]).await;

    let tenant = world.app.tenant("default").unwrap().clone();
    keybound_service::follow::set_policy(&world.app, &tenant, policy(), "root").await.unwrap();
    log.saw(&["policy.changed"]).await;
    assert!(keybound_service::follow::set_policy(&world.app, &tenant, "x".into(), "root").await.is_err());
    log.saw(&["policy.denied"]).await;

    // The commands write what is left: see the tests of the commands.
    let by_command = ["key.rotated", "key.emergency", "agent.revoked", "service.started"];
    for operation in Operation::ALL {
        let name = operation.as_str();
        assert!(log.seen.contains(name) || by_command.contains(&name), "{name} was never seen");
    }
}

/// E3, E5, E8, E11, E12: a record names the lineage, the task, the user, the agent, the tool and the rule; a use is linked to the
/// record that issued its token; and one token id leads to the whole trail.
#[tokio::test]
async fn a_record_says_who_for_whom_under_what() {
    let world = World::new().await;
    let launch = json!({ "workflow": "close", "task": "one", "principal": { "id": "user#1" } });
    let first = world.agent_of(&launch, &[]).await;
    let first_id = first.token_id().replace('-', "");
    let answer = world.renew(&first, &[]).await.ok();
    let agent = first.with(answer);
    let id = agent.token_id().replace('-', "");
    let used = json!([{ "token": agent.token, "tool": "read_invoice", "audience": TOOLS, "permitted": true,
        "arguments": Digest::of(b"{}").to_string() }]);
    let tools = world.log_in("tools", SERVER).await;
    world.as_client(&tools, "/audit/uses", &used).await.ok();
    let use_record = world.last_record("use.reported").await;
    let lines = world.record_lines(0).await;
    for (number, line) in lines.iter().enumerate() {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["seq"], number as u64);
        let previous =
            number.checked_sub(1).map_or([0; 32], |before| *Digest::of(lines[before].as_bytes()).as_bytes());
        assert_eq!(record["previous"], Digest::from_bytes(previous).to_string());
    }
    let reader = world.log_in("reader", AUDITOR).await;
    let find = async |query: String| -> Vec<Value> {
        let page = world.get_as(&reader, &format!("/audit/events?{query}")).await.ok();
        page["records"].as_array().unwrap().clone()
    };
    let renewed = &find(format!("token={id}&operation=token.renewed")).await[0];
    for (member, expected) in [
        ("agent", json!(agent.id())),
        ("orchestrator", json!("payables")),
        ("task", json!("one")),
        ("workflow", json!("close")),
        ("parent", json!(first_id)),
        ("lineage", json!([first_id, id])),
        ("rule", json!("workflows.close")),
        ("outcome", json!("allowed")),
        ("tools_granted", json!(["pay_invoice", "read_invoice"])),
    ] {
        assert_eq!(renewed[member], expected, "{member}");
    }
    for member in ["principal", "leaf", "policy", "request", "expires", "depth", "actor", "grant", "audience"]
    {
        assert!(!renewed[member].is_null(), "{member}");
    }
    // E8: the use carries the token, agent, user and tool, and the digest of its arguments.
    for (member, expected) in [
        ("token", json!(id)),
        ("agent", json!(agent.id())),
        ("principal", renewed["principal"].clone()),
        ("tools_requested", json!(["read_invoice"])),
        ("inputs", json!(Digest::of(b"{}").to_string())),
        ("actor", json!("tools")),
    ] {
        assert_eq!(use_record[member], expected, "{member}");
    }
    // E5: any record leads to exactly one instance and to the record of its beginning.
    let of_agent = find(format!("agent={}", agent.id())).await;
    let spawned: Vec<&Value> = of_agent.iter().filter(|record| record["grant"] == "launch").collect();
    assert_eq!(spawned.len(), 1);
    assert_eq!(spawned[0]["token"], first_id);
    // E12: from one token id to the task, from the task to everything.
    let task = find("task=one&limit=1000".into()).await;
    let records: Vec<Record> =
        task.iter().map(|record| Record::parse(record.to_string().as_bytes()).unwrap()).collect();
    let tree = render(&records);
    for shown in ["payables", "one", "launch.created", "token.renewed", "use.reported"] {
        assert!(
            tree.contains(shown) || tree.contains(shown.split('.').next_back().unwrap()),
            "{shown}: {tree}"
        );
    }
    // By user, by their name or their pseudonym; by outcome; by time; page by page.
    let by_name = find("user=user%231".into()).await;
    let by_pseudonym = find(format!("principal={}", renewed["principal"].as_str().unwrap())).await;
    assert!(by_name == by_pseudonym && by_name.len() == 4, "{}", by_name.len());
    assert!(find("user=user%232".into()).await.is_empty());
    assert!(find("outcome=denied".into()).await.is_empty());
    world.renew(&agent, &[("scope", "x")]).await.refused();
    assert_eq!(find("outcome=denied".into()).await.len(), 1);
    assert!(find(format!("until={}", crate::support::START)).await.is_empty());
    let (mut cursor, mut paged) = (0, Vec::new());
    loop {
        let page = world.get_as(&reader, &format!("/audit/events?limit=2&cursor={cursor}")).await.ok();
        paged
            .extend(page["records"].as_array().unwrap().iter().map(|record| record["seq"].as_u64().unwrap()));
        let Some(next) = page["next"].as_u64() else { break };
        cursor = next;
    }
    assert_eq!(paged, (0..world.log_size().await).collect::<Vec<_>>());
}

/// E8: a server reports what it decided, also under a token that has ended since; not for another's audience, not under a token for
/// another, not of the future.
#[tokio::test]
async fn a_use_is_reported_by_the_server_it_happened_at() {
    let world = World::new().await;
    let agent = world.agent("close", "one", &[("resource", TOOLS)]).await;
    let (tools, mail) =
        (world.log_in("tools", SERVER).await, world.log_in("mail", crate::support::MAIL).await);
    let used = |audience: &str| json!([{ "token": agent.token, "tool": "read_invoice", "audience": audience, "permitted": true }]);
    world.as_client(&tools, "/audit/uses", &used(TOOLS)).await.ok();
    let refused = world.as_client(&mail, "/audit/uses", &used(TOOLS)).await.refused();
    assert_eq!(refused, (403, "client.not_allowed".to_owned()));
    let refused = world.as_client(&mail, "/audit/uses", &used("https://mail.example")).await;
    assert!(!refused.status.is_success(), "a token for another server: {refused:?}");
    world.revoke("agent", agent.id()).await.ok();
    // What was let through between the revocation and the refusal is what an auditor wants most.
    world.as_client(&tools, "/audit/uses", &used(TOOLS)).await.ok();
    let decided = world.now().as_secs();
    world.clock.advance(400);
    let tools = world.log_in("tools", SERVER).await;
    let at = |time: u64| {
        let mut uses = used(TOOLS);
        uses[0]["time"] = json!(time);
        uses
    };
    assert_eq!(world.as_client(&tools, "/audit/uses", &used(TOOLS)).await.refused().1, "time.expired");
    world.as_client(&tools, "/audit/uses", &at(decided)).await.ok();
    let future = world.as_client(&tools, "/audit/uses", &at(decided + 500)).await.refused();
    assert_eq!(future, (400, "request.bad".to_owned()));
}

/// L12: reads that repeat each other may be one record with their count; refusals stay single.
#[tokio::test]
async fn repeated_reads_are_one_record() {
    let world = World::new().await;
    let agent = world.agent("close", "one", &[("resource", TOOLS)]).await;
    let tools = world.log_in("tools", SERVER).await;
    let one = |permitted: bool, count: u64| json!({ "token": agent.token, "tool": "read_invoice", "audience": TOOLS, "permitted": permitted, "count": count });
    let size = world.log_size().await;
    world.as_client(&tools, "/audit/uses", &json!([one(true, 500)])).await.ok();
    assert_eq!(world.last_record("use.aggregated").await["count"], 500);
    let refusals: Vec<Value> = (0..5).map(|_| one(false, 1)).collect();
    world.as_client(&tools, "/audit/uses", &json!(refusals)).await.ok();
    assert_eq!(world.log_size().await, size + 6);
    for wrong in [one(false, 500), one(true, 0)] {
        assert_eq!(
            world.as_client(&tools, "/audit/uses", &json!([wrong])).await.refused(),
            (400, "request.bad".to_owned())
        );
    }
}

async fn keys(world: &World) -> Vec<VerifierKey> {
    let known = world.get("/.well-known/keybound").await.ok();
    let keys = known["audit"]["keys"].as_array().unwrap().iter();
    keys.map(|key| VerifierKey::parse(key.as_str().unwrap()).unwrap()).collect()
}

/// E2: an export holds against a checkpoint that somebody kept; an edit, an insertion, a removal, another order and a cut tail do
/// not.
#[tokio::test]
async fn an_export_is_verified_without_the_service() {
    let world = World::new().await;
    for _ in 0..5 {
        world.agent("close", "one", &[]).await;
    }
    let note = world.get("/audit/checkpoint").await.text();
    let keys = keys(&world).await;
    assert!(open_checkpoints(&[&note], &[]).is_err());
    let checkpoint = open_checkpoints(&[&note], &keys).unwrap();
    world.agent("close", "later", &[]).await;
    let origin = keybound_service::http::audit_origin(&world.issuer);
    let lines = world.record_lines(0).await;
    let export = |lines: &[String]| {
        let mut exporter = Exporter::begin(Vec::new(), &Header::new(&origin)).unwrap();
        for line in lines {
            exporter.record(&Record::parse(line.as_bytes()).unwrap()).unwrap();
        }
        exporter.finish().unwrap()
    };
    let check = |bytes: &[u8]| verify(bytes, checkpoint.clone()).unwrap().into_result();
    let sound = check(&export(&lines)).unwrap();
    assert_eq!((sound.records(), sound.anchored()), (lines.len() as u64, checkpoint[0].size()));
    let mut edited = lines.clone();
    edited[3] = edited[3].replacen("payables", "payablez", 1);
    assert_ne!(edited[3], lines[3]);
    let (mut removed, mut swapped, mut inserted) = (lines.clone(), lines.clone(), lines.clone());
    removed.remove(4);
    swapped.swap(4, 5);
    inserted.insert(4, lines[3].clone());
    let cut = lines[..usize::try_from(checkpoint[0].size()).unwrap() - 1].to_vec();
    for (name, lines) in [
        ("edit", edited),
        ("removal", removed),
        ("order", swapped),
        ("insertion", inserted),
        ("cut tail", cut),
    ] {
        assert!(check(&export(&lines)).is_err(), "{name}");
    }
    // What was added after the checkpoint may be cut without anybody knowing, but no checkpoint vouches for it.
    assert!(check(&export(&lines[..lines.len() - 1])).is_ok());
}

/// Inclusion and consistency, for every size up to where the log is, against the signed checkpoint.
#[tokio::test]
async fn proofs_of_every_size_hold() {
    let world = World::new().await;
    let reader = world.log_in("reader", AUDITOR).await;
    let orchestrator = world.orchestrator().await;
    while world.log_size().await < 70 {
        world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "one" })).await;
    }
    let keys = keys(&world).await;
    let lines = world.record_lines(0).await;
    let leaves: Vec<Digest> = lines.iter().map(|line| leaf_hash(line.as_bytes())).collect();
    let mut roots = vec![Frontier::new().root()];
    let mut frontier = Frontier::new();
    for leaf in &leaves {
        frontier.append(*leaf).unwrap();
        roots.push(frontier.root());
    }
    let size = leaves.len();
    let note = world.get("/audit/checkpoint").await.text();
    assert_eq!(*open_checkpoints(&[&note], &keys).unwrap()[0].root(), roots[size]);
    let digests = |answer: &Value| -> Vec<Digest> {
        let proof = answer["proof"].as_array().unwrap().iter();
        let bytes =
            |hash: &Value| -> [u8; 32] { hex::decode(hash.as_str().unwrap()).unwrap().try_into().unwrap() };
        proof.map(|hash| Digest::from_bytes(bytes(hash))).collect()
    };
    for n in 1..=size {
        for index in [0, n / 2, n - 1] {
            let answer = world.get_as(&reader, &format!("/audit/proof/{index}?size={n}")).await.ok();
            let proof = digests(&answer);
            let (at, of) = (index as u64, n as u64);
            assert_eq!(verify_inclusion(&leaves[index], at, of, &proof, &roots[n]), Ok(()), "{index} of {n}");
            let other = &leaves[(index + 1) % size];
            assert!(verify_inclusion(other, at, of, &proof, &roots[n]).is_err(), "{index} of {n}");
        }
        for old in [1, n.div_ceil(2), n] {
            let answer = world.get_as(&reader, &format!("/audit/consistency?from={old}&size={n}")).await.ok();
            let proof = digests(&answer);
            let (from, to) = (old as u64, n as u64);
            assert_eq!(verify_consistency(from, to, &proof, &roots[old], &roots[n]), Ok(()), "{old} in {n}");
            assert!(verify_consistency(from, to, &proof, &roots[old], &roots[n - 1]).is_err() || n == 1);
        }
    }
    for path in [
        format!("/audit/proof/{size}?size={size}"),
        format!("/audit/proof/0?size={}", size + 99),
        "/audit/proof/x".into(),
        "/audit/consistency?from=0&size=5".into(),
        "/audit/consistency?from=6&size=5".into(),
    ] {
        assert_eq!(
            world.get_as(&reader, &path).await.refused(),
            (404, "request.not_found".to_owned()),
            "{path}"
        );
    }
}

/// E13: the log is what it was after a restart, and goes on where it ended.
#[tokio::test]
async fn the_log_goes_on_after_a_restart() {
    let world = World::new().await;
    world.agent("close", "one", &[]).await;
    let note = world.get("/audit/checkpoint").await.text();
    let world = world.restarted().await;
    world.agent("close", "two", &[]).await;
    let checkpoint = open_checkpoints(&[&note], &keys(&world).await).unwrap();
    let size = checkpoint[0].size();
    let export = world.record_lines(0).await.join("\n") + "\n";
    let report = verify(export.as_bytes(), checkpoint).unwrap().into_result().unwrap();
    assert!(report.records() > size && report.anchored() == size);
}
