use keybound::Permit;

fn forge() -> Permit {
    Permit::default()
}

fn main() {}
