//! Public keys on their own.

use super::topic::{Topic, flags};
use crate::forge::cbor::Item;
use crate::forge::{public_key, sha256};
use crate::vectors::Vector;
use ed25519_dalek::VerifyingKey;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("keys");
    t.note("WeakKey", "a key of small order: signatures hold under it that nobody made");
    t.note("SecondEncoding", "a second spelling of a key, and so a second thumbprint");
    t.note("NotAKey", "bytes that are no Ed25519 public key");
    t.note("Thumbprint", "the key's name, RFC 9679 over SHA-256, base64url without padding");
    for (name, seed) in [("key_of_ones", [1; 32]), ("key_of_twos", [2; 32]), ("key_of_zeros", [0; 32])] {
        t.plain(honest(&format!("{name}_control"), &public_key(&seed)));
    }
    let rfc = hex::decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").expect("hex");
    t.plain(honest("key_of_rfc_8032_test_1_control", &rfc));
    let control = "key_of_ones_control";
    for (name, comment, hex) in small_order() {
        t.plain(fault(&name, &comment, "WeakKey E3", control, &hex));
    }
    for (name, comment, bytes, list) in [
        ("bare_key_of_nothing", "no bytes", String::new(), "NotAKey E6"),
        ("bare_key_of_31_bytes", "a byte short", hex::encode(&rfc[..31]), "NotAKey E6"),
        ("bare_key_of_33_bytes", "a byte long", hex::encode([&rfc[..], &[0]].concat()), "NotAKey E6"),
        ("key_not_on_the_curve", "no point has this y", not_on_the_curve(), "NotAKey"),
        (
            "key_y_not_reduced",
            "y is p + 3, which is 3 again",
            format!("f0{}7f", "ff".repeat(30)),
            "SecondEncoding",
        ),
        ("key_y_all_ones", "every bit is set", "ff".repeat(32), "SecondEncoding"),
    ] {
        t.plain(fault(name, comment, list, control, &bytes));
    }
    t
}

fn honest(name: &str, x: &[u8]) -> Vector {
    let key = Item::claims(vec![(1, Item::Int(1)), (-1, Item::Int(6)), (-2, Item::bytes(x))]);
    Vector {
        name: name.into(),
        comment: "a key and its name".into(),
        flags: flags("Thumbprint"),
        operation: "public_key".into(),
        bytes: Some(hex::encode(x)),
        expect: "ok".into(),
        thumbprint: Some(base64url(&sha256(&key.encode()))),
        ..Vector::default()
    }
}

fn fault(name: &str, comment: &str, list: &str, control: &str, bytes: &str) -> Vector {
    Vector {
        name: name.into(),
        comment: comment.into(),
        flags: flags(list),
        control: Some(control.into()),
        operation: "public_key".into(),
        bytes: Some(bytes.into()),
        expect: "key.bad".into(),
        link: Some(None),
        ..Vector::default()
    }
}

/// The eight points of small order in their canonical encodings, and the other encodings
/// some of them have.
fn small_order() -> Vec<(String, String, String)> {
    [
        ("1", format!("01{}", "00".repeat(31))),
        ("2", format!("ec{}7f", "ff".repeat(30))),
        ("4", "00".repeat(32)),
        ("4_negative", format!("{}80", "00".repeat(31))),
        ("8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".into()),
        ("8_negative", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85".into()),
        ("8_other", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".into()),
        ("8_other_negative", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa".into()),
        ("1_spelt_p_plus_1", format!("ee{}7f", "ff".repeat(30))),
        ("4_spelt_p", format!("ed{}7f", "ff".repeat(30))),
        ("1_with_sign", format!("01{}80", "00".repeat(30))),
        ("2_with_sign", format!("ec{}ff", "ff".repeat(30))),
    ]
    .into_iter()
    .map(|(order, hex)| {
        (format!("weak_key_of_order_{order}"), format!("a point of small order: {order}"), hex)
    })
    .collect()
}

/// The least y that belongs to no point.
fn not_on_the_curve() -> String {
    let candidates = (2_u8..).map(|y| {
        let mut bytes = [0; 32];
        bytes[0] = y;
        bytes
    });
    hex::encode(candidates.into_iter().find(|bytes| VerifyingKey::from_bytes(bytes).is_err()).expect("one"))
}

fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let group = |chunk: &[u8]| {
        let text = format!("{:0<6}", std::str::from_utf8(chunk).expect("bits"));
        char::from(LETTERS[usize::from_str_radix(&text, 2).expect("bits")])
    };
    bits.as_bytes().chunks(6).map(group).collect()
}
