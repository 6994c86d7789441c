//! The JSON form of a report, one object a line: how a sensor without a wire
//! format of its own joins in, and what the simulator writes for such sensors.
//!
//! Degrees and metres, with the unit in every key; unknown keys are errors.

use crate::{
    Claims, Class, Measurement, PolarSigma, RawRef, Report, SensorId, SensorSpec, Timestamp,
};
use lapwing_geo::{Geodetic, Height, VerticalReference};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// Longest name of another node that is kept, characters.
const NAME_MAX: usize = 64;

/// One line of the JSON form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportJson {
    /// The sensor's name in the site file.
    pub sensor: String,
    /// Time of applicability, RFC 3339 UTC.
    pub time: Timestamp,
    /// What was measured.
    pub measurement: MeasurementJson,
    /// What is claimed along with it.
    #[serde(default, skip_serializing_if = "ClaimsJson::is_empty")]
    pub claims: ClaimsJson,
    /// Radar cross-section, dBm².
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rcs_dbsm: Option<f64>,
    /// Log-likelihood of each class named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub class_log_likelihoods: BTreeMap<Class, f64>,
}

/// The measurement of a [`ReportJson`], or a sign of life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum MeasurementJson {
    /// A position.
    Position {
        /// Degrees north.
        lat_deg: f64,
        /// Degrees east.
        lon_deg: f64,
        /// Horizontal standard deviation, each axis, m.
        sigma_m: f64,
        /// Height with its datum.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        height: Option<Height>,
        /// Standard deviation of the height, m.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        height_sigma_m: Option<f64>,
        /// Velocity east, north, up, m/s.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        velocity_mps: Option<[f64; 3]>,
    },
    /// Range and azimuth from the sensor.
    Polar {
        /// Slant range, m.
        range_m: f64,
        /// Azimuth, degrees clockwise from true north.
        azimuth_deg: f64,
        /// Elevation, degrees.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        elevation_deg: Option<f64>,
        /// Range rate, m/s, positive away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range_rate_mps: Option<f64>,
    },
    /// A direction from the sensor.
    Bearing {
        /// Azimuth, degrees clockwise from true north.
        azimuth_deg: f64,
        /// Its standard deviation, degrees; else the sensor's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        azimuth_sigma_deg: Option<f64>,
        /// Elevation, degrees.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        elevation_deg: Option<f64>,
        /// Its standard deviation, degrees; else the sensor's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        elevation_sigma_deg: Option<f64>,
    },
    /// Heard or seen here.
    Presence {
        /// How loud, dB above the threshold.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level_db: Option<f64>,
    },
    /// The same sound, heard by this sensor and by another.
    TimeDifference {
        /// The other node's name.
        other: String,
        /// Where it stands, degrees north.
        other_lat_deg: f64,
        /// Degrees east.
        other_lon_deg: f64,
        /// Its height with its datum.
        other_height: Height,
        /// Time of reception there less that here, s.
        difference_s: f64,
        /// Standard deviation of that, s.
        sigma_s: f64,
    },
    /// Nothing detected: the sensor is alive and was looking.
    Heartbeat {},
}

/// Claims of a [`ReportJson`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimsJson {
    /// ICAO 24-bit address, six hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icao24: Option<String>,
    /// Callsign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callsign: Option<String>,
    /// Remote ID serial or session id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_id: Option<String>,
}

