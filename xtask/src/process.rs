//! Running children: what they print goes to the terminal as it comes, and is kept for counting.
//!
//! No child gets our standard input: a stage that asks a question would hang a CI run forever.

use std::io::{self, IsTerminal, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long to wait for the end of a child's output once the child itself has ended.
///
/// A grandchild that outlives its parent keeps the pipe open; it must not keep us.
const DRAIN_MAX: Duration = Duration::from_secs(2);

/// What a finished child left behind.
pub(crate) struct Finished {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// Standard output and standard error, as they came, without colour codes.
    pub(crate) output: String,
}

/// Runs a child that writes straight to our terminal; an error unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {}", describe(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", describe(command));
    }
    Ok(())
}

/// Runs a child, passing on what it prints as it comes and keeping a copy.
pub(crate) fn run_captured(command: &mut Command) -> Result<Finished> {
    // A runner that writes to a pipe drops its colours; give them back where a person watches.
    if io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        command
            .env("CARGO_TERM_COLOR", "always")
            .env("FORCE_COLOR", "1");
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", describe(command)))?;

    let kept = Arc::new(Mutex::new(Vec::new()));
    let (done, drained) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        pass_on(pipe, io::stdout(), &kept, done.clone());
    }
    if let Some(pipe) = child.stderr.take() {
        pass_on(pipe, io::stderr(), &kept, done.clone());
    }
    drop(done);

    let status = child
        .wait()
        .with_context(|| format!("lost {}", describe(command)))?;
    while drained.recv_timeout(DRAIN_MAX).is_ok() {}
    let bytes = kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Finished {
        status,
        output: strip_ansi(&String::from_utf8_lossy(&bytes)),
    })
}

/// Runs a child silently and gives its standard output; `None` unless it succeeds.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command as a person would type it.
pub(crate) fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn pass_on(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    kept: &Arc<Mutex<Vec<u8>>>,
    done: mpsc::Sender<()>,
) {
    let kept = Arc::clone(kept);
    thread::spawn(move || {
        let mut chunk = [0; 8192];
        while let Ok(length) = from.read(&mut chunk) {
            let Some(bytes) = chunk.get(..length).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            // A closed terminal must not stop the counting.
            let _ = to.write_all(bytes).and_then(|()| to.flush());
            kept.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend_from_slice(bytes);
        }
        drop(done);
    });
}

/// Drops terminal control sequences (ECMA-48 §5.4, CSI) so that a summary can be read as text.
pub(crate) fn strip_ansi(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\u{1b}' {
            plain.push(character);
        } else if characters.next_if_eq(&'[').is_some() {
            // Parameters and intermediates, up to the final byte.
            for next in characters.by_ref() {
                if ('@'..='~').contains(&next) {
                    break;
                }
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_outputs_are_kept_and_the_status_told() {
        let finished = run_captured(&mut sh("echo one; echo two >&2; exit 3")).unwrap();
        assert!(finished.output.contains("one") && finished.output.contains("two"));
        assert_eq!(finished.status.code(), Some(3));
    }

    #[test]
    fn a_child_that_reads_gets_the_end_of_input_at_once() {
        let finished = run_captured(&mut sh("cat; echo done")).unwrap();
        assert_eq!(finished.output, "done\n");
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_does_not_keep_us() {
        let start = Instant::now();
        let finished = run_captured(&mut sh("sleep 60 & echo $!")).unwrap();
        assert!(start.elapsed() < Duration::from_secs(30));
        run(Command::new("kill").arg(finished.output.trim())).unwrap();
    }

    #[test]
    fn failure_and_absence_are_errors_that_name_the_command() {
        let failed = run(&mut sh("exit 4")).unwrap_err().to_string();
        assert!(failed.contains("sh -c exit 4"), "{failed}");
        let absent = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(absent.to_string().contains("no-such-program-here"));
    }

    #[test]
    fn colour_codes_are_dropped_and_nothing_else() {
        assert_eq!(
            strip_ansi("\u{1b}[1;32m3 passed\u{1b}[0m, ok"),
            "3 passed, ok"
        );
        assert_eq!(strip_ansi("plain [text]"), "plain [text]");
    }
}
