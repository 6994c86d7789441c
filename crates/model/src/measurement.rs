//! What a sensor measured, with its error: the kinds of the vocabulary.

use lapwing_geo::{Geodetic, Height};

/// Standard deviations of a polar measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolarSigma {
    /// Of range, m.
    pub range_m: f64,
    /// Of azimuth, rad.
    pub azimuth_rad: f64,
    /// Of elevation, rad.
    pub elevation_rad: f64,
    /// Of range rate, m/s.
    pub range_rate_mps: f64,
}

/// One measurement. Azimuths are clockwise from true north at the sensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Measurement {
    /// A position, from a sensor or claimed.
    Position {
        /// Where; its height is meaningless when `height_sigma_m` is absent.
        position: Geodetic,
        /// Standard deviation in the horizontal, each axis, m.
        horizontal_sigma_m: f64,
        /// Standard deviation of the height, m; absent when no height was measured.
        height_sigma_m: Option<f64>,
        /// Velocity east, north, up, m/s, when it came along.
        velocity_mps: Option<[f64; 3]>,
        /// Standard deviation of each velocity axis, m/s.
        velocity_sigma_mps: f64,
    },
    /// Slant range and azimuth from the sensor, with elevation and range rate where measured.
    Polar {
        /// Slant range, m.
        range_m: f64,
        /// Azimuth, rad.
        azimuth_rad: f64,
        /// Elevation above the sensor's horizontal, rad.
        elevation_rad: Option<f64>,
        /// Range rate, m/s, positive away.
        range_rate_mps: Option<f64>,
        /// A height reported beside (Mode C, 3-D radar): above the ellipsoid and its σ, m.
        height_m: Option<(f64, f64)>,
        /// Standard deviations.
        sigma: PolarSigma,
    },
    /// Azimuth, with elevation where measured; no range.
    Bearing {
        /// Azimuth, rad.
        azimuth_rad: f64,
        /// Elevation, rad.
        elevation_rad: Option<f64>,
        /// Standard deviation of azimuth, rad.
        azimuth_sigma_rad: f64,
        /// Standard deviation of elevation, rad.
        elevation_sigma_rad: f64,
    },
    /// Heard (or seen) here: no direction.
    Presence {
        /// How loud, dB above the node's threshold, where known.
        level_db: Option<f64>,
    },
    /// The same sound (or signal), heard by two nodes: how much later the other had it.
    TimeDifference {
        /// The other node's name in the site file.
        other: String,
        /// Where the other node stands.
        other_position: Geodetic,
        /// Time of reception at the other node less that at the reporting sensor, s.
        difference_s: f64,
        /// Standard deviation of that, with the clocks' error, s.
        sigma_s: f64,
    },
    /// Another tracker's state.
    SystemTrack {
        /// Where; the height is above the ellipsoid.
        position: Geodetic,
        /// The height as that tracker gave it, where it gave one.
        height: Option<Height>,
        /// Velocity east, north, up, m/s; the last 0 where unknown.
        velocity_mps: Option<[f64; 3]>,
        /// Covariance of east, north, up (m) and their rates (m/s), row-major.
        covariance: Box<[f64; 36]>,
    },
}
