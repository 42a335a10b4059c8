use keybound::{CachedLink, PublicKey};

fn forge(known: CachedLink, signer: PublicKey) -> CachedLink {
    CachedLink { signer, ..known }
}

fn main() {}
