//! The worked example of SPEC 13: made from fixed seeds, taken apart item by item, and checked by deciding it.

use keybound::{
    AgentId, Arguments, Authority, Chain, Grant, Narrowing, Proof, ProofId, Request, SigningKey, TokenId,
    Trust, UnixTime,
};
use keybound_bindings::MemoryReplayStore;
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

const BEGIN: &str = "<!-- worked-example: begin (made by `cargo xtask vectors`) -->\n";
const END: &str = "<!-- worked-example: end -->";
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://tools.example";
const ARGUMENTS: &str = r#"{"amount":18,"currency":"EUR","invoice":"INV-9"}"#;

/// The specification with its worked example as it should be.
pub fn file() -> (PathBuf, Vec<u8>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/SPEC.md");
    let spec = fs::read_to_string(&path).expect("the specification");
    let spec = written_into(&spec);
    (path, spec.into_bytes())
}

fn written_into(spec: &str) -> String {
    let (before, rest) = spec.split_once(BEGIN).expect("the mark where the example begins");
    let (_, after) = rest.split_once(END).expect("the mark where it ends");
    format!("{before}{BEGIN}{}{END}{after}", section())
}

fn section() -> String {
    let (root, chain, proof) = example();
    let root = root.as_bytes();
    // Both chains begin with a head of one byte; the child follows the root.
    let child = &chain.as_bytes()[root.len()..];
    let mut out = String::from(
        "The example of section 1. The private keys are the seeds of 32 equal bytes: the issuer's `01…`, K1 `02…`, K2 `03…`;\nall ids are 16 equal bytes. \
         Never use them elsewhere.\n",
    );
    let mut part = |title: &str, bytes: &[u8], payload: Inside| {
        write!(out, "\n{title}, {} bytes:\n\n```text\n", bytes.len()).expect("memory");
        let mut lines = Lines(&mut out);
        let rest = lines.envelope(bytes, payload);
        assert!(rest.is_empty());
        out.push_str("```\n");
    };
    part("Root", &root[1..], Inside::Claims);
    part("Child; its `external_aad` is the SHA-256 of the root above", child, Inside::Claims);
    part("Proof", proof.as_bytes(), Inside::ProofClaims);
    let digest = |bytes: &[u8]| keybound::Digest::of(bytes).to_string();
    write!(
        out,
        "\nThe chain is `82`, the root, the child: {} bytes. Digests: root `{}`, child `{}`, arguments `{}`.\n",
        chain.as_bytes().len(),
        digest(&root[1..]),
        digest(child),
        digest(ARGUMENTS.as_bytes()),
    )
    .expect("memory");
    out
}

fn example() -> (Chain, Chain, Proof) {
    let at = |seconds| UnixTime::new(seconds).expect("a time");
    let tools = |text: &str| Authority::from_json(text).expect("tools");
    let [issuer, first, second] = [1, 2, 3].map(|seed| SigningKey::from_seed(&[seed; 32]));
    let wide = tools(
        r#"{"payments.create": {"amount": {"constraint_type": "range", "max": 100},
            "currency": {"constraint_type": "exact", "value": "EUR"}, "invoice": {"constraint_type": "wildcard"}}}"#,
    );
    let narrow = tools(
        r#"{"payments.create": {"amount": {"constraint_type": "range", "max": 20},
            "currency": {"constraint_type": "exact", "value": "EUR"}, "invoice": {"constraint_type": "exact", "value": "INV-9"}}}"#,
    );
    let root = Grant::new(ISSUER, first.public_key(), wide)
        .audience([AUDIENCE])
        .principal("user:ada")
        .agent(AgentId::parse("spiffe://acme.example/agent/orch/task-7/a1").expect("an agent id"))
        .task("task-7")
        .max_depth(1)
        .sign(&issuer, TokenId::from_bytes([0x11; 16]), at(1_700_000_000))
        .expect("a root");
    let narrowing = Narrowing::to(second.public_key()).tools(narrow).lifetime(110);
    let chain = root
        .delegate(&first, narrowing, TokenId::from_bytes([0x22; 16]), at(1_700_000_010))
        .expect("a child");
    let arguments = Arguments::from_json(ARGUMENTS.as_bytes()).expect("arguments");
    assert_eq!(arguments.canonical(), ARGUMENTS);
    let request = Request::new("payments.create", arguments, AUDIENCE).expect("a request");
    let now = at(1_700_000_020);
    let proof =
        Proof::sign(&second, &chain, &request, ProofId::from_bytes([0x33; 16]), now).expect("a proof");
    let trust =
        Trust::new([AUDIENCE], MemoryReplayStore::with_capacity(1)).anchor(ISSUER, &issuer.public_key());
    let permit = chain.verify(&trust, now).and_then(|verified| verified.authorize(&request, &proof, now));
    assert_eq!(permit.expect("a permit").principal(), Some("user:ada"));
    (root, chain, proof)
}

