//! Which files make up a recording: names, listing, and the row without gaps.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::RecordError;

/// Name of the lock file.
pub(crate) const LOCK: &str = "LOCK";

pub(crate) fn segment_path(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{number:08}.seg"))
}

fn segment_number(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".seg")?;
    let plain = digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_digit());
    let number = plain.then(|| digits.parse().ok())??;
    // One number has one name, or two files could claim it.
    (format!("{number:08}") == digits).then_some(number)
}

/// How many segments there are, numbered from 0 without a gap. Files with other names are ignored.
pub(crate) fn count_segments(dir: &Path) -> Result<u32, RecordError> {
    let mut numbers = Vec::new();
    for file in fs::read_dir(dir).map_err(RecordError::io(dir, "list"))? {
        let file = file.map_err(RecordError::io(dir, "list"))?;
        numbers.extend(file.file_name().to_str().and_then(segment_number));
    }
    numbers.sort_unstable();
    for (expected, &found) in (0..).zip(&numbers) {
        if found != expected {
            return Err(RecordError::MissingSegment {
                dir: dir.to_path_buf(),
                missing: expected,
            });
        }
    }
    Ok(numbers.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, number) in [
            ("00000000.seg", Some(0)),
            ("00000012.seg", Some(12)),
            ("123456789.seg", Some(123_456_789)),
            ("000000012.seg", None),
            ("12.seg", None),
            ("+0000012.seg", None),
            ("00000012.seg.old", None),
            ("99999999999.seg", None),
            ("LOCK", None),
        ] {
            assert_eq!(segment_number(name), number, "{name}");
        }
    }
}
