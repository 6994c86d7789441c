//! Does a track keep one aircraft? Scored without a truth, where radar plots carry
//! addresses (Mode S, Remote ID) and the tracker was run blind to them: the addresses
//! then say afterwards which thing each plot of a track came from.
//!
//! The trust in a track's claims is n/(N + 1), n reports of N having carried that claim,
//! so the counts can be had back from a line, and from the line before what was reported
//! in between. Where trusts are not of that form, each line counts as one report of the
//! claim it trusts most.
//!
//! The measures are the single integrated air picture's in spirit (Votruba et al. 2001):
//! purity instead of accuracy, completeness and ambiguity over the time in which an
//! address was heard at all.

use crate::lines::TrackLine;
use lapwing_model::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// How to score by claims.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByClaimParams {
    /// Which claims tell things apart: `icao24`, `remote_id`, `mode_3a`, `callsign`.
    pub kind: String,
    /// An address not heard for longer than this was not there in between, s.
    pub gap_s: f64,
}

impl Default for ByClaimParams {
    fn default() -> Self {
        Self {
            kind: "icao24".into(),
            gap_s: 60.0,
        }
    }
}

/// How tracks kept to addresses.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ByClaimScore {
    /// Confirmed tracks.
    pub tracks: u64,
    /// Of these, how many carried an address at some time.
    pub tracks_with_claim: u64,
    /// Different addresses heard on any track.
    pub addresses: u64,
    /// Of the reports with an address on confirmed tracks, the share that is of their
    /// track's most frequent address; 1 is best.
    pub purity: Option<f64>,
    /// Share of the time an address was there in which a confirmed track held it.
    pub completeness: Option<f64>,
    /// Mean number of confirmed tracks that hold an address while one does; 1 is best.
    pub ambiguity: Option<f64>,
    /// How often another track took over an address.
    pub breaks: u64,
    /// How often a track went from one address to another (two reports running).
    pub swaps: u64,
    /// Minutes of confirmed tracks that never carried an address: clutter, birds, and
    /// whatever has no transponder.
    pub spurious_track_minutes: f64,
    /// The same in each hour scored.
    pub spurious_track_minutes_per_hour: f64,
    /// Time scored, h.
    pub hours: f64,
    /// Each address, in order.
    pub by_address: Vec<AddressScore>,
}

/// How tracks kept to one address.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AddressScore {
    /// The address as the lines have it.
    pub address: String,
    /// How long it was there, s.
    pub present_s: f64,
    /// Share of that in which a confirmed track held it.
    pub completeness: Option<f64>,
    /// Mean number of confirmed tracks that held it while one did.
    pub ambiguity: Option<f64>,
    /// How many confirmed tracks held it at some time.
    pub tracks: u64,
    /// How often another track took it over.
    pub breaks: u64,
    /// How often a track left it for another address.
    pub swaps: u64,
    /// Longest time that one track held it, as a share of `present_s`.
    pub longest_track_segment: Option<f64>,
}

#[derive(Default)]
struct TrackState {
    counts: BTreeMap<String, f64>,
    reports: BTreeMap<String, u64>,
    held: Option<String>,
    /// Reported once since, and not what is held.
    other: Option<String>,
    confirmed: bool,
    confirmed_s: f64,
}

#[derive(Default)]
struct AddressState {
    score: AddressScore,
    last_heard: Option<Timestamp>,
    carrier: Option<String>,
    holders: BTreeMap<String, f64>,
    /// Since it was heard last: held by any track, by how many (s · tracks), by whom.
    pending: Held,
    held: Held,
}

#[derive(Default)]
struct Held {
    any_s: f64,
    all_s: f64,
    by: BTreeMap<String, f64>,
}

/// Takes the lines of a file of tracks a tick at a time, in order of time.
pub struct ByClaim {
    params: ByClaimParams,
    tracks: BTreeMap<String, TrackState>,
    addresses: BTreeMap<String, AddressState>,
    last: Option<Timestamp>,
    seconds: f64,
}

impl ByClaim {
    /// Nothing yet.
    #[must_use]
    pub fn new(params: ByClaimParams) -> Self {
        Self {
            params,
            tracks: BTreeMap::new(),
            addresses: BTreeMap::new(),
            last: None,
            seconds: 0.0,
        }
    }

    /// Takes every line of one time. Tracks that are another tracker's, or that are
    /// nothing but a claim, are passed over; so is a time before the last one's.
    pub fn tick(&mut self, time: Timestamp, lines: &[TrackLine]) {
        let step_s = self.last.map_or(0.0, |last| time.seconds_since(last));
        if step_s < 0.0 {
            return;
        }
        let step_s = if step_s > self.params.gap_s {
            0.0
        } else {
            step_s
        };
        self.last = Some(time);
        self.seconds += step_s;
        let mut holding: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut heard = Vec::new();
        for line in lines {
            if line.origin.as_str().is_some_and(|o| o != "tracker") {
                continue;
            }
            let claims = claims(line, &self.params.kind);
            let track = self.tracks.entry(line.id.clone()).or_default();
            track.confirmed |= line.confirmed.unwrap_or(true);
            if track.confirmed {
                track.confirmed_s += step_s;
            }
            for (address, count) in track.reported(claims) {
                let left = track.hear(&address, count);
                if let Some(left) = left {
                    self.addresses.entry(left).or_default().score.swaps += 1;
                }
                heard.push(address);
            }
            if track.confirmed
                && let Some(held) = &track.held
            {
                holding.entry(held.clone()).or_default().push(&line.id);
            }
        }
        for (address, tracks) in &holding {
            let state = self.addresses.entry(address.clone()).or_default();
            state.hold(tracks, step_s);
        }
        for address in heard {
            let state = self.addresses.entry(address).or_default();
            state.hear(time, self.params.gap_s);
        }
    }

