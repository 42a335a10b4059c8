use super::*;
use crate::attest::{Algorithms, json::bytes};
use std::fs;

const P256: &str = r#""kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA""#;
const ED: &str = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

fn set(jwks: &str, used: &str) -> Result<Jwks, &'static str> {
    Jwks::parse(format!(r#"{{"keys":[{jwks}]}}"#).as_bytes(), used)
}

fn count(jwk: &str, used: &str, algorithm: Algorithm, key_id: Option<&str>) -> usize {
    set(jwk, used).unwrap().candidates(algorithm, key_id).len()
}

#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
/// An RSA JWK whose modulus has so many bits: 1, zeros, 1.
fn rsa(bits: usize, zeros: usize, exponent: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut modulus = vec![0; zeros + bits.div_ceil(8)];
    modulus[zeros] = 1 << ((bits - 1) % 8);
    *modulus.last_mut().unwrap() |= 1;
    format!(r#"{{"kty":"RSA","n":"{}","e":"{exponent}"}}"#, URL_SAFE_NO_PAD.encode(modulus))
}

#[test]
fn a_key_is_used_for_what_it_is_for() {
    for (more, used, found) in [
        ("", "sig", 1),
        (r#","use":"sig","alg":"ES256","key_ops":["sign","verify"]"#, "sig", 1),
        (r#","use":"enc""#, "sig", 0),
        (r#","use":7"#, "sig", 0),
        (r#","alg":"ES384""#, "sig", 0),
        (r#","key_ops":["sign"]"#, "sig", 0),
        (r#","key_ops":"verify""#, "sig", 0),
        (r#","use":"jwt-svid""#, "sig", 0),
        (r#","use":"jwt-svid""#, "jwt-svid", 1),
        (r#","use":"x509-svid""#, "jwt-svid", 0),
        (r#","use":"sig""#, "jwt-svid", 0),
        ("", "jwt-svid", 1),
    ] {
        assert_eq!(count(&format!("{{{P256}{more}}}"), used, Algorithm::Es256, None), found, "{more} {used}");
    }
    for algorithm in Algorithm::ALL {
        assert_eq!(
            count(&format!("{{{P256}}}"), "sig", algorithm, None),
            usize::from(algorithm == Algorithm::Es256)
        );
        assert_eq!(
            count(&format!("{{{ED}}}"), "sig", algorithm, None),
            usize::from(algorithm == Algorithm::Ed25519)
        );
    }
    assert_eq!(count(&format!(r#"{{{ED},"alg":"EdDSA"}}"#), "sig", Algorithm::Ed25519, None), 1);
}

#[test]
fn a_name_chooses_and_without_one_there_is_no_choice() {
    let two = format!(
        r#"{{{P256},"kid":"a"}},{{{P256},"kid":"b"}},{{{ED},"kid":"c"}},{{{ED},"use":"enc","kid":"d"}}"#
    );
    for (algorithm, key_id, found) in [
        (Algorithm::Es256, Some("a"), 1),
        (Algorithm::Es256, Some("b"), 1),
        (Algorithm::Es256, Some("c"), 0),
        (Algorithm::Es256, Some("A"), 0),
        (Algorithm::Es256, None, 0),
        (Algorithm::Ed25519, None, 1),
        (Algorithm::Ed25519, Some("d"), 0),
    ] {
        assert_eq!(count(&two, "sig", algorithm, key_id), found, "{algorithm:?} {key_id:?}");
    }
    assert_eq!(count(&format!("{{{P256}}}"), "sig", Algorithm::Es256, Some("a")), 0);
}

#[test]
fn rsa_keys_have_a_size_and_an_exponent_that_is_one() {
    for (jwk, found) in [
        (rsa(2048, 0, "AQAB"), 1),
        (rsa(2048, 1, "AQAB"), 1),
        (rsa(8192, 0, "Aw"), 1),
        (rsa(2047, 0, "AQAB"), 0),
        (rsa(1024, 128, "AQAB"), 0),
        (rsa(8193, 0, "AQAB"), 0),
        (rsa(2048, 0, "AQ"), 0),
        (rsa(2048, 0, "AA"), 0),
        (rsa(2048, 0, ""), 0),
        (rsa(2048, 0, "AQAA"), 0),
        (rsa(2048, 0, "AQAAAAE"), 0),
        (rsa(2048, 0, "AQAB="), 0),
        (r#"{"kty":"RSA","n":"","e":"AQAB"}"#.to_owned(), 0),
    ] {
        assert_eq!(count(&jwk, "sig", Algorithm::Rs256, None), found, "{jwk}");
    }
}

#[test]
fn what_is_no_key_is_passed_over_and_a_private_one_refused() {
    let short = P256.replace("l8tFrhx", "8tFrhx");
    for jwk in [
        "{}",
        "7",
        r#"{"kty":"oct","k":"AA"}"#,
        r#"{"kty":"EC","crv":"P-521"}"#,
        r#"{"kty":"OKP","crv":"X25519"}"#,
    ] {
        assert_eq!(set(jwk, "sig").unwrap().len(), 0, "{jwk}");
    }
    assert_eq!(set(&format!("{{{short}}}"), "sig").unwrap().len(), 0);
    assert!(set(&format!(r#"{{{ED},"d":"AA"}}"#), "sig").is_err());
    for text in ["[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, ""] {
        assert!(Jwks::parse(text.as_bytes(), "sig").is_err(), "{text}");
    }
    assert_eq!(Jwks::parse(br#"{"keys":[]}"#, "sig").unwrap().len(), 0);
}

#[test]
fn a_point_beside_the_curve_verifies_nothing() {
    let jwk = format!("{{{}}}", P256.replace("9VE4jf", "9VE4jg"));
    let keys = set(&jwk, "sig").unwrap();
    let found = keys.candidates(Algorithm::Es256, None);
    assert!(found[0].verify(Algorithm::Es256, b"", &[1; 64]).is_err());
}

/// Signatures others made, for every algorithm they made any for here.
#[test]
fn wycheproof_agrees() {
    let vectors =
        option_env!("KEYBOUND_VECTORS").unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors"));
    let text = fs::read(format!("{vectors}/foreign/wycheproof/json_web_signature_test.json")).unwrap();
    let suite: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for group in suite["testGroups"].as_array().unwrap() {
        // Groups with shared secrets have no public key; theirs are refused whatever key there is.
        let key = group.get("public").unwrap_or(&serde_json::Value::Null);
        for test in group["tests"].as_array().unwrap() {
            let jws = test["jws"].as_str().unwrap_or_default();
            let algorithm = algorithm(jws);
            let is_foreign = algorithm.is_none();
            let verifies = algorithm.is_some_and(|algorithm| verifies(jws, algorithm, &key.to_string()));
            let expected = test["result"] == "valid" && !is_foreign;
            assert_eq!(verifies, expected, "{} {}", test["tcId"], test["comment"]);
            if verifies { accepted += 1 } else { refused += 1 }
        }
    }
    // All of the suite: whoever changes its file sees it here.
    assert_eq!((accepted, refused), (24, 377));
}

fn algorithm(jws: &str) -> Option<Algorithm> {
    let header = object(&bytes(jws.split('.').next()?)?).ok()?;
    Algorithms::default().get(text(&header, "alg")?).ok()
}

fn verifies(jws: &str, algorithm: Algorithm, jwk: &str) -> bool {
    let Some((signed, signature)) = jws.rsplit_once('.') else { return false };
    let header = bytes(signed.split('.').next().unwrap()).unwrap();
    let header = object(&header).unwrap();
    let payload = signed.split('.').nth(1).and_then(bytes);
    let (Some(signature), Some(_)) = (bytes(signature), payload) else { return false };
    let keys = set(jwk, "sig").unwrap();
    let found = keys.candidates(algorithm, text(&header, "kid"));
    found.iter().any(|key| key.verify(algorithm, signed.as_bytes(), &signature).is_ok())
}