/// Where an item stands, and so what its keys and members are called.
#[derive(Clone, Copy)]
enum Inside {
    Header,
    Claims,
    Confirmation,
    Key,
    Authority,
    Tools,
    Arguments,
    ProofClaims,
    Call,
    Nothing,
}

impl Inside {
    /// What the member under `key` is called, and where its value stands.
    fn member(self, key: i64) -> (&'static str, Self) {
        match (self, key) {
            (Self::Header, 1) => ("alg: Ed25519", Self::Nothing),
            (Self::Header, 16) => ("typ", Self::Nothing),
            (Self::Claims, 1) => ("iss", Self::Nothing),
            (Self::Claims, 2) => ("sub, the principal", Self::Nothing),
            (Self::Claims | Self::ProofClaims, 3) => ("aud", Self::Nothing),
            (Self::Claims, 4) => ("exp", Self::Nothing),
            (Self::Claims | Self::ProofClaims, 6) => ("iat", Self::Nothing),
            (Self::Claims, 7) => ("cti, the token id", Self::Nothing),
            (Self::ProofClaims, 7) => ("cti, the proof id", Self::Nothing),
            (Self::Claims, 8) => ("cnf", Self::Confirmation),
            (Self::Claims, -65537) => ("authority", Self::Authority),
            (Self::Confirmation, 1) => ("COSE_Key", Self::Key),
            (Self::Key, 1) => ("kty: OKP", Self::Nothing),
            (Self::Key, -1) => ("crv: Ed25519", Self::Nothing),
            (Self::Key, -2) => ("x", Self::Nothing),
            (Self::Authority, 0) => ("tools", Self::Tools),
            (Self::Authority, 1) => ("depth", Self::Nothing),
            (Self::Authority, 2) => ("max depth", Self::Nothing),
            (Self::Authority, 3) => ("agent", Self::Nothing),
            (Self::Authority, 4) => ("task", Self::Nothing),
            (Self::ProofClaims, -65538) => ("call", Self::Call),
            (Self::Call, 0) => ("tool", Self::Nothing),
            (Self::Call, 1) => ("digest of the arguments", Self::Nothing),
            (Self::Call, 2) => ("digest of the leaf token", Self::Nothing),
            _ => unreachable!("the example has no such member"),
        }
    }

    const fn named(self) -> Self {
        match self {
            Self::Tools => Self::Arguments,
            _ => Self::Nothing,
        }
    }
}

const CONSTRAINTS: [&str; 9] =
    ["exact", "range", "one_of", "not_one_of", "contains", "subset", "wildcard", "all", "any"];

/// Bytes on the left, what they are on the right.
struct Lines<'a>(&'a mut String);

/// Bytes on one line.
const WIDTH: usize = 16;

