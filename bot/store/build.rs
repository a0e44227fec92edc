//! A new migration file must rebuild the crate: `migrate!` embeds them, and Cargo does not see that by itself.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
