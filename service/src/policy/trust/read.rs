//! Reading the table of trust rules.

use crate::policy::problem::{Place, Problems};
use crate::policy::trust::{
    IssueTo, SignatureAlgorithm, TrustKeys, TrustKind, TrustRole, TrustRule, UserFrom,
};
use crate::policy::{ClaimPath, Client, Grammar, Pattern, Template, file, grammar, keys};
use std::collections::{BTreeMap, BTreeSet};

/// The most that `max_age` may be: a day, as long as anything of ours lives (core's `Limits::lifetime`).
const OLDEST: u64 = 86_400;

/// What the rules refer to.
struct Known<'a> {
    clients: &'a BTreeMap<String, Client>,
    workflows: &'a BTreeSet<String>,
}

pub(in crate::policy) fn read_all(
    written: Vec<file::Trust>,
    clients: &BTreeMap<String, Client>,
    workflows: &BTreeSet<String>,
    place: &Place,
    problems: &mut Problems<'_>,
) -> Vec<TrustRule> {
    let known = Known { clients, workflows };
    let mut names = BTreeSet::new();
    let mut rules = Vec::new();
    for (index, written) in written.into_iter().enumerate() {
        let place = place.index(index);
        problems.expect(grammar::is_name(&written.name), &place.key("name"), grammar::NAME);
        problems.expect(names.insert(written.name.clone()), &place.key("name"), "two rules of one name");
        if let Some(rule) = read(written, &known, &place, problems) {
            rules.push((place, rule));
        }
    }
    check_users_are_kept_apart(&rules, problems);
    rules.into_iter().map(|(_, rule)| rule).collect()
}

fn read(
    written: file::Trust,
    known: &Known<'_>,
    place: &Place,
    problems: &mut Problems<'_>,
) -> Option<TrustRule> {
    check_issuer(&written, place, problems);
    check_algorithms(&written, place, problems);
    problems.expect(!written.audience.is_empty(), &place.key("audience"), "must not be empty");
    let is_age = (1..=OLDEST).contains(&written.max_age);
    problems.expect(is_age, &place.key("max_age"), "must be 1 to 86400 seconds");
    let claims = read_claims(&written, &place.key("claims"), problems);
    let role = read_role(written.role, (written.issue, written.user, written.client), known, place, problems);
    let keys = read_keys(written.keys, &place.key("keys"), problems);
    Some(TrustRule {
        name: written.name,
        issuer: written.issuer,
        kind: written.kind,
        keys: keys?,
        audience: written.audience,
        algorithms: written.algorithms,
        role: role?,
        claims: claims?,
        max_age: written.max_age,
    })
}

fn check_issuer(written: &file::Trust, place: &Place, problems: &mut Problems<'_>) {
    let (is_one, what) = match written.kind {
        TrustKind::Oidc => (
            grammar::is_issuer(&written.issuer),
            "an issuer is an https URL (or http on this machine) without user, query and fragment",
        ),
        TrustKind::Spiffe => (
            grammar::is_trust_domain(&written.issuer),
            "the issuer of SVIDs is spiffe://trust-domain, without path",
        ),
    };
    problems.expect(is_one, &place.key("issuer"), what);
}

fn check_algorithms(written: &file::Trust, place: &Place, problems: &mut Problems<'_>) {
    let place = place.key("algorithms");
    problems.expect(!written.algorithms.is_empty(), &place, "name at least one algorithm");
    for (index, algorithm) in written.algorithms.iter().enumerate() {
        let before = written.algorithms.iter().take(index);
        problems.expect(!before.clone().any(|other| other == algorithm), &place.index(index), "named twice");
        let is_edwards = matches!(algorithm, SignatureAlgorithm::EdDsa | SignatureAlgorithm::Ed25519);
        let fits = written.kind != TrustKind::Spiffe || !is_edwards;
        problems.expect(fits, &place.index(index), "SVIDs are not signed with it (JWT-SVID §2.1)");
    }
}

/// A rule that lets something in must say what: an issuer such as a public build service has tokens for everybody.
fn read_claims(
    written: &file::Trust,
    place: &Place,
    problems: &mut Problems<'_>,
) -> Option<Vec<(ClaimPath, Pattern)>> {
    let mut claims = Some(Vec::new());
    for (path, pattern) in &written.claims {
        let place = place.key(path);
        let path = ClaimPath::parse(path);
        problems.expect(
            path.is_some(),
            &place,
            "not the name of a claim: parts between `/`, a `/` in a name as `~1`",
        );
        let pattern = Pattern::parse(pattern);
        problems.expect(pattern.is_some(), &place, "a pattern is not empty and has no control characters");
        match (&mut claims, path.zip(pattern)) {
            (Some(claims), Some(claim)) => claims.push(claim),
            _ => claims = None,
        }
    }
    let is_selective = claims.iter().flatten().any(|(_, pattern)| pattern.is_selective());
    let must_be = written.role != file::TrustRole::User && claims.is_some();
    problems.expect(
        is_selective || !must_be,
        place,
        "say whose tokens are meant: at least one claim with more than `*`, or everybody at that issuer is",
    );
    claims
}

