//! Access tokens by reference (B15): one that is too large for a header is kept here, and a handle goes in its place, which resource
//! servers introspect.
//!
//! The store must hold no usable token (K1): what is kept is encrypted under a key that comes from the handle, of which the store has
//! but the hash.

use super::{Context, Fault};
use crate::{
    code::Code,
    hex,
    store::{NewHandle, Step},
    tenant::fresh,
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use keybound::Digest;
use std::borrow::Cow;

/// The longest access token that travels itself, in bytes.
pub(crate) const LONGEST: usize = 4096;

const PREFIX: &str = "kbh_";

impl Context {
    /// What is handed out for an access token: itself, or a handle and what must be written with it.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(crate) fn handed_out(&self, token: String, expires: u64) -> Result<(String, Option<Step>), Fault> {
        if token.len() <= LONGEST {
            return Ok((token, None));
        }
        let handle = format!("{PREFIX}{}", BASE64URL.encode(fresh::<32>(self.app.random())?));
        let mut sealed = token.into_bytes();
        // Each key seals one text, so the nonce need not differ.
        key(&handle)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut sealed)
            .map_err(|_| Fault::from(Code::Internal))?;
        let step = Step::Handle(NewHandle { hash: hash(&handle), sealed: hex::encode(&sealed), expires });
        Ok((handle, Some(step)))
    }

    /// The token that a text stands for: itself, unless it is a handle. A handle nobody knows stands for itself, which nobody believes.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn resolved<'a>(&self, text: &'a str) -> Result<Cow<'a, str>, Fault> {
        if !text.starts_with(PREFIX) {
            return Ok(Cow::Borrowed(text));
        }
        let sealed = self.app.store().handle(&self.tenant.name, &hash(text), self.seconds()).await?;
        let opened = sealed.as_deref().and_then(hex::decode).and_then(|sealed| open(text, sealed));
        Ok(opened.map_or(Cow::Borrowed(text), Cow::Owned))
    }
}

fn open(handle: &str, mut sealed: Vec<u8>) -> Option<String> {
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    let token = key(handle).ok()?.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
    String::from_utf8(token.to_vec()).ok()
}

fn key(handle: &str) -> Result<LessSafeKey, Fault> {
    let key = Digest::of(format!("keybound handle key\0{handle}").as_bytes());
    let key = UnboundKey::new(&AES_256_GCM, key.as_bytes()).map_err(|_| Fault::from(Code::Internal))?;
    Ok(LessSafeKey::new(key))
}

fn hash(handle: &str) -> String {
    Digest::of(format!("keybound handle\0{handle}").as_bytes()).to_string()
}
