//! The mixture against the textbook: the Poisson multi-Bernoulli mixture filter of
//! García-Fernández, Williams, Granström and Svensson (2018, IEEE Trans. Aerospace and
//! Electronic Systems 54(4), Eqs. 25–37) with every global hypothesis written out. No
//! clusters, no gates, no pruning, no merging; full 4 × 4 covariances in Joseph's form;
//! the intensity of undetected objects as a list of Gaussians, or uniform.
//!
//! As there, the density of a new Bernoulli component is one Gaussian for all that may have
//! been detected. Two things are the filter's model and not the textbook's: that Gaussian
//! has independent axes, and uniformly born objects have velocities of one distribution
//! whenever they are first seen.

use lapwing_track::planar::{Axis, Birth, Estimator, PlanarConfig, PlanarFilter, PlanarState};
use nalgebra::{Matrix2, Matrix2x4, Matrix4, Vector2, Vector4};
use proptest::prelude::*;
use std::f64::consts::TAU;

/// Hypotheses beyond which a scene is too large to be tiny.
const HYPOTHESES_MAX: usize = 2_500;
/// Agreement asked of every figure.
const TOLERANCE: f64 = 1e-6;

/// Over x, vx, y, vy.
#[derive(Clone, Debug)]
struct Gaussian {
    mean: Vector4<f64>,
    covariance: Matrix4<f64>,
}

