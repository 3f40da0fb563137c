//! A child and nothing else, so that tests of this crate have an executable. The product uses its own binary.

fn main() {
    millrace_sandbox::child_main()
}
