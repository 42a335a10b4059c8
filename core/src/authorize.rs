//! Deciding one call: the one road from [`VerifiedChain`] to [`Permit`].

use crate::{
    authority::Work,
    code::Code,
    format::Format,
    id::ProofId,
    memory::{Replay, ReplayEntry, ReplayStore},
    permit::Permit,
    proof::{Body, Native, Proof, check_window},
    refusal::Refusal,
    request::Request,
    time::UnixTime,
    verify::VerifiedChain,
};

impl VerifiedChain {
    /// May the holder of the leaf key make this call now?
    ///
    /// The order is part of the format (SPEC 11): who is asking comes before what is asked, so that somebody without the
    /// key cannot make us evaluate constraints; the replay memory comes last, so that a refused call leaves no trace.
    ///
    /// # Errors
    /// The `time.*` and `revocation.*` codes again, then `proof.*` and `call.*`.
    pub fn authorize(&self, request: &Request, proof: &Proof, now: UnixTime) -> Result<Permit, Refusal> {
        self.check_still_in_force(now)?;
        self.clone().decide(request, proof, now)
    }

    /// The decision at the time the chain was verified; the permit takes the chain over.
    pub(crate) fn decide(self, request: &Request, proof: &Proof, now: UnixTime) -> Result<Permit, Refusal> {
        let trust = self.trust();
        if !trust.is_our_name(request.audience()) {
            return Err(Code::NotOurAudience.into());
        }
        let proof = proof.within(trust.the_limits())?;
        match (self.format(), proof.body()) {
            (Format::Cwt, Body::Cwt(native)) => {
                self.check_call(request, native, now)?;
                self.check_not_replayed(native.claims.id, native.claims.issued_at, now)?;
            }
            #[cfg(feature = "jose")]
            (Format::Aat, Body::Aat(pop)) => {
                let shown = self.check_aat_call(request, pop, now)?;
                let checked = self.check_not_replayed(shown.id, shown.issued_at, now);
                checked.map_err(|refusal| refusal.in_step("7i"))?;
            }
            // A chain is of one encoding throughout, and so is what goes with it.
            #[cfg(feature = "jose")]
            (Format::Aat, Body::Cwt(_)) => return Err(Refusal::new(Code::WrongType).in_step("7a")),
            #[cfg(feature = "jose")]
            (Format::Cwt, Body::Aat(_)) => return Err(Code::WrongType.into()),
        }
        Ok(Permit::new(self, request, now))
    }

    /// SPEC 10 and 11, steps 19 to 24.
    fn check_call(&self, request: &Request, proof: &Native, now: UnixTime) -> Result<(), Refusal> {
        let Native { envelope, claims } = proof;
        let limits = self.trust().the_limits();
        request.arguments().check_within(limits)?;
        envelope.verify(self.holder(), &[]).map_err(|_| Code::BadProofSignature)?;
        claims.check_is_for(request, self.links().leaf().digest())?;
        check_window(claims.issued_at, now, limits)?;
        self.check_audience(request)?;
        self.check_authority(request)
    }

    /// Every link that names an audience must name this one: nobody below can take that back.
    fn check_audience(&self, request: &Request) -> Result<(), Refusal> {
        let mut restrictions = self
            .links()
            .claims()
            .enumerate()
            .filter_map(|(index, claims)| claims.audience.as_ref().map(|audience| (index, audience)));
        let first = restrictions.next();
        if first.is_none() && self.trust().requires_audience() {
            return Err(Refusal::new(Code::AudienceNotGranted).with_limit("a chain that names its audience"));
        }
        let elsewhere = first
            .into_iter()
            .chain(restrictions)
            .find(|(_, audience)| !audience.iter().any(|name| name == request.audience()));
        elsewhere.map_or(Ok(()), |(index, _)| Err(Refusal::new(Code::AudienceNotGranted).at(index)))
    }

    /// Every link's constraints on the real call, not only the leaf's: were the comparison of constraints ever wrong,
    /// nothing an ancestor refuses would get through.
    pub(crate) fn check_authority(&self, request: &Request) -> Result<(), Refusal> {
        let mut work = Work::new(self.trust().the_limits());
        self.links().claims().enumerate().try_for_each(|(index, claims)| {
            let checked = claims.authority.check(request.tool(), request.arguments().members(), &mut work);
            checked.map_err(|refusal| refusal.at(index))
        })
    }

    fn check_not_replayed(&self, id: ProofId, issued_at: UnixTime, now: UnixTime) -> Result<(), Refusal> {
        let trust = self.trust();
        let entry = ReplayEntry {
            holder: *self.holder().as_bytes(),
            proof: id,
            // The first second at which the window refuses the proof.
            until: issued_at.plus(trust.the_limits().proof_age).plus(1),
        };
        remember(trust.replay(), &entry, now)
    }
}

/// Asks the memory against replays.
pub(crate) fn remember(replay: &dyn ReplayStore, entry: &ReplayEntry, now: UnixTime) -> Result<(), Refusal> {
    match replay.remember(entry, now) {
        Replay::Fresh => Ok(()),
        Replay::Seen => Err(Code::Replayed.into()),
        Replay::Full => Err(Code::ReplayMemoryFull.into()),
    }
}
