//! Deciding one call under a chain of AAT-02: steps 6 and 7 of the draft's §8.

use super::{
    Pop, Step,
    pop::{Shown, check_is_for},
};
use crate::{code::Code, refusal::Refusal, request::Request, time::UnixTime, verify::VerifiedChain};

impl VerifiedChain {
    /// Steps 6a to 7h. The proof comes before the call, as in the native encoding: a captured proof must not make us evaluate
    /// constraints on other arguments than its holder's. The draft allows it (§8: the verdict cannot change).
    pub(crate) fn check_aat_call(
        &self,
        request: &Request,
        proof: &Pop,
        now: UnixTime,
    ) -> Result<Shown, Refusal> {
        let (trust, leaf) = (self.trust(), self.links().leaf());
        request.arguments().check_within(trust.the_limits()).step("6b")?;
        let shown = proof.open(self.holder(), |claims| check_is_for(claims, leaf, request, trust, now))?;
        if !leaf.grants() {
            return Err(Refusal::new(Code::ToolNotGranted).with_tool(request.tool())).step("6a");
        }
        self.check_authority(request).step("6b")?;
        self.check_aat_audience().step("6c")?;
        Ok(shown)
    }

    /// 6c: one of the names of every token that has an audience is one of ours, whichever.
    fn check_aat_audience(&self) -> Result<(), Refusal> {
        let trust = self.trust();
        let audiences = || self.links().claims().map(|claims| claims.audience.as_deref()).enumerate();
        if trust.requires_audience() && audiences().all(|(_, audience)| audience.is_none()) {
            return Err(Refusal::new(Code::AudienceNotGranted).with_limit("a chain that names its audience"));
        }
        let is_ours = |names: &[alloc::string::String]| names.iter().any(|name| trust.is_our_name(name));
        let mut elsewhere = audiences().filter(|(_, audience)| audience.is_some_and(|names| !is_ours(names)));
        elsewhere.next().map_or(Ok(()), |(index, _)| Err(Refusal::new(Code::AudienceNotGranted).at(index)))
    }
}
