//! The two encoders behind one face.

use std::io::{self, Write};

use bytes::Bytes;

use super::Coding;

/// Levels at which both make about 40 MB a second on one core and the same size; the next ones take up to half
/// as much time again for one or two percent. The time is taken from guests.
const GZIP_LEVEL: u32 = 3;
const BROTLI_LEVEL: u32 = 3;
/// 2 to the power of this is how far brotli looks back, and about what it takes in memory per response.
const BROTLI_WINDOW: u32 = 18;
/// What brotli gathers before it writes to the output.
const BROTLI_BUFFER: usize = 4096;

/// One response's encoder.
pub(super) enum Encoder {
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Gzip(Box<flate2::write::GzEncoder<Vec<u8>>>),
}

impl Encoder {
    pub(super) fn new(coding: Coding) -> Self {
        match coding {
            Coding::Brotli => Self::Brotli(Box::new(brotli::CompressorWriter::new(
                Vec::new(),
                BROTLI_BUFFER,
                BROTLI_LEVEL,
                BROTLI_WINDOW,
            ))),
            Coding::Gzip => Self::Gzip(Box::new(flate2::write::GzEncoder::new(
                Vec::new(),
                flate2::Compression::new(GZIP_LEVEL),
            ))),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Brotli(encoder) => encoder.write_all(bytes),
            Self::Gzip(encoder) => encoder.write_all(bytes),
        }
    }

    /// Lets out all that has been written.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Brotli(encoder) => encoder.flush(),
            Self::Gzip(encoder) => encoder.flush(),
        }
    }

    /// What has come out.
    pub(super) fn take(&mut self) -> Bytes {
        let output = match self {
            Self::Brotli(encoder) => encoder.get_mut(),
            Self::Gzip(encoder) => encoder.get_mut(),
        };
        std::mem::take(output).into()
    }

    /// All that is left.
    pub(super) fn finish(self) -> io::Result<Bytes> {
        match self {
            // Writes the end of the stream into the output.
            Self::Brotli(encoder) => Ok(encoder.into_inner().into()),
            Self::Gzip(encoder) => encoder.finish().map(Bytes::from),
        }
    }
}
