//! Deciding one call: the one road from [`VerifiedChain`] to [`Permit`].

use crate::{
    authority::Work,
    code::Code,
    memory::{Replay, ReplayEntry},
    permit::Permit,
    proof::{Proof, ProofClaims},
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
        request.arguments().check_within(trust.the_limits())?;
        let proof = proof.within(trust.the_limits())?;
        let proof = proof.verify(self.holder())?;
        proof.check_is_for(request, self.chain().leaf().digest())?;
        proof.check_window(now, trust.the_limits())?;
        self.check_audience(request)?;
        self.check_authority(request)?;
        self.check_not_replayed(proof, now)?;
        Ok(Permit::new(self, request, now))
    }

    /// Every link that names an audience must name this one: nobody below can take that back.
    fn check_audience(&self, request: &Request) -> Result<(), Refusal> {
        let mut restrictions = self
            .chain()
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
    fn check_authority(&self, request: &Request) -> Result<(), Refusal> {
        let mut work = Work::new(self.trust().the_limits());
        self.chain().claims().enumerate().try_for_each(|(index, claims)| {
            let checked = claims.authority.check(request.tool(), request.arguments().members(), &mut work);
            checked.map_err(|refusal| refusal.at(index))
        })
    }

    fn check_not_replayed(&self, proof: &ProofClaims, now: UnixTime) -> Result<(), Refusal> {
        let trust = self.trust();
        let entry = ReplayEntry {
            holder: *self.holder().as_bytes(),
            proof: proof.id,
            // The first second at which the window refuses the proof.
            until: proof.issued_at.plus(trust.the_limits().proof_age).plus(1),
        };
        match trust.replay().remember(&entry, now) {
            Replay::Fresh => Ok(()),
            Replay::Seen => Err(Code::Replayed.into()),
            Replay::Full => Err(Code::ReplayMemoryFull.into()),
        }
    }
}
