//! The silence of nodes that listen: what a heartbeat says of the time before it.
//!
//! A node speaks when it hears something, and says "alive, nothing heard since my last
//! word" when it has had nothing to say for a while. That while is silence, listened to
//! once a revisit, and becomes one closed look that ends with the heartbeat. Words may get
//! lost or come too late, and then more seems silent than was: a gap before a heartbeat
//! counts no longer than the shortest that this node has shown, for a node gives its
//! heartbeats at an interval of its own. A node that was away for longer than it takes to
//! be called silent did not listen all that time.
//!
//! Only what hears is listened to in this way. A direction finder that hears nothing says
//! that nothing emits, not that nothing is there; cameras and people look elsewhere.

use lapwing_model::{Detection, EvidenceKind, Footprint, SensorSpec, Timestamp};

/// Beyond so many ranges of 50 % detection nothing is heard, not even what is heard from
/// more than twice as far as the reference.
const EARSHOT: f64 = 5.0;

/// When a node spoke.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Words {
    last: Option<Timestamp>,
    /// Shortest gap before a heartbeat, s.
    beat_s: Option<f64>,
}

impl Words {
    /// It reported something.
    pub(crate) fn said(&mut self, time: Timestamp) {
        self.last = self.last.max(Some(time));
    }

    /// It gave a heartbeat: how long before that it had listened and heard nothing, s;
    /// `None` if that is no whole revisit.
    pub(crate) fn silent_s(&mut self, spec: &SensorSpec, time: Timestamp) -> Option<f64> {
        let gap_s = self.last.map(|last| time.seconds_since(last));
        self.said(time);
        let once_s = spec.revisit_s;
        let Some(gap_s) = gap_s.filter(|gap_s| *gap_s <= spec.silent_after_s) else {
            return Some(once_s);
        };
        // a heartbeat in the revisit of a report says no more than the report
        if gap_s < 0.5 * once_s {
            return None;
        }
        let beat_s = self.beat_s.map_or(gap_s, |beat_s| beat_s.min(gap_s));
        self.beat_s = Some(beat_s);
        Some(beat_s)
    }
}

/// Where a node's silence says something, and how it hears there, in calm air; `None` of
/// what does not hear, or not known how far.
pub(crate) fn earshot(spec: &SensorSpec) -> Option<(Footprint, Detection)> {
    if spec.kind.evidence() != EvidenceKind::Sound {
        return None;
    }
    let (centre, range_50_m) = spec.position.zip(spec.range_50_m)?;
    let radius_m = spec.range_limits_m.1.min(EARSHOT * range_50_m);
    let footprint = Footprint::Disc { centre, radius_m };
    Some((footprint, Detection::Sound { range_50_m }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LookAssembler, Observation, SensorTable};
    use lapwing_geo::Geodetic;
    use lapwing_model::{Claims, Measurement, RawRef, Report, SensorId, SensorKind};

    fn node(kind: SensorKind) -> SensorSpec {
        let mut spec = SensorSpec::of_kind("n", kind);
        spec.position = Some(Geodetic::new(46.0, -30.0, 5.0));
        spec.range_50_m = Some(3_500.0);
        spec.range_limits_m.1 = 8_000.0;
        spec
    }

    fn beat(seconds: f64) -> Observation {
        Observation::Heartbeat {
            sensor: SensorId(0),
            time: Timestamp::from_seconds(seconds),
        }
    }

    fn heard(seconds: f64) -> Observation {
        Observation::Report(Report {
            sensor: SensorId(0),
            time: Timestamp::from_seconds(seconds),
            measurement: Measurement::Presence { level_db: None },
            claims: Claims::default(),
            rcs_dbsm: None,
            class_log_likelihoods: None,
            raw: RawRef::default(),
        })
    }

    /// Begin and end of each look that silence made, s.
    fn silences(spec: SensorSpec, words: &[Observation]) -> Vec<(f64, f64)> {
        let table = SensorTable::new(vec![spec]);
        let (mut assembler, mut out) = (LookAssembler::default(), Vec::new());
        for word in words {
            assembler.push(word.clone(), &table, &mut out);
        }
        let zero = Timestamp::from_seconds(0.0);
        out.iter()
            .filter(|(look, reports)| reports.is_empty() && look.closed)
            .map(|(look, _)| {
                assert_eq!(look.detection, Detection::Sound { range_50_m: 3_500.0 });
                assert!(
                    matches!(look.footprint, Footprint::Disc { radius_m, .. } if radius_m == 8_000.0)
                );
                (look.t0.seconds_since(zero), look.t1.seconds_since(zero))
            })
            .collect()
    }

    #[test]
    fn a_heartbeat_closes_the_time_since_the_last_word() {
        for kind in [SensorKind::AcousticArray, SensorKind::Microphone] {
            let words = [
                beat(10.0),
                beat(20.0),
                heard(24.0),
                heard(26.0),
                beat(36.0),
                beat(46.0),
            ];
            // of the first it is not known since when
            let expected = [(8.0, 10.0), (10.0, 20.0), (26.0, 36.0), (36.0, 46.0)];
            assert_eq!(silences(node(kind), &words), expected);
        }
    }

    #[test]
    fn a_lost_word_or_an_absence_makes_no_long_silence() {
        let kind = SensorKind::Microphone;
        // the word of 26 s is lost
        let lost = [beat(10.0), beat(20.0), beat(36.0)];
        assert_eq!(silences(node(kind), &lost)[2], (26.0, 36.0));
        let away = [beat(10.0), beat(20.0), beat(500.0)];
        assert_eq!(silences(node(kind), &away)[2], (498.0, 500.0));
        let beside = [beat(10.0), heard(20.0), beat(20.0)];
        assert_eq!(silences(node(kind), &beside).len(), 1);
    }

    #[test]
    fn the_silence_of_what_does_not_hear_is_nothing() {
        for kind in [
            SensorKind::DirectionFinder,
            SensorKind::Camera,
            SensorKind::Sighting,
            SensorKind::RemoteId,
        ] {
            assert!(silences(node(kind), &[beat(10.0), beat(20.0)]).is_empty());
        }
        let mut deaf = node(SensorKind::AcousticArray);
        deaf.range_50_m = None;
        assert!(silences(deaf, &[beat(10.0), beat(20.0)]).is_empty());
    }
}