impl ClaimsJson {
    /// Whether nothing is claimed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a line that parses is not a report.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ReportJsonError {
    /// The position is none.
    #[error("measurement: {0}")]
    Position(#[from] lapwing_geo::PositionError),
    /// A number is outside what it can be.
    #[error("measurement.{field}: {value} is not {expected}")]
    Range {
        /// Which key.
        field: &'static str,
        /// What it held.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// An address is not six hex digits.
    #[error("claims.icao24: `{0}` is not six hex digits")]
    Icao24(String),
}

fn within(
    field: &'static str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    expected: &'static str,
) -> Result<f64, ReportJsonError> {
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(ReportJsonError::Range {
            field,
            value,
            expected,
        })
    }
}

impl ReportJson {
    /// The report this line makes for a sensor; `None` for a heartbeat.
    ///
    /// Heights are taken to the ellipsoid by `vertical`, whose own error is added.
    ///
    /// # Errors
    /// A value outside its range, named.
    pub fn to_report(
        &self,
        id: SensorId,
        spec: &SensorSpec,
        vertical: &VerticalReference,
        raw: RawRef,
    ) -> Result<Option<Report>, ReportJsonError> {
        let measurement = match &self.measurement {
            MeasurementJson::Heartbeat {} => return Ok(None),
            MeasurementJson::Position {
                lat_deg,
                lon_deg,
                sigma_m,
                height,
                height_sigma_m,
                velocity_mps,
            } => {
                let (height_m, height_sigma_m) = match height {
                    None => (0.0, None),
                    Some(h) => {
                        let (m, added) = vertical.to_ellipsoid_m(*h);
                        let sigma = height_sigma_m.unwrap_or(50.0);
                        let sigma = within(
                            "height_sigma_m",
                            sigma,
                            0.1..=1e5,
                            "between 0.1 and 100000 m",
                        )?;
                        (m, Some(sigma.hypot(added)))
                    }
                };
                if let Some(v) = velocity_mps {
                    for axis in v {
                        within("velocity_mps", *axis, -1e4..=1e4, "within ±10000 m/s")?;
                    }
                }
                Measurement::Position {
                    position: Geodetic::new(*lat_deg, *lon_deg, height_m).checked()?,
                    horizontal_sigma_m: within(
                        "sigma_m",
                        *sigma_m,
                        0.1..=1e6,
                        "between 0.1 and 1000000 m",
                    )?,
                    height_sigma_m,
                    velocity_mps: *velocity_mps,
                    velocity_sigma_mps: 2.0,
                }
            }
            MeasurementJson::Polar {
                range_m,
                azimuth_deg,
                elevation_deg,
                range_rate_mps,
            } => Measurement::Polar {
                range_m: within("range_m", *range_m, 0.0..=1e7, "between 0 and 10000 km")?,
                azimuth_rad: azimuth("azimuth_deg", *azimuth_deg)?,
                elevation_rad: elevation_deg.map(elevation).transpose()?,
                range_rate_mps: range_rate_mps
                    .map(|v| within("range_rate_mps", v, -1e4..=1e4, "within ±10000 m/s"))
                    .transpose()?,
                height_m: None,
                sigma: PolarSigma {
                    range_m: spec.range_sigma_m,
                    azimuth_rad: spec.azimuth_sigma_rad,
                    elevation_rad: spec.elevation_sigma_rad,
                    range_rate_mps: spec.range_rate_sigma_mps,
                },
            },
            MeasurementJson::Bearing {
                azimuth_deg,
                azimuth_sigma_deg,
                elevation_deg,
                elevation_sigma_deg,
            } => Measurement::Bearing {
                azimuth_rad: azimuth("azimuth_deg", *azimuth_deg)?,
                elevation_rad: elevation_deg.map(elevation).transpose()?,
                azimuth_sigma_rad: sigma("azimuth_sigma_deg", *azimuth_sigma_deg)?
                    .unwrap_or(spec.azimuth_sigma_rad),
                elevation_sigma_rad: sigma("elevation_sigma_deg", *elevation_sigma_deg)?
                    .unwrap_or(spec.elevation_sigma_rad),
            },
            MeasurementJson::Presence { level_db } => Measurement::Presence {
                level_db: *level_db,
            },
            MeasurementJson::TimeDifference {
                other,
                other_lat_deg,
                other_lon_deg,
                other_height,
                difference_s,
                sigma_s,
            } => {
                let (height_m, _) = vertical.to_ellipsoid_m(*other_height);
                Measurement::TimeDifference {
                    other: other.chars().take(NAME_MAX).collect(),
                    other_position: Geodetic::new(*other_lat_deg, *other_lon_deg, height_m)
                        .checked()?,
                    difference_s: within(
                        "difference_s",
                        *difference_s,
                        -600.0..=600.0,
                        "within ±600 s",
                    )?,
                    sigma_s: within("sigma_s", *sigma_s, 1e-6..=60.0, "between 1e-6 and 60 s")?,
                }
            }
        };
        let icao24 = match &self.claims.icao24 {
            None => None,
            Some(text) => Some(
                u32::from_str_radix(text, 16)
                    .ok()
                    .filter(|a| text.len() == 6 && *a < 1 << 24)
                    .ok_or_else(|| ReportJsonError::Icao24(text.chars().take(16).collect()))?,
            ),
        };
        let class_log_likelihoods = (!self.class_log_likelihoods.is_empty()).then(|| {
            let mut all = [0.0; 6];
            for (class, value) in &self.class_log_likelihoods {
                // one dwell never decides: capped at ±3
                all[*class as usize] = value.clamp(-3.0, 3.0);
            }
            all
        });
        Ok(Some(Report {
            sensor: id,
            time: self.time.plus_seconds(-spec.time_bias_s),
            measurement,
            claims: Claims {
                icao24,
                mode_3a: None,
                callsign: self.claims.callsign.clone(),
                remote_id: self.claims.remote_id.clone(),
                system_track: None,
            },
            rcs_dbsm: self.rcs_dbsm.filter(|r| r.is_finite()),
            class_log_likelihoods,
            raw,
        }))
    }
}

fn azimuth(field: &'static str, deg: f64) -> Result<f64, ReportJsonError> {
    within(field, deg, -360.0..=360.0, "between -360 and 360 degrees")
        .map(|d| lapwing_geo::wrap_two_pi(d.to_radians()))
}

fn elevation(deg: f64) -> Result<f64, ReportJsonError> {
    within(
        "elevation_deg",
        deg,
        -90.0..=90.0,
        "between -90 and 90 degrees",
    )
    .map(f64::to_radians)
}

fn sigma(field: &'static str, deg: Option<f64>) -> Result<Option<f64>, ReportJsonError> {
    deg.map(|d| within(field, d, 0.01..=180.0, "between 0.01 and 180 degrees").map(f64::to_radians))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SensorKind;

    fn report(line: &str) -> Result<Option<Report>, String> {
        let parsed: ReportJson = serde_json::from_str(line).map_err(|e| e.to_string())?;
        parsed
            .to_report(
                SensorId(0),
                &SensorSpec::of_kind("s", SensorKind::AcousticArray),
                &VerticalReference::default(),
                RawRef::default(),
            )
            .map_err(|e| e.to_string())
    }

    #[test]
    fn a_bearing_is_read_in_radians_with_the_sensors_own_error() {
        let r = report(
            r#"{"sensor":"s","time":"2026-11-22T17:00:00Z","measurement":{"kind":"bearing","azimuth_deg":-90}}"#,
        )
        .unwrap()
        .unwrap();
        let Measurement::Bearing {
            azimuth_rad,
            azimuth_sigma_rad,
            ..
        } = r.measurement
        else {
            panic!("{r:?}")
        };
        assert!((azimuth_rad.to_degrees() - 270.0).abs() < 1e-9);
        assert!((azimuth_sigma_rad.to_degrees() - 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_time_difference_names_the_other_node_and_where_it_stands() {
        let r = report(
            r#"{"sensor":"s","time":"2026-11-22T17:00:00Z","measurement":{"kind":"time_difference","other":"n7","other_lat_deg":55.1,"other_lon_deg":-4,"other_height":{"m":30,"datum":"ellipsoid"},"difference_s":-2.5,"sigma_s":0.02}}"#,
        )
        .unwrap()
        .unwrap();
        let expected = Measurement::TimeDifference {
            other: "n7".into(),
            other_position: Geodetic::new(55.1, -4.0, 30.0),
            difference_s: -2.5,
            sigma_s: 0.02,
        };
        assert_eq!(r.measurement, expected);
    }

    #[test]
    fn bad_lines_say_what_is_wrong() {
        let line = |m: &str| {
            format!(r#"{{"sensor":"s","time":"2026-11-22T17:00:00Z","measurement":{m}}}"#)
        };
        for (measurement, expected) in [
            (r#"{"kind":"bearing","azimuth_deg":1000}"#, "azimuth_deg"),
            (
                r#"{"kind":"bearing","azimuth":1}"#,
                "unknown field `azimuth`",
            ),
            (
                r#"{"kind":"time_difference","other":"n","other_lat_deg":1,"other_lon_deg":0,"other_height":{"m":1,"datum":"msl"},"difference_s":1,"sigma_s":0}"#,
                "sigma_s",
            ),
            (r#"{"kind":"smell"}"#, "unknown variant `smell`"),
            (
                r#"{"kind":"position","lat_deg":91,"lon_deg":0,"sigma_m":5}"#,
                "latitude 91",
            ),
            (
                r#"{"kind":"position","lat_deg":1,"lon_deg":0,"sigma_m":0}"#,
                "sigma_m",
            ),
        ] {
            let error = report(&line(measurement)).unwrap_err();
            assert!(error.contains(expected), "{measurement}: {error}");
        }
    }

    #[test]
    fn a_heartbeat_is_no_report() {
        let line =
            r#"{"sensor":"s","time":"2026-11-22T17:00:00Z","measurement":{"kind":"heartbeat"}}"#;
        assert_eq!(report(line), Ok(None));
    }
}
