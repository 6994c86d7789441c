//! Tracks and truth as JSON lines, read with errors that name the line.

use lapwing_geo::{Geodetic, HeightDatum};
use lapwing_model::Timestamp;
use serde::{Deserialize, Deserializer};
use std::io::BufRead;
use thiserror::Error;

/// A line's form: its name's key, and what it may hold besides the state that tracks and
/// truth have in common. (Flattening one struct into the other would accept unknown keys.)
macro_rules! form {
    (
        $(#[$doc:meta])* $line:ident,
        $(#[$name_doc:meta])* $name:ident,
        $($(#[$field_doc:meta])* $field:ident: $kind:ty,)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $line {
            /// When the state applies.
            pub time: Timestamp,
            $(#[$name_doc])*
            #[serde(deserialize_with = "name")]
            pub $name: String,
            /// Latitude on WGS 84, degrees north.
            pub lat_deg: f64,
            /// Longitude, degrees east.
            pub lon_deg: f64,
            /// Height above `height_datum`, m.
            #[serde(default)]
            pub height_m: Option<f64>,
            /// What the height is measured from.
            #[serde(default)]
            pub height_datum: Option<HeightDatum>,
            /// Velocity east, m/s.
            #[serde(default)]
            pub ve_mps: Option<f64>,
            /// Velocity north, m/s.
            #[serde(default)]
            pub vn_mps: Option<f64>,
            /// Velocity up, m/s.
            #[serde(default)]
            pub vu_mps: Option<f64>,
            /// What it is or may be, in whatever form.
            #[serde(default)]
            pub class: serde_json::Value,
            /// What it says of itself.
            #[serde(default)]
            pub claims: serde_json::Value,
            /// Which sensors contributed (in truth, accepted for likeness with tracks).
            #[serde(default)]
            pub contributors: serde_json::Value,
            $($(#[$field_doc])* #[serde(default)] pub $field: $kind,)*
        }

        impl Place for $line {
            fn place(&self) -> (f64, f64, Option<f64>) {
                (self.lat_deg, self.lon_deg, self.height_m)
            }
        }
    };
}

form! {
    /// One line of a file of tracks. What scoring does not need may be absent.
    TrackLine,
    /// The track's id, text or number.
    id,
    /// 36 numbers, east-north-up position then velocity, row-major, m and m/s.
    cov: Option<Vec<f64>>,
    /// Probability that it exists.
    existence: Option<f64>,
    /// The same without self-reports.
    existence_independent: Option<f64>,
    /// Probability of the class.
    class_probability: Option<f64>,
    /// Where the state comes from.
    origin: serde_json::Value,
    /// Whether it is shown as a track.
    confirmed: Option<bool>,
    /// How it flies.
    modes: serde_json::Value,
    /// The estimates of several trackers that it is made of.
    parts: serde_json::Value,
}

form! {
    /// One line of a file of truth.
    TruthLine,
    /// The object, text or number.
    target,
}

/// A line that is somewhere: latitude and longitude in degrees, height in m.
trait Place {
    fn place(&self) -> (f64, f64, Option<f64>);
}

/// What is wrong with a line.
#[derive(Debug, Error)]
#[error("line {line}: {reason}")]
pub struct LineError {
    /// Which, from 1.
    pub line: usize,
    /// What, naming the key.
    pub reason: String,
    /// Whether it is the file that could not be read on, not the line that means nothing.
    pub unread: bool,
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Name {
        Text(String),
        Number(i64),
    }
    Name::deserialize(deserializer)
        .map(|n| match n {
            Name::Text(text) => text,
            Name::Number(number) => number.to_string(),
        })
        .map_err(|_| serde::de::Error::custom("`id` or `target` must be text or a whole number"))
}

/// Reads tracks; empty lines are passed over.
///
/// # Errors
/// The first line that is not a track, with its number and key.
pub fn read_tracks(input: impl BufRead) -> Result<Vec<TrackLine>, LineError> {
    track_lines(input).collect()
}

/// Reads truth; empty lines are passed over.
///
/// # Errors
/// The first line that is not truth, with its number and key.
pub fn read_truth(input: impl BufRead) -> Result<Vec<TruthLine>, LineError> {
    truth_lines(input).collect()
}

/// [`read_tracks`], a line at a time.
pub fn track_lines(input: impl BufRead) -> impl Iterator<Item = Result<TrackLine, LineError>> {
    lines(input)
}

/// [`read_truth`], a line at a time.
pub fn truth_lines(input: impl BufRead) -> impl Iterator<Item = Result<TruthLine, LineError>> {
    lines(input)
}

fn lines<T: for<'a> Deserialize<'a> + Place>(
    input: impl BufRead,
) -> impl Iterator<Item = Result<T, LineError>> {
    texts(input).map(|text| {
        let (line, text) = text?;
        let error = |reason: String| LineError {
            line,
            reason,
            unread: false,
        };
        let read: T = serde_json::from_str(&text).map_err(|e| error(e.to_string()))?;
        let (lat_deg, lon_deg, height_m) = read.place();
        Geodetic::new(lat_deg, lon_deg, height_m.unwrap_or(0.0))
            .checked()
            .map_err(|e| error(e.to_string()))?;
        Ok(read)
    })
}

/// The lines that are not empty, with their numbers.
fn texts(input: impl BufRead) -> impl Iterator<Item = Result<(usize, String), LineError>> {
    (1..)
        .zip(input.lines())
        .map(|(line, text)| match text {
            Ok(text) => Ok((line, text)),
            Err(error) => Err(LineError {
                line,
                // a line of no text is a bad line; after it comes the next
                unread: error.kind() != std::io::ErrorKind::InvalidData,
                reason: error.to_string(),
            }),
        })
        .filter(|text| !matches!(text, Ok((_, text)) if text.trim().is_empty()))
}

/// What must be known of a file before it can be scored a tick at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// Its distinct times, ascending.
    pub times: Vec<Timestamp>,
    /// Latitude and longitude of the first line, degrees.
    pub first: Option<(f64, f64)>,
    /// Whether no line is earlier than one before it.
    pub in_order: bool,
    /// How many lines there are.
    pub lines: usize,
}

impl Outline {
    /// Of lines' times and places, degrees.
    pub fn of(lines: impl IntoIterator<Item = (Timestamp, f64, f64)>) -> Self {
        let mut out = Self {
            in_order: true,
            ..Self::default()
        };
        for (time, lat_deg, lon_deg) in lines {
            out.take(time, lat_deg, lon_deg);
        }
        out.finish()
    }

    fn take(&mut self, time: Timestamp, lat_deg: f64, lon_deg: f64) {
        self.lines += 1;
        self.first.get_or_insert((lat_deg, lon_deg));
        match self.times.last() {
            Some(last) if *last == time => {}
            Some(last) => {
                self.in_order &= *last < time;
                self.times.push(time);
            }
            None => self.times.push(time),
        }
    }

    fn finish(mut self) -> Self {
        self.times.sort_unstable();
        self.times.dedup();
        self
    }
}

/// Runs through a file once for its [`Outline`], reading times and places only.
///
/// # Errors
/// The first line that has none, with its number and key.
pub fn read_outline(input: impl BufRead) -> Result<Outline, LineError> {
    outline(input, false)
}

/// The same of a file some lines of which may mean nothing: they are passed over.
///
/// # Errors
/// That the file could not be read on.
pub fn read_outline_of_good(input: impl BufRead) -> Result<Outline, LineError> {
    outline(input, true)
}

fn outline(input: impl BufRead, pass_over: bool) -> Result<Outline, LineError> {
    #[derive(Deserialize)]
    struct Where {
        time: Timestamp,
        lat_deg: f64,
        lon_deg: f64,
    }
    let mut out = Outline {
        in_order: true,
        ..Outline::default()
    };
    for text in texts(input) {
        let found = text.and_then(|(line, text)| {
            let error = |reason: String| LineError {
                line,
                reason,
                unread: false,
            };
            let at: Where = serde_json::from_str(&text).map_err(|e| error(e.to_string()))?;
            Geodetic::new(at.lat_deg, at.lon_deg, 0.0)
                .checked()
                .map_err(|e| error(e.to_string()))?;
            Ok(at)
        });
        let at = match found {
            Err(error) if pass_over && !error.unread => continue,
            found => found?,
        };
        out.take(at.time, at.lat_deg, at.lon_deg);
    }
    Ok(out.finish())
}
