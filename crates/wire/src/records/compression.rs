//! Record batches have five codecs. Unpacking is bounded: it never returns more than the limit, and announced sizes
//! allocate nothing.

use std::io::{self, Read, Write};

use bytes::Bytes;

/// The codec of a batch's records (attribute bits 0 to 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the codecs' own names")]
pub enum Compression {
    #[default]
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

/// The reason why records cannot be packed or unpacked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompressionError {
    /// A codec that Kafka does not have.
    #[error("codec {0} does not exist")]
    Unknown(u8),
    /// The bytes are not in the codec's format.
    #[error("{codec}: {reason}")]
    Corrupt {
        /// The codec's name.
        codec: &'static str,
        /// The decoder's error.
        reason: String,
    },
    /// The output is larger than the limit.
    #[error("unpacks to more than {limit} bytes")]
    TooLarge {
        /// The largest output allowed, in bytes.
        limit: usize,
    },
}

/// The flag of independent blocks in an lz4 frame, after the magic number. Kafka reads only such frames
/// (`Lz4BlockOutputStream.FLG`).
const LZ4_INDEPENDENT: u8 = 0x20;
const LZ4_BLOCK_CHECKSUMS: u8 = 0x10;
const LZ4_CONTENT_SIZE: u8 = 0x08;
const LZ4_DICTIONARY: u8 = 0x01;
/// Magic number, flags and block size; optional fields and a checksum of the header follow.
const LZ4_HEADER: usize = 6;
/// The magic number of a gzip member.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The header of snappy-java's stream format: magic, version 1, compatible version 1.
const XERIAL: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
/// The size of snappy-java's blocks before packing, in bytes.
const XERIAL_BLOCK: usize = 32 * 1024;

impl TryFrom<u8> for Compression {
    type Error = CompressionError;

    fn try_from(codec: u8) -> Result<Self, CompressionError> {
        Ok(match codec {
            0 => Self::None,
            1 => Self::Gzip,
            2 => Self::Snappy,
            3 => Self::Lz4,
            4 => Self::Zstd,
            other => return Err(CompressionError::Unknown(other)),
        })
    }
}

