//! Hexadecimal digits to bytes, into a fixed array: the text forms carry at most a Beast frame per line.

/// Reads all of `digits` into `out`; the number of bytes, or `None` where a digit is odd, foreign, or one too many.
pub(crate) fn decode_into(digits: &[u8], out: &mut [u8]) -> Option<usize> {
    if !digits.len().is_multiple_of(2) || digits.len() / 2 > out.len() {
        return None;
    }
    for (pair, byte) in digits.chunks_exact(2).zip(out.iter_mut()) {
        *byte = pair
            .iter()
            .try_fold(0u8, |value, digit| Some(value << 4 | nibble(*digit)?))?;
    }
    Some(digits.len() / 2)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
