//! Who answers core's question about an ES256 signature.

use keybound::jose::{BadSignature, Es256, Es256Check};

/// A library.
#[cfg(feature = "p256")]
#[derive(Clone, Copy, Debug, Default)]
pub struct P256;

#[cfg(feature = "p256")]
impl Es256 for P256 {
    fn verify(&self, check: &Es256Check) -> Result<(), BadSignature> {
        use p256::{
            Sec1Point,
            ecdsa::{Signature, VerifyingKey, signature::Verifier as _},
        };
        let key = check.key();
        let point = Sec1Point::from_affine_coordinates(key.x().into(), key.y().into(), false);
        // Whether the point is one of the curve is checked here.
        let key = VerifyingKey::from_sec1_point(&point).map_err(|_| BadSignature)?;
        let signature = Signature::from_slice(check.signature()).map_err(|_| BadSignature)?;
        key.verify(check.message(), &signature).map_err(|_| BadSignature)
    }
}

/// A host that was asked before, such as WebCrypto, which answers later. Each answer belongs to one check; whatever was not asked
/// is not answered.
#[derive(Clone, Debug, Default)]
pub struct Told(Vec<(Es256Check, bool)>);

impl Told {
    /// The answers to these checks, in their order. A missing one is a no.
    pub fn new<'a>(checks: impl IntoIterator<Item = &'a Es256Check>, answers: &[bool]) -> Self {
        Self(checks.into_iter().cloned().zip(answers.iter().copied()).collect())
    }
}

impl Es256 for Told {
    fn verify(&self, check: &Es256Check) -> Result<(), BadSignature> {
        let holds = self.0.iter().any(|(asked, answer)| *answer && asked == check);
        if holds { Ok(()) } else { Err(BadSignature) }
    }
}
