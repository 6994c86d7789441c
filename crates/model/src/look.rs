//! A look: where and when a sensor could have seen, so that "nothing reported"
//! is information only where something looked.

use crate::{SensorId, Timestamp};
use lapwing_geo::Geodetic;

/// Where a look reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Footprint {
    /// A sector of a rotating radar, or its whole turn.
    Sector {
        /// The radar.
        centre: Geodetic,
        /// Azimuth at which the sector begins, rad clockwise from true north.
        azimuth_from_rad: f64,
        /// How far it goes clockwise from there, rad; 2π is a whole turn.
        azimuth_width_rad: f64,
        /// Least and greatest slant range, m.
        range_limits_m: (f64, f64),
    },
    /// Everything within a distance of a node.
    Disc {
        /// The node.
        centre: Geodetic,
        /// The distance, m.
        radius_m: f64,
    },
    /// Nothing that can be said: reports count, silence does not.
    Unknown,
}

/// With what probability a thing inside the footprint is reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detection {
    /// The same everywhere inside.
    Constant {
        /// That probability.
        probability: f64,
    },
    /// Swerling 1: P_D = P_FA^{1/(1+SNR)}, SNR falling with the fourth power of range.
    Swerling1 {
        /// Probability of false alarm a cell.
        p_fa: f64,
        /// Range at which `reference_rcs_dbsm` is detected half the time, m.
        range_50_m: f64,
        /// The radar cross-section that `range_50_m` is for, dBm².
        reference_rcs_dbsm: f64,
        /// Height of the antenna above the sea, m (for the horizon).
        antenna_height_m: f64,
    },
    /// Hearing: P_D = p_max Φ((level − noise − threshold)/σ), the level falling by
    /// 20 log10 d + αd.
    Sound {
        /// Range at which the reference source (a one-way drone's engine) is heard half the
        /// time in the wind of the look, m.
        range_50_m: f64,
    },
}

/// False reports of a look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clutter {
    /// Expected number of false reports in this look.
    pub expected: f64,
}

/// Where and when a sensor could have seen.
///
/// Each object is tested once a revisit: one whose predicted position lies inside
/// the footprint and that this sensor has not tested within half a revisit. Reports
/// may lie outside the footprint by the guard band and still associate.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Who looked.
    pub sensor: SensorId,
    /// That sensor's looks, numbered from 0.
    pub sequence: u64,
    /// When the look began.
    pub t0: Timestamp,
    /// When it ended.
    pub t1: Timestamp,
    /// Where it reached.
    pub footprint: Footprint,
    /// How far outside the footprint an object may be predicted and still be looked at, m.
    pub guard_m: f64,
    /// What it would have seen there.
    pub detection: Detection,
    /// What it reports that is not there.
    pub clutter: Clutter,
    /// Time after which it looks at the same place again, s.
    pub revisit_s: f64,
    /// Whether no more reports can come for it.
    pub closed: bool,
}
