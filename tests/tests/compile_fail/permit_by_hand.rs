use keybound::{Permit, VerifiedChain};

fn forge(chain: VerifiedChain) -> Permit {
    Permit { chain, tool: "pay".into(), audience: "https://tools.example".into(), leeway: 0 }
}

fn main() {}
