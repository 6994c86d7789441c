//! Eight numbers at a time, in plain Rust: the compiler turns each loop into vector instructions.

use std::array::from_fn;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// Tracks in a block.
pub(crate) const LANES: usize = 8;

/// The same quantity of eight tracks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lanes(pub(crate) [f32; LANES]);

impl Lanes {
    pub(crate) const ZERO: Self = Self([0.0; LANES]);

    #[inline(always)]
    pub(crate) fn all(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    pub(crate) fn map(self, f: impl Fn(f32) -> f32) -> Self {
        Self(from_fn(|k| f(self.0[k])))
    }

    #[inline(always)]
    pub(crate) fn min(self, other: Self) -> Self {
        Self(from_fn(|k| {
            if self.0[k] < other.0[k] {
                self.0[k]
            } else {
                other.0[k]
            }
        }))
    }

    #[inline(always)]
    pub(crate) fn max(self, other: Self) -> Self {
        Self(from_fn(|k| {
            if self.0[k] > other.0[k] {
                self.0[k]
            } else {
                other.0[k]
            }
        }))
    }
}

macro_rules! lanewise {
    ($operator:ident, $method:ident, $sign:tt) => {
        impl $operator for Lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(from_fn(|k| self.0[k] $sign other.0[k]))
            }
        }

        impl $operator<f32> for Lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: f32) -> Self {
                Self(from_fn(|k| self.0[k] $sign other))
            }
        }
    };
}

lanewise!(Add, add, +);
lanewise!(Sub, sub, -);
lanewise!(Mul, mul, *);
lanewise!(Div, div, /);

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