fn observed() -> Matrix2x4<f64> {
    Matrix2x4::new(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
}

impl Gaussian {
    fn predicted(&self, dt: f64, q: f64) -> Self {
        #[rustfmt::skip]
        let f = Matrix4::new(
            1.0, dt, 0.0, 0.0,
            0.0, 1.0, 0.0, 0.0,
            0.0, 0.0, 1.0, dt,
            0.0, 0.0, 0.0, 1.0,
        );
        let (a, b) = (dt * dt * dt / 3.0, dt * dt / 2.0);
        #[rustfmt::skip]
        let noise = Matrix4::new(
            a, b, 0.0, 0.0,
            b, dt, 0.0, 0.0,
            0.0, 0.0, a, b,
            0.0, 0.0, b, dt,
        ) * q;
        Self {
            mean: f * self.mean,
            covariance: f * self.covariance * f.transpose() + noise,
        }
    }

    /// Density of a position measured with a variance.
    fn density(&self, z: [f64; 2], variance: f64) -> f64 {
        let h = observed();
        let s = h * self.covariance * h.transpose() + Matrix2::identity() * variance;
        let innovation = Vector2::from(z) - h * self.mean;
        let inverse = s.try_inverse().expect("a positive definite covariance");
        let distance_2 = (innovation.transpose() * inverse * innovation)[0];
        (-0.5 * distance_2).exp() / (TAU * s.determinant().sqrt())
    }

    fn updated(&self, z: [f64; 2], variance: f64) -> Self {
        let h = observed();
        let r = Matrix2::identity() * variance;
        let s = h * self.covariance * h.transpose() + r;
        let inverse = s.try_inverse().expect("a positive definite covariance");
        let gain = self.covariance * h.transpose() * inverse;
        let left = Matrix4::identity() - gain * h;
        Self {
            mean: self.mean + gain * (Vector2::from(z) - h * self.mean),
            covariance: left * self.covariance * left.transpose() + gain * r * gain.transpose(),
        }
    }

    /// The Gaussian nearest to a mixture (in Kullback–Leibler divergence) of those with
    /// independent axes: its moments, without those across the axes.
    fn of_moments(parts: &[(f64, Self)]) -> Self {
        let sum: f64 = parts.iter().map(|p| p.0).sum();
        let mean = parts
            .iter()
            .fold(Vector4::zeros(), |m, (w, g)| m + g.mean * (*w / sum));
        let mut covariance = parts.iter().fold(Matrix4::zeros(), |c, (w, g)| {
            let d = g.mean - mean;
            c + (g.covariance + d * d.transpose()) * (*w / sum)
        });
        covariance.fixed_view_mut::<2, 2>(0, 2).fill(0.0);
        covariance.fixed_view_mut::<2, 2>(2, 0).fill(0.0);
        Self { mean, covariance }
    }
}

#[derive(Clone, Debug)]
struct Bernoulli {
    existence: f64,
    state: Gaussian,
}

/// A global hypothesis.
#[derive(Clone, Debug)]
struct Hypothesis {
    weight: f64,
    bernoullis: Vec<Bernoulli>,
}

/// Where objects are born.
#[derive(Clone, Debug)]
enum Births {
    Gaussian {
        initial: f64,
        weight: f64,
        state: Gaussian,
    },
    Uniform {
        initial: f64,
        density: f64,
        speed_std: f64,
    },
}

#[derive(Clone, Debug)]
struct World {
    dt: f64,
    q: f64,
    variance: f64,
    detection: f64,
    survival: f64,
    clutter: f64,
    births: Births,
}

struct Oracle {
    world: World,
    poisson: Vec<(f64, Gaussian)>,
    uniform: f64,
    hypotheses: Vec<Hypothesis>,
    scans: usize,
}

impl Oracle {
    fn new(world: World) -> Self {
        Self {
            world,
            poisson: Vec::new(),
            uniform: 0.0,
            hypotheses: vec![Hypothesis {
                weight: 1.0,
                bernoullis: Vec::new(),
            }],
            scans: 0,
        }
    }

    fn predict(&mut self) {
        let w = &self.world;
        for (weight, state) in &mut self.poisson {
            *weight *= w.survival;
            *state = state.predicted(w.dt, w.q);
        }
        self.uniform *= w.survival;
        for bernoulli in self.hypotheses.iter_mut().flat_map(|h| &mut h.bernoullis) {
            bernoulli.existence *= w.survival;
            bernoulli.state = bernoulli.state.predicted(w.dt, w.q);
        }
        let first = self.scans == 0;
        match &w.births {
            Births::Gaussian {
                initial,
                weight,
                state,
            } => {
                let weight = if first { *initial } else { *weight };
                self.poisson.push((weight, state.clone()));
            }
            Births::Uniform {
                initial, density, ..
            } => self.uniform += if first { *initial } else { *density },
        }
        self.scans += 1;
    }

    /// e, and the object first detected by a report.
    fn first_detected(&self, z: [f64; 2]) -> (f64, Gaussian) {
        let w = &self.world;
        if let Births::Uniform { speed_std, .. } = w.births {
            let v = speed_std * speed_std;
            let state = Gaussian {
                mean: Vector4::new(z[0], 0.0, z[1], 0.0),
                covariance: Matrix4::from_diagonal(&Vector4::new(w.variance, v, w.variance, v)),
            };
            return (w.detection * self.uniform, state);
        }
        let parts: Vec<(f64, Gaussian)> = self
            .poisson
            .iter()
            .map(|(weight, state)| {
                let share = w.detection * weight * state.density(z, w.variance);
                (share, state.updated(z, w.variance))
            })
            .collect();
        let e = parts.iter().map(|p| p.0).sum();
        (e, Gaussian::of_moments(&parts))
    }

    /// False when there are too many hypotheses.
    fn update(&mut self, reports: &[[f64; 2]]) -> bool {
        let fresh: Vec<(f64, Gaussian)> = reports.iter().map(|z| self.first_detected(*z)).collect();
        let mut children = Vec::new();
        for parent in &self.hypotheses {
            let mut taken = vec![None; parent.bernoullis.len()];
            self.grow(parent, reports, &fresh, &mut taken, 0, &mut children);
            if children.len() > HYPOTHESES_MAX {
                return false;
            }
        }
        let sum: f64 = children.iter().map(|h| h.weight).sum();
        for child in &mut children {
            child.weight /= sum;
        }
        self.hypotheses = children;
        for (weight, _) in &mut self.poisson {
            *weight *= 1.0 - self.world.detection;
        }
        self.uniform *= 1.0 - self.world.detection;
        true
    }

    /// All ways to give reports from `next` on to the Bernoullis of a parent.
    fn grow(
        &self,
        parent: &Hypothesis,
        reports: &[[f64; 2]],
        fresh: &[(f64, Gaussian)],
        taken: &mut Vec<Option<usize>>,
        next: usize,
        children: &mut Vec<Hypothesis>,
    ) {
        if next < reports.len() {
            self.grow(parent, reports, fresh, taken, next + 1, children);
            for b in 0..taken.len() {
                if taken[b].is_none() {
                    taken[b] = Some(next);
                    self.grow(parent, reports, fresh, taken, next + 1, children);
                    taken[b] = None;
                }
            }
            return;
        }
        let w = &self.world;
        let mut child = Hypothesis {
            weight: parent.weight,
            bernoullis: Vec::new(),
        };
        for (b, report) in parent.bernoullis.iter().zip(taken.iter()) {
            match report {
                Some(report) => {
                    let z = reports[*report];
                    child.weight *= b.existence * w.detection * b.state.density(z, w.variance);
                    child.bernoullis.push(Bernoulli {
                        existence: 1.0,
                        state: b.state.updated(z, w.variance),
                    });
                }
                None => {
                    let missed = 1.0 - b.existence * w.detection;
                    child.weight *= missed;
                    child.bernoullis.push(Bernoulli {
                        existence: b.existence * (1.0 - w.detection) / missed,
                        state: b.state.clone(),
                    });
                }
            }
        }
        for (report, (e, state)) in fresh.iter().enumerate() {
            if !taken.contains(&Some(report)) {
                child.weight *= w.clutter + e;
                child.bernoullis.push(Bernoulli {
                    existence: e / (w.clutter + e),
                    state: state.clone(),
                });
            }
        }
        children.push(child);
    }

    fn expected(&self) -> f64 {
        let of = |h: &Hypothesis| h.bernoullis.iter().map(|b| b.existence).sum::<f64>();
        self.hypotheses.iter().map(|h| h.weight * of(h)).sum()
    }

    fn intensity(&self, at: [f64; 2]) -> f64 {
        let of = |h: &Hypothesis| {
            let one = |b: &Bernoulli| b.existence * b.state.density(at, 0.0);
            h.bernoullis.iter().map(one).sum::<f64>()
        };
        let detected: f64 = self.hypotheses.iter().map(|h| h.weight * of(h)).sum();
        let undetected: f64 = self
            .poisson
            .iter()
            .map(|(w, g)| w * g.density(at, 0.0))
            .sum();
        detected + undetected + self.uniform
    }

    /// The objects of the heaviest hypothesis above an existence, by x; none where the next
    /// one weighs as good as the same.
    fn heaviest(&self, existence: f64) -> Option<Vec<[f64; 5]>> {
        let mut order: Vec<&Hypothesis> = self.hypotheses.iter().collect();
        order.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        if order
            .get(1)
            .is_some_and(|h| h.weight > order[0].weight * (1.0 - 1e-6))
        {
            return None;
        }
        let near = |b: &Bernoulli| (b.existence - existence).abs() < 1e-6;
        if order[0].bernoullis.iter().any(near) {
            return None;
        }
        let mut all: Vec<[f64; 5]> = order[0]
            .bernoullis
            .iter()
            .filter(|b| b.existence > existence)
            .map(|b| {
                let m = &b.state.mean;
                [m[0], m[1], m[2], m[3], b.existence]
            })
            .collect();
        all.sort_by(|a, b| a[0].total_cmp(&b[0]));
        Some(all)
    }
}

/// Least existence that is reported.
const REPORTED: f64 = 0.4;

fn filter(world: &World) -> PlanarFilter {
    let birth = match &world.births {
        Births::Gaussian {
            initial,
            weight,
            state,
        } => {
            let axis = |k: usize| Axis {
                position_m: state.mean[k],
                velocity_mps: state.mean[k + 1],
                pp: state.covariance[(k, k)],
                pv: state.covariance[(k, k + 1)],
                vv: state.covariance[(k + 1, k + 1)],
            };
            Birth::Gaussian {
                initial_weight: *initial,
                weight: *weight,
                state: PlanarState {
                    x: axis(0),
                    y: axis(2),
                },
            }
        }
        Births::Uniform {
            initial,
            density,
            speed_std,
        } => Birth::Uniform {
            density_per_scan: *density,
            initial_density: *initial,
            speed_std_mps: *speed_std,
        },
    };
    let config = PlanarConfig {
        dt_s: world.dt,
        q: world.q,
        sigma_m: world.variance.sqrt(),
        detection: world.detection,
        survival: world.survival,
        clutter_density: world.clutter,
        area: [0.0, 100.0, 0.0, 100.0],
        birth,
        gate: 1e3,
        hypotheses: 10_000,
        weight_min: 1e-12,
        existence_min: 1e-12,
        information_min: 0.0,
        alike: 0.0,
        estimator: Estimator::Heaviest {
            existence: REPORTED,
        },
    };
    PlanarFilter::new(config).with_limits(usize::MAX, usize::MAX)
}

fn births() -> impl Strategy<Value = Births> {
    let gaussian = (
        0.3..3.0_f64,
        0.02..0.5_f64,
        [4.0..15.0_f64, 4.0..15.0_f64],
        [0.5..4.0_f64, 0.5..4.0_f64],
        -0.8..0.8_f64,
    )
        .prop_map(|(initial, weight, sp, sv, correlation)| {
            let mut covariance = Matrix4::zeros();
            for (k, (p, v)) in sp.into_iter().zip(sv).enumerate() {
                let at = 2 * k;
                covariance[(at, at)] = p * p;
                covariance[(at + 1, at + 1)] = v * v;
                covariance[(at, at + 1)] = correlation * p * v;
                covariance[(at + 1, at)] = correlation * p * v;
            }
            let state = Gaussian {
                mean: Vector4::new(50.0, 0.5, 52.0, -0.5),
                covariance,
            };
            Births::Gaussian {
                initial,
                weight,
                state,
            }
        });
    let uniform =
        (1e-4..3e-2_f64, 1e-5..5e-3_f64, 0.5..4.0_f64).prop_map(|(initial, density, speed_std)| {
            Births::Uniform {
                initial,
                density,
                speed_std,
            }
        });
    prop_oneof![gaussian, uniform]
}

fn world() -> impl Strategy<Value = World> {
    (
        0.5..2.0_f64,
        0.0..1.0_f64,
        0.5..3.0_f64,
        0.6..0.95_f64,
        0.8..1.0_f64,
        1e-4..1e-2_f64,
        births(),
    )
        .prop_map(
            |(dt, q, sigma, detection, survival, clutter, births)| World {
                dt,
                q,
                variance: sigma * sigma,
                detection,
                survival,
                clutter,
                births,
            },
        )
}

/// Reports near enough to one another to be mistaken.
fn scans() -> impl Strategy<Value = Vec<Vec<[f64; 2]>>> {
    let report = [44.0..56.0_f64, 44.0..56.0_f64];
    prop::collection::vec(prop::collection::vec(report, 0..=3), 1..=4)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE * b.abs().max(1e-2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn the_filter_is_the_textbook(world in world(), scans in scans()) {
        let mut oracle = Oracle::new(world.clone());
        let mut filter = filter(&world);
        for scan in &scans {
            oracle.predict();
            if !oracle.update(scan) {
                break;
            }
            filter.step(scan);
            let (found, expected) = (filter.expected_objects(), oracle.expected());
            prop_assert!(close(found, expected), "objects {found}, not {expected}");
            for at in [[50.0, 50.0], [47.0, 53.0], [60.0, 40.0], [52.0, 45.0]] {
                let (found, expected) = (filter.intensity(at), oracle.intensity(at));
                prop_assert!(close(found, expected), "intensity at {at:?}: {found}, not {expected}");
            }
            let Some(expected) = oracle.heaviest(REPORTED) else { continue };
            let mut found: Vec<[f64; 5]> = filter
                .estimates()
                .iter()
                .map(|e| {
                    let ([x, y], [vx, vy]) = (e.position_m, e.velocity_mps);
                    [x, vx, y, vy, e.existence]
                })
                .collect();
            found.sort_by(|a, b| a[0].total_cmp(&b[0]));
            prop_assert_eq!(found.len(), expected.len(), "{:?} {:?}", found, expected);
            for (a, b) in found.iter().flatten().zip(expected.iter().flatten()) {
                prop_assert!(close(*a, *b), "estimates {found:?}, not {expected:?}");
            }
        }
    }
}
