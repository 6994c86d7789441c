//! ASTERIX datagrams into observations: plots (048) and sectors (034) of radars,
//! system tracks (062) and status (063, 065) of trackers, self-reports (021) of
//! ADS-B ground stations.

use crate::sensors::SELF_NAMED_MAX;
use crate::time_of_day::{Anchor, TimeOfDayClock};
use crate::{AsterixRole, FeedError, FeedNotice, Observation, SensorTable};
use lapwing_asterix::typed::{
    FT_M, Source, TypedView, cat021, cat034, cat048, cat062, cat063, cat065, views_with,
};
use lapwing_asterix::{Block, EditionFinder, blocks, is_known};
use lapwing_geo::{Geodetic, Height, HeightDatum, VerticalReference};
use lapwing_model::{
    Claims, Measurement, PolarSigma, RawRef, Report, SensorId, SystemTrackKey, Timestamp,
    TrackPhase,
};
use std::collections::BTreeSet;

/// Metres in a flight level.
const LEVEL_M: f64 = 100.0 * FT_M;
/// Taken where another tracker does not say how accurate it is: horizontal (m), height (m), velocity (m/s).
const UNSTATED: (f64, f64, f64) = (150.0, 100.0, 5.0);
/// 95 % radius of a two-dimensional normal distribution in standard deviations of one axis.
const SIGMAS_OF_95: f64 = 2.448;

/// The state of one ASTERIX feed.
pub(crate) struct AsterixFeed {
    clock: TimeOfDayClock,
    vertical: VerticalReference,
    finder: EditionFinder,
    /// Categories without a definition that have been spoken of.
    undefined: BTreeSet<u8>,
    undefined_blocks: u64,
    notices: Vec<FeedNotice>,
}

struct Context<'a> {
    sequence: u64,
    record: u32,
    received: Timestamp,
    sensors: &'a mut SensorTable,
    out: &'a mut Vec<Observation>,
    errors: &'a mut Vec<FeedError>,
}

impl Context<'_> {
    const fn raw(&self) -> RawRef {
        RawRef {
            sequence: self.sequence,
            record: self.record,
        }
    }

    /// The sensor of an address; an error where there are too many already.
    fn sensor(&mut self, role: AsterixRole, source: Source, offset: usize) -> Option<SensorId> {
        let id = self.sensors.by_address(role, source.sac, source.sic);
        if id.is_none() {
            self.errors.push(FeedError {
                offset,
                reason: format!(
                    "record {}: source {}/{} is not in the site file, and {SELF_NAMED_MAX} such sources have been taken; the record is not used. Is this feed ASTERIX? If so add a [[sensor]] with sac = {} sic = {}",
                    self.record, source.sac, source.sic, source.sac, source.sic
                ),
            });
        }
        id
    }

    fn lacks(&mut self, offset: usize, category: u8, what: &str) {
        self.errors.push(FeedError {
            offset,
            reason: format!(
                "category {category:03}, record {}: {what}; the record is not used",
                self.record
            ),
        });
    }
}

impl AsterixFeed {
    pub(crate) fn new(anchor: Anchor, vertical: VerticalReference) -> Self {
        Self {
            clock: TimeOfDayClock::new(anchor),
            vertical,
            finder: EditionFinder::default(),
            undefined: BTreeSet::new(),
            undefined_blocks: 0,
            notices: Vec::new(),
        }
    }

    pub(crate) const fn undefined_blocks(&self) -> u64 {
        self.undefined_blocks
    }

    pub(crate) fn take_notices(&mut self) -> Vec<FeedNotice> {
        std::mem::take(&mut self.notices)
    }

    pub(crate) fn push(
        &mut self,
        sequence: u64,
        received: Timestamp,
        bytes: &[u8],
        sensors: &mut SensorTable,
        out: &mut Vec<Observation>,
        errors: &mut Vec<FeedError>,
    ) {
        let mut context = Context {
            sequence,
            record: 0,
            received,
            sensors,
            out,
            errors,
        };
        for block in blocks(bytes) {
            match block {
                Ok(block) => self.block(block, &mut context),
                Err(error) => context.errors.push(FeedError {
                    offset: error.offset,
                    reason: error.to_string(),
                }),
            }
        }
    }

    fn block(&mut self, block: Block<'_>, context: &mut Context<'_>) {
        match block.category {
            21 => self.each(block, context, Self::self_report),
            34 => self.each(block, context, Self::radar_service),
            48 => self.each(block, context, Self::plot),
            62 => self.each(block, context, Self::system_track),
            63 => self.each(block, context, Self::sensor_status),
            65 => self.each(block, context, Self::tracker_status),
            // other categories carry nothing the picture uses; they stay in the recording
            known if is_known(known) => {}
            // their length says where the next block begins: nothing else is lost
            undefined => {
                self.undefined_blocks += 1;
                if self.undefined.insert(undefined) {
                    self.notices.push(FeedNotice(format!(
                        "category {undefined:03} has no definition: its data blocks are passed over and counted, here and from now on; is this feed ASTERIX?"
                    )));
                }
            }
        }
    }

