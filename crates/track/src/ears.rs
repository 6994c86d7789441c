//! Microphones without direction: what their words are weighed against before they reach the
//! tracks (`measured/heard`).
//!
//! A word may be false (mopeds, mowers, surf, wind), of a source that no track follows
//! (`sources`), or of a track. False alarms go on: with a share s of them lasting T on average,
//! a node that starts them at a rate λ says something false in a revisit of length t with
//! about λt + λsT. What has fooled a node fools it still a while later, so a word that comes
//! Δt after one before counts as w = 1 − e^{−Δt/T} of a word.

use crate::measure::Hearing;
use crate::measured::{MeasuredTracks, Word};
use crate::sources::{Node, Sources};
use crate::{Counters, TrackerConfig, hearing};
use lapwing_geo::LocalFrame;
use lapwing_model::{Air, EvidenceKind, Look, Report, SensorId, SensorSpec, Timestamp};
use lapwing_sensing::hearing_range_m;
use std::collections::BTreeMap;

/// Share of false alarms that go on, and for how long on average, s.
const PERSISTENT: f64 = 0.7;
const PERSISTENT_S: f64 = 30.0;
/// Least and greatest probability of a false word in a revisit.
const FALSE: (f64, f64) = (1e-3, 0.5);
/// Tracks farther than this many ranges of 50 % are out of earshot, also what is heard twice as
/// far as the reference.
const EARSHOT: f64 = 5.0;

/// The microphones' words so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ears {
    sources: Sources,
    spoke: BTreeMap<SensorId, Timestamp>,
}

impl Ears {
    /// Take in a word of the node that stands at the origin of `frame`.
    pub(crate) fn hear(
        &mut self,
        config: &TrackerConfig,
        (spec, frame): (&SensorSpec, &LocalFrame),
        air: Air,
        report: &Report,
        tracks: &mut MeasuredTracks,
        counters: &mut Counters,
    ) {
        let hears = spec.kind.evidence() == EvidenceKind::Sound;
        let Some(range_50_m) = spec.range_50_m.filter(|_| hears) else {
            counters.reports_ignored += 1;
            return;
        };
        let range_50_m = hearing_range_m(range_50_m, &air);
        let before = self.spoke.insert(report.sensor, report.time);
        let share = before.map_or(1.0, |then| {
            1.0 - (-report.time.seconds_since(then).abs() / PERSISTENT_S).exp()
        });
        let revisit_s = spec.revisit_s.max(0.1);
        let lasting = 1.0 + PERSISTENT * PERSISTENT_S / revisit_s;
        let false_word = (spec.false_per_revisit * lasting).clamp(FALSE.0, FALSE.1);
        let node = Node {
            position: frame.origin(),
            range_50_m,
        };
        let around = self.sources.around(&node, report.time);
        let word = Word {
            sensor: report.sensor,
            time: report.time,
            hearing: Hearing {
                frame: *frame,
                air,
                range_50_m,
            },
            reach_m: EARSHOT * range_50_m,
            share,
            others_silent: (1.0 - false_word) * around.silent(),
        };
        let tracks_silent = tracks.hear(config, &word, counters);
        let all_silent = word.others_silent * tracks_silent;
        self.sources.hear(&around, all_silent, share, report.time);
        if tracks_silent < 1.0 {
            counters.reports_used += 1;
        } else {
            counters.reports_gated_out += 1;
        }
    }

    /// Take in a look in which a node heard nothing.
    pub(crate) fn silence(&mut self, spec: &SensorSpec, air: Air, look: &Look) {
        if let Some((position, range_50_m)) = spec.position.zip(spec.range_50_m) {
            let node = Node {
                position,
                range_50_m: hearing_range_m(range_50_m, &air),
            };
            let revisits = hearing::revisits(look) as i32;
            self.sources.silence(&node, revisits, look.t1);
        }
    }
}
