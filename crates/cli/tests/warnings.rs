//! Warnings across runs: none is lost, none goes out under two ids.

mod support;

use std::time::Duration;
use support::eventually;
use support::town::{Town, issued};

#[test]
fn a_kill_neither_loses_a_warning_nor_sends_it_under_two_ids() {
    let dir = tempfile::tempdir().unwrap();
    let mut town = Town::new(dir.path());
    let running = town.start();
    town.attack(0..60);
    let first = eventually("a warning in the outbox", || {
        let found = town.outbox();
        (!found.is_empty()).then_some(found)
    });
    running.kill();
    // killed in between: what had been sent is unchanged, and the warning goes on under its id
    let running = town.start();
    town.attack(60..300);
    eventually("a later version", || {
        (town.outbox().len() > first.len()).then_some(())
    });
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
