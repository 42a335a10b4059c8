use keybound::{Chain, Permit, Proof, Refusal, Request, UnixTime};

fn decide(chain: &Chain, request: &Request, proof: &Proof, now: UnixTime) -> Result<Permit, Refusal> {
    chain.authorize(request, proof, now)
}

fn main() {}
