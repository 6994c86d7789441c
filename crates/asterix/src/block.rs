//! Data blocks: the outermost layer. Category, length (counting the 3-octet header), records.
//!
//! EUROCONTROL SPEC-0149 Part 1, ed. 3.1, clause 4.2.

use crate::{
    definition::Edition,
    error::{DecodeError, EncodeError, Reason},
    tables, wire,
};

/// One data block within a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'a> {
    /// Octets from the start of the datagram to the block's category octet.
    pub offset: usize,
    /// Category.
    pub category: u8,
    /// The block's records, without the header.
    pub body: &'a [u8],
}

/// Iterates over the data blocks of a datagram; ends after the first block whose length is wrong.
pub fn blocks(datagram: &[u8]) -> Blocks<'_> {
    Blocks { datagram, at: 0 }
}

/// See [`blocks`].
#[derive(Debug, Clone)]
pub struct Blocks<'a> {
    datagram: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.datagram.get(self.at..).filter(|r| !r.is_empty())?;
        let offset = self.at;
        let mut fail = |category, reason| {
            self.at = self.datagram.len();
            Some(Err(DecodeError {
                offset,
                category,
                item: String::new(),
                reason,
            }))
        };
        let Some(&[category, high, low]) = rest.first_chunk::<3>() else {
            return fail(rest.first().copied(), Reason::Truncated);
        };
        let len = u16::from_be_bytes([high, low]);
        match rest.get(3..usize::from(len)) {
            Some(body) => {
                self.at += usize::from(len);
                Some(Ok(Block {
                    offset,
                    category,
                    body,
                }))
            }
            None => fail(Some(category), Reason::BlockLength(len)),
        }
    }
}

/// Iterates over the raw records of a data block, read with `edition` (of the block's category).
///
/// Ends after the first malformed record, which is given as an error.
pub fn records<'a>(block: Block<'a>, edition: &'static Edition) -> Records<'a> {
    Records {
        block,
        edition,
        at: 0,
    }
}

/// See [`records`].
#[derive(Debug, Clone)]
pub struct Records<'a> {
    block: Block<'a>,
    edition: &'static Edition,
    at: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<&'a [u8], DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.block.body.get(self.at..).filter(|r| !r.is_empty())?;
        let (len, _, fault) = wire::walk(self.edition, rest, |_, _, _, _| {});
        if let Some(fault) = fault {
            let offset = self.block.offset + 3 + self.at;
            self.at = self.block.body.len();
            return Some(Err(fault.at(offset, self.block.category)));
        }
        self.at += len;
        rest.get(..len).map(Ok)
    }
}

/// Whether the bytes are a chain of data blocks of known categories from first to last octet, the
/// first opening with a record that one of its editions can read.
///
/// For telling raw ASTERIX from other forms; a pass is likely, not certain, to mean ASTERIX.
pub fn looks_like_asterix(bytes: &[u8]) -> bool {
    let mut first = None;
    for block in blocks(bytes) {
        match block {
            Ok(block) if tables::is_known(block.category) && !block.body.is_empty() => {
                first.get_or_insert(block);
            }
            _ => return false,
        }
    }
    let Some(block) = first else { return false };
    let editions = tables::category(block.category).map_or(&[][..], |c| c.editions());
    let mut newest_first = editions.iter().rev();
    newest_first.any(|edition| records(block, edition).next().is_some_and(|r| r.is_ok()))
}

/// Appends a data block with these records to `out`.
///
/// # Errors
/// If the block would be longer than 65,535 octets; `out` is then left as it was.
pub fn write_block(out: &mut Vec<u8>, category: u8, records: &[u8]) -> Result<(), EncodeError> {
    let len = u16::try_from(records.len() + 3).map_err(|_| EncodeError::BlockTooLong)?;
    out.push(category);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(records);
    Ok(())
}
