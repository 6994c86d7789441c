//! `cargo xtask bench`: every benchmark, and at the end one Markdown table of what they measured.
//!
//! Read from the tree that `divan` prints; a benchmark with a runner of its own is shown as it
//! prints itself.

use anyhow::{Result, bail};

use crate::process;
use crate::stages;

/// One measured benchmark.
#[derive(Debug, PartialEq, Eq)]
struct Measured {
    name: String,
    fastest: String,
    median: String,
    /// Of the median, where the benchmark says how much it works through.
    throughput: String,
}

/// Runs them all and prints the table.
pub(crate) fn run(arguments: &[std::ffi::OsString]) -> Result<()> {
    let mut command = stages::cargo(&["bench", "--workspace", "--benches", "--"]);
    let finished = process::run_captured(command.args(arguments))?;
    if !finished.status.success() {
        bail!("the benchmarks ended with {}", finished.status);
    }
    println!("\n| benchmark | fastest | median | throughput |\n|---|---|---|---|");
    for row in divan(&finished.output) {
        println!(
            "| {} | {} | {} | {} |",
            row.name, row.fastest, row.median, row.throughput
        );
    }
    Ok(())
}

/// Reads the trees: `├─ name  fastest │ slowest │ median │ mean │ samples │ iters`, then, without a
/// name, the throughputs in the same columns. Depth is three characters a level.
fn divan(output: &str) -> Vec<Measured> {
    let mut rows: Vec<Measured> = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    for line in output.lines() {
        if let Some((title, _)) = line.split_once("fastest ")
            && line.contains("│ slowest")
        {
            path = vec![title.trim()];
            continue;
        }
        if path.is_empty() {
            continue;
        }
        let Some(branch) = line.find(['├', '╰']) else {
            read_throughput(line, rows.last_mut());
            continue;
        };
        let depth = line[..branch].chars().count() / 3 + 1;
        let rest = line[branch..].trim_start_matches(['├', '╰', '─', ' ']);
        let (name, columns) = rest.split_once("  ").unwrap_or((rest, ""));
        path.truncate(depth);
        path.push(name.trim());
        let columns: Vec<&str> = columns.split('│').map(str::trim).collect();
        if let [fastest, _, median, ..] = columns[..]
            && !fastest.is_empty()
        {
            rows.push(Measured {
                name: path.join(" / "),
                fastest: fastest.to_owned(),
                median: median.to_owned(),
                throughput: String::new(),
            });
        }
    }
    rows
}

fn read_throughput(line: &str, row: Option<&mut Measured>) {
    let columns: Vec<&str> = line.trim_start_matches(['│', ' ']).split('│').collect();
    if let Some(row) = row
        && let [_, _, median, ..] = columns[..]
        && median.contains("/s")
    {
        median.trim().clone_into(&mut row.throughput);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_with_throughput_becomes_rows() {
        let output = "\
   Running benches/decode.rs
Timer precision: 20 ns
decode            fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ asterix                      │               │               │               │         │
│  ├─ cat048      1.2 µs        │ 3.1 µs        │ 1.3 µs        │ 1.4 µs        │ 100     │ 100
│  │              812 Kitem/s   │ 300 Kitem/s   │ 750 Kitem/s   │ 700 Kitem/s   │         │
│  ╰─ cat062      2 µs          │ 3 µs          │ 2.5 µs        │ 2.6 µs        │ 100     │ 100
╰─ sniff          5 ns          │ 9 ns          │ 6 ns          │ 6 ns          │ 100     │ 100
";
        let row = |name: &str, fastest: &str, median: &str, throughput: &str| Measured {
            name: name.into(),
            fastest: fastest.into(),
            median: median.into(),
            throughput: throughput.into(),
        };
        assert_eq!(
            divan(output),
            [
                row(
                    "decode / asterix / cat048",
                    "1.2 µs",
                    "1.3 µs",
                    "750 Kitem/s"
                ),
                row("decode / asterix / cat062", "2 µs", "2.5 µs", ""),
                row("decode / sniff", "5 ns", "6 ns", ""),
            ]
        );
    }

    #[test]
    fn other_output_gives_no_rows() {
        assert_eq!(divan("running 0 tests\ntest result: ok. 0 passed"), []);
    }
}