    fn each<V: TypedView>(
        &mut self,
        block: Block<'_>,
        context: &mut Context<'_>,
        take: fn(&mut Self, &V, usize, &mut Context<'_>),
    ) {
        let found = self.finder.observe(block, V::reads);
        self.notices
            .extend(found.map(|f| FeedNotice(f.to_string())));
        let Some(edition) = self.finder.for_block(block) else {
            return;
        };
        for view in views_with::<V>(block, edition) {
            match view {
                Ok(view) => take(self, &view, block.offset, context),
                Err(error) => context.errors.push(FeedError {
                    offset: error.offset,
                    reason: error.to_string(),
                }),
            }
            context.record = context.record.saturating_add(1);
        }
    }

    /// The instant of a time of day, from a source whose address is known.
    fn when(
        &mut self,
        source: Option<Source>,
        time_of_day_s: Option<f64>,
        offset: usize,
        category: u8,
        context: &mut Context<'_>,
    ) -> Option<(Source, Timestamp)> {
        match (source, time_of_day_s) {
            (Some(source), Some(seconds)) => {
                Some((source, self.clock.instant(seconds, context.received)))
            }
            (None, _) => {
                context.lacks(offset, category, "no data source identifier (item 010)");
                None
            }
            (_, None) => {
                context.lacks(offset, category, "no time of day");
                None
            }
        }
    }

    fn radar_service(&mut self, v: &cat034::View, offset: usize, context: &mut Context<'_>) {
        let Some((source, time)) = self.when(v.source, v.time_of_day_s, offset, 34, context) else {
            return;
        };
        let Some(id) = context.sensor(AsterixRole::Radar, source, offset) else {
            return;
        };
        if let (Some(lat_deg), Some(lon_deg)) = (v.position_lat_deg, v.position_lon_deg) {
            let height_m = v.position_height_m.unwrap_or(0.0);
            if let Ok(position) = Geodetic::new(lat_deg, lon_deg, height_m).checked() {
                context.sensors.learn_position(id, position);
            }
        }
        let (time_bias_s, azimuth_bias_rad) = context
            .sensors
            .get(id)
            .map_or((0.0, 0.0), |s| (s.time_bias_s, s.azimuth_bias_rad));
        let time = time.plus_seconds(-time_bias_s);
        let azimuth_deg = match v.message_type {
            Some(cat034::NORTH_MARKER) => Some(0.0),
            Some(cat034::SECTOR_CROSSING) => v.sector_azimuth_deg,
            _ => None,
        };
        context.out.push(match azimuth_deg {
            Some(azimuth_deg) => Observation::Sector {
                sensor: id,
                time,
                azimuth_rad: lapwing_geo::wrap_two_pi(azimuth_deg.to_radians() - azimuth_bias_rad),
                turn_s: v.rotation_period_s.filter(|t| (0.1..=120.0).contains(t)),
            },
            None => Observation::Heartbeat { sensor: id, time },
        });
    }

    fn plot(&mut self, v: &cat048::View, offset: usize, context: &mut Context<'_>) {
        let Some((source, time)) = self.when(v.source, v.time_of_day_s, offset, 48, context) else {
            return;
        };
        // "no detection" (020 TYP 0) is a track's extrapolation, test targets are no targets
        if v.detection_type == Some(0) || v.test || v.fixed_transponder {
            return;
        }
        let Some(id) = context.sensor(AsterixRole::Radar, source, offset) else {
            return;
        };
        let (Some(range_m), Some(azimuth_deg)) = (v.range_m, v.azimuth_deg) else {
            return context.lacks(offset, 48, "no measured position (item 040)");
        };
        let Some(spec) = context.sensors.get(id) else {
            return;
        };
        if spec.position.is_none() {
            let reason = format!(
                "radar {}/{} has no position, so its plots have no place; give a site file with a [[sensor]] kind = \"radar\" sac = {} sic = {} and its lat_deg, lon_deg, height_m, height_datum",
                source.sac, source.sic, source.sac, source.sic
            );
            return context.lacks(offset, 48, &reason);
        }
        let height_m = match (v.height_msl_m, v.flight_level) {
            (Some(m), _) => Some((Height::new(m, HeightDatum::Msl), 100.0)),
            (None, Some(level)) if v.flight_level_valid => {
                Some((Height::new(level * LEVEL_M, HeightDatum::Pressure), 10.0))
            }
            _ => None,
        }
        .map(|(height, sigma)| {
            let (m, added) = self.vertical.to_ellipsoid_m(height);
            (m, added.hypot(sigma))
        });
        let rcs_dbsm = match (spec.radar_constant_db, v.psr_amplitude_dbm) {
            (Some(constant_db), Some(dbm)) if range_m > 1.0 => {
                Some(f64::from(dbm) + 40.0 * range_m.log10() - constant_db)
            }
            _ => None,
        };
        let report = Report {
            sensor: id,
            time: time.plus_seconds(-spec.time_bias_s),
            measurement: Measurement::Polar {
                range_m: range_m - spec.range_bias_m,
                azimuth_rad: lapwing_geo::wrap_two_pi(
                    azimuth_deg.to_radians() - spec.azimuth_bias_rad,
                ),
                elevation_rad: None,
                range_rate_mps: v.doppler_mps.filter(|_| !v.doppler_doubtful),
                height_m,
                sigma: PolarSigma {
                    range_m: spec.range_sigma_m,
                    azimuth_rad: spec.azimuth_sigma_rad,
                    elevation_rad: spec.elevation_sigma_rad,
                    range_rate_mps: spec.range_rate_sigma_mps,
                },
            },
            claims: Claims {
                icao24: v.address,
                mode_3a: v.mode_3a.filter(|_| v.mode_3a_valid),
                callsign: v
                    .callsign
                    .map(|t| t.trim().to_owned())
                    .filter(|t| !t.is_empty()),
                ..Claims::default()
            },
            rcs_dbsm,
            class_log_likelihoods: None,
            raw: context.raw(),
        };
        context.out.push(Observation::Report(report));
    }

    fn system_track(&mut self, v: &cat062::View, offset: usize, context: &mut Context<'_>) {
        let Some((source, time)) = self.when(v.source, v.time_of_day_s, offset, 62, context) else {
            return;
        };
        let Some(number) = v.track_number else {
            return context.lacks(offset, 62, "no track number (item 040)");
        };
        let (Some(lat_deg), Some(lon_deg)) = (v.lat_deg, v.lon_deg) else {
            return context.lacks(offset, 62, "no position in WGS 84 (item 105)");
        };
        let height = system_height(v);
        let (height_m, added) = height.map_or((0.0, 1000.0), |h| self.vertical.to_ellipsoid_m(h));
        let position = match Geodetic::new(lat_deg, lon_deg, height_m).checked() {
            Ok(position) => position,
            Err(error) => return context.lacks(offset, 62, &error.to_string()),
        };
        let Some(id) = context.sensor(AsterixRole::Tracker, source, offset) else {
            return;
        };
        let phase = if v.status.track_end {
            TrackPhase::Ended
        } else if v.status.tentative {
            TrackPhase::Tentative
        } else {
            TrackPhase::Confirmed
        };
        let velocity_mps = v
            .vx_mps
            .zip(v.vy_mps)
            .map(|(east, north)| [east, north, v.climb_mps.unwrap_or(0.0)]);
        let callsign = v.callsign.or(v.target_identification);
        let report = Report {
            sensor: id,
            time,
            measurement: Measurement::SystemTrack {
                position,
                height,
                velocity_mps,
                covariance: Box::new(system_covariance(v, lat_deg, added)),
            },
            claims: Claims {
                icao24: v.address,
                mode_3a: v.mode_3a,
                callsign: callsign
                    .map(|t| t.trim().to_owned())
                    .filter(|t| !t.is_empty()),
                remote_id: None,
                system_track: Some((
                    SystemTrackKey {
                        source: id,
                        number: u32::from(number),
                    },
                    phase,
                )),
            },
            rcs_dbsm: None,
            class_log_likelihoods: None,
            raw: context.raw(),
        };
        context.out.push(Observation::Report(report));
    }

    fn sensor_status(&mut self, v: &cat063::View, offset: usize, context: &mut Context<'_>) {
        // item 050 names the sensor; without it the message speaks of the tracker itself
        if let Some((source, time)) = self.when(v.source, v.time_of_day_s, offset, 63, context) {
            let Some(id) = context.sensor(AsterixRole::Tracker, source, offset) else {
                return;
            };
            context
                .out
                .push(Observation::Heartbeat { sensor: id, time });
        }
    }

    fn tracker_status(&mut self, v: &cat065::View, offset: usize, context: &mut Context<'_>) {
        if let Some((source, time)) = self.when(v.source, v.time_of_day_s, offset, 65, context) {
            let Some(id) = context.sensor(AsterixRole::Tracker, source, offset) else {
                return;
            };
            context
                .out
                .push(Observation::Heartbeat { sensor: id, time });
        }
    }

    fn self_report(&mut self, v: &cat021::View, offset: usize, context: &mut Context<'_>) {
        let seconds = v
            .time_of_position_s
            .or(v.time_received_position_s)
            .or(v.time_sent_s);
        let Some((source, time)) = self.when(v.source, seconds, offset, 21, context) else {
            return;
        };
        if v.on_ground || v.test {
            return;
        }
        let (Some(lat_deg), Some(lon_deg), Some(address)) = (v.lat_deg, v.lon_deg, v.address)
        else {
            return context.lacks(offset, 21, "no position (130, 131) or no address (080)");
        };
        let height = match (v.height_ellipsoid_m, v.flight_level) {
            (Some(m), _) => Some(Height::new(m, HeightDatum::Ellipsoid)),
            (None, Some(level)) => Some(Height::new(level * LEVEL_M, HeightDatum::Pressure)),
            _ => None,
        }
        .map(|h| self.vertical.to_ellipsoid_m(h));
        let height_m = height.map_or(0.0, |(m, _)| m);
        let Ok(position) = Geodetic::new(lat_deg, lon_deg, height_m).checked() else {
            return context.lacks(offset, 21, "a position that is none");
        };
        let Some(id) = context.sensor(AsterixRole::Receiver, source, offset) else {
            return;
        };
        let accuracy_95_m = v
            .nac_p
            .and_then(lapwing_modes::accuracy::nac_p_epu_m)
            .unwrap_or(500.0);
        let velocity_mps = v.ground_speed_mps.zip(v.track_deg).map(|(speed, track)| {
            let (sin, cos) = track.to_radians().sin_cos();
            let up = v.climb_geometric_mps.or(v.climb_barometric_mps);
            [speed * sin, speed * cos, up.unwrap_or(0.0)]
        });
        let report = Report {
            sensor: id,
            time,
            measurement: Measurement::Position {
                position,
                horizontal_sigma_m: (accuracy_95_m / SIGMAS_OF_95).max(3.0),
                height_sigma_m: height.map(|(_, added)| added.hypot(15.0)),
                velocity_mps,
                velocity_sigma_mps: 2.0,
            },
            claims: Claims {
                icao24: Some(address),
                callsign: v
                    .callsign
                    .map(|t| t.trim().to_owned())
                    .filter(|t| !t.is_empty()),
                ..Claims::default()
            },
            rcs_dbsm: None,
            class_log_likelihoods: None,
            raw: context.raw(),
        };
        context.out.push(Observation::Report(report));
    }
}

fn system_height(v: &cat062::View) -> Option<Height> {
    if let Some(m) = v.height_ellipsoid_m {
        return Some(Height::new(m, HeightDatum::Ellipsoid));
    }
    if let Some(m) = v.height_msl_m {
        return Some(Height::new(m, HeightDatum::Msl));
    }
    match (v.barometric_level, v.flight_level) {
        (Some(level), _) if v.qnh_corrected => Some(Height::new(level * LEVEL_M, HeightDatum::Msl)),
        (Some(level), _) | (None, Some(level)) => {
            Some(Height::new(level * LEVEL_M, HeightDatum::Pressure))
        }
        _ => None,
    }
}

/// The covariance of item 500, or the customary one where it is silent.
fn system_covariance(v: &cat062::View, lat_deg: f64, height_added_m: f64) -> [f64; 36] {
    let a = &v.accuracy;
    let metres_per_degree = 111_320.0;
    let east = a
        .x_m
        .or_else(|| {
            a.lon_deg
                .map(|d| d * metres_per_degree * lat_deg.to_radians().cos())
        })
        .unwrap_or(UNSTATED.0);
    let north = a
        .y_m
        .or_else(|| a.lat_deg.map(|d| d * metres_per_degree))
        .unwrap_or(UNSTATED.0);
    let up = a
        .height_m
        .or_else(|| a.barometric_level.map(|l| l * LEVEL_M))
        .unwrap_or(UNSTATED.1)
        .hypot(height_added_m);
    let speed_east = a.vx_mps.unwrap_or(UNSTATED.2);
    let speed_north = a.vy_mps.unwrap_or(UNSTATED.2);
    let climb = a.climb_mps.unwrap_or(UNSTATED.2);
    let sigmas = [east, north, up, speed_east, speed_north, climb];
    let mut covariance = [0.0; 36];
    for (i, sigma) in sigmas.iter().enumerate() {
        // a deviation of nothing at all is a rounding, not a certainty
        if let Some(cell) = covariance.get_mut(i * 7) {
            *cell = sigma.max(0.1).powi(2);
        }
    }
    if let Some(root) = a.xy_m {
        let limit = 0.99 * east.max(0.1) * north.max(0.1);
        let cross = (root.abs() * root).clamp(-limit, limit);
        for index in [1, 6] {
            if let Some(cell) = covariance.get_mut(index) {
                *cell = cross;
            }
        }
    }
    covariance
}
