//! The site file: which sensors, feeds, places and outputs there are. Every
//! mistake in it is answered with file, line, key, what is wrong and how to mend it.

mod air;
mod check;
mod checker;
mod form;
mod sensor;
mod traffic;

use lapwing_forecast::ForecastConfig;
use lapwing_geo::VerticalReference;
use lapwing_ingest::Wire;
use lapwing_model::{Air, Place, SensorSpec, Timestamp};
use lapwing_track::TrackerConfig;
use lapwing_warn::WarningPolicy;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A site, checked.
#[derive(Clone, Debug)]
pub struct Site {
    /// What it is called.
    pub name: String,
    /// Number of this node in a network of nodes; part of every track's id.
    pub node: u16,
    /// How heights of other datums become heights above the ellipsoid.
    pub vertical: VerticalReference,
    /// Who is named as the sender of warnings.
    pub sender: String,
    /// Whether everything is an exercise.
    pub exercise: bool,
    /// The sensors.
    pub sensors: Vec<SensorSpec>,
    /// The feeds.
    pub feeds: Vec<FeedSpec>,
    /// The places.
    pub places: Vec<Place>,
    /// Polygons that can be warned as a whole: id, name, corners.
    pub areas: Vec<AreaSpec>,
    /// The outputs.
    pub outputs: Vec<OutputSpec>,
    /// The tracker's settings.
    pub tracker: TrackerConfig,
    /// What the air is like from each time on, in order of time.
    pub airs: Vec<(Timestamp, Air)>,
    /// How late a report may be and still count, s.
    pub lateness_s: f64,
    /// Time between pictures, s.
    pub tick_s: f64,
    /// How far back a new state smooths the trail of its track, s; 0 keeps it as filtered.
    pub trail_lag_s: f64,
    /// The forecast's settings.
    pub forecast: ForecastConfig,
    /// The warning policy.
    pub warning: WarningPolicy,
    /// The text it was read from.
    pub text: String,
}

/// A feed: where bytes come from, and what they speak.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedSpec {
    /// Its name.
    pub id: String,
    /// What its bytes speak; told from the content for files.
    pub wire: Option<Wire>,
    /// Where they come from.
    pub source: Source,
    /// The sensor whose reports they are, for formats that do not name it.
    pub sensor: Option<String>,
}

/// Where a feed's bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Datagrams to this address; a multicast group is joined, on the interface of that address.
    Udp {
        /// Group or local address, and port.
        address: SocketAddr,
        /// Address of the local interface that joins a multicast group.
        interface: Option<std::net::IpAddr>,
    },
    /// A stream from a server at this address (host:port).
    Tcp {
        /// Host and port.
        address: String,
    },
    /// A capture.
    File(PathBuf),
    /// Bytes that the caller brings (the simulation).
    Internal,
}

/// An output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputSpec {
    /// What is written.
    pub kind: OutputKind,
    /// Where to.
    pub path: PathBuf,
}

/// What an output writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// Tracks as JSON lines, into a file.
    Tracks,
    /// Warnings as JSON lines, into a file.
    Warnings,
    /// One CAP 1.2 document a warning and version, into a directory.
    Cap,
}

/// A polygon that can be warned as a whole.
#[derive(Clone, Debug)]
pub struct AreaSpec {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its extent.
    pub area: lapwing_geo::Area,
}

/// What is wrong with a site file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The key, such as `place.polygon`.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}: {}", self.key, self.what)?;
        if !self.mend.is_empty() {
            write!(f, "\n  mend: {}", self.mend)?;
        }
        Ok(())
    }
}

impl std::error::Error for SiteError {}

impl Site {
    /// Reads and checks a site file's text; `file` is its name for messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<SiteError>> {
        check::site(text, file)
    }

    /// A site without sensors, places or outputs, for a capture that is to be
    /// looked at without one.
    #[must_use]
    pub fn bare(name: &str) -> Self {
        let text = format!("[site]\nname = {name:?}\n");
        // the text above is a site: its only key is there
        Self::parse(&text, "built-in").unwrap_or_else(|_| unreachable!("{text}"))
    }
}
