//! From the words of a recording's start to the adapters that read its feeds.

use crate::entry::Start;
use crate::site::Site;
use lapwing_ingest::{Adapter, AdapterOptions, Anchor, Wire};

/// The adapters of a run's feeds, in the order of their numbers.
#[must_use]
pub fn adapters(site: &Site, start: &Start) -> Vec<Adapter> {
    start
        .feeds
        .iter()
        .map(|feed| {
            Adapter::new(AdapterOptions {
                wire: wire_of(&feed.wire),
                anchor: feed.date.map_or(Anchor::Receipt, Anchor::Date),
                sensor: feed.sensor.clone().unwrap_or_else(|| feed.id.clone()),
                vertical: site.vertical,
                reference_deg: feed
                    .sensor
                    .as_ref()
                    .and_then(|name| site.sensors.iter().find(|s| s.id == *name))
                    .and_then(|spec| spec.position)
                    .map(|p| (p.lat_deg, p.lon_deg)),
            })
        })
        .collect()
}

fn wire_of(word: &str) -> Wire {
    match word {
        "beast" => Wire::Beast,
        "avr" => Wire::Avr,
        "timed_csv" => Wire::TimedCsv,
        "json" => Wire::ReportJson,
        "remote_id" => Wire::RemoteId,
        _ => Wire::Asterix,
    }
}

/// The word that stands for a wire format in a [`Start`].
#[must_use]
pub const fn wire_word(wire: Wire) -> &'static str {
    match wire {
        Wire::Asterix => "asterix",
        Wire::Beast => "beast",
        Wire::Avr => "avr",
        Wire::TimedCsv => "timed_csv",
        Wire::ReportJson => "json",
        Wire::RemoteId => "remote_id",
    }
}
