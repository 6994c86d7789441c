//! Frames of the stream: a snapshot as rows of bytes, made once for all who look, and
//! for each of them only the rows that differ from those they were sent last.
//!
//! "Changed" is decided on the encoded bytes, so that it means exactly what the other
//! side would notice.

use crate::rows::{PlaceRow, SensorNames, SensorRow, TrackRow, WarningRow};
use lapwing_engine::{Mode, Snapshot};
use lapwing_model::{Track, TrackId};
use rmp::encode as pack;
use serde::Serialize;
use std::ops::Range;
use std::sync::Arc;

/// Rows of one kind, by key.
struct Section<K> {
    rows: Vec<(K, Range<usize>)>,
    bytes: Vec<u8>,
}

impl<K: Ord> Section<K> {
    /// Rows from keys and values; a value that cannot be encoded is left out, and of
    /// several with one key the first stays.
    fn new<T: Serialize>(items: impl Iterator<Item = (K, T)>, named: bool) -> Self {
        let mut rows = Vec::with_capacity(items.size_hint().0);
        let mut bytes = Vec::new();
        for (key, value) in items {
            let start = bytes.len();
            let written = if named {
                rmp_serde::encode::write_named(&mut bytes, &value)
            } else {
                rmp_serde::encode::write(&mut bytes, &value)
            };
            if written.is_ok() {
                rows.push((key, start..bytes.len()));
            } else {
                bytes.truncate(start);
            }
        }
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows.dedup_by(|a, b| a.0 == b.0);
        Self { rows, bytes }
    }

    fn bytes_of(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// Rows that are not the same in `before`, and keys that only `before` has.
    fn since<'a>(&'a self, before: Option<&'a Self>) -> (Vec<&'a [u8]>, Vec<&'a K>) {
        let mut changed = Vec::new();
        let mut gone = Vec::new();
        let mut old = before.map_or(&[][..], |b| &b.rows).iter().peekable();
        for (key, range) in &self.rows {
            while let Some((passed, _)) = old.next_if(|(k, _)| k < key) {
                gone.push(passed);
            }
            let same = old.next_if(|(k, _)| k == key);
            let row = self.bytes_of(range);
            let known = same
                .zip(before)
                .is_some_and(|((_, range), before)| before.bytes_of(range) == row);
            if !known {
                changed.push(row);
            }
        }
        gone.extend(old.map(|(key, _)| key));
        (changed, gone)
    }
}

/// A snapshot as rows of bytes.
pub(crate) struct Rendered {
    pub(crate) snapshot: Arc<Snapshot>,
    tracks: Section<TrackId>,
    places: Section<usize>,
    warnings: Section<String>,
    sensors: Section<u32>,
}

impl Rendered {
    pub(crate) fn new(snapshot: Arc<Snapshot>) -> Self {
        let names = SensorNames::new(&snapshot);
        let picture = snapshot.picture.as_deref();
        let tracks = picture.map_or(&[][..], |p| &p.tracks);
        let head = snapshot.head.as_deref();
        let places = picture.map_or(&[][..], |p| &p.places);
        Self {
            tracks: Section::new(
                tracks.iter().filter(|t| t.followed).map(|t| {
                    let newest = head.and_then(|head| of_id(&head.tracks, t.id));
                    let provisional = newest.is_some();
                    let row = TrackRow::new(newest.unwrap_or(t), provisional, &names);
                    (t.id, row)
                }),
                false,
            ),
            places: Section::new(places.iter().map(PlaceRow::new).enumerate(), false),
            warnings: Section::new(
                snapshot
                    .warnings
                    .iter()
                    .map(|w| (w.id.0.clone(), WarningRow::new(w))),
                true,
            ),
            sensors: Section::new(
                snapshot
                    .sensors
                    .iter()
                    .map(|s| (s.health.sensor.0, SensorRow::new(s))),
                false,
            ),
            snapshot,
        }
    }

