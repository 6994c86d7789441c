//! A sector of a radar as one datagram: its plots (EUROCONTROL SPEC-0149 Part
//! 4, CAT048), then the crossing of its far edge (Part 2b, CAT034), so that
//! the edge says that no more plots of the sector can come.

use super::radar::{Echo, SECTORS};
use crate::traffic::Transponder;
use lapwing_asterix::typed::{Source, cat034, cat048};
use lapwing_asterix::write_block;
use lapwing_model::Timestamp;

/// Feet in a flight level, m.
const FLIGHT_LEVEL_M: f64 = 30.48;
/// TYP of a primary plot.
const PSR: u8 = 1;
/// TYP of a Mode S roll-call reply.
const ROLL_CALL: u8 = 5;
/// TYP of both together.
const ROLL_CALL_AND_PSR: u8 = 7;

/// What a transponder said when the beam passed.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) transponder: Transponder,
    pub(super) height_m: f64,
}

/// The far edge of a sector.
pub(super) struct SectorEnd {
    pub(super) time: Timestamp,
    /// How many sectors from north the edge is.
    pub(super) sector: u32,
    pub(super) turn_s: f64,
}

fn time_of_day_s(time: Timestamp) -> f64 {
    // the last 1/256 s of the day would round up to a time that no day has
    time.seconds_since(time.midnight())
        .min(86_400.0 - 1.0 / 128.0)
}

fn primary(
    source: Source,
    echo: &Echo,
    time: Timestamp,
    amplitude_dbm: Option<i8>,
) -> cat048::Plot {
    let mut plot = cat048::Plot::primary(
        source,
        time_of_day_s(time),
        echo.range_m,
        echo.azimuth_rad.to_degrees(),
    );
    plot.detection_type = PSR;
    plot.psr_amplitude_dbm = amplitude_dbm;
    plot
}

/// A plot with a transponder's reply; the callsign's item is one that only the general encoder writes.
fn secondary(
    source: Source,
    echo: &Echo,
    time: Timestamp,
    amplitude_dbm: Option<i8>,
    reply: &Reply,
    out: &mut Vec<u8>,
) -> Option<()> {
    let kind = if amplitude_dbm.is_some() {
        ROLL_CALL_AND_PSR
    } else {
        ROLL_CALL
    };
    let callsign = &reply.transponder.callsign;
    let mut record = lapwing_asterix::RecordBuilder::newest(48).ok()?;
    let mut set = || -> Result<(), lapwing_asterix::EncodeError> {
        record
            .set("010/SAC", source.sac)?
            .set("010/SIC", source.sic)?
            .set("140", time_of_day_s(time))?
            .set("020/TYP", kind)?
            .set("040/RHO", echo.range_m / lapwing_asterix::typed::NM_M)?
            .set(
                "040/THETA",
                lapwing_geo::wrap_two_pi(echo.azimuth_rad)
                    .to_degrees()
                    .min(359.99),
            )?
            .set(
                "070/MODE3A",
                format!("{:04o}", reply.transponder.mode_3a).as_str(),
            )?
            .set("090/FL", reply.height_m / FLIGHT_LEVEL_M)?
            .set("220", reply.transponder.icao24)?
            .set("240", callsign.as_str())?;
        if let Some(amplitude_dbm) = amplitude_dbm {
            record.set("130/PAM", i64::from(amplitude_dbm))?;
        }
        Ok(())
    };
    set().ok()?;
    record.build().encode_into(out).ok()
}

/// The datagram of a sector. A plot that a format cannot hold is left out: it would not have been sent.
pub(super) fn datagram(
    (sac, sic): (u8, u8),
    echoes: &[Echo],
    stated: impl Fn(&Echo) -> Timestamp,
    end: &SectorEnd,
) -> Option<Vec<u8>> {
    let source = Source { sac, sic };
    let mut plots = Vec::new();
    for echo in echoes {
        let amplitude_dbm = echo
            .amplitude_dbm
            .map(|a| a.round().clamp(-128.0, 127.0) as i8);
        let length = plots.len();
        let written = match &echo.reply {
            None => primary(source, echo, stated(echo), amplitude_dbm)
                .encode_into(&mut plots)
                .ok(),
            Some(reply) => secondary(source, echo, stated(echo), amplitude_dbm, reply, &mut plots),
        };
        if written.is_none() {
            plots.truncate(length);
        }
    }
    let mut service = Vec::new();
    let mut message = |message_type, sector_azimuth_deg| {
        cat034::Message {
            source,
            message_type,
            time_of_day_s: time_of_day_s(end.time),
            sector_azimuth_deg,
            rotation_period_s: Some(end.turn_s),
        }
        .encode_into(&mut service)
        .ok()
    };
    message(
        cat034::SECTOR_CROSSING,
        Some(360.0 * f64::from(end.sector) / f64::from(SECTORS)),
    )?;
    if end.sector == 0 {
        message(cat034::NORTH_MARKER, None)?;
    }
    let mut bytes = Vec::with_capacity(plots.len() + service.len() + 6);
    if !plots.is_empty() {
        write_block(&mut bytes, 48, &plots).ok()?;
    }
    write_block(&mut bytes, 34, &service).ok()?;
    Some(bytes)
}
