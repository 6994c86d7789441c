//! The tracker's mixture on the plane: nearly constant velocity, position measured alike
//! in both axes, the whole plane looked at in every scan.
//!
//! This is the world of the literature's reference scenarios. It has the same mixture of
//! hypotheses, the same budget and the same estimates as the tracker of real sensors, and
//! the simplest models there are, so that its figures can be set beside published ones.
//!
//! | file | one idea |
//! |---|---|
//! | `state` | a Gaussian whose axes are independent: predict, update, likelihood, merge |
//! | `undetected` | the Poisson intensity of what has not been detected yet |
//! | `filter` | a scan after the other |
//! | `estimate` | which objects to report, and where, for the least expected error |

mod estimate;
mod filter;
#[cfg(test)]
mod properties;
mod state;
mod undetected;

pub use estimate::{Estimate, Estimator};
pub use filter::{PlanarConfig, PlanarFilter};
pub use state::{Axis, PlanarState};
pub use undetected::Birth;
