//! The policy of most tests.

use super::{ADMIN, AUDITOR, MAIL, MOVERS, ORCHESTRATOR, SERVER};
use keybound::SigningKey;

/// The public key of a seed of which every byte is the same, as a policy lists it.
pub(crate) fn jwks(seed: u8) -> String {
    let key = SigningKey::from_seed(&[seed; 32]).public_key();
    let named = key.to_jwk().replacen('{', &format!(r#"{{"kid":"{}","#, key.jwk_thumbprint()), 1);
    format!(r#"{{"keys":[{named}]}}"#)
}

pub(crate) fn policy() -> String {
    format!(
        r#"
[clients.payables]
roles = ["orchestrator"]
jwks = '{}'

[clients.tools]
roles = ["resource_server"]
jwks = '{}'
audiences = ["https://tools.example"]

[clients.root]
roles = ["admin"]
jwks = '{}'

[clients.reader]
roles = ["auditor"]
jwks = '{}'

[workflows.close]
orchestrators = ["payables"]
audiences = ["https://tools.example", "https://mail.example"]
ttl = {{ default = 300, min = 60, max = 600 }}
session = 3600
renewals = 3
depth = 2
on_behalf_of = true

[workflows.close.tools.read_invoice]
arguments = {{ invoice_id = {{ constraint_type = "wildcard" }} }}

[workflows.close.tools.pay_invoice]
arguments = {{ invoice_id = {{ constraint_type = "wildcard" }}, amount = {{ constraint_type = "range", max = 500 }} }}
category = "payments"

[workflows.watched]
orchestrators = ["payables"]
audiences = ["https://tools.example"]
heartbeat = 30
depth = 1

[workflows.watched.tools.read_invoice]
arguments = {{}}

[rates.payments]
limit = 100000
per = "day"

[clients.movers]
roles = ["orchestrator"]
jwks = '{}'

[clients.mail]
roles = ["resource_server"]
jwks = '{}'
audiences = ["https://mail.example"]

[workflows.moving]
orchestrators = ["movers"]
audiences = ["https://tools.example"]

[workflows.moving.tools.move_box]
arguments = {{}}

[workflows.tiered]
orchestrators = ["payables"]
audiences = ["https://tools.example"]

[workflows.tiered.principals]
tiers = ["pro"]

[workflows.tiered.tools.read_invoice]
arguments = {{}}

[workflows.tiered.tools.pay_invoice]
groups = ["finance"]
arguments = {{ invoice_id = {{ constraint_type = "wildcard" }} }}

[workflows.limited]
orchestrators = ["payables"]
audiences = ["https://tools.example"]

[workflows.limited.tools.send_money]
category = "ten"
arguments = {{}}

[rates.ten]
limit = 10
per = "day"

[workflows.empty]
orchestrators = ["payables"]
audiences = ["https://tools.example"]

[workflows.nowhere]
orchestrators = ["payables"]

[workflows.nowhere.tools.read_invoice]
arguments = {{}}
"#,
        jwks(ORCHESTRATOR),
        jwks(SERVER),
        jwks(ADMIN),
        jwks(AUDITOR),
        jwks(MOVERS),
        jwks(MAIL)
    )
}
