//! Tokens as platforms write them.

use super::Ask;
use serde::Deserialize;
use serde_json::{Value, json};

/// The body of `POST /kubernetes`, `/github`, `/spiffe` and `/user`. Each takes what it knows of these and has an answer for the rest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Shape {
    /// `alg`. RS256 when not given; ES256 for SPIFFE.
    pub(crate) alg: Option<String>,
    /// `aud`. When not given, what the platform writes for itself: a token that is not for us.
    pub(crate) audience: Option<Value>,
    /// As in [`Ask`].
    pub(crate) expires_in: Option<i64>,
    /// Changes to the claims in the end; null takes one away.
    pub(crate) claims: Value,
    /// Kubernetes: the namespace.
    pub(crate) namespace: Option<String>,
    /// Kubernetes: the service account.
    pub(crate) service_account: Option<String>,
    /// Kubernetes: the pod's name.
    pub(crate) pod: Option<String>,
    /// Kubernetes: the pod's uid.
    pub(crate) pod_uid: Option<String>,
    /// GitHub: `owner/name`.
    pub(crate) repository: Option<String>,
    /// GitHub: `refs/heads/…`.
    pub(crate) r#ref: Option<String>,
    /// GitHub: the deployment environment.
    pub(crate) environment: Option<String>,
    /// GitHub: the workflow's name.
    pub(crate) workflow: Option<String>,
    /// GitHub: the run.
    pub(crate) run_id: Option<String>,
    /// SPIFFE: the trust domain.
    pub(crate) trust_domain: Option<String>,
    /// SPIFFE: the path, with its slash.
    pub(crate) path: Option<String>,
    /// User: `sub`.
    pub(crate) user: Option<String>,
    /// User: the subscription's tier.
    pub(crate) tier: Option<String>,
    /// User: the groups.
    pub(crate) groups: Option<Vec<String>>,
}

fn or<'a>(given: &'a Option<String>, usual: &'a str) -> &'a str {
    given.as_deref().unwrap_or(usual)
}

impl Shape {
    /// A projected service account token (Kubernetes 1.22 and later).
    pub(super) fn kubernetes(&self, now: i64) -> Ask {
        let (namespace, account) = (or(&self.namespace, "agents"), or(&self.service_account, "runner"));
        let claims = json!({
            "aud": ["https://kubernetes.default.svc.cluster.local"],
            "jti": "0f8c2c5e-6c0e-4f0b-9d49-1b1f9e6e0a01",
            "nbf": now,
            "sub": format!("system:serviceaccount:{namespace}:{account}"),
            "kubernetes.io": {
                "namespace": namespace,
                "node": {"name": "node-1", "uid": "5b0d8a3e-53f5-4a7f-8a39-7f1c0a5a9f10"},
                "pod": {
                    "name": or(&self.pod, "runner-0"),
                    "uid": or(&self.pod_uid, "b9c9a4ae-0e6d-4c5e-b2b2-0c1f6a0e7d55"),
                },
                "serviceaccount": {"name": account, "uid": "3f0f2d1c-8f60-4d6e-9a43-6f3c64b9b7a2"},
                "warnafter": now.saturating_add(3607),
            },
        });
        // The API server writes no `typ`.
        self.ask("RS256", claims, json!({"typ": null}))
    }

    /// A token of GitHub Actions.
    pub(super) fn github(&self, now: i64) -> Ask {
        let (repository, git_ref) = (or(&self.repository, "octo/agents"), or(&self.r#ref, "refs/heads/main"));
        let owner = repository.split('/').next().unwrap_or_default();
        let workflow = or(&self.workflow, "nightly");
        let subject = match &self.environment {
            Some(environment) => format!("repo:{repository}:environment:{environment}"),
            None => format!("repo:{repository}:ref:{git_ref}"),
        };
        let claims = json!({
            "aud": format!("https://github.com/{owner}"),
            "jti": "6a0a8c7e-35a5-4b92-9d1c-0b9bde1a7c11",
            // The runner's clock may be behind: GitHub dates it ten minutes back.
            "nbf": now.saturating_sub(600),
            "sub": subject,
            "repository": repository,
            "repository_owner": owner,
            "repository_visibility": "private",
            "ref": git_ref,
            "ref_type": "branch",
            "environment": self.environment,
            "workflow": workflow,
            "workflow_ref": format!("{repository}/.github/workflows/{workflow}.yml@{git_ref}"),
            "run_id": or(&self.run_id, "4711"),
            "run_number": "12",
            "run_attempt": "1",
            "event_name": "schedule",
            "actor": "octo",
            "runner_environment": "github-hosted",
        });
        self.ask("RS256", claims, Value::Null)
    }

    /// A JWT-SVID (JWT-SVID §3), from a SPIRE server.
    pub(super) fn spiffe(&self) -> Ask {
        let (domain, path) = (or(&self.trust_domain, "test.example"), or(&self.path, "/ns/agents/sa/runner"));
        let claims = json!({
            "iss": null,
            "aud": [format!("spiffe://{domain}/spire/server")],
            "sub": format!("spiffe://{domain}{path}"),
        });
        self.ask("ES256", claims, Value::Null)
    }

    /// An ID token of somebody who logged in.
    pub(super) fn user(&self, now: i64) -> Ask {
        let user = or(&self.user, "user-1");
        let claims = json!({
            "aud": "web-app",
            "sub": user,
            "auth_time": now.saturating_sub(20),
            "email": format!("{user}@test.example"),
            "email_verified": true,
            "tier": or(&self.tier, "standard"),
            "groups": self.groups.clone().unwrap_or_else(|| vec!["everyone".to_owned()]),
        });
        self.ask("RS256", claims, Value::Null)
    }

    fn ask(&self, alg: &str, claims: Value, header: Value) -> Ask {
        // Null members of the shape itself go to the issuer, which takes the claim away.
        let audience = self.audience.as_ref().map_or(Value::Null, |audience| json!({"aud": audience}));
        let mut changed = claims;
        for more in [&audience, &self.claims] {
            if let (Value::Object(changed), Value::Object(more)) = (&mut changed, more) {
                changed.extend(more.clone());
            }
        }
        let alg = self.alg.clone().unwrap_or_else(|| alg.to_owned());
        Ask { alg: Some(alg), claims: changed, expires_in: self.expires_in, header, ..Ask::default() }
    }
}