impl Lines<'_> {
    fn line(&mut self, bytes: &[u8], depth: usize, comment: &str) {
        for (index, chunk) in bytes.chunks(WIDTH).enumerate() {
            let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
            let comment = if index == 0 { format!("# {}{comment}", "  ".repeat(depth)) } else { "#".into() };
            writeln!(self.0, "{:<width$}  {comment}", hex.join(" "), width = WIDTH * 3 - 1).expect("memory");
        }
    }

    fn envelope<'b>(&mut self, bytes: &'b [u8], payload: Inside) -> &'b [u8] {
        self.line(&bytes[..1], 0, "tag 18: COSE_Sign1");
        self.line(&bytes[1..2], 0, "array of 4");
        let rest = self.wrapped(&bytes[2..], "protected header", Inside::Header);
        self.line(&rest[..1], 1, "unprotected header: empty");
        let rest = self.wrapped(&rest[1..], "payload", payload);
        let (head, content, rest) = string(rest);
        self.line(head, 1, "signature");
        self.line(content, 2, "");
        rest
    }

    fn wrapped<'b>(&mut self, bytes: &'b [u8], title: &str, inside: Inside) -> &'b [u8] {
        let (head, content, rest) = string(bytes);
        self.line(head, 1, &format!("{title}, {} bytes", content.len()));
        assert!(self.item(content, 2, "", inside).is_empty());
        rest
    }

    /// One item with everything in it; `label` says what it is for.
    fn item<'b>(&mut self, bytes: &'b [u8], depth: usize, label: &str, inside: Inside) -> &'b [u8] {
        let (major, argument, length) = head(bytes);
        let label = if label.is_empty() { String::new() } else { format!("{label}: ") };
        match major {
            0 | 1 => {
                let value = integer(major, argument);
                self.line(&bytes[..length], depth, &format!("{label}{value}"));
                &bytes[length..]
            }
            2 => {
                let (_, content, rest) = string(bytes);
                self.line(
                    &bytes[..bytes.len() - rest.len()],
                    depth,
                    &format!("{label}{} bytes", content.len()),
                );
                rest
            }
            3 => {
                let (_, content, rest) = string(bytes);
                let text = std::str::from_utf8(content).expect("text");
                self.line(&bytes[..bytes.len() - rest.len()], depth, &format!("{label}\"{text}\""));
                rest
            }
            4 => self.array(bytes, depth, &label, inside),
            5 => self.map(bytes, depth, &label, inside),
            _ => {
                self.line(&bytes[..length], depth, &format!("{label}null"));
                &bytes[length..]
            }
        }
    }

    fn array<'b>(&mut self, bytes: &'b [u8], depth: usize, label: &str, inside: Inside) -> &'b [u8] {
        let (_, count, length) = head(bytes);
        self.line(&bytes[..length], depth, &format!("{label}array of {count}"));
        let mut rest = &bytes[length..];
        for index in 0..count {
            let is_type = matches!(inside, Inside::Arguments) && index == 0;
            let constraint =
                if is_type { CONSTRAINTS[usize::try_from(head(rest).1).expect("small")] } else { "" };
            rest = self.item(rest, depth + 1, constraint, Inside::Nothing);
        }
        rest
    }

    fn map<'b>(&mut self, bytes: &'b [u8], depth: usize, label: &str, inside: Inside) -> &'b [u8] {
        let (_, count, length) = head(bytes);
        self.line(&bytes[..length], depth, &format!("{label}map of {count}"));
        let mut rest = &bytes[length..];
        for _ in 0..count {
            let (major, argument, length) = head(rest);
            if major == 3 {
                rest = self.item(rest, depth + 1, "", Inside::Nothing);
                rest = self.item(
                    rest,
                    depth + 2,
                    "",
                    if matches!(inside, Inside::Arguments) { inside } else { inside.named() },
                );
                continue;
            }
            let key = integer(major, argument);
            let (name, within) = inside.member(key);
            self.line(&rest[..length], depth + 1, &format!("{key}: {name}"));
            rest = self.item(&rest[length..], depth + 2, "", within);
        }
        rest
    }
}

fn integer(major: u8, argument: u64) -> i64 {
    let value = i64::try_from(argument).expect("small");
    if major == 0 { value } else { -1 - value }
}

/// Major type, argument, and length of the head.
fn head(bytes: &[u8]) -> (u8, u64, usize) {
    let info = usize::from(bytes[0] & 0x1f);
    let length = if info < 24 { 0 } else { 1 << (info - 24) };
    let argument = bytes[1..=length].iter().fold(0, |argument, byte| argument << 8 | u64::from(*byte));
    (bytes[0] >> 5, if info < 24 { u64::try_from(info).expect("small") } else { argument }, 1 + length)
}

fn string(bytes: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (_, argument, length) = head(bytes);
    let end = length + usize::try_from(argument).expect("small");
    (&bytes[..length], &bytes[length..end], &bytes[end..])
}