fn read_keys(written: file::Keys, place: &Place, problems: &mut Problems<'_>) -> Option<TrustKeys> {
    let what = match (written.jwks_uri, written.jwks) {
        (Some(uri), None) if grammar::is_protected_url(&uri) => return Some(TrustKeys::Uri(uri)),
        (Some(_), None) => {
            "jwks_uri must be an https URL (or http on this machine) without user and fragment"
        }
        (None, Some(jwks)) => match keys::read(&jwks) {
            Ok(_) => return Some(TrustKeys::Inline(jwks)),
            Err(what) => what,
        },
        _ => "give either jwks_uri or jwks",
    };
    problems.add(place, what);
    None
}

type Sections = (Option<file::Issue>, Option<file::User>, Option<file::LoginAs>);

fn read_role(
    role: file::TrustRole,
    sections: Sections,
    known: &Known<'_>,
    place: &Place,
    problems: &mut Problems<'_>,
) -> Option<TrustRole> {
    let what = match (role, sections) {
        (file::TrustRole::Agent, (Some(issue), None, None)) => {
            return read_issue(issue, known, &place.key("issue"), problems).map(TrustRole::Agent);
        }
        (file::TrustRole::User, (None, Some(user), None)) => {
            return read_user(user, &place.key("user"), problems).map(TrustRole::User);
        }
        (file::TrustRole::Orchestrator, (None, None, Some(login))) => {
            let place = place.key("client").key("client");
            problems.expect(known.clients.contains_key(&login.client), &place, "no such client");
            return Some(TrustRole::Orchestrator(login.client));
        }
        (file::TrustRole::Agent, _) => "role agent has [trust.issue], and neither user nor client",
        (file::TrustRole::User, _) => "role user has [trust.user], and neither issue nor client",
        (file::TrustRole::Orchestrator, _) => {
            "role orchestrator has [trust.client], and neither issue nor user"
        }
    };
    problems.add(&place.key("role"), what);
    None
}

fn read_issue(
    written: file::Issue,
    known: &Known<'_>,
    place: &Place,
    problems: &mut Problems<'_>,
) -> Option<IssueTo> {
    let is_known = known.workflows.contains(&written.workflow);
    problems.expect(is_known, &place.key("workflow"), "no such workflow");
    // Otherwise the agent id would name a client that never launched it.
    problems.expect(
        !known.clients.contains_key(&written.orchestrator),
        &place.key("orchestrator"),
        "the name of a client: choose another, since no client launches these agents",
    );
    let orchestrator =
        read_template(&written.orchestrator, Grammar::Segment, &place.key("orchestrator"), problems);
    let task = read_template(&written.task, Grammar::Segment, &place.key("task"), problems);
    let names_claims = task.as_ref().is_none_or(Template::names_claims);
    problems.expect(
        names_claims,
        &place.key("task"),
        "must name a claim in braces, or all runs would be one task",
    );
    let principal = match written.principal {
        Some(text) => Some(read_template(&text, Grammar::Principal, &place.key("principal"), problems)?),
        None => None,
    };
    Some(IssueTo { workflow: written.workflow, orchestrator: orchestrator?, task: task?, principal })
}

fn read_user(written: file::User, place: &Place, problems: &mut Problems<'_>) -> Option<UserFrom> {
    let principal = read_template(&written.principal, Grammar::Principal, &place.key("principal"), problems);
    let names_claims = principal.as_ref().is_none_or(Template::names_claims);
    problems.expect(
        names_claims,
        &place.key("principal"),
        "must name a claim in braces, or all users would be one",
    );
    let mut path = |text: Option<String>, key: &str| {
        let path = text.map(|text| ClaimPath::parse(&text));
        problems.expect(path != Some(None), &place.key(key), "not the name of a claim");
        path.flatten()
    };
    let (tier, groups) = (path(written.tier, "tier"), path(written.groups, "groups"));
    Some(UserFrom { principal: principal?, tier, groups })
}

fn read_template(
    text: &str,
    grammar: Grammar,
    place: &Place,
    problems: &mut Problems<'_>,
) -> Option<Template> {
    match Template::parse(text) {
        Ok(template) if template.could_fit(grammar) => return Some(template),
        Ok(_) => problems.add(place, grammar.describe()),
        Err(what) => problems.add(place, what),
    }
    None
}

/// H4: where users come from more than one issuer, the same `sub` at two of them is two users.
fn check_users_are_kept_apart(rules: &[(Place, TrustRule)], problems: &mut Problems<'_>) {
    let of_users = || rules.iter().filter_map(|(place, rule)| Some((place, rule, rule.role.as_user()?)));
    let issuers: BTreeSet<&str> = of_users().map(|(_, rule, _)| rule.issuer.as_str()).collect();
    if issuers.len() < 2 {
        return;
    }
    for (place, rule, user) in of_users() {
        let begins = match rule.kind {
            TrustKind::Oidc => user.principal.begins_with("iss"),
            // An SVID's `sub` begins with the trust domain.
            TrustKind::Spiffe => user.principal.begins_with("sub"),
        };
        let what =
            "users come from several issuers: begin with {iss} (SPIFFE: {sub}), so that each has its own";
        problems.expect(begins, &place.key("user").key("principal"), what);
    }
}

impl TrustRole {
    const fn as_user(&self) -> Option<&UserFrom> {
        if let Self::User(user) = self { Some(user) } else { None }
    }
}
