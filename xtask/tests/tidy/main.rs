//! Tidy: the rules of this repository that the compiler does not know.
//!
//! Each rule is one test, and each offender is named by `file:line`. The rules come from the
//! design (the table of crates, the invariants) and are tried on samples that break them, so that a
//! checker which has gone blind is noticed. The idea of "tidy is a test" is rust-analyzer's.

mod dependencies;
mod files;
mod purity;
mod rust_text;
mod wording;

/// Fails with every offender on a line of its own.
fn expect_none(rule: &str, offenders: &[String]) {
    assert!(
        offenders.is_empty(),
        "{rule}\n  {}\n",
        offenders.join("\n  ")
    );
}

mod tests {
    //! The rules, on this repository.

    use super::{dependencies, expect_none, files, purity, wording};

    #[test]
    fn crates_use_only_those_above_them() {
        expect_none(
            "A crate may use only what the table in xtask/tests/tidy/dependencies.rs allows it:",
            &dependencies::offenders(&dependencies::workspace_metadata()),
        );
    }

    #[test]
    fn the_core_does_no_io_and_reads_no_clock() {
        expect_none(
            "The core is pure (invariant 1), and iterates in no order but its own:",
            &purity::core_offenders(&files::Tree::read()),
        );
    }

    #[test]
    fn decoders_do_not_panic() {
        expect_none(
            "A decoder returns errors, whatever the bytes (invariant 3):",
            &purity::decoder_offenders(&files::Tree::read()),
        );
    }

    #[test]
    fn files_are_short() {
        expect_none(
            "A file of more than 700 lines is more than one idea; split it by concept:",
            &files::long_offenders(&files::Tree::read()),
        );
    }

    #[test]
    fn rust_files_say_why_they_exist() {
        expect_none(
            "A Rust file starts with a `//!` header of a sentence at least:",
            &files::header_offenders(&files::Tree::read()),
        );
    }

    #[test]
    fn nothing_is_unfinished() {
        expect_none(
            "Finish it, or open an issue; the code holds no promises:",
            &wording::unfinished_offenders(&files::Tree::read()),
        );
    }

    #[test]
    fn no_file_names_a_place_on_somebodys_machine() {
        expect_none(
            "A path must hold on every machine:",
            &wording::machine_path_offenders(&files::Tree::read()),
        );
    }

    #[test]
    fn the_architecture_page_mentions_every_crate() {
        expect_none(
            "ARCHITECTURE.md is a map of the code; these are not on it:",
            &files::architecture_offenders(&files::Tree::read()),
        );
    }
}
