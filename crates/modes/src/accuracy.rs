//! From the categories that aircraft send to metres.
//!
//! Version 0 equipment (RTCA DO-260): the type code gives NUCp and with it the 95 % radius. Versions 1 and 2 (DO-260A, DO-260B):
//! the type code and supplement bits give NIC, an integrity containment radius; the accuracy comes apart, as NACp in the
//! operational status, an estimated position uncertainty (EPU) with 95 % probability. Tables: ICAO Doc 9871 2nd ed., appendices
//! A, B and C (type code, NIC, NACp, NACv); laid side by side in J. Sun, "The 1090 Megahertz Riddle", 2nd ed. 2021, chapter
//! "Uncertainties in ADS-B". An EPU bound is what the aircraft promises to stay below, so it overstates the usual error.

const NM: f64 = 1852.0;

/// 95 % horizontal radius, m, of a NACp category (0–11); `None` for 0 (unknown or beyond 10 NM) and reserved values.
#[must_use]
pub fn nac_p_epu_m(nac_p: u8) -> Option<f64> {
    match nac_p {
        11 => Some(3.0),
        10 => Some(10.0),
        9 => Some(30.0),
        8 => Some(0.05 * NM),
        7 => Some(0.1 * NM),
        6 => Some(0.3 * NM),
        5 => Some(0.5 * NM),
        4 => Some(NM),
        3 => Some(2.0 * NM),
        2 => Some(4.0 * NM),
        1 => Some(10.0 * NM),
        _ => None,
    }
}

/// 95 % horizontal velocity error, m/s, of a NACv (version 0: NUCr) category; `None` for 0 (unknown) and reserved values.
#[must_use]
pub fn nac_v_error_mps(nac_v: u8) -> Option<f64> {
    match nac_v {
        4 => Some(0.3),
        3 => Some(1.0),
        2 => Some(3.0),
        1 => Some(10.0),
        _ => None,
    }
}

/// NUCp of a version 0 position message's type code, and its 95 % radius in m.
#[must_use]
pub fn nuc_p(type_code: u8) -> (u8, Option<f64>) {
    let nuc_p = match type_code {
        5..=8 => 14 - type_code,
        9..=18 => 18 - type_code,
        20 | 21 => 29 - type_code,
        _ => 0,
    };
    let radius_m = match nuc_p {
        9 => Some(3.0),
        8 => Some(10.0),
        7 => Some(0.05 * NM),
        // On the surface, category 6 is open upwards.
        6 if type_code == 8 => None,
        6 => Some(0.1 * NM),
        5 => Some(0.25 * NM),
        4 => Some(0.5 * NM),
        3 => Some(NM),
        2 => Some(5.0 * NM),
        1 => Some(10.0 * NM),
        _ => None,
    };
    (nuc_p, radius_m)
}

/// Supplement bits that, with the type code, select the NIC: A and C from the operational status, B from the airborne position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NicSupplements {
    /// Supplement A (version 1: the only one).
    pub a: bool,
    /// Supplement B (version 2, airborne).
    pub b: bool,
    /// Supplement C (version 2, surface).
    pub c: bool,
}

/// NIC and containment radius (m) of a position message's type code under ADS-B version 1 or 2.
#[must_use]
pub fn nic(type_code: u8, version: u8, supplements: NicSupplements) -> (u8, Option<f64>) {
    let NicSupplements { a, b, c } = supplements;
    // Version 1 has one bit; where version 2 wants A and B both, it stands for both.
    let b = if version >= 2 { b } else { a };
    let (nic, radius_m) = match type_code {
        5 | 9 | 20 => (11, 7.5),
        6 | 10 | 21 => (10, 25.0),
        7 if a && !c => (9, 75.0),
        7 => (8, 0.1 * NM),
        8 if version < 2 => return (0, None),
        8 => match (a, c) {
            (true, true) => (7, 0.2 * NM),
            (true, false) => (6, 0.3 * NM),
            (false, true) => (6, 0.6 * NM),
            (false, false) => return (0, None),
        },
        11 if a && b => (9, 75.0),
        11 => (8, 0.1 * NM),
        12 => (7, 0.2 * NM),
        13 => match (a, b) {
            (false, true) => (6, 0.3 * NM),
            (false, false) => (6, 0.5 * NM),
            (true, _) => (6, 0.6 * NM),
        },
        14 => (5, NM),
        15 => (4, 2.0 * NM),
        16 if a && b => (3, 4.0 * NM),
        16 => (2, 8.0 * NM),
        17 => (1, 20.0 * NM),
        _ => return (0, None),
    };
    (nic, Some(radius_m))
}

/// Version 0 containment (horizontal protection limit), m, of a NUCp category.
#[must_use]
pub fn nuc_p_containment_m(nuc_p: u8) -> Option<f64> {
    match nuc_p {
        9 => Some(7.5),
        8 => Some(25.0),
        7 => Some(0.1 * NM),
        6 => Some(0.2 * NM),
        5 => Some(0.5 * NM),
        4 => Some(NM),
        3 => Some(2.0 * NM),
        2 => Some(10.0 * NM),
        1 => Some(20.0 * NM),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_2_type_codes_and_supplements_give_the_published_nic() {
        for (type_code, a, b, c, nic_expected, radius_m) in [
            (9, 0, 0, 0, 11, Some(7.5)),
            (11, 1, 1, 0, 9, Some(75.0)),
            (11, 0, 0, 0, 8, Some(185.2)),
            (12, 0, 0, 0, 7, Some(370.4)),
            (13, 0, 1, 0, 6, Some(555.6)),
            (13, 0, 0, 0, 6, Some(926.0)),
            (13, 1, 1, 0, 6, Some(1111.2)),
            (16, 1, 1, 0, 3, Some(7408.0)),
            (16, 0, 0, 0, 2, Some(14_816.0)),
            (18, 0, 0, 0, 0, None),
            (7, 1, 0, 0, 9, Some(75.0)),
            (8, 1, 0, 1, 7, Some(370.4)),
            (8, 0, 0, 0, 0, None),
            (22, 0, 0, 0, 0, None),
        ] {
            let supplements = NicSupplements {
                a: a == 1,
                b: b == 1,
                c: c == 1,
            };
            let (nic, radius) = nic(type_code, 2, supplements);
            assert_eq!(nic, nic_expected, "TC {type_code} {supplements:?}");
            match (radius, radius_m) {
                (Some(got), Some(want)) => {
                    assert!((got - want).abs() < 0.05, "TC {type_code}: {got}");
                }
                (got, want) => assert_eq!(got, want, "TC {type_code}"),
            }
        }
    }

    #[test]
    fn version_0_type_codes_give_nuc_p() {
        for (type_code, category, radius_m) in [
            (5, 9, Some(3.0)),
            (8, 6, None),
            (9, 9, Some(3.0)),
            (11, 7, Some(0.05 * NM)),
            (18, 0, None),
            (20, 9, Some(3.0)),
            (22, 0, None),
        ] {
            assert_eq!(nuc_p(type_code), (category, radius_m), "TC {type_code}");
        }
    }
}
