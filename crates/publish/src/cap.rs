//! A warning as a CAP 1.2 message (OASIS, *Common Alerting Protocol Version 1.2*,
//! 1 July 2010): what leaves the house for sirens, phones and broadcasters.
//!
//! | warning | msgType | urgency | severity | certainty | responseType |
//! |---|---|---|---|---|---|
//! | advisory | Alert, then Update | Expected | Moderate | by probability | Monitor |
//! | prepare | Alert, then Update | Expected | Severe | by probability | Prepare |
//! | act | Alert, then Update | Immediate | Extreme | by probability | Shelter |
//! | all clear | Update | Past | Minor | Unlikely | AllClear |
//! | cancelled by an operator | Cancel | Past | Minor | Unlikely | AllClear |
//!
//! Certainty is Likely from even odds of arrival within 20 min, below it Possible.
//! The same version always gives the same message under the same identifier, which
//! carries the time of issue so that it stays unique when a node starts anew.

use lapwing_cap::{
    Alert, Area, CapTime, Category, Certainty, Circle, Info, MsgType, NamedValue, Point, Polygon,
    Reference, ResponseType, Scope, Severity, Status, TimeError, Urgency,
};
use lapwing_model::{NANOS_PER_S, Place, Stage, Timestamp, Warning, WarningState};

/// A message says nothing after this long, s; or after the expected arrival and half of it.
const VALID_S: f64 = 3_600.0;

const EVENT: &str = "Unidentified aircraft warning";

/// The message for one version of a warning.
///
/// `sender` is a globally unique name such as a domain name, without spaces or
/// commas. `previous` are the versions that were sent before, in any order; where
/// a later version comes with none, it refers to the first.
///
/// # Errors
/// A time outside the years 1 to 9999.
pub fn to_cap(
    warning: &Warning,
    place: &Place,
    sender: &str,
    previous: &[Warning],
) -> Result<Alert, TimeError> {
    let msg_type = match warning.state {
        WarningState::Cancelled => MsgType::Cancel,
        _ if warning.version > 1 => MsgType::Update,
        _ => MsgType::Alert,
    };
    let status = if warning.exercise {
        Status::Exercise
    } else {
        Status::Actual
    };
    let mut alert = Alert::new(
        identifier(warning, warning.version),
        sender,
        cap_time(warning.updated)?,
        status,
        msg_type,
        Scope::Public,
    );
    alert.source = Some("Lapwing".to_owned());
    alert.incidents = vec![warning.id.to_string()];
    alert.references = references(warning, sender, previous)?;
    if warning.exercise {
        alert.note = Some("Exercise only: nobody outside it is to act on this.".to_owned());
    } else if let Some((_, reason)) = warning
        .cancelled
        .as_ref()
        .filter(|c| !c.1.trim().is_empty())
    {
        alert.note = Some(reason.clone());
    }
    alert.infos = vec![info(warning, place)?];
    Ok(alert)
}

fn identifier(warning: &Warning, version: u32) -> String {
    let kind = if warning.exercise { "exercise-" } else { "" };
    let issued_s = warning.issued.0.div_euclid(NANOS_PER_S);
    format!("lapwing-{kind}{}-{issued_s}-v{version}", warning.id)
}

fn references(
    warning: &Warning,
    sender: &str,
    previous: &[Warning],
) -> Result<Vec<Reference>, TimeError> {
    let mut earlier: Vec<(u32, Timestamp)> = previous
        .iter()
        .filter(|p| p.id == warning.id && p.version < warning.version)
        .map(|p| (p.version, p.updated))
        .collect();
    earlier.sort_unstable();
    earlier.dedup();
    if earlier.is_empty() && warning.version > 1 {
        earlier.push((1, warning.issued));
    }
    earlier
        .into_iter()
        .map(|(version, sent)| {
            Ok(Reference {
                sender: sender.to_owned(),
                identifier: identifier(warning, version),
                sent: cap_time(sent)?,
            })
        })
        .collect()
}

