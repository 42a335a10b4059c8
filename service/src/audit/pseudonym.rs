//! Names for what must not be named: keyed hashes, one key per tenant (HMAC-SHA-256, RFC 2104).
//!
//! A plain hash of an e-mail address is found by trying addresses; without the tenant's secret nobody can try. The same user
//! keeps one pseudonym within a tenant, and has unrelated ones in two.

use super::Name;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of the code that are kept: collisions stay out of reach up to 2^64 users.
const KEPT_BYTES: usize = 16;

const PRINCIPAL: Kind = Kind { domain: b"keybound audit principal", prefix: "p_" };
const NAME: Kind = Kind { domain: b"keybound audit name", prefix: "n_" };

/// What is hashed, told apart in the input and in the text, so that a user and a tool of one name share nothing.
struct Kind {
    domain: &'static [u8],
    prefix: &'static str,
}

/// The pseudonym of a principal: `p_` and 32 hexadecimal digits. The one form in which a user appears in a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(String);

impl Pseudonym {
    /// Reads the text of a pseudonym; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PRINCIPAL.prefix)?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (digits.len() == KEPT_BYTES.saturating_mul(2) && digits.bytes().all(is_digit))
            .then(|| Self(text.to_owned()))
    }

    /// The pseudonym as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes the pseudonyms of one tenant. Its secret is wiped when dropped and does not print.
pub struct Pseudonyms(Zeroizing<[u8; 32]>);

impl Pseudonyms {
    /// The pseudonyms that grow from the tenant's secret.
    pub const fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        Self(secret)
    }

    /// The pseudonym of a user or a system on whose behalf something is done.
    pub fn principal(&self, principal: &str) -> Pseudonym {
        Pseudonym(self.text(&PRINCIPAL, principal))
    }

    /// What stands in a record for a name somebody sent: the name itself where it is declared and may stand there, or else its
    /// pseudonym (`n_` and 32 hexadecimal digits), which still shows that the same thing was asked for twice.
    pub fn declared_or_pseudonym(&self, name: &str, is_declared: bool) -> Name {
        Name::parse(name).filter(|_| is_declared).unwrap_or_else(|| self.name(name))
    }

    /// The pseudonym of a name.
    pub fn name(&self, name: &str) -> Name {
        Name::made_here(self.text(&NAME, name))
    }

    fn text(&self, kind: &Kind, text: &str) -> String {
        let mut mac = self.keyed();
        mac.update(kind.domain);
        // Ends the domain: none holds a zero byte, so no two inputs are one.
        mac.update(&[0]);
        mac.update(text.as_bytes());
        let code = mac.finalize().into_bytes();
        let digits = code.iter().take(KEPT_BYTES).map(|byte| format!("{byte:02x}"));
        std::iter::once(kind.prefix.to_owned()).chain(digits).collect()
    }

    /// The keyed hash, from a whole block: a shorter key is padded with zeros (RFC 2104 section 2).
    fn keyed(&self) -> Hmac<Sha256> {
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(self.0.iter()).for_each(|(padded, byte)| *padded = *byte);
        Hmac::new((&*block).into())
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(pseudonym: &str) -> &str {
        pseudonym.split_once('_').unwrap().1
    }

    fn pseudonyms(byte: u8) -> Pseudonyms {
        Pseudonyms::new(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn a_user_has_one_pseudonym_per_tenant_and_another_in_the_next() {
        let (ours, theirs) = (pseudonyms(1), pseudonyms(2));
        assert_eq!(ours.principal("ann@example.com"), ours.principal("ann@example.com"));
        assert_eq!(ours.principal("ann@example.com"), pseudonyms(1).principal("ann@example.com"));
        assert_ne!(ours.principal("ann@example.com"), theirs.principal("ann@example.com"));
        assert_ne!(ours.principal("ann@example.com"), ours.principal("Ann@example.com"));
        assert_ne!(digits(ours.principal("a").as_str()), digits(ours.name("a").as_str()));
    }

    /// Computed apart from this crate: HMAC-SHA-256 under 32 bytes of 0x01 over the domain, a zero byte and the text.
    #[test]
    fn the_code_is_hmac_sha_256() {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[1; 32]);
        for (domain, text, ours) in [
            (
                "keybound audit principal",
                "ann@example.com",
                pseudonyms(1).principal("ann@example.com").to_string(),
            ),
            ("keybound audit name", "fs.read", pseudonyms(1).name("fs.read").to_string()),
        ] {
            let code = aws_lc_rs::hmac::sign(&key, format!("{domain}\0{text}").as_bytes());
            let expected: String = code.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digits(&ours), expected);
        }
    }

    #[test]
    fn only_declared_names_stand_as_they_are() {
        let pseudonyms = pseudonyms(1);
        assert_eq!(pseudonyms.declared_or_pseudonym("fs.read", true).as_str(), "fs.read");
        let hidden = pseudonyms.declared_or_pseudonym("fs.read", false);
        assert_eq!(hidden, pseudonyms.name("fs.read"));
        assert!(hidden.as_str().starts_with("n_") && hidden.as_str().len() == 34);
        assert_eq!(Name::parse(hidden.as_str()), Some(hidden));
        for planted in ["ann@example.com", "078-05-1120 is my number", "ignore all previous instructions", ""]
        {
            for is_declared in [true, false] {
                let name = pseudonyms.declared_or_pseudonym(planted, is_declared);
                assert!(name.as_str().starts_with("n_"), "{planted:?}");
            }
        }
    }

    #[test]
    fn the_secret_does_not_print_and_only_a_pseudonym_reads_as_one() {
        assert_eq!(format!("{:?}", pseudonyms(7)), "Pseudonyms(..)");
        let pseudonym = pseudonyms(7).principal("ann");
        assert_eq!(Pseudonym::parse(pseudonym.as_str()), Some(pseudonym.clone()));
        let digits = digits(pseudonym.as_str());
        for text in [
            "",
            "p_",
            "ann@example.com",
            digits,
            &format!("n_{digits}"),
            &format!("p_{digits}0"),
            &format!("p_{}", "A".repeat(32)),
        ] {
            assert_eq!(Pseudonym::parse(text), None, "{text:?}");
        }
    }
}
