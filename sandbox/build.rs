//! The exercises are embedded by a macro that Cargo cannot see through: say what the crate is made of.
fn main() {
    println!("cargo::rerun-if-changed=exercises");
}