fn info(warning: &Warning, place: &Place) -> Result<Info, TimeError> {
    let name = if warning.place_name.trim().is_empty() {
        &place.id.0
    } else {
        &warning.place_name
    };
    let words = words(warning, name);
    let p20 = warning.p_within[3];
    let certainty = match (words.over, p20 >= 0.5) {
        (true, _) => Certainty::Unlikely,
        (false, true) => Certainty::Likely,
        (false, false) => Certainty::Possible,
    };
    let mut info = Info::new(
        Category::Safety,
        EVENT,
        words.urgency,
        words.severity,
        certainty,
    );
    info.language = Some("en-GB".to_owned());
    info.response_types = vec![words.response];
    info.effective = Some(cap_time(warning.updated)?);
    if !words.over {
        info.onset = warning.arrival.map(|a| cap_time(a.p05)).transpose()?;
    }
    info.expires = Some(cap_time(expires(warning))?);
    let exercise = |text: String| {
        if warning.exercise {
            format!("EXERCISE. {text}")
        } else {
            text
        }
    };
    info.headline = Some(exercise(words.headline));
    info.description = Some(exercise(words.description));
    info.instruction = Some(exercise(words.instruction.to_owned()));
    info.parameters = vec![
        NamedValue::new("lapwing:warning", warning.id.to_string()),
        NamedValue::new("lapwing:version", warning.version.to_string()),
        NamedValue::new("lapwing:stage", warning.stage.as_str()),
        NamedValue::new("lapwing:state", warning.state.as_str()),
        NamedValue::new(
            "lapwing:p_within_2_6_10_20_min",
            warning.p_within.map(|p| format!("{p:.3}")).join(" "),
        ),
    ];
    if !warning.why.is_empty() {
        info.parameters
            .push(NamedValue::new("lapwing:why", warning.why.clone()));
    }
    info.areas = vec![area(place, name)];
    Ok(info)
}

struct Words {
    over: bool,
    urgency: Urgency,
    severity: Severity,
    response: ResponseType,
    headline: String,
    description: String,
    instruction: &'static str,
}

fn words(warning: &Warning, name: &str) -> Words {
    let coming = || {
        let percent = (warning.p_within[3] * 100.0).round();
        let mut text = format!(
            "An aircraft that has not been identified as harmless may come to {name} within \
             20 minutes (probability about {percent} %)."
        );
        if let Some(a) = warning.arrival {
            text += &format!(
                " It is expected at {} UTC, between {} and {}.",
                clock(a.p50),
                clock(a.p05),
                clock(a.p95)
            );
        }
        text
    };
    if warning.state == WarningState::Cancelled {
        return Words {
            over: true,
            urgency: Urgency::Past,
            severity: Severity::Minor,
            response: ResponseType::AllClear,
            headline: format!("Warning for {name} withdrawn"),
            description: format!(
                "The warning for {name} has been withdrawn by the operator on duty."
            ),
            instruction: "You need not act on the earlier warning.",
        };
    }
    match warning.stage {
        Stage::Advisory => Words {
            over: false,
            urgency: Urgency::Expected,
            severity: Severity::Moderate,
            response: ResponseType::Monitor,
            headline: format!("Be ready: an unidentified aircraft may approach {name}"),
            description: coming(),
            instruction: "Stay near a safe room and follow further messages.",
        },
        Stage::Prepare => Words {
            over: false,
            urgency: Urgency::Expected,
            severity: Severity::Severe,
            response: ResponseType::Prepare,
            headline: format!("Prepare: an unidentified aircraft is approaching {name}"),
            description: coming(),
            instruction: "Prepare to take shelter: go indoors, help those who need longer, and keep \
                          away from windows.",
        },
        Stage::Act => Words {
            over: false,
            urgency: Urgency::Immediate,
            severity: Severity::Extreme,
            response: ResponseType::Shelter,
            headline: format!(
                "Take shelter now: an unidentified aircraft is about to reach {name}"
            ),
            description: coming(),
            instruction: "Take shelter now, in a cellar or an inner room without windows. Stay there \
                          until the all clear.",
        },
        Stage::AllClear => Words {
            over: true,
            urgency: Urgency::Past,
            severity: Severity::Minor,
            response: ResponseType::AllClear,
            headline: format!("All clear for {name}"),
            description: format!("No aircraft is expected at {name} any more."),
            instruction: "You may leave shelter.",
        },
    }
}

