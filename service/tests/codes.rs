//! `docs/codes-service.md` says what the tables of codes say.

use keybound_service::{Code, attest, http::Fault, policy};
use std::fs;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/codes-service.md");
const UPDATE: &str = "KEYBOUND_UPDATE_CODES";

const INTRODUCTION: &str = "\
# Refusal codes of the service

Beside the codes of the core ([codes](codes.md)), which it passes on as they are, the service refuses with these. Problem details
(RFC 9457) and OAuth errors (RFC 6749 §5.2) carry the code as `code` and the last column as `fix`. Codes are stable once released; the
sentences may be reworded. Client credentials that cannot be believed are answered with 401 `invalid_client`, whatever about them is
wrong; a refused grant with 400 `invalid_grant` where the code alone would be a 401.

This page is generated from `service/src/code.rs`, `service/src/policy/code.rs` and `service/src/attest/refused.rs`.
";

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str(
        "\n## the service\n\nThe request, its client, launches and sessions, and the service itself.\n\n",
    );
    page.push_str("| code | status | OAuth error | meaning | what would fix it |\n|---|---|---|---|---|\n");
    for code in Code::ALL {
        let (name, status, oauth) = (code.as_str(), code.status(), code.oauth());
        page.push_str(&format!(
            "| `{name}` | {status} | `{oauth}` | {} | {} |\n",
            code.meaning(),
            code.fix()
        ));
    }
    page.push_str("\n## the policy\n\nThe tenant's policy says no. The answer names the rule.\n\n");
    page.push_str("| code | status | meaning | what would fix it |\n|---|---|---|---|\n");
    for code in policy::Code::ALL {
        let status = match code.kind() {
            policy::Kind::Invalid => 400,
            policy::Kind::Denied => 403,
            policy::Kind::Limited => 429,
        };
        page.push_str(&format!("| `{}` | {status} | {} | {} |\n", code.as_str(), code.meaning(), code.fix()));
    }
    page.push_str("\n## attestation\n\nA token of another issuer, which a trust rule should admit.\n\n");
    page.push_str("| code | status | meaning | what would fix it |\n|---|---|---|---|\n");
    for code in attest::Code::ALL {
        let status = Fault::from(attest::Refused::from(*code)).status().as_u16();
        page.push_str(&format!("| `{}` | {status} | {} | {} |\n", code.as_str(), code.meaning(), code.fix()));
    }
    page
}

#[test]
fn the_page_is_that_of_the_tables() {
    let page = page();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(PAGE, &page).unwrap();
    }
    let written = fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        written == page,
        "docs/codes-service.md is not what the tables say; update it with\n  {UPDATE}=1 cargo test -p keybound-service --test codes"
    );
}
