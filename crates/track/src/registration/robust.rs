//! Robust least squares with a ridge: the start of every registration.
//!
//! Residuals y = H x + e with a prior x ~ N(0, I) (the parameters are counted in
//! standard deviations of their priors), by iteratively reweighted least squares
//! (Holland and Welsch 1977): Huber's weights (Huber 1964) first, whose minimum is
//! the only one, then Tukey's biweight (Beaton and Tukey 1974), which forgets gross
//! outliers altogether. An observation has one weight, from the Mahalanobis length of
//! all its components together: a wrong pairing spoils range and azimuth alike.
//!
//! The prior is the ridge (Hoerl and Kennard 1970): what the residuals cannot tell
//! apart stays where the prior has it, with the prior's uncertainty.
//!
//! How noisy a sensor really is comes from the median of its residuals (Rousseeuw and
//! Croux 1993, §1), so that the uncertainty found is honest where the stated error is not.

/// Huber's corner, standard deviations, for an observation of two components.
const HUBER: f64 = 2.0;
/// Where Tukey's weight is zero, standard deviations: 96 % efficient for two components.
const TUKEY: f64 = 5.5;
/// Median of the absolute value of a standard normal variable.
const MEDIAN_OF_NORMAL: f64 = 0.674_49;
/// Bounds of true over stated variance.
const NOISE: (f64, f64) = (0.1, 100.0);
/// The stated variance counts as much as this many residuals.
const STATED_COUNTS: f64 = 20.0;
/// Steps of each kind of weight at most.
const STEPS: usize = 40;

/// One component of an observation: a residual against a reference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<const N: usize> {
    /// ∂residual/∂x.
    pub(crate) h: [f64; N],
    /// Measured less expected.
    pub(crate) residual: f64,
    /// Stated variance of the sensor's own error.
    pub(crate) sensor_variance: f64,
    /// Variance of the reference, in the same component.
    pub(crate) reference_variance: f64,
    /// How many such errors in a row tell as much as one independent one: sensor's.
    pub(crate) sensor_inflation: f64,
    /// The same of the reference's error.
    pub(crate) reference_inflation: f64,
}

/// The components of one plot or bearing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observation<const N: usize> {
    /// Range and azimuth; an observation without range has azimuth twice and `len` 1 from `first`.
    pub(crate) rows: [Option<Row<N>>; 2],
    /// Which aircraft or track it was compared with.
    pub(crate) reference: u64,
}

impl<const N: usize> Row<N> {
    /// Variance of one residual.
    pub(crate) fn variance(&self, noise: f64) -> f64 {
        noise * self.sensor_variance + self.reference_variance
    }

    /// Variance that says how much it tells among others of its kind.
    pub(crate) fn effective_variance(&self, noise: f64) -> f64 {
        noise * self.sensor_variance * self.sensor_inflation
            + self.reference_variance * self.reference_inflation
    }

    pub(crate) fn innovation(&self, x: &[f64; N]) -> f64 {
        self.residual - dot(&self.h, x)
    }

    fn is_usable(&self) -> bool {
        self.h.iter().all(|h| h.is_finite())
            && self.residual.is_finite()
            && self.sensor_variance.is_finite()
            && self.sensor_variance > 0.0
            && self.reference_variance.is_finite()
            && self.reference_variance >= 0.0
            && (1.0..1e6).contains(&self.sensor_inflation)
            && (1.0..1e6).contains(&self.reference_inflation)
    }
}

impl<const N: usize> Observation<N> {
    /// Whether it has a component, and every number in it is one.
    pub(crate) fn is_usable(&self) -> bool {
        self.rows.iter().any(Option::is_some) && self.rows.iter().flatten().all(Row::is_usable)
    }

    /// Squared length of the residual in standard deviations.
    fn length_2(&self, x: &[f64; N], noise: &[f64; 2]) -> f64 {
        let pairs = self.rows.iter().zip(noise);
        pairs
            .filter_map(|(row, noise)| {
                let row = row.as_ref()?;
                Some(row.innovation(x).powi(2) / row.variance(*noise))
            })
            .sum()
    }
}

/// What the residuals say.
#[derive(Clone, Debug)]
pub(crate) struct Solution<const N: usize> {
    /// The parameters, in standard deviations of their priors.
    pub(crate) x: [f64; N],
    /// Their covariance.
    pub(crate) p: [[f64; N]; N],
    /// True over stated variance of the sensor's error, for each component.
    pub(crate) noise: [f64; 2],
    /// How many observations have no weight left.
    pub(crate) outliers: usize,
}

