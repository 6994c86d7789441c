//! Mode S parity: the 24-bit cyclic code of ICAO Annex 10 Vol. IV, 3.1.2.3.3, generator polynomial 0x1FFF409.
//!
//! For downlink formats 17 and 18 the parity field is the plain remainder, so a frame's syndrome is zero; in the other formats
//! an address or interrogator code is overlaid, which is why those cannot be checked without knowing the address.

/// The generator without its leading term.
pub const POLYNOMIAL: u32 = 0xFF_F409;

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut remainder = (byte as u32) << 16;
        let mut bit = 0;
        while bit < 8 {
            remainder <<= 1;
            if remainder & 0x100_0000 != 0 {
                remainder ^= 0x100_0000 | POLYNOMIAL;
            }
            bit += 1;
        }
        table[byte] = remainder;
        byte += 1;
    }
    table
}

/// Remainder of `data` followed by 24 zero bits: the parity to append to a squitter's first 88 bits.
#[must_use]
pub fn remainder(data: &[u8]) -> u32 {
    data.iter().fold(0, |remainder, byte| {
        let index = ((remainder >> 16) as u8) ^ byte;
        ((remainder << 8) & 0xFF_FFFF) ^ TABLE.get(usize::from(index)).copied().unwrap_or(0)
    })
}

/// Syndrome of a whole frame (parity field included): 0 for an undamaged DF17 or DF18.
#[must_use]
pub fn syndrome(frame: &[u8]) -> Option<u32> {
    let (data, parity) = frame.split_last_chunk::<3>()?;
    let [high, middle, low] = *parity;
    Some(remainder(data) ^ u32::from_be_bytes([0, high, middle, low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_squitters_have_syndrome_zero_and_one_flipped_bit_does_not() {
        for frame in [
            0x8D40_6B90_2015_A678_D4D2_20AA_4BDA_u128,
            0x8D48_5020_9944_0994_0838_175B_284F,
            0x8D40_621D_58C3_82D6_90C8_AC28_63A7,
        ] {
            let mut bytes = [0; 14];
            bytes.copy_from_slice(&frame.to_be_bytes()[2..]);
            assert_eq!(syndrome(&bytes), Some(0), "{frame:x}");
            for bit in 0..112 {
                let mut damaged = bytes;
                damaged[bit / 8] ^= 0x80 >> (bit % 8);
                assert_ne!(syndrome(&damaged), Some(0), "{frame:x} bit {bit}");
            }
        }
        assert_eq!(syndrome(&[0x8D, 0x40]), None);
    }
}
