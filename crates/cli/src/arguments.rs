//! The words of the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use lapwing_model::Timestamp;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// One live picture of the low sky: what flies, where it is heading, who must be warned.
#[derive(Parser)]
#[command(name = "lapwing", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// An invented island's evening from a seeded simulation, live on the map
    #[command(after_help = "Example:\n  lapwing demo --seed 7 --speed 4")]
    Demo(Demo),
    /// The live picture of a site: the feeds, places and outputs its file names
    #[command(after_help = "Example:\n  lapwing run harbour.toml --data /var/lib/lapwing")]
    Run(Run),
    /// A recording or capture through the same pipeline, at any speed
    #[command(
        after_help = "Examples:\n  lapwing replay centre.ff --speed 60\n  lapwing replay lapwing-data/recording --headless --speed max --digest"
    )]
    Replay(Replay),
    /// What a capture or socket holds, a line a record (JSON or CSV), errors on standard error
    #[command(
        after_help = "Examples:\n  lapwing decode capture.pcap | jq 'select(.cat==48).items[\"040\"]'\n  lapwing decode capture.pcap --filter cat=62,item=070,item=105 --format csv\n  lapwing decode udp://239.1.1.1:8600 --interface 192.168.1.5 --values full"
    )]
    Decode(Decode),
    /// Tracks as JSON lines, offline
    #[command(
        after_help = "Example:\n  lapwing track radar.pcap --site harbour.toml > tracks.jsonl"
    )]
    Track(Track),
    /// Truth and sensor bytes of a scenario to files
    #[command(
        after_help = "Examples:\n  lapwing simulate wave --seed 7 --out wave\n  lapwing track wave/*.ff wave/adsb.csv wave/acoustic.jsonl --site wave/site.toml --date 2026-06-01\n  lapwing simulate night --from 13800 --duration 1800 --out outage"
    )]
    Simulate(Simulate),
    /// Tracks against truth: GOSPA, T-GOSPA, SIAP, errors, time to confirm
    #[command(
        after_help = "Examples:\n  lapwing score --tracks tracks.jsonl --truth truth.jsonl --c 200 --format json\n  lapwing track radar.pcap --site harbour.toml --blind > tracks.jsonl\n  lapwing score --by-claim --tracks tracks.jsonl"
    )]
    Score(Score),
    /// The tracker on an abstract scenario: GOSPA and its parts, and the time of a scan
    #[command(
        after_help = "Examples:\n  lapwing lab scenarios/w15.toml --measurements meas.csv --truth truth.csv --runs 1:50\n  lapwing lab scenarios/s_n.toml --s-file S_50.csv --started --format json\n  lapwing lab scenarios/s_n.toml --generate 100000 --births 0.01 --deaths 0.01 --seed 1 --threads 2"
    )]
    Lab(Lab),
    /// Lists the ASTERIX categories and editions that are known, and their items
    #[command(
        after_help = "Examples:\n  lapwing asterix\n  lapwing asterix 62=1.18\n  lapwing asterix 48 --format json"
    )]
    Asterix(Asterix),
    /// Says what is wrong with a site file, and where
    #[command(after_help = "Example:\n  lapwing check harbour.toml")]
    Check(Check),
    /// Checks a recording's integrity
    #[command(after_help = "Example:\n  lapwing verify lapwing-data/recording")]
    Verify(Verify),
}

/// How fast something is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Speed(pub(crate) Option<f64>);

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed(None));
    }
    match text.parse::<f64>() {
        Ok(factor) if factor > 0.0 && factor <= 100_000.0 => Ok(Speed(Some(factor))),
        _ => Err("write a factor such as 1, 0.5 or 60, or `max`".into()),
    }
}

fn date(text: &str) -> Result<Timestamp, String> {
    format!("{text}T00:00:00Z")
        .parse()
        .map_err(|_| "write it as YYYY-MM-DD".into())
}

#[derive(Args)]
pub(crate) struct Listen {
    /// Where the map and the API are served; loopback only
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
}

#[derive(Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Seed of the evening: the same seed, the same evening
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many times faster than the clock, or `max`
    #[arg(long, default_value = "1", value_parser = speed)]
    pub(crate) speed: Speed,
    /// Directory for the recording and the warnings [default: a new temporary one]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Threads for the forecasts; changes no result
    #[arg(long, default_value_t = 2)]
    pub(crate) threads: usize,
    /// Write the evening's truth, which the pipeline never sees, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Run {
    /// The site file
    pub(crate) site: PathBuf,
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Directory for the recording and the warnings
    #[arg(long, value_name = "DIR", default_value = "lapwing-data")]
    pub(crate) data: PathBuf,
    /// Day of the first time of day in ASTERIX [default: the one nearest to its receipt]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) date: Option<Timestamp>,
    /// Threads for the forecasts; changes no result
    #[arg(long, default_value_t = 2)]
    pub(crate) threads: usize,
    /// No map and no API
    #[arg(long)]
    pub(crate) headless: bool,
}

