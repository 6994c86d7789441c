//! `lapwing decode`: values, filters, formats, and datagrams as they come.

mod support;

use lapwing_asterix::{RecordBuilder, encode_block};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::{free_udp_port, lapwing, run, stderr, stdout};

/// Two system tracks in a datagram, the second without a position, then the status of a radar.
fn datagrams() -> Vec<Vec<u8>> {
    let track = |number: u16, seconds: f64| {
        let mut track = RecordBuilder::newest(62).unwrap();
        track
            .set("010/SAC", 25)
            .unwrap()
            .set("010/SIC", 100)
            .unwrap();
        track
            .set("040", number)
            .unwrap()
            .set("070", seconds)
            .unwrap();
        track
    };
    let mut first = track(17, 45_827.5);
    first
        .set("105/LAT", 47.8125)
        .unwrap()
        .set("105/LON", 11.25)
        .unwrap();
    first
        .set("245/CHR", "LAP42")
        .unwrap()
        .set("245/STI", 1)
        .unwrap();
    first
        .set("510/0/IDENT", 3)
        .unwrap()
        .set("510/0/TRACK", 4)
        .unwrap();
    let mut status = RecordBuilder::newest(34).unwrap();
    status.set("010/SAC", 1).unwrap().set("010/SIC", 2).unwrap();
    status.set("000", 1).unwrap().set("030", 45_828.0).unwrap();
    let block = |records: Vec<RecordBuilder>| {
        let built: Vec<_> = records.into_iter().map(RecordBuilder::build).collect();
        let mut bytes = Vec::new();
        encode_block(&built, &mut bytes).unwrap();
        bytes
    };
    vec![block(vec![first, track(18, 45_828.0)]), block(vec![status])]
}

fn file(dir: &Path) -> String {
    let path = dir.join("tracks.ast");
    std::fs::write(&path, datagrams().concat()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn lines(arguments: &[&str]) -> Vec<serde_json::Value> {
    let output = run(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn a_filter_chooses_records_and_items() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path());
    let items = |filters: &[&str]| -> Vec<serde_json::Value> {
        let mut arguments = vec!["decode", path.as_str()];
        arguments.extend(filters.iter().flat_map(|f| ["--filter", f]));
        lines(&arguments)
            .into_iter()
            .map(|l| l["items"].clone())
            .collect()
    };
    assert_eq!(items(&[]).len(), 3);
    assert_eq!(items(&["cat=34"]).len(), 1);
    for filters in [
        &["cat=62,item=070"][..],
        &["cat=062", "item=070"],
        &["item=070"],
    ] {
        let expected = [json!({"070": 45_827.5}), json!({"070": 45_828.0})];
        assert_eq!(items(filters), expected, "{filters:?}");
    }
    // a record that has none of the items is left out, an item that one lacks as well
    assert_eq!(
        items(&["cat=62,item=105/LON,item=245/STI"]),
        [json!({"105": {"LON": 11.25}, "245": {"STI": 1}})]
    );
    assert_eq!(
        items(&["item=040,item=105/LAT,cat=62"]),
        [
            json!({"040": 17, "105": {"LAT": 47.8125}}),
            json!({"040": 18})
        ]
    );
}

#[test]
fn values_are_scaled_raw_or_both() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path());
    let first = |values: &str| {
        let filter = "cat=62,item=070,item=105/LAT,item=245/STI";
        let mut all = lines(&["decode", &path, "--values", values, "--filter", filter]);
        all.remove(0)["items"].clone()
    };
    // 1/128 s; 180/2^25 degrees
    assert_eq!(
        first("scaled"),
        json!({"070": 45_827.5, "105": {"LAT": 47.8125}, "245": {"STI": 1}})
    );
    assert_eq!(
        first("raw"),
        json!({"070": 5_865_920, "105": {"LAT": 8_912_896}, "245": {"STI": 1}})
    );
    let full = first("full");
    assert_eq!(
        full["070"],
        json!({"raw": 5_865_920, "value": 45_827.5, "unit": "s"})
    );
    assert_eq!(full["105"]["LAT"]["unit"], "°");
    assert_eq!(
        full["245"]["STI"]["meaning"],
        "Callsign not downlinked from target"
    );
}

#[test]
fn rows_have_a_cell_for_each_value_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path());
    let csv = |filter: &str, more: &[&str]| {
        let mut arguments = vec!["decode", &path, "--format", "csv", "--filter", filter];
        arguments.extend(more);
        let output = run(&arguments);
        (stdout(&output), stderr(&output))
    };
    assert_eq!(
        csv("cat=62,item=040,item=105,item=245/CHR,item=510", &[]).0,
        "frame,time,cat,edition,040,105/LAT,105/LON,245/CHR,510\n\
         0,1970-01-01T12:43:47.5Z,62,1.21,17,47.8125,11.25,LAP42,\"[{\"\"IDENT\"\":3,\"\"TRACK\"\":4}]\"\n\
         0,1970-01-01T12:43:48Z,62,1.21,18,,,,\n"
    );
    assert_eq!(
        csv("cat=62,item=105/LAT", &["--values", "raw"]).0,
        "frame,time,cat,edition,105/LAT\n0,1970-01-01T12:43:47.5Z,62,1.21,8912896\n"
    );
    for (filter, more, said) in [
        ("item=040", &[][..], "name them, as in --filter cat=62"),
        ("cat=62", &[], "needs items for its columns"),
        ("cat=62,item=999", &[], "no such item in category 062"),
        (
            "cat=62,item=040",
            &["--values", "full"],
            "has no place in a cell",
        ),
        ("cat=sixty", &[], "`sixty` is no category"),
        ("cat=99", &[], "category 099 has no definition"),
        ("kind=62", &[], "conditions are cat="),
    ] {
        assert!(
            csv(filter, more).1.contains(said),
            "{filter}: {}",
            csv(filter, more).1
        );
    }
}

#[test]
fn datagrams_are_decoded_as_they_come() {
    let port = free_udp_port();
    for (address, to) in [
        (format!("udp://127.0.0.1:{port}"), "127.0.0.1"),
        (format!("udp://239.255.77.3:{port}"), "239.255.77.3"),
    ] {
        let mut arguments = vec![
            "decode",
            &address,
            "--count",
            "3",
            "--filter",
            "cat=62,item=040",
        ];
        if to.starts_with("239") {
            arguments.extend(["--interface", "127.0.0.1"]);
        }
        let mut child = lapwing()
            .args(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let socket = multicast_sender();
        let to: SocketAddr = format!("{to}:{port}").parse().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // sent until one has come, as nothing says when it listens
        let all = datagrams();
        let heard = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&heard);
        let sending = std::thread::spawn(move || {
            // what cannot be read is said, and the next is read
            let each = [&all[0], &vec![62, 0, 9, 1], &all[1]];
            for datagram in each.into_iter().cycle().take(3_000) {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let _ = socket.send_to(datagram, to);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let line: serde_json::Value =
            serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(line["items"], json!({"040": 17}));
        assert!(line["time"].as_str().unwrap() > "2026-01-01", "{line}");
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("does not fit"),
            "{}",
            stderr(&output)
        );
        heard.store(true, Ordering::Relaxed);
        sending.join().unwrap();
    }
}

/// A socket whose multicast stays on this machine.
fn multicast_sender() -> UdpSocket {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
    socket
        .set_multicast_if_v4(&std::net::Ipv4Addr::LOCALHOST)
        .unwrap();
    socket.set_multicast_loop_v4(true).unwrap();
    socket.into()
}