    /// Frame number `seq` for somebody who was sent `before` last.
    pub(crate) fn frame(&self, before: Option<&Self>, seq: u64) -> Vec<u8> {
        if let Some(before) = before {
            let tracks = self.tracks.since(Some(&before.tracks));
            let places = self.places.since(Some(&before.places));
            let warnings = self.warnings.since(Some(&before.warnings));
            let sensors = self.sensors.since(Some(&before.sensors));
            // a frame can say only of tracks that they are gone
            if places.1.is_empty() && warnings.1.is_empty() && sensors.1.is_empty() {
                let rows = [tracks.0, places.0, warnings.0, sensors.0];
                return self.encode(seq, false, &rows, &tracks.1);
            }
        }
        let rows = [
            self.tracks.since(None).0,
            self.places.since(None).0,
            self.warnings.since(None).0,
            self.sensors.since(None).0,
        ];
        self.encode(seq, true, &rows, &[])
    }

    fn encode(&self, seq: u64, full: bool, rows: &[Vec<&[u8]>; 4], gone: &[&TrackId]) -> Vec<u8> {
        let snapshot = &*self.snapshot;
        let size: usize = rows.iter().flatten().map(|r| r.len()).sum();
        let mut out = Vec::with_capacity(size + 16 * gone.len() + 512);
        let [tracks, places, warnings, sensors] = rows;
        let _ = pack::write_map_len(&mut out, 14);
        entry(&mut out, "v", &1_u8);
        entry(&mut out, "seq", &seq);
        entry(&mut out, "full", &full);
        let time_ms = snapshot.time().map_or(0, |t| t.as_millis());
        entry(&mut out, "time_ms", &time_ms);
        let head_ms = snapshot.head.as_ref().map(|head| head.time.as_millis());
        entry(&mut out, "head_ms", &head_ms);
        entry(&mut out, "mode", snapshot.mode.as_str());
        entry(&mut out, "speed", &snapshot.speed.filter(|s| s.is_finite()));
        // time stands still once the input has ended, but never in a live picture
        let paused = snapshot.ended && snapshot.mode != Mode::Live;
        entry(&mut out, "paused", &paused);
        section(&mut out, "tracks", tracks);
        let gone: Vec<String> = gone.iter().map(ToString::to_string).collect();
        entry(&mut out, "gone", &gone);
        section(&mut out, "places", places);
        section(&mut out, "warnings", warnings);
        section(&mut out, "sensors", sensors);
        let counters = &snapshot.counters;
        let _ = pack::write_str(&mut out, "counters");
        let counts = [
            ("reports", counters.reports),
            ("datagrams", counters.datagrams),
            ("errors", counters.errors),
            ("late", counters.late),
            ("dropped", counters.dropped),
        ];
        let _ = pack::write_map_len(&mut out, counts.len() as u32);
        for (name, count) in counts {
            entry(&mut out, name, &count);
        }
        out
    }
}

/// A track among those of a picture or head, which are in the order of their ids.
fn of_id(tracks: &[Track], id: TrackId) -> Option<&Track> {
    let index = tracks.binary_search_by_key(&id, |t| t.id).ok()?;
    tracks.get(index)
}

// A Vec takes every write: what these functions return cannot be an error.

fn entry<T: Serialize + ?Sized>(out: &mut Vec<u8>, key: &str, value: &T) {
    let _ = pack::write_str(out, key);
    let _ = rmp_serde::encode::write(out, value);
}

fn section(out: &mut Vec<u8>, key: &str, rows: &[&[u8]]) {
    let _ = pack::write_str(out, key);
    let _ = pack::write_array_len(out, u32::try_from(rows.len()).unwrap_or(u32::MAX));
    for row in rows {
        out.extend_from_slice(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section_of(rows: &[(u32, &'static str)]) -> Section<u32> {
        Section::new(rows.iter().copied(), false)
    }

    #[test]
    fn only_rows_that_differ_are_sent_and_missing_ones_are_gone() {
        let before = section_of(&[(1, "a"), (2, "b"), (4, "d"), (9, "z")]);
        let after = section_of(&[(0, "new"), (2, "b"), (4, "D"), (5, "e")]);
        let (changed, gone) = after.since(Some(&before));
        let texts: Vec<String> = changed
            .iter()
            .map(|row| rmp_serde::from_slice(row).unwrap())
            .collect();
        assert_eq!(texts, ["new", "D", "e"]);
        assert_eq!(gone, [&1, &9]);
        assert!(after.since(Some(&after)).0.is_empty());
        assert_eq!(after.since(None).0.len(), 4);
    }
}
