//! The trail of a task as a tree of text: from the launch over tokens, renewals and delegations to uses and revocation.

use super::{Event, Name, Operation, Record};
use keybound::TokenId;
use std::collections::BTreeMap;

/// How many digits of a token id are shown, the last ones: enough to tell the tokens of one task apart. They begin alike, with the
/// time (RFC 9562 section 5.7).
const SHOWN_DIGITS: usize = 8;
/// How wide the column of times is.
const TIME_WIDTH: usize = 9;

/// Draws the records of one task, one line each, under the token they are about; times are relative to the first.
///
/// A token that was derived offline, and is known from a use only, has its own line without a time. Records that fit nowhere
/// stand at the top level, so that none is left out.
pub fn render(records: &[Record]) -> String {
    let mut records: Vec<&Record> = records.iter().collect();
    records.sort_by_key(|record| record.seq());
    let Some(start) = records.first().map(|record| record.event().time.as_secs()) else {
        return String::new();
    };
    let mut trail = Trail::default();
    records.iter().for_each(|record| trail.add(record.event(), start));
    format!("{}{}", title(&records), trail.draw())
}

/// Whose trail it is, by the first record that says so.
fn title(records: &[&Record]) -> String {
    let first = |text: fn(&Event) -> Option<String>| records.iter().find_map(|record| text(record.event()));
    let parts = [
        first(|event| event.task.as_ref().map(|task| format!("task {task}"))),
        first(|event| event.workflow.as_ref().map(|workflow| format!("workflow {workflow}"))),
        first(|event| event.orchestrator.as_ref().map(|name| format!("orchestrator {name}"))),
        first(|event| event.principal.as_ref().map(|principal| format!("for {principal}"))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("{}\n", parts.join(", ")) }
}

/// Lines and what stands below each. INVARIANT: a line stands below earlier ones only, so there is no circle.
#[derive(Default)]
struct Trail {
    lines: Vec<Line>,
    tops: Vec<usize>,
    tokens: BTreeMap<TokenId, usize>,
    /// Where an agent first appeared.
    agents: BTreeMap<String, usize>,
    launch: Option<usize>,
}

struct Line {
    time: String,
    text: String,
    below: Vec<usize>,
}

impl Trail {
    fn add(&mut self, event: &Event, start: u64) {
        let above = self.above(event);
        let line = self.line(above, relative(event.time.as_secs(), start), describe(event, start));
        if event.operation == Operation::LaunchCreated {
            self.launch = Some(line);
        }
        if let Some(token) = event.token.filter(|_| event.operation.issues()) {
            self.tokens.entry(token).or_insert(line);
        }
        if let Some(agent) =
            event.agent.as_ref().filter(|_| event.operation.outcome() == super::Outcome::Allowed)
        {
            self.agents.entry(agent.to_string()).or_insert(line);
        }
    }

    /// The line an event belongs under: that of its token, or of the nearest ancestor, agent or launch that is known.
    fn above(&mut self, event: &Event) -> Option<usize> {
        let own = event.token.filter(|_| event.operation.issues());
        let ancestor = self.lineage(event, own);
        let parent = own.and(event.parent).and_then(|parent| self.tokens.get(&parent).copied());
        let token = event.token.and_then(|token| self.tokens.get(&token).copied());
        let agent = || event.agent.as_ref().and_then(|agent| self.agents.get(agent.as_str()).copied());
        parent.or(token).or(ancestor).or_else(agent).or(self.launch)
    }

    /// Follows the chain of tokens, draws those that nobody issued, and returns the line of the last.
    fn lineage(&mut self, event: &Event, own: Option<TokenId>) -> Option<usize> {
        let mut above = None;
        for id in event.lineage.iter().filter(|id| Some(**id) != own) {
            above = Some(match (self.tokens.get(id).copied(), above) {
                (Some(line), _) => line,
                (None, Some(_)) => {
                    let line =
                        self.line(above, String::new(), format!("token.delegated offline {}", short(*id)));
                    self.tokens.insert(*id, line);
                    line
                }
                // The root of the chain is not among these records: the event is drawn under its agent.
                (None, None) => continue,
            });
        }
        above
    }

    fn line(&mut self, above: Option<usize>, time: String, text: String) -> usize {
        let line = self.lines.len();
        self.lines.push(Line { time, text, below: Vec::new() });
        match above.and_then(|above| self.lines.get_mut(above)) {
            Some(above) => above.below.push(line),
            None => self.tops.push(line),
        }
        line
    }

    fn draw(&self) -> String {
        let mut text = String::new();
        // A loop, not a recursion: a chain of renewals may be long.
        let mut open: Vec<(usize, usize)> = self.tops.iter().rev().map(|line| (*line, 0)).collect();
        while let Some((number, depth)) = open.pop() {
            let Some(line) = self.lines.get(number) else { continue };
            text.push_str(&format!("{:>TIME_WIDTH$}  {}{}\n", line.time, "  ".repeat(depth), line.text));
            open.extend(line.below.iter().rev().map(|below| (*below, depth.saturating_add(1))));
        }
        text
    }
}

/// What a line says of an event, the most telling first.
fn describe(event: &Event, start: u64) -> String {
    let labelled = |label: &str, name: &Option<Name>| name.as_ref().map(|name| format!("{label} {name}"));
    let list = |label: &str, names: &[Name]| {
        let names: Vec<&str> = names.iter().map(Name::as_str).collect();
        (!names.is_empty()).then(|| format!("{label} {}", names.join(", ")))
    };
    let expires =
        |event: &Event| event.expires.map(|time| format!("until {}", relative(time.as_secs(), start)));
    let granted = list("tools", &event.tools_granted);
    // What was asked for says something new only where nothing was granted.
    let asked = || if granted.is_none() { list("tool", &event.tools_requested) } else { None };
    let parts = [
        Some(event.operation.as_str().to_owned()),
        event.token.map(short),
        event.count.map(|count| format!("x{count}")),
        labelled("because", &event.code),
        event.agent.as_ref().map(|agent| format!("agent {}", agent.instance())),
        asked(),
        granted.clone(),
        list("at", &event.audience),
        expires(event),
        labelled("rule", &event.rule),
        labelled("by", &event.actor),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

fn short(id: TokenId) -> String {
    let text = id.to_string();
    text.chars().skip(text.len().saturating_sub(SHOWN_DIGITS)).collect()
}

/// A time after the start: `+5s`, `+2m05s`, `+1h00m05s`.
fn relative(time: u64, start: u64) -> String {
    let seconds = time.saturating_sub(start);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("+{seconds}s"),
        (0, minutes, seconds) => format!("+{minutes}m{seconds:02}s"),
        (hours, minutes, seconds) => format!("+{hours}h{minutes:02}m{seconds:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{
        Head, Pseudonym,
        test_utils::{name, time, token},
    };
    use keybound::AgentId;

    const START: u64 = 1_700_000_000;

    /// Builds the records of a task in the order they happen.
    #[derive(Default)]
    struct Task(Vec<Record>);

    impl Task {
        fn then(&mut self, after: u64, operation: Operation, fill: impl FnOnce(&mut Event)) {
            let mut event = Event::new(time(START + after), operation);
            fill(&mut event);
            let head = self.0.last().map_or(Head::EMPTY, Record::head);
            self.0.push(Record::after(head, event).unwrap());
        }
    }

    fn agent(instance: &str) -> Option<AgentId> {
        AgentId::parse(&format!("spiffe://acme.example/agent/orch/task-9/{instance}")).ok()
    }

    fn task() -> Task {
        let mut task = Task::default();
        task.then(0, Operation::LaunchCreated, |event| {
            event.task = Some(name("task-9"));
            event.workflow = Some(name("invoice-run"));
            event.orchestrator = Some(name("orch"));
            event.principal = Pseudonym::parse(&format!("p_{}", "ab".repeat(16)));
            event.agent = agent("one");
            event.actor = Some(name("orch"));
        });
        task.then(2, Operation::TokenIssued, |event| {
            (event.token, event.lineage, event.agent) = (Some(token(1)), vec![token(1)], agent("one"));
            event.tools_requested = vec![name("fs.read"), name("fs.write")];
            event.tools_granted = vec![name("fs.read")];
            (event.expires, event.rule) = (Some(time(START + 302)), Some(name("invoices")));
        });
        task.then(3, Operation::LaunchUsedTwice, |event| {
            (event.agent, event.code) = (agent("one"), Some(name("launch.used_twice")));
        });
        task.then(10, Operation::UseAggregated, |event| {
            (event.token, event.lineage, event.count) = (Some(token(1)), vec![token(1)], Some(500));
            event.tools_requested = vec![name("fs.read")];
            event.audience = vec![name("https://files.example")];
        });
        task.then(60, Operation::TokenDelegated, |event| {
            (event.token, event.parent, event.agent) = (Some(token(2)), Some(token(1)), agent("two"));
            event.lineage = vec![token(1), token(2)];
            event.tools_granted = vec![name("fs.read")];
        });
        task.then(70, Operation::UseReported, |event| {
            // Token 3 was derived from token 2 offline: the service hears of it now.
            (event.token, event.lineage) = (Some(token(3)), vec![token(1), token(2), token(3)]);
            event.tools_requested = vec![name("fs.read")];
        });
        task.then(225, Operation::TokenRenewed, |event| {
            (event.token, event.parent, event.agent) = (Some(token(4)), Some(token(1)), agent("one"));
            event.expires = Some(time(START + 525));
        });
        task.then(230, Operation::UseDenied, |event| {
            (event.token, event.lineage) = (Some(token(4)), vec![token(4)]);
            (event.code, event.tools_requested) =
                (Some(name("request.tool_not_granted")), vec![name("fs.write")]);
        });
        task.then(240, Operation::RevocationAdded, |event| {
            (event.token, event.actor) = (Some(token(4)), Some(name("operator")));
        });
        task.then(3900, Operation::AgentRevoked, |event| {
            (event.agent, event.code) = (agent("two"), Some(name("session.revoked")));
        });
        task
    }

    #[test]
    fn a_task_is_drawn_from_its_launch_to_its_end() {
        let expected = "\
task task-9, workflow invoice-run, orchestrator orch, for p_abababababababababababababababab
      +0s  launch.created  agent one  by orch
      +2s    token.issued  01010101  agent one  tools fs.read  until +5m02s  rule invoices
     +10s      use.aggregated  01010101  x500  tool fs.read  at https://files.example
   +1m00s      token.delegated  02020202  agent two  tools fs.read
                 token.delegated offline 03030303
   +1m10s          use.reported  03030303  tool fs.read
+1h05m00s        agent.revoked  because session.revoked  agent two
   +3m45s      token.renewed  04040404  agent one  until +8m45s
   +3m50s        use.denied  04040404  because request.tool_not_granted  tool fs.write
   +4m00s        revocation.added  04040404  by operator
      +3s    launch.used_twice  because launch.used_twice  agent one
";
        assert_eq!(render(&task().0), expected);
        let mut shuffled = task().0;
        shuffled.reverse();
        assert_eq!(render(&shuffled), expected);
    }

    #[test]
    fn no_record_is_left_out() {
        let task = task().0;
        for skipped in 0..task.len() {
            let mut part = task.clone();
            part.remove(skipped);
            let drawn = render(&part);
            let timed = drawn.lines().filter(|line| line.trim_start().starts_with('+')).count();
            assert_eq!(timed, part.len(), "{drawn}");
        }
        assert_eq!(render(&[]), "");
    }

    #[test]
    fn tokens_of_the_same_second_are_told_apart() {
        let of = |last: u8| {
            let mut bytes = [0; 16];
            bytes[15] = last;
            short(TokenId::from_bytes(bytes))
        };
        assert_eq!((of(1).as_str(), of(2).as_str()), ("00000001", "00000002"));
    }

    /// What a forged or broken log may say must not hang or overflow the drawing.
    #[test]
    fn circles_and_long_chains_are_drawn() {
        let mut task = Task::default();
        for (own, parent) in [(1, 2), (2, 1), (1, 1)] {
            task.then(0, Operation::TokenExchanged, |event| {
                (event.token, event.parent) = (Some(token(own)), Some(token(parent)));
                event.lineage = vec![token(own), token(parent), token(own)];
            });
        }
        for _ in 0..300 {
            task.then(1, Operation::TokenRenewed, |event| {
                (event.token, event.parent) = (Some(token(7)), Some(token(7)));
            });
        }
        assert!(render(&task.0).lines().count() >= 303);
    }
}
