//! Clients that work as hard as they can, and remember what they were promised.

use super::{
    client::{Caller, Lost, holder},
    log,
};
use keybound::{AgentId, TokenId, revocation::RevokedId};
use keybound_bindings::generate_key;
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

/// How a client ended an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Released,
    ByOperator,
}

/// An agent, as far as its client was told.
#[derive(Clone)]
pub(crate) struct Promised {
    pub(crate) id: String,
    pub(crate) first_token: String,
    /// Ids of the tokens of its renewals.
    pub(crate) renewed: Vec<String>,
    /// Ids of tokens that are void: renewed, or revoked by their holder.
    pub(crate) void: Vec<String>,
    /// Ids of those that the holder revoked itself.
    pub(crate) withdrawn: Vec<String>,
    pub(crate) end: Option<End>,
    /// The last request about it was never answered: it may have been done.
    pub(crate) is_in_doubt: bool,
}

/// What one client was promised, all of it in one task.
#[derive(Default)]
pub(crate) struct Promises {
    pub(crate) task: String,
    pub(crate) launches: usize,
    pub(crate) used: Vec<String>,
    pub(crate) unused: Vec<String>,
    pub(crate) agents: Vec<Promised>,
}

impl Promises {
    /// How many answers that is.
    pub(crate) fn count(&self) -> usize {
        let of = |agent: &Promised| {
            1 + agent.renewed.len() + agent.withdrawn.len() + usize::from(agent.end.is_some())
        };
        self.launches + self.agents.iter().map(of).sum::<usize>()
    }
}

/// Works in `task` until it is told to stop or the service is gone. `callers` are the nodes it goes to, one after the other.
pub(crate) async fn work(callers: Vec<Caller>, task: String, stop: Arc<AtomicBool>) -> Promises {
    let promises = Arc::new(Mutex::new(Promises { task, ..Promises::default() }));
    // When the service goes, what was promised before stays.
    let _ = go_on(&callers, &promises, &stop).await;
    Arc::into_inner(promises).unwrap().into_inner().unwrap()
}

async fn go_on(callers: &[Caller], promises: &Mutex<Promises>, stop: &AtomicBool) -> Result<(), Lost> {
    let mut nodes = callers.iter().cycle();
    let mut next = || nodes.next().unwrap();
    let orchestrator = next().orchestrator().await?;
    let admin = next().admin().await?;
    for round in 0_u32.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let task = promises.lock().unwrap().task.clone();
        let launched = next().launch(&orchestrator, "close", &task).await?.ok();
        let launch_token = launched["launch_token"].as_str().unwrap().to_owned();
        promises.lock().unwrap().launches += 1;
        if round % 8 == 7 {
            promises.lock().unwrap().unused.push(launch_token);
            continue;
        }
        let key = Arc::new(generate_key().unwrap());
        let answer = next().take(&key, &launch_token).await?.ok();
        let mut agent = holder(key, answer);
        {
            let mut promises = promises.lock().unwrap();
            promises.used.push(launch_token);
            promises.agents.push(Promised {
                id: agent.agent().to_owned(),
                first_token: token_id(&agent.answer),
                renewed: Vec::new(),
                void: Vec::new(),
                withdrawn: Vec::new(),
                end: None,
                is_in_doubt: true,
            });
        }
        let note =
            |change: &dyn Fn(&mut Promised)| change(promises.lock().unwrap().agents.last_mut().unwrap());
        let old = token_id(&agent.answer);
        let answer = next().renew(&agent).await?.ok();
        agent = agent.renewed(answer);
        note(&|agent_of| {
            agent_of.renewed.push(token_id(&agent.answer));
            agent_of.void.push(old.clone());
        });
        match round % 3 {
            0 => {
                next().post_as(&agent, "/release", &json!({})).await?.ok();
                note(&|agent| agent.end = Some(End::Released));
            }
            1 => {
                let wanted = json!({ "level": "agent", "id": agent.agent() });
                next().post_as(&admin, "/admin/revocations", &wanted).await?.ok();
                note(&|agent| agent.end = Some(End::ByOperator));
            }
            _ => {
                next().revoke(&agent).await?.ok();
                note(&|agent_of| {
                    agent_of.void.push(token_id(&agent.answer));
                    agent_of.withdrawn.push(token_id(&agent.answer));
                });
            }
        }
        note(&|agent| agent.is_in_doubt = false);
    }
    Ok(())
}

fn token_id(answer: &Value) -> String {
    answer["token_id"].as_str().unwrap().replace('-', "")
}

