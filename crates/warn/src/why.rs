//! Why a warning was given, in one line that an operator can check.

use crate::TrackView;
use lapwing_model::{Arrival, Forecast, Origin, Stage, Timestamp};
use std::fmt::Write;

/// Longest piece of foreign text shown, characters.
const FOREIGN_CHARS_MAX: usize = 24;
const SENSORS_MAX: usize = 6;

/// The one-line reason: which track, which sensors, how sure, when.
///
/// `others` says how many more tracks entered the place's probability.
#[must_use]
pub fn why_line(view: &TrackView<'_>, forecast: &Forecast, stage: Stage, others: usize) -> String {
    let track = view.track;
    let (class, p) = track.classes.best();
    let what = if p >= 0.5 {
        format!("{} {p:.2}", class.as_str().replace('_', " "))
    } else {
        "unknown kind".to_owned()
    };
    let seen_by = match view.sensors {
        [] => "no named sensor".to_owned(),
        sensors => {
            let mut names: Vec<String> = sensors
                .iter()
                .take(SENSORS_MAX)
                .map(|name| foreign(name))
                .collect();
            if sensors.len() > SENSORS_MAX {
                names.push(format!("{} more", sensors.len() - SENSORS_MAX));
            }
            names.join(", ")
        }
    };
    let (minutes, p_arrive) = match stage {
        Stage::Prepare | Stage::Act => (10, forecast.p_within[2]),
        Stage::Advisory | Stage::AllClear => (20, forecast.p_within[3]),
    };
    let mut line = format!("track {} ({what}) seen by {seen_by}", track.id);
    let existence = if track.origin == Origin::Claim {
        line.push_str("; known only by its own word");
        track.existence
    } else {
        track.existence_independent
    };
    // writing to a string cannot fail
    let _ = write!(
        line,
        "; exists {existence:.2}; P(arrive ≤{minutes} min) {p_arrive:.2}"
    );
    if let Some(arrival) = forecast.arrival {
        let _ = write!(line, "; {}", expected(&arrival));
    }
    if let Some(claim) = ["callsign", "remote_id", "icao24"]
        .iter()
        .find_map(|kind| track.claim(kind))
    {
        let kind = claim.kind.replace('_', " ");
        let _ = write!(
            line,
            "; says {} {} (trust {:.2})",
            foreign(&kind),
            foreign(&claim.value),
            claim.trust
        );
    }
    if others > 0 {
        let _ = write!(line, "; and {others} more");
    }
    line
}

fn expected(arrival: &Arrival) -> String {
    format!(
        "expected {} ({}–{})",
        clock(arrival.p50) + "Z",
        clock(arrival.p05),
        clock(arrival.p95)
    )
}

/// Hours, minutes and seconds of UTC.
fn clock(t: Timestamp) -> String {
    let seconds = t.as_millis().div_euclid(1_000).rem_euclid(86_400);
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Text from outside, fit for one line: no control or direction characters, not long.
pub(crate) fn foreign(text: &str) -> String {
    clean(text, FOREIGN_CHARS_MAX)
}

/// At most `limit` characters of `text`; what would break or reorder a line becomes `?`.
pub(crate) fn clean(text: &str, limit: usize) -> String {
    let breaks = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    let mut out: String = text
        .chars()
        .take(limit)
        .map(|c| if breaks(c) { '?' } else { c })
        .collect();
    if text.chars().nth(limit).is_some() {
        out.push('…');
    }
    out
}
