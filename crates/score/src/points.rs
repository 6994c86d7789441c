//! GOSPA over many scans and runs of plain points: the figures that the literature
//! prints, √(Σ d² / (runs · scans)) with the parts averaged alike, as a whole and scan by
//! scan. For p = 2: rms² = localisation² + missed² + false².

use crate::gospa::{Gospa, GospaParams};
use serde::Serialize;

/// Sums of GOSPA to the power p, and of counts, over scans.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GospaSum {
    /// How many scans.
    pub scans: u64,
    /// Σ of the localisation parts, mᵖ.
    pub localisation: f64,
    /// Σ of the missed parts, mᵖ.
    pub missed: f64,
    /// Σ of the false parts, mᵖ.
    pub false_: f64,
    /// Σ of objects without a track.
    pub missed_count: u64,
    /// Σ of tracks without an object.
    pub false_count: u64,
    /// Σ of assigned pairs.
    pub assigned: u64,
}

/// The power mean with exponent p (for p = 2 the root of the mean square), m.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct GospaMean {
    /// Of the whole.
    pub rms_gospa: f64,
    /// Of the localisation part.
    pub localisation: f64,
    /// Of the missed part.
    pub missed: f64,
    /// Of the false part.
    #[serde(rename = "false")]
    pub false_: f64,
}

impl GospaSum {
    /// Counts one scan in.
    pub fn add(&mut self, scan: &Gospa) {
        self.merge(&Self {
            scans: 1,
            localisation: scan.localisation,
            missed: scan.missed,
            false_: scan.false_,
            missed_count: scan.missed_count as u64,
            false_count: scan.false_count as u64,
            assigned: scan.assigned as u64,
        });
    }

    /// Counts in what another has.
    pub fn merge(&mut self, other: &Self) {
        self.scans += other.scans;
        self.localisation += other.localisation;
        self.missed += other.missed;
        self.false_ += other.false_;
        self.missed_count += other.missed_count;
        self.false_count += other.false_count;
        self.assigned += other.assigned;
    }

    /// The means over the scans counted; zeros if there were none.
    #[must_use]
    pub fn mean(&self, params: &GospaParams) -> GospaMean {
        let scans = self.scans.max(1) as f64;
        let mean = |sum: f64| (sum / scans).powf(1.0 / params.p);
        GospaMean {
            rms_gospa: mean(self.localisation + self.missed + self.false_),
            localisation: mean(self.localisation),
            missed: mean(self.missed),
            false_: mean(self.false_),
        }
    }
}

/// GOSPA of every scan of several runs.
///
/// ```
/// use lapwing_score::gospa::{GospaParams, gospa};
/// use lapwing_score::points::GospaSeries;
/// let params = GospaParams { c: 10.0, p: 2.0, alpha: 2.0 };
/// let mut series = GospaSeries::new(params);
/// for estimates in [&[[3.0, 4.0]][..], &[]] {
///     series.add(0, &gospa(&[[0.0, 0.0]], estimates, &params));
/// }
/// let mean = series.mean();
/// assert_eq!(mean.rms_gospa, 37.5_f64.sqrt());
/// assert_eq!((mean.localisation, mean.missed), (12.5_f64.sqrt(), 5.0));
/// ```
#[derive(Clone, Debug)]
pub struct GospaSeries {
    params: GospaParams,
    by_scan: Vec<GospaSum>,
}

impl GospaSeries {
    /// None yet.
    #[must_use]
    pub fn new(params: GospaParams) -> Self {
        Self {
            params,
            by_scan: Vec::new(),
        }
    }

    /// Counts in one run's scan, numbered from 0.
    pub fn add(&mut self, scan: usize, score: &Gospa) {
        if self.by_scan.len() <= scan {
            self.by_scan.resize(scan + 1, GospaSum::default());
        }
        self.by_scan[scan].add(score);
    }

    /// Counts in the runs of another series, made with the same parameters.
    pub fn merge(&mut self, other: &Self) {
        let longer = self.by_scan.len().max(other.by_scan.len());
        self.by_scan.resize(longer, GospaSum::default());
        for (own, more) in self.by_scan.iter_mut().zip(&other.by_scan) {
            own.merge(more);
        }
    }

    /// Over all scans and runs.
    #[must_use]
    pub fn mean(&self) -> GospaMean {
        self.mean_of(0..self.by_scan.len())
    }

    /// Over the scans of a range, all runs; scans outside what was counted add nothing.
    #[must_use]
    pub fn mean_of(&self, scans: std::ops::Range<usize>) -> GospaMean {
        let mut sum = GospaSum::default();
        for scan in self.by_scan.iter().take(scans.end).skip(scans.start) {
            sum.merge(scan);
        }
        sum.mean(&self.params)
    }

    /// Over the runs, scan by scan.
    #[must_use]
    pub fn by_scan(&self) -> Vec<GospaMean> {
        self.by_scan.iter().map(|s| s.mean(&self.params)).collect()
    }

    /// The sums, scan by scan.
    #[must_use]
    pub fn sums(&self) -> &[GospaSum] {
        &self.by_scan
    }
}
