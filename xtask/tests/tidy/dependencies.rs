//! The direction of dependencies between crates: data flows one way, and so do arrows.
//!
//! The table is the one in ARCHITECTURE.md; change both together. Development dependencies are
//! free: a test may compare a crate with any other.

use std::process::Command;

use serde_json::Value;

/// The wire formats: one each, never each other.
pub(crate) const WIRE_FORMATS: [&str; 6] =
    ["asterix", "modes", "remote-id", "sapient", "cot", "cap"];

/// The crates in the order that data flows.
const ORDER: [&str; 22] = [
    "geo",
    "model",
    "asterix",
    "modes",
    "remote-id",
    "sapient",
    "cot",
    "cap",
    "sensing",
    "track",
    "claims",
    "forecast",
    "warn",
    "score",
    "lab",
    "sim",
    "ingest",
    "publish",
    "record",
    "engine",
    "server",
    "cli",
];

/// What a crate may use; `None` for a crate that is not in the table.
fn may_use(name: &str) -> Option<Vec<&'static str>> {
    let with_wire_formats = |named: &[&'static str]| [named, &WIRE_FORMATS].concat();
    let above = || {
        ORDER
            .into_iter()
            .take_while(|other| *other != name)
            .collect::<Vec<_>>()
    };
    Some(match name {
        "geo" => vec![],
        "model" => vec!["geo"],
        "sensing" | "score" => vec!["geo", "model"],
        "track" => vec!["geo", "model", "sensing"],
        "lab" => vec!["geo", "model", "track", "score"],
        "claims" | "forecast" => vec!["geo", "model", "track"],
        "warn" => vec!["geo", "model", "forecast"],
        "sim" | "ingest" => with_wire_formats(&["geo", "model"]),
        "publish" => with_wire_formats(&["geo", "model", "warn"]),
        "record" => vec!["model"],
        "engine" | "server" | "cli" => above(),
        // The automation builds the crates; it must build where they do not.
        "xtask" => vec![],
        _ if WIRE_FORMATS.contains(&name) => vec![],
        _ => return None,
    })
}

/// What cargo says of this workspace's own packages.
pub(crate) fn workspace_metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
}

/// Every normal or build dependency that points the wrong way.
pub(crate) fn offenders(metadata: &Value) -> Vec<String> {
    let empty = Vec::new();
    let packages = metadata["packages"].as_array().unwrap_or(&empty);
    assert!(!packages.is_empty(), "cargo metadata names no packages");
    let mut offenders = Vec::new();
    for package in packages {
        let name = short(package["name"].as_str().unwrap_or_default());
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let Some(allowed) = may_use(name) else {
            offenders.push(format!("{manifest}:1: {name} is not in the table"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap_or(&empty) {
            let is_development = dependency["kind"] == "dev";
            let is_ours = dependency["path"].is_string();
            let other = short(dependency["name"].as_str().unwrap_or_default());
            if is_ours && !is_development && !allowed.contains(&other) {
                offenders.push(format!("{manifest}:1: {name} uses {other}"));
            }
        }
    }
    offenders
}

fn short(name: &str) -> &str {
    name.strip_prefix("lapwing-").unwrap_or(name)
}

mod tests {
    use super::*;
    use serde_json::json;

    /// A workspace of one crate with dependencies `(name, kind)` on others of ours.
    fn sample(name: &str, dependencies: &[(&str, Value)]) -> Value {
        let dependencies: Vec<Value> = dependencies
            .iter()
            .map(|(name, kind)| json!({"name": format!("lapwing-{name}"), "kind": kind, "path": "/x"}))
            .collect();
        json!({"packages": [{
            "name": format!("lapwing-{name}"), "manifest_path": "Cargo.toml",
            "dependencies": dependencies,
        }]})
    }

    #[test]
    fn arrows_that_point_the_wrong_way_are_found() {
        for (name, other) in [
            ("geo", "model"),
            ("asterix", "cap"),
            ("asterix", "model"),
            ("track", "forecast"),
            ("track", "asterix"),
            ("sim", "track"),
            ("warn", "track"),
            ("record", "warn"),
            ("engine", "server"),
            ("server", "cli"),
            ("cli", "xtask"),
        ] {
            for kind in [Value::Null, json!("build")] {
                let found = offenders(&sample(name, &[(other, kind)]));
                assert_eq!(found, [format!("Cargo.toml:1: {name} uses {other}")]);
            }
        }
    }

    #[test]
    fn arrows_of_the_table_and_of_tests_are_allowed() {
        for (name, other) in [
            ("model", "geo"),
            ("sim", "asterix"),
            ("publish", "cap"),
            ("engine", "record"),
            ("server", "engine"),
            ("cli", "server"),
        ] {
            assert!(offenders(&sample(name, &[(other, Value::Null)])).is_empty());
        }
        assert!(offenders(&sample("track", &[("sim", json!("dev"))])).is_empty());
    }

    #[test]
    fn a_crate_that_is_not_in_the_table_is_found() {
        assert_eq!(
            offenders(&sample("weapons", &[])),
            ["Cargo.toml:1: weapons is not in the table"]
        );
    }

    #[test]
    fn every_crate_of_the_order_is_in_the_table_and_uses_only_those_before_it() {
        for (position, name) in ORDER.into_iter().enumerate() {
            let allowed = may_use(name).unwrap();
            assert!(
                allowed
                    .iter()
                    .all(|other| ORDER[..position].contains(other)),
                "{name}"
            );
        }
    }
}
