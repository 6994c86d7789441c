//! Warnings across runs: none is lost, none goes out under two ids, and exercise and
//! live do not mix.

mod support;

use std::time::Duration;
use support::stderr;
use support::town::{Town, issued};

#[test]
fn a_kill_neither_loses_a_warning_nor_sends_it_under_two_ids() {
    let dir = tempfile::tempdir().unwrap();
    let mut town = Town::new(dir.path());
    let running = town.start();
    let first = town.attack_until_warned(0..60);
    running.kill();
    // killed in between: what had been sent is unchanged, and the warning goes on under its id
    let running = town.start();
    town.attack_until_more(60..300, &first);
    running.terminate();
    // the site file is edited: a new run, in which the warning in force goes on
    town.edit("# edited\n");
    let running = town.start();
    town.attack(300..420);
    std::thread::sleep(Duration::from_millis(1_500));
    running.terminate();
    assert_eq!(town.runs().len(), 2);
    let all = town.outbox();
    for (name, bytes) in &first {
        assert_eq!(all.get(name), Some(bytes), "{name} has changed");
    }
    let issued = issued(&all);
    assert_eq!(issued.len(), 1, "one threat, one warning: {issued:?}");
    let act = all
        .values()
        .any(|xml| String::from_utf8_lossy(xml).contains("<urgency>Immediate</urgency>"));
    assert!(act, "it came to the act stage");
}

/// The texts of warnings stored by the last run.
fn why(town: &Town) -> Vec<String> {
    let run = town.runs().pop().unwrap();
    let store = rusqlite::Connection::open(run.join("state.db")).unwrap();
    let mut query = store
        .prepare("SELECT json FROM warning ORDER BY id, version")
        .unwrap();
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_warning_goes_on_over_runs_that_had_no_word_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut town = Town::new(dir.path());
    let running = town.start();
    town.attack_until_warned(0..60);
    running.terminate();
    let first = town.outbox();
    for edit in ["# once\n", "# twice\n"] {
        town.edit(edit);
        let running = town.start();
        running.terminate();
    }
    town.edit("# thrice\n");
    let running = town.start();
    town.attack_until_more(60..300, &first);
    running.terminate();
    assert_eq!(town.runs().len(), 4);
    let all = town.outbox();
    assert_eq!(issued(&all).len(), 1, "{:?}", all.keys());
    // a later document refers to every one before it, in whatever run that left
    let latest = String::from_utf8_lossy(all.values().next_back().unwrap());
    let earlier = all.keys().take(all.len() - 1);
    for name in earlier.map(|name| name.strip_suffix(".cap.xml").unwrap()) {
        assert!(latest.contains(name), "{name}: {latest}");
    }
}

#[test]
fn an_exercise_is_kept_out_of_a_live_outbox_and_takes_over_no_live_warning() {
    let dir = tempfile::tempdir().unwrap();
    let mut town = Town::new(dir.path());
    let running = town.start();
    town.attack_until_warned(0..60);
    running.terminate();
    let live = town.outbox();

    town.set_exercise(true);
    let refused = town.command().arg("--headless").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = stderr(&refused);
    let outbox = dir.path().join("outbox");
    for part in [
        outbox.to_str().unwrap(),
        "live runs write there",
        "name another path",
    ] {
        assert!(said.contains(part), "{said}");
    }

    // with an outbox of its own it runs, beside the live run in the data directory
    town.set_outbox("drill");
    let running = town.start();
    town.attack_until_warned(0..60);
    running.terminate();
    let drill = town.outbox();
    for xml in drill.values() {
        assert!(String::from_utf8_lossy(xml).contains("<status>Exercise</status>"));
    }
    assert!(
        why(&town)
            .iter()
            .all(|json| json.contains(r#""exercise":true"#))
    );

    // the live site goes on where it was
    town.set_exercise(false);
    town.set_outbox("outbox");
    let running = town.start();
    running.until_said("going on with");
    town.attack_until_more(60..300, &live);
    running.terminate();
    let all = town.outbox();
    assert_eq!(issued(&all).len(), 1, "{:?}", all.keys());
    for xml in all.values() {
        assert!(String::from_utf8_lossy(xml).contains("<status>Actual</status>"));
    }
}