#[derive(Args)]
pub(crate) struct Replay {
    /// A recording's directory, or captures (Final Format, pcap, pcapng, ASTERIX, Beast, AVR …)
    #[arg(required = true)]
    pub(crate) input: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Site file with sensors and places, for captures
    #[arg(long)]
    pub(crate) site: Option<PathBuf>,
    /// How many times faster than it was received, or `max`
    #[arg(long, default_value = "1", value_parser = speed)]
    pub(crate) speed: Speed,
    /// No map and no API; ends with the input
    #[arg(long)]
    pub(crate) headless: bool,
    /// Print the digest of every picture as the last line
    #[arg(long)]
    pub(crate) digest: bool,
    /// Day of the first time of day in ASTERIX [default: the capture's own, else 1970-01-01]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) date: Option<Timestamp>,
    /// Threads for the forecasts; changes no result
    #[arg(long, default_value_t = 2)]
    pub(crate) threads: usize,
    /// Record what is replayed
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For reading
    Text,
    /// For programs
    Json,
}

#[derive(Args)]
pub(crate) struct Decode {
    /// A capture (Final Format, pcap and pcapng of a network or of Remote ID by radio, ASTERIX, Beast,
    /// AVR, timed frames, report lines), or
    /// udp://ADDRESS:PORT to listen for ASTERIX, at an address of this machine or in a multicast group
    pub(crate) input: String,
    /// Day of the first time of day in ASTERIX [default: the capture's own, else 1970-01-01]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) date: Option<Timestamp>,
    /// Edition of a category's definition, such as 62=1.18 [default: the newest, or for a source
    /// whose records do not follow it the one that they do]
    #[arg(long, value_name = "CAT=EDITION")]
    pub(crate) edition: Vec<String>,
    /// Only ASTERIX of these categories, and of it only these items or parts of items:
    /// cat=62,item=070,item=105/LAT
    #[arg(long, value_name = "CONDITIONS")]
    pub(crate) filter: Vec<String>,
    /// How ASTERIX values are written
    #[arg(long, value_enum, default_value_t = DecodeValues::Scaled)]
    pub(crate) values: DecodeValues,
    /// What is printed
    #[arg(long, value_enum, default_value_t = DecodeFormat::Json)]
    pub(crate) format: DecodeFormat,
    /// Stop after so many datagrams
    #[arg(long, short, value_name = "NUMBER")]
    pub(crate) count: Option<usize>,
    /// Of udp:// and a multicast group: the address of the interface that joins it
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) interface: Option<IpAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecodeValues {
    /// Numbers in the definition's unit, characters as text
    Scaled,
    /// Unsigned bit patterns
    Raw,
    /// An object of raw, value, unit and meaning
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecodeFormat {
    /// One JSON object a record
    Json,
    /// A row a record, with the items that --filter names as columns
    Csv,
}

#[derive(Args)]
pub(crate) struct Asterix {
    /// A category whose items are listed, in its newest edition or another: 62 or 62=1.18
    #[arg(value_name = "CAT[=EDITION]")]
    pub(crate) category: Option<String>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct Track {
    /// Captures, or a recording's directory
    #[arg(required = true)]
    pub(crate) input: Vec<PathBuf>,
    /// Site file with sensors and places
    #[arg(long)]
    pub(crate) site: Option<PathBuf>,
    /// Day of the first time of day in ASTERIX [default: the capture's own, else 1970-01-01]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) date: Option<Timestamp>,
    /// Where the lines go [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write warnings as JSON lines too
    #[arg(long, value_name = "FILE")]
    pub(crate) warnings: Option<PathBuf>,
    /// Hide what reports claim to be from the association; the tracks still show it, so that
    /// `lapwing score --by-claim` can tell how often a track keeps one aircraft
    #[arg(long)]
    pub(crate) blind: bool,
}

#[derive(Args)]
pub(crate) struct Simulate {
    /// `demo`, `night`, `night-half-hearing`, `night-no-coast-radars`, `wave`, `wave-quiet`, or a
    /// scenario file
    pub(crate) scenario: String,
    /// Seed; replaces the scenario's
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Begin so many seconds into the scene, which stays the same; replaces the scenario's excerpt
    #[arg(long, value_name = "SECONDS")]
    pub(crate) from: Option<f64>,
    /// Seconds of the scene to simulate; replaces the scenario's excerpt
    #[arg(long, value_name = "SECONDS")]
    pub(crate) duration: Option<f64>,
    /// Directory for the site file, one capture a feed, and the truth
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct Score {
    /// Tracks as JSON lines
    #[arg(long, value_name = "FILE")]
    pub(crate) tracks: PathBuf,
    /// Truth as JSON lines
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "by_claim",
        conflicts_with = "by_claim"
    )]
    pub(crate) truth: Option<PathBuf>,
    /// Without truth: how a track keeps one aircraft, by the addresses that its own reports
    /// carried
    #[arg(long)]
    pub(crate) by_claim: bool,
    /// Which claims tell aircraft apart
    #[arg(long, default_value = "icao24", value_parser = ["icao24", "remote_id", "mode_3a", "callsign"], requires = "by_claim")]
    pub(crate) claim: String,
    /// Site file that says what kinds the sensors are [default: by their names up to a number]
    #[arg(long)]
    pub(crate) site: Option<PathBuf>,
    /// Cut-off distance c, m
    #[arg(long, default_value_t = 200.0, value_name = "METRES")]
    pub(crate) c: f64,
    /// Order p
    #[arg(long, default_value_t = 2.0)]
    pub(crate) p: f64,
    /// α: 2 splits the score into localisation, missed and false
    #[arg(long, default_value_t = 2.0)]
    pub(crate) alpha: f64,
    /// Penalty of a switch in T-GOSPA, m [default: a fifth of c]
    #[arg(long, value_name = "METRES")]
    pub(crate) gamma: Option<f64>,
    /// A track farther than this from every object is spurious, m
    #[arg(long, default_value_t = 500.0, value_name = "METRES")]
    pub(crate) gate_m: f64,
    /// An object nearer than this to an array of microphones is within hearing, m (with `--site`)
    #[arg(long, default_value_t = 3500.0, value_name = "METRES")]
    pub(crate) hearing_m: f64,
    /// Birds in the truth only keep the tracks that are theirs from being taken for something
    /// else's; nothing is scored of them
    #[arg(long, conflicts_with = "by_claim")]
    pub(crate) birds_aside: bool,
    /// The scenario that was simulated: where its piece of the island ends, nothing is known to
    /// be false
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["measurements", "s_file", "generate"]))]
pub(crate) struct Lab {
    /// The scenario file
    pub(crate) scenario: PathBuf,
    /// Measurements of all runs: run,scan,x,y in metres
    #[arg(long, value_name = "CSV", requires = "truth")]
    pub(crate) measurements: Option<PathBuf>,
    /// Truth of all runs: scan,target,x,vx,y,vy in metres and m/s
    #[arg(long, value_name = "CSV", requires = "measurements")]
    pub(crate) truth: Option<PathBuf>,
    /// First and last run to make [default: all]
    #[arg(long, value_name = "A:B", value_parser = runs, requires = "measurements")]
    pub(crate) runs: Option<(u32, u32)>,
    /// One scene of priors, truth and detections: kind,scan,x,vx,y,vy
    #[arg(long, value_name = "CSV")]
    pub(crate) s_file: Option<PathBuf>,
    /// Start from the priors, with no births to come but those of --births
    #[arg(long, conflicts_with = "measurements")]
    pub(crate) started: bool,
    /// Make a scene of so many crossing objects in memory
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) generate: Option<u32>,
    /// Objects that appear in each scan of a made scene, as a share of N; the filter is told
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.0,
        requires = "generate"
    )]
    pub(crate) births: f64,
    /// Probability that an object of a made scene ends in a scan; the filter is told
    #[arg(long, value_name = "P", default_value_t = 0.0, requires = "generate")]
    pub(crate) deaths: f64,
    /// Same seed, same scene
    #[arg(long, default_value_t = 1, requires = "generate")]
    pub(crate) seed: u64,
    /// Scans to make instead of the scenario's
    #[arg(long, value_name = "N", requires = "generate")]
    pub(crate) scans: Option<u32>,
    /// The mixture of hypotheses, or the marginal filter for very many objects
    /// [default: marginal for a made scene, else mixture]
    #[arg(long, value_enum)]
    pub(crate) filter: Option<LabFilter>,
    /// Threads of the marginal filter; the result is the same
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: u16,
    /// Write the estimates: run,scan,x,y
    #[arg(long, value_name = "CSV")]
    pub(crate) estimates: Option<PathBuf>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// A filter of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LabFilter {
    /// The mixture of hypotheses over clusters
    Mixture,
    /// The marginal filter
    Marginal,
}

fn runs(text: &str) -> Result<(u32, u32), String> {
    let wrong = || "write the first and the last run as A:B, such as 1:50".to_owned();
    let (first, last) = text.split_once(':').ok_or_else(wrong)?;
    let (first, last) = (
        first.parse().map_err(|_| wrong())?,
        last.parse().map_err(|_| wrong())?,
    );
    if first <= last {
        Ok((first, last))
    } else {
        Err(wrong())
    }
}

#[derive(Args)]
pub(crate) struct Check {
    /// The site file
    pub(crate) site: PathBuf,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// The recording's directory
    pub(crate) recording: PathBuf,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
