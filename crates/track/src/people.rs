//! People who report what they see: how far each is believed, and how much of what they say is new.
//!
//! The trust in an account, π, is the mean of a Beta distribution that begins at Beta(2, 4) and
//! learns only where other sensors follow something about: by the probability that
//! their track was meant. An account speaks at most once a minute; what it adds within is left out.
//! People who stand in one place see the same thing, and one another: n of them are worth
//! n/(1 + (n − 1)ρ), ρ = ½ within 250 m and a minute, so the n-th adds the difference.
//!
//! What a sighting then does to the tracks: `measured/sighted`.

use crate::measure::Sighting;
use crate::measured::{MeasuredTracks, Said};
use crate::{Counters, TrackerConfig};
use lapwing_geo::{Geodetic, LocalFrame};
use lapwing_model::{Measurement, Report, SensorId, SensorSpec, Timestamp};
use std::collections::BTreeMap;

/// Trust of an account of which nothing is known.
const BEGINS: (f64, f64) = (2.0, 4.0);
/// An account is new until so many of its sightings could be judged.
const NEW_UNTIL: f64 = 3.0;
/// An account speaks once in this time; people of a cell within it speak together, s.
const TOGETHER_S: f64 = 60.0;
/// Side of a cell, m, and the correlation of what is said in it.
const CELL_M: f64 = 250.0;
const CORRELATION: f64 = 0.5;
/// Most sightings of a cell that are remembered; further ones add next to nothing.
const CELL_MAX: usize = 64;
/// Metres in a degree of latitude.
const DEGREE_M: f64 = 111_195.0;

#[derive(Clone, Copy, Debug)]
struct Account {
    for_it: f64,
    against: f64,
    spoke: Timestamp,
}

impl Account {
    fn trust(&self) -> f64 {
        self.for_it / (self.for_it + self.against)
    }

    fn is_new(&self) -> bool {
        self.for_it + self.against < BEGINS.0 + BEGINS.1 + NEW_UNTIL
    }
}

/// Everyone who has said something.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    accounts: BTreeMap<SensorId, Account>,
    cells: BTreeMap<(i64, i64), Vec<Timestamp>>,
    swept: Option<Timestamp>,
}

impl People {
    /// Take in a sighting of the person who stands at the origin of `frame`.
    pub(crate) fn say(
        &mut self,
        config: &TrackerConfig,
        (spec, frame): (&SensorSpec, &LocalFrame),
        report: &Report,
        tracks: &mut MeasuredTracks,
        counters: &mut Counters,
    ) {
        let Measurement::Bearing {
            azimuth_rad,
            azimuth_sigma_rad,
            ..
        } = report.measurement
        else {
            counters.reports_ignored += 1;
            return;
        };
        let known = self.accounts.get(&report.sensor).copied();
        if known.is_some_and(|a| report.time.seconds_since(a.spoke).abs() < TOGETHER_S) {
            counters.reports_ignored += 1;
            return;
        }
        let mut account = known.unwrap_or(Account {
            for_it: BEGINS.0,
            against: BEGINS.1,
            spoke: report.time,
        });
        account.spoke = report.time;
        let said = Said {
            sensor: report.sensor,
            time: report.time,
            sighting: Sighting {
                frame: *frame,
                azimuth_rad,
                sigma_rad: azimuth_sigma_rad,
            },
            category: report.class_log_likelihoods.unwrap_or_default(),
            reach_m: spec.range_limits_m.1,
            trust: account.trust(),
            share: self.share(frame.origin(), report.time),
            is_new: account.is_new(),
        };
        let heeded = tracks.sighted(config, &said, counters);
        if let Some(meant) = heeded.meant {
            account.for_it += meant;
            account.against += 1.0 - meant;
        }
        self.accounts.insert(report.sensor, account);
        if heeded.told {
            counters.reports_used += 1;
        } else {
            counters.reports_gated_out += 1;
        }
    }

