//! Scaled fields that several messages share (F3411-22a, tables 3 to 10).

/// What is left where nothing is left.
fn array<const N: usize>(octets: &[u8], at: usize) -> [u8; N] {
    octets
        .get(at..at + N)
        .and_then(|part| part.try_into().ok())
        .unwrap_or([0; N])
}

pub(crate) fn u8_at(octets: &[u8], at: usize) -> u8 {
    octets.get(at).copied().unwrap_or(0)
}

pub(crate) fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array(octets, at))
}

pub(crate) fn u32_at(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(octets, at))
}

fn i32_at(octets: &[u8], at: usize) -> i32 {
    i32::from_le_bytes(array(octets, at))
}

/// Latitude and longitude, degrees: unknown where both are 0.
pub(crate) fn position(octets: &[u8], at: usize) -> Result<Option<(f64, f64)>, ()> {
    let (latitude, longitude) = (i32_at(octets, at), i32_at(octets, at + 4));
    if (latitude, longitude) == (0, 0) {
        return Ok(None);
    }
    if latitude.unsigned_abs() > 900_000_000 || longitude.unsigned_abs() > 1_800_000_000 {
        return Err(());
    }
    Ok(Some((
        f64::from(latitude) / 1e7,
        f64::from(longitude) / 1e7,
    )))
}

/// Height, m: steps of half a metre from −1000 m, which itself is unknown.
pub(crate) fn height_m(octets: &[u8], at: usize) -> Option<f64> {
    match u16_at(octets, at) {
        0 => None,
        steps => Some(f64::from(steps) * 0.5 - 1_000.0),
    }
}

/// Characters up to the first NUL, without spaces around them; what is no printable ASCII is `?`.
pub(crate) fn text(octets: &[u8]) -> String {
    let end = octets.iter().position(|o| *o == 0).unwrap_or(octets.len());
    let printable = |octet: &u8| match octet {
        0x20..0x7F => char::from(*octet),
        _ => '?',
    };
    let all: String = octets.iter().take(end).map(printable).collect();
    all.trim().to_owned()
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|o| format!("{o:02x}")).collect()
}
