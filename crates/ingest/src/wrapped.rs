//! Two wrappers that recorders put around ASTERIX data blocks.
//!
//! | wrapper | form |
//! |---|---|
//! | length and time | before each block 2 bytes of length (counting these) and 4 bytes of time, inside a UDP payload |
//! | GPS recorder | a header of 2,200 bytes, then after each block 10 bytes of the recorder's own |

use lapwing_asterix::is_known;

/// Bytes before each block in the first form.
const PREFIX: usize = 6;
/// Bytes before the first block in the second form.
const HEADER: usize = 2_200;
/// Bytes after each block in the second form.
const SUFFIX: usize = 10;

/// The length of the data block that begins here, if one does.
fn block_length(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [category, high, low, ..] if is_known(*category) => {
            Some(usize::from(u16::from_be_bytes([*high, *low]))).filter(|length| *length > 3)
        }
        _ => None,
    }
}

/// The blocks of a payload whose blocks carry length and time, one after the other;
/// none if it is not of that form from its first to its last byte.
pub(crate) fn with_length_and_time(payload: &[u8]) -> Option<Vec<u8>> {
    let mut blocks = Vec::with_capacity(payload.len());
    let mut rest = payload;
    while !rest.is_empty() {
        let (length, _) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (wrapped, after) = rest.split_at_checked(length)?;
        let block = wrapped.get(PREFIX..)?;
        if block_length(block)? != block.len() {
            return None;
        }
        blocks.extend_from_slice(block);
        rest = after;
    }
    (!blocks.is_empty()).then_some(blocks)
}

/// Whether a file is a GPS recorder's: its first two blocks stand where they should.
pub(crate) fn looks_like_gps_recorder(bytes: &[u8]) -> bool {
    let Some(first) = bytes.get(HEADER..) else {
        return false;
    };
    let Some(length) = block_length(first) else {
        return false;
    };
    match first.get(length + SUFFIX..) {
        None => false,
        Some([]) => true,
        Some(second) => block_length(second).is_some(),
    }
}

/// The blocks of a GPS recorder's file, and where it stops being one, if it does.
pub(crate) fn gps_recorder_blocks(bytes: &[u8]) -> (Vec<&[u8]>, Option<usize>) {
    let mut blocks = Vec::new();
    let mut at = HEADER;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let block = block_length(rest).and_then(|length| rest.get(..length));
        let Some(block) = block else {
            return (blocks, Some(at));
        };
        blocks.push(block);
        at += block.len() + SUFFIX;
    }
    (blocks, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: [u8; 12] = [
        0x41, 0, 12, 0xf8, 0x21, 0x12, 0x02, 0x14, 0x62, 0x3e, 0xeb, 0x07,
    ];

    #[test]
    fn length_and_time_are_taken_off_each_block() {
        let wrapped = [&[0, 18, 1, 2, 3, 4][..], &BLOCK].concat();
        let two = [wrapped.as_slice(), &wrapped].concat();
        assert_eq!(with_length_and_time(&two), Some([BLOCK, BLOCK].concat()));
        assert_eq!(with_length_and_time(&two[..two.len() - 1]), None);
        assert_eq!(with_length_and_time(&BLOCK), None);
        assert_eq!(with_length_and_time(&[]), None);
    }

    #[test]
    fn a_gps_recorders_file_is_known_by_where_its_blocks_stand() {
        let mut file = vec![0xCD; HEADER];
        for _ in 0..3 {
            file.extend(BLOCK);
            file.extend([0x46, 0x20, 0xfd, 0x11, 0xd2, 0x8f, 0x0a, 0, 0, 0]);
        }
        assert!(looks_like_gps_recorder(&file));
        assert_eq!(gps_recorder_blocks(&file), (vec![&BLOCK[..]; 3], None));
        file.extend([1, 2]);
        assert_eq!(gps_recorder_blocks(&file).1, Some(HEADER + 3 * 22));
        assert!(!looks_like_gps_recorder(&BLOCK));
    }
}
