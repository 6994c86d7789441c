//! The scene of objects crossing a square, drawn from a seed at any size: for measuring.
//!
//! N objects start uniformly in a square of side 500·√(N/10) m with headings uniform and speed
//! 20 m/s, and move with white acceleration. Each scan, each object but those just born dies with
//! probability `deaths`, and Poisson `births`·N new ones appear as the first did. An object that
//! leaves the square lives on outside it, where no clutter lies and nothing is born. Detections:
//! each object with probability `detection`, position with normal errors; clutter Poisson with
//! mean N, uniform in the square; in shuffled order.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;
use std::f64::consts::TAU;

/// What the scene is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SceneConfig {
    /// Objects at the start, and the mean of the clutter per scan.
    pub objects: usize,
    /// Share of `objects` that appears between two scans.
    pub births: f64,
    /// Probability that an object ends between two scans.
    pub deaths: f64,
    /// Same seed, same scene.
    pub seed: u64,
    /// Time between scans, s.
    pub dt_s: f64,
    /// Intensity of the white acceleration, m²/s³.
    pub q: f64,
    /// Standard deviation of a measured position per axis, m.
    pub sigma_m: f64,
    /// Probability of detection.
    pub detection: f64,
    /// Speed at birth, m/s.
    pub speed_mps: f64,
}

impl SceneConfig {
    /// The S scene: 1 s, q = 0.1 m²/s³, σ = 5 m, detection 0.9, speed 20 m/s.
    #[must_use]
    pub fn s(objects: usize, births: f64, deaths: f64, seed: u64) -> Self {
        Self {
            objects,
            births,
            deaths,
            seed,
            dt_s: 1.0,
            q: 0.1,
            sigma_m: 5.0,
            detection: 0.9,
            speed_mps: 20.0,
        }
    }

    /// Side of the square, m.
    #[must_use]
    pub fn side_m(&self) -> f64 {
        500.0 * (self.objects as f64 / 10.0).sqrt()
    }
}

/// A scene under way.
#[derive(Clone, Debug)]
pub struct Scene {
    config: SceneConfig,
    random: Random,
    states: Vec<[f64; 4]>,
    ids: Vec<u64>,
    next_id: u64,
    detections: Vec<[f64; 2]>,
}

impl Scene {
    /// The scene at its first scan.
    #[must_use]
    pub fn new(config: SceneConfig) -> Self {
        let mut scene = Self {
            config,
            random: Random::new(config.seed),
            states: Vec::new(),
            ids: Vec::new(),
            next_id: 0,
            detections: Vec::new(),
        };
        for _ in 0..config.objects {
            scene.appear();
        }
        scene.observe();
        scene
    }

    /// Moves on to the next scan.
    pub fn advance(&mut self) {
        let deaths = self.config.deaths;
        let mut kept = 0;
        for i in 0..self.states.len() {
            if deaths > 0.0 && self.random.unit() < deaths {
                continue;
            }
            self.states[kept] = self.moved(i);
            self.ids[kept] = self.ids[i];
            kept += 1;
        }
        self.states.truncate(kept);
        self.ids.truncate(kept);
        let mean = self.config.births * self.config.objects as f64;
        for _ in 0..self.random.poisson(mean) {
            self.appear();
        }
        self.observe();
    }

    /// The objects' states x, vx, y, vy, m and m/s.
    #[must_use]
    pub fn states(&self) -> &[[f64; 4]] {
        &self.states
    }

    /// The objects' numbers, in the order of [`Scene::states`].
    #[must_use]
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// This scan's detections, m.
    #[must_use]
    pub fn detections(&self) -> &[[f64; 2]] {
        &self.detections
    }

    /// The states with normal errors of the given standard deviations: a prior to start from.
    #[must_use]
    pub fn prior(&mut self, std: [f64; 4]) -> Vec<[f64; 4]> {
        let mut prior = self.states.clone();
        for state in &mut prior {
            for (value, std) in state.iter_mut().zip(std) {
                *value += std * self.random.normal();
            }
        }
        prior
    }

    fn appear(&mut self) {
        let side = self.config.side_m();
        let (x, y) = (side * self.random.unit(), side * self.random.unit());
        let (sin, cos) = (TAU * self.random.unit()).sin_cos();
        let speed = self.config.speed_mps;
        self.states.push([x, speed * cos, y, speed * sin]);
        self.ids.push(self.next_id);
        self.next_id += 1;
    }

    fn moved(&mut self, i: usize) -> [f64; 4] {
        let (dt, q) = (self.config.dt_s, self.config.q);
        let mut out = self.states[i];
        for axis in out.chunks_exact_mut(2) {
            // Cholesky factor of q [[dt³/3, dt²/2], [dt²/2, dt]]
            let (n0, n1) = (self.random.normal(), self.random.normal());
            let root = (q * dt).sqrt();
            axis[0] += dt * axis[1] + root * dt / 3.0_f64.sqrt() * n0;
            axis[1] += root * (3.0_f64.sqrt() / 2.0 * n0 + 0.5 * n1);
        }
        out
    }

    fn observe(&mut self) {
        let (sigma, side) = (self.config.sigma_m, self.config.side_m());
        self.detections.clear();
        for i in 0..self.states.len() {
            if self.random.unit() < self.config.detection {
                let [x, _, y, _] = self.states[i];
                let z = [
                    x + sigma * self.random.normal(),
                    y + sigma * self.random.normal(),
                ];
                self.detections.push(z);
            }
        }
        for _ in 0..self.random.poisson(self.config.objects as f64) {
            let z = [side * self.random.unit(), side * self.random.unit()];
            self.detections.push(z);
        }
        for last in (1..self.detections.len()).rev() {
            let other = (self.random.unit() * (last + 1) as f64) as usize;
            self.detections.swap(last, other.min(last));
        }
    }
}

/// Seeded random numbers.
#[derive(Clone, Debug)]
struct Random {
    generator: Pcg64,
    spare: Option<f64>,
}

impl Random {
    fn new(seed: u64) -> Self {
        let mut generator = Pcg64::new(u128::from(seed) << 32 | 0x5ce4, 0x1aba_11e5);
        for _ in 0..4 {
            generator.next_u64();
        }
        Self {
            generator,
            spare: None,
        }
    }

    fn unit(&mut self) -> f64 {
        (self.generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal (Box and Muller 1958).
    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let (sin, cos) = (TAU * self.unit()).sin_cos();
        self.spare = Some(radius * sin);
        radius * cos
    }

    /// Poisson, in pieces whose product of uniforms cannot underflow (Knuth 1969, §3.4.1).
    fn poisson(&mut self, mean: f64) -> usize {
        let mut count = 0;
        let mut left = mean;
        while left > 0.0 {
            let piece = left.min(100.0);
            left -= piece;
            let floor = (-piece).exp();
            let mut product = self.unit();
            while product > floor {
                count += 1;
                product *= self.unit();
            }
        }
        count
    }
}
