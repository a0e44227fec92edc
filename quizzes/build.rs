//! Rebuilds the embedded bank when a file is added to it; the macro that embeds it cannot notice.

fn main() {
    println!("cargo:rerun-if-changed=bank");
}
