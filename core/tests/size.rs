//! What a token weighs. The figures are promises of the format: a change that breaks them is a change of the format.

#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a panic is how a test fails")]

mod common;

use common::*;
use keybound::{Grant, Narrowing};

/// The three-token chain of AAT-02 appendix J.3: 2,616 characters as JWS.
#[test]
fn the_three_token_chain_of_aat_02_is_at_most_890_bytes() {
    let (a, b, c) = (key(2), key(3), key(4));
    let root = r#"{"read_file": {"path": {"constraint_type": "one_of", "values": ["/data/q3-report.pdf", "/data/q4-report.pdf"]}},
                   "search_index": {"limit": {"constraint_type": "range", "max": 100}, "query": {"constraint_type": "wildcard"}}}"#;
    let middle = r#"{"read_file": {"path": {"constraint_type": "one_of", "values": ["/data/q3-report.pdf"]}},
                     "search_index": {"limit": {"constraint_type": "range", "max": 20}, "query": {"constraint_type": "exact", "value": "public filings"}}}"#;
    let leaf = r#"{"read_file": {"path": {"constraint_type": "exact", "value": "/data/q3-report.pdf"}}}"#;
    // An `exact` under a `one_of` is in the table of pairs, so the chain is J.3 as it stands.
    let chain = Grant::new("https://auth.example.com", a.public_key(), tools(root))
        .lifetime(3600)
        .max_depth(3)
        .sign(&issuer(), token_id(), at(1_704_067_200))
        .unwrap()
        .delegate(
            &a,
            Narrowing::to(b.public_key()).tools(tools(middle)).lifetime(1740).max_depth(2),
            token_id(),
            at(1_704_067_260),
        )
        .unwrap()
        .delegate(
            &b,
            Narrowing::to(c.public_key()).tools(tools(leaf)).lifetime(1080),
            token_id(),
            at(1_704_067_320),
        )
        .unwrap();
    println!("J.3 in CWT: {} bytes", chain.as_bytes().len());
    assert!(chain.as_bytes().len() <= 890, "{}", chain.as_bytes().len());
}

#[test]
fn an_extra_hop_with_one_tool_and_two_constraints_is_at_most_220_bytes() {
    let (a, b) = (key(2), key(3));
    let less = r#"{"pay": {"amount": {"constraint_type": "range", "min": 0, "max": 20}, "note": {"constraint_type": "exact", "value": "x"}}}"#;
    let root = root(&a);
    let chain =
        root.delegate(&a, Narrowing::to(b.public_key()).tools(tools(less)), token_id(), at(NOW)).unwrap();
    let hop = chain.as_bytes().len() - root.as_bytes().len();
    println!("an extra hop: {hop} bytes");
    assert!(hop <= 220, "{hop}");
}