    /// How much of a sighting is new beside those of the same cell.
    fn share(&mut self, at: Geodetic, time: Timestamp) -> f64 {
        let is_over = |then: &Timestamp| time.seconds_since(*then).abs() >= TOGETHER_S;
        if self.swept.is_none_or(|then| is_over(&then)) {
            self.swept = Some(time);
            self.cells.retain(|_, said| {
                said.retain(|then| !is_over(then));
                !said.is_empty()
            });
        }
        let said = self.cells.entry(cell_of(at)).or_default();
        said.retain(|then| !is_over(then));
        let before = said.len();
        if before < CELL_MAX {
            said.push(time);
        }
        worth(before + 1) - worth(before)
    }
}

/// What n sightings of one cell are worth.
fn worth(n: usize) -> f64 {
    let n = n as f64;
    n / (1.0 + (n - 1.0).max(0.0) * CORRELATION)
}

fn cell_of(at: Geodetic) -> (i64, i64) {
    let row = (at.lat_deg * DEGREE_M / CELL_M).floor();
    // the width of a column is that of its row, so that cells are the same for all
    let width = (row * CELL_M / DEGREE_M).to_radians().cos().max(0.01);
    let column = (at.lon_deg * DEGREE_M * width / CELL_M).floor();
    (row as i64, column as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::scene;
    use lapwing_model::{Claims, RawRef, SensorKind};

    /// What each of a number of sightings a minute apart leaves of the trust in an account.
    fn trusts(azimuth_deg: f64, existence: f64, count: u32) -> Vec<f64> {
        let here = LocalFrame::new(scene::PLACE);
        let config = TrackerConfig::default();
        let spec = SensorSpec::of_kind("person-1", SensorKind::Sighting);
        let mut people = People::default();
        let mut all = scene::tracks(vec![scene::local(900.0, 50.0, existence)]);
        (0..count)
            .map(|i| {
                let report = Report {
                    sensor: SensorId(1),
                    time: scene::now().plus_seconds(f64::from(i) * 1e-3),
                    measurement: Measurement::Bearing {
                        azimuth_rad: azimuth_deg.to_radians(),
                        elevation_rad: None,
                        azimuth_sigma_rad: 20.0_f64.to_radians(),
                        elevation_sigma_rad: 1.0,
                    },
                    claims: Claims::default(),
                    rcs_dbsm: None,
                    class_log_likelihoods: None,
                    raw: RawRef::default(),
                };
                let mut counters = Counters::default();
                let person = (&spec, &here);
                people.say(&config, person, &report, &mut all, &mut counters);
                // as if it were long ago
                let account = people.accounts.get_mut(&SensorId(1)).unwrap();
                account.spoke = account.spoke.plus_seconds(-TOGETHER_S);
                account.trust()
            })
            .collect()
    }

    #[test]
    fn trust_is_learnt_where_other_sensors_know_better() {
        let begins = BEGINS.0 / (BEGINS.0 + BEGINS.1);
        // an honest one comes to be believed, one who points elsewhere does not
        let honest = trusts(120.0, 0.99, 20);
        assert!(honest.is_sorted() && honest[19] > 0.7, "{honest:?}");
        let wrong = trusts(300.0, 0.99, 20);
        assert!(wrong[19] < 0.15, "{wrong:?}");
        // by what is not confirmed nobody is judged
        assert!(
            trusts(120.0, 0.5, 3)
                .iter()
                .all(|t| (t - begins).abs() < 1e-12)
        );
    }

    #[test]
    fn people_of_one_place_are_worth_two_at_most() {
        let here = Geodetic::new(46.5, -30.0, 0.0);
        let mut people = People::default();
        let shares: Vec<f64> = (0..200)
            .map(|i| people.share(here, Timestamp::from_seconds(f64::from(i) * 0.1)))
            .collect();
        assert!((shares[0] - 1.0).abs() < 1e-12);
        assert!((shares[1] - 1.0 / 3.0).abs() < 1e-12);
        let sum: f64 = shares.iter().sum();
        assert!((1.9..2.4).contains(&sum), "{sum}");
        // elsewhere, or a minute later, it is news
        let there = Geodetic::new(46.504, -30.0, 0.0);
        let after = Timestamp::from_seconds(85.0);
        for at in [there, here] {
            assert!((people.share(at, after) - 1.0).abs() < 1e-12);
        }
        assert_eq!(people.cells.len(), 2);
    }
}