    /// The score of everything taken.
    #[must_use]
    pub fn finish(self) -> ByClaimScore {
        let mut out = ByClaimScore {
            hours: self.seconds / 3600.0,
            addresses: self.addresses.len() as u64,
            ..ByClaimScore::default()
        };
        let (mut own, mut all) = (0, 0);
        for track in self.tracks.values().filter(|t| t.confirmed) {
            out.tracks += 1;
            if track.reports.is_empty() {
                out.spurious_track_minutes += track.confirmed_s / 60.0;
            } else {
                out.tracks_with_claim += 1;
            }
            own += track.reports.values().max().copied().unwrap_or(0);
            all += track.reports.values().sum::<u64>();
        }
        let (mut present_s, mut any_s, mut all_s) = (0.0, 0.0, 0.0);
        for (address, mut state) in self.addresses {
            let held = &state.held;
            let score = &mut state.score;
            present_s += score.present_s;
            any_s += held.any_s;
            all_s += held.all_s;
            out.breaks += score.breaks;
            out.swaps += score.swaps;
            score.address = address;
            score.tracks = state.holders.len() as u64;
            score.completeness = share(held.any_s, score.present_s);
            score.ambiguity = share(held.all_s, held.any_s);
            let longest_s = held.by.values().copied().fold(0.0, f64::max);
            score.longest_track_segment = share(longest_s, score.present_s);
            out.by_address.push(state.score);
        }
        out.purity = share(own as f64, all as f64);
        out.completeness = share(any_s, present_s);
        out.ambiguity = share(all_s, any_s);
        if out.hours > 0.0 {
            out.spurious_track_minutes_per_hour = out.spurious_track_minutes / out.hours;
        }
        out
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// The trust in each claim of a kind.
fn claims(line: &TrackLine, kind: &str) -> BTreeMap<String, f64> {
    let mut out = BTreeMap::new();
    for claim in line.claims.as_array().into_iter().flatten() {
        let text = |key: &str| claim.get(key).and_then(serde_json::Value::as_str);
        if let (Some(of), Some(value), Some(trust)) = (
            text("kind"),
            text("value"),
            claim.get("trust").and_then(serde_json::Value::as_f64),
        ) && of == kind
            && trust.is_finite()
            && trust > 0.0
        {
            out.insert(value.to_owned(), trust);
        }
    }
    out
}

impl TrackState {
    /// What was reported since the last line, and how often.
    fn reported(&mut self, claims: BTreeMap<String, f64>) -> Vec<(String, u64)> {
        let rest = 1.0 - claims.values().sum::<f64>();
        let counts: BTreeMap<String, f64> = claims
            .iter()
            .map(|(address, trust)| (address.clone(), trust / rest))
            .collect();
        let whole = |n: &f64| n.is_finite() && *n > 0.5 && (n - n.round()).abs() < 1e-4 * n;
        if !counts.values().all(whole) {
            let best = claims
                .into_iter()
                .reduce(|best, next| if next.1 > best.1 { next } else { best });
            return best.into_iter().map(|(address, _)| (address, 1)).collect();
        }
        let before = std::mem::replace(&mut self.counts, counts);
        self.counts
            .iter()
            .map(|(address, n)| {
                let more = n - before.get(address).copied().unwrap_or(0.0);
                (address.clone(), more.round().max(0.0) as u64)
            })
            .filter(|(_, more)| *more > 0)
            .collect()
    }

    /// Takes reports of an address; the one that it is left for, if it is.
    fn hear(&mut self, address: &str, count: u64) -> Option<String> {
        *self.reports.entry(address.to_owned()).or_default() += count;
        if self.held.as_deref() == Some(address) {
            self.other = None;
            return None;
        }
        // one report may be another's that was taken by mistake
        let again = count > 1 || self.other.as_deref() == Some(address);
        if again || self.held.is_none() {
            self.other = None;
            return self.held.replace(address.to_owned());
        }
        self.other = Some(address.to_owned());
        None
    }
}

impl AddressState {
    fn hear(&mut self, time: Timestamp, gap_s: f64) {
        let pending = std::mem::take(&mut self.pending);
        if let Some(last) = self.last_heard
            && time.seconds_since(last) <= gap_s
        {
            self.score.present_s += time.seconds_since(last);
            self.held.any_s += pending.any_s;
            self.held.all_s += pending.all_s;
            for (id, held_s) in pending.by {
                *self.held.by.entry(id).or_default() += held_s;
            }
        }
        self.last_heard = Some(time);
    }

    /// The confirmed tracks that hold it now.
    fn hold(&mut self, tracks: &[&str], step_s: f64) {
        self.pending.any_s += step_s;
        self.pending.all_s += step_s * tracks.len() as f64;
        for id in tracks {
            *self.holders.entry((*id).to_owned()).or_default() += step_s;
        }
        let stays = self.carrier.as_deref().filter(|c| tracks.contains(c));
        let Some(carrier) = stays.or(tracks.first().copied()) else {
            return;
        };
        *self.pending.by.entry(carrier.to_owned()).or_default() += step_s;
        if self.carrier.as_deref().is_some_and(|old| old != carrier) {
            self.score.breaks += 1;
        }
        if self.carrier.as_deref() != Some(carrier) {
            self.carrier = Some(carrier.to_owned());
        }
    }
}