pub(crate) fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The solution; `None` only where numbers fail.
pub(crate) fn solve<const N: usize>(observations: &[Observation<N>]) -> Option<Solution<N>> {
    let mut x = [0.0; N];
    let mut noise = [1.0; 2];
    let huber = |d: f64| if d <= HUBER { 1.0 } else { HUBER / d };
    let tukey = |d: f64| {
        let inside = (1.0 - (d / TUKEY).powi(2)).max(0.0);
        inside * inside
    };
    let weights: [&dyn Fn(f64) -> f64; 2] = [&huber, &tukey];
    let mut p = [[0.0; N]; N];
    for weight in weights {
        for _ in 0..STEPS {
            let before = (x, noise);
            (x, p) = step(observations, &x, &noise, weight)?;
            noise = [0, 1].map(|component| spread(observations, component, &x, noise[component]));
            let moved = before.0.iter().zip(&x).map(|(a, b)| (a - b).abs());
            let changed = before
                .1
                .iter()
                .zip(&noise)
                .map(|(a, b)| (a / b - 1.0).abs());
            if moved.chain(changed).fold(0.0, f64::max) < 1e-4 {
                break;
            }
        }
    }
    let outliers = observations
        .iter()
        .filter(|o| o.length_2(&x, &noise) >= TUKEY * TUKEY)
        .count();
    Some(Solution {
        x,
        p,
        noise,
        outliers,
    })
}

/// One weighted solution of the normal equations.
fn step<const N: usize>(
    observations: &[Observation<N>],
    x: &[f64; N],
    noise: &[f64; 2],
    weight: &dyn Fn(f64) -> f64,
) -> Option<([f64; N], [[f64; N]; N])> {
    let mut information = [[0.0; N]; N];
    let mut right = [0.0; N];
    for (i, row) in information.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for observation in observations {
        let w = weight(observation.length_2(x, noise).sqrt());
        if w <= 0.0 {
            continue;
        }
        for (row, noise) in observation.rows.iter().zip(noise) {
            let Some(row) = row else { continue };
            let w = w / row.effective_variance(*noise);
            for i in 0..N {
                right[i] += w * row.h[i] * row.residual;
                for j in 0..=i {
                    information[i][j] += w * row.h[i] * row.h[j];
                }
            }
        }
    }
    for i in 0..N {
        for j in i + 1..N {
            information[i][j] = information[j][i];
        }
    }
    let p = inverse(&information)?;
    let mut next = [0.0; N];
    for (next, row) in next.iter_mut().zip(&p) {
        *next = dot(row, &right);
    }
    next.iter().all(|v| v.is_finite()).then_some((next, p))
}

/// Inverse of a symmetric matrix with eigenvalues of 1 or more, by Cholesky.
fn inverse<const N: usize>(a: &[[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let matrix = nalgebra::SMatrix::<f64, N, N>::from_fn(|i, j| a[i][j]);
    let mut inverse = nalgebra::SMatrix::<f64, N, N>::identity();
    nalgebra::linalg::Cholesky::new(matrix)?.solve_mut(&mut inverse);
    let mut out = [[0.0; N]; N];
    for (i, row) in out.iter_mut().enumerate() {
        for (j, value) in row.iter_mut().enumerate() {
            *value = 0.5 * (inverse[(i, j)] + inverse[(j, i)]);
        }
    }
    out.iter().flatten().all(|v| v.is_finite()).then_some(out)
}

/// True over stated variance of the sensor's error in one component.
fn spread<const N: usize>(
    observations: &[Observation<N>],
    component: usize,
    x: &[f64; N],
    noise: f64,
) -> f64 {
    let rows = observations.iter().filter_map(|o| o.rows[component]);
    let mut lengths: Vec<f64> = Vec::with_capacity(observations.len());
    let (mut sensor, mut reference) = (0.0, 0.0);
    for row in rows {
        lengths.push(row.innovation(x).abs() / row.variance(noise).sqrt());
        sensor += row.sensor_variance;
        reference += row.reference_variance;
    }
    if lengths.is_empty() {
        return noise;
    }
    let count = lengths.len() as f64;
    let middle = lengths.len() / 2;
    let (_, median, _) = lengths.select_nth_unstable_by(middle, f64::total_cmp);
    let factor = (*median / MEDIAN_OF_NORMAL).powi(2);
    // the reference's share is known; what is left is the sensor's
    let found = (factor * (noise * sensor + reference) - reference) / sensor;
    let found = (STATED_COUNTS + count * found) / (STATED_COUNTS + count);
    found.clamp(NOISE.0, NOISE.1)
}
