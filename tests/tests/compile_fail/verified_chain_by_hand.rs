use keybound::{Trust, VerifiedChain};

fn forge(known: VerifiedChain, trust: Trust) -> VerifiedChain {
    VerifiedChain { trust, ..known }
}

fn main() {}
