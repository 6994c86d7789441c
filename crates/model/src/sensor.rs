//! What is known of a sensor before it says anything.

use lapwing_geo::Geodetic;
use serde::{Deserialize, Serialize};

/// What kind of sensor or source it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensorKind {
    /// Rotating surveillance radar: looks sector by sector.
    Radar,
    /// Staring radar: looks everywhere at once.
    StaringRadar,
    /// Array of microphones that measures a bearing.
    AcousticArray,
    /// Single microphone: heard or not.
    Microphone,
    /// Radio direction finder.
    DirectionFinder,
    /// Camera.
    Camera,
    /// Person who reports what they saw or heard.
    Sighting,
    /// ADS-B receiver (self-reports).
    Adsb,
    /// Remote ID receiver (self-reports).
    RemoteId,
    /// Another tracker, whose system tracks are taken over.
    SystemTracker,
}

/// The kinds of evidence that count as independent of one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Radar's own echoes, or another tracker's surveillance tracks.
    Radar,
    /// Sound.
    Sound,
    /// Radio emissions other than self-reports.
    Radio,
    /// Light: cameras.
    Optical,
    /// People.
    People,
    /// What the thing says of itself; never independent evidence of where it is.
    SelfReport,
}

impl SensorKind {
    /// Which kind of evidence its reports are.
    #[must_use]
    pub const fn evidence(self) -> EvidenceKind {
        match self {
            Self::Radar | Self::StaringRadar | Self::SystemTracker => EvidenceKind::Radar,
            Self::AcousticArray | Self::Microphone => EvidenceKind::Sound,
            Self::DirectionFinder => EvidenceKind::Radio,
            Self::Camera => EvidenceKind::Optical,
            Self::Sighting => EvidenceKind::People,
            Self::Adsb | Self::RemoteId => EvidenceKind::SelfReport,
        }
    }

    /// Whether its reports are what a thing says of itself.
    #[must_use]
    pub const fn is_self_report(self) -> bool {
        matches!(self.evidence(), EvidenceKind::SelfReport)
    }

    /// The word used in every file and on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Radar => "radar",
            Self::StaringRadar => "staring_radar",
            Self::AcousticArray => "acoustic_array",
            Self::Microphone => "microphone",
            Self::DirectionFinder => "direction_finder",
            Self::Camera => "camera",
            Self::Sighting => "sighting",
            Self::Adsb => "adsb",
            Self::RemoteId => "remote_id",
            Self::SystemTracker => "system_tracker",
        }
    }
}

/// A sensor: where it stands, how it errs, what it can see.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorSpec {
    /// Its name in the site file, or made from its address (`sac/sic`).
    pub id: String,
    /// What it is.
    pub kind: SensorKind,
    /// Where it stands; unknown for receivers and trackers that do not need it.
    pub position: Option<Geodetic>,
    /// ASTERIX system area and identification code.
    pub sac_sic: Option<(u8, u8)>,
    /// Standard deviation of range, m.
    pub range_sigma_m: f64,
    /// Standard deviation of azimuth, rad.
    pub azimuth_sigma_rad: f64,
    /// Standard deviation of elevation, rad.
    pub elevation_sigma_rad: f64,
    /// Standard deviation of range rate, m/s.
    pub range_rate_sigma_mps: f64,
    /// Known range bias, subtracted from its ranges, m.
    pub range_bias_m: f64,
    /// Known azimuth bias, subtracted from its azimuths, rad.
    pub azimuth_bias_rad: f64,
    /// What is not known of its ranges' constant error: standard deviation beside the noise of
    /// each report, m; 0 where it is calibrated.
    pub range_bias_sigma_m: f64,
    /// The same of its clock, s.
    pub time_bias_sigma_s: f64,
    /// What is not known of its orientation: standard deviation of a constant azimuth error
    /// beside the noise of each report, rad; 0 where it is surveyed.
    pub azimuth_bias_sigma_rad: f64,
    /// Share of the azimuth noise's variance that persists from report to report, fading
    /// exponentially with `azimuth_correlation_s`.
    pub azimuth_correlated_share: f64,
    /// Time in which that share's correlation falls to 1/e, s.
    pub azimuth_correlation_s: f64,
    /// Measured elevation over true: refraction and the ground make low sounds lower.
    pub elevation_scale: f64,
    /// Known time bias, subtracted from its times of applicability, s.
    pub time_bias_s: f64,
    /// Least and greatest range it reports, m.
    pub range_limits_m: (f64, f64),
    /// Time of one revolution or revisit, s.
    pub revisit_s: f64,
    /// Probability of detection inside its coverage of a thing it is made for.
    pub detection_probability: f64,
    /// Range at which a reference target (0.05 m²) is detected half the time, m (Swerling 1);
    /// without it, `detection_probability` holds at every range. Of a sensor that hears, the
    /// range at which a one-way drone's engine is heard half the time in calm air.
    pub range_50_m: Option<f64>,
    /// Expected false reports a revisit.
    pub false_per_revisit: f64,
    /// Added to amplitude (dBm) + 40 log10(range in m) gives −radar cross-section in dBm²:
    /// RCS = amplitude + 40 log10 r − constant. Absent: amplitudes say nothing.
    pub radar_constant_db: Option<f64>,
    /// A sensor is silent after this long without a report or heartbeat, s.
    pub silent_after_s: f64,
}

impl SensorSpec {
    /// A sensor of a kind with that kind's customary errors (small-target radar,
    /// arrays and receivers of the reference scenario); all can be set in the site file.
    #[must_use]
    pub fn of_kind(id: impl Into<String>, kind: SensorKind) -> Self {
        let (revisit_s, silent_after_s) = match kind {
            SensorKind::Radar => (4.0, 15.0),
            SensorKind::AcousticArray | SensorKind::Microphone => (2.0, 30.0),
            SensorKind::Sighting => (60.0, f64::INFINITY),
            SensorKind::SystemTracker => (4.0, 30.0),
            _ => (1.0, 15.0),
        };
        let azimuth_sigma_deg: f64 = match kind {
            SensorKind::AcousticArray => 5.0,
            SensorKind::DirectionFinder => 3.6,
            SensorKind::Sighting => 15.0,
            _ => 0.7,
        };
        Self {
            id: id.into(),
            kind,
            position: None,
            sac_sic: None,
            range_sigma_m: 30.0,
            azimuth_sigma_rad: azimuth_sigma_deg.to_radians(),
            elevation_sigma_rad: 2.0_f64.to_radians(),
            range_rate_sigma_mps: 0.5,
            range_bias_m: 0.0,
            azimuth_bias_rad: 0.0,
            range_bias_sigma_m: 0.0,
            time_bias_sigma_s: 0.0,
            azimuth_bias_sigma_rad: if kind == SensorKind::AcousticArray {
                3.0_f64.to_radians()
            } else {
                0.0
            },
            azimuth_correlated_share: 0.0,
            azimuth_correlation_s: 10.0,
            elevation_scale: 1.0,
            time_bias_s: 0.0,
            range_limits_m: (200.0, 60_000.0),
            revisit_s,
            detection_probability: 0.9,
            range_50_m: None,
            false_per_revisit: match kind {
                // some false alarms an hour, at one report in two seconds
                SensorKind::AcousticArray | SensorKind::Microphone => 0.01,
                _ => 10.0,
            },
            radar_constant_db: None,
            silent_after_s,
        }
    }
}
