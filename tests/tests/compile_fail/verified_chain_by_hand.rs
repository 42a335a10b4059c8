use keybound::{Chain, PublicKey, Trust, VerifiedChain};

fn forge(chain: Chain, trust: Trust, anchor: PublicKey) -> VerifiedChain {
    VerifiedChain { chain, trust, anchor }
}

fn main() {}