/// Holds the service to what it has promised: sessions, records, the signed list, launch tokens. `log` has every record up to now,
/// and those from `from` on may be about these promises.
pub(crate) async fn check(
    caller: &Caller,
    log: &log::Log,
    from: usize,
    promises: &[Promises],
) -> Result<(), Lost> {
    let orchestrator = caller.orchestrator().await?;
    let list = log::revoked(caller).await?;
    let mut by_task: HashMap<&str, HashMap<&str, HashSet<&str>>> = HashMap::new();
    let records: Vec<Value> =
        log.lines[from..].iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut launches: HashMap<&str, usize> = HashMap::new();
    for record in &records {
        let (operation, task) =
            (record["operation"].as_str().unwrap(), record["task"].as_str().unwrap_or_default());
        if operation == "launch.created" {
            *launches.entry(task).or_default() += 1;
        }
        let is_of_token = operation.starts_with("token.");
        let subject = record[if is_of_token { "token" } else { "agent" }].as_str().unwrap_or_default();
        by_task.entry(operation).or_default().entry("").or_default().insert(subject);
        if operation == "token.issued" && !task.is_empty() {
            by_task
                .entry("begun")
                .or_default()
                .entry(task)
                .or_default()
                .insert(record["agent"].as_str().unwrap());
        }
    }
    let none = HashSet::new();
    let recorded = |operation: &str| by_task.get(operation).and_then(|all| all.get("")).unwrap_or(&none);
    for promised in promises {
        assert_launches(promised, launches.get(promised.task.as_str()).copied().unwrap_or_default());
        let answer = caller.get_as(&orchestrator, &format!("/sessions?task={}", promised.task)).await?.ok();
        let rows = answer["sessions"].as_array().unwrap();
        let sessions: HashMap<&str, &Value> =
            rows.iter().map(|row| (row["agent_id"].as_str().unwrap(), row)).collect();
        let begun = by_task.get("begun").and_then(|all| all.get(promised.task.as_str())).unwrap_or(&none);
        assert_eq!(
            &sessions.keys().copied().collect::<HashSet<_>>(),
            begun,
            "sessions and records are not the same"
        );
        for agent in &promised.agents {
            let row =
                sessions.get(agent.id.as_str()).unwrap_or_else(|| panic!("{} has no session", agent.id));
            check_session(agent, row);
            let has = |operation: &str, subject: &str| {
                assert!(recorded(operation).contains(subject), "{operation} of {subject} has no record")
            };
            has("token.issued", &agent.first_token);
            agent.renewed.iter().for_each(|token| has("token.renewed", token));
            agent.withdrawn.iter().for_each(|token| has("token.revoked", token));
            match agent.end {
                Some(End::Released) => has("agent.released", &agent.id),
                Some(End::ByOperator) => has("revocation.added", &agent.id),
                None => {}
            }
            for token in &agent.void {
                let bytes: [u8; 16] = hex::decode(token).unwrap().try_into().unwrap();
                let id = RevokedId::token(&TokenId::from_bytes(bytes));
                assert!(list.has(&id, log::time()), "{token} is not in the signed list");
            }
            if agent.end.is_some() {
                let id = RevokedId::agent(&AgentId::parse(&agent.id).unwrap());
                assert!(list.has(&id, log::time()), "{} is not in the signed list", agent.id);
            }
        }
    }
    Ok(())
}

/// One request at most was never answered.
fn assert_launches(promised: &Promises, recorded: usize) {
    let fits = recorded == promised.launches || recorded == promised.launches + 1;
    assert!(fits, "{}: {} launches promised, {recorded} recorded", promised.task, promised.launches);
}

fn check_session(agent: &Promised, row: &Value) {
    let (state, renewals) = (row["state"].as_str().unwrap(), row["renewals"].as_u64().unwrap());
    let promised = u64::try_from(agent.renewed.len()).unwrap();
    let one_more = u64::from(agent.is_in_doubt);
    assert!(
        (promised..=promised + one_more).contains(&renewals),
        "{}: {renewals} renewals, {promised} promised",
        agent.id
    );
    match agent.end {
        Some(End::Released) => assert_eq!(state, "released"),
        Some(End::ByOperator) => assert_eq!(state, "operator"),
        None if agent.is_in_doubt => {}
        None => assert_eq!(state, "live"),
    }
}

/// Launch tokens that were used stay used, and those that were not can be.
pub(crate) async fn check_launch_tokens(
    caller: &Caller,
    promises: &[Promises],
    most: usize,
) -> Result<(), Lost> {
    for token in promises.iter().flat_map(|promised| &promised.used).take(most) {
        let again = caller.take(&generate_key().unwrap(), token).await?;
        assert_eq!(again.refused(), (400, "launch.used".to_owned()));
    }
    for token in promises.iter().flat_map(|promised| &promised.unused).take(most) {
        caller.take(&generate_key().unwrap(), token).await?.ok();
    }
    Ok(())
}

/// The ids of all agents that were ever issued, of which none may occur twice.
pub(crate) fn assert_no_agent_twice(log: &log::Log) -> usize {
    let mut agents = HashSet::new();
    for record in log.of("token.issued", 0) {
        if let Some(agent) = record["agent"].as_str() {
            assert!(agents.insert(agent.to_owned()), "{agent} was issued twice");
        }
    }
    agents.len()
}

/// Ends every client's work and gathers what they were promised.
pub(crate) async fn gather(workers: Vec<tokio::task::JoinHandle<Promises>>) -> Vec<Promises> {
    let mut promises = Vec::new();
    for worker in workers {
        promises.push(worker.await.unwrap());
    }
    promises
}
