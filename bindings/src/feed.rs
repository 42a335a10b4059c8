//! What an issuer has revoked, kept up to date while verifiers ask.

use crate::{Failure, RevokedTokens, trust::limits};
use keybound::{
    LinkIds, PublicKey, Refusal, Revocation, Standing, UnixTime,
    revocation::{RevocationList, RevocationSource},
};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The newest list of one issuer. Until there is one, and again when it is too old, every call under that issuer is refused.
///
/// Shared between the verifiers that ask it and the client that fetches: asking takes a read lock and copies nothing, and a new
/// list is read before the lock is taken.
#[derive(Debug)]
pub struct RevocationFeed {
    source: RevocationSource,
    list: RwLock<Option<RevocationList>>,
    /// Held by whoever applies an update: two at once would both build on the same list, and one would be lost.
    applying: Mutex<()>,
}

impl RevocationFeed {
    /// Of this source; it has no list yet.
    pub const fn new(source: RevocationSource) -> Self {
        Self { source, list: RwLock::new(None), applying: Mutex::new(()) }
    }

    /// Takes over a list or a delta. When it is refused, the list before it stays.
    ///
    /// # Errors
    /// What [`RevocationSource::read`] says.
    pub fn apply(&self, update: &[u8], now: UnixTime) -> Result<(), Refusal> {
        // It guards no data, so a thread that died with it left nothing half done.
        let _applying = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = self.source.read(update, self.list().as_ref(), now)?;
        *self.list.write().unwrap_or_else(PoisonError::into_inner) = Some(newer);
        Ok(())
    }

