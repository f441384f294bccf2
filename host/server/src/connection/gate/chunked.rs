//! Following a chunked body: strictly, as RFC 9112 section 7.1 has it.

use crate::connection::refusal::Refusal;

/// Where in a chunked body a connection is.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    stage: Stage,
    /// Of the chunk at hand: its size, then what is left of it.
    size: u64,
    digits: u8,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    Size,
    /// After the size, up to the end of the line. What is said there is nobody's business.
    Extension,
    SizeEnd,
    Data,
    DataReturn,
    DataEnd,
    /// At the beginning of a line after the last chunk.
    Trailer,
    TrailerLine,
    TrailerEnd,
    LastEnd,
}

/// Digits of the largest size that fits.
const MOST_DIGITS: u8 = 16;

impl Chunks {
    /// Reads on: how many bytes belong to the body, and whether that is its end.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Result<(usize, bool), Refusal> {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if self.stage == Stage::Data {
                let passed = usize::try_from(self.size).unwrap_or(usize::MAX).min(rest.len());
                self.size -= passed as u64;
                rest = rest.get(passed..).unwrap_or_default();
                if self.size == 0 {
                    self.stage = Stage::DataReturn;
                }
                continue;
            }
            rest = after;
            if self.stage == Stage::LastEnd && byte == b'\n' {
                return Ok((bytes.len() - rest.len(), true));
            }
            self.stage = self.step(byte).ok_or(Refusal::BadChunk)?;
        }
        Ok((bytes.len(), false))
    }

    fn step(&mut self, byte: u8) -> Option<Stage> {
        Some(match (self.stage, byte) {
            (Stage::Size, b'\r') if self.digits > 0 => Stage::SizeEnd,
            (Stage::Size, b';' | b' ' | b'\t') if self.digits > 0 => Stage::Extension,
            (Stage::Size, _) => {
                let digit = char::from(byte).to_digit(16)?;
                self.digits += 1;
                if self.digits > MOST_DIGITS {
                    return None;
                }
                self.size = self.size << 4 | u64::from(digit);
                Stage::Size
            }
            (Stage::Extension, b'\r') => Stage::SizeEnd,
            (Stage::Extension, b'\n') => return None,
            (Stage::Extension, _) => Stage::Extension,
            (Stage::SizeEnd, b'\n') => {
                self.digits = 0;
                if self.size == 0 { Stage::Trailer } else { Stage::Data }
            }
            (Stage::DataReturn, b'\r') => Stage::DataEnd,
            (Stage::DataEnd, b'\n') => Stage::Size,
            (Stage::Trailer, b'\r') => Stage::LastEnd,
            (Stage::Trailer | Stage::TrailerLine, b'\n') => return None,
            (Stage::TrailerLine, b'\r') => Stage::TrailerEnd,
            (Stage::Trailer | Stage::TrailerLine, _) => Stage::TrailerLine,
            (Stage::TrailerEnd, b'\n') => Stage::Trailer,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(bytes: &[u8]) -> Result<(usize, bool), Refusal> {
        Chunks::default().scan(bytes)
    }

    #[test]
    fn a_body_ends_after_the_empty_line() {
        assert_eq!(scan(b"0\r\n\r\nrest"), Ok((5, true)));
        assert_eq!(scan(b"a\r\n0123456789\r\n00\r\n\r\n"), Ok((21, true)));
        assert_eq!(scan(b"1 ; q=\"x\"\r\na\r\n0\r\nT: u\r\n\r\n"), Ok((25, true)));
        assert_eq!(scan(b"5\r\nabc"), Ok((6, false)));
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "\r\n",
            "x\r\n",
            "-1\r\n",
            "0x1\r\n",
            " 1\r\n",
            "1\n",
            "1;a\n",
            "1\ra",
            "1\r\nab",
            "1\r\na\n",
            "1\r\na\r\r",
            "0\n",
            "0\r\n\n",
            "0\r\na: b\n",
            "0\r\n\ra",
            "11111111111111111\r\n",
            "+1\r\n",
            "1_0\r\n",
            ";\r\n",
        ] {
            assert_eq!(scan(bad.as_bytes()), Err(Refusal::BadChunk), "{bad:?}");
        }
    }
}
