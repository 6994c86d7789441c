//! Exercise and live never mix: not in an outbox, not in a file of lines, not from one
//! run to the next.

mod common;

use common::{start_of, town};
use lapwing_engine::site::Site;
use lapwing_engine::{Outputs, Sequencer};
use lapwing_model::{Timestamp, Warning, WarningId};
use std::path::Path;

fn parse(exercise: bool, outputs: &[(&str, &Path)]) -> Site {
    Site::parse(&town::site(exercise, outputs), "test").unwrap()
}

/// The first warning of an attack on a site.
fn warning(site: &Site) -> Warning {
    let start = start_of(site, "json", None);
    let mut sequencer = Sequencer::begin(site.clone(), start, 1, None, Timestamp(0)).unwrap();
    (0..200)
        .flat_map(|s| sequencer.arrival(town::time(s), 0, &town::line(s)).pictures)
        .find_map(|picture| picture.warnings.into_iter().next())
        .expect("a warning")
}

#[test]
fn an_output_takes_one_kind_of_run_and_refuses_the_other() {
    for kind in ["cap", "warnings", "tracks"] {
        for first in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("out");
            let outputs = [(kind, path.as_path())];
            let open = |exercise: bool| {
                let state = dir.path().join(format!("{exercise}.db"));
                Outputs::open(&parse(exercise, &outputs), &state)
            };
            open(first).unwrap();
            let said = open(!first).err().expect("it is refused").to_string();
            for part in [
                path.to_str().unwrap(),
                if first { "exercise runs" } else { "live runs" },
                "name another path",
            ] {
                assert!(said.contains(part), "{kind}: {said}");
            }
            // the refused run has changed nothing for the other
            open(first).unwrap();
        }
    }
}

#[test]
fn an_outbox_that_has_become_the_other_kinds_meanwhile_gets_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = dir.path().join("outbox");
    let site = parse(true, &[("cap", &outbox)]);
    let mut outputs = Outputs::open(&site, &dir.path().join("state.db")).unwrap();
    std::fs::remove_dir_all(&outbox).unwrap();
    Outputs::open(
        &parse(false, &[("cap", &outbox)]),
        &dir.path().join("live.db"),
    )
    .unwrap();
    outputs.recover(&warning(&site), &site);
    let (failures, said) = outputs.trouble();
    assert_eq!(failures, 1, "{said:?}");
    assert!(said.unwrap().contains("live runs write there"));
    let documents = std::fs::read_dir(&outbox)
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_str().unwrap().ends_with(".xml")
        })
        .count();
    assert_eq!(documents, 0);
}

#[test]
fn a_new_run_takes_over_warnings_of_its_own_kind_only() {
    let dir = tempfile::tempdir().unwrap();
    let (live, drill) = (parse(false, &[]), parse(true, &[]));
    let earlier = dir.path().join("earlier.db");
    let real = warning(&live);
    let mut exercised = warning(&drill);
    exercised.id = WarningId("1-w2".into());
    assert!(exercised.exercise && !real.exercise);
    let mut outputs = Outputs::open(&live, &earlier).unwrap();
    outputs.recover(&real, &live);
    outputs.recover(&exercised, &drill);
    assert_eq!(outputs.trouble(), (0, None));
    drop(outputs);
    for (site, expected) in [(&live, &real), (&drill, &exercised)] {
        let state = dir.path().join(format!("{}.db", site.exercise));
        let mut next = Outputs::open(site, &state).unwrap();
        let carried = next.carry(&earlier, site).unwrap();
        let told = |w: &Warning| (w.id.clone(), w.version, w.exercise, w.why.clone());
        assert_eq!(
            carried.iter().map(told).collect::<Vec<_>>(),
            [told(expected)]
        );
        // the bytes that left go on with it
        let cap = next.cap_xml(&expected.id.0).unwrap();
        assert!(cap.is_some_and(|xml| !xml.is_empty()));
        let other = if site.exercise { &real } else { &exercised };
        assert_eq!(next.cap_xml(&other.id.0).unwrap(), None);
    }
}