impl Compression {
    /// All codecs in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// Returns the codec's number in a batch's attributes.
    pub fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Gzip => 1,
            Self::Snappy => 2,
            Self::Lz4 => 3,
            Self::Zstd => 4,
        }
    }

    /// Returns the codec's name in `compression.type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// Packs bytes at the codec's default level.
    pub fn compress(self, bytes: &[u8]) -> Result<Vec<u8>, CompressionError> {
        self.compress_at(None, bytes)
    }

    /// Packs bytes at a level: 1 to 9 for gzip, up to 22 for zstd. The other codecs have no levels here.
    pub fn compress_at(self, level: Option<i32>, bytes: &[u8]) -> Result<Vec<u8>, CompressionError> {
        let corrupt = |error: io::Error| self.corrupt(error);
        match self {
            Self::None => Ok(bytes.to_vec()),
            Self::Gzip => {
                let level = level.and_then(|level| u32::try_from(level).ok());
                let level = level.map_or_else(flate2::Compression::default, flate2::Compression::new);
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(corrupt)
            }
            Self::Snappy => {
                let mut out = XERIAL.to_vec();
                let mut encoder = snap::raw::Encoder::new();
                for block in bytes.chunks(XERIAL_BLOCK) {
                    let packed = encoder.compress_vec(block).map_err(|error| self.corrupt(error))?;
                    let size = u32::try_from(packed.len()).map_err(|error| self.corrupt(error))?;
                    out.extend_from_slice(&size.to_be_bytes());
                    out.extend_from_slice(&packed);
                }
                Ok(out)
            }
            Self::Lz4 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
                encoder.write_all(bytes).map_err(corrupt)?;
                encoder.finish().map_err(|error| self.corrupt(error))
            }
            Self::Zstd => zstd::stream::encode_all(bytes, level.unwrap_or(0)).map_err(corrupt),
        }
    }

    /// Unpacks bytes to at most `limit` bytes. Without a codec nothing is copied.
    pub fn decompress(self, bytes: &Bytes, limit: usize) -> Result<Bytes, CompressionError> {
        let packed: &[u8] = bytes;
        match self {
            Self::None if bytes.len() > limit => Err(CompressionError::TooLarge { limit }),
            Self::None => Ok(bytes.clone()),
            Self::Gzip => self.gunzip(packed, limit),
            Self::Snappy => self.unsnap(packed, limit),
            Self::Lz4 if packed.get(4).is_some_and(|flags| flags & LZ4_INDEPENDENT == 0) => {
                Err(self.corrupt("its blocks depend on each other"))
            }
            Self::Lz4 if !has_end_mark(packed) => Err(self.corrupt("it stops before its end mark")),
            Self::Lz4 => self.drain(lz4_flex::frame::FrameDecoder::new(packed), limit),
            Self::Zstd => match zstd::stream::read::Decoder::with_buffer(packed) {
                Ok(decoder) => self.drain(decoder, limit),
                Err(error) => Err(self.corrupt(error)),
            },
        }
    }

    fn drain(self, decoder: impl Read, limit: usize) -> Result<Bytes, CompressionError> {
        let mut out = Vec::new();
        self.drain_into(&mut out, decoder, limit)?;
        Ok(out.into())
    }

    fn drain_into(self, out: &mut Vec<u8>, decoder: impl Read, limit: usize) -> Result<(), CompressionError> {
        let left = limit.saturating_sub(out.len());
        let one_more = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
        let read = decoder.take(one_more).read_to_end(out).map_err(|error| self.corrupt(error))?;
        if read > left { Err(CompressionError::TooLarge { limit }) } else { Ok(()) }
    }

    /// Unpacks one gzip member after another. Trailing bytes that are not a member are ignored, as in Java.
    fn gunzip(self, packed: &[u8], limit: usize) -> Result<Bytes, CompressionError> {
        let mut out = Vec::new();
        let mut rest = packed;
        loop {
            let mut member = flate2::bufread::GzDecoder::new(rest);
            self.drain_into(&mut out, &mut member, limit)?;
            rest = member.into_inner();
            if !rest.starts_with(&GZIP) {
                return Ok(out.into());
            }
        }
    }

    /// Unpacks both framings: blocks after snappy-java's header, or one raw block, which other clients write.
    fn unsnap(self, packed: &[u8], limit: usize) -> Result<Bytes, CompressionError> {
        let mut out = Vec::new();
        let Some(mut rest) = packed.strip_prefix(XERIAL.first_chunk::<8>().map_or(&[][..], |magic| magic)) else {
            self.unsnap_block(packed, &mut out, limit)?;
            return Ok(out.into());
        };
        rest = rest.get(8..).ok_or_else(|| self.corrupt("header is cut"))?;
        while let Some((size, tail)) = rest.split_first_chunk::<4>() {
            let size = usize::try_from(u32::from_be_bytes(*size)).map_err(|error| self.corrupt(error))?;
            let (block, tail) = tail.split_at_checked(size).ok_or_else(|| self.corrupt("block is cut"))?;
            self.unsnap_block(block, &mut out, limit)?;
            rest = tail;
        }
        // Bytes that are too short for a block's size end the stream, as in snappy-java.
        Ok(out.into())
    }

    fn unsnap_block(self, block: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), CompressionError> {
        let announced = snap::raw::decompress_len(block).map_err(|error| self.corrupt(error))?;
        if announced > limit.saturating_sub(out.len()) {
            return Err(CompressionError::TooLarge { limit });
        }
        // A copy of 64 bytes takes three, so no valid block announces more than this.
        if announced > block.len().saturating_mul(64) {
            return Err(self.corrupt("announces more than its bytes can hold"));
        }
        let mut block_out = vec![0; announced];
        let size = snap::raw::Decoder::new().decompress(block, &mut block_out).map_err(|error| self.corrupt(error))?;
        block_out.truncate(size);
        out.append(&mut block_out);
        Ok(())
    }

    fn corrupt(self, reason: impl ToString) -> CompressionError {
        CompressionError::Corrupt { codec: self.name(), reason: reason.to_string() }
    }
}

/// Returns whether an lz4 frame's blocks end with the end mark. The decoder accepts a frame without it; Kafka does not
/// (`Lz4BlockInputStream.readBlock`).
fn has_end_mark(frame: &[u8]) -> bool {
    let flags = frame.get(4).copied().unwrap_or_default();
    let size_of = |flag: u8, size: usize| if flags & flag == 0 { 0 } else { size };
    let header = LZ4_HEADER + size_of(LZ4_CONTENT_SIZE, 8) + size_of(LZ4_DICTIONARY, 4) + 1;
    let mut rest = frame.get(header..).unwrap_or_default();
    while let Some((size, tail)) = rest.split_first_chunk::<4>() {
        // The highest bit marks a block that is not packed.
        let size = usize::try_from(u32::from_le_bytes(*size) & !(1 << 31)).unwrap_or(usize::MAX);
        if size == 0 {
            return true;
        }
        rest = tail.get(size.saturating_add(size_of(LZ4_BLOCK_CHECKSUMS, 4))..).unwrap_or_default();
    }
    false
}
