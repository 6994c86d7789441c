//! Where things are: the workspace's folders, and the programs of the machine.

use std::env;
use std::path::{Path, PathBuf};

/// The workspace's root folder.
///
/// Compiled in: an xtask is always run by cargo from the tree that it was built in.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// The web map's folder.
pub(crate) fn web() -> PathBuf {
    root().join("web")
}

/// Cargo's output folder, as cargo itself would find it.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Scratch space for the automation's own logs and data; cleared by `cargo clean`.
pub(crate) fn scratch() -> PathBuf {
    target().join("xtask")
}

/// The cargo that started us, so that a `+toolchain` carries over to the children.
pub(crate) fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// The first of `names` that is a program on the `PATH`.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names
        .iter()
        .flat_map(|name| env::split_paths(&path).map(move |dir| dir.join(name)))
        .find(|candidate| is_executable(candidate))
}

/// Whether a file is there and may be run.
pub(crate) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Whether an environment variable is set to something that means yes.
pub(crate) fn env_says_yes(name: &str) -> bool {
    env::var(name).is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false" | "no"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace_manifest() {
        assert!(root().join("Cargo.toml").is_file());
        assert!(root().join("xtask/src/workspace.rs").is_file());
    }

    #[test]
    fn programs_are_found_on_the_path_in_the_order_of_the_names() {
        assert!(find_program(&["no-such-program-here", "sh"]).is_some_and(|p| p.ends_with("sh")));
        assert_eq!(find_program(&["no-such-program-here"]), None);
    }
}