    /// The list there is, which may be too old. A clone shares the entries.
    pub fn list(&self) -> Option<RevocationList> {
        self.list.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The issuer whose tokens it is about.
    pub fn issuer(&self) -> &str {
        self.source.issuer()
    }

    /// The largest list or delta it reads, in bytes.
    pub const fn max_bytes(&self) -> u32 {
        self.source.the_limits().revocation_bytes
    }
}

impl Revocation for RevocationFeed {
    fn standing(&self, link: &LinkIds<'_>, now: UnixTime) -> Standing {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        list.as_ref().map_or(Standing::Unknown, |list| list.standing(link, now))
    }
}

/// A feed, as a language hands it over.
#[derive(Clone, Debug)]
pub struct FeedData {
    /// The issuer whose tokens it is about.
    pub issuer: String,
    /// The keys that sign its lists.
    pub keys: Vec<PublicKey>,
    /// Limits that differ from the default ones, by name.
    pub limits: Vec<(String, u64)>,
}

impl FeedData {
    /// The feed, without a list.
    ///
    /// # Errors
    /// [`Failure::Misuse`] without a key, or for a limit that does not exist or is out of range.
    pub fn into_feed(self) -> Result<Arc<RevocationFeed>, Failure> {
        if self.keys.is_empty() {
            return Err(Failure::misuse("key", "be at least one key"));
        }
        let source = RevocationSource::with_keys(&self.issuer, self.keys).limits(limits(&self.limits)?);
        Ok(Arc::new(RevocationFeed::new(source)))
    }
}

/// What a verifier asks: its fixed list of tokens, then the feeds of the chain's issuer. Where there are feeds at all, an issuer
/// without one is unknown, and its chains are refused.
pub(crate) struct View {
    pub(crate) revoked: RevokedTokens,
    pub(crate) feeds: Vec<Arc<RevocationFeed>>,
}

impl Revocation for View {
    fn standing(&self, link: &LinkIds<'_>, now: UnixTime) -> Standing {
        let fixed = self.revoked.standing(link, now);
        if fixed != Standing::Good || self.feeds.is_empty() {
            return fixed;
        }
        let mut standing = Standing::Unknown;
        for feed in self.feeds.iter().filter(|feed| feed.issuer() == link.issuer) {
            standing = feed.standing(link, now);
            if standing != Standing::Good {
                break;
            }
        }
        standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrustData;
    use keybound::{
        Authority, Chain, Grant, SigningKey, TokenId,
        revocation::{ListTimes, Revoked, RevokedId, Snapshot},
    };

    const ISSUER: &str = "https://issuer.example";
    const OTHER: &str = "https://other.example";
    const TOKEN: TokenId = TokenId::from_bytes([1; 16]);
    const NOW: u64 = 1_700_000_000;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::new(seconds).unwrap()
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    fn feed() -> Arc<RevocationFeed> {
        let keys = vec![key(9).public_key()];
        FeedData { issuer: ISSUER.into(), keys, limits: Vec::new() }.into_feed().unwrap()
    }

    #[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
    fn list(seq: u64, issued_at: u64, revoked: &[TokenId]) -> Vec<u8> {
        let (next_update, expires) = (at(issued_at + 10), at(issued_at + 30));
        let times = ListTimes { issued_at: at(issued_at), next_update, expires };
        let entries = revoked.iter().map(|id| Revoked { id: RevokedId::token(id), until: at(NOW + 1000) });
        Snapshot::new(ISSUER, seq, times, entries).unwrap().sign(&key(9)).unwrap().into_bytes()
    }

    /// What a verifier with this view says of an honest root of `issuer`.
    fn answer(feeds: &[Arc<RevocationFeed>], revoked: &[TokenId], issuer: &str, now: u64) -> &'static str {
        let trust = TrustData {
            anchors: vec![(issuer.into(), key(1).public_key())],
            audience: vec!["https://tools.example".into()],
            limits: Vec::new(),
            revoked: revoked.iter().map(|id| id.as_bytes().to_vec()).collect(),
            revocation: feeds.to_vec(),
            replay_capacity: 4,
            requires_identity: false,
            requires_audience: false,
            requires_proof_audience: true,
        };
        let authority = Authority::from_json(r#"{"t": {}}"#).unwrap();
        let grant = Grant::new(issuer, key(2).public_key(), authority);
        let chain: Chain = grant.sign(&key(1), TOKEN, at(NOW)).unwrap();
        let verified = chain.verify(&trust.into_trust().unwrap(), at(now));
        verified.map_or_else(|refusal| refusal.code().as_str(), |_| "ok")
    }

    #[test]
    fn nothing_is_permitted_before_the_first_list_nor_after_the_last() {
        let feed = feed();
        let ask = |now| answer(std::slice::from_ref(&feed), &[], ISSUER, now);
        assert_eq!(answer(&[], &[], ISSUER, NOW), "ok", "without a feed");
        assert_eq!(ask(NOW), "revocation.stale");
        feed.apply(&list(1, NOW, &[]), at(NOW)).unwrap();
        assert_eq!((ask(NOW), ask(NOW + 30), ask(NOW + 31)), ("ok", "ok", "revocation.stale"));
        feed.apply(&list(1, NOW + 31, &[]), at(NOW + 31)).unwrap();
        assert_eq!(ask(NOW + 31), "ok");
        feed.apply(&list(2, NOW + 31, &[TOKEN]), at(NOW + 31)).unwrap();
        assert_eq!(ask(NOW + 31), "revocation.revoked");
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let feed = feed();
        feed.apply(&list(5, NOW, &[TOKEN]), at(NOW)).unwrap();
        for update in [list(4, NOW, &[]), list(5, NOW, &[]), b"garbage".to_vec(), Vec::new()] {
            assert!(feed.apply(&update, at(NOW)).is_err());
        }
        assert_eq!(feed.list().map(|list| (list.seq(), list.len())), Some((5, 1)));
        assert_eq!(answer(&[feed], &[], ISSUER, NOW), "revocation.revoked");
    }

    #[test]
    fn each_issuer_needs_a_feed_where_there_are_any() {
        let feed = feed();
        feed.apply(&list(1, NOW, &[]), at(NOW)).unwrap();
        let feeds = [feed];
        assert_eq!(answer(&feeds, &[], ISSUER, NOW), "ok");
        assert_eq!(answer(&feeds, &[], OTHER, NOW), "revocation.stale");
        assert_eq!(answer(&feeds, &[TOKEN], ISSUER, NOW), "revocation.revoked", "the fixed list counts too");
        let second = self::feed();
        assert_eq!(answer(&[feeds[0].clone(), second], &[], ISSUER, NOW), "revocation.stale");
    }

    #[test]
    fn updates_at_once_from_many_threads_leave_the_newest() {
        let feed = feed();
        let lists: Vec<_> = (1..=16).map(|seq| list(seq, NOW, &[])).collect();
        std::thread::scope(|scope| {
            for list in &lists {
                scope.spawn(|| feed.apply(list, at(NOW)).is_ok());
            }
        });
        assert_eq!(feed.list().map(|list| list.seq()), Some(16));
    }

    #[test]
    fn a_feed_needs_a_key() {
        let data = FeedData { issuer: ISSUER.into(), keys: Vec::new(), limits: Vec::new() };
        assert!(matches!(data.into_feed(), Err(Failure::Misuse(_))));
    }
}
