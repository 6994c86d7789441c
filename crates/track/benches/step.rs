//! Time of a step.
fn main() {
    divan::main();
}