fn area(place: &Place, name: &str) -> Area {
    let point = |g: lapwing_geo::Geodetic| Point {
        lat_deg: g.lat_deg,
        lon_deg: g.lon_deg,
    };
    let mut area = Area::new(name);
    match &place.area {
        lapwing_geo::Area::Disc { centre, radius_m } => area.circles.push(Circle {
            centre: point(*centre),
            radius_km: radius_m / 1_000.0,
        }),
        lapwing_geo::Area::Polygon(polygon) => {
            let corners = polygon.corners().iter().map(|&g| point(g)).collect();
            area.polygons.push(Polygon::closed(corners));
        }
    }
    area
}

fn expires(warning: &Warning) -> Timestamp {
    let usual = warning.updated.plus_seconds(VALID_S);
    warning
        .arrival
        .map_or(usual, |a| usual.max(a.p95.plus_seconds(VALID_S / 2.0)))
}

fn cap_time(time: Timestamp) -> Result<CapTime, TimeError> {
    CapTime::utc(time.0.div_euclid(NANOS_PER_S))
}

fn clock(time: Timestamp) -> String {
    let minutes = time.0.div_euclid(60 * NANOS_PER_S).rem_euclid(1_440);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_model::{Arrival, PlaceId, WarningId};

    const T_S: i64 = 1_795_366_800;

    fn at(s: i64) -> Timestamp {
        Timestamp((T_S + s) * NANOS_PER_S)
    }

    fn disc() -> Place {
        Place {
            id: PlaceId("harbour".into()),
            name: "North harbour".into(),
            area: lapwing_geo::Area::disc(lapwing_geo::Geodetic::new(1.5, -20.25, 0.0), 3_000.0)
                .unwrap(),
            lead_time_s: 300.0,
        }
    }

    fn warning(version: u32, stage: Stage, state: WarningState) -> Warning {
        Warning {
            id: WarningId("1-w7".into()),
            version,
            place: PlaceId("harbour".into()),
            place_name: "North harbour".into(),
            stage,
            state,
            issued: at(0),
            updated: at(i64::from(version) * 60 - 60),
            why: "track 1-42 <&\"> seen by radar-north".into(),
            tracks: Vec::new(),
            p_within: [0.0, 0.2, 0.4, 0.62],
            arrival: Some(Arrival {
                p05: at(400),
                p50: at(450),
                p95: at(500),
            }),
            acknowledged_by: None,
            cancelled: None,
            exercise: false,
        }
    }

    #[test]
    fn every_kind_of_version_is_a_valid_message_and_survives_the_wire() {
        use WarningState::{Acknowledged, Active, Cancelled, Ended};
        for (version, stage, state, expected) in [
            (
                1,
                Stage::Advisory,
                Active,
                (
                    MsgType::Alert,
                    Urgency::Expected,
                    Severity::Moderate,
                    Certainty::Likely,
                    ResponseType::Monitor,
                ),
            ),
            (
                1,
                Stage::Act,
                Active,
                (
                    MsgType::Alert,
                    Urgency::Immediate,
                    Severity::Extreme,
                    Certainty::Likely,
                    ResponseType::Shelter,
                ),
            ),
            (
                2,
                Stage::Prepare,
                Active,
                (
                    MsgType::Update,
                    Urgency::Expected,
                    Severity::Severe,
                    Certainty::Likely,
                    ResponseType::Prepare,
                ),
            ),
            (
                3,
                Stage::Act,
                Acknowledged,
                (
                    MsgType::Update,
                    Urgency::Immediate,
                    Severity::Extreme,
                    Certainty::Likely,
                    ResponseType::Shelter,
                ),
            ),
            (
                4,
                Stage::AllClear,
                Ended,
                (
                    MsgType::Update,
                    Urgency::Past,
                    Severity::Minor,
                    Certainty::Unlikely,
                    ResponseType::AllClear,
                ),
            ),
            (
                4,
                Stage::Act,
                Cancelled,
                (
                    MsgType::Cancel,
                    Urgency::Past,
                    Severity::Minor,
                    Certainty::Unlikely,
                    ResponseType::AllClear,
                ),
            ),
        ] {
            let alert = to_cap(
                &warning(version, stage, state),
                &disc(),
                "watch.example.org",
                &[],
            )
            .unwrap();
            let info = &alert.infos[0];
            assert_eq!(
                (
                    alert.msg_type,
                    info.urgency,
                    info.severity,
                    info.certainty,
                    info.response_types[0]
                ),
                expected,
                "{stage} {state:?}"
            );
            assert_eq!(alert.references.is_empty(), version == 1);
            let xml = alert.to_xml().unwrap();
            assert_eq!(Alert::from_xml(xml.as_bytes()).unwrap(), alert);
        }
    }

    #[test]
    fn a_message_refers_to_every_one_sent_before() {
        let sent = [
            warning(3, Stage::Prepare, WarningState::Active),
            warning(1, Stage::Advisory, WarningState::Active),
        ];
        let alert = to_cap(
            &warning(4, Stage::Act, WarningState::Active),
            &disc(),
            "s",
            &sent,
        )
        .unwrap();
        let ids: Vec<(String, i64)> = alert
            .references
            .iter()
            .map(|r| (r.identifier.clone(), r.sent.unix_s() - T_S))
            .collect();
        assert_eq!(
            ids,
            [
                (format!("lapwing-1-w7-{T_S}-v1"), 0),
                (format!("lapwing-1-w7-{T_S}-v3"), 120)
            ]
        );
        // the references are what those messages were called
        let first = to_cap(&sent[1], &disc(), "s", &[]).unwrap();
        assert_eq!(first.reference(), alert.references[0]);
    }

    #[test]
    fn an_exercise_cannot_be_taken_for_the_real_thing() {
        let drill = Warning {
            exercise: true,
            ..warning(1, Stage::Act, WarningState::Active)
        };
        let alert = to_cap(&drill, &disc(), "s", &[]).unwrap();
        assert_eq!(alert.status, Status::Exercise);
        assert!(alert.identifier.contains("exercise") && alert.note.is_some());
        let info = &alert.infos[0];
        for text in [&info.headline, &info.description, &info.instruction] {
            assert!(
                text.as_deref().unwrap().starts_with("EXERCISE. "),
                "{text:?}"
            );
        }
        let live = to_cap(
            &warning(1, Stage::Act, WarningState::Active),
            &disc(),
            "s",
            &[],
        )
        .unwrap();
        assert_eq!((live.status, live.note), (Status::Actual, None));
        assert_ne!(live.identifier, alert.identifier);
    }

    #[test]
    fn polygons_are_closed_and_nameless_places_have_their_id() {
        let corner = |lat_deg, lon_deg| lapwing_geo::Geodetic::new(lat_deg, lon_deg, 0.0);
        let polygon =
            lapwing_geo::Polygon::new(vec![corner(0.0, 0.0), corner(0.0, 0.1), corner(0.1, 0.1)])
                .unwrap();
        let place = Place {
            area: lapwing_geo::Area::Polygon(polygon),
            ..disc()
        };
        let nameless = Warning {
            place_name: " ".into(),
            ..warning(1, Stage::Advisory, WarningState::Active)
        };
        let alert = to_cap(&nameless, &place, "s", &[]).unwrap();
        let area = &alert.infos[0].areas[0];
        assert_eq!(
            (area.area_desc.as_str(), area.polygons[0].points.len()),
            ("harbour", 4)
        );
        assert!(alert.to_xml().is_ok());
    }
}
